"""Ligands: polymers given by their repeat unit."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ionlink.data.errors import InputError

Backbone = Literal[
    "vinyl", "polysaccharide", "polypeptide", "conjugated", "aromatic", "perfluorinated", "polyphenol", "polyamine"
]
"""Class of the main chain: `conjugated` along its whole length, `aromatic` where other links interrupt conjugation."""

Conductivity = Literal["insulating", "electronic", "ionic", "mixed"]
"""What the dry polymer conducts by itself: nothing, electrons, ions, or both."""


class Ligand(BaseModel):
    """A polymer that carries donor groups, given by its repeat unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """Short name used everywhere, such as `PF-COO`."""

    full_name: str

    repeat_unit_smiles: str
    """SMILES with the two attachment points `[*:1]` (head) and `[*:2]` (tail); donor groups deprotonated."""

    donor_group: str
    """Kind of donor group that the ratio counts, such as `carboxylate`."""

    donor_pka: float | None = Field(default=None, ge=-15, le=20)
    """pKa of the donor group's acid in the polymer; `None` where no source could be read, never that of an analogue."""

    donor_pka_uncertainty: float | Literal["unknown"] | None = Field(default=None)
    """Uncertainty of `donor_pka` as its source gives it; `unknown` where the source gives none."""

    donor_pka_source: str | None = None
    """Publication of `donor_pka`; whether it is intrinsic or apparent stands in `note`."""

    backbone: Backbone | None = None

    conductivity: Conductivity | None = None

    synonyms: tuple[str, ...] = ()

    source: str
    """Publication of the structure."""

    note: str | None = None
    """What is idealised in the repeat unit, and the conditions of the pKa."""

    @model_validator(mode="after")
    def _pka_has_its_source(self) -> Self:
        given = [self.donor_pka_uncertainty, self.donor_pka_source]
        if self.donor_pka is not None and None in given:
            raise InputError(
                "a donor_pka needs a donor_pka_source and a donor_pka_uncertainty (write 'unknown' where there is none)"
            )
        if self.donor_pka is None and given != [None, None]:
            raise InputError("donor_pka_uncertainty and donor_pka_source need a donor_pka")
        if isinstance(self.donor_pka_uncertainty, float) and not self.donor_pka_uncertainty > 0:
            raise InputError(
                f"donor_pka_uncertainty is {self.donor_pka_uncertainty:g}; it must be above 0, or 'unknown'"
            )
        return self
