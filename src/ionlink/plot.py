"""Pictures of predictions: `parity`, `calibration`, `effect` and `heat_map`, for notebooks and papers.

Each takes a table and gives a Matplotlib figure, which a notebook shows and `figure.savefig` writes. Matplotlib's
objects are used directly: no pyplot, hence no global figure. Colours are those of Okabe and Ito, which people with any
colour vision can tell apart; line styles repeat what colours say.
"""

import io
import math
import re
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, ParamSpec

import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import NullFormatter, ScalarFormatter
from numpy.typing import NDArray

from ionlink.data import cations, outcomes
from ionlink.data.errors import InputError

if TYPE_CHECKING:
    from ionlink.data.observation import Observation

BLUE, VERMILLION, GREEN, ORANGE = "#0072B2", "#D55E00", "#009E73", "#E69F00"
PURPLE, SKY, BLACK, GREY = "#CC79A7", "#56B4E9", "#000000", "#8A8A8A"
COLOURS = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, BLACK)

STYLE = "ionlink.figures"
"""The style sheet that all figures share."""

MOST_LINES = len(COLOURS)
"""Lines that one can tell apart."""

MOST_PANELS = 40
MOST_TICKS = 6
BAND = 0.95
"""Where the share of a calibrated model lies in so many cases out of 100."""

COLOUR_MAP = "viridis"


P = ParamSpec("P")


def styled(draw: "Callable[P, Plot]") -> "Callable[P, Plot]":
    """Draw in the style that all figures share: Matplotlib reads it when axes and legends are made."""

    @wraps(draw)
    def within(*args: P.args, **kwargs: P.kwargs) -> "Plot":
        with matplotlib.style.context(STYLE):
            return draw(*args, **kwargs)

    return within


class Plot(Figure):
    """A figure that a notebook shows, also where pyplot was never imported."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=150)
        return buffer.getvalue()


@styled
def parity(frame: pd.DataFrame) -> Plot:
    """Observed against predicted, a panel per outcome.

    Args:
        frame: Of predictions that were held against observations, such as `leave_one_out` gives: the columns outcome,
            observed, mean and standard_deviation, and where they are there lower and upper (else one standard
            deviation is drawn), standard_error (of what was observed) and unit.

    Raises:
        InputError: when a column is missing, or there are more outcomes than panels.
    """
    _check(frame, ("outcome", "observed", "mean", "standard_deviation"))
    groups = list(frame.groupby("outcome", sort=False, observed=True))
    if len(groups) > MOST_PANELS:
        raise InputError(f"parity: {len(groups)} outcomes, at most {MOST_PANELS} are drawn; choose some")
    wide = min(4, len(groups))
    high = math.ceil(len(groups) / wide)
    figure = _figure(0.4 + 2.9 * wide, 0.5 + 2.9 * high)
    panels = figure.subplots(high, wide, squeeze=False).ravel()
    for axes, (outcome, rows) in zip(panels, groups, strict=False):
        _parity_panel(axes, str(outcome), rows)
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
    where the share of a calibrated model lies with 95 % probability (binomial, of independent rows). With
    several outcomes each is a thin line, and the thick one is all together.

    Args:
        frame: As for `parity`; the standard deviation must be that of an observation, its noise included.

    Raises:
        InputError: when a column is missing.
    """
    from scipy.stats import binom

    _check(frame, ("outcome", "observed", "mean", "standard_deviation"))
    figure = _figure(4.2, 4.0)
    axes = figure.subplots()
    nominal = np.linspace(0.0, 1.0, 101)
    names = list(dict.fromkeys(frame["outcome"]))
    low, high = (binom.ppf(tail, len(frame), nominal) / len(frame) for tail in ((1 - BAND) / 2, (1 + BAND) / 2))
    axes.fill_between(
        nominal, low, high, color=GREY, alpha=0.25, linewidth=0, label=f"calibrated, {100 * BAND:g} % of cases"
    )
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--")
    if len(names) > 1:
        for place, (_, rows) in enumerate(frame.groupby("outcome", sort=False, observed=True)):
            label = "single outcomes" if place == 0 else None
            axes.plot(nominal, _shares(rows, nominal), color=SKY, linewidth=0.7, alpha=0.8, label=label)
    told = _words(str(names[0])) if len(names) == 1 else f"all {len(names)} outcomes"
    axes.plot(nominal, _shares(frame, nominal), color=BLUE, linewidth=2, label=f"{told}, {len(frame)} observations")
    axes.set(xlabel="probability of the interval", ylabel="share of observations inside", xlim=(0, 1), ylim=(0, 1))
    axes.set_aspect("equal")
    axes.legend(loc="upper left", fontsize=8)
    return figure


