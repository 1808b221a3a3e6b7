"""What spans decades is compared by factors."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ionlink.data import Formulation, InputError, Observation, outcomes
from ionlink.data.outcome_scale import LINEAR, LOGARITHMIC, learned, scale_of

VALUES = st.floats(1e-12, 1e12)
SCALES = st.sampled_from([LINEAR, LOGARITHMIC])


def conductivity(value, error=None, outcome="ionic_conductivity"):
    return Observation(
        formulation=Formulation(cation="Fe3+", ligand="PAA", ratio=20),
        outcome=outcome,
        value=value,
        standard_error=error,
        level="lab",
        source="notebook",
    )


@given(SCALES, VALUES)
def test_values_come_back(scale, value):
    assert scale.in_unit(scale.learned(value)) == pytest.approx(value, rel=1e-12)
    assert float(scale.in_unit(scale.learned(torch.tensor([value], dtype=torch.float64)))) == pytest.approx(
        value, rel=1e-12
    )


@given(SCALES, st.floats(-8, 8), st.floats(1e-6, 3))
def test_deviations_come_back(scale, mean, deviation):
    middle, half = scale.in_unit(mean), scale.deviation(mean, deviation)
    assert scale.learned_deviation(middle, half) == pytest.approx(deviation, rel=1e-9)


@given(st.floats(-8, 8), st.floats(1e-6, 2))
def test_a_deviation_is_half_of_what_lies_between(mean, deviation):
    below, above = (LOGARITHMIC.in_unit(mean + side * deviation) for side in (-1, 1))
    assert LOGARITHMIC.deviation(mean, deviation) == pytest.approx((above - below) / 2, rel=1e-6)


@given(VALUES, st.floats(1e-6, 1e-3))
def test_a_small_error_is_a_relative_one(value, share):
    found = LOGARITHMIC.error(value, share * value)
    assert found == pytest.approx(np.log10(1 + share), rel=1e-3)
    assert LINEAR.error(value, share) == share


def test_what_has_no_place_is_infinitely_low():
    with np.errstate(all="raise"):
        for nothing in (0.0, -1.0, -np.inf):
            assert LOGARITHMIC.learned(nothing) == -np.inf
    assert LOGARITHMIC.learned(torch.tensor([-1.0, 0.0])).tolist() == [-np.inf, -np.inf]
    assert np.isnan(LOGARITHMIC.learned(np.nan))


def test_what_is_compared_by_factors_cannot_be_below_zero():
    by_factors = [o for o in outcomes().values() if o.scale == "logarithmic"]
    assert {"ionic_conductivity", "elastic_modulus", "solution_viscosity"} <= {o.name for o in by_factors}
    assert all(o.lower == 0 and o.upper is None and not o.categories for o in by_factors)
    assert scale_of("peel_force") is LINEAR


def test_observations_change_their_scale_and_nothing_else():
    seen = conductivity(1e-5, 1e-6)
    (found,) = learned([seen])
    assert found.value == pytest.approx(-5)
    assert found.standard_error == pytest.approx(0.1 / np.log(10))
    assert found.model_copy(update={"value": 1e-5, "standard_error": 1e-6}) == seen
    force = conductivity(0.0, outcome="peel_force")
    assert learned([force]) == (force,)


def test_all_values_without_a_place_are_named():
    with pytest.raises(InputError) as refused:
        learned([conductivity(0.0), conductivity(1e-5), conductivity(0.0, outcome="elastic_modulus")])
    assert len(refused.value.faults) == 2
    assert "ionic_conductivity: 0 is not above 0" in refused.value.faults[0]
    assert "limit of detection" in refused.value.faults[0]
