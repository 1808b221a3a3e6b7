"""Trouble with MLflow's folder ends no work: it is said in a line, and what was not recorded is the next time."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.util import CommandError
from mlflow.entities import Experiment
from mlflow.exceptions import MlflowException
from mlflow.utils.file_utils import local_file_uri_to_path
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ionlink.optimize.errors import Locked, TrackingWarning

TROUBLE = (MlflowException, SQLAlchemyError, CommandError, OSError, Locked)
"""What is raised where MLflow's folder cannot be used."""


@contextmanager
def only_warning(mlruns: Path) -> Iterator[None]:
    """Let what MLflow's folder raises become a `TrackingWarning`; around nothing that must not be left undone."""
    try:
        yield
    except TROUBLE as error:
        warnings.warn(
            f"MLflow's folder {mlruns} cannot be used: {trouble_in_a_line(error)}; what was to be recorded there is "
            "not lost, and is recorded by the next command that can",
            TrackingWarning,
            stacklevel=3,
        )


def trouble_in_a_line(error: Exception) -> str:
    """What it says, of a database without the statement that failed."""
    return " ".join(str(error.orig if isinstance(error, DBAPIError) else error).split())


def warn_if_moved(experiment: Experiment, mlruns: Path) -> None:
    """MLflow keeps an experiment's files where its folder was when it began, and has no way to change that."""
    if not experiment.artifact_location.startswith("file:"):
        return
    place = Path(local_file_uri_to_path(experiment.artifact_location))  # type: ignore[no-untyped-call]  # MLflow
    if not place.resolve().is_relative_to(mlruns.resolve()):
        warnings.warn(
            f"MLflow's folder {mlruns} was elsewhere when experiment {experiment.name} began: its tables and reports "
            f"still go to {place}; move the folder back, or name another one in the campaign's file to begin anew",
            TrackingWarning,
            stacklevel=3,
        )
