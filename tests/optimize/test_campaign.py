import math

import pytest
from toy_campaigns import SPACE, observed, play

from ionlink.data import Formulation, InputError, Observation
from ionlink.models import FitFailed, Surrogate
from ionlink.optimize import (
    Campaign,
    CampaignError,
    Decide,
    DesignSpace,
    Level,
    Objective,
    ObjectivesChanged,
    OutcomeConstraint,
    RatioRange,
    SpaceExhausted,
    Store,
    queries,
)
from ionlink.optimize.closed_form import OBJECTIVES, ClosedFormOracle
from ionlink.optimize.rows import Correction
from ionlink.optimize.sameness import same_formulation

ORACLE = ClosedFormOracle()
FE = Formulation(cation="Fe3+", ligand="PAA", ratio=60)


def lab(outcome, value, formulation=FE, **fields):
    return Observation(formulation=formulation, outcome=outcome, value=value, level="lab", source="book", **fields)


def test_it_begins_by_filling_the_space_and_says_so(campaign):
    candidates = campaign.ask(4)
    assert [c.id for c in candidates] == [1, 2, 3, 4]
    assert all(c.status == "pending" and c.round == 1 and not c.predicted for c in candidates)
    assert candidates[0].proposed_by.startswith("space filling: observed are chains_per_cation of 0")


def test_then_it_asks_a_model(started):
    candidates = started.ask(2)
    assert {c.proposed_by for c in candidates} == {"qNEHVI"}
    assert set(candidates[0].predicted) == {o.outcome for o in OBJECTIVES}
    assert all(p.standard_deviation > 0 for p in candidates[0].predicted.values())
    for candidate in candidates:
        formulation = candidate.formulation
        assert (formulation.cation, formulation.ligand) in SPACE.pairs()
        assert 4 <= formulation.ratio <= 100


def test_nothing_is_proposed_twice(started):
    for _ in range(2):
        started.ask(2)
    started.fail(started.pending[0], "it gelled")
    started.ask(2)
    formulations = [c.formulation for c in started.candidates]
    assert len(formulations) == 14
    pairs = [(a, b) for i, a in enumerate(formulations) for b in formulations[:i]]
    assert not any(same_formulation(a, b) for a, b in pairs)


def test_the_same_seed_proposes_the_same():
    one, other, different = (play(Campaign(SPACE, OBJECTIVES, seed=s), 1, 8, ORACLE).ask(2) for s in (7, 7, 8))
    assert [c.formulation for c in one] == [c.formulation for c in other]
    assert [c.formulation for c in one] != [c.formulation for c in different]


def test_results_may_be_told_in_any_order():
    """Of other levels too, and after a failure: what is proposed depends on what is known, not on when it was told."""
    proposed = []
    for order in (1, -1):
        levels = (Level(name="screen", cost=1.0), Level(name="lab", cost=20.0))
        campaign = Campaign(SPACE, OBJECTIVES, seed=3, levels=levels)
        failed, *others = campaign.ask(9)
        told = observed([c.formulation for c in others], ORACLE)
        told += [o.model_copy(update={"level": "screen", "value": 0.9 * o.value}) for o in told]
        campaign.fail(failed, "it gelled")
        for observation in told[::order]:
            campaign.tell([observation])
        proposed.append([(c.formulation, c.level) for c in campaign.ask(3)])
    assert proposed[0] == proposed[1]


def test_an_objective_without_observations_is_a_stated_reason_to_fill_the_space(campaign):
    told = observed([c.formulation for c in campaign.ask(8)], ORACLE)
    campaign.tell([o for o in told if o.outcome != "coulomb_spread"])
    (candidate,) = campaign.ask(1)
    assert candidate.proposed_by == ("space filling: observed are coulomb_spread of 0 formulations, a model needs 6")


def test_objectives_may_be_observed_on_different_formulations(campaign):
    """A model needs each outcome often enough, not all of them on the same formulations."""
    told = observed([c.formulation for c in campaign.ask(18)], ORACLE)
    parts = {o.outcome: campaign.candidates[k : k + 6] for k, o in zip((0, 6, 12), OBJECTIVES, strict=True)}
    apart = [o for o in told if o.formulation in {c.formulation for c in parts[o.outcome]}]
    assert len(apart) == 18
    campaign.tell(apart)
    assert campaign.pending == ()
    assert not campaign.ranking()["complete"].any()
    assert campaign.hypervolume() == 0
    (candidate,) = campaign.ask(1)
    assert candidate.proposed_by == "qNEHVI"