@styled
def effect(
    frame: pd.DataFrame,
    *,
    outcome: str | None = None,
    ligand: str | None = None,
    observations: "Sequence[Observation]" = (),
) -> Plot:
    """How an outcome depends on the ratio, a line with its interval for each cation of a table of predictions.

    Where a line is dotted, it is outside of what was learned from.

    Args:
        frame: What `ionlink.predict` gave for a grid of at most seven cations.
        outcome: Which, where the table has several.
        ligand: Which, where the table has several.
        observations: Those of that outcome, ligand and these cations are drawn with their standard errors.

    Raises:
        InputError: when it is not clear which outcome or ligand, or there are too many cations to tell apart.
    """
    rows = _chosen(frame, outcome=outcome, ligand=ligand)
    names = _by_charge_and_radius(list(rows["cation"].unique()))
    if len(names) > MOST_LINES:
        raise InputError(f"effect: {len(names)} cations, at most {MOST_LINES} lines can be told apart; use heat_map")
    figure = _figure(5.6, 3.6)
    axes = figure.subplots()
    for name, colour in zip(names, COLOURS, strict=False):
        _line(axes, rows[rows["cation"] == name].sort_values("ratio"), colour)
        _points(axes, observations, rows.iloc[0], name, colour)
    _ratio_axis(axes.set_xscale, axes.xaxis, rows["ratio"])
    axes.set(xlabel="ratio (donor groups per cation)", ylabel=_label(rows.iloc[0]["outcome"], rows.iloc[0]["unit"]))
    axes.set_title(f"{rows.iloc[0]['ligand']}{_interval(rows)}", fontsize=9, loc="left")
    if not rows["in_domain"].all():
        axes.plot([], [], color=GREY, linestyle=":", linewidth=1.6, label="outside of what\nwas learned from")
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize=8)
    return figure


@styled
def heat_map(frame: pd.DataFrame, *, outcome: str | None = None, ligand: str | None = None) -> Plot:
    """An outcome over cations (by charge, then radius) and ratios, on one ligand.

    Hatched and pale is what lies outside of what was learned from.

    Args:
        frame: What `ionlink.predict` gave for a grid, at two ratios or more.
        outcome: Which, where the table has several.
        ligand: Which, where the table has several.

    Raises:
        InputError: when it is not clear which outcome or ligand, or the table is no grid.
    """
    rows = _chosen(frame, outcome=outcome, ligand=ligand)
    names = _by_charge_and_radius(list(rows["cation"].unique()))
    if rows.duplicated(["cation", "ratio"]).any() or len(rows) != len(names) * rows["ratio"].nunique():
        raise InputError("heat_map: the table is no grid; predict with grid=, every cation at every ratio once")
    if rows["ratio"].nunique() < 2:
        raise InputError("heat_map: there is one ratio; give two or more")
    means = rows.pivot_table(index="cation", columns="ratio", values="mean", sort=True).loc[names]
    inside = rows.pivot_table(index="cation", columns="ratio", values="in_domain", sort=True).loc[names]
    edges = _edges(means.columns.to_numpy(dtype=np.float64))
    height = 0.17 * max(len(names), 8)
    figure = _figure(5.4, 1.3 + height)
    axes = figure.subplots()
    mesh = axes.pcolormesh(edges, np.arange(len(names) + 1), means.to_numpy(), cmap=COLOUR_MAP, rasterized=True)
    for row, left, right in _runs(~inside.to_numpy(dtype=bool)):
        axes.add_patch(Rectangle((edges[left], row), edges[right] - edges[left], 1, **_PALE))
    _charges(axes, names)
    _ratio_axis(axes.set_xscale, axes.xaxis, rows["ratio"])
    axes.set(xlim=(edges[0], edges[-1]), xlabel="ratio (donor groups per cation)")
    axes.set_title(str(rows.iloc[0]["ligand"]), fontsize=9, loc="left")
    axes.grid(visible=False)
    label = _label(rows.iloc[0]["outcome"], rows.iloc[0]["unit"]).replace(" (", "\n(")
    tallest = min(1.0, 3.5 / height)
    bar = figure.colorbar(
        mesh, ax=axes, label=label, pad=0.02, aspect=20 * min(1.0, height / 2.5), shrink=tallest, anchor=(0, 1)
    )
    bar.outline.set_visible(False)
    if not inside.to_numpy(dtype=bool).all():
        figure.legend(
            handles=[Patch(**_PALE, label="outside of what was learned from")], loc="outside lower center", fontsize=8
        )
    return figure


