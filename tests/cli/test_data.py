"""`ionlink data`."""

import json

import pytest
from typer.testing import CliRunner

import ionlink.data
from ionlink.cli import app


def run(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


def test_list_counts_what_the_loaders_load():
    counts = json.loads(run("data", "list", "--json").stdout)
    assert counts == {
        "cations": len(ionlink.data.cations()),
        "ligands": len(ionlink.data.ligands()),
        "outcomes": len(ionlink.data.outcomes()),
        "observations": len(ionlink.data.observations()),
        "rankings": len(ionlink.data.rankings()),
    }
    assert all(counts.values())


def test_list_for_people_has_a_line_for_each_kind():
    lines = run("data", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["kind", "cations", "ligands", "outcomes", "observations", "rankings"]


@pytest.mark.parametrize("typed", ["Fe3+", "Fe(III)", "fe+3"])
def test_show_finds_a_cation_in_any_spelling(typed):
    shown = json.loads(run("data", "show", typed, "--json").stdout)
    assert shown["name"] == "Fe3+"
    assert shown["ionic_radius_angstrom"] == pytest.approx(0.645)


def test_show_finds_ligands_and_outcomes():
    assert json.loads(run("data", "show", "poly(acrylic acid)", "--json").stdout)["name"] == "PAA"
    assert json.loads(run("data", "show", "peel_force", "--json").stdout)["unit"] == "N"


@pytest.mark.parametrize("kind", ["cations", "ligands", "outcomes", "observations", "rankings"])
def test_show_lists_a_kind_completely(kind):
    assert len(json.loads(run("data", "show", kind, "--json").stdout)) == len(getattr(ionlink.data, kind)())
    assert run("data", "show", kind).exit_code == 0


def test_show_names_what_it_does_not_know():
    result = run("data", "show", "Fe4+")
    assert result.exit_code == 2
    assert "Fe4+" in result.stderr
    assert result.stdout == ""


def test_check_passes_on_what_is_shipped():
    result = run("data", "check")
    assert result.exit_code == 0
    assert "no faults" in result.stdout


def test_check_names_every_fault_of_a_lab_table(tmp_path):
    table = tmp_path / "lab.csv"
    table.write_text(
        "cation,ligand,ratio,outcome,value,unit\nFe4+,PF-COO,60,peel_force,1.0,N\nFe3+,PF-COO,-1,peel_force,x,N\n",
        "utf-8",
    )
    result = run("data", "check", str(table))
    assert result.exit_code == 2
    assert "row 2" in result.stderr
    assert "row 3" in result.stderr
    assert len(result.stderr.splitlines()) >= 3
