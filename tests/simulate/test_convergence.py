"""The test of equilibration as a statistical test: what it lets through and what it stops, at stated rates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionlink.simulate.convergence import compare, standard_error

SERIES = 400


def correlated(length, time, rng):
    """Stationary Gaussian series of unit variance whose autocorrelation decays with `time`, `SERIES x length`."""
    keep = np.exp(-1 / time)
    series = rng.normal(size=(SERIES, length))
    for index in range(1, length):
        series[:, index] = keep * series[:, index - 1] + np.sqrt(1 - keep**2) * series[:, index]
    return series


def rate(series, tolerance):
    half = series.shape[1] // 2
    return np.mean([compare(row[:half], row[half:], tolerance).settled for row in series])


@pytest.mark.parametrize(("window", "time", "accepted"), [(50, 2.5, 0.87), (100, 2.5, 0.88), (50, 5.0, 0.78)])
def test_stationary_series_pass(window, time, accepted):
    series = correlated(2 * window, time, np.random.default_rng(1))
    tolerance = 3 * series[:, :window].mean(axis=1).std()
    assert rate(series, tolerance) > accepted


@pytest.mark.parametrize("time", [0.3, 2.5, 5.0])
def test_drifting_series_are_stopped(time):
    series = correlated(100, time, np.random.default_rng(2))
    tolerance = 3 * series[:, :50].mean(axis=1).std()
    drift_per_window = 2 * tolerance
    assert rate(series + np.arange(100) / 50 * drift_per_window, tolerance) < 0.03


def test_a_quiet_drift_within_the_tolerance_is_stopped_as_significant():
    drift = np.linspace(0, 1, 100)
    found = compare(drift[:50], drift[50:], tolerance=0.8)
    assert found.small
    assert found.significant
    assert not found.settled


def test_a_noisy_difference_beyond_the_tolerance_is_stopped_as_large():
    rng = np.random.default_rng(3)
    found = compare(rng.normal(size=20), rng.normal(size=20) + 0.1, tolerance=0.01)
    assert not found.significant
    assert not found.settled


def test_a_frozen_quantity_may_change_by_a_quarter_of_the_tolerance():
    assert compare(np.full(20, 6.0), np.full(20, 6.02), tolerance=0.1).settled
    assert not compare(np.full(20, 6.0), np.full(20, 6.03), tolerance=0.1).settled


def test_the_standard_error_of_correlated_samples_is_that_of_their_means():
    for time in (0.1, 2.0, 5.0):
        series = correlated(400, time, np.random.default_rng(4))
        estimated = np.mean([standard_error(row) for row in series])
        assert estimated == pytest.approx(series.mean(axis=1).std(), rel=0.15)


@given(st.floats(-1e3, 1e3), st.floats(0.1, 10))
def test_the_standard_error_moves_with_the_unit_and_not_with_the_origin(origin, unit):
    samples = np.random.default_rng(5).normal(size=40)
    assert standard_error(origin + unit * samples) == pytest.approx(unit * standard_error(samples), rel=1e-6)
