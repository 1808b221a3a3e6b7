import pytest
from toy_campaigns import SPACE, observed, play

from ionlink.data import Formulation, InputError
from ionlink.optimize import Campaign, Decide, DesignSpace, Level, RatioRange, SpaceExhausted
from ionlink.optimize.closed_form import OBJECTIVES, ClosedFormOracle
from ionlink.optimize.decision import level_faults
from ionlink.optimize.sameness import same_formulation
from ionlink.optimize.space_filling import spread

NOISY = ClosedFormOracle(seed=4, noise=5.0)
LEVELS = (Level(name="screen", cost=1), Level(name="lab", cost=10))
POOL = [Formulation(cation=c, ligand=p, ratio=20) for c, p in SPACE.pairs()][:8]


def tell(campaign, candidates, oracle=NOISY):
    """What each candidate's own replicates say, at its level."""
    for c in candidates:
        values = [oracle.run_replicate(c.formulation, 100 * c.id + k, None) for k in range(max(2, c.replicates))]
        campaign.tell(
            [
                o.model_copy(update={"level": c.level, "protocol": None})
                for o in oracle.observations(c.formulation, values)
            ]
        )


def begun(levels, oracle):
    """A campaign that knows at its own level what fills the space."""
    campaign = Campaign(SPACE, OBJECTIVES[:2], seed=4, levels=levels)
    campaign.tell(observed(spread(SPACE, 8, taken=[], seed=4), oracle))
    return campaign


@pytest.fixture
def exhausted():
    campaign = Campaign(DesignSpace.of_formulations(POOL), OBJECTIVES[:2], seed=1)
    campaign.tell(observed(POOL, NOISY))
    return campaign


def test_where_everything_was_observed_only_replicates_are_left(exhausted):
    with pytest.raises(SpaceExhausted):
        exhausted.ask(1)
    one, other = exhausted.ask(2, decide=Decide(more=2))
    assert {one.kind, other.kind} == {"replicate"}
    assert one.formulation != other.formulation
    assert all(1 <= c.replicates <= 2 for c in (one, other))
    assert one.formulation in POOL
    assert "replicates" in one.why["reason"]


def test_what_is_pending_is_not_asked_for_again(exhausted):
    asked = [c.formulation for n in (2, 6) for c in exhausted.ask(n, decide=Decide())]
    assert len(set(asked)) == len(asked) == len(POOL)
    with pytest.raises(SpaceExhausted):
        exhausted.ask(1, decide=Decide())


def test_what_is_more_often_replicated_is_less_often_asked_for(exhausted):
    """Replicates that are told make a value sure, and others more worth while."""
    for _ in range(2):
        tell(exhausted, exhausted.ask(2, decide=Decide(more=3)))
    again = [c.formulation for c in exhausted.candidates]
    assert len(set(again)) > 2


def test_costs_that_are_equal_change_nothing_and_unequal_ones_do(exhausted):
    twin = Campaign.from_json(exhausted.to_json())
    other = Campaign.from_json(exhausted.to_json())
    first = exhausted.ask(1, decide=Decide(more=1))[0]
    assert twin.ask(1, cost=lambda _: 7.0, decide=Decide(more=1))[0].formulation == first.formulation
    dear = other.ask(1, cost=lambda f: 1e9 if f == first.formulation else 1.0, decide=Decide(more=1))[0]
    assert dear.formulation != first.formulation


def test_a_fixed_number_of_replicates_is_no_decision():
    """The same formulations as without, each with the replicates that were wanted."""
    plain, fixed = (play(Campaign(SPACE, OBJECTIVES[:2], seed=4), 1, 8, NOISY) for _ in range(2))
    asked = fixed.ask(2, decide=Decide(first=3, more=0))
    assert [c.formulation for c in asked] == [c.formulation for c in plain.ask(2)]
    assert [(c.replicates, c.kind, c.level) for c in asked] == [(3, "new", "lab")] * 2


