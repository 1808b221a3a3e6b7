"""Reactions as PHREEQC databases write them, and whether they balance."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from ionlink.data.errors import InputError
from ionlink.data.phreeqc.formula import NUMBER, read_species

SIGN = re.compile(r"(?:^|(?<=\s))(?P<sign>[+-])\s+")
TERM = re.compile(rf"(?P<count>{NUMBER})?\s*(?P<species>\S+)")


@dataclass(frozen=True)
class Reaction:
    """How a database defines one species."""

    species: str
    """The species that the reaction defines: the first one after `=`."""

    reactants: Mapping[str, Fraction]
    """What one of it is formed from; by-products count negative."""

    log_k: Fraction
    """log10 of its formation constant at 25 degC and zero ionic strength."""

    delta_h: Fraction
    """Enthalpy as written; 0 where the database has none, and so moves log K to no other temperature."""

    equation: str
    """As written."""

    remark: str
    """Comment on the line of log K."""

    remarks: tuple[str, ...]
    """The other comments of the definition."""

    where: str
    """File and line."""

    @property
    def is_identity(self) -> bool:
        """Whether it only says that the species is one to build others from."""
        return dict(self.reactants) == {self.species: 1}


def read_equation(equation: str) -> tuple[str, Mapping[str, Fraction]]:
    """The species that an equation defines, and what one of it is formed from.

    Raises:
        InputError: when it does not read as an equation.

    >>> read_equation("Cr(OH)2+ + Edta-4 + 2 H+ = Cr(Edta)- + 2 H2O")[0]
    'Cr(Edta)-'

    """
    left, equals, right = equation.partition("=")
    products = list(read_side(right))
    if not equals or not products:
        raise InputError(f"'{equation}' is not a reaction; write it as Ca+2 + Edta-4 = Ca(Edta)-2")
    (species, formed), *by_products = products
    amounts: defaultdict[str, Fraction] = defaultdict(Fraction)
    for name, amount in [*read_side(left), *((name, -amount) for name, amount in by_products)]:
        amounts[name] += amount / formed
    return species, MappingProxyType({name: amount for name, amount in amounts.items() if amount})


def read_side(text: str) -> Iterator[tuple[str, Fraction]]:
    """Species and signed amounts of one side; `+` and `-` between species stand alone.

    Raises:
        InputError: when a part does not read as an amount of a species.

    """
    first, *rest = SIGN.split(text.strip())
    signs, parts = ["+", *rest[::2]], [first, *rest[1::2]]
    for sign, part in zip(signs, parts, strict=True):
        if not part.strip() and part is first and rest:
            continue  # a side that starts with a sign
        term = TERM.fullmatch(part.strip())
        if term is None:
            raise InputError(f"'{part.strip()}' is not an amount of a species; write it as Ca+2 or 2 H2O")
        yield term["species"], Fraction(f"{sign}1") * Fraction(term["count"] or 1)


def imbalance(reaction: Reaction) -> dict[str, Fraction]:
    """What a reaction makes out of nothing (positive) or loses (negative), by element; empty when it balances."""
    net: defaultdict[str, Fraction] = defaultdict(Fraction)
    for name, amount in [(reaction.species, Fraction(1)), *((n, -a) for n, a in reaction.reactants.items())]:
        species = read_species(name)
        net["charge"] += species.charge * amount
        for element, count in species.elements.items():
            net[element] += count * amount
    return {name: amount for name, amount in net.items() if amount}
