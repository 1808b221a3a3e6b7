"""What the literature states as an ordering, held against what was observed."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ionlink.data.observation import Observation, Ranking

Verdict = Literal["agrees", "contradicts", "not resolved", "not observed"]

RESOLVED_AT = 2.0
"""A difference is resolved from this many combined standard errors on."""

SAME_RATIO = 0.02
"""Two formulations are compared when their ratios differ by no more than this fraction."""


@dataclass(frozen=True)
class Judgement:
    """One ordering statement and what the observations say of it."""

    ranking: Ranking

    verdict: Verdict

    ratio: float | None = None
    """Donor groups per cation at which both were observed; `None` where they were not."""

    difference: float | None = None
    """Higher minus lower, in the unit of the outcome."""

    standard_error: float | None = None
    """Of `difference`, in the unit of the outcome."""


@dataclass(frozen=True)
class _Mean:
    value: float
    standard_error: float


def judge(rankings: Iterable[Ranking], observations: Sequence[Observation]) -> list[Judgement]:
    """Judge each ranking by the observed values of both formulations at (nearly) one ratio.

    The two are compared on the ligand that the ranking names. Where both were observed at several
    ratios, the one nearest to the ranking's own, on the log scale, counts. Only values with a
    standard error count; a bound does not. `observations` are taken as they are: pass those of one
    level and one protocol.
    """
    return [_judge(ranking, observations) for ranking in rankings]


def _judge(ranking: Ranking, observations: Sequence[Observation]) -> Judgement:
    higher = _observed(observations, ranking, ranking.higher.cation, ranking.higher.ligand)
    lower = _observed(observations, ranking, ranking.lower.cation, ranking.lower.ligand)
    pairs = [(a, b) for a in higher for b in lower if abs(math.log(a / b)) <= SAME_RATIO]
    if not pairs:
        return Judgement(ranking, "not observed")
    wanted = ranking.higher.ratio
    ratios = min(pairs, key=lambda pair: abs(math.log(pair[0] / wanted)))
    a, b = higher[ratios[0]], lower[ratios[1]]
    difference, error = a.value - b.value, math.hypot(a.standard_error, b.standard_error)
    return Judgement(ranking, _verdict(ranking, difference, error), ratios[0], difference, error)


def _verdict(ranking: Ranking, difference: float, error: float) -> Verdict:
    if abs(difference) <= RESOLVED_AT * error:
        return "not resolved"
    return "agrees" if ranking.relation == ">" and difference > 0 else "contradicts"


def _observed(observations: Sequence[Observation], ranking: Ranking, cation: str, ligand: str) -> dict[float, _Mean]:
    """Mean of the outcome at each ratio at which the pair was observed."""
    by_ratio: dict[float, list[Observation]] = {}
    for known in observations:
        point = known.formulation
        same = (known.outcome, point.cation, point.ligand) == (ranking.outcome, cation, ligand)
        if same and known.bound == "=" and known.standard_error:
            by_ratio.setdefault(point.ratio, []).append(known)
    return {ratio: _mean(group) for ratio, group in by_ratio.items()}


def _mean(group: Sequence[Observation]) -> _Mean:
    """Inverse-variance weighted mean."""
    weights = [1.0 / known.standard_error**2 for known in group if known.standard_error]
    total = math.fsum(weights)
    value = math.fsum(weight * known.value for weight, known in zip(weights, group, strict=True)) / total
    return _Mean(value, 1.0 / math.sqrt(total))
