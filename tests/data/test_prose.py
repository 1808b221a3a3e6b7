"""Numbers and units as people read them."""

import math

from hypothesis import given
from hypothesis import strategies as st

from ionlink.data.prose import MISSING, axis_label, significant, with_error


def number(text: str) -> float:
    return float(text.replace("−", "-"))


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e5))
def test_rounding_moves_a_value_by_less_than_half_its_error(value, error):
    written_value, written_error = with_error(value, error).split(" ± ")
    assert abs(number(written_value) - value) <= 0.5 * error * (1 + 1e-9)
    assert abs(number(written_error) - error) <= 0.35 * error


@given(st.floats(-1e12, 1e12).filter(lambda x: abs(x) > 1e-9))
def test_four_significant_digits_are_kept(value):
    assert math.isclose(number(significant(value)), value, rel_tol=5.1e-4)


def test_value_and_error_end_at_the_same_digit():
    assert with_error(1.23456, 0.0096) == "1.235 ± 0.010"
    assert with_error(123.4, 12.3) == "123 ± 12"
    assert with_error(0.04, 0.3) == "0.0 ± 0.3"
    assert with_error(-0.04, 0.3) == "0.0 ± 0.3"


def test_what_is_missing_is_not_a_number():
    assert with_error(None, 1.0) == MISSING
    assert with_error(math.nan, 1.0) == MISSING
    assert with_error(2.0, math.nan) == "2"


def test_every_axis_names_a_unit():
    assert axis_label("peel_force", "N") == "peel force (N)"
    assert axis_label("coulomb_spread", "1") == "coulomb spread (dimensionless)"
