import json

import pytest
from toy_campaigns import LAB, SPACE, observed, play

from ionlink.data import Formulation, InputError, Observation
from ionlink.optimize import Campaign, FractionRange, Objective, OutcomeConstraint, SecondCation, Start, Why
from ionlink.optimize.beliefs import Beliefs
from ionlink.optimize.closed_form import OBJECTIVES, ClosedFormOracle
from ionlink.optimize.news import news
from ionlink.optimize.reasons import Reasons
from ionlink.optimize.why import Expected, Gain, LeastSure, Neighbour

EXACT = ClosedFormOracle(noise=0.0)


def point(cation, ligand, ratio=20.0, **more):
    return Formulation(cation=cation, ligand=ligand, ratio=ratio, **more)


KNOWN = [
    *(point(c, p, r) for c, p, r in (("Mg2+", "PAA", 8.0), ("Ca2+", "PAA", 60.0), ("Fe3+", "PAA", 20.0))),
    *(point(c, p, r) for c, p, r in (("Zn2+", "alginate", 12.0), ("Al3+", "alginate", 40.0), ("Mg2+", "alginate", 30))),
    *(point(c, p, r) for c, p, r in (("Ca2+", "PF-COO", 5.0), ("Fe3+", "PF-COO", 90.0))),
]


@pytest.fixture(scope="module")
def explained():
    """A model's candidates; Zr4+ was never observed."""
    limit = OutcomeConstraint(outcome="coulomb_spread", upper=0.3)
    campaign = Campaign(SPACE, OBJECTIVES[:2], seed=3, constraints=[limit])
    campaign.tell(observed(KNOWN, ClosedFormOracle()))
    candidates = campaign.ask(3, cost=lambda f: 1000.0 / f.known_ratio)
    return campaign, candidates


def test_the_split_adds_up_and_chances_are_chances(explained):
    campaign, candidates = explained
    for why in (campaign.why(c.id) for c in candidates):
        assert why.gain.exploit + why.gain.explore == pytest.approx(why.gain.expected)
        assert min(why.gain.exploit, why.gain.explore, why.gain.reached) >= 0
        assert 0 < why.chance_of_front <= 1
        assert 0 < why.chance_of_constraints <= 1
        assert why.chance_of_success is None
        assert why.gain.measure == "hypervolume"


def test_what_is_expected_is_what_was_predicted(explained):
    campaign, candidates = explained
    for candidate in candidates:
        for expected in campaign.why(candidate.id).expected:
            prediction = candidate.predicted[expected.outcome]
            assert expected.mean == pytest.approx(prediction.mean)
            assert expected.lower < expected.mean < expected.upper
            assert expected.upper - expected.lower == pytest.approx(3.29 * prediction.standard_deviation, rel=0.15)


def test_a_cost_is_told_beside_the_usual_one(explained):
    campaign, candidates = explained
    usual = 0.5 * (1000 / 20 + 1000 / 30)
    for candidate in candidates:
        assert campaign.why(candidate.id).relative_cost == pytest.approx(1000 / candidate.formulation.ratio / usual)


def test_it_is_kept_as_it_was_and_survives_json(explained):
    campaign, candidates = explained
    before = [campaign.why(c.id) for c in candidates]
    campaign.tell(observed([candidates[0].formulation], EXACT))
    assert [campaign.why(c.id) for c in candidates] == before
    again = Campaign.from_json(campaign.to_json())
    assert [again.why(c.id) for c in candidates] == before
    for why in before:
        assert Why.model_validate_json(why.model_dump_json()) == why
        assert Why.model_validate(json.loads(json.dumps(why.model_dump(mode="json")))) == why


def test_what_nobody_proposed_has_no_reason(explained):
    campaign, _ = explained
    with pytest.raises(InputError, match="there is no 99; ids are 1 to 3"):
        campaign.why(99)


def reasons_of(formulations, objective):
    observations = observed(KNOWN, EXACT)
    beliefs = Beliefs.fit(observations, [objective.outcome], [LAB])
    campaign = Campaign(SPACE, [objective])
    return Reasons(campaign.aim, beliefs, observations, tuple(KNOWN), None, 0, tuple(KNOWN)).of(formulations)


