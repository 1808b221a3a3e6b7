"""Tables of formulations and of predictions as files of any size, read and written in parts."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ionlink.data.errors import InputError
from ionlink.data.foreign_csv import has_decimal_comma, kind_of, separator_of, width_fault, without_empty_end
from ionlink.data.formulation_columns import NUMBERS, column_places
from ionlink.data.spreadsheet import COMMA_NUMBER, parse_number
from ionlink.data.whole_file import moved_into_place

if TYPE_CHECKING:
    import pandas as pd

KINDS = (".csv", ".parquet")

ROWS_LOOKED_AT = 10_000
"""By so many rows of a file of any size it is told whether its numbers have a decimal comma."""

Part = tuple[dict[str, "pd.Series"], Callable[[int], str]]
"""Columns by name, and what a row of them (counted from 0) is called in a fault."""


def check_kind(path: Path) -> None:
    """Raise `InputError` unless the name ends in `.csv` or `.parquet`."""
    if path.suffix.lower() not in KINDS:
        raise InputError(f"{path}: ends in '{path.suffix}'; tables are {' or '.join(KINDS)}")


def read_parts(path: Path, rows_at_once: int, *, needs_ratio: bool) -> Iterator[Part]:
    """Columns of formulations, at most `rows_at_once` rows at a time; other columns are left aside.

    Raises:
        InputError: when the file is missing, no such table, or has a row of another width than its header.

    """
    check_kind(path)
    if not path.is_file():
        raise InputError(f"{path}: there is no such file")
    read = _parquet_parts if path.suffix.lower() == ".parquet" else _csv_parts
    yield from read(path, rows_at_once, needs_ratio=needs_ratio)


def _csv_parts(path: Path, rows_at_once: int, *, needs_ratio: bool) -> Iterator[Part]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            separator = _separator(path, file.readline())
            file.seek(0)
            lines = csv.reader(file, delimiter=separator, strict=True)
            try:
                header = without_empty_end(next(lines, []))
                if not header and not any(lines):
                    raise InputError(f"{path}: is empty")
                places = column_places(header, str(path), needs_ratio=needs_ratio)
                decimal_comma = separator == ";" and _has_decimal_comma(path, places)
                yield from _records(path, lines, rows_at_once, places, len(header), decimal_comma=decimal_comma)
            except csv.Error as error:
                raise InputError(f"{path}, line {lines.line_num}: is not a CSV table: {error}") from error
    except UnicodeDecodeError as error:
        with path.open("rb") as raw:
            raise InputError(f"{path}: is {kind_of(raw.read(4))}; save it as 'CSV UTF-8'") from error


def _separator(path: Path, line: str) -> str:
    try:
        return separator_of(line)
    except InputError as error:
        raise InputError(f"{path}, {fault}" for fault in error.faults) from error


def _has_decimal_comma(path: Path, places: dict[str, int]) -> bool:
    """Whether numbers are written `4,58`, by the first rows of a table separated by semicolons."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = islice(csv.reader(file, delimiter=";", strict=True), 1, ROWS_LOOKED_AT + 1)
        records = enumerate([[record[p] for p in places.values() if p < len(record)] for record in lines])
        return has_decimal_comma(list(places), records, NUMBERS)


def _records(
    path: Path,
    lines: Any,  # noqa: ANN401 - the type of csv.reader has no public name
    rows_at_once: int,
    places: dict[str, int],
    width: int,
    *,
    decimal_comma: bool,
) -> Iterator[Part]:
    while part := _Cells.read(lines, rows_at_once, places, width):
        columns, faults = _columns(part, decimal_comma=decimal_comma)
        if faults:
            from ionlink.models.names import first_of

            lines = [f"{path}, line {number}{fault}" for number, fault in sorted(faults)]
            raise InputError(first_of(lines, len(lines)))
        yield columns, _called(f"{path}, line", part.numbers)


