"""Chemical formulas of salts: their ions, their atoms, and what a mole weighs."""

import re
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction

from ionlink.data.errors import InputError
from ionlink.data.formula_groups import GROUP_CHARGES, GROUP_FORMULAS

Amounts = Mapping[str, Fraction]

# Written out, because what guesses oxidation states from the composition alone (pymatgen's `oxi_state_guesses`) is
# wrong on ammonium and undecided on carboxylates.
ION_CHARGES = {
    **dict.fromkeys(("H", "Li", "Na", "K", "Rb", "Cs", "NH4"), 1),
    **dict.fromkeys(("Mg", "Ca", "Sr", "Ba", "Zn", "Cd"), 2),
    "Al": 3,
    **dict.fromkeys(("H2O", "NH3"), 0),
    **dict.fromkeys(("F", "Cl", "Br", "I", "OH", "CN", "SCN", "NO2", "NO3", "BF4", "PF6", "CF3SO3", "SO3CF3"), -1),
    **dict.fromkeys(("ClO", "OCl", "ClO2", "ClO3", "ClO4", "BrO3", "IO3", "HCO3", "HSO4", "H2PO4"), -1),
    **dict.fromkeys(("CH3COO", "CH3CO2", "OOCCH3", "O2CCH3", "C2H3O2", "HCOO", "HCO2", "CHO2"), -1),
    **dict.fromkeys(("O", "CO3", "SO3", "SO4", "S2O3", "HPO4", "C2O4"), -2),
    **dict.fromkeys(("PO4", "C6H5O7"), -3),
    **GROUP_CHARGES,
}
"""Charge, in elementary charges, of what a salt has beside the cation; acetate and formate in their spellings.

Of metals, those that have no other charge in salts.
"""

_SEPARATORS = "·⋅∙•‧・*×."
"""What stands between the parts of an addition compound such as a hydrate."""

_LETTER_X = re.compile(r"\s+x\s*(?=\d)")
"""In place of a dot, as in `FeCl3 x 6H2O`."""

_UNKNOWN_WATER = re.compile(r"(?<![A-Za-z])[xn]\s*H2O|\d\s*[-–]\s*\d+\s*H2O")
"""As labels have it where water varies from batch to batch: `In(NO3)3·xH2O`, `Al2(SO4)3·14-18H2O`."""

_DECIMAL_POINT = re.compile(rf"(^|[{_SEPARATORS}])(\s*\d+)\.(?=\d)")
"""In a number that begins a part; elsewhere a full stop separates."""

_PART = re.compile(r"(\d+(?:,\d+|/[1-9]\d*)?)?(.*)", re.DOTALL)
"""How often, and what."""

_ATOM = re.compile(r"([A-Z][a-z]?)(\d*)")

_HYPOCHLORITE = r"(?:(?<=[(\[K])|(?<=Na)|(?<=Li))OCl(?=[)\]]|$)"
"""Elsewhere an oxide chloride, as in ZrOCl2 and BiOCl."""

_IONS = "|".join(
    _HYPOCHLORITE if ion == "OCl" else re.escape(ion)
    for ion in sorted(ION_CHARGES.keys() | GROUP_FORMULAS.keys(), key=len, reverse=True)
    if not _ATOM.fullmatch(ion)
)

_TOKEN = re.compile(
    # No digit after an ion: `Fe(OH2)6` is of water.
    rf"(?P<ion>{_IONS})(?![a-z\d])|(?P<element>[A-Z][a-z]?)(?P<count>\d*)|(?P<open>[(\[])|(?P<close>[)\]])(?P<times>\d*)"
)

_CLOSING = {"(": ")", "[": "]"}

_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def ions_of(formula: str) -> Amounts:
    """The known ions (`ION_CHARGES`) and groups in a formula, and the atoms that are in none of them.

    Raises:
        InputError: the formula cannot be read.

    >>> {ion: int(number) for ion, number in ions_of("KFe(SO4)2·12H2O").items()}
    {'K': 1, 'Fe': 1, 'SO4': 2, 'H2O': 12}

    """
    total: dict[str, Fraction] = {}
    text = _DECIMAL_POINT.sub(r"\1\2,", _LETTER_X.sub("·", formula.translate(_SUBSCRIPTS)))
    if _UNKNOWN_WATER.search(text):
        certificate = "write the number of its certificate of analysis, such as ·6H2O"
        raise InputError(f"salt: '{formula}' does not read as a formula, since its water is no number; {certificate}")
    for part in re.split(f"[{_SEPARATORS}]", text):
        times, rest = _PART.fullmatch(part.strip()).groups()  # type: ignore[union-attr] # it matches any text
        for ion, number in _part(rest.strip(), formula).items():
            total[ion] = total.get(ion, Fraction(0)) + Fraction((times or "1").replace(",", ".")) * number
    return total


def atoms_of(ions: Amounts) -> Amounts:
    """Atoms of each element in what `ions_of` gives.

    >>> {element: int(number) for element, number in atoms_of(ions_of("Ca(HCOO)2·2H2O")).items()}
    {'Ca': 1, 'H': 6, 'C': 2, 'O': 6}

    """
    atoms: dict[str, Fraction] = {}
    for ion, number in ions.items():
        for element, count in _ATOM.findall(GROUP_FORMULAS.get(ion, ion)):
            atoms[element] = atoms.get(element, Fraction(0)) + number * int(count or 1)
    return atoms


def molar_mass_g_mol(atoms: Amounts) -> float:
    """Mass of a mole, from the standard atomic weights in RDKit.

    Raises:
        InputError: elements that do not exist.

    """
    from rdkit import Chem, rdBase

    table = Chem.GetPeriodicTable()
    mass, strangers = 0.0, []
    with rdBase.BlockLogs():
        for element, number in atoms.items():
            try:
                mass += float(number) * table.GetAtomicWeight(element)
            except RuntimeError:
                strangers.append(element)
    if strangers:
        raise InputError(
            f"salt: {element} is no element, and no group that is known; write its atoms, such as C2H3O2 for acetate"
            for element in strangers
        )
    return mass


def _part(text: str, formula: str) -> Counter[str]:
    """Ions of a formula without dots; groups in parentheses, and complexes in square brackets, may be nested."""
    levels: list[Counter[str]] = [Counter()]
    awaited: list[str] = []
    place = 0
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None or (token["close"] and (awaited[-1:] != [token["close"]] or not levels[-1])):
            break
        place = token.end()
        if token["open"]:
            levels.append(Counter())
            awaited.append(_CLOSING[token["open"]])
        elif token["ion"] or token["element"]:
            levels[-1][token["ion"] or token["element"]] += int(token["count"] or 1)
        else:
            group = levels.pop()
            awaited.pop()
            for ion, number in group.items():
                levels[-1][ion] += int(token["times"] or 1) * number
    if place < len(text) or len(levels) > 1 or not levels[0]:
        raise InputError(f"salt: '{formula}' does not read as a formula, such as FeCl3·6H2O or Ca(HCOO)2")
    return levels[0]