def test_a_new_level_is_compared_first_and_then_used_for_what_it_saves():
    campaign = begun(LEVELS, ClosedFormOracle(seed=4))
    known = {o.formulation for o in campaign.observations()}
    compared = campaign.ask(6)
    assert {(c.level, c.kind) for c in compared} == {("screen", "level")}
    assert {c.formulation for c in compared} <= known
    assert "0 of 6 formulations" in compared[0].proposed_by
    tell(campaign, compared, ClosedFormOracle(seed=4))
    assert not campaign.pending
    restored = Campaign.from_json(campaign.to_json())
    assert restored.levels == LEVELS
    asked = campaign.ask(5)
    assert restored.ask(5) == asked
    tell(campaign, asked, ClosedFormOracle(seed=4))
    used = {c.level for c in [*asked, *campaign.ask(5)]}
    assert used == {"screen", "lab"}, "what promises at the cheaper level is looked at at the dearer one"
    places = {(c.formulation, c.level) for c in campaign.candidates}
    assert len(places) == len(campaign.candidates)


def further_samples(campaign, ids):
    """Each a little off from what was asked for, which moves the mean of what was made."""
    for number in ids:
        asked = campaign.candidate(number).formulation
        made = asked.model_copy(update={"ratio": 1.01 * asked.ratio})
        told = observed([made], ClosedFormOracle(seed=4))
        campaign.tell([o.model_copy(update={"source": "further"}) for o in told], made_for=number)


@pytest.fixture
def begun_at_its_own():
    one = play(Campaign(SPACE, OBJECTIVES[:2], seed=4), 1, 8, ClosedFormOracle(seed=4))
    return one.fork("with levels", levels=LEVELS)


def test_what_waits_at_a_cheaper_level_is_not_asked_for_again_where_a_further_sample_moves_what_was_made(
    begun_at_its_own,
):
    first = begun_at_its_own.ask(3)
    further_samples(begun_at_its_own, range(1, 9))
    second = begun_at_its_own.ask(3)
    assert {(c.level, c.kind) for c in (*first, *second)} == {("screen", "level")}
    asked = [c.formulation for c in first]
    assert not any(same_formulation(c.formulation, other) for c in second for other in asked)


def test_what_was_observed_at_a_cheaper_level_is_not_asked_for_again_there_either():
    one = play(Campaign(DesignSpace.of_formulations(POOL), OBJECTIVES[:2], seed=1), 1, len(POOL) - 1, NOISY)
    campaign = one.fork("with levels", levels=LEVELS)
    compared = campaign.ask(6)
    tell(campaign, compared)
    further_samples(campaign, range(1, len(POOL)))
    rest = campaign.ask(9, decide=Decide(more=1))
    again = [c.formulation for c in rest if c.level == "screen"]
    assert not any(same_formulation(c.formulation, other) for c in compared for other in again)


def test_a_level_that_costs_too_much_to_compare_is_left_alone():
    levels = (Level(name="screen", cost=9), Level(name="lab", cost=10))
    campaign = begun(levels, NOISY)
    assert {c.level for c in campaign.ask(2)} == {"lab"}


def test_what_was_excluded_is_not_observed_again(exhausted):
    barred = exhausted.ask(1, decide=Decide(more=2))[0].formulation
    exhausted.fail(exhausted.candidates[0], "the vial broke", of_formulation=False)
    exhausted.exclude(barred.cation, barred.ligand, "supplier gone")
    again = exhausted.ask(7, decide=Decide(more=2))
    assert barred not in [c.formulation for c in again]
    with pytest.raises(SpaceExhausted):
        exhausted.ask(1, decide=Decide(more=2))


def test_what_was_made_a_little_otherwise_is_observed_again():
    campaign = Campaign(DesignSpace.of_formulations(POOL), OBJECTIVES[:2], seed=1)
    asked = campaign.ask(8)
    made = [c.formulation.model_copy(update={"ratio": 22}) for c in asked]
    for candidate, formulation in zip(asked, made, strict=True):
        campaign.tell(observed([formulation], NOISY), made_for=candidate.id)
    assert set(made).issuperset(c.formulation for c in campaign.ask(3, decide=Decide(more=2)))


