"""The user's own tables, which are read after the shipped ones."""

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Concatenate, ParamSpec, TypeVar

import platformdirs

from ionlink.data.errors import InputError
from ionlink.data.whole_file import write_whole

OWN_FOLDER_VARIABLE = "IONLINK_DATA"
"""Environment variable that names another folder."""

IMPORTED = ("cations", "ligands", "outcomes", "observations")
"""Kinds of tables that an import writes; the others are written by hand."""

NAMED = {"cation": "a cation", "second_cation": "a second cation", "ligand": "a polymer", "outcome": "an outcome"}
"""Columns that name what may be in another table of the user's own."""

NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")

Table = TypeVar("Table")
Entry = TypeVar("Entry")
Arguments = ParamSpec("Arguments")


def own_folder() -> Path:
    """Folder of the user's own tables; it need not exist.

    Raises:
        InputError: when the environment variable names a file.

    """
    named = os.environ.get(OWN_FOLDER_VARIABLE)
    folder = Path(named).expanduser() if named else platformdirs.user_data_path("ionlink")
    if folder.is_file():
        raise InputError(f"{OWN_FOLDER_VARIABLE}: {folder} is a file; name the folder of your own tables")
    return folder


def own_tables(kind: str) -> list[Path]:
    """The user's own tables of a kind, such as `ligands`, in alphabetical order."""
    return sorted(own_folder().glob(f"{kind}*.csv"))


def own_table(kind: str, stem: str) -> Path:
    """Where the user's own table of that kind lies that comes from a file with this stem.

    >>> own_table("ligands", "My ligands (2)").name
    'ligands_my_ligands_2.csv'

    """
    return own_folder() / f"{kind}_{NOT_IN_NAMES.sub('_', stem.casefold()).strip('_') or 'table'}.csv"


def load_table(
    path: Path,
    load: Callable[Concatenate[Path, Arguments], Table],
    *arguments: Arguments.args,
    **named_arguments: Arguments.kwargs,
) -> Table:
    """What `load` reads of a table of the knowledge base; faults of one of the user's own say where it lies.

    Raises:
        InputError: when the table is faulty, with one line for each fault and, of the user's own, one that helps.

    """
    try:
        return load(path, *arguments, **named_arguments)
    except InputError as error:
        if path.parent != own_folder():
            raise
        faults = [fault.replace(path.name, str(path), 1) for fault in error.faults]
        anew = "import it anew with --replace, " * path.name.startswith(IMPORTED)
        help_line = f"{path}: is a table of your own; put it right, {anew}or delete it"
        strange = [fault for fault in faults if "is not known" in fault]
        lost = [what for column, what in NAMED.items() if any(f", {column}: " in fault for fault in strange)]
        help_line += "".join(f"; {what} that it names has to be known: import the table that had it" for what in lost)
        raise InputError([*faults, help_line]) from error


def with_own(
    kind: str,
    shipped: dict[str, Entry],
    load: Callable[[Path, dict[str, Entry]], dict[str, Entry]],
    besides: Path | None,
) -> dict[str, Entry]:
    """Entries by name, the user's own after the shipped ones; of all tables of a kind but one.

    Raises:
        InputError: when a table is faulty, with one line for each fault.

    """
    found = shipped
    for path in own_tables(kind):
        if path != besides:
            found = found | load_table(path, load, found)
    return found


def refuse_existing(paths: Iterable[Path]) -> None:
    """Stop before anything is overwritten.

    Raises:
        InputError: with one line for each file that exists.

    """
    existing = [path for path in paths if path.exists()]
    if existing:
        raise InputError(f"{path}: exists; --replace overwrites it" for path in existing)


def write_own_table(path: Path, text: str, load: Callable[[Path], object]) -> None:
    """Write a table once `load`, which will read it from now on, has read it without a fault.

    Raises:
        InputError: when it has not; nothing is written.

    """
    with TemporaryDirectory() as folder:
        trial = Path(folder) / path.name
        trial.write_text(text, encoding="utf-8", newline="")
        load(trial)
    write_whole(path, text)
