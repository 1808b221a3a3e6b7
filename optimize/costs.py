"""What a replicate costs, by formulation and level: as stated and foretold, corrected by the times that runs took."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.optimize.decision import Level

ExpectedCost = Callable[[Formulation], float]
"""What observing a formulation is expected to cost, above 0; only ratios of costs matter."""

RECORDS_OF_STATED = 3.0
"""What was stated weighs as much as so many records."""

FEWEST_RECORDS = 8
"""From so many on, it is learned how the time depends on ratio and ligand where nobody foretells it."""

S_PER_H = 3600.0


class CostRecord(NamedTuple):
    """What a finished replicate took."""

    formulation: Formulation
    level: str
    hours: float


@dataclass(frozen=True, eq=False)
class Costs:
    """Costs of one replicate; called with a formulation alone, at the target level."""

    levels: tuple[Level, ...]
    """The target last."""

    by_level: Mapping[str, ExpectedCost]

    def __call__(self, formulation: Formulation) -> float:
        """At the target level."""
        return self.at(formulation, self.levels[-1].name)

    def at(self, formulation: Formulation, level: str) -> float:
        """At a level; infinite where it cannot be observed there."""
        return self.by_level[level](formulation)

    @classmethod
    def stated(cls, levels: Sequence[Level], foretold: ExpectedCost | None = None) -> "Costs":
        """As levels state it; `foretold` says for the target how costs differ between formulations, at all levels."""

        def at(level: Level) -> ExpectedCost:
            share = level.cost / levels[-1].cost if foretold else level.cost
            return lambda formulation: share * (foretold(formulation) if foretold else 1.0)

        return cls(tuple(levels), {level.name: at(level) for level in levels})

    @classmethod
    def learned(
        cls,
        levels: Sequence[Level],
        records: Sequence[CostRecord],
        foretold: Mapping[str, ExpectedCost],
        typical: Sequence[Formulation],
    ) -> "Costs":
        """What levels state, with the shape that is foretold for some of them, corrected by what was recorded.

        A foretold cost counts by its ratios alone: the stated one is that of a `typical` formulation. The correction
        of a level is the median ratio of recorded to expected times, the nearer to 1 the fewer records there are.
        """
        found = {}
        for level in levels:
            own = [record for record in records if record.level == level.name]
            shape = foretold.get(level.name)
            found[level.name] = _foretold(level, shape, own, typical) if shape else _regressed(level, own)
        return cls(tuple(levels), found)


def checked(cost: ExpectedCost) -> ExpectedCost:
    """The same, but that it raises `InputError` for a formulation of which the cost is not above 0."""

    def above_zero(formulation: Formulation) -> float:
        found = cost(formulation)
        if not found > 0:
            raise InputError(f"cost: that of {formulation} is {found:g}; it must be a number above 0")
        return found

    return cost if isinstance(cost, Costs) else above_zero


def _foretold(
    level: Level, shape: ExpectedCost, records: Sequence[CostRecord], typical: Sequence[Formulation]
) -> ExpectedCost:
    finite = [cost for cost in map(shape, typical) if math.isfinite(cost)]
    unit = level.cost / median(finite) if finite else level.cost
    factor = unit * _correction([record.hours / (unit * shape(record.formulation)) for record in records])
    return lambda formulation: factor * shape(formulation)


def _correction(ratios: Sequence[float]) -> float:
    if not ratios:
        return 1.0
    return math.exp(len(ratios) / (len(ratios) + RECORDS_OF_STATED) * math.log(median(ratios)))


def _regressed(level: Level, records: Sequence[CostRecord]) -> ExpectedCost:
    """Log-linear in the logarithm of the ratio and the ligand, where there are records enough (Bayesian ridge)."""
    factor = level.cost * _correction([record.hours / level.cost for record in records])
    if len(records) < FEWEST_RECORDS:
        return lambda _: factor
    from sklearn.linear_model import BayesianRidge

    ligands = sorted({record.formulation.ligand for record in records})

    def row(formulation: Formulation) -> list[float]:
        ratio = 0.0 if formulation.ratio is None else math.log(formulation.ratio)
        return [ratio, *(float(formulation.ligand == ligand) for ligand in ligands)]

    model = BayesianRidge().fit([row(r.formulation) for r in records], [math.log(r.hours) for r in records])
    return lambda formulation: math.exp(float(model.predict([row(formulation)])[0]))
