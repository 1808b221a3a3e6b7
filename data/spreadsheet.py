"""What spreadsheets make of cells: decimal commas, and texts that run as formulas."""

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence

from ionlink.data.errors import InputError

MINUS = "\N{MINUS SIGN}"
"""The typographic sign, which papers and word processors have in place of the hyphen."""

POINT_NUMBER = re.compile(rf"[+{MINUS}-]?(\d+\.?\d*|\.\d+)([eE][+{MINUS}-]?\d+)?")
COMMA_NUMBER = re.compile(rf"[+{MINUS}-]?(\d+,\d*|,\d+)([eE][+{MINUS}-]?\d+)?")

FORMULA_STARTS = ("=", "+", "-", "@")
"""First characters of a text that a spreadsheet would run as a formula."""


def parse_number(text: str, decimal_comma: bool) -> float:
    """A finite number.

    Raises:
        InputError: when the text is none, or ambiguous because the table mixes decimal signs.

    """
    if decimal_comma and "." in text and any(map(str.isdigit, text)):
        raise InputError(f"'{text}' has a point where other numbers of the table have a decimal comma")
    written = with_point(text, decimal_comma)
    if not POINT_NUMBER.fullmatch(written):
        hint = "; write a decimal point" if COMMA_NUMBER.fullmatch(text) else ""
        raise InputError(f"'{text}' is not a number{hint}")
    number = float(written.replace(MINUS, "-"))
    if not math.isfinite(number):
        raise InputError(f"'{text}' is too large for a number")
    return number


def with_point(text: str, decimal_comma: bool) -> str:
    """A number with a decimal point; any other text as it is."""
    return text.replace(",", ".") if decimal_comma and COMMA_NUMBER.fullmatch(text) else text


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would run a cell instead of showing it: `=1+1`, but neither `-1.5` nor `=` alone."""
    return (
        len(text) > 1
        and text.startswith(FORMULA_STARTS)
        and not POINT_NUMBER.fullmatch(text)
        and not COMMA_NUMBER.fullmatch(text)
    )


def spreadsheet_safe(text: str) -> str:
    """The text of a cell, with an apostrophe before what a spreadsheet would run and with line ends that CSV quotes."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{lines}" if is_formula(lines.strip()) else lines


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """A table as CSV in which no cell runs as a formula; what is missing or `None` becomes an empty cell."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        cells = (row.get(name) for name in columns)
        writer.writerow("" if cell is None else spreadsheet_safe(str(cell)) for cell in cells)
    return file.getvalue()
