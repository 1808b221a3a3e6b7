"""The aim of a campaign: its objectives, what must hold, and how the objectives are weighed against each other."""

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

from ionlink.data.arrays import stacked
from ionlink.data.errors import InputError
from ionlink.data.outcome_scale import OutcomeScale, scale_of
from ionlink.optimize.objective import Objective
from ionlink.optimize.outcome_constraint import OutcomeConstraint

Combine = Literal["pareto", "desirability", "weights"]

SLOPE_BELOW_WORST = 0.01
"""Slope of the overall desirability where an objective is worse than its reference, per distance from there to best."""

SMALLEST_SHARE = 1e-12
"""Bounds the derivative of a power between 0 and 1, which is infinite at 0."""


@dataclass(frozen=True)
class Aim:
    """What a campaign is after.

    `combine` says what becomes of several objectives:

    - `pareto`: they stay apart, and the campaign looks for the front between them. Needs nothing but the objectives.
    - `desirability`: one value from 0 (at least one objective is at its reference or worse) to 1 (all are at their
      best), the weighted geometric mean of the shares of the way from reference to best, after Derringer and Suich
      (doi:10.1080/00224065.1980.11980968): nothing makes up for an objective that fails. Needs the reference of every
      objective, and the best of what is maximised or minimised.
    - `weights`: one value, the weighted mean of the desirabilities over their spreads: a loss in one objective can be
      made up for by another. Needs the spread of what is maximised or minimised, or its reference and best.

    Raises:
        InputError: with a line for each objective that is missing, repeated, or lacks what `combine` needs.

    """

    objectives: tuple[Objective, ...]
    constraints: tuple[OutcomeConstraint, ...] = ()
    combine: Combine = "pareto"

    def __post_init__(self) -> None:
        faults = [] if self.objectives else ["no objective given"]
        named = {
            "objectives": [o.outcome for o in self.objectives],
            "constraints": [c.outcome for c in self.constraints],
        }
        for things, outcomes in named.items():
            repeated = sorted({outcome for outcome in outcomes if outcomes.count(outcome) > 1})
            faults += [f"{outcome} is the outcome of two {things}" for outcome in repeated]
        if self.combine not in get_args(Combine):
            faults.append(f"combine: '{self.combine}' is not known; write one of {', '.join(get_args(Combine))}")
        faults += [fault for objective in self.objectives for fault in self._missing(objective)]
        if faults:
            raise InputError(faults)

    def _missing(self, objective: Objective) -> list[str]:
        """What `combine` needs of an objective that does not have it."""
        name = objective.outcome
        if self.combine == "pareto" and objective.weight != 1.0:
            return [f"{name} has a weight, which counts only where objectives are combined: by desirability or weights"]
        if self.combine == "weights" and objective.desirability_spread is None:
            return [f"{name} needs a spread, or a reference and best, to be combined by weights"]
        if self.combine == "desirability":
            ends = {"reference": objective.worst_desirability, "best": objective.best_desirability}
            missing = " and ".join(end for end, value in ends.items() if value is None)
            return [f"{name} needs {missing} to be combined by desirability"] if missing else []
        return []

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Outcomes of the objectives, then those of constraints that are not among them."""
        return tuple(dict.fromkeys([*(o.outcome for o in self.objectives), *(c.outcome for c in self.constraints)]))

    @property
    def scales(self) -> tuple[OutcomeScale, ...]:
        """On which the `outcomes` are compared, and learned."""
        return tuple(scale_of(outcome) for outcome in self.outcomes)

    @property
    def dimension(self) -> int:
        """How many values `desirability` gives."""
        return len(self.objectives) if self.combine == "pareto" else 1

    def desirability(self, values: Any) -> Any:  # noqa: ANN401 - NumPy array or torch tensor alike
        """How good outcomes are: `... x len(outcomes)` values to `... x dimension`; larger is better.

        Differentiable almost everywhere. Where an outcome is missing (NaN), so is what depends on it. Constraints do
        not count here. By desirability it is Derringer and Suich's value, but below 0 where that is 0: falling slowly
        with the distance from acceptable. Their value is the same everywhere out there, and would not tell a search
        that begins among unacceptable formulations which way is better.
        """
        if self.combine == "pareto":
            return stacked([o.desirability(values[..., j]) for j, o in enumerate(self.objectives)])
        return stacked([self._weighted(values) if self.combine == "weights" else self._overall(values)])

    def _weighted(self, values: Any) -> Any:  # noqa: ANN401
        total = math.fsum(o.weight for o in self.objectives)
        weighted = 0.0
        for j, objective in enumerate(self.objectives):
            spread = objective.desirability_spread
            assert spread is not None
            weighted = weighted + objective.desirability(values[..., j]) * (objective.weight / total / spread)
        return weighted

    def _overall(self, values: Any) -> Any:  # noqa: ANN401
        total = math.fsum(o.weight for o in self.objectives)
        product, shortfall, acceptable = 1.0, 0.0, True
        for j, objective in enumerate(self.objectives):
            worst, best = objective.worst_desirability, objective.best_desirability
            assert worst is not None
            assert best is not None
            share = (objective.desirability(values[..., j]) - worst) / (best - worst)
            product = product * share.clip(SMALLEST_SHARE, 1.0) ** (objective.weight / total)
            shortfall = shortfall + share.clip(None, 0.0) * (objective.weight / total)
            acceptable = acceptable & (share > 0)
        return product * acceptable + SLOPE_BELOW_WORST * shortfall

    def violation(self, values: Any) -> Any:  # noqa: ANN401 - NumPy array or torch tensor alike
        """How far constraints are from holding: `... x len(outcomes)` values to `... x len(constraints)`.

        Above 0 where violated, in units of the constraint (see `OutcomeConstraint.violation`).
        """
        if not self.constraints:
            return values[..., :0]
        places = {outcome: j for j, outcome in enumerate(self.outcomes)}
        return stacked([c.violation(values[..., places[c.outcome]]) for c in self.constraints])

    def feasible(self, values: Any) -> Any:  # noqa: ANN401 - NumPy array or torch tensor alike
        """Whether all constraints hold: `... x len(outcomes)` values to `...` truth values; not if one is missing."""
        return (self.violation(values) <= 0).all(-1)
