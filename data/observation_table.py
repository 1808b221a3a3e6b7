"""Reads the tables of statements: observations, rankings, categories; each statement with its source."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from ionlink.data.catalogue import ligands, outcomes
from ionlink.data.cation_table import cations
from ionlink.data.csv_table import DATA_FOLDER, Model, Row, build, read_rows, split_list
from ionlink.data.errors import InputError
from ionlink.data.formulation import CONDITIONS
from ionlink.data.molecule import is_canonical
from ionlink.data.observation import Category, Observation, Ranking
from ionlink.data.outcome import Outcome
from ionlink.data.own_tables import load_table, own_tables
from ionlink.data.spelling import did_you_mean

STABILITY_CONSTANT = "log_k1"
"""The outcome that is known of small molecules, given by their SMILES."""

EQUILIBRIUM_LEVEL = "equilibrium"
"""The level of stability constants."""

ABOUT = ("conditions", "evidence", "note")
OBSERVATION_COLUMNS = ("cation", "ligand", "ratio", "outcome", "value", "unit", "level", "source")
OBSERVATION_OPTIONAL = ("bound", "standard_error", "replicates", "protocol", *ABOUT, *CONDITIONS)
RANKING_COLUMNS = ("higher", "lower", "ligand", "ratio", "relation", "outcome", "level", "source")
CATEGORY_COLUMNS = ("cation", "ligand", "ratio", "outcome", "category", "level", "source")

STATEMENT_TABLES = MappingProxyType(
    {
        "observations": (OBSERVATION_COLUMNS, OBSERVATION_OPTIONAL),
        "rankings": (RANKING_COLUMNS, ABOUT),
        "categories": (CATEGORY_COLUMNS, ABOUT),
    }
)
"""Columns that a table of each kind must and may have."""


@cache
def observations() -> tuple[Observation, ...]:
    """Every observation of every `observations*.csv`, the shipped files before the user's own, by name of file.

    Raises:
        InputError: when a table is faulty, with one line for each fault.

    """
    return every("observations", load_observations)


@cache
def rankings() -> tuple[Ranking, ...]:
    """Every ordering statement of every `rankings*.csv`, the shipped ones before the user's own.

    Raises:
        InputError: when a table is faulty, with one line for each fault.

    """
    return every("rankings", load_rankings)


@cache
def categories() -> tuple[Category, ...]:
    """Every category of every `categories*.csv`, the shipped ones before the user's own.

    Raises:
        InputError: when a table is faulty, with one line for each fault.

    """
    return every("categories", load_categories)


def observations_besides(besides: Path) -> dict[str, tuple[Observation, ...]]:
    """Observations of all tables but one, by name of file.

    Raises:
        InputError: when a table is faulty.

    """
    paths = [*sorted(DATA_FOLDER.glob("observations*.csv")), *own_tables("observations")]
    return {path.name: load_table(path, load_observations) for path in paths if path != besides}


def stability_constants() -> tuple[Observation, ...]:
    """The observations of log10 K1: a cation and one small molecule, without a ratio."""
    return tuple(known for known in observations() if known.outcome == STABILITY_CONSTANT)


def equilibrium_conditions(ligand_charge: int | None, temperature_c: float) -> str:
    """What a stability constant at zero ionic strength holds under; a charge that is not known is left out."""
    charge = [] if ligand_charge is None else [f"ligand_charge={ligand_charge}"]
    return "; ".join(["ionic_strength=0 mol/L", *charge, f"temperature={temperature_c:g} degC"])


def every(kind: str, load: Callable[[Path], tuple[Model, ...]]) -> tuple[Model, ...]:
    """What all tables of a kind say."""
    paths = [*sorted(DATA_FOLDER.glob(f"{kind}*.csv")), *own_tables(kind)]
    return tuple(known for path in paths for known in load_table(path, load))


def load_observations(path: Path) -> tuple[Observation, ...]:
    """Observations of one table, names and units canonical.

    Raises:
        InputError: with one line for each fault.

    """
    faults: list[str] = []
    found = []
    for row in read_rows(path, *STATEMENT_TABLES["observations"]):
        faults.extend(name_faults(row, ("cation", "second_cation")))
        faults.extend(value_faults(row))
        found.append(build(Observation, with_formulation(row.cells), row.where, faults))
    return sound(found, faults)


def load_rankings(path: Path) -> tuple[Ranking, ...]:
    """Rankings of one table, names canonical.

    Raises:
        InputError: with one line for each fault.

    """
    faults: list[str] = []
    found = []
    for row in read_rows(path, *STATEMENT_TABLES["rankings"]):
        faults.extend(name_faults(row, ("higher", "lower")))
        if row.cells.get("higher") == row.cells.get("lower"):
            faults.append(f"{row.where}: ranks {row.cells.get('higher')} against itself")
        found.append(build(Ranking, ranking_fields(row.cells), row.where, faults))
    return sound(found, faults)


def load_categories(path: Path) -> tuple[Category, ...]:
    """Categories of one table, names canonical.

    Raises:
        InputError: with one line for each fault.

    """
    faults: list[str] = []
    found = []
    for row in read_rows(path, *STATEMENT_TABLES["categories"]):
        faults.extend(name_faults(row, ("cation",)))
        outcome = outcomes().get(row.cells.get("outcome", ""))
        if outcome and row.cells.get("category") not in outcome.categories:
            possible = ", ".join(outcome.categories) or "none: it is a number"
            faults.append(f"{row.where}, category: '{row.cells.get('category', '')}'; the categories are {possible}")
        found.append(build(Category, with_formulation(row.cells), row.where, faults))
    return sound(found, faults)


def with_formulation(cells: Mapping[str, str]) -> dict[str, Any]:
    """Cells of a row on one formulation as fields of `Observation` or `Category`."""
    point = {name: cells[name] for name in ("cation", "ligand", "ratio", *CONDITIONS) if name in cells}
    rest = {name: text for name, text in cells.items() if name not in {*point, "unit"}}
    return {"formulation": point, **statement_fields(rest)}


def ranking_fields(cells: Mapping[str, str]) -> dict[str, Any]:
    """Cells of a ranking row as fields of `Ranking`; both sides share ligand and ratio."""
    shared = {name: cells[name] for name in ("ligand", "ratio") if name in cells}
    sides = {side: {"cation": cells[side], **shared} for side in ("higher", "lower") if side in cells}
    rest = {name: text for name, text in cells.items() if name not in {*shared, *sides}}
    return {**statement_fields(rest), **sides}


def statement_fields(cells: Mapping[str, str]) -> dict[str, Any]:
    """Cells with the marks of evidence told apart; notes are for who reads the table."""
    fields: dict[str, Any] = {name: text for name, text in cells.items() if name != "note"}
    if "evidence" in fields:
        fields["evidence"] = split_list(cells["evidence"])
    return fields


def name_faults(row: Row, cation_columns: tuple[str, ...]) -> Iterator[str]:
    """One line for each name that is not the canonical one of a cation, ligand or outcome; of a molecule its SMILES."""
    tables: dict[str, Mapping[str, BaseModel]] = dict.fromkeys(cation_columns, cations())
    tables.update(outcome=outcomes())
    if row.cells.get("outcome") != STABILITY_CONSTANT:
        tables.update(ligand=ligands())
    for column, known in tables.items():
        name = row.cells.get(column)
        if name is not None and name not in known and not (column == "ligand" and is_canonical(name)):
            meant = did_you_mean(name, known)
            kind = "cations" if column in cation_columns else f"{column}s"
            yield f"{row.where}, {column}: '{name}' is not known; {meant}ionlink data show {kind} lists what is"


def value_faults(row: Row) -> Iterator[str]:
    """One line if the unit is not the catalogue's, one if the value cannot be."""
    outcome = outcomes().get(row.cells.get("outcome", ""))
    if outcome is None:
        return
    if outcome.categories:
        yield f"{row.where}, outcome: {kind_fault(outcome)}"
        return
    if row.cells.get("unit") != outcome.unit:
        yield f"{row.where}, unit: '{row.cells.get('unit', '')}' where {outcome.name} is kept in '{outcome.unit}'"
    try:
        value = float(row.cells.get("value", ""))
    except ValueError:
        return  # the type of the row says so already
    yield from range_faults(value, outcome, row.where)


def kind_fault(outcome: Outcome) -> str:
    """What is wrong with a number where the outcome is a kind."""
    return f"{outcome.name} is a kind, not a number; it belongs into a table of categories"


def range_faults(value: float, outcome: Outcome, where: str) -> Iterator[str]:
    """One line if a value in the catalogue unit lies outside what is possible."""
    found = f"{where}, value: {value:g} {outcome.unit}"
    if outcome.lower is not None and value < outcome.lower:
        yield f"{found} is below {outcome.lower:g}, the smallest possible {outcome.name}"
    if outcome.upper is not None and value > outcome.upper:
        yield f"{found} is above {outcome.upper:g}, the largest possible {outcome.name}"
    if outcome.scale == "logarithmic" and value == 0:
        limit = "a bound, such as < and the limit of detection"
        yield f"{found}, but {outcome.name} is compared by factors; where nothing was found, give {limit}"


def sound(found: list[Model | None], faults: list[str]) -> tuple[Model, ...]:
    """What was found, unless anything is wrong.

    Raises:
        InputError: with all of `faults`, when there are any.

    """
    if faults:
        raise InputError(faults)
    return tuple(value for value in found if value is not None)
