import inspect
import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from toy_campaigns import SPACE, observed, play

from ionlink.data import Formulation, InputError, Observation
from ionlink.optimize import (
    Campaign,
    DesignSpace,
    Exclusion,
    FractionRange,
    Objective,
    PhRange,
    RatioRange,
    SecondCation,
    Store,
    StoreError,
)
from ionlink.optimize.closed_form import OBJECTIVES, ClosedFormOracle
from ionlink.optimize.declaration import Declaration
from ionlink.optimize.outcome_constraint import OutcomeConstraint
from ionlink.optimize.start import Start

ORACLE = ClosedFormOracle()
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=20)
FINITE = st.floats(min_value=0, max_value=1e300)


def told(value, formulation, level="lab"):
    fields = {"outcome": "peel_force", "level": level, "source": "book"}
    return Observation(formulation=formulation, value=value, **fields)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.integers(1, 2)),
        st.tuples(st.just("tell"), FINITE, st.integers(0, 9)),
        st.tuples(st.just("fail"), WORDS.filter(str.strip), st.booleans()),
        st.tuples(st.just("exclude"), st.sampled_from(SPACE.cations), WORDS),
        st.tuples(st.just("correct"), FINITE, WORDS.filter(str.strip)),
        st.tuples(st.just("withdraw"), WORDS.filter(str.strip)),
        st.tuples(st.just("elsewhere"), FINITE),
    ),
    max_size=8,
)


def take(campaign, step):
    """One thing that a person may do with a campaign."""
    kind, *about = step
    candidates, known = campaign.candidates, campaign.observations()
    if kind == "ask":
        campaign.ask(about[0])
    elif kind == "tell" and candidates:
        campaign.tell([told(about[0], candidates[about[1] % len(candidates)].formulation)])
    elif kind == "fail" and campaign.pending:
        campaign.fail(campaign.pending[0], about[0], of_formulation=about[1])
    elif kind == "exclude":
        campaign.exclude(about[0], "PAA", about[1])
    elif kind == "correct" and known:
        right = about[0] if about[0] != known[-1].value else math.nextafter(about[0], math.inf)
        campaign.correct(known[-1], value=right, reason=about[1])
    elif kind == "withdraw" and known:
        campaign.withdraw(known[-1], reason=about[0])
    elif kind == "elsewhere":
        campaign.tell([told(about[0], Formulation(cation="Fe3+", ligand="PAA", ratio=60), "literature")])


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS, st.integers(0, 2**31))
def test_a_campaign_survives_the_way_to_json_and_back(steps, seed):
    campaign = Campaign(SPACE, [Objective(outcome="peel_force", goal="maximise")], seed=seed)
    for step in steps:
        take(campaign, step)
    text = campaign.to_json()
    restored = Campaign.from_json(text)
    assert restored.to_json() == text
    assert restored.candidates == campaign.candidates
    assert restored.history() == campaign.history()
    assert [restored.observations(k) for k in range(9)] == [campaign.observations(k) for k in range(9)]
    assert restored.store.campaign_id == campaign.store.campaign_id


def test_a_restored_campaign_proposes_the_same_next():
    campaign = play(Campaign(SPACE, OBJECTIVES, seed=3), 1, 8, ORACLE)
    campaign.fail(campaign.ask(2)[0], "it gelled")
    restored = Campaign.from_json(campaign.to_json())
    assert restored.ask(2) == campaign.ask(2)
    assert restored.reference() == campaign.reference()


def test_all_that_may_be_declared_comes_back():
    space = DesignSpace(
        cations=("Mg2+", "Fe3+"),
        ligands=("PAA", "alginate"),
        ratio=RatioRange(lower=4, upper=100),
        second_cation=SecondCation(cations=("Al3+",), fraction=FractionRange(lower=0.1, upper=0.5)),
        ph=PhRange(lower=2, upper=8),
        constraints=({"kind": "hydrolysis"},),
        exclusions=(Exclusion(cation="Mg2+", ligand="PAA", reason="was tried"),),
    )
    campaign = Campaign(
        space,
        [Objective(outcome="peel_force", goal="maximise", reference=0.5, best=3.0)],
        constraints=[OutcomeConstraint(outcome="film_roughness_rq", upper=10.0)],
        combine="desirability",
        start=Start(cations=("Fe3+",)),
    )
    asked = campaign.ask(3)
    restored = Campaign.from_json(campaign.to_json())
    assert Declaration.of(restored) == Declaration.of(campaign)
    assert restored.pending == tuple(asked)
    assert restored.ask(2) == campaign.ask(2)


def test_the_declaration_holds_every_argument():
    arguments = inspect.signature(Campaign).parameters.keys() - {"store"}
    assert Declaration.model_fields.keys() == arguments


@pytest.fixture
def document(campaign):
    campaign.ask(1)
    return json.loads(campaign.to_json())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 4, "written_by": "9.0"}, r"version: 4, written by ionlink 9\.0; .* upgrade"),
        ({"format": "a recipe"}, "not an exported campaign"),
        ({"surprise": 1}, "surprise: unknown field"),
        ({"declaration": {}}, "declaration.space: missing"),
        ({"state": None}, "state: "),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_field(document, change, message):
    with pytest.raises(InputError, match=message):
        Campaign.from_json(json.dumps({**document, **change}))


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "{}"])
def test_what_is_no_document_is_refused(text):
    with pytest.raises(InputError, match="not "):
        Campaign.from_json(text)


def test_a_campaign_that_has_begun_is_not_overwritten(campaign):
    campaign.ask(1)
    with pytest.raises(InputError, match="something in it"):
        Campaign.from_json(campaign.to_json(), campaign.store)


