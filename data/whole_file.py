"""Files that are whole or absent."""

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write UTF-8 text to a new file beside `path` and move it into place.

    A reader, a second writer or a crash never meets half of it. The folder is made if it is missing.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, prefix=f".{path.name}-", suffix=".new", delete=False, encoding="utf-8"
    ) as new:
        new.write(text)
        new.flush()
        os.fsync(new.fileno())
    finished = Path(new.name)
    finished.chmod(0o644)  # a temporary file is its owner's alone
    finished.replace(path)
