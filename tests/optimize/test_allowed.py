import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ionlink.optimize import (
    Combination,
    DesignSpace,
    FractionRange,
    PhRange,
    RatioRange,
    SecondCation,
    TemperatureRange,
)
from ionlink.optimize.constraints import ChargeBalance, Hydrolysis, Linear, Price
from ionlink.optimize.space_filling import spread

RANGE = RatioRange(lower=4, upper=100)


def band(**change):
    """Ratio + 10 pH between 59.8 and 60, which no corner of the ranges holds."""
    limits = (
        Linear(coefficients={"ratio": 1.0, "ph": 10.0}, upper=60.0),
        Linear(coefficients={"ratio": -1.0, "ph": -10.0}, upper=-59.8),
    )
    fields = {"cations": ("Fe3+", "Mg2+"), "ligands": ("PAA",), "ratio": RANGE, "ph": PhRange(lower=1, upper=6)}
    return DesignSpace(**{**fields, "constraints": limits, **change})


def test_however_narrow_what_a_constraint_leaves_it_is_found():
    charges = {"Na+": 1, "Mg2+": 2, "Fe3+": 3, "Zr4+": 4}
    space = DesignSpace(
        cations=tuple(charges),
        ligands=("PAA",),
        ratio=RatioRange(lower=1, upper=200),
        constraints=(ChargeBalance(lower=0.98, upper=1.0),),
    )
    assert {cation for cation, _ in space.pairs()} == set(charges)
    for cation, charge in charges.items():
        lowest, highest = space.ends(Combination(cation, "PAA"))
        assert lowest.ratio == charge
        assert charge < highest.ratio <= charge / 0.98
    assert {f.cation for f in spread(space, 4, taken=[], seed=0)} == set(charges)


UNITS = st.tuples(*[st.floats(0, 1)] * 4)
MIXED = DesignSpace(
    cations=("Fe3+", "Mg2+"),
    ligands=("PAA", "alginate"),
    ratio=RANGE,
    second_cation=SecondCation(cations=("Ca2+", "Al3+"), fraction=FractionRange(lower=0.1, upper=0.5)),
    ph=PhRange(lower=1, upper=6),
    temperature_k=TemperatureRange(lower=290, upper=350),
    constraints=(
        ChargeBalance(lower=0.3, upper=0.31),
        Hydrolysis(most_hydrolysed=0.1),
        Price(prices={"Fe3+": 1, "Al3+": 2, "Mg2+": 3, "Ca2+": 0.5}, cap=2.5),
        Linear(coefficients={"temperature_k": 1.0, "ph": 10.0}, upper=320),
        Linear(coefficients={"temperature_k": -1.0, "ph": -10.0, "second_fraction": 3.0}, upper=-318),
        Linear(coefficients={"ratio": 1.0, "temperature_k": 0.1, "ph": 1.0}, upper=45),
    ),
)


@given(st.integers(0, len(MIXED.combinations) - 1), UNITS)
def test_each_point_of_what_constraints_leave_is_allowed_and_comes_back(index, unit):
    combination = MIXED.combinations[index]
    (formulation,) = MIXED.allowed(combination, [unit])
    if MIXED.combination_fault(combination) is None:
        assert MIXED.fault(formulation) is None
        assert MIXED.allowed(combination, [MIXED.allowed_unit_of(formulation)]) == [formulation]
    else:
        assert MIXED.fault(formulation) is not None


def test_what_several_constraints_leave_is_met_whole():
    space = band()
    found = spread(space, 24, taken=[], seed=0)
    assert all(space.fault(f) is None for f in found)
    assert min(f.ratio for f in found) < 8
    assert max(f.ratio for f in found) > 46


def test_limits_that_leave_one_line_or_one_point_are_met():
    line = band(
        constraints=(
            Linear(coefficients={"ratio": 1.0, "ph": -10.0}, upper=0.0),
            Linear(coefficients={"ratio": -1.0, "ph": 10.0}, upper=0.0),
        )
    )
    assert all(abs(f.ratio - 10 * f.ph) < 1e-6 for f in spread(line, 6, taken=[], seed=0))
    point = Linear(coefficients={"ratio": -1.0, "ph": -1.0}, upper=-106.0)
    assert [(f.ratio, f.ph) for f in spread(band(constraints=(point,)), 2, taken=[], seed=0)] == [(100.0, 6.0)] * 2


def test_limits_on_the_logarithm_of_the_ratio_count_with_those_on_the_ratio():
    logarithm = (
        Linear(coefficients={"log10_ratio": 1.0, "ph": 1.0}, upper=4.0),
        Linear(coefficients={"log10_ratio": -1.0, "ph": -1.0}, upper=-3.999),
        Linear(coefficients={"ratio": 1.0}, upper=50.0),
    )
    space = band(constraints=logarithm)
    found = spread(space, 12, taken=[], seed=0)
    assert all(space.fault(f) is None for f in found)
    assert max(f.ratio for f in found) > 40
    plain = DesignSpace(
        cations=("Fe3+",),
        ligands=("PAA",),
        ratio=RANGE,
        constraints=(
            Linear(coefficients={"log10_ratio": 1.0}, upper=1.5),
            Linear(coefficients={"ratio": -1.0}, upper=-31.4),
        ),
    )
    assert [f.ratio for f in plain.ends(Combination("Fe3+", "PAA"))] == [31.4, 31.6]


def test_limits_that_leave_nothing_between_them_clash():
    none = Linear(coefficients={"ratio": 1.0, "ph": 10.0}, upper=59.7)
    with pytest.raises(ValidationError, match=r"at fault are .*'1 ratio \+ 10 ph <= 59.7'"):
        band(constraints=(none, band().constraints[1]))