def test_an_outcome_that_is_only_constrained_is_needed_too():
    limit = OutcomeConstraint(outcome="coulomb_spread", upper=0.3)
    campaign = Campaign(SPACE, OBJECTIVES[:1], seed=1, constraints=[limit])
    told = observed([c.formulation for c in campaign.ask(6)], ORACLE)
    assert len(campaign.tell([o for o in told if o.outcome == "coulomb_spread"]).done) == 6
    (candidate,) = campaign.ask(1)
    assert candidate.proposed_by == "space filling: observed are chains_per_cation of 0 formulations, a model needs 6"


def test_a_model_that_cannot_be_fitted_is_a_stated_reason_too(campaign):
    told = observed([c.formulation for c in campaign.ask(8)], ORACLE)
    campaign.tell([o.model_copy(update={"value": 0.2}) if o.outcome == "coulomb_spread" else o for o in told])
    (candidate,) = campaign.ask(1)
    assert candidate.proposed_by.startswith("space filling: no model of coulomb_spread: all 8 formulations")
    assert "coulomb_spread" in campaign.surrogate().left_out
    with pytest.raises(FitFailed):
        Surrogate.fit(campaign.observations(), outcomes=campaign.aim.outcomes)


def test_telling_is_idempotent_and_may_be_partial(campaign):
    (candidate,) = campaign.ask(1)
    told = observed([candidate.formulation], ORACLE)
    first = campaign.tell(told[:1])
    assert (first.stored, [c.id for c in first.done]) == (1, [1])
    again = campaign.tell(told)
    assert (again.stored, again.repeated, again.done) == (2, 1, ())
    assert campaign.tell(told).stored == 0
    assert campaign.pending == ()


def test_formulations_from_elsewhere_inform_the_model(campaign):
    outside = [Formulation(cation=c, ligand="CMC", ratio=150) for c in ("La3+", "Sr2+", "Ba2+", "Cu2+", "Ni2+", "In3+")]
    campaign.tell(observed(outside, ORACLE))
    (candidate,) = campaign.ask(1)
    assert candidate.proposed_by == "qNEHVI"
    assert candidate.formulation.cation in SPACE.cations


def test_other_levels_are_kept_and_not_learned_from(campaign):
    told = campaign.tell(observed([FE], ORACLE, level="literature"))
    assert (told.stored, told.elsewhere) == (3, {"literature": 3})
    assert campaign.observations() == ()
    assert len(campaign.store.observations()) == 3


def test_another_protocol_is_another_level(campaign):
    campaign.tell([o.model_copy(update={"protocol": "abc"}) for o in observed([FE], ORACLE)])
    assert campaign.observations() == ()


def test_every_fault_is_told_at_once_and_nothing_is_stored(campaign):
    ghost = Formulation(cation="Fe4+", ligand="nylon", ratio=60)
    bad = [
        lab("beauty", 1.0),
        lab("coulomb_spread", -0.1),
        lab("bridging_fraction", 1.5),
        lab("density", 1.0, ghost),
    ]
    with pytest.raises(InputError) as caught:
        campaign.tell([lab("density", 1.0), *bad])
    assert len(caught.value.faults) == 5
    for part in ("beauty", "below 0, the smallest possible", "above 1, the largest possible", "Fe4+", "nylon"):
        assert part in str(caught.value)
    assert campaign.store.observations() == ()


def test_refused_proposals_are_recorded_and_replaced(campaign):
    def refusal(formulation):
        return "too stiff" if formulation.ligand == "PF-COO" else None

    accepted = campaign.ask(6, refusal)
    assert len(accepted) == 6
    assert all(c.formulation.ligand != "PF-COO" for c in accepted)
    excluded = [c for c in campaign.candidates if c.status == "excluded"]
    assert excluded
    assert all(c.reason == "too stiff" and c.formulation.ligand == "PF-COO" for c in excluded)


def test_a_space_that_is_refused_altogether_ends_with_the_reason(campaign):
    with pytest.raises(CampaignError, match="no parameters for anything"):
        campaign.ask(1, lambda _: "no parameters for anything")
    assert campaign.candidates == ()


def test_excluded_pairs_are_not_proposed(started):
    for cation, ligand in SPACE.pairs():
        if ligand != "alginate":
            started.exclude(cation, ligand, "not in stock")
    assert all(c.formulation.ligand == "alginate" for c in started.ask(2))


