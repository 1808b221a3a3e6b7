"""What the predictions of `surrogates.py` come to: metrics, goals, tables and the figure."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from surrogate_comparison import (
    DATA_SETS,
    OURS,
    SPLITS,
    Comparison,
    Hardest,
    Ratio,
    comparisons,
    groups_of,
    load,
    parts,
    rmse_ratio,
    squared_errors,
)
from surrogate_data import RANDOM
from surrogate_methods import METHOD_NAMES, OF_MOLECULES

from ionlink.data import InputError
from ionlink.models.metrics import metrics

MARK = "<!-- below: printed by benchmarks/surrogates.py -->"
UNCERTAIN_METRICS = ("log_score", "crps", "coverage", "width")
RESAMPLES_OF_METRICS = 200
WANTED_RATIO, WANTED_COVERAGE = 0.85, (0.87, 0.93)
"""Goals: RMSE over that of the best peer (O-donors), and coverage of 90 % intervals."""


def report(out: Path, figure: Path | None) -> str:
    """Write `metrics.csv`, `predictions.csv` and `results.json` into `out`, and the figure; the tables as Markdown."""
    predictions = load(out)
    if predictions.empty:
        return f"nothing is finished in {out}"
    scores, compared, costs = scored(predictions), list(comparisons(predictions)), cost(predictions)
    predictions.to_csv(out / "predictions.csv", index=False)
    scores.to_csv(out / "metrics.csv", index=False)
    found = {
        "metrics": _records(scores),
        "comparisons": [_flat(c) for c in compared],
        "cost": _records(costs),
        "goals": goals(compared),
    }
    (out / "results.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    if figure is not None:
        from surrogate_figure import draw

        figure.write_text(draw(predictions, scores), encoding="utf-8")
    sections = {
        "Goals": ["\n".join(found["goals"]) or "none of their parts is finished"],
        "Against the best peer": comparison_tables(compared),
        "All methods": tables(predictions, scores, costs),
        "Not run, or not finished": ["\n".join(unfinished(predictions)) or "none"],
    }
    return "\n\n".join(text for title, parts in sections.items() for text in (f"## {title}", *parts))


def write_into(document: Path, text: str) -> None:
    """Put the tables into a document in place of all that stands below the line `MARK`."""
    above, mark, _ = document.read_text(encoding="utf-8").partition(MARK)
    if not mark:
        raise InputError(f"{document}: has no line '{MARK}' below which tables could go")
    document.write_text(f"{above}{mark}\n\n{text}\n", encoding="utf-8")


def unfinished(predictions: pd.DataFrame) -> Iterator[str]:
    """Markdown: for each data set and split the methods without all of its predictions."""
    done = set(predictions[["data", "split", "method"]].drop_duplicates().itertuples(index=False, name=None))
    for data in DATA_SETS:
        names = [name for name in METHOD_NAMES if data != "md-screen" or name not in OF_MOLECULES]
        for split in SPLITS:
            missing = [name for name in names if (data, split, name) not in done]
            if missing and data != "log-k-other":
                yield f"- {data}, {split}: {', '.join(missing)}"


def scored(predictions: pd.DataFrame) -> pd.DataFrame:
    """Metrics of each method, as of `ionlink.models.metrics`, with the columns data, split and method."""
    frames = []
    for data, split, rows in parts(predictions):
        for name, own in rows.groupby("method", sort=False):
            found = metrics(own, resamples=RESAMPLES_OF_METRICS)
            if own["standard_deviation"].isna().any():
                found = found[~found["metric"].str.startswith(UNCERTAIN_METRICS)]
            frames.append(found.assign(data=data, split=split, method=name))
    return pd.concat(frames, ignore_index=True)


def cost(predictions: pd.DataFrame) -> pd.DataFrame:
    """CPU seconds for fitting and predicting a fold on one thread, all outcomes together; medians over folds."""
    folds = predictions.drop_duplicates(["data", "split", "method", "division", "fold"])
    columns = ["fit_s", "predict_s", "training_rows"]
    return folds.groupby(["data", "split", "method"], sort=False)[columns].median().reset_index()


def goals(compared: Sequence[Comparison]) -> list[str]:
    """What was set out, and whether it holds."""
    lines = []
    low, high = WANTED_COVERAGE
    for c in compared:
        if c.data == "log-k-oxygen" and c.split != RANDOM:
            lines.append(
                f"- {c.data}, {c.split}: RMSE {c.ratio.value:.2f} of {c.peer}'s (wanted: at most {WANTED_RATIO}): "
                f"{_verdict(c.ratio.value <= WANTED_RATIO)}; 90 % intervals cover {100 * c.coverage_90:.1f} % "
                f"(wanted: {100 * low:.0f} to {100 * high:.0f} %): {_verdict(low <= c.coverage_90 <= high)}"
            )
    for split in SPLITS:
        mine = [c for c in compared if c.data == "md-screen" and c.split == split and c.outcome != "all"]
        lost = [f"{c.outcome} ({c.ratio.value:.2f}, {c.peer})" for c in mine if c.ratio.value > 1]
        clearly = [c.outcome for c in mine if c.ratio.lower > 1]
        covers = [c.coverage_90 for c in compared if c.data == "md-screen" and c.split == split and c.outcome == "all"]
        if mine:
            lines.append(
                f"- md-screen, {split}: at least as good as the best peer on {len(mine) - len(lost)} of {len(mine)} "
                f"outcomes: {_verdict(not lost)}; behind on {', '.join(lost) or 'none'}; "
                f"by more than chance on {', '.join(clearly) or 'none'}; "
                f"90 % intervals cover {100 * covers[0]:.1f} %: {_verdict(low <= covers[0] <= high)}"
            )
    return lines


def _verdict(holds: bool) -> str:
    return "holds" if holds else "does not hold"


def tables(predictions: pd.DataFrame, scores: pd.DataFrame, costs: pd.DataFrame) -> Iterator[str]:
    """Markdown: for each data set and split, one row per method."""
    for data, split, rows in parts(predictions):
        one = scores[(scores["data"] == data) & (scores["split"] == split)]
        paid = costs[(costs["data"] == data) & (costs["split"] == split)].set_index("method")
        several = len(rows["outcome"].unique()) > 1
        lines = [_row(name, one, rows, paid.loc[name], several=several) for name in rows["method"].unique()]
        lines.sort(key=lambda line: line[0])
        kind, divisions = f"{rows['folds'].iloc[0]}, {rows['fold'].nunique()} folds", int(rows["division"].max()) + 1
        kind += f", {divisions} divisions" if divisions > 1 else ""
        measure = "RMSE / RMSE of the mean" if several else "RMSE"
        head = (
            f"| method | {measure} (95 %) | MAE | Spearman | log score | 50 / 80 / 90 % | fit, CPU s | predict, CPU s |"
        )
        rows_said = f"{rows['row'].nunique()} rows, {rows['group'].nunique()} groups"
        yield "\n".join(
            [f"**{data}, {split}** ({kind}, {rows_said})", "", head, "|---" * 8 + "|", *(text for _, text in lines)]
        )


def _row(name: str, scores: pd.DataFrame, rows: pd.DataFrame, paid: pd.Series, *, several: bool) -> tuple[float, str]:
    own = scores[scores["method"] == name]
    mean = own.groupby("metric")["value"].mean()
    if several:
        ratio = rmse_ratio(squared_errors(rows, name), squared_errors(rows, "mean"), groups_of(rows))
        mean = mean.drop(["mae", "log_score"], errors="ignore")  # in different units
    else:
        rmse = own[own["metric"] == "rmse"].iloc[0]
        ratio = Ratio(rmse["value"], rmse["lower"], rmse["upper"])
    covers = [mean.get(f"coverage_{percent}") for percent in (50, 80, 90)]
    cells = [
        f"**{name}**" if name == OURS else name,
        _with_interval(ratio),
        _number(mean.get("mae")),
        _number(mean.get("spearman")),
        _number(mean.get("log_score")),
        "" if covers[0] is None else " / ".join(f"{100 * c:.0f}" for c in covers),
        f"{paid['fit_s']:.2g}",
        f"{paid['predict_s']:.2g}",
    ]
    return ratio.value, "| " + " | ".join(cells) + " |"


def comparison_tables(compared: Sequence[Comparison]) -> Iterator[str]:
    """Markdown: ionlink against its best peer."""
    head = (
        "| data | split | outcome | best peer | RMSE ionlink / peer (95 %) | 90 % cover | noise / RMSE "
        "| most of the squared error, and the ratio without it |"
    )
    lines = [
        f"| {c.data} | {c.split} | {c.outcome} | {c.peer} | {_with_interval(c.ratio)} | {100 * c.coverage_90:.0f} "
        f"| {_number(c.noise)} | {_hardest(c.hardest)} |"
        for c in compared
    ]
    yield "\n".join([head, "|---" * 8 + "|", *lines])


def _hardest(found: Hardest) -> str:
    return f"`{found.group}` {100 * found.share:.0f} %, {_number(found.ratio_without)}"


def _with_interval(ratio: Ratio) -> str:
    return f"{ratio.value:.2f}" + ("" if np.isnan(ratio.lower) else f" ({ratio.lower:.2f}–{ratio.upper:.2f})")


def _number(value: float | None) -> str:
    if value is None or np.isnan(value):
        return ""
    return f"{value:.2f}" if value > -100 else "< −100"


def _records(table: pd.DataFrame) -> list[dict[str, object]]:
    return [{str(k): _plain(v) for k, v in row.items()} for row in table.to_dict("records")]


def _flat(c: Comparison) -> dict[str, object]:
    fields = {"data": c.data, "split": c.split, "outcome": c.outcome, "peer": c.peer, "coverage_90": c.coverage_90}
    fields |= {"noise": _plain(c.noise)}
    fields |= {"hardest": c.hardest.group, "hardest_share": c.hardest.share}
    fields |= {"ratio_without_hardest": _plain(c.hardest.ratio_without)}
    return fields | {"ratio": c.ratio.value, "lower": _plain(c.ratio.lower), "upper": _plain(c.ratio.upper)}


def _plain(value: object) -> object:
    """JSON has no NaN."""
    return None if isinstance(value, float) and np.isnan(value) else value
