"""Reads tables of formulations to simulate."""

from pathlib import Path

from ionlink.data.csv_table import read_rows
from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.data.naming import formulation_of


def read_simulation_table(path: Path) -> tuple[tuple[Formulation, int], ...]:
    """Formulations and how many replicates each gets; columns cation, ligand, ratio, replicates.

    Raises:
        InputError: with one line for each fault.

    """
    faults: list[str] = []
    found: list[tuple[Formulation, int]] = []
    for row in read_rows(path, ("cation", "ligand", "ratio", "replicates")):
        cells = row.cells
        try:
            formulation = formulation_of(
                cells.get("cation", ""), cells.get("ligand", ""), _number(cells.get("ratio", ""))
            )
        except InputError as error:
            faults.extend(f"{row.where}, {fault}" for fault in error.faults)
            continue
        if any(formulation == other for other, _ in found):
            faults.append(f"{row.where}: {formulation} stands in the table before")
        replicates = cells.get("replicates", "")
        if replicates.isdecimal() and int(replicates) > 0:
            found.append((formulation, int(replicates)))
        else:
            faults.append(f"{row.where}, replicates: '{replicates}' is not a number of replicates; give 1 or more")
    if faults:
        raise InputError(faults)
    return tuple(found)


def _number(text: str) -> float:
    """The number in a cell; NaN, which is no ratio, for anything else."""
    try:
        return float(text)
    except ValueError:
        return float("nan")
