"""One replicate of one candidate: its directory, its result file, and the call that fills it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.data.polymer_definition import polymer_definition, refuse_redefined
from ionlink.data.result_file import RESULT_FILE
from ionlink.data.whole_file import write_whole
from ionlink.optimize.candidate import Candidate
from ionlink.optimize.errors import UnusableResult
from ionlink.optimize.failure import leaving_failure
from ionlink.optimize.lock import locked
from ionlink.optimize.oracle import Oracle
from ionlink.optimize.replicate_result import checked_values

LOG_FILE = "worker.log"

ORPHAN_PATIENCE_S = 10.0
"""A worker whose parent was killed needs a moment to notice, and of several jobs another one may soon be done."""


def candidate_directory(runs: Path, candidate: Candidate) -> Path:
    """Where all replicates of a candidate run, such as `runs/0007-Fe3+-PF-COO-60`."""
    return runs / f"{candidate.id:04d}-{candidate.formulation.slug}"


def replicate_directory(runs: Path, candidate: Candidate, replicate: int) -> Path:
    """Where one replicate runs; `replicate` counts from 0."""
    return candidate_directory(runs, candidate) / f"replicate-{replicate}"


def run_replicate(oracle: Oracle, formulation: Formulation, replicate: int, directory: Path) -> Mapping[str, float]:
    """Values by outcome, from the result file where an earlier call finished, else by running the oracle.

    What the oracle says of how the result came about stands beside it, as `record`.

    Raises `Locked` while another process runs this replicate, `InputError` where the directory holds the result of
    something else, `UnusableResult` where the oracle gave no values of its outcomes, and whatever the oracle raises;
    these are left in `failure.json` until the next attempt.
    """
    with locked(directory, ORPHAN_PATIENCE_S):
        finished = finished_result(oracle, formulation, replicate, directory)
        if finished is not None:
            return finished
        with leaving_failure(directory):
            values = checked_values(oracle.run_replicate(formulation, replicate, directory), oracle.outcomes)
            result = {"values": values, "record": dict(oracle.record(directory))}
            identity = _identity(oracle, formulation, replicate)
            polymer = {"polymer": polymer_definition(formulation.ligand)}
            write_whole(directory / RESULT_FILE, _as_json({**identity, **polymer, **result}))
        return values


def _as_json(result: Mapping[str, object]) -> str:
    try:
        return json.dumps(result, indent=1)
    except TypeError as error:
        raise UnusableResult(f"its record cannot be kept: {error}") from error


def finished_result(
    oracle: Oracle, formulation: Formulation, replicate: int, directory: Path
) -> Mapping[str, float] | None:
    """Values of a replicate that ran to its end; `None` where it did not.

    Raises `InputError` where the directory holds the result of another formulation, replicate or protocol, or of a
    polymer that was defined otherwise, or where the file is damaged.
    """
    path = directory / RESULT_FILE
    if not path.exists():
        return None
    result = _read(path)
    values: dict[str, float] = result.pop("values")
    result.pop("record", None)
    kept = result.pop("polymer", None)
    if result != _identity(oracle, formulation, replicate):
        raise InputError(f"{directory} holds the result of another simulation; name another directory")
    refuse_redefined(formulation.ligand, kept, path)
    return values


def finished_record(directory: Path) -> Mapping[str, object]:
    """How the result in `directory` came about; empty where nothing was recorded.

    Raises `FileNotFoundError` where there is no result, and `InputError` where the file is damaged.
    """
    result = _read(directory / RESULT_FILE)
    record: dict[str, object] = result.get("record", {})
    return record


def _read(path: Path) -> dict[str, Any]:
    """What a result file holds; raises `InputError` where it is damaged."""
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # of JSON or of UTF-8
        result = error
    if not isinstance(result, dict) or not isinstance(result.get("values"), dict):
        raise InputError(f"{path} is damaged; delete it, and this replicate runs again")
    return result


def _identity(oracle: Oracle, formulation: Formulation, replicate: int) -> dict[str, object]:
    """What a result is the result of, but for the polymer's definition, which earlier versions did not keep."""
    return {
        "formulation": formulation.model_dump(),
        "replicate": replicate,
        "level": oracle.level,
        "protocol": oracle.protocol,
    }
