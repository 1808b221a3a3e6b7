"""Coordination numbers and modes of arrangements that can be counted by hand."""

import numpy as np
import pytest

from ionlink.simulate.analysis.contacts import oxygen_distances
from ionlink.simulate.analysis.coordination import coordination_outcomes, modes_of
from ionlink.simulate.groups import Groups

BOX = np.array([30, 30, 30, 90, 90, 90], dtype=np.float32)
FIRST_SHELL = 2.6
MONODENTATE = ((2.0, 0.0, 0.0), (4.2, 0.0, 0.0))
CHELATING = ((-1.7, 1.1, 0.0), (-1.7, -1.1, 0.0))
CATION = (0.0, 0.0, 0.0)


def modes(positions, groups):
    return modes_of(oxygen_distances(positions, BOX, groups) < FIRST_SHELL)


def counts(found):
    return tuple(int(mode.sum()) for mode in (found.monodentate, found.chelating, found.bridging))


def test_one_oxygen_on_one_cation_is_monodentate(arrangement):
    assert counts(modes(*arrangement([CATION], [MONODENTATE], [0]))) == (1, 0, 0)


def test_two_of_three_oxygens_on_one_cation_are_chelating():
    sulfonate = (*CHELATING, (-3.6, 0.0, 0.0))
    positions = np.array([*sulfonate, CATION], dtype=np.float32)
    groups = Groups(chain_of_atom=np.zeros(3, dtype=int), donor_oxygens=np.array([[0, 1, 2]]), cations=np.array([3]))
    assert counts(modes(positions, groups)) == (0, 1, 0)


def test_both_oxygens_on_one_cation_are_chelating(arrangement):
    assert counts(modes(*arrangement([CATION], [CHELATING], [0]))) == (0, 1, 0)


@pytest.mark.parametrize("second_cation", [(6.2, 0.0, 0.0), (3.1, 1.0, 0.0)])
def test_two_cations_on_one_carboxylate_are_bridged(arrangement, second_cation):
    found = modes(*arrangement([CATION, second_cation], [MONODENTATE], [0]))
    assert counts(found) == (0, 0, 1)
    assert found.cation_bridging.all()


def test_a_cation_across_the_periodic_boundary_is_a_neighbour(arrangement):
    found = modes(*arrangement([(29.0, 0.0, 0.0)], [((1.0, 0.0, 0.0), (3.2, 0.0, 0.0))], [0]))
    assert counts(found) == (1, 0, 0)


def test_a_lonely_cation_is_free(arrangement):
    found = modes(*arrangement([CATION, (15.0, 15.0, 15.0)], [MONODENTATE], [0]))
    assert found.cation_free.tolist() == [False, True]
    assert found.cation_monodentate.tolist() == [True, False]


def test_a_cation_has_the_highest_mode_of_its_carboxylates(contacts):
    monodentate, chelating, shared = [(0, 0)], [(0, 0), (1, 0), (1, 1)], [(0, 0), (1, 0), (1, 1), (2, 0)]
    found = coordination_outcomes(contacts([[monodentate]], [0, 0, 0]))
    assert found["cation_monodentate_share"] == 1
    found = coordination_outcomes(contacts([[chelating]], [0, 0, 0]))
    assert found["cation_chelating_share"] == 1
    found = coordination_outcomes(contacts([[shared, [(2, 1)]]], [0, 0, 0]))
    assert (found["cation_bridging_share"], found["cation_chelating_share"]) == (1, 0)


def test_outcomes_are_means_over_frames_and_cations(contacts):
    found = coordination_outcomes(contacts([[[(0, 0), (0, 1)], []], [[(0, 0)], []]], [0]))
    assert found == {
        "coordination_number": 0.75,
        "monodentate_fraction": 0.5,
        "chelating_fraction": 0.5,
        "bridging_fraction": 0,
        "cation_monodentate_share": 0.5,
        "cation_chelating_share": 0.5,
        "cation_bridging_share": 0,
        "free_cation_fraction": 0.5,
    }


def test_where_nothing_touches_there_are_no_shares_of_modes(contacts):
    assert coordination_outcomes(contacts([[[]]], [0])) == {"coordination_number": 0, "free_cation_fraction": 1}
