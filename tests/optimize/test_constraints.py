import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ionlink.data import Formulation, cations
from ionlink.optimize import DesignSpace, FractionRange, PhRange, RatioRange, SecondCation
from ionlink.optimize.cation_constraints import hydrolysed_share
from ionlink.optimize.constraints import (
    ChargeBalance,
    Hydrolysis,
    Linear,
    Members,
    Price,
    Redox,
    Solubility,
    Toxicity,
)

RANGE = RatioRange(lower=4, upper=100)


def of(cation: str, ligand: str = "PAA", ratio: float | None = 20.0, **more: object) -> Formulation:
    return Formulation(cation=cation, ligand=ligand, ratio=ratio, **more)


def mixed(first: str, second: str, share: float, ratio: float = 20.0) -> Formulation:
    return of(first, ratio=ratio, second_cation=second, second_fraction=share)


def test_iron_precipitates_at_neutral_ph_and_magnesium_does_not():
    neutral = Hydrolysis(ph=7)
    assert "Fe3+" in str(neutral.fault(of("Fe3+")))
    assert neutral.fault(of("Mg2+")) is None
    assert Hydrolysis(ph=1).fault(of("Fe3+")) is None


def test_half_is_hydrolysed_where_the_ph_is_the_exponent_of_the_constant():
    assert hydrolysed_share(-2.2, 2.2) == pytest.approx(0.5)
    assert hydrolysed_share(-2.2, 3.2) == pytest.approx(10 / 11)
    assert hydrolysed_share(-11.7, 7) == pytest.approx(10**-4.7, rel=1e-3)


@given(st.floats(-15, 1), st.floats(-2, 15), st.floats(0.01, 1))
def test_more_is_hydrolysed_at_higher_ph(log_k, ph, step):
    assert hydrolysed_share(log_k, ph) <= hydrolysed_share(log_k, ph + step)


def test_a_formulations_own_ph_counts_before_the_stated_one():
    rule = Hydrolysis(ph=7)
    assert rule.fault(of("Fe3+", ph=1.0)) is None
    assert rule.fault(of("Mg2+", ph=13.0)) is not None


def test_both_cations_of_a_mixture_must_keep_the_rule():
    assert "Fe3+" in str(Hydrolysis(ph=7).fault(mixed("Mg2+", "Fe3+", 0.1)))


@pytest.mark.parametrize(
    ("rule", "unknown"),
    [
        (Hydrolysis(ph=5), "Ti4+"),
        (Redox(lowest_v=-1), "Sn4+"),
        (Redox(highest_v=1), "Pd2+"),
        (Toxicity(worst="3"), "La3+"),
    ],
)
def test_what_is_not_known_is_left_out_unless_it_is_allowed(rule, unknown):
    assert "not known" in str(rule.fault(of(unknown)))
    assert rule.model_copy(update={"unknown": "allow"}).fault(of(unknown)) is None


@pytest.mark.parametrize(
    ("cation", "ligand", "ratio", "balance"),
    [
        *[
            ("Fe3+", "PAA", 3.0, 1.0),
            ("Fe3+", "PAA", 60.0, 0.05),
            ("Mg2+", "PAA", 2.0, 1.0),
            ("Zr4+", "PVPA", 2.0, 1.0),
        ],
        # Donor groups that stand close together are counted one by one, and those of another kind not at all.
        *[("Fe3+", "poly-maleate", 3.0, 1.0), ("Mg2+", "PEMA", 2.0, 1.0), ("Zr4+", "PAA-catechol", 2.0, 1.0)],
        ("Fe3+", "O=C(O)CC(O)(CC(=O)O)C(=O)O", 1.0, 1.0),
    ],
)
def test_charges_of_cations_per_charge_of_donor_groups(cation, ligand, ratio, balance):
    formulation = of(cation, ligand, ratio)
    assert ChargeBalance(lower=0.99 * balance, upper=1.01 * balance).fault(formulation) is None
    assert "below" in str(ChargeBalance(lower=1.01 * balance, upper=2 * balance).fault(formulation))
    assert "above" in str(ChargeBalance(upper=0.99 * balance).fault(formulation))


def test_a_mixture_has_the_mean_charge():
    assert ChargeBalance(lower=0.999, upper=1.001).fault(mixed("Fe3+", "Mg2+", 0.5, ratio=2.5)) is None


def test_exactly_balanced_charges_are_borne():
    assert ChargeBalance().fault(of("Fe3+", ratio=3.0)) is None
    assert ChargeBalance().fault(of("Fe3+", ratio=2.9)) is not None


def test_a_ligand_without_acidic_groups_has_no_balance():
    assert "no acidic" in str(ChargeBalance().fault(of("Cu2+", "PEI")))
    assert ChargeBalance(unknown="allow").fault(of("Cu2+", "PEI")) is None
    assert "no ratio" in str(ChargeBalance().fault(of("Cu2+", ratio=None)))


