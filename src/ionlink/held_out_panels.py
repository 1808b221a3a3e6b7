"""Panels of predictions that are held against observations, for notebooks as for the report of a training."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from ionlink.data.palette import BLUE, GREY

BAND_AT = np.linspace(0.01, 0.99, 99)


def parity_panel(
    axes: Axes, rows: pd.DataFrame, span: tuple[float, float], *, colour: str = BLUE, marker: str = "o"
) -> None:
    """Observed against predicted, both from one end of `span` to the other, dashed where they agree.

    The prediction is on the horizontal axis: only so do points scatter about the line as residuals do (Piñeiro et al.
    2008, doi:10.1016/j.ecolmodel.2008.05.006). Bars are the interval of the prediction (columns lower and upper, else
    one standard deviation) and the standard error of what was observed. Hollow, where a column in_domain is there, are
    points outside of what was learned from.
    """
    inside = rows["in_domain"].astype(bool) if "in_domain" in rows.columns else pd.Series(data=True, index=rows.index)
    for shown, face in ((rows[inside], colour), (rows[~inside], "white")):
        if shown.empty:
            continue
        axes.errorbar(
            shown["mean"],
            shown["observed"],
            xerr=_reach(shown),
            yerr=shown["standard_error"].fillna(0.0) if "standard_error" in shown.columns else None,
            fmt=marker,
            color=colour,
            markerfacecolor=face,
            markersize=3.5,
            elinewidth=0.5,
            alpha=0.85,
        )
    axes.plot(span, span, color=GREY, linewidth=1, linestyle="--", zorder=1)
    axes.set(xlim=span, ylim=span, aspect="equal")
    axes.locator_params(nbins=5)


def span_of(rows: pd.DataFrame) -> tuple[float, float]:
    """From the lowest to the highest value, predicted or observed, with a margin."""
    values = rows[["mean", "observed"]].to_numpy(dtype=np.float64)
    margin = 0.06 * float(np.ptp(values))
    return float(values.min()) - margin, float(values.max()) + margin


def calibration_ground(axes: Axes, rows: pd.DataFrame) -> None:
    """The diagonal of a calibrated model, and the band within which the curves of 95 in 100 such models lie.

    Groups (column group: what a split never divides) are independent, rows of one are not; without that column each
    row counts.
    """
    from ionlink.models.conformal import BAND, coverage_band  # loads torch

    groups = rows["group"].nunique() if "group" in rows.columns else len(rows)
    bands = np.array([coverage_band(float(nominal), groups) for nominal in BAND_AT])
    told = f"calibrated, {100 * BAND:g} % of cases"
    axes.fill_between(BAND_AT, bands[:, 0], bands[:, 1], color=GREY, alpha=0.25, linewidth=0, label=told)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--")
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")


def shares_inside(rows: pd.DataFrame, nominal: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of observations within each central interval of what was predicted."""
    from ionlink.models.student import degrees_of, probability_within  # loads SciPy

    away = ((rows["observed"] - rows["mean"]) / rows["standard_deviation"]).abs()
    needed = np.sort(probability_within(away, degrees_of(rows)))
    return np.searchsorted(needed, nominal, side="right") / len(needed)


def _reach(rows: pd.DataFrame) -> NDArray[np.float64]:
    mean, deviation = (rows[name].to_numpy(dtype=np.float64) for name in ("mean", "standard_deviation"))
    if not {"lower", "upper"} <= {*rows.columns}:
        return deviation
    return np.stack([mean - rows["lower"].to_numpy(dtype=np.float64), rows["upper"].to_numpy(dtype=np.float64) - mean])
