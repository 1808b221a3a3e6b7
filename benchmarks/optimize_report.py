"""What the runs of `optimize.py` come to: shares of the best, paired differences, costs, and where they were made."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from optimize_evaluation import Problem
from optimize_methods import ADAPTERS, OURS
from optimize_problems import PROBLEMS, problem
from optimize_scores import best

from ionlink.data import InputError

Floats = NDArray[np.float64]

MARK = "<!-- below: printed by benchmarks/optimize.py -->"
RESAMPLES = 10_000
REACHED = 0.6
"""Share of the best whose cost is reported."""

UNIT_OF_BUDGET = {"levels": "cost", "replicates": "replicates"}


def report(out: Path, figure: Path | None) -> str:
    """Write `results.json` into `out`, and the figure; the tables as Markdown."""
    runs = load(out)
    if runs.empty:
        return f"nothing is finished in {out}"
    tables = {name: compared(runs, name) for name in PROBLEMS if (runs["problem"] == name).any()}
    found = {name: json.loads(table.to_json(orient="records")) for name, table in tables.items()}
    (out / "results.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    if figure is not None:
        from optimize_figure import draw

        figure.write_text(draw(runs), encoding="utf-8")
    parts = [
        text for name, table in tables.items() for text in (f"### {name}", stated(problem(name)), formatted(table))
    ]
    return "\n\n".join([*parts, "### Cost", costs(runs), "### Where and what", conditions(out)])


def write_into(document: Path, text: str, mark: str = MARK) -> None:
    """Put the tables into a document in place of all that stands below the line `mark`."""
    above, found, _ = document.read_text(encoding="utf-8").partition(mark)
    if not found:
        raise InputError(f"{document}: has no line '{mark}' below which tables could go")
    document.write_text(f"{above}{mark}\n\n{text}\n", encoding="utf-8")


def check_same_problems(out: Path) -> None:
    """Raise `InputError` where `out` holds runs of problems that are others by now, such as after new data."""
    others = [
        run["problem"]
        for run in finished(out)
        if run["fingerprint"] != problem(run["problem"], run["seed"]).fingerprint
    ]
    if others:
        counts = {name: others.count(name) for name in PROBLEMS if name in others}
        raise InputError(
            f"{out}: {count} runs of {name} are of another problem of that name; give another --out"
            for name, count in counts.items()
        )


def load(out: Path) -> pd.DataFrame:
    """One row per batch of every run: problem, method, seed, spent, share, regret, failed, cpu_s, peak_mb."""
    rows: list[dict[str, Any]] = []
    for run in finished(out):
        of = {name: run[name] for name in ("problem", "method", "seed")}
        for number, step in enumerate(run["steps"]):
            kept = ("spent", "share", "regret", "failed", "cpu_s", "peak_mb")
            rows.append(of | {"step": number} | {name: step[name] for name in kept})
    return pd.DataFrame(rows)


def curves(rows: pd.DataFrame, at: Floats, value: str = "share") -> dict[int, Floats]:
    """By seed, what was reached when each of the `k` budgets `at` was spent, of one method on one problem."""
    found = {}
    for seed, own in rows.sort_values("step").groupby("seed"):
        spent, reached = own["spent"].to_numpy(dtype=np.float64), own[value].to_numpy(dtype=np.float64)
        found[int(str(seed))] = reached[np.searchsorted(spent, at + 1e-9, side="right") - 1]
    return found


def compared(runs: pd.DataFrame, name: str) -> pd.DataFrame:
    """One row per method, ours first, then by what was reached.

    Columns: method, seeds; final and its standard error, area (mean share over the budget), regret (of the first goal
    alone), until (median budget until `REACHED` of the best), failed (evaluations per run that gave nothing); then
    ours minus the method's on the same seeds, final and area, each with a 95 % interval, and the budget after which
    our mean is at the method's final mean.
    """
    of = problem(name)
    at = np.linspace(0, of.budget, 4 * int(of.budget / of.levels[-1].cost) + 1)
    own = runs[runs["problem"] == name]
    shares = {str(method): curves(rows, at) for method, rows in own.groupby("method")}
    regrets = {str(method): curves(rows, at, "regret") for method, rows in own.groupby("method")}
    failed = own.groupby(["method", "seed"])["failed"].sum().groupby("method").mean()
    rows = []
    for method, by_seed in shares.items():
        table = np.array(list(by_seed.values()))
        final = table[:, -1]
        row: dict[str, object] = {
            "method": method,
            "seeds": len(by_seed),
            "final": final.mean(),
            "standard_error": final.std(ddof=1) / np.sqrt(len(final)) if len(final) > 1 else np.nan,
            "area": table.mean(),
            "regret": np.mean([curve[-1] for curve in regrets[method].values()]),
            "until": np.median([_until(curve, at, REACHED) for curve in by_seed.values()]),
            "failed": failed[method],
        }
        rows.append(row | _against(shares.get(OURS, {}), by_seed, at, method))
    frame = pd.DataFrame(rows)
    first = frame["method"].str.startswith(OURS)
    return frame.assign(first=first).sort_values(["first", "final"], ascending=False).drop(columns="first")


def difference(ours: Sequence[float], theirs: Sequence[float], seed: int = 0) -> tuple[float, float, float]:
    """Mean paired difference and its 95 % interval by bootstrap over the pairs."""
    pairs = np.array(ours) - np.array(theirs)
    drawn = np.random.default_rng(seed).choice(pairs, (RESAMPLES, len(pairs))).mean(axis=1)
    lower, upper = np.quantile(drawn, (0.025, 0.975)).tolist()
    return float(pairs.mean()), lower, upper


def _against(
    ours: dict[int, Floats], theirs: dict[int, Floats], at: Floats, method: str
) -> dict[str, float | tuple[float, float, float]]:
    seeds = sorted(set(ours) & set(theirs))
    if method == OURS or not seeds:
        return {}
    mine, others = (np.array([table[seed] for seed in seeds]) for table in (ours, theirs))
    return {
        "ahead": difference(mine[:, -1], others[:, -1]),
        "area_ahead": difference(mine.mean(axis=1), others.mean(axis=1)),
        "needed": _until(mine.mean(axis=0), at, others[:, -1].mean()),
    }


def _until(curve: Floats, at: Floats, wanted: float) -> float:
    """Budget at which a curve first reaches what is wanted; infinite where it never does."""
    reached = np.flatnonzero(curve >= wanted)
    return float(at[reached[0]]) if len(reached) else np.inf


def stated(of: Problem) -> str:
    """What a problem is, in a line or two."""
    title = str((PROBLEMS[of.name].__doc__ or "").strip().split("\n")[0])
    if of.drawn is not None:
        return f"{title} Goals: {', '.join(f'{g.goal} {g.outcome}' for g in of.goals)}."
    goals = ", ".join(
        f"{g.goal} {g.outcome}"
        + (f" {g.lower:g}–{g.upper:g}" if g.goal == "window" else "")
        + f" (from {g.reference:g})"
        for g in of.goals
    )
    parts = [
        title,
        f"Goals: {goals}." + "".join(f" Limit: {c.outcome} at most {c.upper:g}." for c in of.limits),
        f"Best possible hypervolume {best(of):.4g}, found on {len(of.everything):,} formulations.",
    ]
    return " ".join(parts)


def formatted(table: pd.DataFrame) -> str:
    """Markdown of `compared`."""
    lines = [
        "| method | seeds | final share | area | regret, first goal | budget to "
        f"{REACHED:g} | failed | ionlink ahead, final | ionlink ahead, area | ionlink needs |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in table.to_dict("records"):
        cells = [
            str(row["method"]),
            str(row["seeds"]),
            f"{row['final']:.3f}" + (f" ± {row['standard_error']:.3f}" if np.isfinite(row["standard_error"]) else ""),
            f"{row['area']:.3f}",
            f"{row['regret']:.3f}",
            _budget(row["until"]),
            f"{row['failed']:.1f}",
            _interval(row.get("ahead")),
            _interval(row.get("area_ahead")),
            _budget(row.get("needed", np.nan)),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def costs(runs: pd.DataFrame) -> str:
    """Markdown: CPU seconds per ask of each method, medians on each problem and 90 % of all, and its peak memory."""
    asked = runs[runs["cpu_s"].notna()].astype({"cpu_s": float})
    asked = asked.assign(method=asked["method"].str.split(" ").str[0])
    medians = asked.pivot_table(index="method", columns="problem", values="cpu_s", aggfunc="median")
    problems = [name for name in PROBLEMS if name in medians]
    headings = ["method", "asks", *(f"`{name}`" for name in problems), "90 % of all", "peak memory, MB"]
    lines = [f"| {' | '.join(headings)} |", f"|---|{'--:|' * (len(headings) - 1)}"]
    for method in (name for name in ADAPTERS if name in medians.index):
        own, found = asked[asked["method"] == method], medians.loc[method, problems]
        cells = [str(len(own)), *("" if np.isnan(cpu) else f"{cpu:.2f}" for cpu in found)]
        cells += [f"{own['cpu_s'].quantile(0.9):.2f}", f"{own['peak_mb'].max():.0f}"]
        lines.append(f"| {method} | {' | '.join(cells)} |")
    return "\n".join(["CPU seconds per ask of four, medians on each problem:", "", *lines])


def conditions(out: Path) -> str:
    """Markdown: versions of each method, the commit and the machine of its runs."""
    found: dict[tuple[str, ...], int] = {}
    for run in finished(out):
        versions = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
        key = (run["method"].split(" ")[0], versions, run["commit"], run["machine"])
        found[key] = found.get(key, 0) + 1
    lines = ["| method | versions | commit | machine | runs |", "|---|---|---|---|--:|"]
    return "\n".join([*lines, *(f"| {' | '.join(key)} | {count} |" for key, count in sorted(found.items()))])


def finished(out: Path) -> Iterator[dict[str, Any]]:
    """Every run that `out` holds, as `optimize_run.run` gives it."""
    for path in sorted(out.glob("runs/*/*/*.json")):
        yield json.loads(path.read_text(encoding="utf-8"))


def _budget(value: float) -> str:
    return "" if np.isnan(value) else "not reached" if np.isinf(value) else f"{value:.3g}"


def _interval(found: object) -> str:
    if not isinstance(found, tuple):
        return ""
    value, lower, upper = found
    return f"{value:+.3f} ({lower:+.3f} to {upper:+.3f})"
