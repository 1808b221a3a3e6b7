"""Surrogates in MLflow's model registry.

Everything goes through a client of its own: MLflow's top-level functions would change the tracking server of the whole
process, and its environment variables.

A version has two ways out. `load_registered` reads the surrogate's JSON and tensors and runs nothing that lies in the
registry. `mlflow.pyfunc.load_model`, which serves models to programs that know only MLflow, runs the code file that was
registered with the model: use it only with a registry whose writers you trust.
"""

import logging
import os
import re
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from itertools import islice
from pathlib import Path

import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import LoggedModelOutput, Metric
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.models import Model, ModelSignature
from mlflow.types import ColSpec, DataType, Schema
from sqlalchemy import URL

from ionlink.data.errors import InputError
from ionlink.data.formulation import CONDITIONS
from ionlink.data.formulation_columns import COLUMNS, READ
from ionlink.models.provenance import DATA, FILES, check_fits, check_unchanged, data_sha256, files_sha256, provenance
from ionlink.models.surrogate import PREDICTION_COLUMNS, Surrogate

ARTIFACT = "surrogate"
DEFAULT_EXPERIMENT = "0"
OWN_DATABASE = Path("mlruns/mlflow.db")
"""Where training writes to by default, below the working directory: asked where MLflow was told of no server."""

EXAMPLE_ROWS = 2
METRICS = ("rmse", "q2", "coverage")
"""Columns of `model_fit` that a version carries per outcome."""

PROGRESS_BAR = "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"
ADDRESS = re.compile(r"models:/(?P<name>[^/@]+)(?:/(?P<version>[1-9]\d*)|@(?P<alias>[^/@]+))")
_TEXT = frozenset({"cation", "ligand", "second_cation", "outcome", "unit", "level", "domain_reason"})
_REQUIRED = ("ionlink", "mlflow", "torch", "botorch", "gpytorch", "pandas", "scikit-learn")


def register(
    surrogate: Surrogate,
    name: str,
    client: MlflowClient | None = None,
    run_id: str | None = None,
    *,
    metrics: Mapping[str, float] | None = None,
) -> int:
    """Log a surrogate and register it under `name`; returns its version.

    It goes to the server of `client` (the process's current one without), and belongs to the run `run_id` (or to none).
    The version carries the hash of its data and files, the version of ionlink, metrics by name (those of `model_fit` by
    default, as `q2/<outcome>`; in its MLmodel file, and in the run where there is one, as `surrogate_q2/<outcome>`),
    the signature and an example of its input.

    `ionlink.load_model("models:/<name>/<version>")` gives the surrogate back. `mlflow.pyfunc.load_model` of the same
    gives a model that takes a table with the columns cation, ligand, ratio (unless stability constants were learned)
    and, where they matter, second_cation, second_fraction, ph, temperature_k, and returns that of `Surrogate.predict`.
    Nothing is pickled.
    """
    client = client or MlflowClient()
    metrics = _metrics(surrogate) if metrics is None else metrics
    experiment = client.get_run(run_id).info.experiment_id if run_id else DEFAULT_EXPERIMENT
    logged = client.create_logged_model(experiment, name="surrogate", source_run_id=run_id)
    with tempfile.TemporaryDirectory() as scratch:
        folder, directory = Path(scratch) / "model", Path(scratch) / ARTIFACT
        surrogate.save(directory)
        tags = provenance(surrogate.statements, directory)
        model = Model(
            model_id=logged.model_id,
            model_uuid=logged.model_id,
            run_id=run_id,
            metadata={**tags, "ionlink.metrics": dict(metrics)},
        )
        _save(surrogate, directory, folder, model)
        client.log_model_artifacts(logged.model_id, str(folder))
    client.set_logged_model_tags(logged.model_id, tags)
    client.finalize_logged_model(logged.model_id, "READY")
    if run_id:
        client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step=0)])
        now = int(time.time() * 1000)
        client.log_batch(
            run_id, [Metric(f"surrogate_{k}", v, now, 0, model_id=logged.model_id) for k, v in metrics.items()]
        )
    _take_name(client, name)
    # The place of the files and not `models:/…`, which MLflow 3.17 looks up on the process's current server.
    source = logged.artifact_location
    made = client.create_model_version(name, source, run_id=run_id, tags=tags, model_id=logged.model_id)
    return int(made.version)


def _take_name(client: MlflowClient, name: str) -> None:
    """Make a registered model of that name, unless there is one, or another process makes it meanwhile."""
    known = partial(client.search_registered_models, f"name = '{name}'")
    if known():
        return
    try:
        client.create_registered_model(name)
    except MlflowException:
        if not known():
            raise


