"""`ionlink train`: fits a surrogate, judges it on what it did not see, writes and records both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pandas as pd

from ionlink.data.errors import InputError
from ionlink.data.observation import Observation
from ionlink.data.plural import counted
from ionlink.models import Surrogate
from ionlink.models.beside import NOTHING_BESIDE, Beside
from ionlink.models.conformal import corrections
from ionlink.models.cross_validation import (
    CrossValidation,
    Fit,
    FoldFailure,
    Progress,
    SelectedModel,
    cross_validate,
    select_model,
)
from ionlink.models.errors import FitFailed
from ionlink.models.kinds import learner
from ionlink.models.learning_curve import LEARNING_COLUMNS, learning_curve
from ionlink.models.metrics import metrics
from ionlink.models.provenance import data_sha256
from ionlink.models.registered_name import checked_name
from ionlink.models.splits import Split, possible_splits, split_by_name
from ionlink.training_config import TrainingConfig
from ionlink.training_data import TrainingData, training_data

REPORT_FILE = "report.html"
METRICS_FILE = "metrics.csv"
CORRECTIONS_FILE = "corrections.csv"
PREDICTIONS_FILE = "predictions.csv"

_INNER = {"leave-one-cation-out": "cation-folds", "leave-one-ligand-out": "ligand-folds"}
"""Inner split that asks the same question as an outer one; the others are their own."""


FEWEST_PREDICTED = 5
"""A choice: of fewer held-out observations, or of fewer than half of them, a score says nothing."""


@dataclass(frozen=True)
class Predicted:
    """How many of the observations that a split holds out were predicted; the others were in folds that failed."""

    rows: int
    held_out: int

    @property
    def enough(self) -> bool:
        """Whether their scores can be told as those of all."""
        return self.rows >= FEWEST_PREDICTED and 2 * self.rows >= self.held_out

    def __str__(self) -> str:
        """Such as `12 observations` or `1 of 12 observations`."""
        of_all = "" if self.rows == self.held_out else f"{self.rows} of "
        return of_all + counted(self.held_out, "observation")


@dataclass(frozen=True, eq=False)
class Validation:
    """How well held-out observations were predicted."""

    predictions: pd.DataFrame
    """As of `CrossValidation.predictions`."""

    failures: tuple[FoldFailure, ...]

    impossible: Mapping[str, str]
    """Splits that the data do not allow, with the reason."""

    metrics: pd.DataFrame
    """As of `ionlink.models.metrics.metrics`."""

    corrections: pd.DataFrame
    """As of `ionlink.models.conformal.corrections`."""

    chosen: pd.DataFrame
    """Model chosen in each outer fold; empty where only one was given."""

    learning: pd.DataFrame
    """As of `ionlink.models.learning_curve.learning_curve`, all outcomes."""

    learning_failures: tuple[str, ...]

    def predicted(self, outcome: str, split: str) -> Predicted:
        """How many observations of an outcome were predicted by a split."""
        rows = int(((self.predictions["outcome"] == outcome) & (self.predictions["split"] == split)).sum())
        failed = sum(f.held_out for f in self.failures if (f.outcome, f.split) == (outcome, split))
        return Predicted(rows, rows + failed)


@dataclass(frozen=True, eq=False)
class Training:
    """A fitted surrogate with all that is known of how it came about."""

    config: TrainingConfig
    data: TrainingData
    surrogate: Surrogate

    model: str
    """Name of the model that was fitted."""

    validation: Validation | None

    out: Path
    files: tuple[Path, ...] = ()
    """What was written beside the surrogate."""

    registered: str = field(default="")
    """Name and version in MLflow's registry; empty without tracking."""

    @property
    def data_hash(self) -> str:
        """SHA-256 of all that was learned from, whatever its order: the one that a registered model carries."""
        return data_sha256(self.surrogate.statements)

    @property
    def learned_from(self) -> int:
        """How many of the observations were learned from: of the outcomes that were learned, bounds where they are."""
        everything = learner(self.surrogate.kind).learns_everything
        own = (o for o in self.data.observations if o.outcome in self.surrogate.outcomes)
        return sum(everything or o.bound == "=" for o in own)

    @property
    def left_aside(self) -> tuple[str, ...]:
        """As of `TrainingData.left_aside`."""
        return tuple(self.data.left_aside(learns_everything=learner(self.surrogate.kind).learns_everything))

    @property
    def name(self) -> str:
        """Of MLflow's experiment and registered model."""
        return training_name(self.config, self.data)


def train(config: TrainingConfig, progress: Progress | None = None) -> Training:
    """Fit, validate where a report is wanted, write, and record in MLflow where that is wanted.

    Nothing is written before all is computed, so that what was interrupted can be started again.

    Raises:
        InputError: the data cannot be used, or the directory for the surrogate is in use.
        FitFailed: the surrogate cannot be fitted to all data.
        NotRecorded: all is written, and MLflow's folder cannot be used.
    """
    everything = training_data(level=config.level, campaign=config.campaign, table=config.table)
    data = everything.of(config.outcome) if config.outcome else everything
    out = config.out or Path("surrogates") / data.level
    _check_unused(out)
    if config.tracking:
        _check_name(training_name(config, data))
        _check_mlruns(config.mlruns)
    model, surrogate = _fitted(config, data)
    outcomes = config.outcome or surrogate.outcomes
    validation = validate(config, data, outcomes, progress) if config.report else None
    surrogate.save(out)
    done = Training(config, data, surrogate, model, validation, out)
    if validation is not None:
        done = Training(config, data, surrogate, model, validation, out, _write(done, validation))
    if not config.tracking:
        return done
    from ionlink.training_tracking import record

    return Training(config, data, surrogate, model, validation, out, done.files, record(done))