def test_beside_a_bad_known_one_there_is_nothing_to_exploit():
    objective = Objective(outcome="chains_per_cation", goal="maximise")
    means = {o.formulation: o.value for o in observed(KNOWN, EXACT) if o.outcome == objective.outcome}
    worst = min(means, key=means.get)
    twin, new = reasons_of(
        [worst.model_copy(update={"ratio": worst.ratio * 1.03}), point("Zr4+", "PAA", 35.0)], objective
    )
    assert twin.gain.exploit == 0
    assert twin.gain.exploit_share == 0
    assert twin.gain.expected < 0.2 * new.gain.expected
    assert twin.chance_of_front < new.chance_of_front
    assert twin.neighbours[0].formulation == worst
    assert twin.neighbours[0].observed == {objective.outcome: pytest.approx(means[worst])}
    assert twin.neighbours[0].likeness > new.neighbours[0].likeness
    assert twin.least_sure.share < new.least_sure.share
    assert "Zr4+ was never observed" in new.new


def test_of_replicates_it_is_told_how_probably_they_are_of_the_best():
    objective = Objective(outcome="chains_per_cation", goal="maximise")
    means = {o.formulation: o.value for o in observed(KNOWN, EXACT) if o.outcome == objective.outcome}
    best, worst = reasons_of([max(means, key=means.get), min(means, key=means.get)], objective)
    assert best.gain is None
    assert best.new == ()
    assert best.chance_of_front > 0.5 > worst.chance_of_front
    assert "It is one of the best with a chance" in " ".join(best.sentences())
    assert best.neighbours[0].formulation != max(means, key=means.get)


def test_what_is_known_from_another_level_only_is_still_new_at_this_one():
    campaign = Campaign(SPACE, OBJECTIVES[:1], seed=3)
    here = [*KNOWN[3:], point("Zn2+", "alginate", 90.0)]
    campaign.tell(observed(here, EXACT))
    campaign.tell(observed(KNOWN[:3], EXACT, level="screen"))
    (candidate,) = campaign.ask(1)
    news_of_it = campaign.why(candidate.id).new
    assert news_of_it
    assert news_of_it == news(candidate.formulation, here, "observed at level lab")


def test_chances_of_success_come_from_what_failed():
    campaign = Campaign(SPACE, OBJECTIVES[:1], seed=3)
    asked = campaign.ask(8)
    for candidate in asked:
        if candidate.formulation.ligand == "alginate":
            campaign.fail(candidate, "it precipitated")
        else:
            campaign.tell(observed([candidate.formulation], EXACT))
    campaign.tell(observed(KNOWN[:3], EXACT))
    (candidate,) = campaign.ask(1)
    why = campaign.why(candidate.id)
    assert 0 < why.chance_of_success < 1
    assert "it can be observed with" in " ".join(why.sentences())


def test_space_filling_says_what_is_new_and_whose_hunch_it_was():
    start = Start(formulations=(point("Zn2+", "PAA"),), cations=("Zr4+",))
    campaign = Campaign(SPACE, OBJECTIVES, seed=1, start=start)
    campaign.tell(observed([point("Mg2+", "PAA", 50.0)], EXACT))
    whys = [campaign.why(c.id) for c in campaign.ask(4)]
    assert "start asks" in whys[0].reason
    assert whys[0].new[0] == "Zn2+ was never tried"
    assert whys[0].neighbours[0].formulation == point("Mg2+", "PAA", 50.0)
    assert set(whys[0].neighbours[0].observed) == {o.outcome for o in OBJECTIVES}
    assert "with Zr4+, which the campaign's start asks" in whys[1].reason
    assert whys[2].reason.startswith("space filling")
    assert all(why.gain is None and not why.expected for why in whys)


def test_a_cation_that_came_only_second_is_still_a_hunch():
    second = SecondCation(cations=("Al3+",), fraction=FractionRange(lower=0.1, upper=0.5))
    space = SPACE.model_copy(update={"second_cation": second})
    campaign = Campaign(space, OBJECTIVES, seed=1, start=Start(cations=("Al3+",)))
    mixed = point("Mg2+", "PAA", 50.0).model_copy(update={"second_cation": "Al3+", "second_fraction": 0.2})
    campaign.tell([o.model_copy(update={"formulation": mixed}) for o in observed([point("Mg2+", "PAA", 50.0)], EXACT)])
    (candidate,) = campaign.ask(1)
    assert candidate.formulation.shares == {"Al3+": 1.0}
    assert "with Al3+, which the campaign's start asks" in campaign.why(candidate.id).reason


@pytest.mark.parametrize(
    ("formulation", "expected"),
    [
        (KNOWN[0], ()),
        (point("Mg2+", "PAA", 9.0), ()),
        (point("Mg2+", "PAA", 20.0), ("the nearest ratio observed with Mg2+ on PAA is 8",)),
        (point("Zn2+", "PAA", 20.0), ("Zn2+ was never observed on PAA",)),
        (point("Zr4+", "PAA", 20.0), ("Zr4+ was never observed",)),
        (point("Zr4+", "PVA-COO"), ("Zr4+ was never observed", "PVA-COO was never observed")),
        (
            point("Fe3+", "PAA", second_cation="Zr4+", second_fraction=0.3),
            ("Zr4+ was never observed",),
        ),
    ],
)
def test_news_names_what_is_new(formulation, expected):
    assert news(formulation, KNOWN) == expected


