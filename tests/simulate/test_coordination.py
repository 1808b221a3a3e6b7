"""Coordination modes and Coulomb energies of arrangements that can be counted by hand."""

import numpy as np
import pytest

from ionlink.simulate.coordination import coordination
from ionlink.simulate.coulomb import COULOMB_KJ_MOL_ANGSTROM, coulomb_interaction
from ionlink.simulate.groups import Groups

BOX = np.array([30, 30, 30, 90, 90, 90], dtype=np.float32)
FIRST_SHELL = 2.6


def arrangement(cations, carboxylates, chain_of_carboxylate):
    """Chains made of nothing but the two oxygens of each carboxylate, then the cations."""
    positions = np.array([oxygen for pair in carboxylates for oxygen in pair] + cations, dtype=np.float32)
    oxygens = np.arange(2 * len(carboxylates)).reshape(-1, 2)
    return positions, Groups(
        chain_of_atom=np.repeat(chain_of_carboxylate, 2),
        donor_oxygens=oxygens,
        cations=np.arange(2 * len(carboxylates), len(positions)),
    )


MONODENTATE = ((2.0, 0.0, 0.0), (4.2, 0.0, 0.0))
CHELATING = ((-1.7, 1.1, 0.0), (-1.7, -1.1, 0.0))
CATION = (0.0, 0.0, 0.0)


def test_one_oxygen_on_one_cation_is_monodentate():
    found = coordination(*_with_box(arrangement([CATION], [MONODENTATE], [0])), FIRST_SHELL)
    assert (found.monodentate, found.chelating, found.bridging) == (1, 0, 0)
    assert found.coordination_number == 1


def test_two_of_three_oxygens_on_one_cation_are_chelating():
    sulfonate = (*CHELATING, (-3.6, 0.0, 0.0))
    positions = np.array([*sulfonate, CATION], dtype=np.float32)
    groups = Groups(chain_of_atom=np.zeros(3, dtype=int), donor_oxygens=np.array([[0, 1, 2]]), cations=np.array([3]))
    found = coordination(positions, BOX, groups, FIRST_SHELL)
    assert (found.monodentate, found.chelating, found.bridging) == (0, 1, 0)


def test_both_oxygens_on_one_cation_are_chelating():
    found = coordination(*_with_box(arrangement([CATION], [CHELATING], [0])), FIRST_SHELL)
    assert (found.monodentate, found.chelating, found.bridging) == (0, 1, 0)
    assert found.coordination_number == 2


@pytest.mark.parametrize("second_cation", [(6.2, 0.0, 0.0), (3.1, 1.0, 0.0)])
def test_two_cations_on_one_carboxylate_are_bridged(second_cation):
    found = coordination(*_with_box(arrangement([CATION, second_cation], [MONODENTATE], [0])), FIRST_SHELL)
    assert (found.monodentate, found.chelating, found.bridging) == (0, 0, 1)


def test_a_cation_across_the_periodic_boundary_is_a_neighbour():
    positions, groups = arrangement([(29.0, 0.0, 0.0)], [((1.0, 0.0, 0.0), (3.2, 0.0, 0.0))], [0])
    assert coordination(positions, BOX, groups, FIRST_SHELL).monodentate == 1


def test_chains_per_cation_counts_each_chain_once():
    carboxylates = [MONODENTATE, CHELATING, ((0.0, 0.0, 2.0), (0.0, 0.0, 4.2))]
    same = coordination(*_with_box(arrangement([CATION], carboxylates, [0, 0, 0])), FIRST_SHELL)
    three = coordination(*_with_box(arrangement([CATION], carboxylates, [0, 1, 2])), FIRST_SHELL)
    assert (same.chains_per_cation, three.chains_per_cation) == (1, 3)


def test_a_lonely_cation_ties_nothing():
    found = coordination(*_with_box(arrangement([(15.0, 15.0, 15.0)], [MONODENTATE], [0])), FIRST_SHELL)
    assert (found.coordination_number, found.chains_per_cation) == (0, 0)


def test_coulomb_energy_of_point_charges_is_analytic():
    positions, groups = arrangement([CATION], [MONODENTATE], [0])
    charges = np.array([-0.5, -0.25, 3.0])
    found = coulomb_interaction(positions, np.float64(BOX[:3]), charges, groups)
    expected = COULOMB_KJ_MOL_ANGSTROM * 3.0 * (-0.5 / 2.0 - 0.25 / 4.2)
    assert found.energy_kj_mol[0, 0] == pytest.approx(expected, rel=1e-6)


def test_a_chain_beyond_eight_angstrom_does_not_interact():
    far = ((8.1, 0.0, 0.0), (10.3, 0.0, 0.0))
    positions, groups = arrangement([CATION], [MONODENTATE, far], [0, 1])
    found = coulomb_interaction(positions, np.float64(BOX[:3]), np.array([-1.0, -1.0, -1.0, -1.0, 2.0]), groups)
    assert found.near.tolist() == [[True, False]]
    assert found.energy_kj_mol[0, 1] == 0


def test_coulomb_energy_does_not_depend_on_the_periodic_image():
    positions, groups = arrangement([CATION], [MONODENTATE], [0])
    charges = np.array([-0.5, -0.5, 3.0])
    moved = positions.copy()
    moved[-1] += 30.0
    here, there = (coulomb_interaction(p, np.float64(BOX[:3]), charges, groups) for p in (positions, moved))
    np.testing.assert_allclose(here.energy_kj_mol, there.energy_kj_mol, rtol=1e-5)


def _with_box(arranged):
    positions, groups = arranged
    return positions, BOX, groups
