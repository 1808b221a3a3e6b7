"""The figure of `surrogates.py`: errors by method and split, and calibration of the methods with uncertainty."""

import io

import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from surrogate_comparison import OURS, SPLITS, coverage, groups_of, rmse_ratio, squared_errors
from surrogate_data import NEW_CATION

STYLE = "ionlink.figures"
TITLES = {
    "log-k-shipped": "log K1, knowledge base",
    "log-k-oxygen": "log K1, O-donors",
    "log-k-all": "log K1, all donors",
    "md-screen": "simulated outcomes (12)",
}
SPLIT_STYLE = {"random": ("#8A8A8A", "o"), "new cation": ("#0072B2", "s"), "new ligand": ("#D55E00", "D")}
METHOD_STYLE = {
    "ionlink": ("#000000", "-"),
    "Gaussian process": ("#0072B2", "--"),
    "ridge": ("#009E73", "-."),
    "extra trees": ("#E69F00", ":"),
    "random forest": ("#D55E00", (0, (5, 1))),
    "CatBoost, uncertain": ("#CC79A7", (0, (3, 1, 1, 1))),
}
INTERVALS = np.linspace(0.05, 0.95, 19)


def draw(predictions: pd.DataFrame, scores: pd.DataFrame) -> str:
    """SVG: one column per data set, errors above, calibration below."""
    names = [name for name in TITLES if (predictions["data"] == name).any()]
    methods = sorted(predictions["method"].unique().tolist(), key=lambda name: (name != OURS, name))
    with matplotlib.style.context(STYLE):
        figure = Figure(figsize=(2.9 * len(names) + 0.8, 6.6), layout="constrained")
        axes = figure.subplots(2, len(names), squeeze=False, height_ratios=(1.15, 1))
        for column, name in enumerate(names):
            own = predictions[predictions["data"] == name]
            _errors(axes[0][column], own, scores[scores["data"] == name], methods)
            axes[0][column].tick_params(axis="y", labelleft=column == 0)
            axes[0][column].set_title(TITLES[name], fontsize=9)
            _calibration(axes[1][column], own[own["split"] == NEW_CATION])
        axes[1][0].set_ylabel("observations inside (%), new cation")
        for place, row in (("upper center", 0), ("lower center", 1)):
            found = {label: h for a in axes[row] for h, label in zip(*a.get_legend_handles_labels(), strict=True)}
            labels = [label for label in (*SPLITS, *METHOD_STYLE) if label in found]
            handles = [found[label] for label in labels]
            figure.legend(handles, labels, loc=f"outside {place}", ncols=4, fontsize=8)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def _errors(axes: Axes, predictions: pd.DataFrame, scores: pd.DataFrame, methods: list[str]) -> None:
    """One line per method, one point per split, 95 % intervals where there are enough groups."""
    several = len(predictions["outcome"].unique()) > 1
    for place, split in enumerate(SPLITS):
        points = _points(predictions[predictions["split"] == split], scores[scores["split"] == split], several)
        if not points:
            continue
        y = [len(methods) - 1 - methods.index(name) + 0.22 * (1 - place) for name, *_ in points]
        value, lower, upper = (np.array(part, dtype=np.float64) for part in list(zip(*points, strict=True))[1:])
        bars = np.nan_to_num(np.vstack([value - lower, upper - value]))
        colour, marker = SPLIT_STYLE[split]
        axes.errorbar(value, y, xerr=bars, fmt=marker, color=colour, markersize=4, elinewidth=0.8, label=split)
    axes.set_yticks(range(len(methods)), labels=methods[::-1], fontsize=8)
    axes.set(xlim=(0, None), ylim=(-0.6, len(methods) - 0.4))
    axes.set_xlabel("RMSE / RMSE of the mean" if several else "RMSE (log units)")
    if several:
        axes.axvline(1, color="#8A8A8A", linewidth=0.8, linestyle="--")


def _points(rows: pd.DataFrame, scores: pd.DataFrame, several: bool) -> list[tuple[str, float, float, float]]:
    if not several:
        rmse = scores[scores["metric"] == "rmse"]
        return list(rmse[["method", "value", "lower", "upper"]].itertuples(index=False, name=None))
    found = []
    for name in rows["method"].unique():
        ratio = rmse_ratio(squared_errors(rows, name), squared_errors(rows, "mean"), groups_of(rows))
        found.append((str(name), ratio.value, ratio.lower, ratio.upper))
    return found


def _calibration(axes: Axes, rows: pd.DataFrame) -> None:
    axes.plot([0, 100], [0, 100], color="#8A8A8A", linewidth=0.8)
    for name, own in rows.groupby("method"):
        if own["standard_deviation"].notna().all():
            colour, line = METHOD_STYLE[str(name)]
            observed = [100 * coverage(own, interval) for interval in INTERVALS]
            width = 2.0 if name == OURS else 1.2
            axes.plot(100 * INTERVALS, observed, color=colour, linestyle=line, linewidth=width, label=str(name))
    axes.set(xlabel="central interval (%)", xlim=(0, 100), ylim=(0, 100))
