"""Reads tables of formulations to simulate."""

from collections.abc import Iterator
from pathlib import Path

from ionlink.data.errors import InputError
from ionlink.data.foreign_csv import open_foreign_csv
from ionlink.data.formulation import Formulation
from ionlink.data.naming import formulation_of
from ionlink.data.spreadsheet import with_point

COLUMNS = ("cation", "ligand", "ratio", "replicates")


def read_simulation_table(path: Path) -> tuple[tuple[Formulation, int], ...]:
    """Formulations and how many replicates each gets; columns cation, ligand, ratio, replicates, in whichever CSV.

    Raises:
        InputError: with one line for each fault; two rows whose runs would share a directory are one.

    """
    try:
        return _formulations(path)
    except InputError as error:
        raise InputError(f"{path.name}: {fault}" for fault in error.faults) from error


def _formulations(path: Path) -> tuple[tuple[Formulation, int], ...]:
    faults: list[str] = []
    found: list[tuple[Formulation, int]] = []
    firsts: dict[str, tuple[Formulation, str]] = {}
    for number, cells in _rows(path):
        ratio, replicates = cells.get("ratio", ""), cells.get("replicates", "")
        try:
            formulation = formulation_of(cells.get("cation", ""), cells.get("ligand", ""), _number(ratio))
        except InputError as error:
            faults.extend(f"row {number}, {fault}" for fault in error.faults)
            continue
        if formulation.slug in firsts:
            other, where = firsts[formulation.slug]
            faults.append(
                f"row {number}: {formulation} stands in the table before"
                if formulation == other
                else f"row {number}, ratio: {ratio} is {where} to four digits, so that both would run in one "
                "directory; leave one of them out"
            )
        firsts.setdefault(formulation.slug, (formulation, f"{ratio} of row {number}"))
        if replicates.isdecimal() and int(replicates) > 0:
            found.append((formulation, int(replicates)))
        else:
            faults.append(f"row {number}, replicates: '{replicates}' is not a number of replicates; give 1 or more")
    if faults:
        raise InputError(faults)
    return tuple(found)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Row number and filled cells, numbers with decimal points."""
    table = open_foreign_csv(path, COLUMNS, (), ("ratio",))
    if table.faults:
        raise InputError(table.faults)
    for number, cells in table.rows:
        yield number, {name: with_point(text, table.decimal_comma) for name, text in cells.items()}


def _number(text: str) -> float:
    """The number in a cell; NaN, which is no ratio, for anything else."""
    try:
        return float(text)
    except ValueError:
        return float("nan")
