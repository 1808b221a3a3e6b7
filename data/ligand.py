"""Ligands: polymers given by their repeat unit."""

from pydantic import BaseModel, ConfigDict


class Ligand(BaseModel):
    """A polymer that carries donor groups, given by its repeat unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """Short name used everywhere, such as `PF-COO`."""

    full_name: str

    repeat_unit_smiles: str
    """SMILES with the two attachment points `[*:1]` (head) and `[*:2]` (tail); donor groups deprotonated."""

    donor_group: str
    """Kind of donor group, such as `carboxylate`."""

    donor_pka: float | None = None
    """pKa of the donor group's acid, as bound in the polymer where known."""

    synonyms: tuple[str, ...] = ()

    source: str
    """DOI of structure and pKa."""
