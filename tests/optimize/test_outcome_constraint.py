import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ionlink.optimize import OutcomeConstraint


@given(st.floats(-10, 10), st.floats(0.1, 5), st.floats(-30, 30))
def test_a_violation_is_above_zero_exactly_outside(lower, width, value):
    both = OutcomeConstraint(outcome="coulomb_retention", lower=lower, upper=lower + width)
    assert (both.violation(value) > 0) == (not lower <= value <= lower + width)
    at_least = OutcomeConstraint(outcome="coulomb_retention", lower=lower)
    assert (at_least.violation(value) > 0) == (value < lower)
    at_most = OutcomeConstraint(outcome="coulomb_retention", upper=lower)
    assert (at_most.violation(value) > 0) == (value > lower)


def test_a_violation_is_counted_in_half_widths_or_in_the_edge():
    assert OutcomeConstraint(outcome="density", lower=1, upper=2).violation(3.0) == 2.0
    assert OutcomeConstraint(outcome="density", lower=1, upper=2).violation(1.5) == -1.0
    assert OutcomeConstraint(outcome="density", upper=2).violation(3.0) == 0.5
    assert OutcomeConstraint(outcome="coulomb_retention", lower=0).violation(-3.0) == 3.0


def test_it_reads_as_a_sentence():
    assert str(OutcomeConstraint(outcome="density", upper=1.2)) == "density at most 1.2"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"outcome": "density"}, "needs lower or upper"),
        ({"outcome": "density", "lower": 2, "upper": 1}, "needs lower < upper, not 2 and 1"),
        ({"outcome": "densty", "lower": 2}, "did you mean density"),
        ({"outcome": "density", "lower": float("nan")}, "lower"),
        ({"outcome": "density", "atleast": 1, "lower": 1}, "atleast"),
    ],
)
def test_what_makes_no_sense_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        OutcomeConstraint(**fields)
