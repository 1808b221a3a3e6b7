"""Whether enough is known of the outcomes that an aim counts to learn a model of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation
from ionlink.data.plural import counted
from ionlink.models.errors import FitFailed
from ionlink.models.noise import merged
from ionlink.optimize.aim import Aim
from ionlink.optimize.outcome_constraint import OutcomeConstraint
from ionlink.optimize.standing import tightest_bounds

INITIAL_FORMULATIONS = 6
"""So many different formulations must have each outcome of the aim observed before proposals come from a model."""


def short_of(observations: Sequence[Observation], aim: Aim, elsewhere: Sequence[Observation] = ()) -> Mapping[str, int]:
    """Outcomes of the aim of which fewer formulations have a value, and how many.

    Not those that are known well enough `elsewhere`, at one of the other levels: what is believed there is believed of
    the campaign's own level too, as far as levels are expected to go together.
    """
    counts = {name: with_values(observations, name) for name in aim.outcomes}
    few = {name: count for name, count in counts.items() if count < INITIAL_FORMULATIONS}
    return {name: count for name, count in few.items() if not _known_at_one_level(elsewhere, name)}


def check_enough(observations: Sequence[Observation], aim: Aim, elsewhere: Sequence[Observation] = ()) -> None:
    """Raise `FitFailed` where the aim is `short_of` something."""
    few = short_of(observations, aim, elsewhere)
    if few:
        there, each = " and ".join(counts_of(few)), " of each" if len(few) > 1 else ""
        raise FitFailed(" and ".join(few), f"{there} observed, at least {INITIAL_FORMULATIONS}{each} needed")


def with_values(observations: Sequence[Observation], outcome: str) -> int:
    """Of how many formulations an outcome has a value."""
    return len({o.formulation for o in observations if o.outcome == outcome and o.bound == "="})


def counts_of(few: Mapping[str, int]) -> list[str]:
    """The numbers of what the aim is `short_of`; the last one says what was counted.

    >>> counts_of({"peel_force": 3, "density": 1})
    ['3', '1 formulation']
    """
    *before, last = few.values()
    return [*map(str, before), counted(last, "formulation")]


def learnable(aim: Aim, observations: Sequence[Observation], elsewhere: Sequence[Observation] = ()) -> Aim:
    """The aim without the constraints that are `classified`."""
    apart = classified(aim, observations, elsewhere)
    return replace(aim, constraints=tuple(c for c in aim.constraints if c not in apart))


def classified(
    aim: Aim, observations: Sequence[Observation], elsewhere: Sequence[Observation] = ()
) -> Mapping[OutcomeConstraint, Mapping[Formulation, bool]]:
    """Constraints of whose outcomes there are too few values, with the formulations of which it is known if they hold.

    Bounds settle that, such as of viscosities that were too low to be measured. It must be known of
    `INITIAL_FORMULATIONS`, and hold for one of them at least.
    """
    few = short_of(observations, aim, elsewhere).keys() - {o.outcome for o in aim.objectives}
    found = {c: _settled(c, observations) for c in aim.constraints if c.outcome in few}
    return {c: known for c, known in found.items() if len(known) >= INITIAL_FORMULATIONS and any(known.values())}


def broken(known: Mapping[OutcomeConstraint, Mapping[Formulation, bool]]) -> frozenset[Formulation]:
    """Formulations that are known to break one of the constraints that are `classified`."""
    return frozenset(f for kinds in known.values() for f, held in kinds.items() if not held)


def _settled(constraint: OutcomeConstraint, observations: Sequence[Observation]) -> Mapping[Formulation, bool]:
    own = [o for o in observations if o.outcome == constraint.outcome]
    reach = {formulation: ends for (formulation, _), ends in tightest_bounds(own).items()}
    reach |= {m.formulation: (m.mean, m.mean) for m in merged(own)}
    holds = {formulation: constraint.holds(*ends) for formulation, ends in reach.items()}
    return {formulation: known for formulation, known in holds.items() if known is not None}


def _known_at_one_level(observations: Sequence[Observation], outcome: str) -> bool:
    levels = {(o.level, o.protocol) for o in observations if o.outcome == outcome}
    each = ([o for o in observations if (o.level, o.protocol) == level] for level in levels)
    return any(with_values(own, outcome) >= INITIAL_FORMULATIONS for own in each)
