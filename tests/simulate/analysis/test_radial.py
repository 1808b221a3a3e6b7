"""g(r), its first shell, its reach, and the parts of the nearer and the farther oxygen."""

import numpy as np
import pandas as pd
import pytest

from ionlink.simulate import molecular_dynamics_oracle
from ionlink.simulate.analysis.contacts import first_shell_contacts
from ionlink.simulate.analysis.oxygen_pairs import oxygen_pair_outcomes, oxygen_pairs, split_rdf
from ionlink.simulate.analysis.radial import cation_oxygen_rdf, first_shell, reach_outcomes
from ionlink.simulate.analysis.solvation import solvation_outcomes
from ionlink.simulate.groups import Groups

CATION = (15.0, 15.0, 15.0)


def beside(x, y=0.0):
    return (CATION[0] + x, CATION[1] + y, CATION[2])


MONODENTATE = (beside(2.01), beside(4.21))
CHELATING = (beside(-2.0, 1.11), beside(-2.0, -1.11))
FAR = (beside(0.0, 9.01), beside(0.0, 11.01))


@pytest.fixture
def three_carboxylates(arrangement, universe):
    positions, groups = arrangement([CATION], [MONODENTATE, CHELATING, FAR], [0, 0, 1])
    return universe([positions, positions], 30.0), groups


def test_oxygens_are_counted_within_eight_and_within_twelve_angstrom(three_carboxylates):
    found = reach_outcomes(cation_oxygen_rdf(*three_carboxylates))
    assert found == {"oxygens_within_8_angstrom": 4, "oxygens_beyond_8_angstrom": 2}


@pytest.mark.parametrize(
    ("edge", "known"), [(15.9, set()), (16.1, {"oxygens_within_8_angstrom"}), (23.9, {"oxygens_within_8_angstrom"})]
)
def test_a_small_box_does_not_reach_so_far(arrangement, universe, edge, known):
    positions, groups = arrangement([CATION], [MONODENTATE], [0])
    assert set(reach_outcomes(cation_oxygen_rdf(universe([positions], edge), groups))) == known


def test_an_ideal_gas_has_its_density_within_any_distance(universe):
    rng = np.random.default_rng(1)
    frames = [rng.uniform(0, 30, (401, 3)) for _ in range(40)]
    groups = Groups(np.zeros(400, dtype=int), np.arange(400).reshape(-1, 2), np.array([400]))
    found = reach_outcomes(cation_oxygen_rdf(universe(frames, 30.0), groups))
    within, beyond = (400 / 30**3 * 4 / 3 * np.pi * volume for volume in (8**3, 12**3 - 8**3))
    assert found["oxygens_within_8_angstrom"] == pytest.approx(within, abs=4 * np.sqrt(within / 40))
    assert found["oxygens_beyond_8_angstrom"] == pytest.approx(beyond, abs=4 * np.sqrt(beyond / 40))


def test_the_two_oxygens_of_a_carboxylate_are_told_apart_by_distance(three_carboxylates):
    universe, groups = three_carboxylates
    chelated = np.hypot(2.0, 1.11)
    found = oxygen_pair_outcomes(oxygen_pairs(universe, groups, 2.6), groups)
    assert found["nearer_oxygen_distance"] == pytest.approx((2.01 + chelated) / 2, abs=1e-4)
    assert found["farther_oxygen_distance"] == pytest.approx((4.21 + chelated) / 2, abs=1e-4)
    assert found["oxygen_distance_asymmetry"] == pytest.approx(2.2 / 2, abs=1e-4)


def test_a_symmetric_chelate_has_no_asymmetry(arrangement, universe):
    positions, groups = arrangement([CATION], [CHELATING], [0])
    pairs = oxygen_pairs(universe([positions], 30.0), groups, 2.6)
    assert oxygen_pair_outcomes(pairs, groups)["oxygen_distance_asymmetry"] == pytest.approx(0, abs=1e-4)


