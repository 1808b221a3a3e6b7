"""A library of ligands in a file: one a line, a name or a SMILES, as chemists exchange them (`.smi`)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ionlink.data.errors import InputError


def read_library(given: Mapping[str, Any]) -> tuple[str, ...]:
    """Ligands of `{ file = "/…/library.smi" }`, each spelling once.

    Of each line the first word counts, what follows (a name, an id) does not; empty lines and those that begin with
    `#` are passed over. The path is absolute, so that a campaign means the same wherever it is gone on with.

    Raises:
        InputError: there is no such file, or it holds nothing.

    """
    if set(given) != {"file"} or not isinstance(given["file"], str):
        raise InputError("give a list of names and SMILES, or { file = '/path/to/library.smi' }")
    path = Path(given["file"]).expanduser()
    if not path.is_absolute():
        raise InputError(f"file: '{path}' is not absolute; a campaign may be gone on with from any folder")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"file: {path} cannot be read: {error}") from error
    words = (line.split()[0] for line in lines if line.strip() and not line.lstrip().startswith("#"))
    found = tuple(dict.fromkeys(words))
    if not found:
        raise InputError(f"file: {path} holds no ligands; write one a line")
    return found
