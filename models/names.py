"""From columns as typed to formulations, each different name looked up once, all faults at once."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ionlink.data.errors import InputError
from ionlink.data.formulation import CONDITIONS, Formulation
from ionlink.data.formulation_columns import COLUMNS, column_places
from ionlink.data.naming import (
    UNKNOWN,
    cation_name,
    conditions_of,
    ligand_or_molecule_name,
    ratio_faults,
    second_cation_name,
)

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from ionlink.models.formulation_table import Floats, FormulationTable, Named

Finder = Callable[[str], str]

MOST_FAULTS = 100
"""Lines of one error; nobody reads the rest of a million."""

NO_REAL_NUMBERS = "cmM"
"""How NumPy calls the kinds of columns that it turns into numbers which nobody meant: complex ones, spans and dates."""


def formulation_table(
    columns: "dict[str, pd.Series]", where: Callable[[int], str], *, needs_ratio: bool
) -> "FormulationTable":
    """Formulations of the columns cation, ligand and ratio as typed, `n` rows each.

    A ligand may be a small molecule; where only polymers were learned from, the domain of the predictions says so.

    Args:
        columns: By name; `ratio` may be missing where it is not needed, conditions anywhere, and be empty in some rows.
        where: What a row (counted from 0) is called in a fault, such as `row 1, `.
        needs_ratio: Whether every row must have a ratio.

    Raises:
        InputError: with one line for each different name that is not known (at its first row) and each row without a
            possible ratio; `MOST_FAULTS` at most, in the order of rows.

    """
    import numpy as np

    from ionlink.models.formulation_table import FormulationTable

    faults: list[tuple[int, str]] = []
    cations = _named(columns["cation"], cation_name, faults)
    ligands = _named(columns["ligand"], ligand_or_molecule_name, faults)
    rows = len(columns["cation"])
    ratios = _ratios(columns["ratio"], faults, needed=needs_ratio) if "ratio" in columns else np.full(rows, np.nan)
    conditions = _conditions(columns, faults)
    if faults:
        raise InputError(_lines(faults, where))
    return FormulationTable(cations, ligands, ratios, conditions)


def table_of(frame: "pd.DataFrame", *, needs_ratio: bool, before: int = 0) -> "FormulationTable":
    """Formulations of a table's `n` rows, with the columns of `formulation_table` in any order and case.

    Raises:
        InputError: for columns as `column_places`, for rows as `formulation_table`; rows are counted from 1, after the
            `before` rows of tables before it.

    """
    places = column_places(list(frame.columns), "table", needs_ratio=needs_ratio)
    columns = {name: frame.iloc[:, place] for name, place in places.items()}
    return formulation_table(columns, lambda row: f"row {before + row + 1}, ", needs_ratio=needs_ratio)


def table_of_formulations(formulations: Sequence[Formulation], *, needs_ratio: bool) -> "FormulationTable":
    """The same of `n` formulations, whose names may be as typed.

    Raises:
        InputError: as `formulation_table`; formulations are counted from 0.

    """
    import pandas as pd

    used = [*COLUMNS, *(name for name in CONDITIONS if any(getattr(f, name) is not None for f in formulations))]
    columns = {name: pd.Series([getattr(f, name) for f in formulations], dtype=object) for name in used}
    return formulation_table(columns, lambda row: f"formulation {row}, ", needs_ratio=needs_ratio)


def _named(column: "pd.Series", find: Finder, faults: list[tuple[int, str]]) -> "Named":
    from ionlink.models.formulation_table import Named, named

    typed = named(column)
    names = []
    for code, text in enumerate(typed.names):
        try:
            names.append(find("" if text != text else str(text)))  # noqa: PLR0124 - a missing name is NaN
        except InputError as error:
            rows = (typed.codes == code).nonzero()[0]
            more = f" (and in {len(rows) - 1} more)" if len(rows) > 1 else ""
            faults.extend((int(rows[0]), fault + more) for fault in error.faults)
            names.append("")
    return Named(tuple(names), typed.codes)


def _conditions(columns: "dict[str, pd.Series]", faults: list[tuple[int, str]]) -> "dict[str, NDArray[Any]]":
    """Columns of conditions as a `FormulationTable` has them, checked; each different row is looked at once."""
    from ionlink.models.formulation_table import condition, different_rows

    names = [name for name in CONDITIONS if name in columns]
    if not names:
        return {}
    cells = {
        name: columns[name].astype(object).where(columns[name].notna() & (columns[name] != ""), None).to_numpy()
        for name in names
    }
    cations = columns["cation"].to_numpy()
    which, first = different_rows([cations, *cells.values()])
    found = [
        _known_conditions(int(row), str(cations[row]), {name: cells[name][row] for name in names}, faults)
        for row in first
    ]
    return {name: condition([known.get(name) for known in found], name)[which] for name in names}


def _known_conditions(
    row: int, cation: str, given: dict[str, object], faults: list[tuple[int, str]]
) -> dict[str, object]:
    """Fields of `Formulation` for the conditions of one row."""
    known = {name: cell for name, cell in given.items() if cell is not None}
    first = None
    if "second_cation" in known:
        known["second_cation"] = _name(second_cation_name, known["second_cation"], row, faults) or UNKNOWN
        first = _name(cation_name, cation, row, [])
    found, wrong = conditions_of(first, known)
    faults.extend((row, fault) for fault in wrong)
    return {} if wrong else found


def _name(find: Finder, typed: object, row: int, faults: list[tuple[int, str]]) -> str | None:
    """The name that is meant, or `None` with the reason among `faults`."""
    try:
        return find(str(typed))
    except InputError as error:
        faults.extend((row, fault) for fault in error.faults)
        return None


def _ratios(column: "pd.Series", faults: list[tuple[int, str]], *, needed: bool) -> "Floats":
    """Ratios as float64, NaN where there is none."""
    import numpy as np

    ratios = _numbers(column)
    empty = column.isna().to_numpy() | (column == "").to_numpy(dtype=bool, na_value=False)
    with np.errstate(invalid="ignore"):
        bad = ~(np.isfinite(ratios) & (ratios > 0)) & (needed | ~empty)
    for row in bad.nonzero()[0][: MOST_FAULTS + 1]:
        # What reads as a number is named as one: '-3' is not possible, 'three' is no number.
        typed = column.iloc[row]
        faults.extend((int(row), fault) for fault in ratio_faults(typed if np.isnan(ratios[row]) else ratios[row]))
    # The others are counted; to word a million of them, of which nobody sees one, takes its time.
    faults.extend([(len(column), "")] * (int(bad.sum()) - MOST_FAULTS - 1))
    return np.where(empty, np.nan, ratios)


def _numbers(column: "pd.Series") -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """A column as float64; NaN where it is no number, as a date is that a spreadsheet made of 8/1."""
    import numpy as np
    import pandas as pd

    if pd.api.types.is_bool_dtype(column) or column.dtype.kind in NO_REAL_NUMBERS:
        return np.full(len(column), np.nan)
    if column.dtype == object:
        column = column.map(lambda cell: np.nan if isinstance(cell, bool) else cell)
    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def first_of(lines: Sequence[str], count: int) -> list[str]:
    """At most `MOST_FAULTS` of the lines of an error that has `count`; where it has more, the last one says how many.

    `lines` may be fewer than `count`, but not fewer than are shown.
    """
    if count <= MOST_FAULTS:
        return list(lines)
    return [*lines[: MOST_FAULTS - 1], f"and {count - MOST_FAULTS + 1} more faults"]


def _lines(faults: list[tuple[int, str]], where: Callable[[int], str]) -> list[str]:
    faults = sorted(faults, key=lambda fault: fault[0])
    return first_of([where(row) + fault for row, fault in faults[:MOST_FAULTS]], len(faults))
