"""Literature orderings held against observations."""

import math

import pytest

from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation, Ranking
from ionlink.optimize.report.statements import judge

OUTCOME = "chains_per_cation"


def at(cation: str, ratio: float = 60.0, ligand: str = "PF-COO") -> Formulation:
    return Formulation(cation=cation, ligand=ligand, ratio=ratio)


def seen(formulation: Formulation, value: float, error: float | None = 0.1, **fields: object) -> Observation:
    known = {"outcome": OUTCOME, "level": "screen", "source": "test", "standard_error": error, **fields}
    return Observation(formulation=formulation, value=value, **known)


def stated(relation: str = ">") -> Ranking:
    return Ranking(
        higher=at("Fe3+"), lower=at("Mg2+"), relation=relation, outcome=OUTCOME, level="literature", source="test"
    )


@pytest.mark.parametrize(
    ("fe", "mg", "verdict"),
    [(3.0, 2.0, "agrees"), (2.0, 3.0, "contradicts"), (2.1, 2.0, "not resolved"), (2.0, 2.1, "not resolved")],
)
def test_verdict_follows_two_combined_standard_errors(fe, mg, verdict):
    (judgement,) = judge([stated()], [seen(at("Fe3+"), fe), seen(at("Mg2+"), mg)])
    assert judgement.verdict == verdict
    assert judgement.difference == pytest.approx(fe - mg)
    assert judgement.standard_error == pytest.approx(0.1 * math.sqrt(2))


def test_an_equality_is_contradicted_by_a_resolved_difference_and_never_proven():
    far = [seen(at("Fe3+"), 3.0), seen(at("Mg2+"), 2.0)]
    near = [seen(at("Fe3+"), 2.0), seen(at("Mg2+"), 2.05)]
    assert judge([stated("≈")], far)[0].verdict == "contradicts"
    assert judge([stated("≈")], near)[0].verdict == "not resolved"


def test_formulations_are_compared_at_one_ratio_on_the_ligand_of_the_statement():
    elsewhere = [seen(at("Fe3+", 60), 3.0), seen(at("Mg2+", 8), 2.0), seen(at("Mg2+", 60, "PAA"), 2.0)]
    assert judge([stated()], elsewhere)[0].verdict == "not observed"


def test_of_several_ratios_the_one_nearest_to_the_statement_counts():
    both = [seen(at(cation, ratio), value) for cation, value in (("Fe3+", 3.0), ("Mg2+", 2.0)) for ratio in (8, 40)]
    assert judge([stated()], both)[0].ratio == 40


def test_bounds_other_outcomes_and_values_without_error_do_not_count():
    mg = seen(at("Mg2+"), 2.0)
    for fe in (
        seen(at("Fe3+"), 3.0, bound=">"),
        seen(at("Fe3+"), 3.0, error=None),
        seen(at("Fe3+"), 3.0, outcome="coulomb_spread"),
    ):
        assert judge([stated()], [fe, mg])[0].verdict == "not observed"


def test_repeats_are_averaged_by_their_precision():
    repeats = [seen(at("Fe3+"), 3.0, 0.1), seen(at("Fe3+"), 9.0, 10.0), seen(at("Mg2+"), 2.0, 0.1)]
    (judgement,) = judge([stated()], repeats)
    assert judgement.difference == pytest.approx(1.0, abs=0.01)
