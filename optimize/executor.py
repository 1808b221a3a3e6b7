"""Executors: where replicates run."""

import multiprocessing
import pickle
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any, Protocol

from ionlink.optimize.worker import Failure, describe_exit, kill_group, work

SPAWN = multiprocessing.get_context("spawn")
"""Forking a process that holds threads of a linear-algebra library or a GPU context can deadlock."""


@dataclass(frozen=True)
class Task:
    """A call to make in a process of its own."""

    name: str

    function: Callable[..., Mapping[str, float]]
    """Importable in the worker, as are its arguments."""

    arguments: tuple[Any, ...]

    log: Path
    """File that takes what the task writes to standard output and error."""


@dataclass(frozen=True)
class Ended:
    """What became of a task."""

    task: Task

    value: Mapping[str, float] | None
    """What its function returned; `None` where it failed."""

    failure: str | None
    """Why it failed; `None` where it did not."""


class Executor(Protocol):
    """Runs tasks somewhere, several at a time."""

    def run(self, tasks: Sequence[Task]) -> Generator[Ended]:
        """Yield each task's end as it comes, in any order; closing the generator stops what still runs."""
        ...


@dataclass(frozen=True)
class LocalExecutor:
    """Runs each task in a fresh process on this machine, `workers` at a time, each on one thread.

    A task that is killed (a segmentation fault, out of memory) fails alone. Workers die with this process, and
    with the generator of `run`: Ctrl-C stops them at once.
    """

    workers: int

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise ValueError(f"workers: {self.workers} is less than 1")

    def run(self, tasks: Sequence[Task]) -> Generator[Ended]:
        """Yield each task's end as it comes."""
        waiting = list(reversed(tasks))
        running: dict[Connection, _Worker] = {}
        try:
            while waiting or running:
                while waiting and len(running) < self.workers:
                    worker = _start(waiting.pop())
                    running[worker.results] = worker
                for ready in wait(list(running)):
                    assert isinstance(ready, Connection)
                    yield _collect(running.pop(ready))
        finally:
            for worker in running.values():
                _stop(worker)


@dataclass(frozen=True)
class _Worker:
    task: Task
    process: SpawnProcess
    results: Connection


def _start(task: Task) -> _Worker:
    results, sender = SPAWN.Pipe(duplex=False)
    task.log.parent.mkdir(parents=True, exist_ok=True)
    call = pickle.dumps((task.function, task.arguments))
    process = SPAWN.Process(target=work, args=(call, task.log, sender), name=task.name)
    process.start()
    sender.close()  # the worker's copy is then the last: its death closes the pipe, and `wait` sees it
    return _Worker(task, process, results)


def _collect(worker: _Worker) -> Ended:
    try:
        message = worker.results.recv()
    except EOFError:  # it died before it could say anything
        message = None
    _reap(worker)
    if message is None:
        return Ended(worker.task, None, describe_exit(worker.process.exitcode))
    if isinstance(message, Failure):
        return Ended(worker.task, None, message.reason)
    return Ended(worker.task, message, None)


def _reap(worker: _Worker) -> None:
    worker.process.join()
    worker.results.close()


def _stop(worker: _Worker) -> None:
    kill_group(worker.process)
    _reap(worker)