def test_of_three_oxygens_the_two_nearest_make_the_pair(arrangement, universe):
    sulfonates = [(*CHELATING, beside(-3.9)), (beside(4.5), beside(2.0), beside(4.2))]
    positions, groups = arrangement([CATION], sulfonates, [0, 0])
    pairs = oxygen_pairs(universe([positions], 30.0), groups, 2.6)
    chelated = np.hypot(2.0, 1.11)
    np.testing.assert_allclose(pairs.nearer_angstrom, [chelated, 2.0], atol=1e-4)
    np.testing.assert_allclose(pairs.farther_angstrom, [chelated, 4.2], atol=1e-4)
    assert oxygen_pair_outcomes(pairs, groups)["oxygen_distance_asymmetry"] == pytest.approx(2.2 / 2, abs=1e-4)


def test_donor_groups_with_one_oxygen_have_no_pair(arrangement, universe):
    positions, groups = arrangement([CATION], [(beside(2.0),)], [0])
    assert oxygen_pair_outcomes(oxygen_pairs(universe([positions], 30.0), groups, 2.6), groups) == {}


def test_the_parts_of_both_oxygens_are_the_g_of_r_of_coordinated_groups(three_carboxylates):
    universe, groups = three_carboxylates
    radial = cation_oxygen_rdf(universe, groups)
    parts = split_rdf(radial, oxygen_pairs(universe, groups, 2.6), universe, groups)
    near = radial.r_angstrom < 5
    np.testing.assert_allclose((parts["g_r_nearer"] + parts["g_r_farther"])[near], radial.g_r[near], rtol=1e-5)
    assert not parts["g_r_nearer"][~near].any()
    assert radial.g_r[~near].any()


def test_the_table_has_the_curve_and_its_parts(three_carboxylates, tmp_path):
    universe, groups = three_carboxylates
    radial = cation_oxygen_rdf(universe, groups)
    radial.save(tmp_path / "rdf.csv", split_rdf(radial, oxygen_pairs(universe, groups, 2.6), universe, groups))
    table = pd.read_csv(tmp_path / "rdf.csv")
    assert list(table.columns) == ["r_angstrom", "g_r", "coordination_number", "g_r_nearer", "g_r_farther"]
    assert table["coordination_number"].iloc[-1] == 6


def test_without_an_oxygen_near_a_cation_there_is_no_first_shell(arrangement, universe):
    positions, groups = arrangement([CATION], [FAR], [0])
    assert first_shell(cation_oxygen_rdf(universe([positions], 30.0), groups)) is None


@pytest.mark.parametrize("seed", range(10))
def test_oxygens_beyond_the_waters_of_a_cation_are_no_first_shell(arrangement, universe, seed):
    """Where water parts cation and carboxylate, g(r) rises from 3 Å on to a maximum at 4.2 Å."""
    frames = []
    for distance in np.random.default_rng(seed).normal(4.2, 0.35, 400):
        positions, groups = arrangement([CATION], [(beside(distance), beside(distance + 2.2))], [0])
        frames.append(positions)
    radial = cation_oxygen_rdf(universe(frames, 30.0), groups)
    assert radial.coordination_number[radial.r_angstrom < 3.4].max() > 0
    shell = first_shell(radial)
    assert shell is None or shell.end_angstrom < 3.4  # stray oxygens with nothing beside them


def test_contacts_know_their_time_and_chains_without_contact(three_carboxylates):
    found = first_shell_contacts(*three_carboxylates, 2.6)
    assert found.bonded.shape == (2, 1, 3, 2)
    assert (found.chains, found.chain_of_group.tolist()) == (2, [0, 0, 1])
    assert found.frame_interval_ps == pytest.approx(0.1)


def test_water_in_the_first_shell_is_counted_across_the_boundary(universe):
    positions = [(2.0, 0.0, 0.0), (4.2, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 2.0, 0.0), (0.0, 28.0, 0.0), (0.0, 5.0, 0.0)]
    wet = Groups(np.zeros(2, dtype=int), np.array([[0, 1]]), np.array([2]), water_oxygens=np.array([3, 4, 5]))
    assert solvation_outcomes(universe([positions], 30.0), wet, 2.6) == {"water_coordination_number": 2}


def test_a_dry_box_says_nothing_of_water(three_carboxylates):
    assert solvation_outcomes(*three_carboxylates, 2.6) == {}


def test_only_a_protocol_with_water_promises_to_count_it():
    assert "water_coordination_number" in molecular_dynamics_oracle("screen-hydrated").outcomes
    assert "water_coordination_number" not in molecular_dynamics_oracle("screen").outcomes
