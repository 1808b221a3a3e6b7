"""Reading the curated tables of this folder: header and rows checked, every fault collected."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_origin

from pydantic import BaseModel, ValidationError

from ionlink.data.errors import InputError

NEAR = 0.8
"""How like the name of an unknown column must be to that of an optional one to be taken for a slip."""

DATA_FOLDER = Path(__file__).parent
"""Where the tables lie."""

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Row:
    """One row of a table: where it stands and what its cells say."""

    where: str
    """File and row number as a spreadsheet counts (the header is row 1)."""

    cells: Mapping[str, str]
    """Text of the filled cells, by column; a cell left empty is absent."""


def read_rows(path: Path, required: Sequence[str], optional: Sequence[str] = ()) -> tuple[Row, ...]:
    """Rows of a comma-separated UTF-8 file, blank rows left out.

    Raises:
        InputError: on a file that is not UTF-8, a header or a row that does not fit the columns, with one line for
            each fault.

    """
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name}: is not text in UTF-8; save it as 'CSV UTF-8'") from error
    header, *records = list(csv.reader(io.StringIO(text, newline=""))) or [[]]
    faults = list(header_faults(header, required, optional))
    if faults:
        raise InputError(f"{path.name}: {fault}" for fault in faults)
    rows = []
    for number, record in enumerate(records, start=2):
        where = f"{path.name} row {number}"
        if len(record) not in {0, len(header)}:
            faults.append(f"{where}: has {len(record)} cells where the header has {len(header)}")
        elif record:
            rows.append(Row(where, filled_cells(header, record)))
    if faults:
        raise InputError(faults)
    return tuple(rows)


def header_faults(header: Sequence[str], required: Sequence[str], optional: Sequence[str]) -> Iterator[str]:
    """One line for each column that is missing, repeated or unknown."""
    for name, count in Counter(header).items():
        if count > 1:
            yield f"column '{name}' stands {count} times in the header"
        if name not in {*required, *optional}:
            near = get_close_matches(name, optional, n=1, cutoff=NEAR)
            hint = f"did you mean '{near[0]}'? The columns" if near else "the columns"
            yield f"column '{name}' is unknown; {hint} are {', '.join([*required, *optional])}"
    for name in required:
        if name not in header:
            yield f"column '{name}' is missing"


def filled_cells(header: Sequence[str], record: Sequence[str]) -> dict[str, str]:
    """Stripped text of the cells that hold something, by column."""
    return {name: text.strip() for name, text in zip(header, record, strict=True) if text.strip()}


def build(model: type[Model], fields: Mapping[str, Any], where: str, faults: list[str]) -> Model | None:
    """The validated value, or `None` with its faults appended to `faults`."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        faults.extend(describe(error, where))
        return None


def load_named(path: Path, model: type[Model], columns: Sequence[str]) -> dict[str, Model]:
    """Values of a table with one row each and a `name` column, by that name.

    Raises:
        InputError: with one line for each fault.

    """
    faults: list[str] = []
    found: dict[str, Model] = {}
    required = [name for name in columns if name not in model.model_fields or model.model_fields[name].is_required()]
    for row in read_rows(path, required, [name for name in columns if name not in required]):
        value = build(model, with_lists(model, row.cells), row.where, faults)
        if row.cells.get("name") in found:
            faults.append(f"{row.where}, name: {row.cells['name']} stands in the table twice")
        if value is not None:
            found[row.cells["name"]] = value
    if faults:
        raise InputError(faults)
    return found


def with_lists(model: type[BaseModel], cells: Mapping[str, str]) -> dict[str, Any]:
    """Cells as fields of `model`; where it wants several texts, the cell separates them by `;`."""
    lists = [name for name, field in model.model_fields.items() if get_origin(field.annotation) is tuple]
    return {name: split_list(text) if name in lists else text for name, text in cells.items()}


def split_list(text: str) -> tuple[str, ...]:
    """Parts of a cell that are separated by `;`."""
    return tuple(part.strip() for part in text.split(";") if part.strip())


def describe(error: ValidationError, where: str) -> Iterator[str]:
    """One readable line for each fault that pydantic found."""
    for fault in error.errors(include_url=False):
        field = ".".join(str(part) for part in fault["loc"]) or "row"
        cause = fault.get("ctx", {}).get("error")
        if isinstance(cause, InputError):
            yield from (f"{where}, {field}: {line}" for line in cause.faults)
        elif fault["type"] == "missing":
            yield f"{where}, {field}: is missing"
        else:
            yield f"{where}, {field}: {fault['msg']} (found {fault['input']!r})"


def repeated(names: Iterable[str]) -> list[str]:
    """Those that occur more than once."""
    return [name for name, count in Counter(names).items() if count > 1]
