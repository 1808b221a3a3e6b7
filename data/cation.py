"""Cations and their properties."""

from fractions import Fraction
from math import sqrt
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ionlink.data.formula import atoms_of, molar_mass_g_mol
from ionlink.data.spelling import cation_symbol

HIGHEST_CHARGES = {
    **dict.fromkeys(("Li", "Na", "K", "Rb", "Cs"), 1),
    **dict.fromkeys(("Be", "Mg", "Ca", "Sr", "Ba", "Zn", "Cd", "Hg"), 2),
    **dict.fromkeys(("Al", "Sc", "Ga", "Y", "In", "La", "Lu"), 3),
    **dict.fromkeys(("Ti", "Zr", "Sn", "Ce", "Hf", "Th"), 4),
}
"""By element, the charge of the cation that is not oxidised any further in water."""


class Cation(BaseModel):
    """A metal cation with the properties that decide how it cross-links.

    Sources, uncertainties and remarks of every value are in `cation_properties()`.
    A property that nobody has measured, or whose source could not be checked, is `None`, never a guess.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    """Element or oxocation and charge, such as `Fe3+`, `Ag+` or `VO2+` (oxovanadium(IV), VO²⁺)."""

    element: str
    """Symbol of the metal, such as `Fe`; `V` for `VO2+`."""

    charge: int = Field(ge=1)
    """Of the whole cation, in elementary charges."""

    coordination_number: int | None = Field(default=None, ge=1)
    """Preferred number of oxygen neighbours; `ionic_radius_angstrom` is for it."""

    spin: Literal["high", "low"] | None = None
    """Spin state that the radii are for; `None` where it does not matter."""

    ionic_radius_angstrom: float | None = Field(default=None, gt=0)
    """Shannon effective ionic radius, doi:10.1107/S0567739476001551 (the crystal radius is 0.14 Å larger)."""

    octahedral_radius_angstrom: float | None = Field(default=None, gt=0)
    """Shannon effective ionic radius at coordination number 6 and the same spin: one yardstick for all cations."""

    lennard_jones_radius_angstrom: float | None = Field(default=None, gt=0)
    """Rmin/2, half the distance at which the 12-6 potential between two of them is lowest, as simulations take it.

    All that a simulation knows of a cation's size. Sets differ between charges; these are for SPC/E water.
    """

    ionisation_energy_ev: float | None = Field(default=None, gt=0)
    """I, what it takes to remove one more electron from the gaseous cation."""

    electron_affinity_ev: float | None = Field(default=None, gt=0)
    """A, what the gaseous cation gives when it takes one electron: the ionisation energy one step below."""

    electronegativity_pauling: float | None = Field(default=None, gt=0)
    """Pauling electronegativity of the element."""

    hydration_free_energy_kj_mol: float | None = Field(default=None, lt=0)
    """Absolute Gibbs energy of hydration of the single ion at 25 °C, on the scale that its note names."""

    log_k_hydrolysis: float | None = None
    """Decimal logarithm of the constant of M + H₂O = MOH + H⁺ at 25 °C and zero ionic strength."""

    d_electrons: int | None = Field(default=None, ge=0, le=10)
    """Electrons in the valence d shell."""

    water_exchange_rate_per_s: float | None = Field(default=None, gt=0)
    """Rate constant of the exchange of one coordinated water molecule at 298 K."""

    reduction_potential_v: float | None = None
    """Standard potential of the first reduction to `reduction_product`, against the standard hydrogen electrode."""

    reduction_product: str | None = None
    """What the first reduction gives, such as `Fe2+` or `Mg`."""

    oxidation_potential_v: float | None = None
    """Lowest standard potential of what its oxidation gives, where that is not another cation of the table or where the
    first reduction of that gives something else; against the standard hydrogen electrode."""

    toxicity_class: Literal["1", "2A", "2B", "3", "other"] | None = None
    """Class of the element in ICH Q3D(R2), from 1 (toxic by every route) to 3; `None` where it is not assessed."""

    crustal_abundance_mg_kg: float | None = Field(default=None, gt=0)
    """Of the element in the Earth's crust."""

    soluble_salt: str | None = None
    """Formula of a salt of which at least 0.1 mol dissolve in a litre or kilogram of water at room temperature.

    Written as its source does, so mostly without the water of crystallisation of what is on the shelf. `None` says
    only that no source was read: many such cations have soluble salts.
    """

    @property
    def symbol(self) -> str:
        """Its name without the charge, such as `Fe`, or `VO` for `VO2+`."""
        return cation_symbol(self.name)

    @property
    def radioactive(self) -> bool:
        """Whether its element has no stable isotope: no cross-linker to use, but its constants teach of others."""
        return self.element in {"Tc", "Pm", "Ra", "Ac", "Th", "Pa", "U", "Np", "Pu", "Am", "Cm"}

    @property
    def in_highest_state(self) -> bool:
        """Whether nothing oxidises it in water: all electrons but those of a noble-gas core or full shell are gone."""
        return self.charge == HIGHEST_CHARGES.get(self.element)

    @property
    def molar_mass_g_mol(self) -> float:
        """Of the whole cation, from the standard atomic weights in RDKit."""
        return molar_mass_g_mol(atoms_of({self.symbol: Fraction(1)}))

    @property
    def ionic_potential_e_per_angstrom(self) -> float | None:
        """Charge over ionic radius, z/r (Cartledge, J. Am. Chem. Soc. 1928)."""
        return None if self.ionic_radius_angstrom is None else self.charge / self.ionic_radius_angstrom

    @property
    def z2_over_r_e2_per_angstrom(self) -> float | None:
        """Square of the charge over ionic radius, as in the Born energy, doi:10.1007/BF01881023."""
        return None if self.ionic_radius_angstrom is None else self.charge**2 / self.ionic_radius_angstrom

    @property
    def hardness_ev(self) -> float | None:
        """Absolute hardness (I − A)/2, doi:10.1021/ja00364a005 and doi:10.1021/ic00277a030."""
        if self.ionisation_energy_ev is None or self.electron_affinity_ev is None:
            return None
        return (self.ionisation_energy_ev - self.electron_affinity_ev) / 2

    @property
    def absolute_electronegativity_ev(self) -> float | None:
        """Mulliken's (I + A)/2, doi:10.1021/ja00364a005."""
        if self.ionisation_energy_ev is None or self.electron_affinity_ev is None:
            return None
        return (self.ionisation_energy_ev + self.electron_affinity_ev) / 2

    @property
    def misono_softness_angstrom(self) -> float | None:
        """Misono's softness 10 (A/I) r/√z (M. Misono et al., J. Inorg. Nucl. Chem. 29 (1967) 2685), with r of Shannon.

        The paper was not at hand: the formula is as it is commonly quoted and not verified. Its own table rests on
        other radii, so that values differ from it by some per cent.
        """
        radius = self.ionic_radius_angstrom
        if radius is None or self.ionisation_energy_ev is None or self.electron_affinity_ev is None:
            return None
        return 10 * self.electron_affinity_ev / self.ionisation_energy_ev * radius / sqrt(self.charge)