def test_it_may_come_into_a_store_where_others_are(started):
    other = Campaign(SPACE, OBJECTIVES, seed=9)
    told_here = observed([Formulation(cation="Mg2+", ligand="PAA", ratio=5)], ORACLE)
    other.tell(told_here)
    restored = Campaign.from_json(started.to_json(), other.store.of("guest"))
    assert restored.observations() == started.observations(), "it knows what it knew"
    assert restored.ask(1) == started.ask(1)
    assert len(other.observations()) == len(started.observations()) + 3, "observations are shared"
    assert restored.tell(told_here).stored == 3, "to it they are news"
    assert restored.observations(1) == started.observations(1)
    assert len(restored.observations()) == len(other.observations())


def test_contradicting_corrections_do_not_meet_in_one_store(campaign):
    fe = Formulation(cation="Fe3+", ligand="PAA", ratio=60)
    twin = Campaign(SPACE, OBJECTIVES)
    for one, value in ((campaign, 1.0), (twin, 2.0)):
        one.tell([told(5.0, fe)])
        one.correct(1, value=value, reason="a slip")
    with pytest.raises(StoreError, match="corrected or withdrawn otherwise"):
        Campaign.from_json(campaign.to_json(), twin.store.of("guest"))
    assert twin.store.of("guest").observations() == twin.store.observations()


class TestFork:
    def test_it_goes_on_as_if_what_came_later_had_not_been(self, started):
        before = started.to_json()
        play(started, 1, 2, ORACLE)
        started.exclude("Zr4+", "PAA", "too stiff")
        what_if = started.fork("what if", until_round=1)
        assert what_if.store.campaigns() == ("main", "what if")
        assert what_if.observations() == started.observations(1)
        assert what_if.store.exclusions() == ()
        assert what_if.ask(2) == Campaign.from_json(before).ask(2)
        assert len(started.candidates) == 10, "the first one is as it was"

    def test_what_was_pending_then_is_pending_again_and_what_was_wrong_then_in_force(self, campaign):
        one, two = campaign.ask(2)
        campaign.tell(observed([one.formulation], ORACLE))
        campaign.ask(1)
        campaign.fail(two, "it gelled")
        campaign.correct(1, value=9.0, reason="a slip")
        what_if = campaign.fork("what if", until_round=1, store=Store())
        assert [c.status for c in what_if.candidates] == ["done", "pending"]
        assert what_if.observations() == campaign.observations(1)
        assert what_if.history()[0].correction is None

    def test_it_may_want_something_else(self, started):
        wanted = (Objective(outcome="chains_per_cation", goal="minimise"),)
        space = DesignSpace(cations=("Fe3+",), ligands=("PAA",), ratio=RatioRange(lower=4, upper=100))
        what_if = started.fork("less", objectives=wanted, space=space, seed=8)
        assert (what_if.objectives, what_if.space, what_if.seed, what_if.level) == (wanted, space, 8, started.level)
        assert what_if.observations() == started.observations()
        assert what_if.ask(1)[0].formulation.cation == "Fe3+"
        assert started.objectives == OBJECTIVES

    def test_what_is_told_to_either_is_told_to_both(self, started):
        what_if = started.fork("what if", seed=2)
        what_if.tell(observed([c.formulation for c in what_if.ask(1)], ORACLE))
        assert what_if.observations() == started.observations()
        assert len(what_if.candidates) == len(started.candidates) + 1

    def test_reference_points_of_other_objectives_are_left_behind(self, campaign):
        free = [Objective(outcome=o.outcome, goal=o.goal, lower=o.lower, upper=o.upper) for o in OBJECTIVES]
        one = play(Campaign(SPACE, free, seed=1), 1, 8, ORACLE)
        one.ask(1)
        assert one.fork("same").reference() == one.reference()
        assert one.fork("other", objectives=free[:2]).reference() is None

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"until_round": 2}, "until_round: 2; it can be 0 to 1"),
            ({"until_round": -1}, "until_round: -1"),
            ({"colour": "red"}, "colour: unknown field"),
            ({"seed": "many"}, "seed: "),
            ({"combine": "desirability"}, "needs best"),
        ],
    )
    def test_what_cannot_be_is_refused(self, campaign, arguments, message):
        campaign.ask(1)
        with pytest.raises(InputError, match=message):
            campaign.fork("what if", **arguments)
        assert campaign.store.campaigns() == ("main",), "nothing of it is left behind"

    def test_a_name_that_is_taken_is_refused(self, campaign):
        campaign.ask(1)
        campaign.fork("what if")
        with pytest.raises(InputError, match="what if"):
            campaign.fork("what if")

    def test_what_was_corrected_otherwise_in_the_other_store_leaves_nothing_there(self, campaign):
        seen = observed([c.formulation for c in campaign.ask(1)], ORACLE)
        campaign.tell(seen)
        elsewhere = Campaign(SPACE, OBJECTIVES, seed=1)
        elsewhere.tell(seen)
        campaign.correct(1, value=9.0, reason="a slip")
        elsewhere.correct(1, value=8.0, reason="another one")
        with pytest.raises(StoreError, match="was corrected or withdrawn otherwise in this store; use another store"):
            campaign.fork("what if", store=elsewhere.store)
        assert elsewhere.store.campaigns() == ("main",)

    def test_exclusions_that_were_known_go_along(self, campaign):
        campaign.exclude("Zr4+", "PAA", "too stiff")
        campaign.ask(1)
        exclusion = Exclusion(cation="Zr4+", ligand="PAA", reason="too stiff")
        assert campaign.fork("what if", until_round=0).store.exclusions() == (exclusion,)
