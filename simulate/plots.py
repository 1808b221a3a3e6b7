"""Pictures of a formulation's replicates: g(r), coordination modes, stress and strain.

Matplotlib's objects are used directly: no pyplot, hence no global figure and no window.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ionlink.data.errors import InputError
from ionlink.data.palette import BLUE, GREY, ORANGE, SKY, STYLE, VERMILLION
from ionlink.data.replicates import mean_and_error
from ionlink.data.result_file import RESULT_FILE
from ionlink.simulate.damage import damage_named
from ionlink.simulate.stress import STRESS_FILE

RADIAL_UP_TO_ANGSTROM = 6.0
"""The first shell and the farther oxygens of monodentate groups are within; beyond, g(r) is that of the melt."""

_MODES = {"monodentate": "one oxygen,\none cation", "chelating": "two oxygens,\none cation", "bridging": "two cations"}


def draw_run(directory: Path, out: Path) -> list[Path]:
    """Draw what the finished replicates in `directory` (`replicate-*`) show, into the folder `out`.

    Returns:
        The files, each picture as SVG and as PNG: `rdf`, `modes`, and `stress-strain` where stress was recorded.

    Raises:
        InputError: no replicate is finished.
        FileDamaged: a table of one cannot be read.

    """
    finished = sorted(path.parent for path in directory.glob(f"replicate-*/{RESULT_FILE}"))
    if not finished:
        raise InputError(f"{directory}: there is no finished replicate to draw (replicate-*/{RESULT_FILE})")
    out.mkdir(parents=True, exist_ok=True)
    radial = [_table(replicate / "rdf.csv") for replicate in finished]
    values = [json.loads((replicate / RESULT_FILE).read_text("utf-8"))["values"] for replicate in finished]
    curves = [_table(path) for replicate in finished if (path := replicate / STRESS_FILE).exists()]
    files = _save(_drawn(_radial, radial), out / "rdf") + _save(_drawn(_modes, values), out / "modes")
    return files + (_save(_drawn(_stress_strain, curves), out / "stress-strain") if curves else [])


def mean_stress_mpa(parts: Sequence[pd.DataFrame]) -> "pd.Series[float]":
    """Mean of the replicates' stresses by strain, where most of them were measured.

    One that broke down was stretched in twice as many increments: between those of the others it is no mean.
    """
    points = pd.concat(parts)
    at_strain = points.groupby(points["strain"].round(6))["stress_mpa"]
    return at_strain.mean()[at_strain.count() == at_strain.count().max()]


def _table(path: Path) -> pd.DataFrame:
    with damage_named(path):
        return pd.read_csv(path)


def _drawn(draw: Callable[[Figure, Any], None], data: object) -> Figure:
    with matplotlib.style.context(STYLE):
        figure = Figure(figsize=(5.6, 3.6), layout="constrained")
        draw(figure, data)
    return figure


def _save(figure: Figure, stem: Path) -> list[Path]:
    files = [stem.with_suffix(".svg"), stem.with_suffix(".png")]
    with matplotlib.style.context(STYLE):
        # Without a date the file is the same each time.
        figure.savefig(files[0], metadata={"Date": None})
        figure.savefig(files[1], dpi=200)
    return files


def _radial(figure: Figure, tables: Sequence[pd.DataFrame]) -> None:
    """g(r) with its parts, and the running coordination number; a band from the lowest to the highest replicate."""
    r = min((table["r_angstrom"].to_numpy() for table in tables), key=len)
    r = r[r <= RADIAL_UP_TO_ANGSTROM]
    left = figure.subplots()
    right = left.twinx()
    right.grid(visible=False)
    right.spines["right"].set_visible(True)
    _band(left, r, [table["g_r"] for table in tables], BLUE, "-", "all oxygens")
    # Tables of runs that were analysed before the two oxygens were told apart have no such columns.
    if all("g_r_nearer" in table for table in tables):
        _band(left, r, [table["g_r_nearer"] for table in tables], SKY, ":", "nearer oxygen of coordinated groups")
        _band(left, r, [table["g_r_farther"] for table in tables], ORANGE, ":", "farther oxygen of coordinated groups")
    _band(
        right, r, [table["coordination_number"] for table in tables], VERMILLION, "--", "oxygens within r (right axis)"
    )
    left.set(xlabel="cation–oxygen distance r (Å)", ylabel="g(r) (dimensionless)", xlim=(1, RADIAL_UP_TO_ANGSTROM))
    right.set_ylabel("donor oxygens per cation within r", color=VERMILLION)
    left.set_ylim(bottom=0)
    right.set_ylim(bottom=0)
    figure.legend(loc="outside lower center", ncols=2, fontsize=8)


def _band(
    axes: Axes,
    x: NDArray[np.float64],
    columns: Sequence["pd.Series[float]"],
    colour: str,
    line: str,
    label: str,
) -> None:
    rows = np.array([column.to_numpy()[: len(x)] for column in columns])
    axes.plot(x, rows.mean(axis=0), color=colour, linestyle=line, label=label, linewidth=1.4)
    if len(rows) > 1:
        axes.fill_between(x, rows.min(axis=0), rows.max(axis=0), color=colour, alpha=0.2, linewidth=0)


def _modes(figure: Figure, replicates: Sequence[dict[str, float]]) -> None:
    """Shares of the modes, of donor groups and of cations: mean, between-replicate standard error, each replicate."""
    axes = figure.subplots()
    beside = np.linspace(-0.08, 0.08, len(replicates)) if len(replicates) > 1 else np.zeros(1)
    for offset, colour, label, pattern in (
        (-0.2, BLUE, "of donor groups on a cation", "{}_fraction"),
        (0.2, ORANGE, "of cations, by their highest mode", "cation_{}_share"),
    ):
        shares = np.array([[values.get(pattern.format(mode), np.nan) for mode in _MODES] for values in replicates])
        means, errors = zip(*(mean_and_error(column) for column in shares.T), strict=True)
        bars = errors if len(shares) > 1 else None
        places = np.arange(len(_MODES)) + offset
        axes.bar(places, means, 0.36, yerr=bars, color=colour, alpha=0.6, capsize=3, label=label)
        for shift, row in zip(beside, shares, strict=True):
            axes.plot(places + shift, row, "o", color="black", markersize=2.5, clip_on=False)
    axes.set_xticks(range(len(_MODES)), labels=[f"{mode}\n({meaning})" for mode, meaning in _MODES.items()])
    axes.set(ylabel="share (dimensionless)", ylim=(0, 1.02))
    axes.grid(visible=False, axis="x")
    count = len(replicates)
    title = (
        f"bars: standard error between {count} replicates (points)" if count > 1 else "one replicate: no error known"
    )
    figure.legend(loc="outside lower center", ncols=2, fontsize=8, title=title, title_fontsize=8)


def _stress_strain(figure: Figure, curves: Sequence[pd.DataFrame]) -> None:
    """Nominal stress against strain; faint lines are replicates, the strong one is their mean."""
    axes = figure.subplots()
    for phase, colour, line in (("load", BLUE, "-"), ("unload", VERMILLION, "--")):
        parts = [curve[curve["phase"] == phase] for curve in curves]
        if all(part.empty for part in parts):
            continue
        for part in parts:
            axes.plot(part["strain"] * 100, part["stress_mpa"], color=colour, linestyle=line, alpha=0.3, linewidth=0.8)
        mean = mean_stress_mpa(parts)
        axes.plot(
            mean.index * 100,
            mean,
            color=colour,
            linestyle=line,
            label=phase if len(parts) == 1 else f"{phase}, mean of {len(parts)}",
        )
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.set(xlabel="strain (%)", ylabel="nominal stress (MPa), tension positive")
    axes.legend(fontsize=8)
