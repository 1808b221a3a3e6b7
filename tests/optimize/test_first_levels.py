"""Where a campaign of several levels begins."""

import math

import pytest
from toy_campaigns import SPACE, observed

from ionlink.data import Formulation
from ionlink.models.task_kernel import SAME_OUTCOME
from ionlink.optimize import Campaign, DesignSpace, Level, Start
from ionlink.optimize.closed_form import OBJECTIVES, ClosedFormOracle
from ionlink.optimize.first_levels import TOLD

ORACLE = ClosedFormOracle(seed=4)
LEVELS = (Level(name="screen", cost=1), Level(name="explicit", cost=5), Level(name="lab", cost=25))
FIRST = OBJECTIVES[0].outcome


def campaign(levels=LEVELS, space=SPACE, objectives=OBJECTIVES[:2], **more):
    return Campaign(space, objectives, seed=1, levels=levels, **more)


def tell(to, candidates, outcomes=None):
    for candidate in candidates:
        said = observed([candidate.formulation], ORACLE)
        to.tell(
            [
                o.model_copy(update={"level": candidate.level, "protocol": None})
                for o in said
                if outcomes is None or o.outcome in outcomes
            ]
        )


def test_the_space_is_filled_at_the_cheapest_level_and_a_model_rests_on_that():
    one = campaign()
    first = one.ask(6)
    assert {c.level for c in first} == {"screen"}
    assert "first at level screen, which costs less than lab" in one.why(first[0].id).reason
    tell(one, first)
    assert all(c.proposed_by == "knowledge gradient per cost" for c in one.ask(2))


def test_an_observation_elsewhere_counts_as_levels_are_expected_to_go_together():
    assert pytest.approx(math.tanh(SAME_OUTCOME) ** 2) == TOLD


def test_what_is_pending_there_is_not_proposed_again():
    one = campaign()
    asked = [c.formulation for n in (4, 4) for c in one.ask(n)]
    assert len(set(asked)) == 8


@pytest.mark.parametrize(("cost", "level"), [(0.2, "screen"), (0.3, "lab")])
def test_a_level_that_costs_nearly_as_much_is_not_begun_with(cost, level):
    one = campaign((Level(name="screen", cost=cost), Level(name="lab", cost=1)))
    assert {c.level for c in one.ask(2)} == {level}


def test_what_is_known_at_the_own_level_need_not_be_screened():
    one = campaign((Level(name="screen", cost=1), Level(name="lab", cost=5)))
    known = [Formulation(cation=c, ligand=p, ratio=20) for c, p in SPACE.pairs()][:5]
    one.tell([o.model_copy(update={"level": "lab", "protocol": None}) for o in observed(known, ORACLE)])
    (last,) = one.ask(1)
    assert last.level == "lab"


def test_a_level_that_does_not_tell_all_that_counts_is_given_up():
    one = campaign()
    first = one.ask(6)
    tell(one, first, outcomes={FIRST})
    assert {c.level for c in one.ask(6)} == {"explicit"}
    tell(one, one.pending, outcomes={FIRST})
    assert {c.level for c in one.ask(2)} == {"lab"}


def test_a_level_at_which_everything_fails_is_given_up():
    one = campaign(LEVELS[::2])
    for candidate in one.ask(6):
        one.fail(candidate, "broke down", of_formulation=False)
    assert {c.level for c in one.ask(2)} == {"lab"}


def test_where_nothing_is_left_at_a_level_the_next_is_begun_with():
    pool = [Formulation(cation=c, ligand=p, ratio=20) for c, p in SPACE.pairs()][:3]
    one = campaign(LEVELS[::2], DesignSpace.of_formulations(pool))
    assert {c.level for c in one.ask(3)} == {"screen"}
    assert {c.level for c in one.ask(3)} == {"lab"}


def test_a_hunch_is_tried_where_the_campaign_begins_and_then_counts_as_tried():
    one = campaign(start=Start(cations=("Fe3+",)))
    first = one.ask(6)
    assert (first[0].formulation.cation, first[0].level) == ("Fe3+", "screen")
    tell(one, first)
    assert one.ask(1)[0].proposed_by == "knowledge gradient per cost"


def test_what_fails_where_the_campaign_begins_is_learned_from_beside_what_does_not():
    one = campaign()
    first = one.ask(9)
    tell(one, first[:6])
    for candidate in first[6:]:
        one.fail(candidate, "it gelled")
    (asked,) = one.ask(1)
    chance = one.why(asked.id).chance_of_success
    assert chance is not None
    assert 0 < chance < 1
