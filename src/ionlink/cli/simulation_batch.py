"""Runs the replicates of formulations in processes of their own, with bars for whoever waits."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from ionlink.data.formulation import Formulation
    from ionlink.optimize.replicate_batch import ReplicateBatch
    from ionlink.simulate import MolecularDynamicsOracle

LOOK_EVERY_S = 1.0
"""How often the bars of running replicates are brought up to date."""


@dataclass(frozen=True)
class Wanted:
    """Formulations to simulate, each with its replicates and its directory."""

    replicates: "Mapping[Formulation, int]"
    directories: "Mapping[Formulation, Path]"

    def place(self, formulation: "Formulation", replicate: int) -> Path:
        """Directory of one replicate."""
        return self.directories[formulation] / f"replicate-{replicate}"

    def places(self) -> "Iterator[tuple[Formulation, int, Path]]":
        """Every replicate with its directory: the order in which they run."""
        for formulation, count in self.replicates.items():
            for replicate in range(count):
                yield formulation, replicate, self.place(formulation, replicate)


def refuse_in_use(directory: Path, own: str) -> None:
    """See that replicates go where there is nothing yet, or go on where there are some: `own` is where they lie.

    Raises:
        InputError: `directory` is a file, or holds something else, such as a campaign.

    """
    from ionlink.data import InputError

    if directory.exists() and not directory.is_dir():
        raise InputError(f"--out: {directory} is a file; name a directory")
    if directory.exists() and any(directory.iterdir()) and not any(directory.glob(own)):
        raise InputError(f"--out: {directory} holds something else than simulations; name another directory")


def batch_of(
    oracle: "MolecularDynamicsOracle", wanted: Wanted, timeout_s: float | None
) -> "ReplicateBatch[Formulation]":
    """All replicates that are wanted: finished, or to run.

    Raises:
        InputError: directories hold other simulations, with one line for each.

    """
    from ionlink.data import InputError
    from ionlink.optimize.replicate_batch import ReplicateBatch

    batch: ReplicateBatch[Formulation] = ReplicateBatch(oracle, timeout_s)
    faults: list[str] = []
    for formulation, replicate, place in wanted.places():
        try:
            batch.add(formulation, formulation, replicate, place)
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise InputError(faults)
    return batch


def run_batch(
    batch: "ReplicateBatch[Formulation]",
    oracle: "MolecularDynamicsOracle",
    workers: int,
    after_each: "Callable[[Formulation], object] | None" = None,
) -> None:
    """Run what is missing of a batch, `workers` replicates at a time; failures stay in the batch.

    What another process worked on and has finished by the end counts as finished.
    """
    from ionlink.cli.simulation_force_fields import ForceFieldsFirst
    from ionlink.optimize.executor import LocalExecutor

    places = {task.name: Path(task.name) for task in batch.tasks}
    running = ForceFieldsFirst(LocalExecutor(workers)).run(batch.tasks)
    with closing(running), _bars(places, oracle.finished_steps, len(oracle.settings.steps)) as bars:
        for ended in running:
            formulation, replicate, failure = batch.take(ended)
            bars.ended(ended.task.name, f"{formulation}, replicate {replicate}", failure.reason if failure else None)
            if after_each is not None:
                after_each(formulation)
    batch.look_again()


@contextmanager
def _bars(places: Mapping[str, Path], finished_steps: Callable[[Path], int], steps: int) -> "Iterator[_Bars]":
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    stop = threading.Event()
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bars = _Bars(progress, places, finished_steps, steps)
        watcher = threading.Thread(target=bars.follow, args=(stop,), daemon=True)
        watcher.start()
        try:
            yield bars
        finally:
            stop.set()
            watcher.join()


class _Bars:
    """A bar for all replicates, and one for the steps of each that runs; elsewhere than on a terminal, lines."""

    def __init__(
        self, progress: Progress, places: Mapping[str, Path], finished_steps: Callable[[Path], int], steps: int
    ) -> None:
        self.progress = progress
        self.places = dict(places)
        self.finished_steps = finished_steps
        self.steps = steps
        self.all = progress.add_task("replicates", total=len(places))
        self.running: dict[str, TaskID] = {}
        self.lock = threading.Lock()

    def follow(self, stop: threading.Event) -> None:
        """Look for finished steps in the directories: the replicates run in other processes."""
        while not stop.wait(LOOK_EVERY_S):
            with self.lock:
                for name, place in self.places.items():
                    done = self.finished_steps(place)
                    if done and name not in self.running:
                        self.running[name] = self._bar(place)
                    if done:
                        self.progress.update(self.running[name], completed=done)

    def ended(self, name: str, title: str, failure: str | None) -> None:
        """Move the bar of all, take away that of the replicate, name a failure."""
        with self.lock:
            self.places.pop(name)
            if name in self.running:
                self.progress.update(self.running.pop(name), visible=False)
        self.progress.advance(self.all)
        if failure or not self.progress.console.is_terminal:
            line = f"{title}: {f'failed, {failure}' if failure else 'finished'}"
            self.progress.console.print(line, markup=False, highlight=False)

    def _bar(self, place: Path) -> TaskID:
        return self.progress.add_task(f"  {place.parent.name}, {place.name}", total=self.steps)
