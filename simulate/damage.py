"""Files of a replicate that were whole when they were written, and are no more."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import openmm

from ionlink.simulate.errors import FileDamaged


@contextmanager
def damage_named(file: Path, way_out: str = "") -> Iterator[None]:
    """Name `file` where what reads it in this block cannot; `way_out` says what to do, by default to begin anew.

    Raises:
        FileDamaged: it is not there, or does not hold what was written.

    """
    try:
        yield
    except (openmm.OpenMMException, ValueError, LookupError, TypeError, FileNotFoundError) as error:
        anew = f"delete {file.parent}, then the same command runs this replicate again"
        raise FileDamaged(f"{file} is damaged or missing; {way_out or anew}") from error
