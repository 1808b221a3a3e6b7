"""What predictions are asked for: of one formulation, several, a grid, a table, a file, or tables that keep coming."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.data.formulation_columns import COLUMNS
from ionlink.grid import Grid

if TYPE_CHECKING:
    import pandas as pd

    from ionlink.models.formulation_table import FormulationTable

Asked: TypeAlias = "pd.DataFrame | str | Path | Formulation | Sequence[Formulation]"
GridLike: TypeAlias = Grid | Mapping[str, object]

FORMS = "a table, a path, formulations, or tables one after the other"
NO_ROWS = "table: there are no rows"

ROWS_CHECKED_AT_ONCE = 200_000


@dataclass(frozen=True)
class Wanted:
    """Formulations, checked, and how many."""

    tables: "Callable[[int], Iterator[FormulationTable]]"
    """Gives all, at most so many rows at a time."""

    count: int | None
    """`None` where it is not known before."""


def wanted(
    formulations: "Asked | Iterable[pd.DataFrame] | None",
    single: Mapping[str, object],
    grid: GridLike | None,
    *,
    needs_ratio: bool,
) -> Wanted:
    """What was asked for, in one of these ways; raises `InputError` where it is in none, or in several."""
    if sum([formulations is not None, bool(single), grid is not None]) > 1:
        raise InputError("predict: give one of a table, a grid, or cation, ligand and ratio, not several")
    import pandas as pd

    from ionlink.models.names import table_of, table_of_formulations

    if grid is not None:
        found = grid if isinstance(grid, Grid) else Grid.of(grid, needs_ratio=needs_ratio)
        return Wanted(found.tables, len(found))
    if formulations is None:
        return _whole(_single(single, needs_ratio=needs_ratio))
    if isinstance(formulations, str | Path):
        return _file(Path(formulations), needs_ratio=needs_ratio)
    if isinstance(formulations, pd.DataFrame):
        return _whole(table_of(formulations, needs_ratio=needs_ratio))
    several = [formulations] if isinstance(formulations, Formulation) else formulations
    if isinstance(several, Sequence) and several and all(isinstance(f, Formulation) for f in several):
        return _whole(table_of_formulations(several, needs_ratio=needs_ratio))
    if not isinstance(several, Iterable) or isinstance(several, Mapping):
        raise InputError(f"table: give {FORMS}, not {type(several).__name__}")
    return Wanted(lambda rows: _parts(several, rows, needs_ratio=needs_ratio), None)


def _single(given: Mapping[str, object], *, needs_ratio: bool) -> "FormulationTable":
    import pandas as pd

    from ionlink.models.names import formulation_table

    needed = COLUMNS if needs_ratio else COLUMNS[:2]
    absent = [name for name in needed if name not in given]
    if absent:
        raise InputError(
            f"predict: {', '.join(absent)} missing; give {', '.join(needed)}, or a table of them, or a grid"
        )
    columns = {name: pd.Series([value]) for name, value in given.items()}
    return formulation_table(columns, lambda _: "", needs_ratio=needs_ratio)


def _whole(table: "FormulationTable") -> Wanted:
    if not len(table):
        raise InputError(NO_ROWS)
    return Wanted(lambda rows: (table.rows(k, k + rows) for k in range(0, len(table), rows)), len(table))


def _parts(frames: Iterable[Any], rows: int, *, needs_ratio: bool) -> "Iterator[FormulationTable]":
    from ionlink.models.names import table_of

    before = 0
    for frame in frames:
        if not hasattr(frame, "columns"):
            raise InputError(f"table: give {FORMS}, not {type(frame).__name__}")
        table = table_of(frame, needs_ratio=needs_ratio, before=before)
        before += len(table)
        yield from (table.rows(start, start + rows) for start in range(0, len(table), rows))
    if not before:
        raise InputError(NO_ROWS)


def _file(path: Path, *, needs_ratio: bool) -> Wanted:
    """Formulations of a file, all of them checked before any is used; `InputError` at the first part with faults."""
    from ionlink.models.names import formulation_table
    from ionlink.table_file import read_parts

    def tables(rows: int) -> "Iterator[FormulationTable]":
        for columns, where in read_parts(path, rows, needs_ratio=needs_ratio):
            yield formulation_table(columns, where, needs_ratio=needs_ratio)

    count = sum(len(table) for table in tables(ROWS_CHECKED_AT_ONCE))
    if not count:
        raise InputError(f"{path}: there are no rows")
    return Wanted(tables, count)
