"""Reads tables of formulations to simulate."""

from pathlib import Path

from ionlink.data.csv_table import Row, read_rows
from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.data.naming import formulation_of


def read_simulation_table(path: Path) -> tuple[tuple[Formulation, int], ...]:
    """Formulations and how many replicates each gets; columns cation, ligand, ratio, replicates.

    Raises:
        InputError: with one line for each fault; two rows whose runs would share a directory are one.

    """
    faults: list[str] = []
    found: list[tuple[Formulation, int]] = []
    rows: dict[str, Row] = {}
    for row in _rows(path):
        cells = row.cells
        try:
            formulation = formulation_of(
                cells.get("cation", ""), cells.get("ligand", ""), _number(cells.get("ratio", ""))
            )
        except InputError as error:
            faults.extend(f"{row.where}, {fault}" for fault in error.faults)
            continue
        first = rows.setdefault(formulation.slug, row)
        if any(formulation == other for other, _ in found):
            faults.append(f"{row.where}: {formulation} stands in the table before")
        elif first is not row:
            faults.append(
                f"{row.where}, ratio: {cells['ratio']} is {first.cells['ratio']} of {first.where} to four digits, so "
                "that both would run in one directory; leave one of them out"
            )
        replicates = cells.get("replicates", "")
        if replicates.isdecimal() and int(replicates) > 0:
            found.append((formulation, int(replicates)))
        else:
            faults.append(f"{row.where}, replicates: '{replicates}' is not a number of replicates; give 1 or more")
    if faults:
        raise InputError(faults)
    return tuple(found)


def _rows(path: Path) -> tuple[Row, ...]:
    try:
        return read_rows(path, ("cation", "ligand", "ratio", "replicates"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error}") from error


def _number(text: str) -> float:
    """The number in a cell; NaN, which is no ratio, for anything else."""
    try:
        return float(text)
    except ValueError:
        return float("nan")
