import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ionlink.optimize import Objective

WINDOW = Objective(outcome="coulomb_per_charge", goal="window", lower=-1600, upper=-1300)


def test_maximise_and_minimise():
    assert Objective(outcome="density", goal="maximise").desirability(2.0) == 2.0
    assert Objective(outcome="density", goal="minimise").desirability(2.0) == -2.0


@given(st.floats(-5000, 0))
def test_a_window_is_flat_inside_and_falls_in_half_widths_outside(value):
    desirability = WINDOW.desirability(value)
    if -1600 <= value <= -1300:
        assert desirability == 0
    else:
        distance = max(value + 1300, -1600 - value)
        assert desirability == pytest.approx(-distance / 150)


@given(st.floats(-5000, 5000), st.sampled_from([-4.0, 0.0, 0.5, 1300.0]))
def test_a_window_open_on_one_side_falls_beyond_its_edge_only(value, edge):
    at_most = Objective(outcome="density", goal="window", upper=edge)
    at_least = Objective(outcome="density", goal="window", lower=edge)
    distance = abs(value - edge) / (abs(edge) or 1)
    assert at_most.desirability(value) == pytest.approx(-distance if value > edge else 0)
    assert at_least.desirability(value) == pytest.approx(-distance if value < edge else 0)


def test_at_least_and_at_most_are_windows_open_on_one_side():
    assert Objective(outcome="density", goal="at_least", lower=1.2) == Objective(
        outcome="density", goal="window", lower=1.2
    )
    assert str(Objective(outcome="density", goal="at_most", upper=1.2, reference=2, weight=3)) == "density at most 1.2"


@pytest.mark.parametrize(
    ("fields", "spread"),
    [
        ({"goal": "maximise"}, None),
        ({"goal": "maximise", "reference": 1.0}, None),
        ({"goal": "maximise", "reference": 1.0, "best": 3.0}, 2.0),
        ({"goal": "minimise", "reference": 3.0, "best": 1.0, "spread": 0.5}, 0.5),
        ({"goal": "window", "lower": 1.0, "upper": 2.0}, 1.0),
        ({"goal": "window", "lower": 1.0, "upper": 2.0, "reference": 4.0}, 4.0),  # in half widths
        ({"goal": "window", "lower": 1.0, "upper": 2.0, "spread": 0.25}, 0.5),
    ],
)
def test_what_counts_as_one_in_a_weighted_sum(fields, spread):
    assert Objective(outcome="density", **fields).desirability_spread == spread


@pytest.mark.parametrize(
    "fields",
    [
        {"goal": "maximise"},
        {"goal": "minimise"},
        {"goal": "window", "lower": 2.0, "upper": 3.0},
        {"goal": "at_least", "lower": 2.0},
        {"goal": "at_most", "upper": 3.0},
    ],
)
def test_the_values_of_a_desirability_have_it(fields):
    objective = Objective(outcome="density", **fields)
    values = objective.values_at(-0.7)
    assert [objective.desirability(value) for value in values] == pytest.approx([-0.7] * len(values))
    assert len(values) == (2 if {"lower", "upper"} <= fields.keys() else 1)


def test_an_objective_reads_as_a_sentence():
    fields = {"outcome": "dmt_modulus", "goal": "window"}
    assert str(Objective(**fields, upper=0.5)) == "dmt_modulus at most 0.5"
    assert str(Objective(**fields, lower=0.5)) == "dmt_modulus at least 0.5"
    assert str(Objective(**fields, lower=0.5, upper=2)) == "dmt_modulus between 0.5 and 2"
    assert str(Objective(outcome="peel_force", goal="maximise")) == "maximise peel_force"


def test_a_window_tells_the_way_back_by_its_gradient():
    values = torch.tensor([-1700.0, -1450.0, -1200.0], dtype=torch.float64, requires_grad=True)
    WINDOW.desirability(values).sum().backward()
    assert values.grad[0] > 0
    assert values.grad[1] == 0
    assert values.grad[2] < 0


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"outcome": "densty", "goal": "maximise"}, "density"),
        ({"outcome": "coordination_mode", "goal": "maximise"}, "is a kind"),
        ({"outcome": "density", "goal": "biggest"}, "maximise"),
        ({"outcome": "density", "goal": "window"}, "lower or upper"),
        ({"outcome": "density", "goal": "window", "lower": 2, "upper": 1}, "lower < upper"),
        ({"outcome": "density", "goal": "window", "lower": 1, "upper": 2, "reference": 1.5}, "outside"),
        ({"outcome": "density", "goal": "window", "upper": 2, "reference": 1.5}, "outside"),
        ({"outcome": "density", "goal": "minimise", "lower": 1}, "belong to a window"),
        ({"outcome": "density", "goal": "minimise", "uper": 1}, "uper"),
        ({"outcome": "density", "goal": "at_least", "upper": 1}, "at_least needs lower\nat_least has no upper"),
        ({"outcome": "density", "goal": "at_most", "lower": 1, "upper": 2}, "at_most has no lower"),
        ({"outcome": "density", "goal": "at_most", "upper": 2, "reference": 1}, "outside"),
        ({"outcome": "density", "goal": "window", "upper": 2, "best": 1}, "best belongs to"),
        ({"outcome": "density", "goal": "minimise", "reference": 1, "best": 1}, "must be better"),
        ({"outcome": "density", "goal": "maximise", "reference": 1, "best": 0.5}, "must be better"),
        ({"outcome": "density", "goal": "maximise", "weight": 0}, "greater than 0"),
        ({"outcome": "density", "goal": "maximise", "spread": 0}, "greater than 0"),
    ],
)
def test_what_makes_no_sense_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        Objective(**fields)
