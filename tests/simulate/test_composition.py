"""Boxes hold the ratio that was asked for."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ionlink.data import Formulation
from ionlink.simulate import CannotSimulate, load_protocol
from ionlink.simulate.composition import compose

RULES = load_protocol("screen").box


@example(ratio=9.5, donors_per_unit=1)
@given(ratio=st.floats(1.0, 200.0), donors_per_unit=st.integers(1, 4))
def test_the_box_has_the_ratio_within_the_tolerance(ratio, donors_per_unit):
    composition = compose(Formulation(cation="Fe3+", ligand="PAA", ratio=ratio), donors_per_unit, RULES)
    assert composition.ratio == pytest.approx(ratio, rel=RULES.ratio_tolerance)
    assert composition.chains >= RULES.min_chains
    assert composition.cations >= RULES.min_cations
    assert composition.donor_groups == composition.chains * composition.repeat_units * donors_per_unit


def test_a_ratio_beyond_any_box_is_refused_with_the_way_out():
    with pytest.raises(CannotSimulate, match="use a smaller ratio"):
        compose(Formulation(cation="Fe3+", ligand="PAA", ratio=1e6), 1, RULES)
