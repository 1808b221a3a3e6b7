"""Figures of what was expected: of the candidates of a round, and of improvement from round to round."""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ionlink.data.palette import BLUE, GREY, SKY, STYLE, VERMILLION
from ionlink.optimize.report.figures import (
    Floats,
    Scale,
    as_svg,
    error_bars,
    legend_below,
    new_figure,
    shade,
)


@dataclass(frozen=True)
class Forecast:
    """One outcome of `n` candidates: what was expected of them, and what came out."""

    label: str
    """With unit."""

    means: Floats
    lower: Floats
    upper: Floats
    """Ends of 90 % intervals."""

    observed_before: tuple[float, float] | None
    """Smallest and largest value that was known when they were proposed."""

    came_out: Floats
    """NaN where nothing was observed yet."""

    errors: Floats
    """Standard errors of it; NaN where unknown."""

    window: tuple[float | None, float | None] | None = None
    """What is wanted, where a window is."""

    scale: Scale = "linear"
    """Of the axis."""


def forecasts(panels: Sequence[Forecast], names: Sequence[str]) -> str:
    """A row per candidate and a panel per outcome: predicted intervals, and what came out."""
    with matplotlib.style.context(STYLE):
        figure = Figure(figsize=(1.8 + 2.3 * len(panels), 1.4 + 0.3 * len(names)), layout="constrained")
        every = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    rows = np.arange(len(names), dtype=np.float64)[::-1]
    for axes, panel in zip(every, panels, strict=True):
        _draw(axes, panel, rows)
    every[0].set_yticks(rows, labels=list(names))
    every[0].set_ylim(-0.6, len(names) - 0.4)
    legend_below(figure, *every)
    return as_svg(figure)


def expected_improvements(rounds: Sequence[int], exploit: Sequence[float], explore: Sequence[float], label: str) -> str:
    """What the most promising candidate of each round was expected to add, in two parts."""
    figure, axes = new_figure(4.2, 2.8)
    axes.bar(rounds, exploit, width=0.6, color=BLUE, label="if outcomes are as expected")
    axes.bar(
        rounds,
        explore,
        bottom=exploit,
        width=0.6,
        color=SKY,
        hatch="//",
        edgecolor="white",
        label="because they are uncertain",
    )
    axes.set_xticks(list(rounds))
    axes.set(xlabel="round", ylabel=label)
    legend_below(figure, axes)
    return as_svg(figure)


def _draw(axes: Axes, panel: Forecast, rows: Floats) -> None:
    axes.set(xscale=panel.scale)
    if panel.observed_before is not None:
        axes.axvspan(*panel.observed_before, color=GREY, alpha=0.18, linewidth=0, zorder=0, label="observed before")
    spans = np.array([panel.means - panel.lower, panel.upper - panel.means]).clip(0)
    axes.errorbar(
        panel.means, rows, xerr=spans, fmt="o", color=BLUE, markersize=4, capsize=2, label="expected, 90 % interval"
    )
    if not np.isnan(panel.came_out).all():
        axes.errorbar(
            panel.came_out,
            rows - 0.22,
            xerr=error_bars(panel.errors),
            fmt="D",
            color=VERMILLION,
            markersize=4,
            elinewidth=0.8,
            label="came out, ± one standard error",
        )
    axes.margins(x=0.06)
    shade(axes, "x", panel.window)
    axes.set_xlabel(panel.label.replace(" (", "\n("))
    if panel.scale == "linear":
        axes.locator_params(axis="x", nbins=4)
