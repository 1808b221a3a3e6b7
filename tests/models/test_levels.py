"""Two levels: what is learned of their correlation when the truth is known."""

import numpy as np
import pytest

from ionlink.data import Observation, Ranking
from ionlink.models import FitFailed
from ionlink.models.levels import CORRELATIONS, LevelModel, compare_levels, correlation_prior

OUTCOME = "coulomb_spread"


@pytest.fixture(scope="module")
def simulated(observations):
    return [o for o in observations if o.outcome == OUTCOME]


def measured(simulated, values):
    return [
        Observation(
            formulation=o.formulation, outcome=OUTCOME, value=v, standard_error=0.01, level="lab", source="test"
        )
        for o, v in zip(simulated, values, strict=False)
    ]


def true_values(simulated):
    return np.array([o.value for o in simulated])


def test_levels_that_agree_are_found_to_agree_and_teach_each_other(simulated):
    values = true_values(simulated)
    model = LevelModel.fit(simulated, measured(simulated[:8], 5 + 2 * values[:8]))
    mean, lower, _ = model.correlation()
    assert mean > 0.8
    assert lower > 0.5
    assert model.probability_positive > 0.99
    assert model.log_bayes_factor > 2
    rest = model.predict([o.formulation for o in simulated[8:]])
    assert np.corrcoef(rest["mean"], values[8:])[0, 1] > 0.9


def test_levels_that_contradict_each_other_are_found_to(simulated):
    model = LevelModel.fit(simulated, measured(simulated[:8], -true_values(simulated)[:8]))
    assert model.correlation()[0] < -0.8
    assert model.probability_positive < 0.01


def test_a_level_that_has_nothing_to_do_with_the_other_is_told_little(simulated):
    values = np.random.default_rng(3).permutation(true_values(simulated))
    model = LevelModel.fit(simulated, measured(simulated, values))
    assert model.share_told < float(correlation_prior(same_outcome=True) @ CORRELATIONS**2)


def test_without_informative_statements_the_prior_stays(simulated):
    one = measured(simulated[:1], [1.0])
    model = LevelModel.fit(simulated, one)
    assert model.weights == pytest.approx(model.prior, abs=0.01)


def test_rankings_alone_teach_the_sign(simulated):
    ordered = sorted(simulated, key=lambda o: o.value)
    pairs = [(ordered[-1 - k], ordered[k]) for k in range(6)]
    rankings = [
        Ranking(outcome=OUTCOME, level="lab", source="test", higher=a.formulation, lower=b.formulation, relation=">")
        for a, b in pairs
    ]
    model = LevelModel.fit(simulated, rankings=rankings)
    assert model.probability_positive > 0.9
    assert model.probability_higher(ordered[-7].formulation, ordered[6].formulation) > 0.6


def test_the_table_names_what_could_not_be_compared(simulated):
    frame = compare_levels(simulated[:3], measured(simulated[:2], [1.0, 2.0]), [])
    assert frame["note"].str.contains("at least 5").all()
    with pytest.raises(FitFailed, match="exactly one outcome"):
        LevelModel.fit(simulated)
