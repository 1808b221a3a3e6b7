"""Reads a filled bench sheet: one row for each candidate, one column for each outcome."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ionlink.data.csv_table import repeated
from ionlink.data.errors import InputError
from ionlink.data.foreign_csv import open_foreign_csv, read_records, read_text, separator_of
from ionlink.data.formulation import CONDITIONS
from ionlink.data.formulation_columns import NUMBERS
from ionlink.data.lab_table import (
    LabResult,
    LabRow,
    Objections,
    no_objections,
    read_lab_results,
    row_number,
    with_level,
)

POINT_COLUMNS = ("candidate", "cation", "ligand", "ratio", *CONDITIONS, "level")
"""What is to be made, and where it is observed."""

AMOUNT_COLUMNS = (
    *("polymer_solution_g", "polymer_solids_percent", "polymer_form", "repeat_unit", "repeat_unit_g_mol"),
    "donor_groups_mmol",
    "salt_stock_mol_l",
    *("salt", "salt_g_mol", "cation_mmol", "salt_mg", "salt_stock_ml"),
    *("second_salt", "second_salt_g_mol", "second_cation_mmol", "second_salt_mg", "second_salt_stock_ml"),
    "remark",
)
"""How it is made; never read back."""

ANSWER_COLUMNS = ("source", "failed_because")
"""What whoever makes it fills in, beside the outcomes."""

OUTCOME_COLUMN = re.compile(r"(?P<outcome>\w+)(?P<error> standard_error)? \((?P<unit>[^()]+)\)")


@dataclass(frozen=True)
class LabFailure:
    """A candidate of which nothing could be observed."""

    candidate: int
    """Its id."""

    reason: str


@dataclass(frozen=True)
class LabFile:
    """All that a file from the laboratory says."""

    results: tuple[LabResult, ...]
    failures: tuple[LabFailure, ...] = ()


def outcome_columns(outcome: str, unit: str) -> tuple[str, str]:
    """Names of the columns for an outcome's value and its standard error, both in `unit`.

    >>> outcome_columns("peel_force", "N")
    ('peel_force (N)', 'peel_force standard_error (N)')

    """
    return f"{outcome} ({unit})", f"{outcome} standard_error ({unit})"


def read_lab_file(
    path: str | Path, objections: Objections = no_objections, levels: Mapping[str, str] = MappingProxyType({})
) -> LabFile:
    """A lab table, or a bench sheet that somebody filled in; which of them, its header says.

    In a sheet, cells left empty say nothing, and `<0.4` is a limit. A column's unit may be changed to another one that
    converts. A campaign may have `objections` to rows, and `levels` of its candidates, see `read_lab_results`.

    Raises:
        InputError: with one line for each fault, by row as a spreadsheet counts (the header is row 1).

    """
    path = Path(path)
    try:
        header = _header(path)
    except InputError as error:
        raise InputError(f"{path.name}: {fault}" for fault in error.faults) from error
    if "outcome" in map(str.lower, header) or not any(map(OUTCOME_COLUMN.fullmatch, header)):
        return LabFile(tuple(read_lab_results(path, objections, levels=levels)))
    try:
        return _read_sheet(path, header, objections, levels)
    except InputError as error:
        raise InputError(f"{path.name}: {fault}" for fault in error.faults) from error


def _header(path: Path) -> list[str]:
    """Names of the columns as they are written; units tell mPa from MPa."""
    text = read_text(path)
    return [name.strip() for name in read_records(text, separator_of(text))[0]]


def _read_sheet(path: Path, header: Sequence[str], objections: Objections, levels: Mapping[str, str]) -> LabFile:
    columns = {name.lower(): match for name in header if (match := OUTCOME_COLUMN.fullmatch(name))}
    numbers = (*NUMBERS, *columns)
    optional = (*POINT_COLUMNS[4:], *AMOUNT_COLUMNS, *ANSWER_COLUMNS, *columns)
    table = open_foreign_csv(path, POINT_COLUMNS[:4], optional, numbers)
    faults = [*table.faults, *_header_faults(columns.values())]
    results: list[LabResult] = []
    failures: dict[int, LabFailure] = {}
    valued: dict[int | None, int] = {}
    for number, filled in table.rows:
        cells = with_level(filled, levels)
        said: list[str] = []
        for outcome, row in _long_rows(cells, columns):
            lab_row = LabRow(number, row, table.decimal_comma, objections)
            found = lab_row.result(path.name)
            if found is not None:
                results.append(found)
                valued[found.candidate] = number
            said += [_of_column(fault, outcome) for fault in lab_row.faults]
        failed = LabRow(number, cells, table.decimal_comma, objections)
        if "failed_because" in cells and (candidate := failed.candidate(failed.formulation(), failed=True)) is not None:
            failures[number] = LabFailure(candidate, cells["failed_because"])
        faults += dict.fromkeys([*said, *failed.faults])
    faults += [
        f"row {number}, failed_because: row {valued[failed.candidate]} has a value of candidate {failed.candidate}; "
        "tell a value of it or why there is none"
        for number, failed in failures.items()
        if failed.candidate in valued
    ]
    if not faults and not results and not failures:
        faults = ["row 1: nothing is filled in: no outcome, and no failed_because"]
    if faults:
        raise InputError(sorted(faults, key=row_number))
    return LabFile(tuple(results), tuple(failures.values()))


def _of_column(fault: str, outcome: str) -> str:
    """A fault of a lab table's row, naming the sheet's column."""
    return fault.replace(", value: ", f", {outcome}: ").replace(", standard_error: ", f", {outcome} standard_error: ")


def _header_faults(columns: Iterable[re.Match[str]]) -> Iterator[str]:
    columns = list(columns)
    units = {column["outcome"]: column["unit"] for column in columns if not column["error"]}
    for name in repeated(f"{column['outcome']}{column['error'] or ''}" for column in columns):
        yield f"row 1: {name} has two columns; keep one"
    for column in columns:
        if column["outcome"] not in units:
            yield f"row 1: '{column[0]}' is there, but no column for the value of {column['outcome']}"
        elif column["unit"] != units[column["outcome"]]:
            yield f"row 1: '{column[0]}' must be in {units[column['outcome']]}, as the value is"


def _long_rows(cells: Mapping[str, str], columns: Mapping[str, re.Match[str]]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each outcome that is filled in, and the cells that a lab table's row would have for it."""
    shared = {name: text for name, text in cells.items() if name in (*POINT_COLUMNS, "source")}
    errors = {column["outcome"]: name for name, column in columns.items() if column["error"]}
    for name, column in columns.items():
        told = {"value": cells.get(name), "standard_error": cells.get(errors.get(column["outcome"], ""))}
        filled = {field: text for field, text in told.items() if text is not None}
        if filled and not column["error"]:
            yield column["outcome"], {**shared, **filled, "outcome": column["outcome"], "unit": column["unit"]}
