import pytest
import torch
from botorch.utils.multi_objective.hypervolume import Hypervolume
from botorch.utils.multi_objective.pareto import is_non_dominated
from toy_campaigns import SPACE, observed, play

from ionlink.data import Formulation
from ionlink.models import FitFailed
from ionlink.optimize import Aim, Campaign, DesignSpace, Objective, OutcomeConstraint
from ionlink.optimize.closed_form import OBJECTIVES, ClosedFormOracle, outcomes_of
from ionlink.optimize.outlook import reference_values, reference_words
from ionlink.optimize.remaining import remaining_improvement
from ionlink.optimize.stopping import still_to_gain

UP = Objective(outcome="chains_per_cation", goal="maximise")
DOWN = Objective(outcome="coulomb_spread", goal="minimise")
DENSE = Objective(outcome="density", goal="maximise")
LIMIT = OutcomeConstraint(outcome="density", upper=1.0)


def certain(*columns):
    """Moments of outcomes that are (as good as) known."""
    return [(torch.tensor(c, dtype=torch.float64), 1e-16 * torch.eye(len(c), dtype=torch.float64)) for c in columns]


def flags(*values):
    return torch.tensor(values)


def test_of_known_values_the_gain_is_a_difference():
    left = remaining_improvement(certain([1.0, 2.0, 5.0]), flags(True, True, False), Aim((UP,)))
    assert (left.expected, left.lower, left.upper) == pytest.approx((3.0, 3.0, 3.0), abs=1e-6)
    nothing = remaining_improvement(certain([1.0, 2.0, 0.5]), flags(True, True, False), Aim((UP,)))
    assert nothing.expected == pytest.approx(0.0, abs=1e-6)
    assert nothing.share == 0.0


def test_what_breaks_a_constraint_is_no_gain():
    moments = certain([1.0, 2.0, 5.0, 3.0], [0.5, 0.5, 1.5, 0.5])
    left = remaining_improvement(moments, flags(True, True, False, False), Aim((UP,), (LIMIT,)))
    assert left.expected == pytest.approx(1.0, abs=1e-6)


def test_of_one_unknown_value_it_is_the_expected_improvement():
    """E[max(z, 0)] of a standard normal is 1 over the root of 2 pi; its upper end is the 95 % quantile."""
    mean, covariance = torch.zeros(2, dtype=torch.float64), torch.diag(torch.tensor([1e-16, 1.0], dtype=torch.float64))
    left = remaining_improvement([(mean, covariance)], flags(True, False), Aim((UP,)))
    assert left.expected == pytest.approx(0.3989, abs=0.01)
    assert (left.lower, left.upper) == pytest.approx((0.0, 1.645), abs=0.08)


def test_what_rises_and_falls_with_the_observed_leaves_nothing():
    """Only differences between formulations matter, which independent draws of each would not know."""
    together = torch.ones(2, 2, dtype=torch.float64)
    left = remaining_improvement([(torch.tensor([0.1, 0.0]).double(), together)], flags(True, False), Aim((UP,)))
    assert left.expected < 0.01


@pytest.mark.parametrize("objectives", [(UP, DOWN), (UP, DOWN, DENSE)])
def test_hypervolumes_are_those_of_botorch(objectives):
    generator = torch.Generator().manual_seed(3)
    values = (
        torch.rand(60, len(objectives), generator=generator, dtype=torch.float64)
        * torch.tensor([3.0, 0.2, 50.0])[: len(objectives)].double()
    )
    aim, known = Aim(objectives), torch.arange(60) < 20
    reference = [0.3, -0.19, 1.0][: len(objectives)]
    left = remaining_improvement(certain(*values.T.tolist()), known, aim, reference)

    def exact(rows):
        gained = aim.desirability(rows)
        front = gained[is_non_dominated(gained)]
        return Hypervolume(torch.tensor(reference, dtype=torch.float64)).compute(front)

    assert left.reached == pytest.approx(exact(values[known]), rel=0.03)
    assert left.expected == pytest.approx(exact(values) - exact(values[known]), rel=0.15)
    assert left.share == pytest.approx(left.expected / left.reached)


