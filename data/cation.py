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
    """Shannon effective ionic radius, doi:10.1107/S0567739476001551 (the crystal radius is 0.14 Å larger)."""

    hardness_ev: float | None = None
    """Absolute hardness (I − A)/2 of the ion, doi:10.1021/ja00364a005 and doi:10.1021/ic00277a030."""

    electronegativity_pauling: float | None = None
    """Pauling electronegativity of the element."""

    @property
    def ionic_potential_e_per_angstrom(self) -> float:
        """Charge over ionic radius, z/r (Cartledge, J. Am. Chem. Soc. 1928)."""
        return self.charge / self.ionic_radius_angstrom
