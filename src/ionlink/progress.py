"""Progress of long work, on stderr: a bar on a terminal, a line per tenth elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int], None]


@contextmanager
def progress_bar(doing: str, total: int | None, *, shown: bool) -> Iterator[Advance]:
    """Show how much of `total` is done; call what it gives with how much was added.

    Args:
        doing: Such as `predicting formulations`.
        total: All there is to do; `None` where nobody knows.
        shown: Whether anything is shown.

    """
    if not shown:
        yield lambda _: None
        return
    from rich.console import Console

    console = Console(stderr=True, force_jupyter=False)
    if not console.is_terminal:
        yield _Lines(console.print, doing, total)
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(doing, total=total)
        yield lambda count: progress.advance(task, count)


class _Lines:
    """A line whenever another tenth is done."""

    def __init__(self, say: Callable[[str], None], doing: str, total: int | None) -> None:
        self.say, self.doing, self.total, self.done = say, doing, total, 0
        say(f"{doing}: {total:,}" if total else doing)

    def __call__(self, count: int) -> None:
        before, self.done = self.done, self.done + count
        if self.total and self.done < self.total and 10 * self.done // self.total > 10 * before // self.total:
            self.say(f"{self.doing}: {self.done:,} of {self.total:,}")
