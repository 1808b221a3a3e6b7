"""The figures of a training's report, each drawn to a self-contained SVG.

A marker's shape repeats what its colour says.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from ionlink.data.palette import BLUE, GREEN, GREY, ORANGE, PURPLE, STYLE, VERMILLION
from ionlink.held_out_panels import calibration_ground, parity_panel, shares_inside, span_of
from ionlink.models.student import halves_of

COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE)
MARKERS = ("o", "s", "^", "D", "v")
NOMINAL = np.linspace(0.05, 0.95, 19)
SHOWN_INTERVAL = 0.9
PANEL_INCH = 2.9
JITTER = 0.16


@dataclass(frozen=True)
class Panel:
    """Held-out predictions of one outcome under one split."""

    title: str

    rows: pd.DataFrame
    """As of `CrossValidation.predictions`."""

    place: int
    """Number of the split in the report: gives its colour and marker in every figure."""

    @property
    def colour(self) -> str:
        """Of this split."""
        return COLOURS[self.place % len(COLOURS)]

    @property
    def marker(self) -> str:
        """Of this split."""
        return MARKERS[self.place % len(MARKERS)]


@matplotlib.style.context(STYLE)
def calibration(panels: Sequence[Panel]) -> str:
    """Nominal against observed coverage; grey: where 95 of 100 honest models of so many groups lie."""
    figure, axes = _panels(panels, height_inch=PANEL_INCH + 0.7, sharey=True)
    for ax, panel in zip(axes, panels, strict=True):
        calibration_ground(ax, panel.rows)
        inside = shares_inside(panel.rows, NOMINAL)
        ax.plot(NOMINAL, inside, color=panel.colour, marker=panel.marker, markersize=3.5, linewidth=1.2)
        ax.set(xlabel="nominal coverage (share)")
        ax.set_xticks([0.0, 0.25, 0.5, 0.75])
    axes[0].set_ylabel("observed coverage (share)")
    return _svg(figure)


@matplotlib.style.context(STYLE)
def parity(panels: Sequence[Panel], label: str) -> str:
    """Observed with one standard error against predicted with 90 % interval; hollow: outside of the domain."""
    figure, axes = _panels(panels, height_inch=PANEL_INCH + 0.5, sharey=True, sharex=True)
    span = span_of(pd.concat([panel.rows for panel in panels]))
    for ax, panel in zip(axes, panels, strict=True):
        half = halves_of(panel.rows, SHOWN_INTERVAL)
        rows = panel.rows.assign(lower=panel.rows["mean"] - half, upper=panel.rows["mean"] + half)
        parity_panel(ax, rows, span, colour=panel.colour, marker=panel.marker)
    figure.supxlabel(f"predicted {label}", fontsize=9)
    axes[0].set_ylabel(f"observed\n{label}")
    return _svg(figure)


@matplotlib.style.context(STYLE)
def sharpness(panels: Sequence[Panel], unit: str) -> str:
    """Half widths of the 90 % intervals, a point per observation; lines: their mean, and errors' 90 % quantile."""
    figure = _figure(4.6, 1.0 + 0.62 * len(panels))
    ax = figure.subplots()
    generator = np.random.default_rng(0)  # only spreads points that would lie on each other
    for row, panel in enumerate(panels):
        height = len(panels) - 1 - row
        widths = halves_of(panel.rows, SHOWN_INTERVAL)
        error = (panel.rows["observed"] - panel.rows["mean"]).abs().quantile(SHOWN_INTERVAL)
        spread = generator.uniform(-JITTER, JITTER, len(widths))
        ax.plot(widths, height + spread, panel.marker, color=panel.colour, markersize=3, alpha=0.6, linestyle="none")
        ax.vlines(widths.mean(), height - 0.33, height + 0.33, color="black", linewidth=1.6, label="mean")
        ax.vlines(
            error,
            height - 0.33,
            height + 0.33,
            color="black",
            linewidth=1.6,
            linestyles=(0, (1, 1)),
            label="90 % of errors are smaller",
        )
    ax.set_yticks(range(len(panels)), labels=[panel.title for panel in reversed(panels)])
    ax.set_ylim(-0.6, len(panels) - 0.4)
    ax.set_xlim(left=0)
    ax.set_xlabel(f"half width of 90 % interval ({unit})")
    handles, labels = ax.get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    figure.legend(unique.values(), unique.keys(), loc="outside upper right", ncols=2, fontsize=8)
    return _svg(figure)


@matplotlib.style.context(STYLE)
def learning(points: pd.DataFrame, unit: str) -> str:
    """Error and coverage against the number of training formulations: a point per seed, a line through the means."""
    figure = _figure(4.6, 3.6)
    error, cover = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    for ax, column, colour, marker in ((error, "rmse", BLUE, "o"), (cover, "coverage", VERMILLION, "s")):
        means = points.groupby("formulations")[column].mean()
        ax.plot(points["formulations"], points[column], marker, color=colour, markersize=3.5, alpha=0.5)
        ax.plot(means.index.to_numpy(), means.to_numpy(), color=colour, linewidth=1.4)
    error.set_ylim(bottom=0)
    error.set_ylabel(f"RMSE ({unit})")
    cover.axhline(SHOWN_INTERVAL, color=GREY, linewidth=1, linestyle="--")
    cover.set(ylim=(0, 1.05), ylabel="coverage of\n90 % (share)", xscale="log")
    sizes = sorted(points["formulations"].unique())
    cover.set_xticks(sizes)
    cover.xaxis.set_major_formatter(ScalarFormatter())
    cover.minorticks_off()
    cover.set_xlabel("training formulations (number)")
    return _svg(figure)


def _panels(
    panels: Sequence[Panel], *, height_inch: float = PANEL_INCH + 0.3, sharey: bool = False, sharex: bool = False
) -> tuple[Figure, Sequence[Axes]]:
    figure = _figure(PANEL_INCH * len(panels) + 0.4, height_inch)
    axes = figure.subplots(1, len(panels), squeeze=False, sharey=sharey, sharex=sharex)[0]
    for ax, panel in zip(axes, panels, strict=True):
        ax.set_title(panel.title, fontsize=9)
    return figure, list(axes)


def _figure(width_inch: float, height_inch: float) -> Figure:
    return Figure(figsize=(width_inch, height_inch), layout="constrained")


def _svg(figure: Figure) -> str:
    buffer = io.StringIO()
    # Without a date the file is the same each time.
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()