def test_ranking_and_front(started):
    ranking, front = started.ranking(), started.pareto()
    assert len(ranking) == 8
    assert ranking["candidate"].tolist() == [int(i) for i in ranking["candidate"]]
    assert 0 < len(front) <= 8
    assert front["on_front"].all()


def test_one_objective_is_enough(campaign):
    single = Campaign(SPACE, OBJECTIVES[:1], seed=3)
    assert single.hypervolume() is None
    play(single, 1, 6, ORACLE)
    assert single.hypervolume() == single.ranking()["chains_per_cation"].max()
    assert single.ask(1)[0].proposed_by == "qLogNEI"


def test_reference_points_are_inferred_once():
    free = [Objective(outcome=o.outcome, goal=o.goal, lower=o.lower, upper=o.upper) for o in OBJECTIVES]
    campaign = play(Campaign(SPACE, free, seed=1), 1, 8, ORACLE)
    assert campaign.reference() is None
    assert campaign.hypervolume() is None
    play(campaign, 1, 1, ORACLE)
    inferred = campaign.reference()
    play(campaign, 1, 1, ORACLE)
    assert campaign.reference() == inferred
    assert campaign.hypervolume(0) == 0
    assert campaign.hypervolume(1) <= campaign.hypervolume(2) <= campaign.hypervolume(3)


def test_a_candidate_that_is_named_must_be_what_was_made(campaign):
    one, other = campaign.ask(2)
    told = observed([one.formulation], ORACLE)
    with pytest.raises(InputError) as caught:
        campaign.tell(told[:3], made_for=[1, 2, 99])
    assert caught.value.faults == (
        "made_for: there is no candidate 99",
        f"made_for: candidate 2 is {other.formulation}, but {one.formulation} is told of it; "
        "give None if that was made instead",
    )
    with pytest.raises(InputError, match="made_for: has 1 ids for 3 observations"):
        campaign.tell(told[:3], made_for=[1])
    with pytest.raises(InputError, match="made_for: has 3 ids for 2 observations"):
        campaign.tell(told[:2], made_for=[1, 1, 1], corrections=[Correction(told[2], (1,))], reason="a slip")
    assert campaign.observations() == ()


def test_only_what_was_never_observed_can_fail_and_for_a_reason(campaign):
    done, excluded, failed = campaign.ask(3)
    campaign.tell(observed([done.formulation], ORACLE))
    with campaign.store.transaction() as connection:
        queries.set_status(connection, campaign.store.campaign, excluded.id, "excluded", "no salt")
    before = campaign.candidates
    for candidate, reason, message in (
        (done, "oops", "candidate: 1 is done, so that it cannot fail: it was observed"),
        (excluded, "oops", "candidate: 2 is excluded, so that it cannot fail: no salt"),
        (failed.model_copy(update={"id": 99}), "oops", "candidate: there is no 99; ids are 1 to 3"),
        (failed, " ", "reason: is empty"),
    ):
        with pytest.raises(InputError, match=message):
            campaign.fail(candidate, reason)
    assert campaign.candidates == before
    campaign.fail(failed, "it gelled")
    campaign.fail(failed, "it gelled at once")
    assert campaign.candidates[2].reason == "it gelled at once"


def test_a_reference_point_of_other_objectives_is_not_used():
    high, low = (Objective(outcome=o.outcome, goal=o.goal) for o in OBJECTIVES[:2])
    campaign = play(Campaign(SPACE, [high, low], seed=1), 1, 8, ORACLE)
    play(campaign, 1, 1, ORACLE)
    first = campaign.reference()
    enough = Objective(outcome=low.outcome, goal="at_most", upper=0.2)
    with pytest.warns(ObjectivesChanged, match=rf"other objectives than {high}, {enough}, and is not used"):
        windowed = Campaign(SPACE, [high, enough], store=campaign.store, seed=1)
    assert windowed.reference() is None
    windowed.ask(1)
    assert -1.0 < windowed.reference()[enough.outcome] < 0, "beyond the limit, as far as what was observed spreads"
    again = Campaign(SPACE, [high, enough], store=campaign.store, seed=1)  # no warning: it is settled now
    assert again.reference() == windowed.reference()
    assert campaign.reference() == first, "and the other one stays for its own objectives"


