"""`ionlink data`."""

import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

import ionlink.data
from ionlink.cli import app
from ionlink.cli.data import KINDS


def run(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


def test_list_counts_what_the_loaders_load():
    counts = json.loads(run("data", "list", "--json").stdout)
    targets = ionlink.data.targets()
    assert counts == {kind: len(getattr(ionlink.data, kind)()) for kind in KINDS if kind != "targets"} | {
        "targets": sum(map(len, targets.values()))
    }
    assert all(counts.values())
    assert counts["stability_constants"] < counts["observations"]


def test_list_for_people_has_a_line_for_each_kind():
    lines = run("data", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["kind", *KINDS]


def test_list_names_the_tables_of_the_user(tmp_path, monkeypatch):
    monkeypatch.setenv("IONLINK_DATA", str(tmp_path))
    (tmp_path / "observations_mine.csv").write_text("cation,ligand,ratio,outcome,value,unit,level,source\n", "utf-8")
    shown = run("data", "list").stdout
    assert str(tmp_path) in shown
    assert "observations_mine.csv" in shown


@pytest.mark.parametrize("typed", ["Fe3+", "Fe(III)", "fe+3"])
def test_show_finds_a_cation_in_any_spelling(typed):
    shown = json.loads(run("data", "show", typed, "--json").stdout)
    assert shown["name"] == "Fe3+"
    assert shown["ionic_radius_angstrom"] == pytest.approx(0.645)
    assert shown["derived"]["ionic_potential_e_per_angstrom"] == pytest.approx(3 / 0.645)
    assert {"source", "uncertainty"} <= set(shown["sources"][0])
    assert any(known["value"] == 4.58 for known in shown["observations"])
    assert shown["stability_constants"]
    assert not any(known["outcome"] == "log_k1" for known in shown["observations"])


def test_the_card_of_a_cation_tells_where_each_value_comes_from():
    card = run("data", "show", "Fe3+").stdout
    (radius,) = (line for line in card.splitlines() if line.startswith("ionic_radius "))
    assert "0.645" in radius
    assert "doi:10.1107/S0567739476001551" in radius
    assert "Fe3+ / PF-COO / 60:1 > Mg2+ / PF-COO / 60:1" in card
    assert "stability constants, log K1 from" in card


def test_the_card_of_a_polymer_tells_what_it_binds_with():
    card = run("data", "show", "PF-COO").stdout
    assert "2 carboxylate" in card
    assert "bridging" in card


@pytest.mark.parametrize("typed", ["acetate", "acetic acid", "CC(=O)[O-]"])
def test_the_card_of_a_small_molecule_has_its_constants(typed):
    shown = json.loads(run("data", "show", typed, "--json").stdout)
    known = [k for k in ionlink.data.stability_constants() if k.formulation.ligand == "CC(=O)O"]
    assert (shown["smiles"], shown["derived"]["sites_carboxylate"]) == ("CC(=O)O", 1)
    assert [c["value"] for c in shown["stability_constants"]] == [k.value for k in known]
    lines = run("data", "show", typed).stdout.splitlines()
    assert any(line.startswith("Ca2+ / CC(=O)O") and "1.18" in line for line in lines)


def test_the_card_of_a_cation_has_mixtures_in_which_it_is_the_second_one(tmp_path, monkeypatch):
    monkeypatch.setenv("IONLINK_DATA", str(tmp_path))
    header = "cation,ligand,ratio,outcome,value,unit,level,source,second_cation,second_fraction"
    row = "Fe3+,PAA,60,peel_force,1.9,N,lab,notebook 1,Al3+,0.3"
    (tmp_path / "observations_mine.csv").write_text(f"{header}\n{row}\n", "utf-8")
    ionlink.data.observations.cache_clear()
    try:
        assert "notebook 1" in run("data", "show", "Al3+").stdout
    finally:
        ionlink.data.observations.cache_clear()


def test_a_set_of_targets_is_shown_with_its_sources():
    shown = json.loads(run("data", "show", "elastomeric-binder", "--json").stdout)
    (modulus,) = (target for target in shown if target["outcome"] == "elastic_modulus")
    assert (modulus["lower"], modulus["upper"]) == (None, 0.5)
    assert modulus["source"]
    assert run("data", "show", "elastomeric-binder").exit_code == 0


def test_show_finds_ligands_and_outcomes():
    assert json.loads(run("data", "show", "poly(acrylic acid)", "--json").stdout)["name"] == "PAA"
    assert json.loads(run("data", "show", "peel_force", "--json").stdout)["unit"] == "N"


@pytest.mark.parametrize("kind", KINDS)
def test_show_lists_a_kind_completely(kind):
    counts = json.loads(run("data", "list", "--json").stdout)
    assert len(json.loads(run("data", "show", kind, "--json").stdout)) == counts[kind]
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


def test_check_reads_the_structures_of_the_users_polymers(tmp_path, monkeypatch):
    header = "name,full_name,repeat_unit_smiles,donor_group,source\n"
    (tmp_path / "ligands_mine.csv").write_text(f"{header}mine,my polymer,[*:1]CC[*:2],carboxylate,notebook\n", "utf-8")
    environment = {**os.environ, "IONLINK_DATA": str(tmp_path)}
    command = [sys.executable, "-m", "ionlink", "data"]  # in a process of its own: what is known is read once
    listed = subprocess.run([*command, "list", "--json"], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(listed.stdout)["ligands"] == len(ionlink.data.ligands()) + 1
    checked = subprocess.run([*command, "check"], env=environment, capture_output=True, text=True, check=False)
    assert checked.returncode == 2
    assert "ligands_mine.csv row 2, repeat_unit_smiles" in checked.stderr
    assert "bears no carboxylate" in checked.stderr


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
