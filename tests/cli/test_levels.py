import json

import pytest
from typer.testing import CliRunner

from ionlink import Campaign, Formulation
from ionlink.cli import app
from ionlink.data import Observation


def run(*arguments):
    return CliRunner().invoke(app, ["levels", *arguments])


def test_it_says_how_much_a_simulation_tells_of_a_statement():
    result = run("--outcome", "monodentate_fraction", "--json")
    assert result.exit_code == 0
    rows = {(row["simulated"], row["measured"]): row for row in json.loads(result.stdout)}
    own = rows["monodentate_fraction", "monodentate_fraction"]
    assert own["statements"] == 8
    assert -1 < own["lower"] <= own["correlation"] <= own["upper"] < 1
    text = run("--outcome", "monodentate_fraction")
    assert "share told" in text.stdout


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--measured", "lab"], "nothing is known at level 'lab'; there are"),
        (["--outcome", "hardnes"], "'hardnes' is not known"),
        (["--measured", "lab"], "a lab table or a campaign brings measurements of your own"),
        (["--outcome", "sheet_resistance"], "nothing related to 'sheet_resistance' is known at both levels"),
    ],
)
def test_bad_input_is_one_clear_line(arguments, line):
    result = run(*arguments)
    assert result.exit_code == 2
    assert line in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


LAB = """\
cation,ligand,ratio,outcome,value,unit,standard_error
Mg2+,PAA,8,crosslink_strength,2000,kJ/mol,20
Ca2+,PAA,8,crosslink_strength,1900,kJ/mol,20
Fe3+,PAA,8,crosslink_strength,3000,kJ/mol,20
Zr4+,PAA,8,crosslink_strength,4000,kJ/mol,20
Fe3+,PAA,60,crosslink_strength,300,kJ/mol,20
"""


@pytest.fixture
def table(tmp_path):
    place = tmp_path / "lab.csv"
    place.write_text(LAB, "utf-8")
    return place


def test_measurements_of_a_lab_table_are_compared_with_the_simulations(table):
    result = run("--table", str(table), "--json")
    assert result.exit_code == 0, result.stderr
    (row,) = json.loads(result.stdout)
    assert (row["simulated"], row["measured"], row["statements"]) == ("crosslink_strength", "crosslink_strength", 5)
    assert row["correlation"] > 0.5


def test_equal_rows_of_a_lab_table_count_once_and_it_says_how_many(table):
    before = run("--table", str(table), "--json").stdout
    table.write_text(LAB + LAB.splitlines()[1], "utf-8")
    result = run("--table", str(table), "--json")
    assert result.stdout == before
    assert "counted once: 1 row that equals one above" in result.stderr


def test_two_levels_of_one_lab_table_are_compared(table):
    header, *rows = table.read_text("utf-8").splitlines()
    both = [f"{header},level", *(f"{row},quick test" for row in rows), *(f"{row},thorough test" for row in rows)]
    table.write_text("\n".join(both), "utf-8")
    result = run("--table", str(table), "--simulated", "quick test", "--measured", "thorough test", "--json")
    assert result.exit_code == 0, result.stderr
    (row,) = json.loads(result.stdout)
    assert row["statements"] == len(rows)
    assert row["correlation"] > 0.5


def test_measurements_of_a_campaign_are_compared_with_the_simulations(tmp_path):
    made = CliRunner().invoke(app, ["campaign", "new", str(tmp_path / "bench"), "--preset", "laboratory"])
    assert made.exit_code == 0, made.stderr
    campaign = Campaign.load(tmp_path / "bench")
    formulations = [Formulation(cation=c, ligand="PAA", ratio=8) for c in ("Mg2+", "Ca2+", "Fe3+", "Zr4+")]
    told = {"outcome": "crosslink_strength", "standard_error": 20.0, "level": "lab", "source": "made"}
    against = (4000.0, 3900.0, 2500.0, 1000.0)  # in the simulations the strength grows with the charge
    campaign.tell([Observation(formulation=f, value=v, **told) for f, v in zip(formulations, against, strict=True)])
    campaign.store.close()
    result = run("--campaign", str(tmp_path / "bench"), "--json")
    assert result.exit_code == 0, result.stderr
    (row,) = (row for row in json.loads(result.stdout) if row["simulated"] == "crosslink_strength")
    assert (row["measured"], row["statements"]) == ("crosslink_strength", len(formulations))
    assert row["correlation"] < -0.3


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--measured", "literature"], "lab.csv has nothing at level 'literature'; it has: lab"),
        (["--simulated", "lab"], "measured: 'lab' is the level that is compared with it; give another one"),
        (["--simulated", "equilibrium"], "no outcome, and no two related ones, are known at both levels, equilibrium"),
    ],
)
def test_a_lab_table_that_cannot_be_compared_is_refused(table, arguments, line):
    result = run("--table", str(table), *arguments)
    assert result.exit_code == 2
    assert line in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_where_nothing_is_told_the_correlation_is_none():
    (row,) = json.loads(run("--outcome", "elastic_modulus", "--json").stdout)
    assert row["correlation"] == 0
    assert "e-1" not in run("--outcome", "elastic_modulus").stdout
