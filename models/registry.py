"""Surrogates in MLflow's model registry.

Everything goes through a client of its own: MLflow's top-level functions would change the tracking server of the whole
process, and its environment variables.
"""

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.entities import LoggedModelOutput
from mlflow.models import Model, ModelSignature
from mlflow.types import ColSpec, DataType, Schema

from ionlink.models.surrogate import PREDICTION_COLUMNS, Surrogate

INPUT = {"cation": DataType.string, "ligand": DataType.string, "ratio": DataType.double}
DEFAULT_EXPERIMENT = "0"
PROGRESS_BAR = "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"
_TEXT = frozenset({"cation", "ligand", "outcome", "unit", "level", "domain_reason"})
_REQUIRED = ("ionlink", "mlflow", "torch", "botorch", "gpytorch", "pandas")


def register(surrogate: Surrogate, name: str, client: MlflowClient | None = None, run_id: str | None = None) -> int:
    """Log a surrogate and register it under `name`; returns its version.

    It goes to the server of `client` (the process's current one without), and belongs to the run `run_id` (or to none).
    `mlflow.pyfunc.load_model("models:/<name>/<version>")` gives a model that takes a table with the columns cation,
    ligand, ratio and returns that of `Surrogate.predict`. Nothing is pickled.
    """
    client = client or MlflowClient()
    experiment = client.get_run(run_id).info.experiment_id if run_id else DEFAULT_EXPERIMENT
    logged = client.create_logged_model(experiment, name="surrogate", source_run_id=run_id)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "model"
        _save(surrogate, folder, Model(model_id=logged.model_id, model_uuid=logged.model_id, run_id=run_id))
        client.log_model_artifacts(logged.model_id, str(folder))
    client.finalize_logged_model(logged.model_id, "READY")
    if run_id:
        client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step=0)])
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    # The place of the files and not `models:/…`, which MLflow 3.17 looks up on the process's current server.
    source = logged.artifact_location
    return int(client.create_model_version(name, source, run_id=run_id, model_id=logged.model_id).version)


def _save(surrogate: Surrogate, folder: Path, model: Model) -> None:
    """Write MLflow's form of a model: this package's code, the surrogate as an artifact, requirements, signature."""
    with tempfile.TemporaryDirectory() as scratch, _without_progress_bar(), warnings.catch_warnings():
        # MLflow would run the model on an example of its input; the signature says it all.
        warnings.filterwarnings("ignore", message=".*input example was not provided", category=UserWarning)
        directory = Path(scratch) / "surrogate"
        surrogate.save(directory)
        mlflow.pyfunc.save_model(
            folder,
            mlflow_model=model,
            python_model=str(Path(__file__).with_name("pyfunc_model.py")),
            artifacts={"surrogate": str(directory)},
            signature=_signature(),
            # Named here, because inferring them takes 20 s.
            pip_requirements=[f"{package}=={version(package)}" for package in _REQUIRED],
        )


@contextmanager
def _without_progress_bar() -> Iterator[None]:
    """MLflow draws one for two small files, over that of the campaign; only this variable stops it."""
    before = os.environ.get(PROGRESS_BAR)
    os.environ[PROGRESS_BAR] = "false"
    try:
        yield
    finally:
        if before is None:
            del os.environ[PROGRESS_BAR]
        else:
            os.environ[PROGRESS_BAR] = before


def _signature() -> ModelSignature:
    outputs = {column: DataType.string if column in _TEXT else DataType.double for column in PREDICTION_COLUMNS}
    outputs["in_domain"] = DataType.boolean
    return ModelSignature(inputs=_schema(INPUT), outputs=_schema(outputs))


def _schema(columns: dict[str, DataType]) -> Schema:
    return Schema([ColSpec(kind, name) for name, kind in columns.items()])
