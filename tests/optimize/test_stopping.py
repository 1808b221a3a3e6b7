import pytest
from pydantic import ValidationError
from toy_campaigns import SPACE, observed, play

from ionlink.data import Formulation, InputError, Observation
from ionlink.optimize import Campaign, Level, Objective, OutcomeConstraint
from ionlink.optimize.closed_form import OBJECTIVES, ClosedFormOracle
from ionlink.optimize.costs import Costs
from ionlink.optimize.stopping import (
    BudgetSpent,
    RemainingImprovement,
    Stagnation,
    StopRules,
    TargetReached,
    complete_rounds,
)

ORACLE = ClosedFormOracle()
DENSE = Objective(outcome="density", goal="at_least", lower=1.0)
SOFT = Objective(outcome="dmt_modulus", goal="minimise", best=2.0)


def told(campaign, ratio=60.0, error=0.1, source="book", **values):
    formulation = Formulation(cation="Fe3+", ligand="PAA", ratio=ratio)
    fields = {"formulation": formulation, "level": "lab", "source": source, "standard_error": error}
    campaign.tell([Observation(outcome=o, value=v, **fields) for o, v in values.items()])
    return campaign


def test_a_budget_counts_rounds_candidates_and_costs(campaign):
    play(campaign, 2, 2, ORACLE)
    assert BudgetSpent(rounds=2).verdict(campaign).stops
    assert not BudgetSpent(rounds=3).verdict(campaign).stops
    assert (
        BudgetSpent(rounds=3, evaluations=4).verdict(campaign).reason == "spent are 2 of 3 rounds, 4 of 4 evaluations"
    )
    total = sum(c.formulation.ratio for c in campaign.candidates)
    for limit, stops in ((total * 0.99, True), (total * 1.01, False)):
        assert BudgetSpent(cost=limit).verdict(campaign, lambda f: f.ratio).stops is stops
    with pytest.raises(InputError, match="not known what observing a formulation costs"):
        BudgetSpent(cost=1.0).verdict(campaign)
    with pytest.raises(InputError, match="costs; spent are 2 of 3 rounds"):
        BudgetSpent(rounds=3, cost=1.0).verdict(campaign)
    assert BudgetSpent(rounds=2, cost=1.0).verdict(campaign).stops, "what is known counts"


def test_a_budget_counts_the_costs_that_levels_state_and_none_of_a_level_that_was_left_out():
    levels = (Level(name="screen", cost=5), Level(name="lab", cost=10))
    costed = play(Campaign(SPACE, OBJECTIVES[:2], levels=levels), 1, 2, ORACLE)
    assert BudgetSpent(cost=20).verdict(costed).reason == "spent are 20 of 20 cost"
    assert BudgetSpent(cost=20).verdict(costed).stops
    assert not BudgetSpent(cost=21).verdict(costed).stops
    others = Costs.stated([Level(name="half-cell", cost=2)])
    assert BudgetSpent(cost=21).verdict(costed, others).reason == "spent are 0 of 21 cost"


def test_what_waits_is_not_spent_and_what_failed_is(campaign):
    first, second = campaign.ask(2)
    campaign.ask(1)
    assert complete_rounds(campaign) == 0
    assert BudgetSpent(evaluations=1).verdict(campaign).reason == "spent are 0 of 1 evaluations"
    campaign.fail(first, "it gelled")
    campaign.tell(observed([second.formulation], ORACLE))
    assert complete_rounds(campaign) == 1
    assert BudgetSpent(evaluations=2).verdict(campaign).stops


def test_a_forgotten_candidate_stops_no_budget_and_is_named_where_rounds_have_to_be_complete(campaign):
    forgotten, other = campaign.ask(2)
    assert Stagnation(rounds=1).verdict(campaign).reason == "0 complete rounds are too few to tell"
    campaign.tell(observed([other.formulation], ORACLE))
    play(campaign, 2, 1, ORACLE)
    assert BudgetSpent(rounds=3).verdict(campaign).stops
    assert Stagnation(rounds=1).verdict(campaign).reason == (
        "0 complete rounds are too few to tell; still waited for is candidate 1 of round 1, and rounds from 1 on are "
        "not complete: tell what came of it, or give it up (ionlink campaign fail)"
    )
    campaign.fail(forgotten, "lost", of_formulation=False)
    assert "waited for" not in Stagnation(rounds=1).verdict(campaign).reason


