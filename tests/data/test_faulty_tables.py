"""A shipped table with one spoiled cell is refused with table, row and column."""

import csv

import pytest

from ionlink.data import EvidenceMark, InputError, Outcome
from ionlink.data.csv_table import DATA_FOLDER, load_named
from ionlink.data.observation_table import load_categories, load_observations, load_rankings
from ionlink.data.target_table import load_targets


def load_outcomes(path):
    columns = ("name", "unit", "kind", "lower", "upper", "scale", "better", "categories", "related", "meaning")
    return load_named(path, Outcome, columns)


def load_evidence(path):
    return load_named(path, EvidenceMark, ("name", "trust", "meaning", "reason"))


STATEMENT = {
    "outcome": "luck",
    "source": "",
    "level": "",
    "conditions": "warm",
    "evidence": "hearsay",
    "ligand": "nowhere",
}
SPOILED = {
    "observations.csv": (
        load_observations,
        {**STATEMENT, "cation": "Xx9+", "ratio": "-1", "value": "many", "unit": "furlong", "bound": "~"},
    ),
    "rankings.csv": (load_rankings, {**STATEMENT, "higher": "Xx9+", "lower": "Xx9+", "ratio": "0", "relation": "<"}),
    "categories.csv": (load_categories, {**STATEMENT, "cation": "Xx9+", "ratio": "0", "category": "loose"}),
    "outcomes.csv": (
        load_outcomes,
        {"kind": "guessed", "lower": "low", "scale": "bent", "better": "bigger", "unit": "", "meaning": ""},
    ),
    "evidence.csv": (load_evidence, {"trust": "2", "reason": ""}),
    "targets.csv": (
        load_targets,
        {"outcome": "luck", "goal": "win", "lower": "low", "unit": "furlong", "source": "", "preset": ""},
    ),
}
CASES = [(table, column, bad) for table, (_, cells) in SPOILED.items() for column, bad in cells.items()]


def rows_of(table):
    with (DATA_FOLDER / table).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize(("table", "column", "bad"), CASES)
def test_a_spoiled_cell_is_named(tmp_path, table, column, bad):
    load, rows = SPOILED[table][0], rows_of(table)
    rows[3][column] = bad
    with pytest.raises(InputError) as error:
        load(write(tmp_path / table, rows))
    named = [line for line in error.value.faults if line.startswith(f"{table} row 5") and column in line]
    assert named, error.value.faults
    assert all(line.startswith(f"{table} row 5") for line in error.value.faults)


@pytest.mark.parametrize("table", SPOILED)
def test_every_fault_of_a_table_is_told_at_once(tmp_path, table):
    load, cells = SPOILED[table]
    rows = rows_of(table)
    column, bad = next(iter(cells.items()))
    rows[0][column] = rows[2][column] = bad
    with pytest.raises(InputError) as error:
        load(write(tmp_path / table, rows))
    assert {line.partition(",")[0].partition(":")[0] for line in error.value.faults} == {
        f"{table} row {n}" for n in (2, 4)
    }


@pytest.mark.parametrize("table", SPOILED)
def test_a_missing_column_is_named(tmp_path, table):
    load, cells = SPOILED[table]
    column = "source" if "source" in cells else "reason" if table == "evidence.csv" else "meaning"
    rows = [{name: cell for name, cell in row.items() if name != column} for row in rows_of(table)]
    with pytest.raises(InputError, match=f"{table}: column '{column}' is missing"):
        load(write(tmp_path / table, rows))


def test_a_kind_is_no_number_and_a_number_is_no_kind(tmp_path):
    number = {**rows_of("observations.csv")[0], "outcome": "coordination_mode"}
    with pytest.raises(InputError, match="coordination_mode is a kind, not a number; it belongs into a table of categ"):
        load_observations(write(tmp_path / "observations.csv", [number]))
    kind = {**rows_of("categories.csv")[0], "outcome": "peel_force"}
    with pytest.raises(InputError, match="the categories are none: it is a number"):
        load_categories(write(tmp_path / "categories.csv", [kind]))
