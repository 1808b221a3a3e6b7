"""Executors: where replicates run."""

import math
import multiprocessing
import pickle
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any, Literal, Protocol

from ionlink.optimize.lock import is_held
from ionlink.optimize.worker import Failure, describe_exit, kill_group, work

SPAWN = multiprocessing.get_context("spawn")
"""Forking a process that holds threads of a linear-algebra library or a GPU context can deadlock."""

LOOK_AGAIN_S = 1.0
"""How often a worker that has nothing to do looks whether another process has let go of something."""


@dataclass(frozen=True)
class Task:
    """A call to make in a process of its own."""

    name: str

    function: Callable[..., Mapping[str, float]]
    """Importable in the worker, as are its arguments."""

    arguments: tuple[Any, ...]

    log: Path
    """File that takes what the task writes to standard output and error."""

    timeout_s: float | None = None
    """After as many seconds it is stopped and has failed; `None` lets it take its time."""

    locks: Path | None = None
    """Directory that it holds while it runs, see `ionlink.optimize.lock`; those that another process holds wait."""


@dataclass(frozen=True)
class Ended:
    """What became of a task."""

    task: Task

    value: Mapping[str, float] | None
    """What its function returned; `None` where it failed."""

    failure: str | None
    """Why it failed; `None` where it did not."""

    kind: Literal["timeout", "killed", "locked"] | None = None
    """How it was ended from outside, or `locked` where another process works on it; `None` where it ended by itself."""


class Executor(Protocol):
    """Runs tasks somewhere, several at a time."""

    def run(self, tasks: Sequence[Task]) -> Generator[Ended]:
        """Yield each task's end as it comes, in any order; closing the generator stops what still runs."""
        ...


@dataclass(frozen=True)
class LocalExecutor:
    """Runs each task in a fresh process on this machine, `workers` at a time, each on one thread.

    A task that is killed (a segmentation fault, out of memory) fails alone. Workers die with this process, and
    with the generator of `run`: Ctrl-C stops them at once. What another process holds is begun when nothing else is
    left to do, and then waits for its lock as long as it sees fit.
    """

    workers: int

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise ValueError(f"workers: {self.workers} is less than 1")

    def run(self, tasks: Sequence[Task]) -> Generator[Ended]:
        """Yield each task's end as it comes."""
        waiting = list(tasks)
        running: dict[Connection, _Worker] = {}
        try:
            while waiting or running:
                next_ones, held = _to_start(waiting, self.workers - len(running), idle=not running)
                for task in next_ones:
                    waiting.remove(task)
                    worker = _start(task, last=held or task.locks is None)
                    running[worker.results] = worker
                held_back = bool(waiting) and len(running) < self.workers
                for ready in wait(list(running), _patience_s(running.values(), held_back=held_back)):
                    assert isinstance(ready, Connection)
                    worker = running.pop(ready)
                    ended = _collect(worker)
                    if ended.kind == "locked" and not worker.last:
                        waiting.append(ended.task)
                    else:
                        yield ended
                for worker in [worker for worker in running.values() if worker.is_late]:
                    yield _stop_late(running.pop(worker.results))
        finally:
            for worker in running.values():
                _stop(worker)


@dataclass(frozen=True)
class _Worker:
    task: Task
    process: SpawnProcess
    results: Connection
    deadline_s: float
    """Of the monotonic clock; infinite where the task may take its time."""
    last: bool
    """Whether it counts as ended where another process works on it, and is not come back to."""

    @property
    def is_late(self) -> bool:
        return time.monotonic() >= self.deadline_s


def _to_start(waiting: Sequence[Task], free: int, *, idle: bool) -> tuple[Sequence[Task], bool]:
    """As many tasks as there are `free` workers, in their order, and whether other processes hold them.

    They do only where there are no others and this process is `idle`.
    """
    unheld = (task for task in waiting if task.locks is None or not is_held(task.locks))
    if found := list(islice(unheld, free)):
        return found, False
    return (waiting[:free], True) if idle else ((), False)


def _patience_s(running: Iterable[_Worker], *, held_back: bool) -> float | None:
    """How long to wait for a result: to the next deadline, or less where a worker is free for what others hold."""
    left = min(worker.deadline_s for worker in running) - time.monotonic()
    longest = LOOK_AGAIN_S if held_back else math.inf
    return None if math.isinf(min(left, longest)) else max(0.0, min(left, longest))


def _start(task: Task, *, last: bool) -> _Worker:
    results, sender = SPAWN.Pipe(duplex=False)
    task.log.parent.mkdir(parents=True, exist_ok=True)
    call = pickle.dumps((task.function, task.arguments))
    process = SPAWN.Process(target=work, args=(call, task.log, sender), name=task.name)
    process.start()
    sender.close()  # the worker's copy is then the last: its death closes the pipe, and `wait` sees it
    allowed_s = math.inf if task.timeout_s is None else task.timeout_s
    return _Worker(task, process, results, time.monotonic() + allowed_s, last)


def _stop_late(worker: _Worker) -> Ended:
    _stop(worker)
    reason = f"it was stopped after {worker.task.timeout_s:g} s, the time it was given"
    return Ended(worker.task, None, reason, "timeout")


def _collect(worker: _Worker) -> Ended:
    try:
        message = worker.results.recv()
    except EOFError:  # it died before it could say anything
        message = None
    _reap(worker)
    if message is None:
        return Ended(worker.task, None, describe_exit(worker.process.exitcode), "killed")
    if isinstance(message, Failure):
        return Ended(worker.task, None, message.reason, "locked" if message.locked else None)
    return Ended(worker.task, message, None)


def _reap(worker: _Worker) -> None:
    worker.process.join()
    worker.results.close()


def _stop(worker: _Worker) -> None:
    kill_group(worker.process)
    _reap(worker)
