"""Surrogates on disk: JSON for what was observed, tensors for what was learned, nothing pickled, and hashes of both.

Gaussian processes and deep ensembles keep what they learned as tensors. Models of scikit-learn have no form on disk
that is not code; they are fitted again to the stored rows with the stored seed, which gives the same (on the same
versions of NumPy and scikit-learn), and loading checks that it does.

Hashes notice files that were damaged or edited. They do not prove who wrote them: whoever edits one can hash it anew.
"""

import hashlib
import json
import pickle
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import sklearn
import torch
from pydantic import BaseModel, ConfigDict, PlainSerializer, ValidationError

from ionlink.data import cations, ligands, outcomes
from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.data.molecule import is_canonical
from ionlink.data.observation import Observation, Ranking
from ionlink.data.own_tables import OWN_FOLDER_VARIABLE, own_folder
from ionlink.models.beside import Beside
from ionlink.models.domain import Domain
from ionlink.models.inputs import InputScaling
from ionlink.models.kinds import LearnedOutcome, Task, learner
from ionlink.models.pair_rows import rows_of

if TYPE_CHECKING:
    from ionlink.models.surrogate import Surrogate

FORMAT = 10
DESCRIPTION = "surrogate.json"
TENSORS = "state.pt"
SUMS = "SHA256SUMS"
"""Hashes of the two others, as `sha256sum --check` reads them."""

HASHED = (DESCRIPTION, TENSORS)

SAME = 1e-6
"""Predictions of a model that was fitted again may differ by this share of their range: rounding on another machine."""


def _in_order(value: object) -> object:
    """With names of sets in alphabetical order, so that the same surrogate gives the same file."""
    if isinstance(value, Domain):
        return _in_order(value.model_dump())
    if isinstance(value, Mapping):
        return {name: _in_order(item) for name, item in sorted(value.items())}
    return sorted(value) if isinstance(value, frozenset) else value


