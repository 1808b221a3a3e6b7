"""A formulation: one point of the design space."""

from pydantic import BaseModel, ConfigDict, Field


class Formulation(BaseModel):
    """A cation on a ligand at a ratio.

    A value: two formulations with equal fields are the same formulation. Names are canonical
    (`Fe3+`, not `Fe(III)`; `PAA`, not `poly(acrylic acid)`); `ionlink.data.formulation_of`
    builds one from what a user typed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cation: str
    """Element and charge, such as `Fe3+`."""

    ligand: str
    """Name of a ligand of the knowledge base, such as `PF-COO`."""

    ratio: float = Field(gt=0, allow_inf_nan=False)
    """Donor groups per cation (60 means COO⁻:M = 60:1)."""

    def __str__(self) -> str:
        return f"{self.cation} / {self.ligand} / {self.ratio:.4g}:1"

    @property
    def slug(self) -> str:
        """Name for files and directories, such as `Fe3+-PF-COO-60`."""
        return f"{self.cation}-{self.ligand}-{self.ratio:.4g}"
