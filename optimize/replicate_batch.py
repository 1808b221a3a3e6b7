"""The replicates of several formulations on their way: which are finished, which have to run, which failed."""

from collections import defaultdict
from collections.abc import Hashable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

from ionlink.data.formulation import Formulation
from ionlink.optimize.executor import Ended, Task
from ionlink.optimize.failure import (
    MACHINE_FAILURES,
    NO_RECORD,
    PASSING_FAILURES,
    ReplicateFailure,
    failure_of,
    save_failure,
)
from ionlink.optimize.oracle import Oracle
from ionlink.optimize.replicate import LOG_FILE, finished_result, run_replicate

Key = TypeVar("Key", bound=Hashable)


class ReplicateBatch(Generic[Key]):
    """Makes the tasks of replicates and keeps what becomes of them, under a key of the caller's choice.

    Whoever runs replicates, a campaign or a command, goes through here, so that all share directories, result files,
    failures and time limits.
    """

    def __init__(self, oracle: Oracle, timeout_s: float | None = None) -> None:
        self.oracle = oracle
        self.timeout_s = timeout_s
        """Longest time that one replicate may take; `None` for as long as it takes."""
        self.tasks: list[Task] = []
        """What has to run, in the order in which it was added."""
        self._results: dict[Key, dict[int, Mapping[str, float]]] = defaultdict(dict)
        self._failures: dict[Key, dict[int, ReplicateFailure]] = defaultdict(dict)
        self._owners: dict[str, tuple[Key, int, Path]] = {}

    def add(self, key: Key, formulation: Formulation, replicate: int, directory: Path) -> None:
        """Take in a replicate: its result where it is finished, else a task.

        Raises:
            InputError: `directory` holds the result of something else.

        """
        finished = finished_result(self.oracle, formulation, replicate, directory)
        if finished is not None:
            self._results[key][replicate] = finished
            return
        arguments = (self.oracle, formulation, replicate, directory)
        task = Task(str(directory), run_replicate, arguments, directory / LOG_FILE, self.timeout_s, directory)
        self.tasks.append(task)
        self._owners[task.name] = key, replicate, directory

    def take(self, ended: Ended) -> tuple[Key, int, ReplicateFailure | None]:
        """Note the end of a task; gives back whose it was, which replicate, and why it failed if it did."""
        key, replicate, directory = self._owners[ended.task.name]
        if ended.value is not None:
            self._results[key][replicate] = ended.value
            return key, replicate, None
        failure = self._failure(ended, directory)
        self._failures[key][replicate] = failure
        return key, replicate, failure

    def look_again(self) -> None:
        """Take in the results of replicates that could not begin, and that another process has finished since."""
        for task in self.tasks:
            key, replicate, directory = self._owners[task.name]
            failure = self._failures[key].get(replicate)
            if failure is None or failure.kind != "locked":
                continue
            _, formulation, *_ = task.arguments
            finished = finished_result(self.oracle, formulation, replicate, directory)
            if finished is not None:
                self._results[key][replicate] = finished
                del self._failures[key][replicate]

    def results(self, key: Key) -> list[Mapping[str, float]]:
        """Values of the finished replicates, in the order of the replicates, whatever ended first."""
        return [self._results[key][replicate] for replicate in sorted(self._results[key])]

    def failures(self, key: Key) -> list[str]:
        """A line for each failed replicate, in their order."""
        return [
            f"replicate {replicate}: {self._failures[key][replicate].reason}"
            for replicate in sorted(self._failures[key])
        ]

    def locked(self, key: Key) -> int:
        """How many of the failed replicates could not begin, because another process works on them."""
        return sum(failure.kind == "locked" for failure in self._failures[key].values())

    def owns(self, ended: Ended) -> bool:
        """Whether a task is one of its own."""
        return ended.task.name in self._owners

    def only_machines_failed(self, key: Key) -> bool:
        """Whether what failed of a formulation says nothing of it."""
        return all(failure.kind in MACHINE_FAILURES for failure in self._failures[key].values())

    def passing_failure(self, key: Key) -> str | None:
        """A line for the first failed replicate that is worth another attempt once the machine is put right."""
        failed = sorted(self._failures[key].items())
        passing = [(replicate, failure) for replicate, failure in failed if failure.kind in PASSING_FAILURES]
        return next((f"replicate {replicate}: {failure.reason}" for replicate, failure in passing), None)

    def ended(self, key: Key) -> int:
        """How many replicates have ended, one way or the other."""
        return len(self._results[key]) + len(self._failures[key])

    def _failure(self, ended: Ended, directory: Path) -> ReplicateFailure:
        """What the worker left behind, else what the executor saw of its end; left there if no other process works."""
        said = failure_of(directory) if ended.kind is None else None
        if said is not None:
            return said
        failure = ReplicateFailure(kind=ended.kind or NO_RECORD, reason=ended.failure or "ended without a result")
        if ended.kind != "locked":
            with suppress(OSError):  # where a worker could not write there, this process cannot either
                save_failure(failure, directory)
        return failure
