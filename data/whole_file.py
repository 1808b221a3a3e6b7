"""Files that are whole or absent."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What the operating system says of a full disk, and of a quota that is used up."""


def write_whole(path: Path, text: str) -> None:
    """Write UTF-8 text to a new file beside `path` and move it into place.

    A reader, a second writer or a crash never meets half of it. The folder is made if it is missing.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with moved_into_place(path) as new:
        new.write_text(text, encoding="utf-8")


@contextmanager
def moved_into_place(path: Path, ending: str = ".new") -> Iterator[Path]:
    """A new file beside `path` to write to, closed again, which is on the disk and moved there unless something fails.

    Its name has an `ending` that no search for files like `path` finds; some writers choose a format by it. The folder
    must be there.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-", suffix=ending)
    os.close(descriptor)
    new = Path(name)
    try:
        yield new
        reach_the_disk(new)
        new.chmod(0o644)  # a temporary file is its owner's alone
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)  # it is there only where something failed, such as for want of room


def reach_the_disk(file: Path) -> None:
    """Wait until what was written to a file outlasts a power cut."""
    with file.open("rb+") as written:
        os.fsync(written.fileno())
