"""Donor groups with three oxygens, sulfonates and phosphonates: what the box says of them, and what comes out."""

import numpy as np
import pytest

from ionlink.data import Formulation
from ionlink.simulate import load_protocol
from ionlink.simulate.box import build_box, plan
from ionlink.simulate.groups import Groups

IRON_CHARGE = 3


def on(ligand):
    return Formulation(cation="Fe3+", ligand=ligand, ratio=4)


@pytest.mark.parametrize(("ligand", "centre"), [("PSS", "S"), ("PVPA", "P")])
def test_the_box_knows_all_three_oxygens_of_each_group(ligand, centre):
    box = build_box(on(ligand), load_protocol("smoke"), seed=1)
    assert box.groups.donor_oxygens.shape == (box.composition.donor_groups, 3)
    neighbours = {}
    for bond in box.topology.bonds():
        for atom, other in (bond, reversed(bond)):
            neighbours.setdefault(atom.index, []).append(other)
    for group in box.groups.donor_oxygens:
        (found,) = {tuple(atom.index for atom in neighbours[oxygen]) for oxygen in group}  # one centre for all three
        assert [atom.element.symbol for atom in neighbours[group[0]]] == [centre]
        assert sorted(atom.element.symbol for atom in neighbours[found[0]]) == ["C", "O", "O", "O"]
    assert len(np.unique(box.groups.donor_oxygens)) == box.groups.donor_oxygens.size


@pytest.fixture(scope="module")
def phosphonate(oracle, tmp_path_factory):
    directory = tmp_path_factory.mktemp("phosphonate")
    return directory, oracle.run_replicate(on("PVPA"), 0, directory)


def test_all_outcomes_are_defined_for_a_phosphonate_but_those_that_need_more_room_or_time(oracle, phosphonate):
    _, found = phosphonate
    larger_box = {"oxygens_within_8_angstrom", "oxygens_beyond_8_angstrom"}
    longer_stretch = {"youngs_modulus"}  # the stress of a few femtoseconds may be all noise, and has no slope then
    longer_watch = {"residence_time"}  # no bond need break in a picosecond
    assert set(oracle.outcomes) - set(found) <= larger_box | longer_stretch | longer_watch


def test_modes_and_distances_of_a_phosphonate_hang_together(phosphonate):
    _, found = phosphonate
    assert sum(found[f"{mode}_fraction"] for mode in ("monodentate", "chelating", "bridging")) == pytest.approx(1)
    assert found["nearer_oxygen_distance"] < found["farther_oxygen_distance"]
    # Both are oxygens of one PO3 group, not of any two: its oxygens are 2.6 A apart.
    assert found["oxygen_distance_asymmetry"] < 2.8
    assert 1.7 < found["cation_oxygen_distance"] < 2.3


def test_strength_is_per_phosphonate_not_per_oxygen(phosphonate):
    directory, found = phosphonate
    groups = Groups.load(directory / "groups.json")
    box = plan(on("PVPA"), load_protocol("smoke"))
    assert groups.donor_oxygens.shape == (box.donor_groups, 3)
    expected = -found["coulomb_per_charge"] * IRON_CHARGE * box.cations / box.donor_groups
    assert found["crosslink_strength"] == pytest.approx(expected, rel=1e-6)
