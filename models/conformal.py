"""Conformal correction: how much wider or narrower intervals must be to cover what they promise.

The scores are |observed − mean| over half of the interval of held-out predictions, as in locally weighted conformal
prediction (Lei et al. 2018, doi:10.1080/01621459.2017.1307116); each comes from a model that did not see the row,
as in CV+ (Barber et al. 2021, doi:10.1214/20-AOS1965). The interval is mean ± quantile × that half. Unlike
CV+ itself it is centred on one model fitted to all data, so the coverage is checked rather than guaranteed:
`corrections` learns the quantile of each fold from the other folds.

The unit that is exchangeable is what a split never divides: a new cation gets the quantile of cations that were
new. Every group weighs the same, however many rows it has (Dunn, Wasserman & Ramdas 2022,
doi:10.1080/01621459.2022.2060112).
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binom

from ionlink.models.metrics import INTERVALS, interval_score
from ionlink.models.student import halves_of

Vector = NDArray[np.float64]

BAND = 0.95
"""Coverage within this central interval of the binomial distribution over groups is taken for nominal."""

CORRECTION_COLUMNS = (
    *("outcome", "split", "interval", "factor", "groups", "coverage_before", "coverage_after", "width_ratio"),
    *("interval_score_before", "interval_score_after", "verdict"),
)


def conformal_quantile(scores: Sequence[float] | Vector, groups: Sequence[str], interval: float) -> float:
    """Half width of an interval in standard deviations that covers a row of a new group with probability `interval`.

    `scores` and `groups` have one entry per held-out row. Each of the K groups has the weight 1/(K + 1), shared by
    its rows; the group to come has the rest, at infinity. The result is infinite where K is too small: at
    least `interval` / (1 − `interval`) groups are needed, 9 for 0.9.
    """
    if not len(scores):
        return math.inf
    order = np.argsort(np.asarray(scores, dtype=np.float64), kind="stable")
    _, group_of, sizes = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    weights = 1 / (sizes[group_of] * (len(sizes) + 1))
    # Sums of thirds must reach what they reach on paper.
    reached = np.flatnonzero(np.cumsum(weights[order]) >= interval - 1e-12)
    return float(np.asarray(scores, dtype=np.float64)[order[reached[0]]]) if len(reached) else math.inf


def groups_needed(interval: float) -> int:
    """The smallest number of groups for which `conformal_quantile` is finite."""
    return math.ceil(interval / (1 - interval) - 1e-9)


def corrections(predictions: pd.DataFrame, *, intervals: Sequence[float] = INTERVALS) -> pd.DataFrame:
    """Correction for each outcome, split and interval, judged out of sample; columns `CORRECTION_COLUMNS`.

    factor: by which an interval is multiplied, learned from all folds; infinite with too few groups.
    coverage_after, width_ratio (mean width after over before) and interval_score_after
    (in the outcome's unit, smaller is better): each fold corrected by what the others taught; NaN where that is not
    possible in every fold. verdict: `helps`; `covers at a price` (coverage comes nearer to nominal, but by intervals
    so wide that the interval score is worse); `does not help`; `not needed` (coverage is nominal within the binomial
    scatter of so many groups); `too few groups`.

    `predictions` are as of `CrossValidation.predictions`.
    """
    rows = [
        {"outcome": outcome, "split": split, **_correction(group, interval)}
        for (outcome, split), group in predictions.groupby(["outcome", "split"], sort=False)
        for interval in intervals
    ]
    return pd.DataFrame(rows, columns=list(CORRECTION_COLUMNS))


def coverage_band(nominal: float, groups: int) -> tuple[float, float]:
    """Shares within which the coverage of `groups` independent intervals lies in 95 of 100 cases, if it is nominal."""
    lower, upper = binom.interval(BAND, groups, nominal)
    return float(lower) / groups, float(upper) / groups


def _correction(rows: pd.DataFrame, interval: float) -> dict[str, float | str]:
    y, mean = (rows[name].to_numpy(dtype=np.float64) for name in ("observed", "mean"))
    before = halves_of(rows, interval)
    scores = np.abs(y - mean) / before
    groups = rows["group"].to_numpy(dtype=str)
    others = _quantile_of_other_folds(scores, groups, rows["fold"].to_numpy(dtype=str), interval)
    after = others * before
    count = len(np.unique(groups))
    found: dict[str, float | str] = {
        "interval": interval,
        "factor": conformal_quantile(scores, groups.tolist(), interval),
        "groups": count,
        "coverage_before": float((scores <= 1).mean()),
        "coverage_after": float((scores <= others).mean()),
        "width_ratio": float(after.mean() / before.mean()),
        "interval_score_before": float(interval_score(y, mean - before, mean + before, interval).mean()),
        "interval_score_after": float("nan"),
    }
    if not np.isfinite(others).all():
        return {**found, "coverage_after": float("nan"), "width_ratio": float("nan"), "verdict": "too few groups"}
    found["interval_score_after"] = float(interval_score(y, mean - after, mean + after, interval).mean())
    return {**found, "verdict": _verdict(found, count)}


def _quantile_of_other_folds(
    scores: Vector, groups: NDArray[np.str_], folds: NDArray[np.str_], interval: float
) -> Vector:
    """For each of the `n` rows the quantile that the rows of all other folds teach."""
    quantiles = np.empty(len(scores))
    for fold in np.unique(folds):
        held = folds == fold
        quantiles[held] = conformal_quantile(scores[~held], groups[~held].tolist(), interval)
    return quantiles


def _verdict(found: Mapping[str, float | str], groups: int) -> str:
    nominal, before, after = (float(found[name]) for name in ("interval", "coverage_before", "coverage_after"))
    lower, upper = coverage_band(nominal, groups)
    if lower <= before <= upper:
        return "not needed"
    if abs(after - nominal) >= abs(before - nominal):
        return "does not help"
    worth_less = float(found["interval_score_after"]) > float(found["interval_score_before"])
    return "covers at a price" if worth_less else "helps"
