import numpy as np
import pytest
from toy_campaigns import SPACE, observed, play

from ionlink.data import Formulation
from ionlink.optimize import Campaign
from ionlink.optimize.beliefs import Beliefs
from ionlink.optimize.closed_form import OBJECTIVES, ClosedFormOracle
from ionlink.optimize.success import Success

EXACT = ClosedFormOracle(noise=0.0)


def failing_campaign(of_formulation=True, seed=5):
    """Half of what was proposed failed: all of it at low ratios."""
    campaign = Campaign(SPACE, OBJECTIVES, seed=seed)
    for candidate in campaign.ask(24):
        if candidate.formulation.ratio < 20:
            campaign.fail(candidate, "it precipitated", of_formulation=of_formulation)
        else:
            campaign.tell(observed([candidate.formulation], EXACT))
    return campaign


def test_what_failed_is_believed_to_fail_again_and_its_like_as_well():
    campaign = failing_campaign()
    beliefs = Beliefs.of(campaign)
    model = Success.of(campaign, beliefs)
    low, high = ([Formulation(cation=c, ligand="PAA", ratio=r) for c in SPACE.cations] for r in (6.0, 80.0))
    assert np.mean(model.log_probability(low).numpy()) < np.mean(model.log_probability(high).numpy()) - 0.5


def test_proposals_stay_away_from_failures():
    ratios = [c.formulation.ratio for c in failing_campaign().ask(4)]
    assert np.mean([ratio < 15 for ratio in ratios]) <= 0.25


@pytest.mark.parametrize("seed", [2**31, 2**32, 2**63 - 1])
def test_a_large_seed_serves_all_that_draws(seed):
    campaign = failing_campaign(seed=seed)
    (asked,) = campaign.ask(1)
    assert campaign.why(asked.id).chance_of_success is not None
    assert campaign.surrogate().seed == seed


def test_a_machine_that_failed_says_nothing_of_the_formulation():
    campaign = failing_campaign(of_formulation=False)
    beliefs = Beliefs.of(campaign)
    assert Success.of(campaign, beliefs) is None


def test_without_failures_there_is_nothing_to_learn():
    campaign = play(Campaign(SPACE, OBJECTIVES, seed=5), 1, 8, EXACT)
    beliefs = Beliefs.of(campaign)
    assert Success.of(campaign, beliefs) is None
