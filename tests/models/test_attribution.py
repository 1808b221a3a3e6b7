"""Shapley values and interaction indices of functions whose answers are known."""

import numpy as np
import pytest

from ionlink.models.attribution import (
    coalition_row_count,
    coalition_rows,
    coalitions,
    magnitude,
    quotient_matrix,
    shapley_matrix,
)
from ionlink.models.interactions import interaction_matrix, pairs

PLAYERS = ("a", "b", "c", "d")
GROUPS = ("a", "a", "b", "c", "d", "d")
"""Groups of six inputs."""


@pytest.fixture
def points():
    return np.random.default_rng(3).standard_normal((9, 6))


@pytest.fixture
def background():
    return np.random.default_rng(4).standard_normal((7, 6))


def coalition_values(function, points, background):
    rows = coalition_rows(points, background, GROUPS, PLAYERS)
    return rows.asked.of(function(rows.asked.rows)).reshape(len(points), 16)


def additive(x):
    return 2 * x[:, 0] + np.sin(x[:, 1]) + x[:, 2] ** 2 - x[:, 4] * x[:, 5]


def of_groups(x):
    """What `additive` owes to each group, `n x 4`: nothing to c."""
    zero = np.zeros(len(x))
    return np.column_stack([2 * x[:, 0] + np.sin(x[:, 1]), x[:, 2] ** 2, zero, -x[:, 4] * x[:, 5]])


def test_of_an_additive_function_each_group_gets_its_term(points, background):
    attributions = coalition_values(additive, points, background) @ shapley_matrix(4).T
    assert attributions == pytest.approx(of_groups(points) - of_groups(background).mean(axis=0), abs=1e-12)


def test_an_additive_function_has_no_interactions(points, background):
    assert coalition_values(additive, points, background) @ interaction_matrix(4).T == pytest.approx(0, abs=1e-12)


def test_a_group_that_nothing_depends_on_gets_nothing(points, background):
    def product(x):
        return x[:, 0] * x[:, 2] * np.exp(x[:, 5])

    values = coalition_values(product, points, background)
    assert (values @ shapley_matrix(4).T)[:, 2] == pytest.approx(0, abs=1e-12)
    of_c = [row for row, pair in enumerate(pairs(4)) if 2 in pair]
    assert (values @ interaction_matrix(4).T)[:, of_c] == pytest.approx(0, abs=1e-12)


def test_attributions_add_up_from_base_to_prediction(points, background):
    def wild(x):
        return np.exp(x[:, 0] * x[:, 3]) + np.tanh(x.sum(axis=1)) ** 3

    values = coalition_values(wild, points, background)
    assert values[:, 0] == pytest.approx(wild(background).mean())
    assert values[:, -1] == pytest.approx(wild(points))
    assert values[:, 0] + (values @ shapley_matrix(4).T).sum(axis=1) == pytest.approx(values[:, -1])


def test_the_interaction_of_a_product_is_the_product_of_the_differences(points, background):
    interactions = coalition_values(lambda x: x[:, 2] * x[:, 3], points, background) @ interaction_matrix(4).T
    of_pair = interactions[:, pairs(4).index((1, 2))]
    # The mean over the background of (x_b - b_b)(x_c - b_c), as all four corners come from the same background row.
    expected = [((x[2] - background[:, 2]) * (x[3] - background[:, 3])).mean() for x in points]
    assert of_pair == pytest.approx(np.array(expected))
    others = np.delete(interactions, pairs(4).index((1, 2)), axis=1)
    assert others == pytest.approx(0, abs=1e-12)


def test_weights_are_those_of_all_orders_of_joining():
    from itertools import permutations

    values = np.random.default_rng(0).standard_normal(16)
    number = {tuple(row): place for place, row in enumerate(coalitions(4).tolist())}
    gains = np.zeros(4)
    for order in permutations(range(4)):
        joined = [False] * 4
        for player in order:
            before = values[number[tuple(joined)]]
            joined[player] = True
            gains[player] += values[number[tuple(joined)]] - before
    assert shapley_matrix(4) @ values == pytest.approx(gains / 24)


def test_a_union_asks_only_for_coalitions_that_do_not_split_it():
    matrix = quotient_matrix([(0, 1), (2,), (3,)])
    split = coalitions(4)[:, 0] != coalitions(4)[:, 1]
    assert (matrix[:, split] == 0).all()
    values = np.random.default_rng(1).standard_normal(16)
    assert (matrix @ values).sum() == pytest.approx(values[-1] - values[0])


def test_each_different_row_is_asked_for_once_and_hybrids_are_known():
    cations = np.array([[1.0, 5.0], [2.0, 6.0]])
    inputs = np.column_stack([np.repeat(cations, 2, axis=0), np.tile([7.0, 8.0], 2), np.full(4, 9.0)])
    rows = coalition_rows(inputs, inputs, PLAYERS, PLAYERS)
    assert len(rows.asked.rows) == 8  # 2 x 2 x 2 x 1, of which half mix the two cations
    hybrid = rows.hybrid([0, 1])
    assert hybrid.sum() == 4
    assert {tuple(row) for row in rows.asked.rows[hybrid][:, :2]} == {(1.0, 6.0), (2.0, 5.0)}


def test_a_group_that_never_varies_is_known():
    inputs = np.array([[1.0, 5.0, 7.0, 9.0], [2.0, 5.0, 8.0, 9.0]])
    assert coalition_rows(inputs, inputs, PLAYERS, PLAYERS).fixed(slice(None)) == {1, 3}
    other = np.vstack([inputs, [[1.0, 6.0, 7.0, 9.0]]])
    assert coalition_rows(other, inputs, PLAYERS, PLAYERS).fixed(slice(None)) == {3}
    assert coalition_rows(other, inputs, PLAYERS, PLAYERS).fixed(slice(0, 2)) == {1, 3}


def test_rows_are_counted_before_they_are_made(points, background):
    rows = coalition_rows(points, background, GROUPS, PLAYERS)
    assert coalition_row_count(points, background, GROUPS, PLAYERS) == len(rows.asked.rows)
    assert len(np.unique(rows.asked.rows, axis=0)) == len(rows.asked.rows)
    assert rows.asked.weights.sum(axis=1) == pytest.approx(1)


def test_a_magnitude_reaches_zero_where_signs_are_not_sure():
    random = np.random.default_rng(0)
    noise = magnitude(0.1 * random.standard_normal(20), random.standard_normal((500, 1)) * np.ones(20), 0.9)
    assert noise.lower == 0
    assert noise.upper > 1
    sure = magnitude(np.array([2.0, -3.0]), np.array([2.0, -3.0]) + 0.1 * random.standard_normal((500, 2)), 0.9)
    assert 2.3 < sure.lower < sure.mean == 2.5 < sure.upper < 2.7
