"""Surrogates in MLflow's model registry."""

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib.metadata import version
from pathlib import Path

import mlflow
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema

from ionlink.models.surrogate import PREDICTION_COLUMNS, Surrogate

PROGRESS_BAR = "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"
INPUT = {"cation": DataType.string, "ligand": DataType.string, "ratio": DataType.double}
_TEXT = frozenset({"cation", "ligand", "outcome", "unit", "level", "domain_reason"})
_REQUIRED = ("ionlink", "mlflow", "torch", "botorch", "gpytorch", "pandas")


def register(surrogate: Surrogate, name: str, run_id: str | None = None) -> int:
    """Log a surrogate with the current tracking server and register it under `name`; returns its version.

    It is logged to the run `run_id`, or to the active one if there is one. `mlflow.pyfunc.load_model` on
    `models:/<name>/<version>` gives a model that takes a table with the columns cation, ligand, ratio and returns that
    of `Surrogate.predict`. Nothing is pickled. The requirements are named here, because inferring them takes 20 s.
    """
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch) / "surrogate"
        surrogate.save(directory)
        with _quiet(), mlflow.start_run(run_id=run_id) if run_id else nullcontext():
            logged = mlflow.pyfunc.log_model(
                name="surrogate",
                python_model=str(Path(__file__).with_name("pyfunc_model.py")),
                artifacts={"surrogate": str(directory)},
                signature=_signature(),
                pip_requirements=[f"{package}=={version(package)}" for package in _REQUIRED],
                registered_model_name=name,
            )
    return int(logged.registered_model_version)


def _signature() -> ModelSignature:
    outputs = {column: DataType.string if column in _TEXT else DataType.double for column in PREDICTION_COLUMNS}
    outputs["in_domain"] = DataType.boolean
    return ModelSignature(inputs=_schema(INPUT), outputs=_schema(outputs))


def _schema(columns: dict[str, DataType]) -> Schema:
    return Schema([ColSpec(kind, name) for name, kind in columns.items()])


@contextmanager
def _quiet() -> Iterator[None]:
    """No advice to give an example of the input: MLflow would run the model on it, and the signature says it all."""
    before = os.environ.get(PROGRESS_BAR)
    os.environ[PROGRESS_BAR] = "false"
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*input example was not provided", category=UserWarning)
            yield
    finally:
        if before is None:
            del os.environ[PROGRESS_BAR]
        else:
            os.environ[PROGRESS_BAR] = before
