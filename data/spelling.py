"""Canonical names from what people type: `Fe(III)` -> `Fe3+`."""

import re
import unicodedata

ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6}

OXOCATIONS = {"VO": "V"}
"""Cation that is a metal with an oxo group -> its metal.

`VO2+` is read as oxovanadium(IV), VO²⁺. Dioxovanadium(V), VO₂⁺, would be written the same and is not known.
"""

OXOCATION_NAMES = {"vanadyl": ("VO", 2), "vanadyliv": ("VO", 2), "oxovanadiumiv": ("VO", 2)}
"""Name reduced to letters and digits -> symbol and charge."""

CATION_PATTERN = re.compile(
    r"(?P<element>[a-z]{1,2})[\s^_]*[({]?\s*"
    r"(?:(?P<before>\d)\s*\+|\+\s*(?P<after>\d)|(?P<pluses>\++)|(?P<roman>(?<![a-z])[iv]+))"
    r"\s*[)}]?",
    re.IGNORECASE,
)
"""`Fe3+`, `fe+3`, `Fe(III)`, `Fe III`, `Fe^{3+}`, `Fe+++`."""


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


def symbol_of(letters: str) -> str:
    """Element or oxocation that letters of any case stand for: `fe` -> `Fe`, `vo` -> `VO`."""
    return letters.upper() if letters.upper() in OXOCATIONS else letters.capitalize()


def cation_label(symbol: str, charge: int) -> str:
    """Canonical name of a cation; a single charge is not counted.

    >>> cation_label("Fe", 3), cation_label("Ag", 1)
    ('Fe3+', 'Ag+')
    """
    return f"{symbol}{charge if charge > 1 else ''}+"


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
