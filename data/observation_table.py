"""Reads `observations*.csv` and `rankings.csv`: what is known, each with its source."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ionlink.data.catalogue import ligands, outcomes
from ionlink.data.cation_table import cations
from ionlink.data.csv_table import DATA_FOLDER, Model, Row, build, read_rows
from ionlink.data.errors import InputError
from ionlink.data.observation import Observation, Ranking
from ionlink.data.outcome import Outcome

OBSERVATION_COLUMNS = ("cation", "ligand", "ratio", "outcome", "value", "unit", "level", "source")
OBSERVATION_OPTIONAL = ("bound", "standard_error", "replicates", "protocol", "note")
RANKING_COLUMNS = ("higher", "lower", "ligand", "ratio", "relation", "outcome", "level", "source")


@cache
def observations() -> tuple[Observation, ...]:
    """Every observation of every `observations*.csv`, files in alphabetical order.

    Raises:
        InputError: when a table is faulty, with one line for each fault.

    """
    return tuple(
        observation for path in sorted(DATA_FOLDER.glob("observations*.csv")) for observation in load_observations(path)
    )


@cache
def rankings() -> tuple[Ranking, ...]:
    """Every ordering statement of `rankings.csv`.

    Raises:
        InputError: when the table is faulty, with one line for each fault.

    """
    return load_rankings(DATA_FOLDER / "rankings.csv")


def load_observations(path: Path) -> tuple[Observation, ...]:
    """Observations of one table, names and units canonical.

    Raises:
        InputError: with one line for each fault.

    """
    faults: list[str] = []
    found = []
    for row in read_rows(path, OBSERVATION_COLUMNS, OBSERVATION_OPTIONAL):
        faults.extend(name_faults(row, ("cation",)))
        faults.extend(value_faults(row))
        found.append(build(Observation, observation_fields(row.cells), row.where, faults))
    return sound(found, faults)


def load_rankings(path: Path) -> tuple[Ranking, ...]:
    """Rankings of one table, names canonical.

    Raises:
        InputError: with one line for each fault.

    """
    faults: list[str] = []
    found = []
    for row in read_rows(path, RANKING_COLUMNS, ("note",)):
        faults.extend(name_faults(row, ("higher", "lower")))
        if row.cells.get("higher") == row.cells.get("lower"):
            faults.append(f"{row.where}: ranks {row.cells.get('higher')} against itself")
        found.append(build(Ranking, ranking_fields(row.cells), row.where, faults))
    return sound(found, faults)


def observation_fields(cells: Mapping[str, str]) -> dict[str, Any]:
    """Cells of an observation row as fields of `Observation`."""
    point = {name: cells[name] for name in ("cation", "ligand", "ratio") if name in cells}
    rest = {name: text for name, text in cells.items() if name not in {*point, "unit", "note"}}
    return {"formulation": point, **rest}


def ranking_fields(cells: Mapping[str, str]) -> dict[str, Any]:
    """Cells of a ranking row as fields of `Ranking`; both sides share ligand and ratio."""
    shared = {name: cells[name] for name in ("ligand", "ratio") if name in cells}
    sides = {side: {"cation": cells[side], **shared} for side in ("higher", "lower") if side in cells}
    rest = {name: cells[name] for name in ("relation", "outcome", "level", "source") if name in cells}
    return {**sides, **rest}


def name_faults(row: Row, cation_columns: tuple[str, ...]) -> Iterator[str]:
    """One line for each name that is not the canonical name of a cation, ligand or outcome."""
    tables: dict[str, Mapping[str, BaseModel]] = dict.fromkeys(cation_columns, cations())
    tables.update(ligand=ligands(), outcome=outcomes())
    for column, known in tables.items():
        name = row.cells.get(column)
        if name is not None and name not in known:
            yield f"{row.where}, {column}: '{name}' is not known; known are {', '.join(known)}"


def value_faults(row: Row) -> Iterator[str]:
    """One line if the unit is not the catalogue's, one if the value cannot be."""
    outcome = outcomes().get(row.cells.get("outcome", ""))
    if outcome is None:
        return
    if row.cells.get("unit") != outcome.unit:
        yield f"{row.where}, unit: '{row.cells.get('unit', '')}' where {outcome.name} is kept in '{outcome.unit}'"
    try:
        value = float(row.cells.get("value", ""))
    except ValueError:
        return  # the type of the row says so already
    yield from range_faults(value, outcome, row.where)


def range_faults(value: float, outcome: Outcome, where: str) -> Iterator[str]:
    """One line if a value in the catalogue unit lies outside what is possible."""
    found = f"{where}, value: {value:g} {outcome.unit}"
    if outcome.lower is not None and value < outcome.lower:
        yield f"{found} is below {outcome.lower:g}, the smallest possible {outcome.name}"
    if outcome.upper is not None and value > outcome.upper:
        yield f"{found} is above {outcome.upper:g}, the largest possible {outcome.name}"


def sound(found: list[Model | None], faults: list[str]) -> tuple[Model, ...]:
    """What was found, unless anything is wrong.

    Raises:
        InputError: with all of `faults`, when there are any.

    """
    if faults:
        raise InputError(faults)
    return tuple(value for value in found if value is not None)
