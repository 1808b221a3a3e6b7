"""Locks on directories: released by the operating system when their owner dies, however it dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ionlink.optimize.errors import Locked

LOCK_FILE = "lock"
RETRY_EVERY_S = 0.1


@contextmanager
def locked(directory: Path, patience_s: float = 0.0) -> Iterator[None]:
    """Hold `directory` for this process alone; raises `Locked` if another still holds it after `patience_s`."""
    directory.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(directory / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _acquire(descriptor, directory, patience_s)
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, directory: Path, patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                raise Locked(f"another process works in {directory}; wait for it to end, or stop it") from error
            time.sleep(RETRY_EVERY_S)
        else:
            return
