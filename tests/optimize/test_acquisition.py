import numpy as np
import pytest
import torch
from toy_campaigns import LAB, SPACE, observed, play

from ionlink.data import Formulation, Observation
from ionlink.optimize import Aim, Campaign, DesignSpace, Objective, OutcomeConstraint, RatioRange, SpaceExhausted
from ionlink.optimize.acquisition import Desirabilities
from ionlink.optimize.beliefs import Beliefs
from ionlink.optimize.closed_form import OBJECTIVES, ClosedFormOracle, outcomes_of
from ionlink.optimize.reference import inferred_reference
from ionlink.optimize.space_filling import spread
from ionlink.optimize.standing import hypervolume

EXACT = ClosedFormOracle(noise=0.0)
REFERENCE = {o.outcome: o.desirability(o.reference) for o in OBJECTIVES}
GRID = [Formulation(cation=c, ligand=p, ratio=float(r)) for c, p in SPACE.pairs() for r in np.geomspace(4, 100, 25)]


def true_hypervolume(formulations):
    return hypervolume(observed(formulations, EXACT), Aim(OBJECTIVES), REFERENCE)


def test_desirabilities_keep_the_shape_and_the_order():
    samples = torch.tensor([[[3.0, 0.2, -1450.0], [2.0, 0.4, -1300.0]]], dtype=torch.float64)
    assert Desirabilities(Aim(OBJECTIVES))(samples).tolist() == [[[3.0, -0.2, 0.0], [2.0, -0.4, -2.0]]]


def test_it_beats_spreading_out_over_several_seeds():
    """Share of the best possible hypervolume: eight spread and eight chosen, against sixteen spread formulations."""
    best = true_hypervolume(GRID)
    chosen, random = [], []
    for seed in range(3):
        campaign = play(Campaign(SPACE, OBJECTIVES, seed=seed), 1, 8, ClosedFormOracle(seed=seed))
        play(campaign, 2, 4, ClosedFormOracle(seed=seed))
        chosen.append(true_hypervolume([c.formulation for c in campaign.candidates]) / best)
        random.append(true_hypervolume(spread(SPACE, 16, taken=[], seed=seed)) / best)
    assert np.mean(chosen) > np.mean(random) + 0.05
    assert min(chosen) > 0.85


def test_a_window_is_found_in_the_interior():
    """Neither the weakest nor the strongest: only middle ionic potentials reach the window at all."""
    window = Objective(outcome="coulomb_per_charge", goal="window", lower=-1435, upper=-1425)
    campaign = play(Campaign(SPACE, [window], seed=2), 1, 6, EXACT)
    play(campaign, 4, 1, EXACT)
    values = [outcomes_of(c.formulation)["coulomb_per_charge"] for c in campaign.candidates]
    distance = [abs(v + 1430) for v in values]
    assert min(distance[6:]) < 10
    assert min(distance[6:]) < min(distance[:6])


def test_a_single_objective_approaches_its_optimum():
    campaign = play(Campaign(SPACE, OBJECTIVES[:1], seed=0), 1, 6, EXACT)
    play(campaign, 3, 2, EXACT)
    best = max(outcomes_of(f)["chains_per_cation"] for f in GRID)
    spread_out = max(outcomes_of(f)["chains_per_cation"] for f in GRID) - min(
        outcomes_of(f)["chains_per_cation"] for f in GRID
    )
    assert campaign.hypervolume() == pytest.approx(best, abs=0.03 * spread_out)


def test_a_front_inside_a_window_still_has_a_volume():
    free = [o.model_copy(update={"reference": None}) for o in OBJECTIVES]
    wide = free[2].model_copy(update={"lower": -1e6, "upper": 1e6})
    objectives = (free[0], free[1], wide)
    seen = observed(GRID[::40], EXACT)
    beliefs = Beliefs.fit(seen, [o.outcome for o in objectives], [LAB])
    reference = inferred_reference(objectives, beliefs.means(beliefs.inputs(GRID[::40])))
    assert reference[wide.outcome] == -1.0
    assert hypervolume(seen, Aim(objectives), reference) > 1e-3


@pytest.fixture(scope="module")
def ready():
    """Campaigns that all know the same eight formulations, each with its next round to come."""
    return lambda: play(Campaign(SPACE, OBJECTIVES, seed=4), 1, 8, ClosedFormOracle(seed=4))


def asked(campaign, cost=None):
    return [candidate.formulation for candidate in campaign.ask(3, cost=cost)]


def test_what_costs_more_is_asked_for_less(ready):
    def steep(formulation):
        return formulation.ratio**6

    plain, thrifty = asked(ready()), asked(ready(), steep)
    assert np.mean([f.ratio for f in thrifty]) < 0.7 * np.mean([f.ratio for f in plain])


def test_only_ratios_of_costs_matter(ready):
    once, tenfold = (asked(ready(), lambda f, scale=scale: scale * f.ratio) for scale in (1.0, 10.0))
    assert once == tenfold
    assert asked(ready(), lambda _: 7.0) == asked(ready())


def test_what_cannot_be_paid_is_not_asked_for(ready):
    dear = {f.ligand for f in asked(ready())}
    others = asked(ready(), lambda f: np.inf if f.ligand in dear else 1.0)
    assert len(others) == 3
    assert not dear & {f.ligand for f in others}


def test_the_round_says_that_costs_were_counted(ready):
    campaign = ready()
    campaign.ask(1, cost=lambda _: 1.0)
    assert campaign.store.rounds()[-1].method == "qNEHVI per cost"


