"""Reads tables of outcomes: the shipped `outcomes.csv` and the user's own."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ionlink.data.csv_table import Row, build, load_named, read_rows, repeated, with_lists
from ionlink.data.errors import InputError
from ionlink.data.formulation_columns import READ
from ionlink.data.outcome import Outcome
from ionlink.data.units import unit_fault

REQUIRED = ("name", "unit", "meaning")
OPTIONAL = ("lower", "upper", "scale", "better", "related")
NUMBERS = ("lower", "upper")

SHIPPED_COLUMNS = (*REQUIRED, "kind", "categories", *OPTIONAL)

TAKEN = frozenset({*READ, "outcome", "value", "unit", "standard_error", "bound", "source", "level", "candidate"})
"""Names that columns of tables have beside those of outcomes."""


def load_shipped_outcomes(path: Path) -> dict[str, Outcome]:
    """Outcomes of the table that comes with ionlink, by name.

    Raises:
        InputError: with one line for each fault of the file.

    """
    return load_named(path, Outcome, SHIPPED_COLUMNS)


def load_outcomes(path: Path, known: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """Outcomes of a table of the user's own by name, their units checked: for tables that nobody has checked yet.

    They are measured, and numbers: what is simulated takes code, and kinds take words that mean something to it.

    Args:
        path: UTF-8 file with a column for each of `REQUIRED` and any of `OPTIONAL`.
        known: Outcomes by name that those of the table must differ from, and may be related to.

    Raises:
        InputError: with one line for each fault of the file.

    """
    return _load(path, known, check_units=True)


def read_outcomes(path: Path, known: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """As `load_outcomes`, without the checks that need pint: for tables that have passed them before.

    Raises:
        InputError: with one line for each other fault of the file.

    """
    return _load(path, known, check_units=False)


def _load(path: Path, known: Mapping[str, Outcome], *, check_units: bool) -> dict[str, Outcome]:
    faults: list[str] = []
    rows = read_rows(path, REQUIRED, OPTIONAL)
    found = [build(Outcome, {**with_lists(Outcome, row.cells), "kind": "measured"}, row.where, faults) for row in rows]
    faults += _faults(rows, known)
    if check_units:
        faults += [f"{row.where}, unit: {fault}" for row in rows if (fault := unit_fault(row.cells.get("unit", "1")))]
    if faults:
        raise InputError(faults)
    return {outcome.name: outcome for outcome in found if outcome is not None}


def _faults(rows: Sequence[Row], known: Mapping[str, Outcome]) -> Iterator[str]:
    names = [row.cells.get("name", "") for row in rows]
    twice = repeated(names)
    for row, name in zip(rows, names, strict=True):
        if name in known:
            yield f"{row.where}, name: {name} is known, in {known[name].unit}; use it, or give another name"
        elif name in TAKEN:
            yield f"{row.where}, name: {name} is what tables call something else; give another name"
        elif name in twice:
            yield f"{row.where}, name: {name} stands in the table twice"
        for other in with_lists(Outcome, row.cells).get("related", ()):
            if other not in known and other not in names:
                yield f"{row.where}, related: '{other}' is no outcome; ionlink data show outcomes lists them"
