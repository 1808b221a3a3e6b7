"""Formation constants of a database's species, each from the species that no reaction forms."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType

from ionlink.data.errors import InputError
from ionlink.data.phreeqc.database import Database
from ionlink.data.phreeqc.reaction import Reaction


@dataclass(frozen=True)
class Formation:
    """What one of a species is formed from in the end, and how strongly."""

    log_k: Fraction
    """log10 of the overall constant at 25 degC and zero ionic strength."""

    basis: Mapping[str, Fraction]
    """Amounts of the species that no reaction forms."""


def formations(database: Database) -> dict[str, Formation]:
    """Formation of every species of a database.

    Raises:
        InputError: when a species is formed from itself, or from one that has no reaction.

    """
    reactions = database.reactions
    order = TopologicalSorter({name: set(reaction.reactants) - {name} for name, reaction in reactions.items()})
    found: dict[str, Formation] = {}
    try:
        for name in order.static_order():
            if name not in reactions:
                raise InputError(f"'{name}' has no reaction, not even {name} = {name}")
            found[name] = combined(reactions[name], found)
    except CycleError as error:
        raise InputError(f"species are formed from each other: {', '.join(error.args[1])}") from error
    return found


def combined(reaction: Reaction, known: Mapping[str, Formation]) -> Formation:
    """A reaction put together with the formations of what it starts from."""
    if reaction.is_identity:
        return Formation(Fraction(0), reaction.reactants)
    log_k, basis = reaction.log_k, defaultdict[str, Fraction](Fraction)
    for name, amount in reaction.reactants.items():
        log_k += amount * known[name].log_k
        for part, count in known[name].basis.items():
            basis[part] += amount * count
    return Formation(log_k, MappingProxyType({name: amount for name, amount in basis.items() if amount}))
