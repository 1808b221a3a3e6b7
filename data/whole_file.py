"""Files that are whole or absent."""

import errno
import os
import tempfile
from pathlib import Path

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What the operating system says of a full disk, and of a quota that is used up."""


def write_whole(path: Path, text: str) -> None:
    """Write UTF-8 text to a new file beside `path` and move it into place.

    A reader, a second writer or a crash never meets half of it. The folder is made if it is missing.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-", suffix=".new")
    new = Path(name)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor has no path
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.chmod(0o644)  # a temporary file is its owner's alone
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)  # it is there only where there was no room for it
