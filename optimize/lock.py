"""Locks on directories and files: released by the operating system when their owner dies, however it dies."""

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
    busy = f"another process works in {directory}; wait for it to end, or stop it"
    with _held(directory / LOCK_FILE, busy, patience_s):
        yield


def is_held(directory: Path) -> bool:
    """Whether another process holds `directory` now; `False` where that cannot be found out, as `locked` then says."""
    try:
        with locked(directory):
            return False
    except Locked:
        return True
    except OSError:
        return False


@contextmanager
def changing(file: Path, patience_s: float) -> Iterator[None]:
    """Read `file` and write it anew while no one else does; raises `Locked` if another still does after `patience_s`.

    The lock is a hidden file beside it, which stays: one that was deleted would be no lock for who waits for it.
    """
    busy = f"another process writes {file}; the same command goes on when it has ended"
    with _held(file.parent / f".{file.name}.{LOCK_FILE}", busy, patience_s):
        yield


@contextmanager
def _held(lock: Path, busy: str, patience_s: float) -> Iterator[None]:
    lock.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _acquire(descriptor, lock, busy, patience_s)
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, lock: Path, busy: str, patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                raise Locked(busy) from error
            time.sleep(RETRY_EVERY_S)
        except OSError as error:
            way_out = "use a folder on a file system that knows flock"
            raise OSError(
                error.errno, f"{error.strerror}, so that it cannot be locked; {way_out}", str(lock)
            ) from error
        else:
            return
