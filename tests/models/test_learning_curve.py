"""The training grows, the test stays."""

from itertools import pairwise

import numpy as np
import pytest
from predictors import Constant, mean_fit, observation, points

from ionlink.data import InputError
from ionlink.models import FitFailed
from ionlink.models.learning_curve import LEARNING_COLUMNS, learning_curve, training_sizes


@pytest.fixture(scope="module")
def rows():
    noise = np.random.default_rng(1)
    return [observation(p, noise.normal()) for p in points() for _ in range(2)]


def test_subsets_are_nested_and_apart_from_the_test(rows):
    trained, steps = [], []

    def fit(training):
        trained.append({o.formulation for o in training})
        assert len(training) == 2 * len(trained[-1])  # all repeats come along
        return mean_fit(training)

    table, failures = learning_curve(
        rows, fit, "chains_per_cation", seeds=(0, 1), progress=lambda *step: steps.append(step)
    )
    assert failures == []
    assert list(table.columns) == list(LEARNING_COLUMNS)
    sizes = training_sizes(96)
    assert table["formulations"].tolist() == [*sizes, *sizes]
    assert sizes[-1] == 72
    for seed in range(2):
        nested = trained[seed * len(sizes) : (seed + 1) * len(sizes)]
        assert all(small < large for small, large in pairwise(nested))
    assert trained[len(sizes) - 1] != trained[-1]
    assert (table["rows"] == 48).all()
    assert steps[-1][:2] == (2 * len(sizes), 2 * len(sizes))


def test_formulations_of_which_only_bounds_are_known_are_told_and_not_counted(rows):
    bounds = [observation(p, 2.0, bound="<") for p in points(ratios=(60.0,))]
    valued = []

    def fit(training):
        assert sum(o.bound == "<" for o in training) == len(bounds)
        valued.append(len({o.formulation for o in training if o.bound == "="}))
        return mean_fit(training)

    table, failures = learning_curve([*bounds, *rows], fit, "chains_per_cation", seeds=(0,))
    assert failures == []
    assert table["formulations"].tolist() == valued == [*training_sizes(96)]
    assert (table["rows"] == 48).all()


def test_a_point_that_fails_is_named(rows):
    def fit(training):
        if len(training) < 40:
            raise FitFailed("chains_per_cation", "too little")
        return Constant(0.0, 1.0)

    table, failures = learning_curve(rows, fit, "chains_per_cation", seeds=(0,))
    assert len(failures) + len(table) == len(training_sizes(96))
    assert failures[0] == "chains_per_cation, 8 formulations, seed 0: chains_per_cation: too little"


def test_too_few_formulations_are_refused(rows):
    with pytest.raises(InputError, match="at least 16 are needed"):
        learning_curve(rows[:20], mean_fit, "chains_per_cation")
