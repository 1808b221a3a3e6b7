"""Student's distribution by its standard deviation, against what it is by definition."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from predictors import held_out
from scipy.integrate import quad
from scipy.stats import norm, t

from ionlink.models.metrics import mean_metrics
from ionlink.models.student import crps, degrees_of, degrees_shown, log_density, place, probability_within, reach

INTERVAL, HALF = 0.9, 1.6448536


@pytest.mark.parametrize("degrees", [3.0, 5.0, 50.0, np.inf])
@pytest.mark.parametrize(("y", "mean", "deviation"), [(0.0, 0.0, 1.0), (1.3, 0.2, 0.7), (-4.0, 1.0, 2.0)])
def test_crps_is_the_integral_that_defines_it(y, mean, deviation, degrees):
    predicted = t(degrees, mean, deviation * math.sqrt(1 - 2 / degrees))
    below, _ = quad(lambda x: predicted.cdf(x) ** 2, -np.inf, y)
    above, _ = quad(lambda x: predicted.sf(x) ** 2, y, np.inf)
    assert crps([y], [mean], [deviation], [degrees]) == pytest.approx([below + above], rel=1e-5)


def test_crps_of_a_sure_prediction_is_its_error():
    assert crps([3.0], [1.0], [1e-9]) == pytest.approx([2.0])


@pytest.mark.parametrize("degrees", [4.5, 20.0])
def test_the_deviation_that_is_stated_is_that_of_the_distribution(degrees):
    def part(x):
        return x**2 * math.exp(log_density(x, 0.0, 1.7, degrees))

    assert quad(part, -np.inf, np.inf)[0] == pytest.approx(1.7**2, rel=1e-4)


def test_of_infinitely_many_degrees_it_is_the_gaussian():
    assert log_density(1.3, 0.2, 0.7, np.inf) == pytest.approx(norm.logpdf(1.3, 0.2, 0.7))
    assert place(0.2, [np.inf, np.inf]) == pytest.approx([norm.ppf(0.2)] * 2)
    assert probability_within(HALF, np.inf) == pytest.approx(INTERVAL)


@given(st.floats(0.01, 0.99), st.floats(3, 300))
def test_an_interval_holds_what_it_says(interval, degrees):
    assert probability_within(reach(interval, degrees), degrees) == pytest.approx(interval, abs=1e-9)


def test_tables_without_the_column_or_with_gaps_in_it_are_gaussian():
    rows = pd.DataFrame({"mean": [0.0, 1.0]})
    assert degrees_of(rows).tolist() == [np.inf, np.inf]
    assert degrees_of(rows.assign(degrees_of_freedom=[4.0, None])).tolist() == [4.0, np.inf]


@pytest.mark.parametrize("degrees", [3.0, 4.0, 6.0])
def test_many_errors_show_how_long_their_tails_are(degrees):
    errors = t(degrees).rvs(3000, random_state=1)
    assert degrees_shown(errors, INTERVAL, t.ppf(0.95, degrees)) == pytest.approx(degrees, rel=0.25)


def test_few_errors_and_gaussian_ones_change_little():
    random = np.random.default_rng(0)
    for count in (0, 5, 20, 2000):
        degrees = degrees_shown(random.normal(size=count), INTERVAL, HALF)
        assert HALF / reach(INTERVAL, degrees) < 1.02
        assert reach(0.5, degrees) / reach(INTERVAL, degrees) == pytest.approx(0.41, abs=0.035)  # Gaussian


def test_predictions_with_the_tails_of_their_errors_cover_what_they_promise():
    errors, deviation = t(4).rvs(20000, random_state=2), math.sqrt(2)
    rows = held_out(errors, deviation=deviation)
    for degrees, off in ((4.0, 0.01), (np.inf, None)):
        found = mean_metrics(rows.assign(degrees_of_freedom=degrees))
        away = [abs(found[f"coverage_{nominal}"] - nominal / 100) for nominal in (50, 80, 90)]
        assert max(away) < off if off else max(away) > 0.05
