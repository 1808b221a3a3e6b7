"""Pictures of predictions: `parity`, `calibration`, `effect` and `heat_map`, for notebooks and papers.

Each takes a table and gives a Matplotlib figure, which a notebook shows and `figure.savefig` writes.
"""

import math
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray

from ionlink.data import cations
from ionlink.data.errors import InputError
from ionlink.data.formulation import CONDITIONS, Formulation
from ionlink.data.outcome_scale import axis_scale, scale_of
from ionlink.data.palette import COLOURS, GREY
from ionlink.data.prose import axis_label
from ionlink.plot_held_out import calibration, parity
from ionlink.plot_style import Plot, check_columns, sized, styled
from ionlink.ratio_axis import ratio_axis

if TYPE_CHECKING:
    from ionlink.data.observation import Observation

__all__ = ["calibration", "effect", "heat_map", "parity"]

MOST_LINES = len(COLOURS)
"""Lines that one can tell apart."""

MARKERS = {"=": "o", "<": "v", ">": "^"}
"""Of a value, and of bounds below and above which the outcome lies."""

COLOUR_MAP = "viridis"


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
        observations: Those of that outcome, ligand and these cations, at the conditions of the table, are drawn with
            their standard errors; a bound is a hollow triangle that points to where the outcome lies.

    Raises:
        InputError: when it is not clear which outcome, ligand or conditions, there are too many cations to tell apart,
            or a cation has one ratio, which makes no line.
    """
    rows = _chosen(frame, outcome=outcome, ligand=ligand)
    _check_lines(rows)
    names = _by_charge_and_radius(list(rows["cation"].unique()))
    if len(names) > MOST_LINES:
        raise InputError(f"effect: {len(names)} cations, at most {MOST_LINES} lines can be told apart; use heat_map")
    figure = sized(5.6, 3.6)
    axes = figure.subplots()
    for name, colour in zip(names, COLOURS, strict=False):
        _line(axes, rows[rows["cation"] == name].sort_values("ratio"), colour)
        _points(axes, observations, rows.iloc[0], name, colour)
    _over_ratios(axes, rows["ratio"])
    axes.set(
        ylabel=axis_label(rows.iloc[0]["outcome"], rows.iloc[0]["unit"]), yscale=axis_scale(rows.iloc[0]["outcome"])
    )
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
        InputError: when it is not clear which outcome, ligand or conditions, or the table is no grid.
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
    figure = sized(5.4, 1.3 + height)
    axes = figure.subplots()
    mesh = axes.pcolormesh(
        edges,
        np.arange(len(names) + 1),
        means.to_numpy(),
        cmap=COLOUR_MAP,
        norm=axis_scale(rows.iloc[0]["outcome"]),
        rasterized=True,
    )
    for row, left, right in _runs(~inside.to_numpy(dtype=bool)):
        axes.add_patch(Rectangle((edges[left], row), edges[right] - edges[left], 1, **_PALE))
    _charges(axes, names)
    _over_ratios(axes, rows["ratio"])
    axes.set(xlim=(edges[0], edges[-1]))
    axes.set_title(str(rows.iloc[0]["ligand"]), fontsize=9, loc="left")
    axes.grid(visible=False)
    title = axis_label(rows.iloc[0]["outcome"], rows.iloc[0]["unit"]).replace(" (", "\n(")
    tallest = min(1.0, 3.5 / height)
    bar = figure.colorbar(
        mesh, ax=axes, label=title, pad=0.02, aspect=20 * min(1.0, height / 2.5), shrink=tallest, anchor=(0, 1)
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


def _chosen(frame: pd.DataFrame, **wanted: str | None) -> pd.DataFrame:
    """The rows of one outcome and one ligand, at the same conditions."""
    check_columns(frame, ("cation", "ligand", "ratio", "outcome", "mean", "lower", "upper", "unit", "in_domain"))
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
    for name in CONDITIONS:
        different = list(rows[name].drop_duplicates()) if name in rows.columns else []
        if len(different) > 1:
            listed = ", ".join("open" if pd.isna(value) else f"{value}" for value in different)
            raise InputError(f"{name}: the table has {len(different)} ({listed}); give the rows of one of them")
    return rows


def _check_lines(rows: pd.DataFrame) -> None:
    """Raise `InputError` where rows do not make one line for each cation."""
    twice = rows[rows.duplicated(["cation", "ratio"])]
    if len(twice):
        raise InputError(f"effect: {twice['cation'].iloc[0]} stands at ratio {twice['ratio'].iloc[0]:g} more than once")
    ratios = rows.groupby("cation", sort=False, observed=True)["ratio"].size()
    if (ratios < 2).any():
        raise InputError(f"effect: there is one ratio of {', '.join(ratios[ratios < 2].index)}; give two or more")


def _by_charge_and_radius(names: Sequence[str]) -> list[str]:
    """Cations by charge, then by their radius at one coordination number; those of unknown radius last."""
    known = cations()
    return sorted(names, key=lambda name: (known[name].charge, known[name].octahedral_radius_angstrom or math.inf))


def _formula(name: str) -> str:
    """A cation as chemists write it.

    >>> _formula("Fe3+"), _formula("Na+")
    ('Fe$^{3+}$', 'Na$^{+}$')

    """
    return re.sub(r"(\d*\+)$", r"$^{\1}$", name)


def _interval(rows: pd.DataFrame) -> str:
    """What the band is, if it is one of what was predicted."""
    from ionlink.models.student import degrees_of, probability_within  # loads SciPy

    scale, mean = scale_of(rows.iloc[0]["outcome"]), rows["mean"].to_numpy()
    deviation = scale.learned_deviation(mean, rows["standard_deviation"].to_numpy())
    away = (scale.learned(rows["upper"].to_numpy()) - scale.learned(mean)) / deviation
    covered = probability_within(away, degrees_of(rows))
    if not np.allclose(covered, covered[0], rtol=1e-6):
        return ""
    return f", with {100 * covered[0]:.3g} % intervals"


def _line(axes: Axes, rows: pd.DataFrame, colour: str) -> None:
    ratio, mean = rows["ratio"].to_numpy(), rows["mean"].to_numpy()
    axes.fill_between(ratio, rows["lower"], rows["upper"], color=colour, alpha=0.13, linewidth=0)
    axes.plot(ratio, mean, color=colour, linestyle=":", linewidth=1.6)
    inside = np.where(rows["in_domain"], mean, np.nan)
    axes.plot(ratio, inside, color=colour, linewidth=1.9, label=_formula(rows.iloc[0]["cation"]))


def _points(axes: Axes, observations: "Sequence[Observation]", row: "pd.Series[Any]", cation: str, colour: str) -> None:
    """Draw what was observed of a cation."""
    own = [
        o
        for o in observations
        if (o.outcome, o.formulation.ligand) == (row["outcome"], row["ligand"])
        and o.formulation.ratio is not None
        and any(_drawn(f, row, cation) for f in {o.formulation, o.formulation.turned})
    ]
    for bound, marker in MARKERS.items():
        shown = [o for o in own if o.bound == bound]
        if not shown:
            continue
        axes.errorbar(
            [o.formulation.known_ratio for o in shown],
            [o.value for o in shown],
            yerr=[o.standard_error or 0.0 for o in shown],
            fmt=marker,
            markersize=4 if bound == "=" else 6,
            color=colour,
            markerfacecolor=colour if bound == "=" else "white",
            markeredgecolor="white" if bound == "=" else colour,
            markeredgewidth=0.6 if bound == "=" else 1.2,
            elinewidth=1,
            capsize=2,
            zorder=3,
        )


def _drawn(formulation: Formulation, row: "pd.Series[Any]", cation: str) -> bool:
    """Whether it is of that cation, named first, at the conditions of the table's rows."""
    return formulation.cation == cation and all(_at(row, name, getattr(formulation, name)) for name in CONDITIONS)


def _at(row: "pd.Series[Any]", condition: str, value: object) -> bool:
    """Whether a value is that of the table's rows, which leave a condition open that has no column."""
    wanted = row.get(condition)
    return bool(pd.isna(wanted) if value is None else wanted == value)


def _over_ratios(axes: Axes, ratios: "pd.Series[float]") -> None:
    ratio_axis(axes, float(ratios.min()), float(ratios.max()), only=sorted(ratios.unique()))


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