def test_levels_are_not_compared_where_nothing_may_be_proposed():
    space = SPACE.model_copy(update={"cations": ("Mg2+", "Ca2+", "Zn2+")})
    campaign = Campaign(space, OBJECTIVES[:2], seed=4, levels=LEVELS)
    strangers = [Formulation(cation=c, ligand=p, ratio=20) for c in ("Fe3+", "Al3+", "Zr4+") for p in space.ligands]
    campaign.tell(observed(strangers, NOISY))
    assert [c for c in campaign.ask(6) if space.fault(c.formulation)] == []


FIXED = DesignSpace(cations=SPACE.cations, ligands=("PAA",), ratio=RatioRange(lower=20, upper=20))


@pytest.mark.parametrize("space", [DesignSpace.of_formulations(POOL), FIXED])
def test_cheaper_levels_are_not_asked_where_nothing_new_is_left(space):
    campaign = Campaign(space, OBJECTIVES[:2], seed=1, levels=LEVELS)
    whole = [Formulation(cation=cation, ligand="PAA", ratio=20) for cation in SPACE.cations]
    campaign.tell(observed(list({*POOL, *whole}), NOISY, "lab"))
    with pytest.raises(SpaceExhausted):
        campaign.ask(1)
    assert {c.kind for c in campaign.ask(2, decide=Decide(more=3))} == {"replicate"}


def test_candidates_of_a_level_that_a_fork_gives_up_are_waited_for_no_longer():
    campaign = begun(LEVELS, ClosedFormOracle(seed=4))
    asked = campaign.ask(6)
    fork = campaign.fork("one level", levels=())
    assert (fork.pending, len(fork.given_up), fork.became()) == ((), 6, {"given up": 6})
    assert {c.level for c in fork.ask(2)} == {"lab"}
    told = observed([asked[1].formulation], NOISY, "screen")
    assert [c.id for c in fork.tell(told, made_for=asked[1].id).done] == [asked[1].id]
    told = observed([asked[2].formulation], NOISY, "screen")
    assert [c.id for c in fork.tell(told).done] == [asked[2].id]
    assert len(campaign.pending) == 6, "the campaign itself stays as it was"


def test_what_candidates_of_a_cheaper_level_lack_is_said():
    campaign = begun(LEVELS, ClosedFormOracle(seed=4))
    first, second, *_ = campaign.ask(6)
    told = observed([first.formulation], NOISY, "screen")
    campaign.tell([o for o in told if o.outcome == OBJECTIVES[0].outcome], made_for=first.id)
    assert campaign.missing() == {}, "nobody knows whether the other one is ever observed there"
    campaign.tell(observed([second.formulation], NOISY, "screen"), made_for=second.id)
    assert campaign.missing() == {first.id: (OBJECTIVES[1].outcome,)}


def test_what_it_is_told_of_its_levels_is_learned_from():
    campaign = Campaign(SPACE, OBJECTIVES[:2], levels=LEVELS)
    told = [campaign.tell(observed(POOL[:1], NOISY, level)) for level in ("screen", "lab", "literature")]
    assert [sum(t.elsewhere.values()) for t in told] == [0, 0, 3]
    assert {o.level for o in campaign.level_observations()} == {"screen", "lab"}
    assert {o.level for o in campaign.observations()} == {"lab"}


def test_faults_are_named():
    with pytest.raises(InputError, match="the last is screen; it must be the campaign's own level, lab"):
        Campaign(SPACE, OBJECTIVES, levels=LEVELS[:1])
    with pytest.raises(InputError, match="lab is there twice"):
        Campaign(SPACE, OBJECTIVES, levels=(LEVELS[1], LEVELS[1]))
    with pytest.raises(InputError) as caught:
        Decide(first=0, more=-1)
    assert len(caught.value.faults) == 2


def test_levels_that_a_table_could_not_tell_apart_are_refused():
    named = [Level(name=name) for name in ("full-cell", "Full-Cell", " lab ", "lab")]
    assert level_faults(named, "lab") == [
        "levels: full-cell is there twice",
        "levels: Full-Cell is there twice",
        "levels: ' lab ' has blanks around it",
    ]
