"""Coulomb energies of arrangements that can be computed by hand."""

import numpy as np
import pytest

from ionlink.simulate.analysis.coulomb import COULOMB_KJ_MOL_ANGSTROM, coulomb_interaction

BOX = np.array([30, 30, 30, 90, 90, 90], dtype=np.float32)
MONODENTATE = ((2.0, 0.0, 0.0), (4.2, 0.0, 0.0))
CATION = (0.0, 0.0, 0.0)


def test_coulomb_energy_of_point_charges_is_analytic(arrangement):
    positions, groups = arrangement([CATION], [MONODENTATE], [0])
    charges = np.array([-0.5, -0.25, 3.0])
    found = coulomb_interaction(positions, np.float64(BOX[:3]), charges, groups)
    expected = COULOMB_KJ_MOL_ANGSTROM * 3.0 * (-0.5 / 2.0 - 0.25 / 4.2)
    assert found.energy_kj_mol[0, 0] == pytest.approx(expected, rel=1e-6)


def test_a_chain_beyond_eight_angstrom_does_not_interact(arrangement):
    far = ((8.1, 0.0, 0.0), (10.3, 0.0, 0.0))
    positions, groups = arrangement([CATION], [MONODENTATE, far], [0, 1])
    found = coulomb_interaction(positions, np.float64(BOX[:3]), np.array([-1.0, -1.0, -1.0, -1.0, 2.0]), groups)
    assert found.near.tolist() == [[True, False]]
    assert found.energy_kj_mol[0, 1] == 0


def test_coulomb_energy_does_not_depend_on_the_periodic_image(arrangement):
    positions, groups = arrangement([CATION], [MONODENTATE], [0])
    charges = np.array([-0.5, -0.5, 3.0])
    moved = positions.copy()
    moved[-1] += 30.0
    here, there = (coulomb_interaction(p, np.float64(BOX[:3]), charges, groups) for p in (positions, moved))
    np.testing.assert_allclose(here.energy_kj_mol, there.energy_kj_mol, rtol=1e-5)
