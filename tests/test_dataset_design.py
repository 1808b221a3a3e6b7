"""The design of the data set: its size, its balance at every length, and that the shipped table is it."""

from collections import Counter

import pytest

from ionlink.data.csv_table import DATA_FOLDER
from ionlink.data.simulation_table import read_simulation_table
from ionlink.dataset_design import (
    CATIONS,
    LIGANDS,
    MODEL_CASE_CATIONS,
    MODEL_CASE_POINTS,
    RATIOS,
    dataset_design,
    write_dataset_design,
)

SHIPPED = read_simulation_table(DATA_FOLDER / "dataset_design.csv")
GRID = len(CATIONS) * len(LIGANDS) * len(RATIOS)


def atoms(formulation):
    """A stand-in for the size of a box: it grows with the ratio."""
    return int(formulation.ratio) + 100 * LIGANDS.index(formulation.ligand)


def test_it_is_as_large_as_was_set_out():
    assert (len(set(CATIONS)), len(LIGANDS), len(RATIOS)) >= (16, 4, 3)
    assert len({formulation for formulation, _ in SHIPPED}) == len(SHIPPED) >= GRID
    assert min(replicates for _, replicates in SHIPPED) == 2


def test_the_model_case_gets_three_replicates():
    model_case = {
        (f.cation, f.ligand): n
        for f, n in SHIPPED[:GRID]
        if f.cation in MODEL_CASE_CATIONS and f.ligand in {"PAA", "PF-COO"}
    }
    assert len(model_case) == 10
    assert set(model_case.values()) == {3}


def test_every_cation_comes_once_before_any_comes_twice_and_then_the_model_case():
    first = [formulation for formulation, _ in SHIPPED[: len(CATIONS)]]
    assert {formulation.cation for formulation in first} == set(CATIONS)
    block = {formulation for formulation, _ in SHIPPED[: len(CATIONS) + 10]}
    compared = {(f.cation, f.ligand, f.ratio) for f in block}
    assert {(c, p, r) for p, r in MODEL_CASE_POINTS for c in MODEL_CASE_CATIONS} <= compared


@pytest.mark.parametrize("length", [60, 100, 150])
def test_any_beginning_is_balanced(length):
    beginning = [formulation for formulation, _ in SHIPPED[:length]]
    cells = Counter((f.ligand, f.ratio) for f in beginning)
    # The model case adds four to two of the twelve, and a box costs up to three times as much as another.
    assert 4 * min(cells.values()) >= max(cells.values())
    others = Counter(f.cation for f in beginning if f.cation not in MODEL_CASE_CATIONS)
    assert max(others.values()) - min(others.values()) <= 1
    assert {f.cation for f in beginning} == set(CATIONS)
    assert len(cells) == len(LIGANDS) * len(RATIOS)


def test_the_same_seed_gives_the_same_order_and_another_seed_the_same_grid():
    design = dataset_design(atoms)
    assert dataset_design(atoms) == design
    other = dataset_design(atoms, seed=1)
    assert other != design
    assert set(other) == set(design)


def test_the_shipped_table_is_what_the_design_gives(tmp_path):
    write_dataset_design(tmp_path / "design.csv")
    assert (tmp_path / "design.csv").read_text("utf-8") == (DATA_FOLDER / "dataset_design.csv").read_text("utf-8")


def test_dear_boxes_come_less_often_than_cheap_ones():
    beginning = Counter(f.ligand for f, _ in SHIPPED[:60])
    assert beginning["PAA"] == max(beginning.values())


def test_where_all_boxes_cost_the_same_each_ligand_comes_as_often_at_each_ratio():
    cells = Counter((f.ligand, f.ratio) for f, _ in dataset_design(lambda _: 1)[: len(CATIONS)])
    assert len(cells) == len(LIGANDS) * len(RATIOS)
    assert max(cells.values()) - min(cells.values()) <= 1
