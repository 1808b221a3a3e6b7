import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ionlink.data import Formulation
from ionlink.optimize import DesignSpace, Exclusion, RatioRange
from ionlink.optimize.space import same_formulation

RANGE = RatioRange(lower=4, upper=100)


def test_names_become_canonical():
    space = DesignSpace(cations=("Fe(III)", "mg2+"), ligands=("poly(acrylic acid)",), ratio=RANGE)
    assert space.pairs() == (("Fe3+", "PAA"), ("Mg2+", "PAA"))


def test_every_wrong_name_is_reported_at_once():
    with pytest.raises(ValidationError) as caught:
        DesignSpace(cations=("Fe4+", "Fe3+", "Fe(III)"), ligands=("PEG", "nylon"), ratio=RANGE)
    text = str(caught.value)
    for part in ("Fe4+", "Fe3+ is named twice", "PEG", "nylon"):
        assert part in text


@pytest.mark.parametrize(
    "bad", [{"lower": 5, "upper": 5}, {"lower": 0, "upper": 5}, {"lower": -1, "upper": 5}, {"lower": 1, "upper": "nan"}]
)
def test_a_range_is_positive_and_ordered(bad):
    with pytest.raises(ValidationError):
        RatioRange(**bad)


def test_exclusions_are_left_out_and_must_apply():
    gone = Exclusion(cation="Fe3+", ligand="PAA", reason="gels at once")
    space = DesignSpace(cations=("Fe3+", "Mg2+"), ligands=("PAA",), ratio=RANGE, exclusions=(gone,))
    assert space.pairs() == (("Mg2+", "PAA"),)
    assert space.without([Exclusion(cation="Mg2+", ligand="PAA", reason="sinks")]).pairs() == ()
    with pytest.raises(ValidationError, match="Fe3\\+ is not in the space"):
        DesignSpace(cations=("Mg2+",), ligands=("PAA",), ratio=RANGE, exclusions=(gone,))
    with pytest.raises(ValidationError, match="leave nothing to propose"):
        DesignSpace(cations=("Fe3+",), ligands=("PAA",), ratio=RANGE, exclusions=(gone,))


@given(st.floats(0, 1))
def test_proposed_ratios_are_in_range_and_can_be_typed_back(share):
    ratio = RANGE.at(share)
    assert 4 <= ratio <= 100
    assert float(f"{ratio:.3g}") == ratio


@given(st.floats(1, 1000), st.floats(0.9, 1.1))
def test_sameness_is_symmetric_and_means_two_per_cent(ratio, factor):
    one, other = (Formulation(cation="Fe3+", ligand="PAA", ratio=r) for r in (ratio, ratio * factor))
    assert same_formulation(one, other) == same_formulation(other, one)
    assert same_formulation(one, one)
    if abs(factor - 1) < 0.019:
        assert same_formulation(one, other)
    if abs(factor - 1) > 0.021:
        assert not same_formulation(one, other)


def test_another_cation_is_another_formulation():
    assert not same_formulation(
        Formulation(cation="Fe3+", ligand="PAA", ratio=60), Formulation(cation="In3+", ligand="PAA", ratio=60)
    )