def load_registered(address: str, client: MlflowClient | None = None) -> Surrogate:
    """The surrogate of a registered version, from its JSON and tensors; no code of the registry is run.

    Args:
        address: `models:/<name>/<version>` or `models:/<name>@<alias>`.
        client: Of the server to ask; without, the process's current one, or where MLflow was told of none,
            `mlruns/mlflow.db` below the working directory.

    Raises:
        InputError: with one line: there is none; it is of another major version of ionlink, another format or another
            schema of observations; or its files or data are not those that were registered.
    """
    client = client or _current_client()
    found = _version(address, client)
    check_fits(found.tags, address)
    with tempfile.TemporaryDirectory() as scratch, _quietly():
        try:
            source = f"{str(found.source).rstrip('/')}/artifacts/{ARTIFACT}"
            directory = Path(
                mlflow.artifacts.download_artifacts(source, dst_path=scratch, tracking_uri=client.tracking_uri)
            )
        except (MlflowException, OSError) as error:
            raise InputError(f"{address}: its files cannot be read: {' '.join(str(error).split())}") from error
        check_unchanged(FILES, found.tags, files_sha256(directory), address)
        surrogate = Surrogate.load(directory)
    check_unchanged(DATA, found.tags, data_sha256(surrogate.statements), address)
    return surrogate


def database_uri(file: Path) -> str:
    """MLflow's address of a database file, whatever signs its path holds."""
    return URL.create("sqlite", database=str(file)).render_as_string()


def _current_client() -> MlflowClient:
    """A client of MLflow's current server, or of `OWN_DATABASE`; `InputError` where that would be a new, empty one."""
    told = bool(mlflow.is_tracking_uri_set())  # type: ignore[no-untyped-call]  # MLflow's
    if not told and OWN_DATABASE.exists():
        uri = database_uri(OWN_DATABASE.absolute())
        return MlflowClient(tracking_uri=uri, registry_uri=uri)
    uri = mlflow.get_tracking_uri()
    if uri.startswith("sqlite:///") and not Path(uri.removeprefix("sqlite:///")).exists():
        missing = uri if told else OWN_DATABASE
        raise InputError(f"{missing}: there is no such MLflow database; MLFLOW_TRACKING_URI says where one is")
    return MlflowClient()


def _version(address: str, client: MlflowClient) -> ModelVersion:
    parts = ADDRESS.fullmatch(address)
    if parts is None:
        raise InputError(f"{address}: is no address of a model; write models:/name/version or models:/name@alias")
    try:
        if parts["alias"]:
            return client.get_model_version_by_alias(parts["name"], parts["alias"])
        return client.get_model_version(parts["name"], parts["version"])
    except MlflowException as error:
        raise InputError(f"{address}: {' '.join(str(error).split())}") from error


def _metrics(surrogate: Surrogate) -> dict[str, float]:
    """Leave-one-out quality as `<metric>/<outcome>`; none of models that have no closed form of it."""
    if not surrogate.has_processes:
        return {}
    from ionlink.models.validation import model_fit

    table = model_fit(surrogate)
    return {f"{m}/{row['outcome']}": float(row[m]) for row in table.to_dict("records") for m in METRICS}


def _save(surrogate: Surrogate, directory: Path, folder: Path, model: Model) -> None:
    """Write MLflow's form of a model: this package's code, the surrogate as an artifact, requirements, signature."""
    with _quietly(), warnings.catch_warnings():
        # MLflow 3.17 compares the columns of the example with a range, which pandas 3.1 deprecates.
        warnings.filterwarnings("ignore", message="Operation with range is deprecated")
        mlflow.pyfunc.save_model(
            folder,
            mlflow_model=model,
            python_model=str(Path(__file__).with_name("pyfunc_model.py")),
            artifacts={ARTIFACT: str(directory)},
            signature=_signature(needs_ratio=surrogate.scaling.knows_ratio),
            input_example=_example(surrogate),
            # Named here, because inferring them takes 20 s.
            pip_requirements=[f"{package}=={version(package)}" for package in _REQUIRED],
        )


@contextmanager
def _quietly() -> Iterator[None]:
    """MLflow draws a progress bar for small files and logs what it validates, over the bars of a campaign."""
    before, logger = os.environ.get(PROGRESS_BAR), logging.getLogger("mlflow.pyfunc")
    level = logger.level
    os.environ[PROGRESS_BAR] = "false"
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)
        if before is None:
            del os.environ[PROGRESS_BAR]
        else:
            os.environ[PROGRESS_BAR] = before


def _example(surrogate: Surrogate) -> pd.DataFrame:
    """Some formulations that were learned from, with the columns that any of them fills."""
    learned = dict.fromkeys(o.formulation for o in surrogate.observations)
    rows = pd.DataFrame([{name: getattr(f, name) for name in READ} for f in islice(learned, EXAMPLE_ROWS)])
    return rows.dropna(axis="columns", how="all")


def _signature(*, needs_ratio: bool) -> ModelSignature:
    needed = COLUMNS if needs_ratio else COLUMNS[:2]
    inputs = Schema([_column(name, required=name in needed) for name in READ])
    conditions = [_column(name, required=False) for name in CONDITIONS]
    return ModelSignature(inputs, Schema([*map(_column, PREDICTION_COLUMNS), *conditions]))


def _column(name: str, *, required: bool = True) -> ColSpec:
    kind = DataType.string if name in _TEXT else DataType.boolean if name == "in_domain" else DataType.double
    return ColSpec(kind, name, required=required)
