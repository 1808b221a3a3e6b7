"""Why a replicate failed, left in its directory for whoever looks later."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ionlink.data.whole_file import NO_ROOM, write_whole
from ionlink.optimize.errors import UnusableResult

FAILURE_FILE = "failure.json"

DISK_FULL = "disk_full"

STORAGE = "storage"

REFUSED_BY_STORAGE = frozenset(
    {
        *(errno.EIO, errno.EROFS, errno.ESTALE, errno.ENODEV, errno.ENXIO, errno.ETIMEDOUT),
        *(errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE, errno.ENOLCK),
    }
)
"""What the operating system says where a disk or a network's file server gives way, or does not let files be made.

A file that is not there is none of them: a program that an oracle of one's own calls may have left none.
"""

MEMORY = "memory"

NO_RECORD = "no_record"
"""Of a replicate that left no word of why it failed: it could not begin, or could not write."""

MACHINE_FAILURES = frozenset(
    {DISK_FULL, STORAGE, MEMORY, NO_RECORD, "device", "killed", "locked", "timeout", UnusableResult.kind}
)
"""Kinds that say something of the machine or the oracle, not of the formulation."""

PASSING_FAILURES = frozenset({DISK_FULL, STORAGE, NO_RECORD, "locked"})
"""Kinds that whoever runs the machine can put right, so that another attempt is worth waiting for.

The others may come again however often a replicate is tried: a box may be too large for a memory or a time limit.
"""


class ReplicateFailure(BaseModel):
    """What is known of a replicate that did not get to its end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    """A word to sort by, such as `numerical_breakdown`, `disk_full`, `timeout`, `killed`; else the exception's name."""

    reason: str
    """For people."""

    step: int | None = None
    """Place in the protocol of the step that failed, from 0; `None` where it is not known."""

    attempts: int | None = None
    """How often that step was tried; `None` where it is not known."""


def failure_of(directory: Path) -> ReplicateFailure | None:
    """Why the last attempt at the replicate in `directory` failed; `None` where it did not.

    Of a damaged file that is all that is known: that it failed.
    """
    path = directory / FAILURE_FILE
    if not path.exists():
        return None
    try:
        return ReplicateFailure.model_validate_json(path.read_bytes())
    except ValidationError:
        return ReplicateFailure(kind=NO_RECORD, reason=f"it failed, and {path}, which says why, is damaged")


def save_failure(failure: ReplicateFailure, directory: Path) -> None:
    """Leave `failure` in the directory of its replicate."""
    write_whole(directory / FAILURE_FILE, failure.model_dump_json(indent=1))


@contextmanager
def leaving_failure(directory: Path) -> Iterator[None]:
    """Forget the failure of an earlier attempt; leave that of an exception that ends the block, and let it pass."""
    (directory / FAILURE_FILE).unlink(missing_ok=True)
    try:
        yield
    except Exception as error:
        with suppress(OSError):  # a full disk may be why it failed; the exception still tells the reason
            save_failure(_describe(error), directory)
        raise


def _describe(error: Exception) -> ReplicateFailure:
    return ReplicateFailure(
        kind=_kind(error),
        reason=f"{type(error).__name__}: {error}",
        step=getattr(error, "step", None),
        attempts=getattr(error, "attempts", None),
    )


def _kind(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return DISK_FULL
    if isinstance(error, OSError) and error.errno in REFUSED_BY_STORAGE:
        return STORAGE
    if isinstance(error, MemoryError):
        return MEMORY
    return str(getattr(error, "kind", type(error).__name__))
