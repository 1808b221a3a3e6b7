"""What a stretch leaves."""

import pytest

from ionlink.simulate.analysis import retention

AT_REST = {
    "coordination_number": 6.0,
    "interchain_crosslinks_per_cation": 4.0,
    "largest_connected_fraction": 1.0,
    "coulomb_per_charge": -4000.0,
}


def test_what_is_unchanged_is_retained():
    assert set(retention(AT_REST, AT_REST).values()) == {1.0}


def test_a_weaker_attraction_is_retained_in_part():
    assert retention(AT_REST, {**AT_REST, "coulomb_per_charge": -3000.0})["coulomb_retention"] == pytest.approx(0.75)


def test_of_nothing_nothing_is_retained():
    found = retention({**AT_REST, "interchain_crosslinks_per_cation": 0.0}, AT_REST)
    assert "crosslink_retention" not in found
    assert found["coordination_retention"] == 1
