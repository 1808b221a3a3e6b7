"""Cations and their properties."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Cation(BaseModel):
    """A metal cation with the properties that decide how it cross-links.

    A property that nobody has measured is `None`, never a guess.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """Element and charge, such as `Fe3+`."""

    element: str

    charge: int = Field(ge=1)
    """In elementary charges."""

    coordination_number: int
    """Coordination number that `ionic_radius_angstrom` is for."""

    spin: Literal["high", "low"] | None = None
    """Spin state that `ionic_radius_angstrom` is for; `None` where it does not matter."""

    ionic_radius_angstrom: float = Field(gt=0)
    """Shannon effective ionic radius (not the crystal radius, which is 0.14 Å larger), doi:10.1107/S0567739476001551."""

    hardness_ev: float | None = None
    """Pearson absolute hardness (I − A)/2, doi:10.1021/ic00277a030."""

    electronegativity_pauling: float | None = None
    """Pauling electronegativity of the element."""

    @property
    def ionic_potential_e_per_angstrom(self) -> float:
        """Charge over ionic radius, z/r (Cartledge 1928, doi:10.1021/ja01398a001)."""
        return self.charge / self.ionic_radius_angstrom
