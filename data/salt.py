"""Salts by their formula: what a mole weighs, and how many cations it brings."""

import re
from collections import Counter
from dataclasses import dataclass

from ionlink.data.cation_table import cations
from ionlink.data.errors import InputError

_HYDRATE = re.compile(r"[·⋅•*.]")
"""What stands between the parts of an addition compound such as a hydrate."""

_TOKEN = re.compile(r"(?P<element>[A-Z][a-z]?)(?P<count>\d*)|(?P<open>\()|\)(?P<times>\d*)")


@dataclass(frozen=True)
class Salt:
    """A salt as it is weighed, water of crystallisation included."""

    formula: str
    molar_mass_g_mol: float

    cations: int
    """Cations per formula unit."""


def salt_of(cation: str, formula: str | None = None) -> Salt | None:
    """The salt of that formula, by default the one that the knowledge base knows to dissolve well; `None` without one.

    Args:
        cation: Canonical name, such as `Fe3+`.
        formula: Such as `FeCl3·6H2O`; `*` or `.` may stand for the dot.

    Raises:
        InputError: the formula cannot be read, or does not contain the cation's element.

    >>> salt_of("Fe3+", "FeCl3·6H2O")
    Salt(formula='FeCl3·6H2O', molar_mass_g_mol=270.294, cations=1)

    """
    known = cations()[cation]
    written = formula or known.soluble_salt
    if written is None:
        return None
    atoms = atoms_of(written)
    if not atoms[known.element]:
        raise InputError(f"salt: '{written}' contains no {known.element}, so it is no salt of {cation}")
    return Salt(written, round(molar_mass_g_mol(atoms), 3), atoms[known.element])


def atoms_of(formula: str) -> Counter[str]:
    """Atoms of each element in a formula.

    Raises:
        InputError: the formula cannot be read.

    >>> sorted(atoms_of("Ca(HCOO)2·2H2O").items())
    [('C', 2), ('Ca', 1), ('H', 6), ('O', 6)]

    """
    total: Counter[str] = Counter()
    for part in _HYDRATE.split(formula):
        count, rest = re.fullmatch(r"(\d*)(.*)", part.strip()).groups()  # type: ignore[union-attr] # it matches any text
        for element, number in _part(rest, formula).items():
            total[element] += int(count or 1) * number
    return total


def molar_mass_g_mol(atoms: Counter[str]) -> float:
    """Mass of a mole, from the standard atomic weights in RDKit.

    Raises:
        InputError: one of the elements does not exist.

    """
    from rdkit import Chem, rdBase

    table = Chem.GetPeriodicTable()
    with rdBase.BlockLogs():
        try:
            return float(sum(number * table.GetAtomicWeight(element) for element, number in atoms.items()))
        except RuntimeError as error:
            raise InputError(f"salt: one of {', '.join(atoms)} is no element") from error


def _part(text: str, formula: str) -> Counter[str]:
    """Atoms of a formula without dots; groups in parentheses may be nested."""
    levels: list[Counter[str]] = [Counter()]
    place = 0
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None or (text[place] == ")" and (len(levels) == 1 or not levels[-1])):
            break
        place = token.end()
        if token["open"]:
            levels.append(Counter())
        elif token["element"]:
            levels[-1][token["element"]] += int(token["count"] or 1)
        else:
            group = levels.pop()
            for element, number in group.items():
                levels[-1][element] += int(token["times"] or 1) * number
    if place < len(text) or len(levels) > 1 or not levels[0]:
        raise InputError(f"salt: '{formula}' does not read as a formula, such as FeCl3·6H2O or Ca(HCOO)2")
    return levels[0]
