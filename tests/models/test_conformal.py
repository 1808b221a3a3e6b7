"""The correction covers what it promises on rows that it did not see."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from predictors import held_out

from ionlink.models.conformal import conformal_quantile, corrections, coverage_band, groups_needed


def test_the_quantile_of_single_rows_is_that_of_split_conformal_prediction():
    scores = [float(k) for k in range(1, 20)]
    names = [str(k) for k in range(19)]
    assert conformal_quantile(scores, names, 0.9) == 18.0  # ⌈20 × 0.9⌉ of 19
    assert conformal_quantile(scores, names, 0.5) == 10.0


@pytest.mark.parametrize("interval", [0.5, 0.8, 0.9])
def test_too_few_groups_have_no_quantile(interval):
    enough = groups_needed(interval)
    for count, finite in ((enough, True), (enough - 1, False)):
        names = [str(k) for k in range(count)]
        assert math.isfinite(conformal_quantile([1.0] * count, names, interval)) == finite
    assert groups_needed(0.9) == 9
    assert conformal_quantile([], [], interval) == math.inf


def test_a_group_weighs_the_same_with_one_row_or_a_hundred():
    scores = [9.0] * 100 + [float(k) for k in range(8)]
    names = ["often"] * 100 + [str(k) for k in range(8)]
    assert conformal_quantile(scores, names, 0.8) == 7.0


@given(st.lists(st.floats(0, 10), min_size=3, max_size=60), st.floats(0.05, 0.6))
def test_wider_intervals_need_larger_quantiles(scores, interval):
    names = [str(k) for k in range(len(scores))]
    assert conformal_quantile(scores, names, interval) <= conformal_quantile(scores, names, interval + 0.1)


def overconfident(count=60, rows=6, seed=0):
    """Cations with a shared error and one of each row; the model believes in a third of it."""
    noise = np.random.default_rng(seed)
    error = np.repeat(noise.normal(size=count), rows) + 0.3 * noise.normal(size=count * rows)
    return held_out(error, 0.35, np.repeat(np.arange(count), rows), "leave-one-cation-out", folds=count)


def test_an_overconfident_model_reaches_nominal_coverage_out_of_sample():
    found = corrections(overconfident()).set_index("interval")
    for nominal in (0.5, 0.8, 0.9):
        low, high = coverage_band(nominal, 60)
        assert found.loc[nominal, "coverage_before"] < low
        assert low <= found.loc[nominal, "coverage_after"] <= high
        assert found.loc[nominal, "factor"] == pytest.approx(3.0, rel=0.35)
        assert found.loc[nominal, "verdict"] == "helps"
        assert found.loc[nominal, "interval_score_after"] < found.loc[nominal, "interval_score_before"]


def test_coverage_after_is_nominal_over_many_data_sets():
    covered = [corrections(overconfident(20, 2, seed), intervals=[0.8])["coverage_after"].iloc[0] for seed in range(40)]
    assert np.mean(covered) == pytest.approx(0.8, abs=0.04)


def test_coverage_after_comes_from_the_other_folds():
    # One cation that is far off cannot vouch for itself: its own score must not widen its own interval.
    error = np.full(40, 0.1)
    error[0] = 100.0
    found = corrections(held_out(error, 1.0, np.arange(40), folds=40), intervals=[0.9]).iloc[0]
    assert found["coverage_after"] == pytest.approx(39 / 40)


def test_an_honest_model_needs_none():
    noise = np.random.default_rng(2)
    found = corrections(held_out(noise.normal(size=200)))
    assert (found["verdict"] == "not needed").all()
    assert found["factor"].to_numpy() == pytest.approx(1.0, abs=0.2)


def test_what_does_not_help_is_said():
    # Half of the folds err hugely, half not at all, so that what one fold teaches misleads the other.
    error = np.where(np.arange(40) % 2, 9.0, 0.0)
    found = corrections(held_out(error, 1.0, np.arange(40), folds=2), intervals=[0.8]).iloc[0]
    assert found["coverage_before"] == found["coverage_after"] == 0.5
    assert found["verdict"] == "does not help"


def test_a_width_that_costs_more_than_it_covers_is_said():
    # Nine rows miss narrow intervals by a hundred deviations; to cover them all, wide ones must widen a hundredfold.
    sure = np.arange(40) < 9
    found = corrections(held_out(np.where(sure, 1.0, 0.5), np.where(sure, 0.01, 1.0), folds=40), intervals=[0.9]).iloc[
        0
    ]
    assert found["coverage_before"] == pytest.approx(31 / 40)
    assert abs(found["coverage_after"] - 0.9) < abs(found["coverage_before"] - 0.9)
    assert found["interval_score_after"] > found["interval_score_before"]
    assert found["verdict"] == "covers at a price"


def test_too_few_groups_are_said():
    found = corrections(held_out(np.arange(8.0), 1.0, np.repeat([0, 1, 2, 3], 2), folds=4), intervals=[0.9]).iloc[0]
    assert found["verdict"] == "too few groups"
    assert math.isnan(found["coverage_after"])
    assert math.isinf(found["factor"])
