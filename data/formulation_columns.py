"""Which columns of a table say what of formulations."""

from collections.abc import Sequence
from difflib import get_close_matches

from ionlink.data.errors import InputError
from ionlink.data.formulation import CONDITIONS

COLUMNS = ("cation", "ligand", "ratio")
READ = (*COLUMNS, *CONDITIONS)
NUMBERS = ("ratio", "second_fraction", "ph", "temperature_k")
"""Those of `READ` that hold numbers."""

NEAR = 0.8
"""How like a column's name must be to a condition's to be taken for a slip: `temperature` for `temperature_k`."""


def column_places(header: Sequence[object], where: str, *, needs_ratio: bool) -> dict[str, int]:
    """Where each of `READ` that is there stands in a header, in any case; other columns are left aside.

    Args:
        header: Names of the columns.
        where: What a fault begins with, such as the file's name.
        needs_ratio: Whether `ratio` must be there, as `cation` and `ligand` must.

    Raises:
        InputError: with one line for each column that is missing, stands twice, or has a slip in its name.

    >>> column_places(["Ligand", "Cation", "note", "pH"], "table", needs_ratio=False)
    {'cation': 1, 'ligand': 0, 'ph': 3}

    """
    names = [str(name).strip().lower() for name in header]
    strangers = [name for name in names if name not in READ]
    needed = COLUMNS if needs_ratio else COLUMNS[:2]
    faults = [f"{where}: column {name} is missing{_hint(name, strangers)}" for name in needed if name not in names]
    faults += [f"{where}: column {name} stands twice" for name in READ if names.count(name) > 1]
    for name in READ:
        near = get_close_matches(name, strangers, n=1, cutoff=NEAR) if name not in (*names, *needed) else []
        faults += [f"{where}: column '{slip}' is not read; is it {name}? Rename it, or leave it out" for slip in near]
    if faults:
        raise InputError(faults)
    return {name: names.index(name) for name in READ if name in names}


def _hint(name: str, strangers: Sequence[str]) -> str:
    near = get_close_matches(name, strangers, n=1)
    return f"; did you mean '{near[0]}' by it?" if near else f"; the columns are {', '.join(COLUMNS)}"
