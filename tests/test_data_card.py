"""The data card says what is shipped."""

import re
from pathlib import Path

import pytest

import ionlink.data
from ionlink.cli import data_import
from ionlink.cli.data import KINDS
from ionlink.data import donor_groups_per_repeat_unit, ligand_table
from ionlink.data.log_k import table as log_k_table

CARD = (Path(__file__).parents[1] / "docs" / "data-card.md").read_text("utf-8")


def test_the_counts_of_the_data_card_are_those_of_the_tables():
    told = {kind: int(count) for kind, count in re.findall(r"^\| (\w+) \| (\d+) \|$", CARD, re.MULTILINE)}
    loaded = {kind: len(getattr(ionlink.data, kind)()) for kind in KINDS if kind != "targets"}
    assert told == {**loaded, "targets": sum(map(len, ionlink.data.targets().values()))}


def test_no_organic_complex_of_the_metals_that_the_data_card_names():
    tetravalent = {"Zr4+", "Hf4+", "Ti4+", "Sn4+"}
    organic = {o.formulation.cation for o in ionlink.data.stability_constants() if "C" in o.formulation.ligand.upper()}
    assert not tetravalent & organic
    assert all(name in CARD for name in tetravalent)


def test_the_largest_gaps_are_still_the_ones_it_names():
    assert {c.name for c in ionlink.data.cations().values() if c.ionic_radius_angstrom is None} == {"Sn2+", "VO2+"}
    with_pka = sum(ligand.donor_pka is not None for ligand in ionlink.data.ligands().values())
    assert with_pka < len(ionlink.data.ligands()) / 2  # "most pKa of the polymers" are missing


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("log-k", {*log_k_table.REQUIRED, *log_k_table.OPTIONAL}),
        ("ligands", {*ligand_table.REQUIRED, *ligand_table.OPTIONAL}),
    ],
)
def test_it_names_the_columns_that_an_importer_reads(name, columns):
    (row,) = re.findall(rf"^\| `{name}` \|(.*)\|$", CARD, re.MULTILINE)
    assert {column for listed in re.findall(r"`(.*?)`", row) for column in listed.split(",")} == columns


def test_so_does_the_help_of_the_command():
    said = re.findall(r"\w+", data_import.log_k.__doc__)
    assert {*log_k_table.REQUIRED, *log_k_table.OPTIONAL} <= set(said)


def test_its_examples_of_repeat_units_are_of_the_polymers_that_it_says():
    drawn = dict.fromkeys(re.findall(r"`(\[\*:1\]\S+)`", CARD))
    known = {ligand.repeat_unit_smiles for name, ligand in ionlink.data.ligands().items() if name in ("PAA", "PSS")}
    assert set(drawn) == known
    assert [list(donor_groups_per_repeat_unit(smiles)) for smiles in drawn] == [["carboxylate"], ["sulfonate"]]
