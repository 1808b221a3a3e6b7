"""Pictures of predictions that are held against observations: `parity` and `calibration`."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from ionlink.data import outcomes
from ionlink.data.errors import InputError
from ionlink.data.palette import BLUE, SKY
from ionlink.data.plural import counted
from ionlink.data.prose import axis_label, words
from ionlink.held_out_panels import calibration_ground, parity_panel, shares_inside, span_of
from ionlink.plot_style import Plot, check_columns, sized, styled

NUMBERS = ("observed", "mean", "standard_deviation")
"""Columns that are drawn."""

MOST_PANELS = 40


@styled
def parity(frame: pd.DataFrame) -> Plot:
    """Observed against predicted, a panel per outcome; of several splits, which hold out the same rows, one for each.

    Args:
        frame: Of predictions that were held against observations, such as `leave_one_out` gives: the columns outcome,
            observed, mean and standard_deviation, and where they are there lower and upper (else one standard
            deviation is drawn), standard_error (of what was observed), unit, split and
            in_domain (where it is false the point is hollow), as in `predictions.csv`.

    Raises:
        InputError: when a column or a number is missing, or there are more outcomes and splits than panels.
    """
    _check(frame)
    outcomes_shown = [rows for _, rows in frame.groupby("outcome", sort=False, observed=True)]
    groups = [(split, part) for rows in outcomes_shown for split, part in _splits(rows)]
    if len(groups) > MOST_PANELS:
        raise InputError(f"parity: {len(groups)} outcomes and splits, at most {MOST_PANELS} are drawn; choose some")
    several = len(groups) > len(outcomes_shown)
    wide = frame["split"].nunique() if several else min(4, len(groups))  # a line for each outcome
    high = math.ceil(len(groups) / wide)
    figure = sized(0.4 + 2.9 * wide, 0.5 + 2.9 * high)
    panels = figure.subplots(high, wide, squeeze=False).ravel()
    for axes, (split, rows) in zip(panels, groups, strict=False):
        _parity_panel(axes, split, rows)
    for axes in panels[len(groups) :]:
        axes.remove()
    bars = "the interval" if {"lower", "upper"} <= {*frame.columns} else "one standard deviation"
    figure.supxlabel(f"predicted (bars: {bars})", fontsize=9)
    figure.supylabel("observed", fontsize=9)
    return figure


@styled
def calibration(frame: pd.DataFrame) -> Plot:
    """Share of observations within central intervals, against what the intervals promise.

    A curve below the diagonal is of a model that is too sure, one above of one that is not sure enough. The band is
    where the share of a calibrated model lies with 95 % probability (binomial, of independent groups where the table
    has a column group, as `predictions.csv` has, else of rows). With several outcomes each is a thin line, and the
    thick one is all together. Of several splits, which hold out the same rows, each has a panel.

    Args:
        frame: As for `parity`; the standard deviation must be that of an observation, its noise included.

    Raises:
        InputError: when a column or a number is missing.
    """
    _check(frame)
    splits = _splits(frame)
    figure = sized(4.2 * len(splits), 4.0)
    for axes, (split, rows) in zip(figure.subplots(1, len(splits), squeeze=False).ravel(), splits, strict=True):
        _calibration_panel(axes, split, rows)
    return figure


def _check(frame: pd.DataFrame) -> None:
    check_columns(frame, ("outcome", *NUMBERS))
    absent = {name: int((~np.isfinite(frame[name].to_numpy(dtype=np.float64))).sum()) for name in NUMBERS}
    faults = [
        f"table: {counted(count, 'row')} {'has' if count == 1 else 'have'} no finite number in {name}; "
        f"leave {'it' if count == 1 else 'them'} out"
        for name, count in absent.items()
        if count
    ]
    if faults:
        raise InputError(faults)


def _calibration_panel(axes: Axes, split: str, frame: pd.DataFrame) -> None:
    nominal = np.linspace(0.0, 1.0, 101)
    names = list(dict.fromkeys(frame["outcome"]))
    calibration_ground(axes, frame)
    if len(names) > 1:
        for place, (_, rows) in enumerate(frame.groupby("outcome", sort=False, observed=True)):
            told = "single outcomes" if place == 0 else None
            axes.plot(nominal, shares_inside(rows, nominal), color=SKY, linewidth=0.7, alpha=0.8, label=told)
    told = words(str(names[0])) if len(names) == 1 else f"all {len(names)} outcomes"
    axes.plot(
        nominal, shares_inside(frame, nominal), color=BLUE, linewidth=2, label=f"{told}, {len(frame)} observations"
    )
    axes.set(xlabel="probability of the interval", ylabel="share of observations inside")
    axes.set_title(split, fontsize=9)
    axes.legend(loc="upper left", fontsize=8)


def _splits(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Rows of each split with its name; all of them, without one, where there is one split or none is told."""
    if "split" not in frame.columns or frame["split"].nunique() < 2:
        return [("", frame)]
    return [(str(split), rows) for split, rows in frame.groupby("split", sort=False, observed=True)]


def _parity_panel(axes: Axes, split: str, rows: pd.DataFrame) -> None:
    outcome = str(rows["outcome"].iloc[0])
    mean, observed = rows["mean"].to_numpy(), rows["observed"].to_numpy()
    parity_panel(axes, rows, span_of(rows))
    label = axis_label(outcome, rows["unit"].iloc[0]) if "unit" in rows.columns else outcomes()[outcome].learned_label
    axes.set_title("\n".join(filter(None, (label, split))), fontsize=8)
    axes.text(0.04, 0.96, _quality(observed, mean), transform=axes.transAxes, fontsize=7, va="top")


def _quality(observed: NDArray[np.float64], mean: NDArray[np.float64]) -> str:
    rmse = math.sqrt(float(((observed - mean) ** 2).mean()))
    return f"n = {len(observed)}\nRMSE {rmse:.3g}"