def test_electrodes_reduce_and_oxidise():
    zinc_plating = Redox(lowest_v=-0.5)
    assert "reduced" in str(zinc_plating.fault(of("Cu2+")))
    assert "reduced" in str(zinc_plating.fault(of("Fe3+")))
    assert zinc_plating.fault(of("Zn2+")) is None
    assert "oxidised above 0.77" in str(Redox(highest_v=1.0).fault(of("Fe2+")))
    assert Redox(highest_v=1.0).fault(of("Mg2+")) is None


@pytest.mark.parametrize("cation", ["Sn2+", "Cu+", "Ti3+", "V3+", "Cr2+", "Fe2+"])
def test_what_air_oxidises_a_cathode_does_too(cation):
    assert "is oxidised above" in str(Redox(highest_v=1.2).fault(of(cation)))


@pytest.mark.parametrize("cation", ["Mn2+", "Tl+", "VO2+", "Pb2+", "Cr3+"])
def test_a_strong_oxidant_oxidises_more(cation):
    assert Redox(highest_v=0.9).fault(of(cation)) is None
    assert "is oxidised above" in str(Redox(highest_v=1.5).fault(of(cation)))


@pytest.mark.parametrize("cation", ["Na+", "Zn2+", "Al3+", "In3+", "Zr4+", "Ce4+"])
def test_what_has_no_higher_state_is_never_oxidised(cation):
    assert Redox(highest_v=9.0).fault(of(cation)) is None


def test_potentials_may_be_against_lithium():
    anode = Redox(lowest_v=0.5, against="Li+/Li")  # -2.53 V against hydrogen
    assert anode.fault(of("Mg2+")) is not None
    assert anode.fault(of("Ca2+")) is None
    assert Redox(lowest_v=0.0, against="Li+/Li").fault(of("Li+")) is None


def test_a_redox_window_must_be_one():
    for bad in ({}, {"lowest_v": 1.0, "highest_v": 0.0}):
        with pytest.raises(ValidationError, match="redox"):
            Redox(**bad)


def test_toxic_elements_are_left_out_from_the_class_on():
    rule = Toxicity(worst="3")
    assert "class 1" in str(rule.fault(of("Cd2+")))
    assert "class 2A" in str(rule.fault(of("Co2+")))
    assert rule.fault(of("Ba2+")) is None
    assert rule.fault(of("Al3+")) is None


def test_a_soluble_salt_must_be_known():
    assert Solubility().fault(of("Fe3+")) is None
    assert [Solubility().fault(of(c)) for c in ("Al3+", "Ga3+", "Ce3+", "Zr4+")] == [None] * 4
    fault = str(Solubility().fault(of("Hf4+")))
    assert "Hf4+: is left out, because the knowledge base has no soluble salt" in fault
    assert "name the cation in others" in fault
    assert Solubility(others=("Hf(IV)",)).fault(of("Hf4+")) is None
    assert all(Solubility().fault(of(c.name)) is None for c in cations().values() if c.soluble_salt)


def test_prices_are_the_users_own():
    rule = Price(prices={"Fe(III)": 1.0, "In3+": 100.0}, cap=50)
    assert rule.fault(of("Fe3+")) is None
    assert "costs 100" in str(rule.fault(of("In3+")))
    assert rule.fault(mixed("Fe3+", "In3+", 0.4)) is None
    assert "costs 60.4" in str(rule.fault(mixed("Fe3+", "In3+", 0.6)))
    assert "not in the list" in str(rule.fault(of("Zr4+")))
    with pytest.raises(ValidationError) as caught:
        Price(prices={"Xx3+": 1.0, "Fe3+": -1.0}, cap=50)
    assert "Xx3+" in str(caught.value)
    assert "-1" in str(caught.value)


def test_members_can_be_fixed_and_left_out():
    assert Members(only_cations=("Fe(III)",)).fault(of("Fe3+")) is None
    assert Members(only_cations=("Fe3+",)).fault(mixed("Fe3+", "Al3+", 0.5)) is not None
    assert Members(without_cations=("Al3+",)).fault(mixed("Fe3+", "Al3+", 0.5)) is not None
    assert Members(only_ligands=("alginate",)).fault(of("Fe3+")) is not None
    assert Members(without_ligands=("alginate",)).fault(of("Fe3+")) is None
    with pytest.raises(ValidationError, match="none are named"):
        Members()


def test_linear_limits_are_sums_of_variables():
    rule = Linear(coefficients={"log10_ratio": 1.0, "ph": 0.5}, upper=4.0)
    assert rule.fault(of("Fe3+", ratio=100.0, ph=4.0)) is None
    assert "4.5" in str(rule.fault(of("Fe3+", ratio=100.0, ph=5.0)))
    assert "no ph" in str(rule.fault(of("Fe3+")))
    assert Linear(coefficients={"second_fraction": 1.0}, upper=0.2).fault(of("Fe3+")) is None
    with pytest.raises(ValidationError, match="coefficients"):
        Linear(coefficients={"price": 1.0}, upper=0.2)


