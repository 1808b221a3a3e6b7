"""Canonical names from what people type: `Fe(III)` -> `Fe3+`."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6}

OXOCATIONS = {"VO": "V"}
"""Cation that is a metal with an oxo group -> its metal.

`VO2+` is read as oxovanadium(IV), VO²⁺. Dioxovanadium(V), VO₂⁺, would be written the same and is not known.
"""

OXOCATION_NAMES = {"vanadyl": ("VO", 2), "vanadyliv": ("VO", 2), "oxovanadiumiv": ("VO", 2)}
"""Name reduced to letters and digits -> symbol and charge."""

ELEMENT_NAMES = {
    **{"lithium": "Li", "sodium": "Na", "potassium": "K", "rubidium": "Rb", "caesium": "Cs", "cesium": "Cs"},
    **{"beryllium": "Be", "magnesium": "Mg", "calcium": "Ca", "strontium": "Sr", "barium": "Ba"},
    **{"scandium": "Sc", "yttrium": "Y", "titanium": "Ti", "zirconium": "Zr", "hafnium": "Hf", "vanadium": "V"},
    **{"chromium": "Cr", "manganese": "Mn", "iron": "Fe", "cobalt": "Co", "nickel": "Ni", "palladium": "Pd"},
    **{"copper": "Cu", "silver": "Ag", "zinc": "Zn", "cadmium": "Cd", "mercury": "Hg", "aluminium": "Al"},
    **{"aluminum": "Al", "gallium": "Ga", "indium": "In", "thallium": "Tl", "tin": "Sn", "lead": "Pb"},
    **{"bismuth": "Bi", "lanthanum": "La", "cerium": "Ce", "praseodymium": "Pr", "neodymium": "Nd"},
    **{"samarium": "Sm", "europium": "Eu", "gadolinium": "Gd", "terbium": "Tb", "dysprosium": "Dy"},
    **{"holmium": "Ho", "erbium": "Er", "thulium": "Tm", "ytterbium": "Yb", "lutetium": "Lu", "thorium": "Th"},
    **{"uranium": "U", "neptunium": "Np", "plutonium": "Pu", "americium": "Am", "curium": "Cm"},
}
"""Symbol by name; names are not taken for cations, but what was meant by them is suggested."""

OLD_NAMES = {
    **{"ferrous": "Fe2+", "ferric": "Fe3+", "cuprous": "Cu+", "cupric": "Cu2+", "stannous": "Sn2+", "stannic": "Sn4+"},
    **{"chromous": "Cr2+", "chromic": "Cr3+", "cobaltous": "Co2+", "cobaltic": "Co3+", "cerous": "Ce3+"},
    **{"ceric": "Ce4+", "mercuric": "Hg2+", "plumbous": "Pb2+", "manganous": "Mn2+", "nickelous": "Ni2+"},
}

NAMED_PATTERN = re.compile(
    r"(?P<name>[a-z]+?)((\s*\(\s*|\s+)((?P<roman>[iv]+)|(?P<charge>\d)\+)\s*\)?)?(\s*(ions?|cations?|salts?))?",
    re.IGNORECASE,
)
"""`iron`, `iron(III)`, `iron 3+`, `ferric ion`."""

CATION_PATTERN = re.compile(
    r"(?P<element>[a-z]{1,2})[\s^_]*[({]?\s*"
    r"(?:(?P<before>\d)\s*\+|\+\s*(?P<after>\d)|(?P<pluses>\++)|(?P<roman>(?<![a-z])[iv]+))"
    r"\s*[)}]?",
    re.IGNORECASE,
)
"""`Fe3+`, `fe+3`, `Fe(III)`, `Fe III`, `Fe^{3+}`, `Fe+++`."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A question, with a blank after it, by what is nearest to a name; empty where nothing is near.

    >>> did_you_mean("peel_forse", ["peel_force", "density"])
    'did you mean peel_force? '
    """
    close = get_close_matches(name, list(known), n=3)
    return f"did you mean {' or '.join(close)}? " if close else ""


def parse_cation(text: str) -> tuple[str, int] | None:
    """Symbol and charge of a cation as typed, `None` when it does not read as one.

    >>> parse_cation("Fe(III)"), parse_cation("fe³⁺"), parse_cation("Ca++"), parse_cation("iron")
    (('Fe', 3), ('Fe', 3), ('Ca', 2), None)
    >>> parse_cation("Ag1+"), parse_cation("VO²⁺"), parse_cation("vanadyl")
    (('Ag', 1), ('VO', 2), ('VO', 2))
    """
    if name_key(text) in OXOCATION_NAMES:
        return OXOCATION_NAMES[name_key(text)]
    # NFKC turns superscripts into plain digits and signs.
    match = CATION_PATTERN.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None:
        return None
    charge = charge_of(match)
    return None if charge is None else (symbol_of(match["element"]), charge)


def cations_named(text: str) -> list[str]:
    """Labels of the cations that a chemist's name may stand for, whether they are known or not.

    >>> cations_named("iron(III)"), cations_named("Ferric"), cations_named("zinc")
    (['Fe3+'], ['Fe3+'], ['Zn+', 'Zn2+', 'Zn3+', 'Zn4+'])
    """
    match = NAMED_PATTERN.fullmatch(text.strip())
    name = match["name"].lower() if match else ""
    if match is None or name not in ELEMENT_NAMES:
        return [OLD_NAMES[name]] if name in OLD_NAMES else []
    said = ROMAN.get((match["roman"] or "").lower()) or match["charge"]
    return [cation_label(ELEMENT_NAMES[name], charge) for charge in ([int(said)] if said else range(1, 5))]


def symbol_of(letters: str) -> str:
    """Element or oxocation that letters of any case stand for: `fe` -> `Fe`, `vo` -> `VO`."""
    return letters.upper() if letters.upper() in OXOCATIONS else letters.capitalize()


def cation_label(symbol: str, charge: int) -> str:
    """Canonical name of a cation; a single charge is not counted.

    >>> cation_label("Fe", 3), cation_label("Ag", 1)
    ('Fe3+', 'Ag+')
    """
    return f"{symbol}{charge if charge > 1 else ''}+"


def cation_symbol(label: str) -> str:
    """Symbol in the canonical name of a cation, the reverse of `cation_label`.

    >>> cation_symbol("Fe3+"), cation_symbol("Ag+"), cation_symbol("VO2+")
    ('Fe', 'Ag', 'VO')
    """
    return label.rstrip("+").rstrip("0123456789")


def charge_of(match: re.Match[str]) -> int | None:
    """Charge in elementary charges that a match of `CATION_PATTERN` states."""
    if match["roman"]:
        return ROMAN.get(match["roman"].lower())
    if match["pluses"]:
        return len(match["pluses"])
    return int(match["before"] or match["after"])


def name_key(text: str) -> str:
    """Letters and digits of a name in lower case, so that spelling variants meet.

    >>> name_key("Poly(acrylic acid)") == name_key("polyacrylic acid")
    True
    """
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())