def test_news_of_a_condition_outside_what_is_known():
    known = [point("Fe3+", "PAA", ph=ph) for ph in (3.0, 5.0)]
    assert news(point("Fe3+", "PAA", ph=4.0), known) == ()
    assert news(point("Fe3+", "PAA", ph=9.0), known) == ("pH 9 is outside what is known, 3 to 5",)
    assert news(point("Fe3+", "PAA", ph=9.0), [point("Fe3+", "PAA")]) == ("no pH is known of anything observed",)


def test_sentences_are_plain():
    why = Why(
        reason="more replicates gain more for their cost",
        expected=(Expected(outcome="cation_oxygen_distance", unit="angstrom", mean=2.04, lower=1.9, upper=2.1),),
        gain=Gain(measure="value", expected=0.2, exploit=0.05, explore=0.15, reached=0.4),
        chance_of_front=0.001,
        chance_of_constraints=1.0,
        relative_cost=2.5,
        new=("Zr4+ was never observed",),
        neighbours=(Neighbour(formulation=point("Ti4+", "PAA"), likeness=0.8),),
    )
    assert why.sentences() == [
        "More replicates gain more for their cost.",
        "Expected (90 % interval): cation oxygen distance 2.04 (1.9 to 2.1) Å.",
        "Expected to add 0.2 to the best value (50 % of how far the best is above the median), 25 % of it if the "
        "outcomes are as expected and 75 % because they are uncertain; it beats the best with a chance of below 1 %; "
        "all constraints hold with 100 %; it costs 2.5 times the median so far.",
        "Zr4+ was never observed; nearest known: Ti4+ / PAA / 20:1 (80 % alike).",
    ]


def test_no_percentage_is_given_of_next_to_nothing():
    gain = Gain(measure="hypervolume", expected=1.07, exploit=1.07, explore=0.0, reached=0.016)
    expected = (Expected(outcome="peel_force", unit="N", mean=2.0, lower=1.9, upper=2.1),)
    assert (
        Why(expected=expected, gain=gain)
        .sentences()[1]
        .startswith("Expected to add 1.1 to the hypervolume (several times what was reached), all of it if")
    )


def test_a_deviation_may_be_larger_than_what_was_observed_spreads_and_as_large():
    for share, said in ((0.996, "100 %"), (1.01, "101 %")):
        why = Why(least_sure=LeastSure(outcome="peel_force", share=share))
        assert f"standard deviation {said} of that over what was observed" in " ".join(why.sentences()).lower()


def test_no_interval_reaches_beyond_what_is_possible():
    """A roughness is not negative, though a normal distribution far from all observations may be."""
    campaign = Campaign(SPACE, [Objective(outcome="film_roughness_rq", goal="minimise")], seed=3)
    rough = zip(KNOWN, (0.2, 5.0, 0.3, 8.0, 0.5, 12.0, 3.0, 0.4), strict=True)
    fields = {"outcome": "film_roughness_rq", "level": "lab", "source": "book"}
    campaign.tell([Observation(formulation=f, value=value, **fields) for f, value in rough])
    found = [e for c in campaign.ask(3) for e in campaign.why(c.id).expected]
    assert len(found) == 3
    assert min(e.lower for e in found) == 0
    assert all(0 <= e.lower <= e.mean <= e.upper for e in found)


def test_where_nothing_is_left_to_wish_the_reason_says_so():
    """All of the space lies within the window."""
    window = Objective(outcome="coulomb_per_charge", goal="window", lower=-2000, upper=0)
    campaign = play(Campaign(SPACE, [window], seed=0), 1, 6, EXACT)
    (candidate,) = campaign.ask(1)
    assert campaign.why(candidate.id).sentences()[1].startswith("Hardly any improvement of the best value is expected")


def test_the_share_of_a_mixture_is_that_of_the_same_cation():
    def mixture(first, second, fraction):
        return Formulation(cation=first, ligand="PAA", ratio=20, second_cation=second, second_fraction=fraction)

    known = [mixture("Al3+", "Fe3+", 0.7), mixture("Fe3+", "Al3+", 0.2)]
    assert news(mixture("Fe3+", "Al3+", 0.25), known) == ()
    assert news(mixture("Fe3+", "Al3+", 0.5), known) == (
        "share of the second cation 0.5 is outside what is known, 0.2 to 0.3",
    )
