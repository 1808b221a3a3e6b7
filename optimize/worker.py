"""What happens inside a worker process. Light on purpose: every replicate starts a fresh one."""

import os
import pickle
import signal
import sys
import threading
import traceback
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType

from ionlink.optimize.errors import Locked

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENMM_CPU_THREADS"), "1")
"""Workers share the cores by number, not by threads that compete for them."""


@dataclass(frozen=True)
class Failure:
    """Why a task failed."""

    reason: str

    locked: bool = False
    """Whether it could not begin, because another process works on the same."""


def work(call: bytes, log: Path, results: Connection) -> None:
    """Make a pickled call, a function with its arguments, and send back what it returns, or a `Failure`."""
    os.setpgid(0, 0)  # Ctrl-C reaches the parent alone, which then stops this process and its children
    threading.Thread(target=_die_with_parent, daemon=True).start()
    try:
        _write_output_to(log)
    except OSError as error:
        results.send(Failure(f"{type(error).__name__}: {error}"))
        return
    os.environ.update(ONE_THREAD)
    with _Reporting(results):
        function, arguments = pickle.loads(call)  # only now: numerical libraries read the environment on import
        results.send(dict(function(*arguments)))


class _Reporting:
    """Sends the reason of an exception that ends the block; the traceback goes to the log."""

    def __init__(self, results: Connection) -> None:
        self.results = results

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None or not isinstance(error, Exception):
            return False
        locked = isinstance(error, Locked)
        self.results.send(Failure(f"{type(error).__name__}: {error}", locked))
        if not locked:  # the log is the other process's
            with suppress(OSError):  # a full disk may be why it failed
                traceback.print_exception(kind, error, trace)
        return True


def _die_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os.killpg(0, signal.SIGKILL)


def _write_output_to(log: Path) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        os.dup2(descriptor, stream.fileno())
    os.close(descriptor)


def kill_group(process: BaseProcess) -> None:
    """End a worker and all processes it started."""
    assert process.pid is not None
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:  # not yet a group of its own, or already gone
        process.kill()


def describe_exit(code: int | None) -> str:
    """What an exit status means for someone who wonders why a replicate failed."""
    if code is None or code >= 0:
        return f"the worker ended without a result (exit status {code})"
    advice = "; often this means out of memory" if code == -signal.SIGKILL else ""
    return f"the worker was killed by signal {-code} ({signal.Signals(-code).name}){advice}"
