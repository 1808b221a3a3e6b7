"""Measurement noise: standard errors from few replicates, widened by distrust, and repeats merged into one value."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scipy.stats import chi2

from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation

PRIOR_DEGREES_OF_FREEDOM = 4.0
"""Weight of the pooled variance, a choice: a pair of replicates has one degree of freedom of its own."""


SMALLEST_ERROR = 1e-3
LARGEST_ERROR = 1e6
"""Of repeats, as shares of the range of all: a standard error of 0 is a mean of one, or rounded."""


@dataclass(frozen=True)
class Merged:
    """All that was observed of one outcome of one formulation, as one number."""

    formulation: Formulation
    outcome: str
    mean: float
    """In the outcome's unit."""

    standard_error: float | None
    """In the outcome's unit; `None` for a single value without one, and where nothing tells how repeats scatter."""

    replicates: int
    """How many replicates the merged observations are the means of, together; one of each that does not say."""


def moderated(observations: Sequence[Observation]) -> list[Observation]:
    """Shrink between-replicate standard errors of one outcome towards their pooled value.

    Two seeds that agree by chance would otherwise claim a standard error near zero, and a Gaussian
    process would believe it. The variance of a single replicate is shrunk as s̃² = (d₀s₀² + d s²)/(d₀ + d)
    (Smyth 2004, doi:10.2202/1544-6115.1027), with d = replicates − 1, s₀² pooled over all observations
    that have replicates, and d₀ = `PRIOR_DEGREES_OF_FREEDOM`. Other observations pass unchanged.
    """
    freedom = sum(_freedom(o) for o in observations)
    if not freedom:
        return list(observations)
    pooled = math.hypot(*map(_replicate_scatter, observations)) / math.sqrt(freedom)
    return [_shrunk(o, pooled) if _freedom(o) else o for o in observations]


def _freedom(observation: Observation) -> int:
    return 0 if observation.standard_error is None else (observation.replicates or 1) - 1


def _replicate_scatter(observation: Observation) -> float:
    """Root of the sum of squared deviations of its replicates from their mean."""
    return (observation.standard_error or 0.0) * math.sqrt((observation.replicates or 1) * _freedom(observation))


def _shrunk(observation: Observation, pooled: float) -> Observation:
    freedom = _freedom(observation)
    deviation = _shrunk_deviation(_replicate_scatter(observation), freedom, pooled)
    return observation.model_copy(update={"standard_error": deviation / math.sqrt(freedom + 1)})


def widened(observations: Iterable[Observation]) -> list[Observation]:
    """Standard errors divided by the trust in how each value was found out; what is fully trusted passes unchanged."""
    return [o if o.standard_error is None or o.trust == 1 else _widened(o, o.standard_error) for o in observations]


def _widened(observation: Observation, standard_error: float) -> Observation:
    error = standard_error / observation.trust
    return observation.model_copy(update={"standard_error": error, "evidence": ()})


def with_scatter_between(observations: Sequence[Observation]) -> list[Observation]:
    """Standard errors of one outcome, widened by what values of one formulation differ by beyond them.

    A standard error from one day or one batch says nothing of the next. Where repeats scatter more than their standard
    errors allow (Cochran's Q, in 95 of 100 cases), the variance between them is estimated as in a meta-analysis (R.
    DerSimonian and N. Laird 1986, doi:10.1016/0197-2456(86)90046-2), of all formulations together, and added to that of
    each value, repeated or not. Observations without a standard error pass unchanged.
    """
    repeats: dict[Formulation, list[tuple[float, float]]] = defaultdict(list)
    for o in observations:
        if o.standard_error is not None:
            repeats[o.formulation].append((o.value, o.standard_error))
    between = _deviation_between([group for group in repeats.values() if len(group) > 1])
    return [_wider(o, between) if between and o.standard_error is not None else o for o in observations]


def _deviation_between(groups: Sequence[Sequence[tuple[float, float]]]) -> float:
    """Of values with standard errors, a group for each formulation, in their unit; 0 where these explain it."""
    values = [value for group in groups for value, _ in group]
    spread = max(values, default=0.0) - min(values, default=0.0)
    if not spread:
        return 0.0
    excess, freedom, scale = 0.0, 0, 0.0
    for group in groups:
        weights = [min(max(error / spread, SMALLEST_ERROR), LARGEST_ERROR) ** -2 for _, error in group]
        total = math.fsum(weights)
        mean = math.fsum(w * v / spread for w, (v, _) in zip(weights, group, strict=True)) / total
        excess += math.fsum(w * (v / spread - mean) ** 2 for w, (v, _) in zip(weights, group, strict=True))
        freedom += len(group) - 1
        scale += total - math.fsum(w**2 for w in weights) / total
    return math.sqrt((excess - freedom) / scale) * spread if excess > chi2.ppf(0.95, freedom) else 0.0


