"""Bonds that stay, break, come back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionlink.simulate.analysis.exchange import CONFIDENCE, departures, exchange_outcomes, residence_outcomes

BOND, FREE = [[(0, 0)]], [[]]


def test_a_bond_that_stays_survives_without_an_event(contacts):
    found = exchange_outcomes(contacts([BOND] * 20, [0]))
    assert (found["bond_survival"], found["exchange_events_per_cation_ns"]) == (1, 0)
    assert "residence_time" not in found


def test_a_short_excursion_is_a_vibration(contacts):
    found = exchange_outcomes(contacts([BOND] * 10 + [FREE] * 4 + [BOND] * 6, [0]))
    assert (found["bond_survival"], found["exchange_events_per_cation_ns"]) == (1, 0)


def test_an_oxygen_that_stays_away_for_half_a_picosecond_has_left(contacts):
    found = exchange_outcomes(contacts([BOND] * 10 + [FREE] * 5 + [BOND] * 5, [0]))
    assert found["bond_survival"] == 1
    assert found["exchange_events_per_cation_ns"] == pytest.approx(1 / (15 * 0.1e-3))


def test_events_are_counted_for_each_cation(contacts):
    one, none = [[(0, 0)], [(1, 0)]], [[(0, 0)], []]
    found = exchange_outcomes(contacts([one] * 10 + [none] * 10, [0, 1]))
    assert found["bond_survival"] == 0.5
    assert found["exchange_events_per_cation_ns"] == pytest.approx(1 / (2 * 15 * 0.1e-3))


def test_an_oxygen_that_changes_its_cation_breaks_a_bond(contacts):
    found = exchange_outcomes(contacts([[[(0, 0)], []]] * 10 + [[[], [(0, 0)]]] * 10, [0]))
    assert found["bond_survival"] == 0
    assert found["exchange_events_per_cation_ns"] > 0


def test_without_bonds_at_the_start_there_is_no_survival(contacts):
    assert "bond_survival" not in exchange_outcomes(contacts([FREE] * 10 + [BOND] * 10, [0]))


def test_a_trajectory_too_short_for_a_departure_gives_no_rate(contacts):
    assert exchange_outcomes(contacts([BOND] * 5, [0])) == {"bond_survival": 1}


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.integers(1, 8))
def test_departures_are_those_that_one_finds_by_walking_along(series, away):
    walked = sum(series[frame] and not any(series[frame + 1 : frame + 1 + away]) for frame in range(len(series) - away))
    assert departures(np.array(series)[:, None], away) == walked


def test_a_bond_is_watched_until_it_breaks_or_the_trajectory_ends(contacts):
    # One bond watched for 1.0 ps and then gone, one for all 1.5 ps in which a departure could have been told.
    both, one = [[(0, 0), (1, 0)]], [[(1, 0)]]
    found = exchange_outcomes(contacts([both] * 10 + [one] * 10, [0, 1]))
    assert found["residence_time"] == pytest.approx(1.0 + 1.5)


def test_without_bonds_there_is_no_residence_time():
    assert residence_outcomes(0.0, 0) == {}


@pytest.mark.parametrize("mean_ps", [0.5, 20.0, 400.0])
def test_the_limit_of_the_residence_time_holds_as_often_as_it_says(mean_ps):
    rng = np.random.default_rng(1)
    watched_ps = 100.0
    events = rng.poisson(watched_ps / mean_ps, 4000)
    limits = np.array([residence_outcomes(watched_ps, int(count))["residence_time_at_least"] for count in events])
    # A count is discrete, so the limit may hold more often than stated, never less often.
    assert (limits < mean_ps).mean() >= CONFIDENCE - 0.01
    # One run may see no departure at all; all of them together tell the mean.
    together = residence_outcomes(watched_ps * len(events), int(events.sum()))
    assert together["residence_time"] == pytest.approx(mean_ps, rel=0.1)
    assert "residence_time" not in residence_outcomes(watched_ps, 0)
