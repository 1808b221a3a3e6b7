"""Progress of a running campaign or training, on stderr: bars on a terminal, a line per event elsewhere."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from ionlink.optimize import Candidate


@contextmanager
def watching(directory: Path) -> "Iterator[Lines | Bars]":
    """What `run_campaign` reports to, for as long as it runs."""
    console = Console(stderr=True)
    if not console.is_terminal:
        typer.echo(f"{directory}: running", err=True)
        yield Lines()
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        yield Bars(progress)


@contextmanager
def counting(first: str) -> Iterator[Callable[[int, int, str], None]]:
    """A callable that is told how many of how many parts of what are done; `first` is what is done before that."""
    console = Console(stderr=True)
    said: list[str] = []

    def line(done: int, total: int, what: str) -> None:
        if said[-1:] != [what]:
            said.append(what)
            typer.echo(f"{what}: {done} of {total}", err=True)

    if not console.is_terminal:
        yield line
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task(first, total=None)
        yield lambda done, total, what: progress.update(bar, completed=done, total=total, description=what)


class Lines:
    """A line for each event."""

    def round_started(self, number: int, rounds: int, candidates: "Sequence[Candidate]", replicates: int) -> None:
        """Name what will run."""
        names = ", ".join(str(candidate.formulation) for candidate in candidates)
        self._say(f"round {number} of {rounds}: {names}; {replicates} replicates to run")

    def replicate_ended(self, candidate: "Candidate", replicate: int, failure: str | None) -> None:
        """Say how a replicate ended."""
        end = f"failed: {failure}" if failure else "finished"
        self._say(f"  {candidate.formulation}, replicate {replicate}: {end}")

    def candidate_ended(self, candidate: "Candidate") -> None:
        """Say what became of a candidate."""
        self._say(f"  {candidate.formulation}: {candidate.status}{f', {candidate.reason}' if candidate.reason else ''}")

    def stopped(self, reason: str) -> None:
        """Say why nothing more is asked for."""
        self._say(f"stopped by {reason}")

    def _say(self, line: str) -> None:
        typer.echo(line, err=True)


class Bars:
    """A bar for the rounds and one for the replicates of the current round; what fails gets a line above them."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.rounds = progress.add_task("rounds", total=None)
        self.replicates = progress.add_task("proposing", total=None)

    def round_started(self, number: int, rounds: int, candidates: "Sequence[Candidate]", replicates: int) -> None:
        """Show the round and what it runs."""
        names = ", ".join(str(candidate.formulation) for candidate in candidates)
        self.progress.console.print(f"round {number}: {names}", markup=False, highlight=False)
        self.progress.update(self.rounds, total=rounds, completed=number - 1)
        self.progress.reset(self.replicates, total=replicates, description=f"replicates of round {number}")

    def replicate_ended(self, candidate: "Candidate", replicate: int, failure: str | None) -> None:
        """Move the bar."""
        self.progress.advance(self.replicates)
        if failure:
            line = f"{candidate.formulation}, replicate {replicate} failed: {failure}"
            self.progress.console.print(line, markup=False, highlight=False)

    def candidate_ended(self, candidate: "Candidate") -> None:
        """Name a candidate that failed."""
        if candidate.reason:
            line = f"{candidate.formulation}: {candidate.status}, {candidate.reason}"
            self.progress.console.print(line, markup=False, highlight=False)

    def stopped(self, reason: str) -> None:
        """Say why nothing more is asked for."""
        self.progress.console.print(f"stopped by {reason}", markup=False, highlight=False)
