"""A formulation: one point of the design space."""

from pydantic import BaseModel, ConfigDict, Field

from ionlink.data.errors import InputError


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
    """Name of a polymer of the knowledge base, such as `PF-COO`; of a small molecule its canonical neutral SMILES."""

    ratio: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Donor groups per cation (60 means COO⁻:M = 60:1).

    `None` where a source does not say it, and for a stability constant, which has none. What is proposed,
    simulated or predicted always has one: see `known_ratio`.
    """

    @property
    def known_ratio(self) -> float:
        """The ratio, where there must be one.

        Raises:
            InputError: when there is none.

        """
        if self.ratio is None:
            raise InputError(f"ratio: {self.cation} / {self.ligand} has none; give donor groups per cation, such as 60")
        return self.ratio

    def __str__(self) -> str:
        pair = f"{self.cation} / {self.ligand}"
        return pair if self.ratio is None else f"{pair} / {self.ratio:.4g}:1"

    @property
    def slug(self) -> str:
        """Name for files and directories, such as `Fe3+-PF-COO-60`."""
        return f"{self.cation}-{self.ligand}-{self.known_ratio:.4g}"
