"""The figure of `optimize.py`: share of the best possible over the budget, one panel per problem."""

import io

import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from optimize_methods import OURS
from optimize_problems import PROBLEMS, problem
from optimize_report import UNIT_OF_BUDGET, curves

STYLE = "ionlink.figures"
COLUMNS = 3
LEAST_SHARE = 0.5
"""A method with fewer of ionlink's seeds than this began from other formulations: it stands in the tables only."""

METHOD_STYLE = {
    OURS: ("#000000", "-"),
    "bofire": ("#D55E00", "-"),
    "baybe": ("#0072B2", "-"),
    "botorch-gp": ("#009E73", "-"),
    "ax": ("#CC79A7", "-"),
    "spacier": ("#E69F00", "--"),
    "optuna-gp": ("#56B4E9", "--"),
    "optuna-tpe": ("#56B4E9", ":"),
    "space-filling": ("#8A8A8A", "--"),
    "random": ("#8A8A8A", ":"),
}


def draw(runs: pd.DataFrame) -> str:
    """SVG: means over seeds, with bands of one standard error."""
    names = [name for name in PROBLEMS if (runs["problem"] == name).any()]
    with matplotlib.style.context(STYLE):
        rows = -(-len(names) // COLUMNS)
        figure = Figure(figsize=(9.0, 2.7 * rows + 0.7), layout="constrained")
        panels = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
        for axes, name in zip(panels, names, strict=False):
            _panel(axes, runs[runs["problem"] == name], name)
        for axes in panels[len(names) :]:
            axes.set_axis_off()
        found = {label: h for a in panels for h, label in zip(*a.get_legend_handles_labels(), strict=True)}
        labels = [label for label in METHOD_STYLE if label in found]
        figure.legend([found[label] for label in labels], labels, loc="outside upper center", ncols=5, fontsize=8)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def _panel(axes: Axes, runs: pd.DataFrame, name: str) -> None:
    of = problem(name)
    at = np.linspace(0, of.budget, 4 * int(of.budget / of.levels[-1].cost) + 1)
    shown = np.append(at, 1.02 * of.budget)  # so that the last batch can be seen
    seeds = runs.loc[runs["method"] == OURS, "seed"].nunique()
    for method, (colour, line) in METHOD_STYLE.items():
        table = _best_variant(runs, method, at)
        if table is None or len(table) < LEAST_SHARE * seeds:
            continue
        table = np.column_stack([table, table[:, -1]])
        mean, width = table.mean(axis=0), 2.2 if method == OURS else 1.2
        axes.plot(shown, mean, color=colour, linestyle=line, linewidth=width, drawstyle="steps-post", label=method)
        if len(table) > 1:
            error = table.std(axis=0, ddof=1) / np.sqrt(len(table))
            axes.fill_between(shown, mean - error, mean + error, color=colour, alpha=0.12, step="post", linewidth=0)
    axes.set_title(name, fontsize=9)
    axes.set(
        xlim=(0, 1.02 * of.budget), ylim=(0, 1.02), xlabel=f"{UNIT_OF_BUDGET.get(name, 'evaluations')} after the start"
    )
    axes.set_ylabel("share of best hypervolume")


def _best_variant(runs: pd.DataFrame, method: str, at: np.ndarray) -> np.ndarray | None:
    """Shares, `seeds x k`, of a method, or of the fixed number of replicates that served it best."""
    own = runs[runs["method"] == method]
    if len(own):
        return np.array(list(curves(own, at).values()))
    variants = [rows for name, rows in runs.groupby("method") if str(name).split(" ")[0] == method]
    tables = [np.array(list(curves(rows, at).values())) for rows in variants]
    return max(tables, key=lambda table: table[:, -1].mean()) if tables else None
