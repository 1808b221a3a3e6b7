"""Salts of a cation: what a mole weighs, how many cations it brings, and whether they have its charge."""

from dataclasses import dataclass
from fractions import Fraction

from ionlink.data.cation import Cation
from ionlink.data.cation_table import cations
from ionlink.data.errors import InputError
from ionlink.data.formula import ION_CHARGES, Amounts, atoms_of, ions_of, molar_mass_g_mol
from ionlink.data.formula_groups import MISTAKEN_ELEMENTS


@dataclass(frozen=True)
class Salt:
    """A salt as it is weighed, water of crystallisation included."""

    formula: str
    molar_mass_g_mol: float

    cations: float
    """Cations per formula unit."""

    unchecked: tuple[str, ...] = ()
    """Atoms and groups whose charge is not known, so that nobody checked whether the cation has its own."""


def salt_of(cation: str, formula: str | None = None) -> Salt | None:
    """The salt of that formula, by default the one that the knowledge base knows to dissolve well; `None` without one.

    Args:
        cation: Canonical name, such as `Fe3+`.
        formula: Such as `FeCl3·6H2O` or `CaSO4·0.5H2O`; `*` or `.` may stand for the dot.

    Raises:
        InputError: the formula cannot be read, does not contain the cation's element, has another element whose
            symbol is also short for a group, or balances its charges only with another charge of the cation's. A salt
            with ions that are not in `ION_CHARGES` is taken at its word; `unchecked` says so.

    >>> salt_of("Fe3+", "Fe(OAc)2")
    Traceback (most recent call last):
    ionlink.data.errors.InputError: salt: Fe is +2 in 'Fe(OAc)2'; a salt of Fe3+ has Fe +3
    >>> salt_of("Mg2+", "Mg(OAc)2·4H2O").molar_mass_g_mol
    214.453

    """
    known = cations()[cation]
    written = formula or known.soluble_salt
    if written is None:
        return None
    ions = ions_of(written)
    if not ions.get(known.element):
        raise InputError(f"salt: '{written}' contains no {known.element}, so it is no salt of {cation}")
    _refuse_mistaken_elements(known.element, ions, written)
    mass = molar_mass_g_mol(atoms_of(ions))
    _check_charge(known, ions, written)
    unchecked = tuple(ion for ion in ions if ion != known.element and ion not in ION_CHARGES)
    return Salt(written, round(mass, 3), float(ions[known.element]), unchecked)


def _refuse_mistaken_elements(element: str, ions: Amounts, formula: str) -> None:
    """Raise where a group is written as another element's symbol: Ac in `CaAc2` would be actinium."""
    mistaken = [ion for ion in ions if ion != element and ion in MISTAKEN_ELEMENTS]
    if mistaken:
        raise InputError(
            f"salt: {ion} in '{formula}' would be an element; write {MISTAKEN_ELEMENTS[ion]}" for ion in mistaken
        )


def _check_charge(cation: Cation, ions: Amounts, formula: str) -> None:
    """Raise where the other ions of a salt leave the cation's element another oxidation state than the cation has."""
    others = _charge_beside(cation.element, ions)
    if others is None:
        return
    # An oxocation's own oxygen counts: vanadium is +4 in VO2+.
    own = _charge_beside(cation.element, ions_of(cation.symbol)) or 0
    found, wanted = -others / ions[cation.element], cation.charge - own
    if found != wanted:
        stated = f"{cation.element} is {float(found):+.3g} in '{formula}'"
        raise InputError(f"salt: {stated}; a salt of {cation.name} has {cation.element} {int(wanted):+d}")


def _charge_beside(element: str, ions: Amounts) -> Fraction | None:
    """Charge of all ions but the element's; `None` where one of them is not known."""
    others = {ion: number for ion, number in ions.items() if ion != element}
    if not others.keys() <= ION_CHARGES.keys():
        return None
    return sum((ION_CHARGES[ion] * number for ion, number in others.items()), Fraction(0))
