"""How good predictions of held-out observations are: their accuracy, and the honesty of their uncertainty."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import spearmanr

from ionlink.data import outcomes as outcome_catalogue
from ionlink.models.student import crps, degrees_of, halves_of, log_density

Vector = NDArray[np.float64]

INTERVALS = (0.5, 0.8, 0.9)
"""Central intervals whose coverage is reported."""

RESAMPLES = 1000

CONFIDENCE = 0.95
"""Of the confidence intervals of the metrics."""

MINIMUM_GROUPS = 5
"""A choice: with fewer independent groups a bootstrap says nothing, and no confidence interval is given."""

METRIC_COLUMNS = ("outcome", "split", "metric", "unit", "value", "lower", "upper", "rows", "groups")


def percent(interval: float) -> str:
    """`90` for 0.9, as in `coverage_90`."""
    return f"{100 * interval:g}"


def interval_score(observed: ArrayLike, lower: ArrayLike, upper: ArrayLike, interval: float) -> Vector:
    """Width plus a penalty for what lies outside, `n`, in the outcome's unit; smaller is better.

    Of Gneiting & Raftery 2007 (doi:10.1198/016214506000001437), section 6.2: rewards narrow intervals that cover.
    """
    y, low, high = (np.asarray(part, dtype=np.float64) for part in (observed, lower, upper))
    missed = np.maximum(low - y, 0) + np.maximum(y - high, 0)
    score: Vector = (high - low) + 2 / (1 - interval) * missed
    return score


def q2(squared_error: float, squared_error_of_mean: float) -> float:
    """1 − squared error over that of predicting a mean, both summed or both averaged; NaN where the mean is right."""
    return 1 - float(squared_error) / float(squared_error_of_mean) if squared_error_of_mean > 0 else float("nan")


def mean_metrics(rows: pd.DataFrame, intervals: Sequence[float] = INTERVALS) -> dict[str, float]:
    """Those of `metrics` that are means over rows, of one outcome, such as rmse and coverage_50.

    Columns that are read: observed, mean, standard_deviation, training_mean, and degrees_of_freedom where it is there.
    """
    return _combined(_losses(rows, intervals).mean())


def metrics(
    predictions: pd.DataFrame, *, intervals: Sequence[float] = INTERVALS, seed: int = 0, resamples: int = RESAMPLES
) -> pd.DataFrame:
    """Metrics of held-out predictions, tidy: one row per outcome, split and metric, columns `METRIC_COLUMNS`.

    rmse, mae, crps, width_50 … (mean width of the central intervals: sharpness) are in the outcome's unit, log_score
    (mean log predictive density, larger is better) in nats for that unit; spearman, coverage_50 … and q2 are pure
    numbers. q2 is 1 − squared error over that of predicting the mean of the training observations; at 0 or below
    nothing was learned. `lower` and `upper` are a 95 % confidence interval, bootstrapped over groups
    (percentiles; errors within one held-out cation go together, so rows are not drawn singly); NaN with fewer than
    `MINIMUM_GROUPS` groups.

    Args:
        predictions: As of `CrossValidation.predictions`.
        intervals: Central intervals for coverage and width, as probabilities.
        seed: Of the bootstrap.
        resamples: Of the bootstrap.
    """
    found = [
        frame.assign(outcome=str(outcome), split=str(split))
        for (outcome, split), rows in predictions.groupby(["outcome", "split"], sort=False)
        for frame in [_of_rows(rows, str(outcome), intervals, seed, resamples)]
    ]
    if not found:
        return pd.DataFrame(columns=list(METRIC_COLUMNS))
    return pd.concat(found, ignore_index=True)[list(METRIC_COLUMNS)]


def _of_rows(rows: pd.DataFrame, outcome: str, intervals: Sequence[float], seed: int, resamples: int) -> pd.DataFrame:
    groups, group_of = np.unique(rows["group"].to_numpy(dtype=str), return_inverse=True)
    losses = _losses(rows, intervals)
    values = _combined(losses.mean())
    values["spearman"] = _spearman(rows)
    drawn = _bootstrap(rows, losses, group_of, seed, resamples) if len(groups) >= MINIMUM_GROUPS else None
    tail = (1 - CONFIDENCE) / 2
    return pd.DataFrame(
        {
            "metric": list(values),
            "unit": [_unit(name, outcome) for name in values],
            "value": list(values.values()),
            "lower": [_quantile(drawn, name, tail) for name in values],
            "upper": [_quantile(drawn, name, 1 - tail) for name in values],
            "rows": len(rows),
            "groups": len(groups),
        }
    )


def _losses(rows: pd.DataFrame, intervals: Sequence[float]) -> pd.DataFrame:
    """What each of the `n` rows contributes to the metrics that are means."""
    y, mean, deviation, naive = (
        rows[name].to_numpy(dtype=np.float64) for name in ("observed", "mean", "standard_deviation", "training_mean")
    )
    degrees = degrees_of(rows)
    losses = {
        "squared_error": (y - mean) ** 2,
        "squared_error_of_mean": (y - naive) ** 2,
        "mae": np.abs(y - mean),
        "log_score": log_density(y, mean, deviation, degrees),
        "crps": crps(y, mean, deviation, degrees),
    }
    for interval in intervals:
        half = halves_of(rows, interval)
        losses[f"coverage_{percent(interval)}"] = (np.abs(y - mean) <= half).astype(np.float64)
        losses[f"width_{percent(interval)}"] = 2 * half
    return pd.DataFrame(losses)


def _combined(means: pd.Series) -> dict[str, float]:
    """Metrics from mean losses."""
    rest = means.drop(["squared_error", "squared_error_of_mean"])
    error, naive = float(means["squared_error"]), float(means["squared_error_of_mean"])
    return {"rmse": error**0.5, "q2": q2(error, naive), **{str(k): float(v) for k, v in rest.items()}}


def _spearman(rows: pd.DataFrame) -> float:
    """Rank correlation of observed and predicted; NaN where either never varies."""
    y, mean = rows["observed"].to_numpy(dtype=np.float64), rows["mean"].to_numpy(dtype=np.float64)
    if len(y) < 2 or np.ptp(y) == 0 or np.ptp(mean) == 0:
        return float("nan")
    return float(spearmanr(y, mean).statistic)


def _bootstrap(
    rows: pd.DataFrame, losses: pd.DataFrame, group_of: NDArray[np.intp], seed: int, resamples: int
) -> pd.DataFrame:
    """Metrics of `resamples` data sets whose groups are drawn with replacement, one row each."""
    generator = np.random.default_rng(seed)
    count = int(group_of.max()) + 1
    times = generator.multinomial(count, np.full(count, 1 / count), size=resamples)
    weights = times[:, group_of]
    means = pd.DataFrame(weights @ losses.to_numpy() / weights.sum(axis=1, keepdims=True), columns=losses.columns)
    drawn = pd.DataFrame([_combined(row) for _, row in means.iterrows()])
    return drawn.assign(spearman=[_spearman(rows.iloc[np.repeat(np.arange(len(rows)), w)]) for w in weights])


def _quantile(drawn: pd.DataFrame | None, name: str, level: float) -> float:
    return float("nan") if drawn is None else float(drawn[name].quantile(level))


def _unit(metric: str, outcome: str) -> str:
    if metric.startswith(("coverage_", "q2", "spearman")):
        return "1"
    if metric == "log_score":
        return "nat"
    return outcome_catalogue()[outcome].learned_unit