def test_stagnation_looks_at_the_last_rounds_only():
    campaign = Campaign(SPACE, OBJECTIVES[:1], seed=1)
    rule = Stagnation(rounds=2, tolerance=0.05)
    for value in (1.0, 2.0, 3.0):  # of chains per cation
        (candidate,) = campaign.ask(1)
        campaign.fail(candidate, "told as another")
        told(campaign, candidate.formulation.ratio, chains_per_cation=value)
    assert rule.verdict(campaign).reason == (
        "the best value grew by 200 % of how far it is above the median, in the last 2 rounds; the limit is 5 %"
    )
    for value in (3.02, 1.0):
        (candidate,) = campaign.ask(1)
        campaign.fail(candidate, "told as another")
        told(campaign, candidate.formulation.ratio, chains_per_cation=value)
    verdict = rule.verdict(campaign)
    assert verdict.stops
    assert "grew by 1.96 % of how far it is above the median, in the last 2 rounds" in verdict.reason


def test_stagnation_needs_rounds_to_compare(campaign):
    assert not Stagnation(rounds=1).verdict(campaign).stops
    play(campaign, 1, 2, ORACLE)
    assert not Stagnation(rounds=2).verdict(campaign).stops
    assert Stagnation(rounds=2).verdict(campaign).reason == "1 complete rounds are too few to tell"


def test_a_target_is_reached_where_all_outcomes_are_as_wanted_with_enough_certainty():
    limit = OutcomeConstraint(outcome="coulomb_spread", upper=0.5)
    campaign = Campaign(SPACE, [DENSE, SOFT], constraints=[limit])
    rule = TargetReached(probability=0.9)
    assert rule.verdict(campaign).reason == "no formulation has all outcomes observed"
    told(campaign, 10, density=1.5, dmt_modulus=1.5, coulomb_spread=0.9)
    told(campaign, 20, density=1.5, dmt_modulus=2.5, coulomb_spread=0.1)
    assert not rule.verdict(campaign).stops
    told(campaign, 30, density=1.05, dmt_modulus=1.5, coulomb_spread=0.1)
    verdict = rule.verdict(campaign)  # the density is half a standard error inside
    assert not verdict.stops
    assert verdict.reason == "Fe3+ / PAA / 30:1 reaches all targets with probability 0.69"
    told(campaign, 40, density=1.2, dmt_modulus=1.7, coulomb_spread=0.1)
    assert rule.verdict(campaign).stops
    assert not TargetReached(probability=0.99).verdict(campaign).stops


def test_a_mean_without_an_error_counts_as_exact_and_that_is_said():
    campaign = told(Campaign(SPACE, [DENSE]), error=None, density=1.0)
    verdict = TargetReached().verdict(campaign)
    assert verdict.stops
    assert verdict.reason.endswith("with probability 1, taking density as exact")
    below = told(Campaign(SPACE, [DENSE]), error=None, density=0.99)
    assert not TargetReached().verdict(below).stops


def test_readings_that_agree_by_chance_do_not_make_a_target_certain():
    campaign = Campaign(SPACE, [Objective(outcome="density", goal="at_least", lower=1.79)])
    for ratio, pair in {10: (1.8, 1.8), 20: (1.0, 1.2), 30: (0.5, 0.7)}.items():
        for source, value in zip(("book", "notebook"), pair, strict=True):
            told(campaign, ratio, None, source, density=value)
    verdict = TargetReached().verdict(campaign)
    assert not verdict.stops
    assert "exact" not in verdict.reason


def test_a_target_must_be_stated(campaign):
    with pytest.raises(InputError) as caught:
        TargetReached().verdict(campaign)
    assert [fault.split(",")[0] for fault in caught.value.faults] == [
        "target needs best of chains_per_cation",
        "target needs best of coulomb_spread",
    ]


def test_what_remains_decides_once_there_is_a_model(campaign):
    rule = RemainingImprovement(below=1e-4)
    assert rule.verdict(campaign).reason.startswith("not known before there is a model: ")
    play(campaign, 1, 8, ORACLE)
    verdict = rule.verdict(campaign)
    assert not verdict.stops
    assert "(90 % between" in verdict.reason
    assert verdict.reason.endswith("the limit is 0.01 %")
    assert RemainingImprovement(below=100.0).verdict(campaign).stops


def test_the_first_rule_that_stops_gives_the_reason(campaign):
    play(campaign, 1, 2, ORACLE)
    rules = StopRules(stagnation=Stagnation(rounds=5), budget=BudgetSpent(rounds=1)).rules
    stop = campaign.stopping(rules)
    assert (stop.rule, stop.reason) == ("budget", "spent are 1 of 1 rounds")
    assert campaign.stopping([BudgetSpent(rounds=2)]) is None
    assert campaign.stopping(()) is None


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        (BudgetSpent, {}),
        (BudgetSpent, {"rounds": 0}),
        (Stagnation, {"rounds": 0}),
        (Stagnation, {"rounds": 1, "tolerance": -1}),
        (TargetReached, {"probability": 1.0}),
        (RemainingImprovement, {"below": 0}),
        (StopRules, {"patience": 3}),
    ],
)
def test_what_makes_no_sense_is_refused(rule, fields):
    with pytest.raises(ValidationError):
        rule(**fields)