def test_nothing_above_the_reference_is_no_gain_and_nothing_reached_makes_any_gain_infinite():
    aim, moments = Aim((UP, DOWN)), certain([1.0, 2.0], [0.5, 0.4])
    assert remaining_improvement(moments, flags(True, False), aim, [3.0, -1.0]).expected == 0.0
    assert remaining_improvement(moments, flags(True, False), aim, [1.5, -1.0]).share == float("inf")
    assert remaining_improvement(moments, flags(False, False), aim, [0.0, -1.0]).reached == 0.0


def test_a_share_says_what_it_is_of_and_none_is_given_of_next_to_nothing():
    one = remaining_improvement(certain([1.0, 1.8, 1.9, 2.0]), flags(True, True, True, False), Aim((UP,)))
    assert str(one) == "0.1 (90 % between 0.1 and 0.1), 100 % of how far the best is above the median"
    aim, moments = Aim((UP, DOWN)), certain([1.0, 2.0], [0.5, 0.4])
    two = remaining_improvement(moments, flags(True, False), aim, [0.9, -0.51])
    assert str(two).endswith("), several times what was reached")
    large = remaining_improvement(moments, flags(True, False), aim, [0.0, -2.0])
    assert str(large).endswith(" % of what was reached")


def test_what_hypervolumes_are_measured_from_is_said_in_the_outcomes_units():
    """Before a model there is no reference; then the inferred one, which the first round from a model keeps."""
    campaign = Campaign(SPACE, (UP, DOWN), seed=1)
    assert reference_words(campaign, still_to_gain(campaign)) == ""
    play(campaign, 1, 8, ClosedFormOracle())
    remaining = still_to_gain(campaign)
    worst = reference_values(campaign, remaining)
    assert worst["chains_per_cation"] == (remaining.reference[0],)
    assert worst["coulomb_spread"] == (-remaining.reference[1],), "minimised, so that its desirability is the negative"
    assert "(inferred for now for chains per cation and coulomb spread" in reference_words(campaign, remaining)
    window = Objective(outcome="crosslink_strength", goal="window", lower=200, upper=300, reference=100)
    given = Campaign(SPACE, [window, UP.model_copy(update={"reference": 1.5})])
    assert reference_words(given, "no model") == "crosslink strength 100 or 400 kJ mol⁻¹; chains per cation 1.5"


def test_the_same_seed_says_the_same():
    moments = [(torch.zeros(3).double(), torch.eye(3).double())]
    once, again, other = (
        remaining_improvement(moments, flags(True, False, False), Aim((UP,)), seed=s) for s in (1, 1, 2)
    )
    assert once == again != other


def test_a_campaign_knows_what_is_left():
    """Of a noise-free problem the true rest is known: within the interval, which closes in as more is observed."""
    exact = ClosedFormOracle(noise=0.0)
    campaign = play(Campaign(SPACE, OBJECTIVES[:1], seed=1), 1, 8, exact)
    ratios = torch.logspace(0.61, 1.99, 40).tolist()
    space = [Formulation(cation=c, ligand=p, ratio=r) for c, p in SPACE.pairs() for r in ratios]
    best = max(outcomes_of(f)["chains_per_cation"] for f in space)
    early = campaign.remaining_improvement()
    assert early.lower <= best - campaign.hypervolume() <= early.upper
    assert early == campaign.remaining_improvement()
    late = play(campaign, 1, 6, exact).remaining_improvement()
    assert late.expected < 0.5 * early.expected
    assert late.share < 0.2


def test_nothing_is_left_to_gain_of_what_failed():
    """Strong cations gel, each of them: the rest is known."""
    cations = ("Mg2+", "Ca2+", "Sr2+", "Ba2+", "Fe3+", "Al3+", "Zr4+")
    pool = [Formulation(cation=c, ligand="PAA", ratio=r) for c in cations for r in (10, 30, 90)]
    campaign = Campaign(DesignSpace.of_formulations(pool), OBJECTIVES[:1], seed=1)
    while len(campaign.candidates) < len(pool):
        for candidate in campaign.ask(3):
            if candidate.formulation.cation in cations[4:]:
                campaign.fail(candidate, "it gelled")
            else:
                campaign.tell(observed([candidate.formulation], ClosedFormOracle(noise=0.0)))
    assert campaign.remaining_improvement().expected == 0


def test_a_campaign_without_a_model_cannot_tell(campaign):
    with pytest.raises(FitFailed):
        campaign.remaining_improvement()
