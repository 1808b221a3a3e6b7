"""What the predictions of `surrogates.py` come to: metrics, paired comparisons, goals, tables and the figure."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from surrogate_data import NEW_CATION, NEW_LIGAND, RANDOM, oxygen_donors_only, simulations
from surrogate_methods import METHOD_NAMES, OF_MOLECULES

from ionlink.data import InputError
from ionlink.models.metrics import metrics
from ionlink.models.student import halves_of

Floats = NDArray[np.float64]

OURS = "ionlink"
MARK = "<!-- below: printed by benchmarks/surrogates.py -->"
SPLITS = (RANDOM, NEW_CATION, NEW_LIGAND)
DATA_SETS = ("log-k-shipped", "log-k-oxygen", "log-k-all", "log-k-other", "md-screen")
UNCERTAIN_METRICS = ("log_score", "crps", "coverage", "width")
RESAMPLES = 2000
RESAMPLES_OF_METRICS = 200
MINIMUM_GROUPS = 5

WANTED_RATIO, WANTED_COVERAGE = 0.85, (0.87, 0.93)
"""Goals: RMSE over that of the best peer (O-donors), and coverage of 90 % intervals."""


@dataclass(frozen=True)
class Ratio:
    """RMSE of one method over that of another (geometric mean over outcomes), with a 95 % interval."""

    value: float
    lower: float
    upper: float
    """Paired bootstrap over groups; NaN with fewer than `MINIMUM_GROUPS`."""


@dataclass(frozen=True)
class Hardest:
    """The group, such as a ligand, that carries most of ionlink's squared error."""

    group: str
    share: float
    """Of the squared error; of several outcomes the mean."""

    ratio_without: float
    """Of RMSE over all other groups."""


@dataclass(frozen=True)
class Comparison:
    """ionlink against the best of its peers, which is chosen after the fact and so in the peers' favour."""

    data: str
    split: str
    outcome: str
    """`all` for the geometric mean over several."""

    peer: str
    ratio: Ratio
    coverage_90: float
    """Of ionlink's 90 % intervals."""

    noise: float
    """Root mean square standard error of what was held out, over ionlink's RMSE; NaN where none is known.

    Near 1 nothing is left to be predicted better, and who is ahead of whom is chance.
    """

    hardest: Hardest
    """The group that carries most of ionlink's squared error."""


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


def load(out: Path) -> pd.DataFrame:
    """Predictions of every method that has finished all folds of a split, one row per held-out value."""
    frames = []
    for stated in sorted(out.glob("predictions/*/data.json")):
        expected = json.loads(stated.read_text(encoding="utf-8"))["folds"]
        for folder in sorted(path for path in stated.parent.glob("*/*") if path.is_dir()):
            files = sorted(folder.glob("*.csv"))
            if len(files) == expected[folder.parent.name.replace("-", " ")]:
                frames += [pd.read_csv(file) for file in files]
    if not frames:
        return pd.DataFrame()
    table = pd.concat(frames, ignore_index=True)
    everything = table[table["data"] == "log-k-all"]
    oxygen = {smiles: oxygen_donors_only(smiles) for smiles in everything["ligand"].unique()}
    other = everything[~everything["ligand"].map(oxygen).astype(bool)].assign(data="log-k-other")
    return pd.concat([with_errors(table), other], ignore_index=True)


def with_errors(table: pd.DataFrame) -> pd.DataFrame:
    """Predictions with the standard errors of simulated values, which others have none of."""
    known = {(o.outcome, place): o.standard_error for place, row in enumerate(simulations().rows) for o in row}
    errors = [
        known[outcome, row] if data == "md-screen" else np.nan
        for data, outcome, row in zip(table["data"], table["outcome"], table["row"], strict=True)
    ]
    return table.assign(standard_error=errors)


