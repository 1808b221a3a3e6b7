"""Predictions of `surrogates.py` as they lie on disk, and paired comparisons of ionlink with its peers."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from surrogate_data import NEW_CATION, NEW_LIGAND, RANDOM, oxygen_donors_only, simulations

from ionlink.models.student import halves_of

Floats = NDArray[np.float64]

OURS = "ionlink"
SPLITS = (RANDOM, NEW_CATION, NEW_LIGAND)
DATA_SETS = ("log-k-shipped", "log-k-oxygen", "log-k-all", "log-k-other", "md-screen")
RESAMPLES = 2000
MINIMUM_GROUPS = 5


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