def _wider(observation: Observation, between: float) -> Observation:
    """Its replicates are then worth as many as there would be of one day each."""
    own, count = observation.standard_error or 0.0, observation.replicates or 1
    error, single = math.hypot(own, between), math.hypot(own * math.sqrt(count), between)
    worth = {"replicates": max(1, round((single / error) ** 2))} if observation.replicates else {}
    return observation.model_copy(update={"standard_error": error, **worth})


def merged(observations: Iterable[Observation]) -> list[Merged]:
    """One value per formulation and outcome, in order of first appearance; bounds are left out.

    With standard errors throughout, repeats are weighted by inverse variance. Where one is missing, the
    plain mean is taken and its standard error comes from the scatter of the repeats, shrunk as by `moderated` towards
    that of all such repeats of the outcome: two readings that agree by chance are not exact. Where no repeats differ
    at all, there is no standard error.
    """
    groups: dict[tuple[Formulation, str], list[Observation]] = defaultdict(list)
    for observation in observations:
        if observation.bound == "=":
            groups[observation.formulation, observation.outcome].append(observation)
    repeats: dict[str, list[list[float]]] = defaultdict(list)
    for (_, outcome), group in groups.items():
        if not _has_errors(group):
            repeats[outcome].append([o.value for o in group])
    pooled = {outcome: pooled_deviation(values) for outcome, values in repeats.items()}
    return [
        _merge(formulation, outcome, group, pooled.get(outcome)) for (formulation, outcome), group in groups.items()
    ]


def _merge(formulation: Formulation, outcome: str, group: Sequence[Observation], pooled: float | None) -> Merged:
    values = [o.value for o in group]
    errors = [o.standard_error for o in group if o.standard_error is not None]
    mean, error = _weighted(values, errors) if _has_errors(group) else _plain(values, pooled)
    return Merged(formulation, outcome, mean, error, sum(o.replicates or 1 for o in group))


def _has_errors(group: Sequence[Observation]) -> bool:
    return all(o.standard_error is not None for o in group)


def _weighted(values: Sequence[float], errors: Sequence[float]) -> tuple[float, float]:
    if min(errors) == 0.0:  # exact values outweigh all others
        exact = [value for value, error in zip(values, errors, strict=True) if error == 0.0]
        return math.fsum(exact) / len(exact), 0.0
    weights = [error**-2 for error in errors]
    total = math.fsum(weights)
    return math.fsum(w * v for w, v in zip(weights, values, strict=True)) / total, total**-0.5


def _plain(values: Sequence[float], pooled: float | None) -> tuple[float, float | None]:
    """Mean, and its standard error where there are repeats and they are known to scatter."""
    count = len(values)
    mean = math.fsum(values) / count
    if count == 1 or not pooled:
        return mean, None
    return mean, _shrunk_deviation(_scatter(values), count - 1, pooled) / math.sqrt(count)


def pooled_deviation(groups: Sequence[Sequence[float]]) -> float | None:
    """Deviation of single values from the means of their groups; `None` where there are no repeats."""
    freedom = sum(len(values) - 1 for values in groups)
    return math.hypot(*map(_scatter, groups)) / math.sqrt(freedom) if freedom else None


def _scatter(values: Sequence[float]) -> float:
    """Root of the sum of squared deviations from the mean; of equal values exactly 0."""
    mean = math.fsum(values) / len(values)
    return math.hypot(*(v - mean for v in values)) if max(values) > min(values) else 0.0


def _shrunk_deviation(scatter: float, freedom: int, pooled: float) -> float:
    """Of one value: from the root of its own sum of squares, with its degrees of freedom, and the pooled one."""
    prior = math.sqrt(PRIOR_DEGREES_OF_FREEDOM) * pooled
    return math.hypot(prior, scatter) / math.sqrt(PRIOR_DEGREES_OF_FREEDOM + freedom)