def parts(predictions: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Data set, split and predictions, in the order of the tables."""
    for data in DATA_SETS:
        for split in SPLITS:
            rows = predictions[(predictions["data"] == data) & (predictions["split"] == split)]
            if len(rows):
                yield data, split, rows


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


def squared_errors(rows: pd.DataFrame, method: str) -> Floats:
    """Of one method on one split, `n x m`; of predicting the training mean, which each method tells, with `mean`."""
    own = rows[rows["method"] == (rows["method"].iloc[0] if method == "mean" else method)]
    error = own["observed"] - own["training_mean" if method == "mean" else "mean"]
    return own.assign(square=error**2).pivot_table(index="row", columns="outcome", values="square").to_numpy()


def rmse_ratio(ours: Floats, theirs: Floats, groups: Sequence[str], seed: int = 0) -> Ratio:
    """Of two methods' `n x m` squared errors; groups are drawn with replacement, for both alike."""
    _, group_of = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    count = int(group_of.max()) + 1
    members = np.eye(count)[group_of]
    mine, others = members.T @ ours, members.T @ theirs
    value = float(_ratio(np.ones((1, count)), mine, others)[0])
    if count < MINIMUM_GROUPS:
        return Ratio(value, float("nan"), float("nan"))
    times = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
    lower, upper = np.quantile(_ratio(times, mine, others), (0.025, 0.975)).tolist()
    return Ratio(value, lower, upper)


def hardest(ours: Floats, theirs: Floats, groups: Sequence[str]) -> Hardest:
    """Of two methods' `n x m` squared errors the group with the largest share in those of the first."""
    label = np.asarray(groups, dtype=str)
    shares = {name: float((ours[label == name].sum(axis=0) / ours.sum(axis=0)).mean()) for name in np.unique(label)}
    most = max(shares, key=lambda name: shares[name])
    others = label != most
    ratio = float(_ratio(others[np.newaxis], ours, theirs)[0]) if others.any() else float("nan")
    return Hardest(most, shares[most], ratio)


def _ratio(times: NDArray[np.number | np.bool_], mine: Floats, others: Floats) -> Floats:
    """Geometric mean over outcomes, for each way of drawing groups."""
    ratio: Floats = np.exp(0.5 * np.log((times @ mine) / (times @ others)).mean(axis=1))
    return ratio


def groups_of(rows: pd.DataFrame) -> list[str]:
    """Group of each of the `n` rows of `squared_errors`."""
    return rows.drop_duplicates("row").sort_values("row")["group"].astype(str).tolist()


def comparisons(predictions: pd.DataFrame) -> Iterator[Comparison]:
    """Ionlink against its best peer on every data set, split and outcome where both are finished."""
    for data, split, rows in parts(predictions):
        peers = [name for name in rows["method"].unique() if name != OURS]
        if OURS not in rows["method"].unique() or not peers:
            continue
        outcomes = rows["outcome"].unique().tolist()
        chosen = [(name, rows[rows["outcome"] == name]) for name in outcomes]
        for outcome, own in [*chosen, *([("all", rows)] if len(outcomes) > 1 else [])]:
            errors = {name: squared_errors(own, name) for name in (OURS, *peers)}
            best = min(peers, key=lambda name: float(np.log(errors[name].mean(axis=0)).mean()))
            pair, groups = (errors[OURS], errors[best]), groups_of(own)
            ours = own[own["method"] == OURS]
            covered, noise = coverage(ours, 0.9), noise_share(ours)
            yield Comparison(
                data, split, str(outcome), best, rmse_ratio(*pair, groups), covered, noise, hardest(*pair, groups)
            )


def coverage(rows: pd.DataFrame, interval: float) -> float:
    """Share of observations inside the central interval of their predictions."""
    return float(((rows["observed"] - rows["mean"]).abs() <= halves_of(rows, interval)).mean())


def noise_share(rows: pd.DataFrame) -> float:
    """See `Comparison.noise`; of several outcomes the geometric mean."""
    errors = rows.assign(noise=rows["standard_error"] ** 2, square=(rows["observed"] - rows["mean"]) ** 2)
    means = errors.groupby("outcome")[["noise", "square"]].mean()
    return float(np.exp(0.5 * np.log(means["noise"] / means["square"]).mean(skipna=False)))


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