@dataclass(frozen=True)
class _Cells:
    """Some rows of a CSV, column by column."""

    numbers: list[int]
    """Line of each row."""

    cells: dict[str, list[str]]

    uneven: list[tuple[int, str]]
    """Line and fault of rows of another width than the header."""

    @classmethod
    def read(cls, lines: Any, rows: int, places: dict[str, int], width: int) -> "_Cells | None":  # noqa: ANN401 - see `_records`
        """The next rows; `None` where there are none. Rows without a filled cell are passed over."""
        part = cls([], {name: [] for name in places}, [])
        columns = [(part.cells[name], place) for name, place in places.items()]
        # Row by row: with many rows alive as lists, Python's garbage collector took most of the time.
        for record in islice((record for record in lines if any(map(str.strip, record))), rows):
            fault = "" if len(record) == width else width_fault(record, width)
            if fault:
                part.uneven.append((lines.line_num, f": {fault}"))
                continue
            part.numbers.append(lines.line_num)
            for cells, place in columns:
                cells.append(record[place])
        return part if part.numbers or part.uneven else None


def _columns(part: _Cells, *, decimal_comma: bool) -> tuple[dict[str, "pd.Series"], list[tuple[int, str]]]:
    """Columns of the cells, numbers with a decimal point; and the line and fault of what cannot be taken."""
    import pandas as pd

    columns = {name: pd.Series(texts, dtype="str").str.strip() for name, texts in part.cells.items()}
    faults = list(part.uneven)
    for name in [name for name in NUMBERS if name in columns]:
        texts = columns[name]
        if decimal_comma:
            written = texts.str.fullmatch(COMMA_NUMBER)
            columns[name] = texts.where(~written, texts.str.replace(",", ".", regex=False))
            texts = texts.mask(written, "")
        for row in texts.str.contains("[,.]" if decimal_comma else ",", regex=True).to_numpy().nonzero()[0]:
            faults += [(part.numbers[row], f", {name}: {fault}") for fault in _faults(texts.iloc[row], decimal_comma)]
    return columns, faults


def _faults(text: str, decimal_comma: bool) -> Sequence[str]:
    try:
        parse_number(text, decimal_comma)
    except InputError as error:
        return error.faults
    return ()


def _parquet_parts(path: Path, rows_at_once: int, *, needs_ratio: bool) -> Iterator[Part]:
    import pyarrow
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path) as file:
            places = column_places(file.schema_arrow.names, str(path), needs_ratio=needs_ratio)
            written = {name: file.schema_arrow.names[place] for name, place in places.items()}
            start = 0
            for batch in file.iter_batches(rows_at_once, columns=list(written.values())):
                frame = batch.to_pandas(ignore_metadata=True)  # where pandas wrote it, a column may be its index
                columns = {name: frame[column] for name, column in written.items()}
                yield columns, _called(f"{path}, row", range(start + 1, start + 1 + len(frame)))
                start += len(frame)
    except pyarrow.ArrowInvalid as error:
        raise InputError(f"{path}: is not a Parquet table: {' '.join(str(error).split())}") from error


def _called(what: str, numbers: Any) -> Callable[[int], str]:  # noqa: ANN401 - a tuple or a range of int
    return lambda row: f"{what} {numbers[row]}, " if row < len(numbers) else f"{what}s up to {numbers[-1]}, "


def check_new(path: Path) -> None:
    """Raise `InputError` where a table cannot be written: it exists, its folder does not, or its name says no kind."""
    check_kind(path)
    if path.exists():
        raise InputError(f"{path}: exists already; choose another name, or remove it first")
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.parent}")


def write_parts(frames: Iterable["pd.DataFrame"], path: Path) -> int:
    """Write tables of equal columns one below the other into a new `.csv` or `.parquet`; returns how many rows.

    They go to a file beside it that is moved into place when it is whole: a reader or a crash never meets half of it.

    Raises:
        InputError: when the file exists or cannot be there.

    """
    import pyarrow

    check_new(path)
    rows = 0
    with moved_into_place(path) as new:
        writer = None
        try:
            for frame in frames:
                table = pyarrow.Table.from_pandas(frame, preserve_index=False)
                writer = writer or _writer(new, path.suffix.lower(), table.schema)
                writer.write_table(table)
                rows += len(frame)
        finally:
            if writer is not None:
                writer.close()
        check_new(path)  # another process may have been faster
    return rows


def _writer(new: Path, kind: str, schema: Any) -> Any:  # noqa: ANN401 - pyarrow has no types
    if kind == ".parquet":
        from pyarrow.parquet import ParquetWriter

        return ParquetWriter(new, schema.remove_metadata())
    from pyarrow.csv import CSVWriter, WriteOptions

    return CSVWriter(new, schema, write_options=WriteOptions(quoting_style="needed"))