class _Description(BaseModel):
    """Contents of `surrogate.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    model: str
    """Kind of model, of `ionlink.models.kinds.KINDS`."""

    scikit_learn: str
    """Version that fitted."""

    seed: int
    scaling: InputScaling
    observations: tuple[Observation, ...]
    left_out: dict[str, str]
    rows: dict[str, tuple[Observation, ...]]
    """On the scale that each outcome is learned on."""

    inputs: dict[str, list[list[float]]]
    """Training inputs per outcome: they show whether the descriptors are still the same."""

    domains: dict[str, Annotated[Domain, PlainSerializer(_in_order)]]
    """Where predictions hold, per outcome; for readers, since rows say the same."""

    beside: tuple[Observation, ...] = ()
    """Of other levels, for a kind of model that learns from them too."""

    rankings: tuple[Ranking, ...] = ()

    means: dict[str, list[float]]
    """Predictions of the training rows per outcome, of models that are fitted again when they are loaded."""

    @property
    def formulations(self) -> Iterator[Formulation]:
        """All that something is said of."""
        yield from (o.formulation for o in (*self.observations, *self.beside))
        yield from (f for r in self.rankings for f in (r.higher, r.lower))


def save(surrogate: "Surrogate", directory: Path) -> None:
    """Write a surrogate into a new or empty directory; refuses one that already holds a surrogate."""
    if (directory / DESCRIPTION).exists():
        raise InputError(f"{directory} already holds a surrogate; choose another directory")
    if directory.exists() and not directory.is_dir():
        raise InputError(f"{directory} is a file; choose another name for the directory")
    directory.mkdir(parents=True, exist_ok=True)
    models = surrogate.models
    description = _Description(
        format=FORMAT,
        model=surrogate.kind,
        scikit_learn=sklearn.__version__,
        seed=surrogate.seed,
        scaling=surrogate.scaling,
        observations=surrogate.observations,
        left_out=dict(surrogate.left_out),
        rows={outcome: model.rows for outcome, model in models.items()},
        inputs={
            outcome: surrogate.inputs([o.formulation for o in model.rows]).tolist() if model.rows else []
            for outcome, model in models.items()
        },
        domains={outcome: model.domain for outcome, model in models.items()},
        beside=surrogate.beside.observations,
        rankings=surrogate.beside.rankings,
        means={
            outcome: _training_means(model.learned, model.rows, surrogate.scaling)
            for outcome, model in models.items()
            if model.learned.refitted
        },
    )
    torch.save({outcome: dict(model.learned.state()) for outcome, model in models.items()}, directory / TENSORS)
    (directory / DESCRIPTION).write_text(description.model_dump_json(indent=1), encoding="utf-8")
    (directory / SUMS).write_text("".join(_sums(directory)), encoding="utf-8")


def load(directory: Path) -> "Surrogate":
    """Rebuild the models from their training rows and give them their learned state.

    Raises:
        InputError: with one line: a file is missing, is of another format, or is not as `save` left it.
    """
    from ionlink.models.surrogate import Surrogate, everything_told, outcome_model

    read = _read(directory)
    kind = learner(read.model)
    _check_known(read, directory)
    _check_descriptors(read)
    states = _states(directory / TENSORS)
    beside = Beside(read.beside, read.rankings)
    told = everything_told(read.observations, beside, read.model)
    models = {}
    for outcome, rows in read.rows.items():
        task = Task(outcome, rows, read.scaling, read.seed, everything=told)
        models[outcome] = outcome_model(task, kind.restored(task, states[outcome]))
        if kind.refitted:
            _check_refit(outcome, models[outcome].learned, read)
    return Surrogate(models, read.scaling, read.observations, read.left_out, read.seed, read.model, beside)


def _training_means(learned: LearnedOutcome, rows: Sequence[Observation], scaling: InputScaling) -> list[float]:
    inputs = rows_of(learned.sees, [o.formulation for o in rows], scaling)
    means: list[float] = learned.posterior().marginals(inputs)[0].tolist()
    return means


def _check_refit(outcome: str, learned: LearnedOutcome, read: _Description) -> None:
    now, saved = _training_means(learned, read.rows[outcome], read.scaling), read.means.get(outcome, [])
    spread = float(np.ptp(saved)) if saved else 0.0
    if len(now) != len(saved) or not np.allclose(now, saved, rtol=0, atol=SAME * spread):
        raise InputError(
            f"{outcome}: fitted again with scikit-learn {sklearn.__version__} it is not what scikit-learn "
            f"{read.scikit_learn} fitted when it was saved; load it with that version, or fit and save again"
        )


def _read(directory: Path) -> _Description:
    path = directory / DESCRIPTION
    if not path.exists():
        raise InputError(f"{directory} holds no surrogate: there is no {DESCRIPTION}")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path}: not JSON ({error})") from error
    written = content.get("format") if isinstance(content, dict) else None
    if written != FORMAT:
        raise InputError(f"{path}: format {written}, this version reads format {FORMAT}; fit again")
    _check_unchanged(directory)
    try:
        return _Description.model_validate(content)
    except ValidationError as error:
        raise InputError(f"{path}: {fault['loc']}: {fault['msg']}" for fault in error.errors()) from error


def _check_unchanged(directory: Path) -> None:
    absent = [name for name in (TENSORS, SUMS) if not (directory / name).is_file()]
    if absent:
        raise InputError(f"{directory}: {' and '.join(absent)} missing; copy the whole folder, or fit and save again")
    saved = (directory / SUMS).read_bytes()
    changed = [name for name, line in zip(HASHED, _sums(directory), strict=True) if line.encode() not in saved]
    if changed:
        raise InputError(
            f"{directory}: {' and '.join(changed)} not as saved (SHA-256 differs); do not use it, fit and save again"
        )


def _sums(directory: Path) -> list[str]:
    """A line for each hashed file."""
    return [f"{hashlib.sha256((directory / name).read_bytes()).hexdigest()}  {name}\n" for name in HASHED]


def _states(path: Path) -> dict[str, dict[str, torch.Tensor]]:
    try:
        states: dict[str, dict[str, torch.Tensor]] = torch.load(path, weights_only=True)
    except pickle.UnpicklingError as error:
        raise InputError(f"{path}: holds more than tensors, which could be code and is not run") from error
    return states


def _check_known(description: _Description, directory: Path) -> None:
    formulations = list(description.formulations)
    unknown = [("cation", name) for name in {c for f in formulations for c in f.shares} - cations().keys()]
    polymers_or_molecules = {f.ligand for f in formulations} - ligands().keys()
    unknown += [("ligand", name) for name in polymers_or_molecules if not is_canonical(name)]
    unknown += [("outcome", name) for name in description.rows.keys() - outcomes().keys()]
    if unknown:
        raise InputError(
            f"{directory}: was trained with {what} {name}, which is neither shipped nor in the data folder "
            f"({own_folder()}); import it, or set {OWN_FOLDER_VARIABLE} to the folder that has it"
            for what, name in sorted(unknown)
        )


def _check_descriptors(description: _Description) -> None:
    for outcome, rows in description.rows.items():
        if not rows:  # of bounds and rankings alone
            continue
        current = description.scaling.transform([o.formulation for o in rows])
        saved = np.asarray(description.inputs[outcome])
        if saved.shape != current.shape or not np.allclose(saved, current, rtol=0, atol=1e-9):
            raise InputError(f"the descriptors of {outcome}'s training data changed since it was saved; fit again")
