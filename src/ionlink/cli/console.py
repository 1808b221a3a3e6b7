"""What commands print: a table for people, JSON for machines."""

import json
import math
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ionlink.data.plural import counted

if TYPE_CHECKING:
    import pandas as pd

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of text.")]


def campaign_command(*words: object) -> str:
    """A command of a campaign to copy: names with blanks or signs are quoted as shells want them."""
    return shlex.join(["ionlink", "campaign", *map(str, words)])


def print_json(value: object) -> None:
    """Print `value` as one JSON document; what is missing (NaN) becomes `null`."""
    typer.echo(json.dumps(_plain(value), ensure_ascii=False, indent=2, allow_nan=False))


def records(frame: "pd.DataFrame") -> list[dict[str, object]]:
    """One mapping per row, for `print_json`."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in rows]


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None, *, to_stderr: bool = False
) -> None:
    """Print rows under their column names; numbers are aligned to the right."""
    from rich.console import Console
    from rich.table import Table

    rows = [tuple(row) for row in rows]
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for place, column in enumerate(columns):
        cells = [row[place] for row in rows]
        table.add_column(column, justify="right" if all(_is_number(cell) for cell in cells) else "left")
    for row in rows:
        table.add_row(*(cell_text(cell) for cell in row))
    # A terminal decides the width; a file or a pipe must not lose columns to a guess of 80.
    console = Console(markup=False, highlight=False, stderr=to_stderr)
    if not console.is_terminal:
        console = Console(markup=False, highlight=False, stderr=to_stderr, width=400)
    console.print(table)


def bounds_line(count: int, learner: str | None) -> str:
    """What is said where bounds were given to a surrogate that learns from values; which option learns from them."""
    rest = f"; {learner} learns from them too" if learner else ""
    return f"not learned from: {counted(count, 'bound')} (< or >){rest}"


def _is_number(cell: object) -> bool:
    return cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool))


def cell_text(cell: object) -> str:
    """The text of one cell: four significant digits, an en dash for what is missing."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return "–"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return f"{cell:.4g}"
    return str(cell)


def _plain(value: object) -> object:
    """`value` in JSON's own types."""
    if hasattr(value, "model_dump"):
        value = value.model_dump(mode="json")
    elif hasattr(value, "item"):  # a NumPy scalar
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value
