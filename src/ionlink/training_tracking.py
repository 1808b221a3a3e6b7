"""A training in MLflow: parameters, metrics, files and the surrogate, in a SQLite file."""

import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Metric

from ionlink.code_version import code_version, git_commit
from ionlink.models.errors import NotRecorded
from ionlink.models.provenance import DATA
from ionlink.models.registry import register
from ionlink.optimize.tracking import client_of, experiment_of, log_parameters
from ionlink.optimize.tracking_trouble import TROUBLE, trouble_in_a_line
from ionlink.training import Training

METRICS_AT_ONCE = 1000
"""What MLflow takes in one batch."""


def record(training: Training) -> str:
    """Log a training as one run, and register its surrogate; returns `name version n`.

    Raises:
        NotRecorded: MLflow's folder cannot be used; what was written is where it was to be.

    """
    mlruns = training.config.mlruns.absolute()
    try:
        return _recorded(training, mlruns)
    except TROUBLE as error:
        raise NotRecorded(
            f"{mlruns}: MLflow cannot record there: {trouble_in_a_line(error)}; the surrogate is in {training.out}"
        ) from error


def _recorded(training: Training, mlruns: Path) -> str:
    client = client_of(mlruns)
    run_id = str(client.create_run(experiment_of(client, training.name, mlruns), tags=_tags()).info.run_id)
    try:
        _log(client, run_id, training)
        version = register(training.surrogate, training.name, client, run_id)
    except BaseException:
        client.set_terminated(run_id, "FAILED")
        raise
    client.set_terminated(run_id, "FINISHED")
    return f"{training.name} version {version}"


def run_metrics(metrics: pd.DataFrame) -> Iterator[tuple[str, float]]:
    """Names such as `rmse/leave-one-cation-out/peel_force` with their values; what is not a number is left out."""
    for row in metrics.dropna(subset=["value"]).to_dict("records"):
        yield f"{row['metric']}/{row['split']}/{row['outcome']}", float(row["value"])


def _tags() -> dict[str, str]:
    commit = git_commit()
    return {"ionlink.code_version": code_version(), **({"mlflow.source.git.commit": commit} if commit else {})}


def _log(client: MlflowClient, run_id: str, training: Training) -> None:
    log_parameters(client, run_id, _parameters(training))
    client.set_tag(run_id, DATA, training.data_hash)
    if training.validation is None:
        return
    now = int(time.time() * 1000)
    found = [Metric(name, value, now, 0) for name, value in run_metrics(training.validation.metrics)]
    for begin in range(0, len(found), METRICS_AT_ONCE):
        client.log_batch(run_id, metrics=found[begin : begin + METRICS_AT_ONCE])
    for file in training.files:
        client.log_artifact(run_id, str(file), "report")


def _parameters(training: Training) -> dict[str, str]:
    config, data, surrogate = training.config, training.data, training.surrogate
    return {
        "level": data.level,
        "protocol": surrogate.protocol or "none",
        "data": data.source,
        "data_sha256": training.data_hash,
        "observations": str(len(data.observations)),
        "outcomes": ", ".join(surrogate.outcomes),
        "model": training.model,
        "models_considered": ", ".join(config.model),
        "seed": str(config.seed),
        "splits": ", ".join(config.split) if config.report else "none",
        "folds": str(config.folds),
        "code_version": code_version(),
    }