def test_a_space_proposes_no_members_that_a_constraint_objects_to():
    space = DesignSpace(
        cations=("Fe3+", "Mg2+", "Cd2+"),
        ligands=("PAA",),
        ratio=RANGE,
        constraints=(Hydrolysis(ph=7), Toxicity(worst="3")),
    )
    assert space.pairs() == (("Mg2+", "PAA"),)
    assert "hydrolysed" in str(space.fault(of("Fe3+")))
    assert "toxicity" in str(space.fault(of("Cd2+")))


def test_a_constraint_on_variables_leaves_a_combination_while_any_value_will_do():
    space = DesignSpace(
        cations=("Fe3+", "Mg2+"),
        ligands=("PAA",),
        ratio=RatioRange(lower=1, upper=2.5),
        constraints=(ChargeBalance(),),
    )
    assert space.pairs() == (("Mg2+", "PAA"),)
    assert space.fault(of("Mg2+", ratio=1.0)) is not None
    assert space.fault(of("Mg2+", ratio=2.5)) is None
    wide = space.model_copy(update={"ratio": RatioRange(lower=1, upper=3.0)})
    assert len(wide.pairs()) == 2


def test_constraints_must_fit_the_space():
    fields = {"cations": ("Fe3+",), "ligands": ("PAA",), "ratio": RANGE}
    with pytest.raises(ValidationError, match="there is no pH"):
        DesignSpace(**fields, constraints=(Hydrolysis(),))
    with pytest.raises(ValidationError, match="ph is no variable of the space; it has ratio"):
        DesignSpace(**fields, constraints=(Linear(coefficients={"ph": 1.0}, upper=3),))
    acid = DesignSpace(**fields, ph=PhRange(lower=1, upper=9), constraints=(Hydrolysis(),))
    assert acid.fault(of("Fe3+", ph=2.0)) is None
    assert acid.fault(of("Fe3+", ph=8.0)) is not None


def test_they_are_written_as_tables_with_a_kind():
    given = {
        "cations": ["Fe3+", "Mg2+"],
        "ligands": ["PAA"],
        "ratio": {"lower": 4, "upper": 100},
        "constraints": [{"kind": "hydrolysis", "ph": 7}, {"kind": "price", "prices": {"Mg2+": 1}, "cap": 2}],
    }
    space = DesignSpace.model_validate(given)
    assert space.constraints == (Hydrolysis(ph=7), Price(prices={"Mg2+": 1}, cap=2))
    assert DesignSpace.model_validate_json(space.model_dump_json()) == space
    with pytest.raises(ValidationError, match="constraints"):
        DesignSpace.model_validate({**given, "constraints": [{"kind": "magic"}]})


def test_a_clash_names_a_smallest_set_that_leaves_nothing():
    with pytest.raises(ValidationError) as caught:
        DesignSpace(
            cations=("Fe3+", "Al3+", "Mg2+", "Ca2+"),
            ligands=("PAA", "alginate"),
            ratio=RANGE,
            constraints=(
                Toxicity(worst="1", unknown="allow"),
                Hydrolysis(ph=7),
                Members(only_cations=("Fe3+", "Al3+")),
            ),
        )
    text = str(caught.value)
    assert "leave nothing to propose" in text
    assert "hydrolysis at pH 7' (alone removes 4 of 8 combinations)" in text
    assert "members only Fe3+, Al3+' (alone removes 4 of 8 combinations)" in text
    assert "toxicity" not in text
    assert "ratio from" not in text


def test_a_clash_with_a_range_names_the_range():
    with pytest.raises(ValidationError) as caught:
        DesignSpace(
            cations=("Fe3+",), ligands=("PAA",), ratio=RatioRange(lower=1, upper=2), constraints=(ChargeBalance(),)
        )
    assert "the constraint 'charge balance 0 to 1'" in str(caught.value)
    assert "ratio from 1 to 2" in str(caught.value)


def test_a_second_cation_is_part_of_the_clash_as_well():
    with pytest.raises(ValidationError, match="price at most 5"):
        DesignSpace(
            cations=("Fe3+",),
            ligands=("PAA",),
            ratio=RANGE,
            second_cation=SecondCation(cations=("In3+",), fraction=FractionRange(lower=0.2, upper=0.5), alone=False),
            constraints=(Price(prices={"Fe3+": 1, "In3+": 100}, cap=5),),
        )


def test_constraints_refuse_numbers_that_are_none():
    with pytest.raises(ValidationError):
        ChargeBalance(upper=math.nan)
    with pytest.raises(ValidationError, match="below upper"):
        ChargeBalance(lower=2, upper=1)


def test_a_large_space_says_where_it_looked_before_it_gives_up():
    with pytest.raises(ValidationError) as caught:
        DesignSpace(
            cations=tuple(cations()),
            ligands=("PAA", "PMAA", "alginate", "pectin", "heparin", "PVPA", "PSS", "PHA"),
            ratio=RANGE,
            second_cation=SecondCation(cations=tuple(cations()), fraction=FractionRange(lower=0.1, upper=0.4)),
            constraints=(Hydrolysis(ph=16),),
        )
    assert "nothing to propose among 20000 combinations spread over the space" in str(caught.value)
    assert "'hydrolysis at pH 16' (alone removes 100 % of the combinations)" in str(caught.value)