def test_what_breaks_a_constraint_is_not_asked_for():
    """The formulations with most chains have more spread than is allowed."""
    limit = OutcomeConstraint(outcome="coulomb_spread", upper=0.19)

    def spreads(constraints):
        campaign = play(Campaign(SPACE, OBJECTIVES[:1], seed=0, constraints=constraints), 1, 16, EXACT)
        return [outcomes_of(c.formulation)["coulomb_spread"] for c in campaign.ask(2)], campaign

    free, _ = spreads(())
    kept, campaign = spreads((limit,))
    assert min(free) > 0.195
    assert max(kept) < min(free)
    assert set(campaign.pending[-1].predicted) == set(campaign.aim.outcomes)
    assert (campaign.pareto()["coulomb_spread"] <= 0.19).all()


def test_a_ratio_may_be_fixed():
    space = SPACE.model_copy(update={"ratio": RatioRange(lower=20, upper=20)})
    campaign = play(Campaign(space, OBJECTIVES, seed=0), 1, 8, EXACT)
    assert {f.ratio for f in asked(campaign)} == {20.0}
    assert campaign.pending[-1].proposed_by == "qNEHVI"


def test_a_space_is_not_exhausted_while_there_is_room_between_what_was_proposed():
    """Of ratios that are 3.5 % apart, so that no third one fits between two, one was never tried."""
    space = DesignSpace(cations=("Fe3+",), ligands=("PAA",), ratio=RatioRange(lower=40, upper=100))
    told = [Formulation(cation="Fe3+", ligand="PAA", ratio=float(f"{r:.3g}")) for r in np.geomspace(40, 100, 27)]
    untried = told.pop(10)
    campaign = Campaign(space, OBJECTIVES[:1], seed=1)
    campaign.tell(observed(told, EXACT))
    (candidate,) = campaign.ask(1)
    assert candidate.formulation.ratio == pytest.approx(untried.ratio, rel=0.02)
    with pytest.raises(SpaceExhausted, match=r"2 formulations were asked for; [01] were found"):
        campaign.ask(2)


ENDS = {"chains_per_cation": 4.0, "coulomb_spread": 0.1}
WITH_ENDS = tuple(o.model_copy(update={"best": ENDS.get(o.outcome)}) for o in OBJECTIVES)
MANY = (*OBJECTIVES, *(Objective(outcome=name, goal="maximise") for name in ("density", "peel_force")))
AIMS = {
    "one objective": {"objectives": OBJECTIVES[:1]},
    "the objective's own outcome": {"objectives": OBJECTIVES[1:2]},
    "desirability": {"objectives": WITH_ENDS, "combine": "desirability"},
    "weights": {"objectives": WITH_ENDS, "combine": "weights"},
    "pareto": {"objectives": OBJECTIVES[:2]},
    "many objectives": {"objectives": MANY},
}


def told_of_many(formulations):
    """Observations of `MANY`: the two that the closed form lacks are higher where chains are more, and fewer."""
    seen = observed(formulations, EXACT)
    more = [(o, sign) for o in seen if o.outcome == "chains_per_cation" for sign in (1.0, -1.0)]
    names = {1.0: "density", -1.0: "peel_force"}
    return seen + [
        o.model_copy(update={"outcome": names[sign], "value": 5.0 + sign * o.value, "standard_error": 0.01})
        for o, sign in more
    ]


@pytest.mark.parametrize(("upper", "first"), [(0.17, 0), (0.193, 1)])
@pytest.mark.parametrize("aim", AIMS)
def test_a_constraint_that_few_or_none_observed_hold_is_headed_for(aim, upper, first):
    """A twentieth of the space holds the tighter one, of eight formulations spread over it none."""
    limit = OutcomeConstraint(outcome="coulomb_spread", upper=upper)
    campaign = Campaign(SPACE, seed=0, constraints=[limit], **AIMS[aim])
    campaign.tell(told_of_many([c.formulation for c in campaign.ask(8)]))
    spreads = [outcomes_of(c.formulation)["coulomb_spread"] for c in campaign.candidates]
    assert sum(spread <= upper for spread in spreads) == first
    assert min(outcomes_of(f)["coulomb_spread"] for f in asked(campaign)) <= upper


@pytest.mark.parametrize("combine", ["desirability", "weights"])
def test_combined_objectives_approach_the_best_compromise(combine):
    campaign = play(Campaign(SPACE, WITH_ENDS, seed=1, combine=combine), 1, 8, EXACT)
    play(campaign, 2, 2, EXACT)
    assert campaign.candidates[-1].proposed_by == "qLogNEI"
    truth = np.array([[outcomes_of(f)[name] for name in campaign.aim.outcomes] for f in GRID])
    scores = campaign.aim.desirability(truth)[:, 0]
    assert campaign.hypervolume() > np.quantile(scores, 0.95)


def test_proposals_do_not_depend_on_the_size_of_numbers():
    """Conductivities of dry polymers are some 1e-9 S/cm."""
    conductive = Objective(outcome="ionic_conductivity", goal="maximise")
    proposed = []
    for scale in (1.0, 1e-9):
        campaign = Campaign(SPACE, [conductive], seed=3)
        for _ in range(4):
            proposals = campaign.ask(3)
            for candidate in proposals:
                value = scale * outcomes_of(candidate.formulation)["chains_per_cation"]
                fields = {"formulation": candidate.formulation, "level": "lab", "source": "x"}
                campaign.tell([Observation(outcome="ionic_conductivity", value=value, **fields)])
        proposed.append([str(candidate.formulation) for candidate in proposals])
    assert proposed[0] == proposed[1]
