"""The figures of a report, each drawn to a self-contained SVG.

Matplotlib's objects are used directly: no pyplot, hence no global figure and no window. A marker's
shape repeats what its colour says.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import matplotlib.style
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ionlink.data.outcome_scale import LOGARITHMIC
from ionlink.data.palette import BLUE, COLOURS, GREEN, GREY, ORANGE, STYLE, VERMILLION
from ionlink.optimize.report.labels import label_points

Floats = npt.NDArray[np.float64]


Scale = Literal["linear", "log"]
"""Of an axis: by factors for what is compared by them."""


@dataclass(frozen=True)
class Quantity:
    """Values along one axis."""

    label: str
    """With unit."""

    values: Floats
    """`n` values."""

    errors: Floats
    """`n` standard errors; NaN where unknown."""

    window: tuple[float | None, float | None] | None = None
    """What is wanted, where a window is."""

    scale: Scale = "linear"
    """Of the axis."""


@dataclass(frozen=True)
class _Group:
    """Points that are drawn alike."""

    label: str
    marker: str
    colour: str
    size_pt: float
    mask: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Curve:
    """A line with a name."""

    name: str
    x: Floats
    y: Floats


def objective_scatter(
    x: Quantity,
    y: Quantity,
    names: Sequence[str],
    proposed: Sequence[bool],
    on_front: Sequence[bool],
    others: str = "known before",
) -> str:
    """Two objectives against each other, one point per formulation, error bars of one standard error.

    `names` (short: they stand beside the points on the front and the proposed ones), `proposed` (by this campaign)
    and `on_front` have one entry per point; `others` is what the legend calls those that were not proposed.
    """
    figure, axes = new_figure(5.0, 4.0)
    axes.set(xscale=x.scale, yscale=y.scale)
    for group in _groups(proposed, on_front, others):
        _draw(axes, group, x.values, y.values, x.errors, y.errors)
    axes.margins(0.12)
    shade(axes, "x", x.window)
    shade(axes, "y", y.window)
    axes.set(xlabel=x.label, ylabel=y.label)
    legend_below(figure, axes)
    named = np.flatnonzero(np.asarray(on_front, dtype=bool) | np.asarray(proposed, dtype=bool)).tolist()
    label_points(figure, axes, x.values, y.values, (x.errors, y.errors), {place: names[place] for place in named})
    return as_svg(figure)


def objective_strip(
    x: Quantity, names: Sequence[str], proposed: Sequence[bool], on_front: Sequence[bool], others: str = "known before"
) -> str:
    """One objective: a row per formulation, error bars of one standard error; otherwise as `objective_scatter`."""
    figure, axes = new_figure(6.0, 0.9 + 0.26 * max(len(names), 3))
    axes.set(xscale=x.scale)
    rows = np.arange(len(names), dtype=np.float64)[::-1]
    unknown = np.full(len(names), np.nan)
    for group in _groups(proposed, on_front, others):
        _draw(axes, group, x.values, rows, x.errors, unknown)
    axes.set_yticks(rows, labels=list(names))
    axes.set_ylim(-0.6, len(names) - 0.4)
    shade(axes, "x", x.window)
    axes.set(xlabel=x.label)
    legend_below(figure, axes)
    return as_svg(figure)


def predicted_against_observed(predicted: Quantity, observed: Quantity, names: Sequence[str]) -> str:
    """What the surrogate said before against what came out.

    Error bars: one standard deviation of the prediction, one standard error of the observation.
    """
    figure, axes = new_figure(3.6, 3.4)
    axes.set(xscale=predicted.scale, yscale=observed.scale)
    axes.errorbar(
        predicted.values,
        observed.values,
        xerr=_one_deviation(predicted),
        yerr=error_bars(observed.errors),
        fmt="o",
        color=BLUE,
        capsize=2,
        elinewidth=0.8,
    )
    ends = np.array([*axes.get_xlim(), *axes.get_ylim()])
    axes.plot([ends.min(), ends.max()], [ends.min(), ends.max()], color=GREY, linewidth=1, linestyle="--")
    axes.set(xlabel=f"predicted {predicted.label}", ylabel=f"observed {observed.label}")
    errors = predicted.errors, observed.errors
    label_points(figure, axes, predicted.values, observed.values, errors, dict(enumerate(names)))
    return as_svg(figure)


def progress_per_round(rounds: Sequence[int], values: Sequence[float], label: str) -> str:
    """What the campaign had reached after each round."""
    figure, axes = new_figure(4.2, 2.8)
    axes.plot(rounds, values, marker="o", color=BLUE)
    axes.set_xticks(list(rounds))
    axes.set(xlabel="round (0: what was known before)", ylabel=label)
    return as_svg(figure)


def radial_distribution(curves: Sequence[Curve]) -> str:
    """Cation–oxygen radial distribution functions, one line per formulation."""
    figure, axes = new_figure(5.6, 3.4)
    styles = ("-", "--", ":", "-.")
    for place, curve in enumerate(curves):
        axes.plot(
            curve.x,
            curve.y,
            label=curve.name,
            color=COLOURS[place % len(COLOURS)],
            linestyle=styles[place // len(COLOURS) % len(styles)],
        )
    axes.set(xlabel="cation–oxygen distance r (Å)", ylabel="g(r) (dimensionless)")
    axes.set_ylim(bottom=0)
    axes.legend(fontsize=8, frameon=False)
    return as_svg(figure)


def new_figure(width_inch: float, height_inch: float) -> tuple[Figure, Axes]:
    """In the style that all figures share."""
    with matplotlib.style.context(STYLE):
        figure = Figure(figsize=(width_inch, height_inch), layout="constrained")
        return figure, figure.subplots()


def _groups(proposed: Sequence[bool], on_front: Sequence[bool], others: str) -> list[_Group]:
    mine, front = np.asarray(proposed, dtype=bool), np.asarray(on_front, dtype=bool)
    return [
        _Group(others, "o", GREY, 4, ~mine & ~front),
        _Group("proposed", "s", BLUE, 5, mine & ~front),
        _Group(f"Pareto front, {others}", "D", ORANGE, 6, ~mine & front),
        _Group("Pareto front, proposed", "*", VERMILLION, 11, mine & front),
    ]


def _draw(axes: Axes, group: _Group, x: Floats, y: Floats, x_errors: Floats, y_errors: Floats) -> None:
    """Draw the points of a group with their error bars; a group without points leaves no trace in the legend."""
    if group.mask.any():
        axes.errorbar(
            x[group.mask],
            y[group.mask],
            xerr=error_bars(x_errors[group.mask]),
            yerr=error_bars(y_errors[group.mask]),
            label=group.label,
            marker=group.marker,
            color=group.colour,
            markersize=group.size_pt,
            linestyle="none",
            capsize=2,
            elinewidth=0.8,
        )


def error_bars(errors: Floats) -> Floats | None:
    """Error bars; an unknown error draws none."""
    return None if np.isnan(errors).all() else np.nan_to_num(errors)


def _one_deviation(quantity: Quantity) -> Floats | None:
    """Error bars to one standard deviation below and above on the scale of the axis."""
    if quantity.scale == "linear":
        return error_bars(quantity.errors)
    middle = LOGARITHMIC.learned(quantity.values)
    deviation = LOGARITHMIC.learned_deviation(quantity.values, np.nan_to_num(quantity.errors))
    ends = [np.asarray(LOGARITHMIC.in_unit(middle + side * deviation)) for side in (-1, 1)]
    return np.abs(np.stack(ends) - quantity.values)


def shade(axes: Axes, direction: Literal["x", "y"], window: tuple[float | None, float | None] | None) -> None:
    """Shade the wanted window, which comes into view, to the very end of the axis where it is open; then nothing moves.

    To be called when all else is drawn and the margins are set.
    """
    if window is None:
        return
    along_x = direction == "x"
    ends = [(end, end) for end in window if end is not None]
    if ends:
        axes.update_datalim(ends, updatex=along_x, updatey=not along_x)
        axes.autoscale_view(scalex=along_x, scaley=not along_x)
    limits = axes.get_xlim() if along_x else axes.get_ylim()
    lower, upper = (limit if wanted is None else wanted for wanted, limit in zip(window, limits, strict=True))
    span = axes.axvspan if along_x else axes.axhspan
    span(lower, upper, color=GREEN, alpha=0.12, linewidth=0, zorder=0, label="wanted")
    if along_x:
        axes.set_xlim(limits)
    else:
        axes.set_ylim(limits)


def legend_below(figure: Figure, *every: Axes) -> None:
    """One legend below all panels, in which what is drawn alike stands once."""
    found = [axes.get_legend_handles_labels() for axes in every]
    unique = {label: handle for handles, labels in found for label, handle in zip(labels, handles, strict=True)}
    figure.legend(unique.values(), unique.keys(), loc="outside lower center", ncols=2, fontsize=8, frameon=False)


def as_svg(figure: Figure) -> str:
    """The text of its file."""
    buffer = io.StringIO()
    with matplotlib.style.context(STYLE):
        # Without a date the file is the same each time.
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()