def validate(
    config: TrainingConfig,
    data: TrainingData,
    outcomes: Sequence[str],
    progress: Progress | None = None,
) -> Validation:
    """Cross-validate by every split that is wanted and possible; learn corrections and the learning curve.

    A model that learns from other levels knows in every fold what these say, of what is held out as well. Of rankings
    it is told none: they may name what is held out. Nor, in a fold, of related outcomes at the same level.
    """
    observations, beside = data.observations, Beside(data.beside_of_others)
    splits, impossible = possible_splits(config.split, observations, folds=config.folds, seed=config.seed)
    results = [
        cross_validate(observations, fit_of(config, split.name, beside), [split], outcomes=outcomes, progress=progress)
        for split in splits
    ]
    learning, learning_failures = _learning(config, data, outcomes, progress)
    predictions = _joined(results)
    return Validation(
        predictions=predictions,
        failures=tuple(failure for result in results for failure in result.failures),
        impossible=impossible,
        metrics=metrics(predictions, seed=config.seed),
        corrections=corrections(predictions),
        chosen=CrossValidation(predictions, ()).chosen,
        learning=learning,
        learning_failures=learning_failures,
    )


def fit_of(config: TrainingConfig, split: str, beside: Beside) -> Fit:
    """How a surrogate is fitted inside of each fold of a split: by one model, or the best of several."""
    candidates = {model: partial(_fit, model=model, seed=config.seed, beside=beside) for model in config.model}
    if len(candidates) == 1:
        return next(iter(candidates.values()))
    return select_model(candidates, partial(_inner_split, name=_INNER.get(split, split), config=config))


def training_name(config: TrainingConfig, data: TrainingData) -> str:
    """Name of MLflow's experiment and registered model."""
    return config.name or f"ionlink-{data.level}"


def _check_name(name: str) -> None:
    """Before anything is fitted: a level, after which a training is called by default, may have any name."""
    try:
        checked_name(name)
    except InputError as error:
        raise InputError(f"{fault}: give another with --name" for fault in error.faults) from error


def _check_mlruns(folder: Path) -> None:
    """Before anything is fitted: a folder that cannot be made."""
    found = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not found.is_dir():
        raise InputError(f"--mlruns: {found} is a file; give a folder, or --no-tracking")


def _fit(observations: Sequence[Observation], *, model: str, seed: int, beside: Beside) -> Surrogate:
    able = learner(model).learns_everything
    return Surrogate.fit(observations, model=model, seed=seed, beside=beside if able else NOTHING_BESIDE)


def _fitted(config: TrainingConfig, data: TrainingData) -> tuple[str, Surrogate]:
    """The surrogate of all data, and the name of its model."""
    model = _chosen(config, data)
    surrogate = _fit(data.observations, model=model, seed=config.seed, beside=data.beside)
    missing = [name for name in config.outcome if name not in surrogate.outcomes]
    if missing:
        raise FitFailed.of({name: surrogate.left_out[name] for name in missing})
    return model, surrogate


def _chosen(config: TrainingConfig, data: TrainingData) -> str:
    """The model that is given, or the best of several, judged by what each learns inside of folds."""
    if len(config.model) == 1:
        return config.model[0]
    selected = fit_of(config, config.split[0], Beside(data.beside_of_others))(data.observations)
    assert isinstance(selected, SelectedModel)
    return selected.name


def _inner_split(observations: Sequence[Observation], *, name: str, config: TrainingConfig) -> Split:
    """An inner split of at most as many folds as there is something to hold out."""
    for folds in range(config.folds, 2, -1):
        splits, _ = possible_splits([name], observations, folds=folds, seed=config.seed)
        if splits:
            return splits[0]
    return split_by_name(name, observations, folds=2, seed=config.seed)


def _joined(results: Sequence[CrossValidation]) -> pd.DataFrame:
    filled = [result.predictions for result in results if len(result.predictions)]
    return pd.concat(filled, ignore_index=True) if filled else cross_validate((), _never, ()).predictions


def _never(observations: Sequence[Observation]) -> Surrogate:
    raise AssertionError(f"{len(observations)} observations without a fold")


def _learning(
    config: TrainingConfig, data: TrainingData, outcomes: Sequence[str], progress: Progress | None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    tables = [pd.DataFrame(columns=list(LEARNING_COLUMNS))]
    failures: list[str] = []
    if not config.learning_curve:
        return tables[0], ()
    fit = fit_of(config, "formulation-folds", Beside(data.beside_of_others))
    seeds = range(config.seed, config.seed + config.learning_curve)
    for outcome in outcomes:
        try:
            table, failed = learning_curve(data.observations, fit, outcome, seeds=seeds, progress=progress)
        except InputError as error:
            failures.extend(error.faults)
        else:
            tables.append(table)
            failures.extend(failed)
    filled = [table for table in tables if len(table)]
    return (pd.concat(filled, ignore_index=True) if filled else tables[0]), tuple(failures)


def _check_unused(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise InputError(f"--out: {out} is a file; give a directory that does not exist yet")
    if out.exists() and any(out.iterdir()):
        raise InputError(f"--out: {out} is not empty; give a directory that does not exist yet")


def _write(done: Training, validation: Validation) -> tuple[Path, ...]:
    """Report and tables beside the surrogate."""
    from ionlink.data.whole_file import write_whole
    from ionlink.training_report.document import report_html

    files = {
        REPORT_FILE: report_html(done),
        METRICS_FILE: validation.metrics.to_csv(index=False),
        CORRECTIONS_FILE: validation.corrections.to_csv(index=False),
        PREDICTIONS_FILE: validation.predictions.to_csv(index=False),
    }
    for name, text in files.items():
        write_whole(done.out / name, text)
    return tuple(done.out / name for name in files)
