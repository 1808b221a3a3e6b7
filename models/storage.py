"""Surrogates on disk: JSON for what was observed, tensors for what was learned, nothing pickled."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, ValidationError

from ionlink.data.errors import InputError
from ionlink.data.observation import Observation
from ionlink.models.inputs import InputScaling

if TYPE_CHECKING:
    from ionlink.models.surrogate import Surrogate

FORMAT = 1
DESCRIPTION = "surrogate.json"
TENSORS = "state.pt"


class _Description(BaseModel):
    """Contents of `surrogate.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    seed: int
    scaling: InputScaling
    observations: tuple[Observation, ...]
    left_out: dict[str, str]
    rows: dict[str, tuple[Observation, ...]]
    inputs: dict[str, list[list[float]]]
    """Training inputs per outcome: they show whether the descriptors are still the same."""


def save(surrogate: "Surrogate", directory: Path) -> None:
    """Write a surrogate into a new or empty directory; refuses one that already holds a surrogate."""
    if (directory / DESCRIPTION).exists():
        raise InputError(f"{directory} already holds a surrogate; choose another directory")
    directory.mkdir(parents=True, exist_ok=True)
    description = _Description(
        format=FORMAT,
        seed=surrogate.seed,
        scaling=surrogate.scaling,
        observations=surrogate.observations,
        left_out=dict(surrogate.left_out),
        rows={outcome: model.rows for outcome, model in surrogate.models.items()},
        inputs={
            outcome: surrogate.inputs([o.formulation for o in model.rows]).tolist()
            for outcome, model in surrogate.models.items()
        },
    )
    torch.save({outcome: model.gp.state_dict() for outcome, model in surrogate.models.items()}, directory / TENSORS)
    (directory / DESCRIPTION).write_text(description.model_dump_json(indent=1), encoding="utf-8")


def load(directory: Path) -> "Surrogate":
    """Rebuild the processes from their training rows and give them their learned state."""
    from ionlink.models.surrogate import Surrogate, unfitted

    description = _read(directory / DESCRIPTION)
    _check_descriptors(description)
    states = torch.load(directory / TENSORS, weights_only=True)
    models = {outcome: unfitted(outcome, rows, description.scaling) for outcome, rows in description.rows.items()}
    for outcome, model in models.items():
        model.gp.load_state_dict(states[outcome])
        model.gp.eval()
    return Surrogate(models, description.scaling, description.observations, description.left_out, description.seed)


def _read(path: Path) -> _Description:
    if not path.exists():
        raise InputError(f"{path.parent} holds no surrogate: there is no {path.name}")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path}: not JSON ({error})") from error
    if content.get("format") != FORMAT:
        raise InputError(f"{path}: format {content.get('format')}, this version reads format {FORMAT}; fit again")
    try:
        return _Description.model_validate(content)
    except ValidationError as error:
        raise InputError(f"{path}: {fault['loc']}: {fault['msg']}" for fault in error.errors()) from error


def _check_descriptors(description: _Description) -> None:
    for outcome, rows in description.rows.items():
        current = description.scaling.transform([o.formulation for o in rows])
        saved = np.asarray(description.inputs[outcome])
        if saved.shape != current.shape or not np.allclose(saved, current, rtol=0, atol=1e-9):
            raise InputError(f"the descriptors of {outcome}'s training data changed since it was saved; fit again")