def test_other_outcomes_may_be_wanted_later():
    campaign = play(Campaign(SPACE, [Objective(outcome=o.outcome, goal=o.goal) for o in OBJECTIVES[:2]]), 1, 8, ORACLE)
    campaign.ask(1)
    stiff = [Objective(outcome=OBJECTIVES[0].outcome, goal="maximise"), Objective(outcome="density", goal="minimise")]
    with pytest.warns(ObjectivesChanged):
        campaign = Campaign(SPACE, stiff, store=campaign.store)
    campaign.tell([lab("density", 1.2)])
    assert campaign.hypervolume() is None
    assert "observed are density of 1 formulation, a model" in campaign.ask(1)[0].proposed_by


def test_two_campaigns_on_one_store_are_the_same(started, tmp_path):
    twin = Campaign(SPACE, OBJECTIVES, seed=1, store=started.store)
    assert twin.candidates == started.candidates
    assert twin.ask(1)[0].id == 9
    assert len(started.pending) == 1


@pytest.mark.parametrize("objectives", [(), (OBJECTIVES[0], OBJECTIVES[0])])
def test_objectives_must_be_there_and_differ(objectives):
    with pytest.raises(InputError):
        Campaign(SPACE, objectives, store=Store())


def test_asking_for_nothing_is_refused(campaign):
    for number in (0, 2.5):
        with pytest.raises(InputError, match="a whole number, at least 1"):
            campaign.ask(number)


@pytest.mark.parametrize("cost", [0.0, -1.0, math.nan])
@pytest.mark.parametrize("decide", [None, Decide(more=2)])
def test_a_cost_that_is_not_above_zero_is_refused(started, cost, decide):
    with pytest.raises(InputError, match=rf"cost: that of .* / .* is {cost:g}; it must be a number above 0"):
        started.ask(1, cost=lambda _: cost, decide=decide)
    assert not started.pending


def test_a_space_of_one_pair_works():
    space = DesignSpace(cations=("Fe3+",), ligands=("PAA",), ratio=RatioRange(lower=4, upper=100))
    campaign = play(Campaign(space, OBJECTIVES, seed=2), 1, 6, ORACLE)
    assert len(campaign.ask(2)) == 2


def test_a_mixture_is_not_proposed_again_with_its_cations_in_the_other_order():
    def mixture(first, second, fraction, ratio):
        return Formulation(cation=first, ligand="PAA", ratio=ratio, second_cation=second, second_fraction=fraction)

    pool = [mixture("Fe3+", "Al3+", 0.3, ratio) for ratio in (10, 20, 30, 40)]
    pool += [Formulation(cation="Ca2+", ligand="PAA", ratio=ratio) for ratio in (10, 20, 30, 40)]
    campaign = Campaign(DesignSpace.of_formulations(pool), [Objective(outcome="peel_force", goal="maximise")])
    made = [*(mixture("Al3+", "Fe3+", 0.7, f.ratio) for f in pool[:4]), *pool[4:6]]
    campaign.tell(
        [
            Observation(formulation=f, outcome="peel_force", value=float(k), level="lab", source="notebook")
            for k, f in enumerate(made)
        ]
    )
    assert {c.formulation for c in campaign.ask(2)} == set(pool[6:])
    with pytest.raises(SpaceExhausted):
        campaign.ask(1)


def test_a_failure_is_refused_where_another_process_told_a_value_meanwhile(tmp_path):
    objective = Objective(outcome="peel_force", goal="maximise")
    campaign, other = (Campaign(SPACE, [objective], store=Store(tmp_path / "store.sqlite")) for _ in range(2))
    (candidate,) = campaign.ask(1)
    told = Observation(
        formulation=candidate.formulation, outcome="peel_force", value=2.0, level="lab", source="notebook"
    )
    other.tell([told])
    with pytest.raises(InputError, match="1 is done, so that it cannot fail"):
        campaign.store.fail(candidate.id, "it gelled", "formulation")
    assert campaign.candidates[0].status == "done"


def test_what_is_told_while_a_round_is_thought_about_is_news_to_it(tmp_path, monkeypatch):
    objective = Objective(outcome="peel_force", goal="maximise")
    campaign, other = (Campaign(SPACE, [objective], store=Store(tmp_path / "store.sqlite")) for _ in range(2))
    add_round = campaign.store.add_round

    def told_just_before(number, method, reference, proposals, told_before):
        point = proposals[0].formulation
        other.tell([Observation(formulation=point, outcome="peel_force", value=2.0, level="lab", source="notebook")])
        return add_round(number, method, reference, proposals, told_before)

    monkeypatch.setattr(campaign.store, "add_round", told_just_before)
    campaign.ask(1)
    assert [record.round for record in campaign.history()] == [1]
    campaign.store.catch_up(campaign.settles)
    assert campaign.candidates[0].status == "done"
