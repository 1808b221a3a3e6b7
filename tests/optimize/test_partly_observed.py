"""Formulations of which only some outcomes are known: what a laboratory measures comes bit by bit."""

import itertools

import numpy as np
import pytest

from ionlink.data import Formulation, Observation
from ionlink.optimize import Campaign, Decide, DesignSpace, Level, Objective, OutcomeConstraint, SpaceExhausted

POOL = tuple(
    Formulation(cation=cation, ligand=ligand, ratio=20.0)
    for cation, ligand in itertools.product(
        ["Fe3+", "Al3+", "Ca2+", "Zn2+", "Cu2+", "Mg2+", "Na+"], ["PAA", "alginate"]
    )
)
PEEL = Objective(outcome="peel_force", goal="maximise")
SPREAD = Objective(outcome="dmt_modulus_spread", goal="minimise")


def observed(outcome: str, formulations: tuple[Formulation, ...], level: str = "lab") -> list[Observation]:
    values = np.random.default_rng(len(outcome)).uniform(1.0, 2.0, len(formulations))
    return [
        Observation(formulation=f, outcome=outcome, value=float(v), level=level, source="notebook")
        for f, v in zip(formulations, values, strict=True)
    ]


def test_what_was_observed_of_other_outcomes_alone_can_be_proposed() -> None:
    campaign = Campaign(DesignSpace.of_formulations(POOL), [PEEL], seed=0)
    campaign.tell([*observed("density", POOL), *observed("peel_force", POOL[:8])])

    with pytest.raises(SpaceExhausted, match=r"7 formulations were asked for; 6 were found .*; ask for 6 \(-n 6\)$"):
        campaign.ask(7)
    asked = {candidate.formulation for candidate in campaign.ask(6)}

    assert asked == set(POOL[8:])


@pytest.mark.parametrize("both", [3, 8], ids=["before-a-model", "by-a-model"])
def test_what_was_observed_in_part_is_proposed_for_the_rest_and_says_so(both: int) -> None:
    campaign = Campaign(DesignSpace.of_formulations(POOL), [PEEL, SPREAD], seed=0)
    campaign.tell([*observed("peel_force", POOL[:12]), *observed("dmt_modulus_spread", POOL[:both])])

    asked = campaign.ask(len(POOL) - both)

    assert {candidate.formulation for candidate in asked} == set(POOL[both:])
    for candidate in asked:
        half_known = candidate.formulation in POOL[:12]
        reason = campaign.why(candidate.id).reason
        assert ("its peel force was observed before, its dmt modulus spread was not" in reason) is half_known


def test_a_candidate_that_was_observed_in_part_is_not_proposed_twice() -> None:
    campaign = Campaign(DesignSpace.of_formulations(POOL), [PEEL, SPREAD], seed=0)
    campaign.tell([*observed("peel_force", POOL[:8]), *observed("dmt_modulus_spread", POOL[:8])])
    first = [candidate.formulation for candidate in campaign.ask(3)]
    campaign.tell(observed("peel_force", tuple(first)))

    second = [candidate.formulation for candidate in campaign.ask(3)]

    assert not set(first) & set(second)
    assert set(first) | set(second) == set(POOL[8:])


@pytest.mark.parametrize(
    ("objectives", "constraints"),
    [
        ([PEEL, SPREAD], []),
        ([PEEL], [OutcomeConstraint(outcome="dmt_modulus_spread", upper=1.5)]),
        ([PEEL], [OutcomeConstraint(outcome="dmt_modulus_spread", upper=0.0)]),
        (
            [
                PEEL,
                SPREAD,
                *(Objective(outcome=o, goal="minimise") for o in ("density", "film_roughness_rq", "vickers_hardness")),
            ],
            [],
        ),
    ],
    ids=["two", "limited", "limited-out-of-reach", "many"],
)
def test_a_model_needs_no_formulation_with_all_outcomes(
    objectives: list[Objective], constraints: list[OutcomeConstraint]
) -> None:
    campaign = Campaign(DesignSpace.of_formulations(POOL), objectives, seed=0, constraints=constraints)
    campaign.tell(observed("peel_force", POOL[:7]))
    for outcome in [o for o in campaign.aim.outcomes if o != "peel_force"]:
        campaign.tell(observed(outcome, POOL[7:]))

    asked = campaign.ask(3)

    assert not any(candidate.proposed_by.startswith("space filling") for candidate in asked)
    assert len({candidate.formulation for candidate in asked}) == 3
    for candidate in asked:
        told = campaign.why(candidate.id).chance_of_front is not None
        assert told is (len(objectives) > 1), "of one value there is nothing yet to be better than"
    assert campaign.remaining_improvement().expected >= 0


def test_what_another_level_observed_of_other_outcomes_does_not_compare_levels() -> None:
    levels = [Level(name="screen", cost=1.0), Level(name="lab", cost=25.0)]
    campaign = Campaign(DesignSpace.of_formulations(POOL), [PEEL], seed=0, levels=levels)
    campaign.tell([*observed("peel_force", POOL[:8]), *observed("density", POOL[:8], level="screen")])

    asked = campaign.ask(6, decide=Decide(more=0))

    assert [candidate.level for candidate in asked] == ["screen"] * 6
    assert all("screen has 0 of 6 formulations" in candidate.proposed_by for candidate in asked)
