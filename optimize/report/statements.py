"""What the literature states as an ordering, held against what was observed."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ionlink.data.formulation import same_ratio
from ionlink.data.observation import Observation, Ranking
from ionlink.models.noise import Merged, merged, moderated

Verdict = Literal["agrees", "contradicts", "not resolved", "not observed"]

RESOLVED_AT = 2.0
"""A difference is resolved from this many combined standard errors on."""


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


def judge(rankings: Iterable[Ranking], observations: Sequence[Observation]) -> list[Judgement]:
    """Judge each ranking by the observed values of both formulations at (nearly) one ratio.

    The two are compared on the ligand that the ranking names. Where both were observed at several
    ratios, the one nearest to the ranking's own, on the log scale, counts. Only values with a
    standard error count; a bound does not. Standard errors from a few replicates are moderated (see
    `ionlink.models.noise`), for two that agree by chance would resolve anything. Pass the observations of
    one level and one protocol.
    """
    means = {name: _means([o for o in observations if o.outcome == name]) for name in {o.outcome for o in observations}}
    return [_judge(ranking, means.get(ranking.outcome, {})) for ranking in rankings]


_Means = Mapping[tuple[str, str], Mapping[float, Merged]]
"""Of one outcome, by cation and ligand, then by ratio."""


def _means(observations: Sequence[Observation]) -> _Means:
    """Means of one outcome that have a standard error."""
    by_pair: dict[tuple[str, str], dict[float, Merged]] = {}
    for mean in merged(moderated([o for o in observations if o.bound == "=" and o.standard_error is not None])):
        point = mean.formulation
        if point.ratio is not None:
            by_pair.setdefault((point.cation, point.ligand), {})[point.ratio] = mean
    return by_pair


def _judge(ranking: Ranking, means: _Means) -> Judgement:
    higher = means.get((ranking.higher.cation, ranking.higher.ligand), {})
    lower = means.get((ranking.lower.cation, ranking.lower.ligand), {})
    pairs = [(a, b) for a in higher for b in lower if same_ratio(a, b)]
    if not pairs:
        return Judgement(ranking, "not observed")
    wanted = ranking.higher.ratio  # where the source gives none, any ratio will do
    ratios = min(pairs, key=lambda pair: abs(math.log(pair[0] / wanted))) if wanted else pairs[0]
    first, second = higher[ratios[0]], lower[ratios[1]]
    difference = first.mean - second.mean
    error = math.hypot(first.standard_error or 0.0, second.standard_error or 0.0)
    return Judgement(ranking, _verdict(ranking, difference, error), ratios[0], difference, error)


def _verdict(ranking: Ranking, difference: float, error: float) -> Verdict:
    if abs(difference) <= RESOLVED_AT * error:
        return "not resolved"
    return "agrees" if ranking.relation == ">" and difference > 0 else "contradicts"
