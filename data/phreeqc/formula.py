"""Species as PHREEQC databases write them: `Fe(OH)2(Edta)-3` is 1 Fe, 2 O, 2 H, 1 Edta and a charge of -3."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType

from ionlink.data.errors import InputError

NUMBER = r"\d+(?:\.\d+)?"
CHARGE = re.compile(r"(?P<formula>.+?)(?P<charge>[+-](?:\d+)?|)")
PIECE = re.compile(rf"(?P<element>[A-Z][a-z_]*)|(?P<open>\()|(?P<close>\))|(?P<count>{NUMBER})")
"""An element of PHREEQC is a capital and small letters or `_`: `Ca`, and as well `Edta` or `Two_picoline`."""

ELECTRON = "e"

Counts = dict[str, Fraction]
"""How many of each element."""


@dataclass(frozen=True)
class Species:
    """What a species is made of."""

    elements: Mapping[str, Fraction]
    """Count of each element of the database; a ligand counts as one element there."""

    charge: int
    """In elementary charges."""


@lru_cache(maxsize=10_000)
def read_species(text: str) -> Species:
    """What a species is made of.

    Raises:
        InputError: when the text is no species.

    >>> read_species("Fe(OH)2(Edta)-3").charge, int(read_species("Fe(OH)2(Edta)-3").elements["O"])
    (-3, 2)

    """
    match = CHARGE.fullmatch(text)
    if match is None:
        raise InputError(f"'{text}' is not a species; write it as Fe+3, OH- or Fe(OH)2(Edta)-3")
    elements = {} if match["formula"] == ELECTRON else count_elements(match["formula"], text)
    return Species(MappingProxyType(elements), charge_of(match["charge"]))


def charge_of(text: str) -> int:
    """Charge that the end of a species states.

    >>> charge_of("+2"), charge_of("-"), charge_of("")
    (2, -1, 0)

    """
    return int(f"{text}1") if text in {"+", "-"} else int(text or 0)


def count_elements(formula: str, species: str) -> Counts:
    """Elements of a formula without its charge; `species` is named in errors.

    Raises:
        InputError: when it does not read as a formula.

    """
    groups: list[list[Counts]] = [[]]
    position = 0
    while position < len(formula):
        piece = PIECE.match(formula, position)
        if piece is None or not take(piece, groups):
            raise InputError(f"'{species}' is not a species: cannot read '{formula[position:]}'")
        position = piece.end()
    if len(groups) != 1:
        raise InputError(f"'{species}' is not a species: a bracket is not closed")
    return total(groups[0])


def take(piece: re.Match[str], groups: list[list[Counts]]) -> bool:
    """Put one piece of a formula to the open groups; whether it may stand there."""
    if piece["element"]:
        groups[-1].append({piece["element"]: Fraction(1)})
    elif piece["open"]:
        groups.append([])
    elif piece["close"] and len(groups) > 1:
        closed = groups.pop()
        groups[-1].append(total(closed))
    elif piece["count"] and groups[-1]:
        groups[-1][-1] = {name: n * Fraction(piece["count"]) for name, n in groups[-1][-1].items()}
    else:
        return False
    return True


def total(parts: Iterable[Counts]) -> Counts:
    """Sum of counts."""
    found: defaultdict[str, Fraction] = defaultdict(Fraction)
    for part in parts:
        for name, count in part.items():
            found[name] += count
    return dict(found)
