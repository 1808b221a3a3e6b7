"""Refits a surrogate without each fold, and predicts what that fold held out.

Everything is learned anew inside a fold: `fit` gets the training observations and nothing else. What is tuned or
chosen must be tuned inside of `fit` too, see `select_model`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
import pandas as pd

from ionlink.data.errors import InputError
from ionlink.data.formulation import CONDITIONS, Formulation
from ionlink.data.formulation_columns import NUMBERS
from ionlink.data.observation import Observation
from ionlink.data.outcome_scale import learned, scale_of
from ionlink.models.errors import FitFailed
from ionlink.models.formulation_table import Floats
from ionlink.models.splits import Split
from ionlink.models.student import COLUMN, crps, degrees_of

HELD_OUT_COLUMNS = (
    *("outcome", "split", "fold", "group", "cation", "ligand", "ratio", *CONDITIONS, "observed", "standard_error"),
    *("mean", "standard_deviation", COLUMN, "in_domain", "training_mean", "model"),
)


class Predictor(Protocol):
    """What `fit` returns: a `Surrogate`, or whatever predicts as it does."""

    @property
    def predict(self) -> Callable[..., pd.DataFrame]:
        """Takes formulations and `noisy`, and gives a table as `Surrogate.predict` does."""


Fit = Callable[[Sequence[Observation]], Predictor]
"""Learns from observations of one outcome; raises `FitFailed` where it cannot."""

Progress = Callable[[int, int, str], None]
"""Called with the folds done, the folds in all, and what was just done."""


@dataclass(frozen=True)
class FoldFailure:
    """A fold of one outcome that could not be fitted or predicted: its observations have no prediction."""

    outcome: str
    split: str
    fold: str

    held_out: int
    """Observations without a prediction."""

    reason: str


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """Predictions of held-out observations."""

    predictions: pd.DataFrame
    """One row per split and held-out observation, columns `HELD_OUT_COLUMNS`.

    observed, standard_error, mean, standard_deviation (of a new observation, its noise included; Student's with
    degrees_of_freedom, a Gaussian where they are infinitely many) and training_mean (plain mean of the training
    observations) are on the scale that the outcome is learned on: in its unit, or the decimal logarithm of what is
    compared by factors. group is what the split never divides; model is what was chosen
    where `fit` chooses, else empty.
    """

    failures: tuple[FoldFailure, ...]

    @property
    def chosen(self) -> pd.DataFrame:
        """Model chosen in each fold, one row per outcome, split and fold; empty where nothing was to be chosen."""
        columns = ["outcome", "split", "fold", "model"]
        rows = self.predictions.loc[self.predictions["model"] != "", columns]
        return rows.drop_duplicates().reset_index(drop=True)


def cross_validate(
    observations: Sequence[Observation],
    fit: Fit,
    splits: Sequence[Split],
    *,
    outcomes: Sequence[str] | None = None,
    folds: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> CrossValidation:
    """Predict every value (bounds are learned from, not predicted) by a surrogate that did not see its fold.

    Args:
        observations: `n` observations of one level.
        fit: Called once per outcome, split and fold with the training observations of that outcome.
        splits: Each with labels for these `n` observations.
        outcomes: To be validated; by default all that have a value.
        folds: Labels of the folds to be predicted; by default all.
        progress: Told after every fold.

    Returns:
        Predictions, and the folds that failed with the reason.

    Raises:
        InputError: for an outcome of which nothing was observed, or a split of other observations.
    """
    known = tuple(dict.fromkeys(o.outcome for o in observations if o.bound == "="))
    _check(observations, splits, outcomes or (), known)
    tasks = [
        (name, split, fold)
        for name in outcomes or known
        for split in splits
        for fold in split.fold_names
        if folds is None or fold in folds
    ]
    frames: list[pd.DataFrame] = []
    failures: list[FoldFailure] = []
    for number, (outcome, split, fold) in enumerate(tasks, start=1):
        training, held_out = _divided(observations, outcome, split, fold)
        if held_out:
            try:
                frames.append(_predicted(training, held_out, fit).assign(outcome=outcome, split=split.name, fold=fold))
            except (FitFailed, InputError) as error:
                failures.append(FoldFailure(outcome, split.name, fold, len(held_out), _one_line(error)))
        if progress:
            progress(number, len(tasks), f"{outcome}, {split.name}")
    table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(HELD_OUT_COLUMNS))
    return CrossValidation(table[list(HELD_OUT_COLUMNS)], tuple(failures))


@dataclass(frozen=True, eq=False)
class SelectedModel:
    """What `select_model` fits: the chosen model, and its name."""

    name: str

    model: Predictor

    @property
    def predict(self) -> Callable[..., pd.DataFrame]:
        """That of the chosen model."""
        return self.model.predict


def select_model(candidates: Mapping[str, Fit], inner_split: Callable[[Sequence[Observation]], Split]) -> Fit:
    """A `fit` that chooses among named models by inner cross-validation, then refits the best on all it was given.

    Passed to `cross_validate` it makes nested cross-validation: the outer fold is never seen by the choice, so that
    the outer predictions judge the choosing as well (Varma & Simon 2006, doi:10.1186/1471-2105-7-91). The measure is
    the mean CRPS of held-out observations, which rewards accuracy and honest uncertainty alike.
    `inner_split` should ask the same question as the outer split. A model that fails in one inner fold is not
    chosen; where all fail, `FitFailed` names the reasons.
    """
    return partial(_selected, candidates=candidates, inner_split=inner_split)


def predict_observations(model: Predictor, formulations: Sequence[Formulation]) -> pd.DataFrame:
    """What `model` says of new observations, noise included; a table as that of `Surrogate.predict`."""
    return model.predict(formulations, noisy=True)


def _check(
    observations: Sequence[Observation], splits: Sequence[Split], outcomes: Sequence[str], known: Sequence[str]
) -> None:
    faults = [f"outcome: nothing was observed of {name}" for name in outcomes if name not in known]
    faults += [
        f"{split.name}: labels for {len(split.folds)} observations, but {len(observations)} are given"
        for split in splits
        if len(split.folds) != len(observations)
    ]
    if faults:
        raise InputError(faults)


_HeldOut = Sequence[tuple[Observation, str]]
"""Observations that a fold holds out, each with its group."""


def _divided(
    observations: Sequence[Observation], outcome: str, split: Split, fold: str
) -> tuple[list[Observation], _HeldOut]:
    """Training observations of one outcome, bounds included, and its held-out values."""
    rows = zip(observations, split.learned_from(fold), split.held_out(fold), split.groups, strict=True)
    own = [row for row in rows if row[0].outcome == outcome]
    training = [o for o, learned, _, _ in own if learned]
    return training, [(o, group) for o, _, held, group in own if held and o.bound == "="]


def _predicted(training: Sequence[Observation], held_out: _HeldOut, fit: Fit) -> pd.DataFrame:
    values = [o.value for o in learned(training) if o.bound == "="]
    outcome = held_out[0][0].outcome
    if not values:
        raise FitFailed(outcome, "no value is left to learn from")
    model = fit(training)
    frame = predict_observations(model, [o.formulation for o, _ in held_out])
    mean, deviation = _checked_moments(outcome, frame, len(held_out))
    observed = learned(o for o, _ in held_out)
    return pd.DataFrame(
        {
            "group": [group for _, group in held_out],
            "cation": [o.formulation.cation for o, _ in held_out],
            "ligand": [o.formulation.ligand for o, _ in held_out],
            "second_cation": pd.Series([o.formulation.second_cation for o, _ in held_out], dtype=object),
            **{
                name: np.array([getattr(o.formulation, name) for o, _ in held_out], dtype=np.float64)
                for name in NUMBERS
            },
            "observed": [o.value for o in observed],
            "standard_error": np.array([o.standard_error for o in observed], dtype=np.float64),
            "mean": mean,
            "standard_deviation": deviation,
            COLUMN: degrees_of(frame),
            "in_domain": frame["in_domain"].to_numpy(dtype=bool),
            "training_mean": float(np.mean(values)),
            "model": model.name if isinstance(model, SelectedModel) else "",
        }
    )


def _checked_moments(outcome: str, frame: pd.DataFrame, count: int) -> tuple[Floats, Floats]:
    """Predicted means and standard deviations on the scale of the outcome."""
    if len(frame) != count:
        raise FitFailed(outcome, f"{len(frame)} predictions for {count} held-out observations")
    scale, middle = scale_of(outcome), frame["mean"].to_numpy(dtype=np.float64)
    mean = scale.learned(middle)
    deviation = scale.learned_deviation(middle, frame["standard_deviation"].to_numpy(dtype=np.float64))
    if not (np.isfinite(mean) & np.isfinite(deviation) & (deviation > 0)).all():
        raise FitFailed(outcome, "a predicted mean or standard deviation is not a number, or the latter is not above 0")
    return mean, deviation


def _selected(
    training: Sequence[Observation],
    *,
    candidates: Mapping[str, Fit],
    inner_split: Callable[[Sequence[Observation]], Split],
) -> SelectedModel:
    split = inner_split(training)
    validated = {name: cross_validate(training, fit, [split]) for name, fit in candidates.items()}
    scores = {name: _inner_score(result) for name, result in validated.items()}
    best = min(scores, key=lambda name: scores[name])
    if scores[best] == float("inf"):
        raise FitFailed(training[0].outcome, "no model could be chosen: " + "; ".join(_first_failures(validated)))
    return SelectedModel(best, candidates[best](training))


def _inner_score(result: CrossValidation) -> float:
    rows = result.predictions
    if result.failures or rows.empty:
        return float("inf")
    return float(crps(rows["observed"], rows["mean"], rows["standard_deviation"], degrees_of(rows)).mean())


def _first_failures(validated: Mapping[str, CrossValidation]) -> Iterator[str]:
    for name, result in validated.items():
        if result.failures:
            yield f"{name}, fold {result.failures[0].fold}: {result.failures[0].reason}"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
