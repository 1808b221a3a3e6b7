"""Opens a table that others wrote: file, encoding, separator, decimal sign, header, shape, cells."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

from ionlink.data.csv_table import header_faults
from ionlink.data.errors import InputError
from ionlink.data.spreadsheet import COMMA_NUMBER, POINT_NUMBER, is_formula, spreadsheet_safe, with_point
from ionlink.data.value_cell import LIMIT_SIGNS

LARGEST_FILE_BYTES = 100_000_000
LARGEST_TABLE_ROWS = 200_000
"""More than any compilation of the field has; it bounds time and memory."""

SEPARATOR_LINE = re.compile(r"\s*sep=.\s*", re.IGNORECASE)

MAGIC_NUMBERS = {b"PK\x03\x04": "an Excel workbook or another zip archive", b"\xd0\xcf\x11\xe0": "an Excel workbook"}
"""First bytes of files that are renamed to `.csv` rather than exported."""


@dataclass(frozen=True)
class ForeignCsv:
    """The text of a table, not yet understood."""

    columns: tuple[str, ...]
    """Names in the header, lower case."""

    records: tuple[tuple[int, list[str]], ...]
    """Row number as a spreadsheet counts (the header is row 1), and its cells in the order of `columns`."""

    decimal_comma: bool
    """Whether numbers are written `4,58` (only in a table separated by semicolons)."""

    faults: tuple[str, ...]
    """What is wrong with header and rows so far."""

    @property
    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Row number and stripped text of the filled cells, by column."""
        return ((number, cells_of(self.columns, record)) for number, record in self.records)

    def plain(self, numbers: Sequence[str]) -> str:
        """The table as readers of this package's own tables want it: commas, decimal points, the same row numbers."""
        file = io.StringIO(newline="")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(self.columns)
        records = dict(self.records)
        for number in range(2, max(records) + 1):
            cells = cells_of(self.columns, records.get(number, []))
            written = (with_point(cells.get(name, ""), self.decimal_comma and name in numbers) for name in self.columns)
            writer.writerow(map(spreadsheet_safe, written) if cells else [])
        return file.getvalue()


def open_foreign_csv(
    path: Path, required: Sequence[str], optional: Sequence[str], numbers: Sequence[str]
) -> ForeignCsv:
    """Header and rows of a CSV in UTF-8, separated by commas, or by semicolons as spreadsheets do in much of Europe.

    Args:
        path: The file.
        required: Columns that must be there, lower case.
        optional: Columns that may be there.
        numbers: Those of them that hold numbers, by which a decimal comma is recognised.

    Raises:
        InputError: when there is no table to go on with: no file, not text, no usable header, no rows, too many.

    """
    text = read_text(path)
    separator = separator_of(text)
    header, *records = read_records(text, separator)
    columns = [name.strip().lower() for name in without_empty_end(header)]
    check_header(columns, required, optional)
    numbered = [(number, record) for number, record in enumerate(records, start=2) if any(map(str.strip, record))]
    if not numbered:
        raise InputError("has a header but no rows")
    return ForeignCsv(
        columns=tuple(columns),
        records=tuple(numbered),
        decimal_comma=separator == ";" and has_decimal_comma(columns, numbered, numbers),
        faults=tuple(
            [f"row 1: {fault}" for fault in header_faults(columns, required, optional)]
            + [fault for number, record in numbered for fault in record_faults(number, record, columns)]
        ),
    )


def read_text(path: Path) -> str:
    """Text of a UTF-8 file, with or without byte order mark.

    Raises:
        InputError: when there is no such file, it is empty, too large, no text, or in another encoding.

    """
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise InputError(f"is larger than {LARGEST_FILE_BYTES // 10**6} MB; split it")
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"is {kind_of(content)}; save it as 'CSV UTF-8'") from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}") from error
    if content[:4] in MAGIC_NUMBERS:
        raise InputError(f"is {kind_of(content)}; save it as 'CSV UTF-8'")
    if "\x00" in text:
        raise InputError("contains NUL bytes, so it is not a text table; save it as 'CSV UTF-8'")
    if not text.strip():
        raise InputError("is empty")
    return text


def kind_of(content: bytes) -> str:
    """What a file that is not UTF-8 text seems to be."""
    return MAGIC_NUMBERS.get(content[:4], "not UTF-8 text")


def separator_of(text: str) -> str:
    """The separator that the header line uses.

    Raises:
        InputError: when the header is separated by tabs, or a line that tells a spreadsheet the separator.

    """
    header = re.match(r"[^\r\n]*", text)[0]  # type: ignore[index] # it matches any text
    if SEPARATOR_LINE.fullmatch(header):
        raise InputError(f"row 1: '{header.strip()}' is for a spreadsheet alone; delete this line")
    if "\t" in header:
        raise InputError("row 1: is separated by tabs; separate by commas (or semicolons)")
    return ";" if header.count(";") > header.count(",") else ","


def without_empty_end(header: Sequence[str]) -> Sequence[str]:
    """A header without the empty cells that a spreadsheet leaves at its end."""
    filled = [place for place, name in enumerate(header, start=1) if name.strip()]
    return header[: filled[-1]] if filled else header


def read_records(text: str, separator: str) -> list[list[str]]:
    """Header and rows as lists of cells.

    Raises:
        InputError: when a quote is misplaced or never closed, or there are more rows than are taken.

    """
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        records = list(islice(lines, LARGEST_TABLE_ROWS + 2))
    except csv.Error as error:
        raise InputError(f"is not a CSV table: near line {lines.line_num}: {error}") from error
    if len(records) > LARGEST_TABLE_ROWS + 1:
        raise InputError(f"has more than {LARGEST_TABLE_ROWS} rows, the most that is taken at once; split it")
    return records or [[]]


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


def record_faults(number: int, record: Sequence[str], columns: Sequence[str]) -> Iterator[str]:
    """One line if cells are missing or stand beyond the header's columns, one for each cell with a formula."""
    if fault := width_fault(record, len(columns)):
        yield f"row {number}: {fault}"
    for name, text in zip(columns, record, strict=False):
        if is_formula(text.strip()):
            yield f"row {number}, {name}: '{text.strip()[:40]}' runs as a formula in a spreadsheet; write it as text"


def width_fault(record: Sequence[str], width: int) -> str:
    """What is wrong where cells are missing or stand beyond the header's columns; else empty."""
    if len(record) >= width and not any(text.strip() for text in record[width:]):
        return ""
    hint = "; quote a number with a decimal comma, or separate columns by semicolons" if len(record) > width else ""
    return f"has {len(record)} cells where the header has {width}{hint}"


def has_decimal_comma(
    columns: Sequence[str], records: Iterable[tuple[int, Sequence[str]]], numbers: Sequence[str]
) -> bool:
    """Whether no fewer numbers are written with a decimal comma than with a point, and any is: the rest are slips."""
    places = [place for place, name in enumerate(columns) if name in numbers]
    texts = [record[p].strip().lstrip(LIMIT_SIGNS).lstrip() for _, record in records for p in places if p < len(record)]
    commas = sum(COMMA_NUMBER.fullmatch(text) is not None for text in texts)
    return commas > 0 and commas >= sum("." in text and POINT_NUMBER.fullmatch(text) is not None for text in texts)
