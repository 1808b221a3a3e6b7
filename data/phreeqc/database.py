"""Reads thermodynamic databases in the format of PHREEQC (doi:10.3133/tm6A43): how each species is formed.

Only what stability constants need is read: `SOLUTION_MASTER_SPECIES` and `SOLUTION_SPECIES`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from ionlink.data.errors import InputError
from ionlink.data.phreeqc.formula import NUMBER
from ionlink.data.phreeqc.reaction import Reaction, imbalance, read_equation

SECTION = re.compile(r"[A-Z_]{3,}")
LOG_K = re.compile(rf"-?log_?k\s+(?P<log_k>[+-]?{NUMBER}(?:e[+-]?\d+)?)", re.IGNORECASE)
"""`log_k`, `-log_k`, `logk`, `-logk` and the same with a capital K."""

DELTA_H = re.compile(rf"-?delta_?h\s+(?P<delta_h>[+-]?{NUMBER}(?:e[+-]?\d+)?)", re.IGNORECASE)
SUMMED = re.compile(r"-?add_logk\b", re.IGNORECASE)
UNCHECKED = re.compile(r"-?no_check\b", re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    """One line of a database."""

    where: str
    """File and line."""

    section: str
    """Keyword of the block that it stands in."""

    text: str
    """Without its comment; may be empty."""

    comment: str


@dataclass(frozen=True)
class Database:
    """How the species of a database are formed from each other."""

    weights: Mapping[str, float]
    """Formula weight of each element in g/mol, where the database states a number."""

    reactions: Mapping[str, Reaction]
    """By the species they define; a later definition replaces an earlier one, as in PHREEQC."""


def read_database(text: str, name: str) -> Database:
    """The database that a text holds; `name` is named in errors.

    A reaction that the database itself marks `-no_check` (polysulfides, whose sulfur is left unbalanced) is left out.

    Raises:
        InputError: with one line for each reaction that has no log K, does not read or does not balance.

    """
    lines = list(read_lines(text, name))
    faults: list[str] = []
    reactions: dict[str, Reaction] = {}
    for definition in definitions(lines):
        try:
            reaction = read_reaction(definition)
        except InputError as error:
            faults.extend(f"{definition[0].where}: {fault}" for fault in error.faults)
            continue
        if reaction is not None:
            reactions[reaction.species] = reaction
    if faults:
        raise InputError(faults)
    return Database(MappingProxyType(read_weights(lines)), MappingProxyType(reactions))


def read_lines(text: str, name: str) -> Iterator[Line]:
    """Lines below a keyword, each with the keyword."""
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        statement, _, comment = line.partition("#")
        if SECTION.fullmatch(statement.strip()):
            section = statement.strip()
        else:
            yield Line(f"{name} line {number}", section, statement.strip(), comment.strip())


def read_weights(lines: list[Line]) -> dict[str, float]:
    """Formula weights of the elements: the fifth column of their definition."""
    cells = [line.text.split() for line in lines if line.section == "SOLUTION_MASTER_SPECIES"]
    return {row[0]: float(row[4]) for row in cells if len(row) > 4}


def definitions(lines: list[Line]) -> Iterator[list[Line]]:
    """Lines that define one species: an equation and what follows up to the next one."""
    current: list[Line] = []
    for line in lines:
        if line.section != "SOLUTION_SPECIES":
            continue
        if "=" in line.text:
            if current:
                yield current
            current = [line]
        elif current:
            current.append(line)
    if current:
        yield current


def read_reaction(lines: list[Line]) -> Reaction | None:
    """The reaction that some lines define; `None` when the database does not want it balanced.

    Raises:
        InputError: when it has no log K, does not read or does not balance.

    """
    if any(UNCHECKED.match(line.text) for line in lines):
        return None
    equation = lines[0]
    found = {line: match for line in lines[1:] if (match := LOG_K.match(line.text))}
    if len(found) != 1 or any(SUMMED.match(line.text) for line in lines):
        raise InputError(f"'{equation.text}' must have one line log_k with a number, and none that adds others to it")
    ((line, match),) = found.items()
    species, reactants = read_equation(equation.text)
    remarks = tuple(other.comment for other in lines if other.comment and other is not line)
    reaction = Reaction(
        species=species,
        reactants=reactants,
        log_k=Fraction(match["log_k"]),
        delta_h=sum((Fraction(h["delta_h"]) for other in lines if (h := DELTA_H.match(other.text))), Fraction(0)),
        equation=equation.text,
        remark=line.comment,
        remarks=remarks,
        where=equation.where,
    )
    if off := imbalance(reaction):
        sums = ", ".join(f"{name} by {float(amount):+g}" for name, amount in off.items())
        raise InputError(f"'{equation.text}' does not balance: {sums}")
    return reaction
