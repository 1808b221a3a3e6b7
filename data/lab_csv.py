"""Opens a table that a laboratory exported: encoding, separator, decimal sign, header."""

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from ionlink.data.csv_table import header_faults
from ionlink.data.errors import InputError

POINT_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
NUMBER_COLUMNS = ("ratio", "value", "standard_error")
COMMA_NUMBER = re.compile(r"[+-]?(\d+,\d*|,\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True)
class LabCsv:
    """The text of a table, not yet understood."""

    columns: tuple[str, ...]
    """Names in the header, lower case."""

    rows: tuple[tuple[int, dict[str, str]], ...]
    """Row number as a spreadsheet counts (the header is row 1), and its filled cells by column."""

    decimal_comma: bool
    """Whether numbers are written `4,58` (only in a table separated by semicolons)."""

    faults: tuple[str, ...]
    """What is wrong with header and rows so far."""


def open_lab_csv(path: Path, required: Sequence[str], optional: Sequence[str]) -> LabCsv:
    """Header and rows of a CSV in UTF-8, separated by commas, or by semicolons as spreadsheets do in much of Europe.

    Raises:
        InputError: when there is no table to go on with: no file, not text, no usable header, no rows.

    """
    text = read_text(path)
    separator = separator_of(text)
    try:
        header, *records = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)) or [[]]
    except csv.Error as error:
        raise InputError(f"is not a CSV table: {error}") from error
    columns = [name.strip().lower() for name in header]
    check_header(columns, required, optional)
    numbered = [(number, record) for number, record in enumerate(records, start=2) if any(map(str.strip, record))]
    if not numbered:
        raise InputError("has a header but no rows")
    rows = tuple((number, cells_of(columns, record)) for number, record in numbered)
    return LabCsv(
        columns=tuple(columns),
        rows=rows,
        decimal_comma=separator == ";" and has_decimal_comma(rows),
        faults=tuple(
            [f"row 1: {fault}" for fault in header_faults(columns, required, optional)]
            + [fault for number, record in numbered for fault in length_faults(number, record, columns)]
        ),
    )


def read_text(path: Path) -> str:
    """Text of a UTF-8 file, with or without byte order mark.

    Raises:
        InputError: when there is no such file, it is empty, or in another encoding.

    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8 text; save it as 'CSV UTF-8'") from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}") from error
    if not text.strip():
        raise InputError("is empty")
    return text


def separator_of(text: str) -> str:
    """The separator that the header line uses.

    Raises:
        InputError: when the header is separated by tabs.

    """
    header = text.splitlines()[0]
    if "\t" in header:
        raise InputError("row 1: is separated by tabs; separate by commas (or semicolons)")
    return ";" if header.count(";") > header.count(",") else ","


def check_header(columns: Sequence[str], required: Sequence[str], optional: Sequence[str]) -> None:
    """Stop where rows could not be told apart.

    Raises:
        InputError: when a column is missing or repeated, with every fault of the header.

    """
    faults = list(header_faults(columns, required, optional))
    if len(set(columns)) < len(columns) or not set(required) <= set(columns):
        strangers = [name for name in columns if name not in {*required, *optional}]
        faults += [f"did you mean '{near}' by '{name}'?" for name in strangers for near in nearest(name, required)]
        raise InputError([*(f"row 1: {fault}" for fault in faults), f"the header should be: {','.join(required)}"])


def nearest(name: str, known: Sequence[str]) -> list[str]:
    """The known name closest to a mistyped one, if any is close."""
    return get_close_matches(name, known, n=1)


def cells_of(columns: Sequence[str], record: Sequence[str]) -> dict[str, str]:
    """Stripped text of the filled cells, by column."""
    return {name: text.strip() for name, text in zip(columns, record, strict=False) if text.strip()}


def length_faults(number: int, record: Sequence[str], columns: Sequence[str]) -> list[str]:
    """A line if cells with content stand beyond the header's columns."""
    if not any(text.strip() for text in record[len(columns) :]):
        return []
    hint = "; quote a number with a decimal comma, or separate columns by semicolons"
    return [f"row {number}: has {len(record)} cells where the header has {len(columns)}{hint}"]


def has_decimal_comma(rows: Sequence[tuple[int, dict[str, str]]]) -> bool:
    """Whether any number is written with a decimal comma."""
    return any(COMMA_NUMBER.fullmatch(cells.get(column, "")) for _, cells in rows for column in NUMBER_COLUMNS)


def parse_number(text: str, decimal_comma: bool) -> float:
    """A finite number.

    Raises:
        InputError: when the text is none, or ambiguous because the table mixes decimal signs.

    """
    if decimal_comma and "." in text:
        raise InputError(f"'{text}' has a point where other numbers of the table have a decimal comma")
    written = text.replace(",", ".") if decimal_comma and COMMA_NUMBER.fullmatch(text) else text
    if not POINT_NUMBER.fullmatch(written):
        hint = "; write a decimal point" if COMMA_NUMBER.fullmatch(text) else ""
        raise InputError(f"'{text}' is not a number{hint}")
    number = float(written)
    if not math.isfinite(number):
        raise InputError(f"'{text}' is too large for a number")
    return number