_PALE: dict[str, Any] = {
    "facecolor": (1, 1, 1, 0.55),
    "edgecolor": (0.35, 0.35, 0.35, 0.45),
    "hatch": "////",
    "linewidth": 0,
}


def _figure(width_inch: float, height_inch: float) -> Plot:
    return Plot(figsize=(width_inch, height_inch), layout="constrained")


def _check(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    absent = [name for name in columns if name not in frame.columns]
    if absent:
        raise InputError(f"table: column {name} is missing; needed are {', '.join(columns)}" for name in absent)
    if frame.empty:
        raise InputError("table: there are no rows")


def _chosen(frame: pd.DataFrame, **wanted: str | None) -> pd.DataFrame:
    """The rows of one outcome and one ligand."""
    _check(frame, ("cation", "ligand", "ratio", "outcome", "mean", "lower", "upper", "unit", "in_domain"))
    rows = frame
    for column, name in wanted.items():
        there = list(dict.fromkeys(frame[column]))
        if name is None and len(there) > 1:
            raise InputError(f"{column}: the table has {len(there)}; choose one of {', '.join(there)}")
        if name is not None and name not in there:
            raise InputError(f"{column}: '{name}' is not in the table; it has {', '.join(there)}")
        rows = rows[rows[column] == (name or there[0])]
    if rows["ratio"].isna().any():
        raise InputError("ratio: the table has rows without one, which have no place on this axis")
    return rows


def _by_charge_and_radius(names: Sequence[str]) -> list[str]:
    """Cations by charge, then by their radius at one coordination number; those of unknown radius last."""
    known = cations()
    return sorted(names, key=lambda name: (known[name].charge, known[name].octahedral_radius_angstrom or math.inf))


def _words(outcome: str) -> str:
    return outcome.replace("_", " ")


def _label(outcome: object, unit: object) -> str:
    return f"{_words(str(outcome))} ({'dimensionless' if unit == '1' else unit})"


def _formula(name: str) -> str:
    """A cation as chemists write it.

    >>> _formula("Fe3+"), _formula("Na+")
    ('Fe$^{3+}$', 'Na$^{+}$')

    """
    return re.sub(r"(\d*\+)$", r"$^{\1}$", name)


def _interval(rows: pd.DataFrame) -> str:
    """What the band is, if it is one of a Gaussian."""
    reach = (rows["upper"] - rows["mean"]) / rows["standard_deviation"]
    if not np.allclose(reach, reach.iloc[0], rtol=1e-6):
        return ""
    return f", with {200 * NormalDist().cdf(float(reach.iloc[0])) - 100:.3g} % intervals"


def _parity_panel(axes: Axes, outcome: str, rows: pd.DataFrame) -> None:
    mean, observed = rows["mean"].to_numpy(), rows["observed"].to_numpy()
    bars = rows["standard_deviation"].to_numpy()
    if {"lower", "upper"} <= {*rows.columns}:
        bars = np.stack([mean - rows["lower"].to_numpy(), rows["upper"].to_numpy() - mean])
    errors = rows["standard_error"].fillna(0.0).to_numpy() if "standard_error" in rows.columns else None
    axes.errorbar(
        mean, observed, xerr=bars, yerr=errors, fmt="o", markersize=3, color=BLUE, ecolor=SKY, elinewidth=0.7, zorder=2
    )
    ends = np.array([observed.min(), observed.max(), mean.min(), mean.max()])
    span = np.array([ends.min(), ends.max()]) + 0.06 * np.ptp(ends) * np.array([-1, 1])
    axes.plot(span, span, color=GREY, linewidth=1, linestyle="--", zorder=1)
    axes.set(xlim=span, ylim=span)
    axes.set_aspect("equal")
    axes.locator_params(nbins=5)
    unit = rows["unit"].iloc[0] if "unit" in rows.columns else outcomes()[outcome].unit
    axes.set_title(_label(outcome, unit), fontsize=8)
    axes.text(0.04, 0.96, _quality(observed, mean), transform=axes.transAxes, fontsize=7, va="top")


def _quality(observed: NDArray[np.float64], mean: NDArray[np.float64]) -> str:
    rmse = math.sqrt(float(((observed - mean) ** 2).mean()))
    return f"n = {len(observed)}\nRMSE {rmse:.3g}"


def _shares(rows: pd.DataFrame, nominal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of observations within each central interval of a Gaussian."""
    away = ((rows["observed"] - rows["mean"]) / rows["standard_deviation"]).abs().to_numpy()
    needed = np.sort([2 * NormalDist().cdf(z) - 1 for z in away])
    return np.searchsorted(needed, nominal, side="right") / len(needed)


def _line(axes: Axes, rows: pd.DataFrame, colour: str) -> None:
    ratio, mean = rows["ratio"].to_numpy(), rows["mean"].to_numpy()
    axes.fill_between(ratio, rows["lower"], rows["upper"], color=colour, alpha=0.13, linewidth=0)
    axes.plot(ratio, mean, color=colour, linestyle=":", linewidth=1.6)
    inside = np.where(rows["in_domain"], mean, np.nan)
    axes.plot(ratio, inside, color=colour, linewidth=1.9, label=_formula(rows.iloc[0]["cation"]))


def _points(axes: Axes, observations: "Sequence[Observation]", row: "pd.Series[Any]", cation: str, colour: str) -> None:
    """Draw what was observed of a cation; bounds are no points."""
    shown = [
        o
        for o in observations
        if (o.outcome, o.formulation.ligand, o.formulation.cation, o.bound)
        == (row["outcome"], row["ligand"], cation, "=")
        and o.formulation.ratio is not None
    ]
    if shown:
        axes.errorbar(
            [o.formulation.known_ratio for o in shown],
            [o.value for o in shown],
            yerr=[o.standard_error or 0.0 for o in shown],
            fmt="o",
            markersize=4,
            color=colour,
            markeredgecolor="white",
            markeredgewidth=0.6,
            elinewidth=1,
            capsize=2,
            zorder=3,
        )


def _ratio_axis(set_scale: Callable[[str], None], axis: Any, ratios: "pd.Series[float]") -> None:  # noqa: ANN401 - Matplotlib's axis
    """A log scale with ticks that read as ratios."""
    set_scale("log")
    low, high = float(ratios.min()), float(ratios.max())
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1, 1.5, 2, 3, 4, 5, 6, 8), (1, 2, 3, 5), (1, 2, 5), (1,)):
        ticks = [step * 10.0**decade for decade in decades for step in steps if low <= step * 10.0**decade <= high]
        if len(ticks) <= MOST_TICKS:
            break
    single = sorted(ratios.unique())
    axis.set_ticks(single if len(single) <= MOST_TICKS else ticks)
    axis.set_major_formatter(ScalarFormatter())
    axis.set_minor_formatter(NullFormatter())
    axis.set_tick_params(which="minor", length=0)


def _edges(centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Edges of cells around centres, halfway on a log scale."""
    logs = np.log(centres)
    inner = (logs[:-1] + logs[1:]) / 2
    edges: NDArray[np.float64] = np.exp([2 * logs[0] - inner[0], *inner, 2 * logs[-1] - inner[-1]])
    return edges


def _runs(cells: NDArray[np.bool_]) -> Iterator[tuple[int, int, int]]:
    """Row, first column and column after the last of each run of true cells."""
    for row, line in enumerate(cells):
        changes = np.flatnonzero(np.diff(np.concatenate([[False], line, [False]]).astype(np.int8)))
        yield from ((row, int(left), int(right)) for left, right in zip(changes[::2], changes[1::2], strict=True))


def _charges(axes: Axes, names: Sequence[str]) -> None:
    """Name the rows, and part them where the charge changes."""
    axes.set_yticks(np.arange(len(names)) + 0.5, labels=[_formula(name) for name in names])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(names), 0)
    known = cations()
    for row in range(1, len(names)):
        if known[names[row]].charge != known[names[row - 1]].charge:
            axes.axhline(row, color="white", linewidth=2)
