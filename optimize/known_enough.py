"""Whether enough is known of the outcomes that an aim counts to learn a model of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ionlink.data.observation import Observation
from ionlink.models.errors import FitFailed
from ionlink.optimize.aim import Aim
from ionlink.optimize.outcome_constraint import OutcomeConstraint
from ionlink.optimize.standing import OPEN, tightest_bounds

INITIAL_FORMULATIONS = 6
"""So many different formulations must have each outcome of the aim observed before proposals come from a model."""


def short_of(observations: Sequence[Observation], aim: Aim) -> Mapping[str, int]:
    """Outcomes of the aim of which fewer formulations have a value, and how many."""
    counts = {name: _with_values(observations, name) for name in aim.outcomes}
    return {name: count for name, count in counts.items() if count < INITIAL_FORMULATIONS}


def check_enough(observations: Sequence[Observation], aim: Aim) -> None:
    """Raise `FitFailed` where the aim is `short_of` something."""
    few = short_of(observations, aim)
    if few:
        counted = ", ".join(f"{count} formulation{'' if count == 1 else 's'}" for count in few.values())
        raise FitFailed(", ".join(few), f"{counted} observed, at least {INITIAL_FORMULATIONS} needed")


def learnable(aim: Aim, observations: Sequence[Observation]) -> Aim:
    """The aim without constraints that nothing can be learned of because every bound says that they hold.

    A viscosity that no measurement was able to resolve, far below what is allowed, limits nothing.
    """
    return replace(aim, constraints=tuple(c for c in aim.constraints if not _proven(c, aim, observations)))


def _proven(constraint: OutcomeConstraint, aim: Aim, observations: Sequence[Observation]) -> bool:
    name = constraint.outcome
    if any(o.outcome == name for o in aim.objectives) or _with_values(observations, name) >= INITIAL_FORMULATIONS:
        return False
    own = [o for o in observations if o.outcome == name]
    bounds, values = tightest_bounds(own), {o.formulation: o.value for o in own if o.bound == "="}
    reach = {f: (value, value) for f, value in values.items()}
    reach |= {f: bounds.get((f, name), OPEN) for f in {o.formulation for o in own} - set(values)}
    return len(reach) >= INITIAL_FORMULATIONS and all(constraint.holds(*ends) for ends in reach.values())


def _with_values(observations: Sequence[Observation], outcome: str) -> int:
    return len({o.formulation for o in observations if o.outcome == outcome and o.bound == "="})
