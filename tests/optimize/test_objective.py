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
        ({"outcome": "density", "goal": "biggest"}, "maximise"),
        ({"outcome": "density", "goal": "window", "lower": 1}, "lower and upper"),
        ({"outcome": "density", "goal": "window", "lower": 2, "upper": 1}, "lower < upper"),
        ({"outcome": "density", "goal": "window", "lower": 1, "upper": 2, "reference": 1.5}, "outside"),
        ({"outcome": "density", "goal": "minimise", "lower": 1}, "belong to a window"),
        ({"outcome": "density", "goal": "minimise", "uper": 1}, "uper"),
    ],
)
def test_what_makes_no_sense_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        Objective(**fields)
