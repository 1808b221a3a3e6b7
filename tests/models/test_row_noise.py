"""Noise of training rows: learned where it is not stated, and sought well."""

import pytest
import torch
from gpytorch.mlls import ExactMarginalLogLikelihood
from two_levels import OUTCOME, TwoLevels

from ionlink.models.gaussian_process import build, fit
from ionlink.models.inputs import InputScaling
from ionlink.models.row_noise import learned_noise, middle


def evidence(gp):
    """Log marginal likelihood and priors, per row."""
    gp.train()
    mll = ExactMarginalLogLikelihood(gp.likelihood, gp)
    with torch.no_grad():
        value = mll(gp(*gp.train_inputs), gp.train_targets).item()
    gp.eval()
    return value


@pytest.mark.parametrize("stated", [0, 20], ids=["no errors stated", "some errors stated"])
def test_a_fit_that_starts_where_another_ended_gains_nothing(stated):
    rows = TwoLevels(0.5, 3, screened=60).screen_rows
    rows = [*rows[:stated], *(o.model_copy(update={"standard_error": None}) for o in rows[stated:])]
    gp = build(rows, InputScaling.of([o.formulation for o in rows]))
    before = evidence(gp)
    fit(gp, OUTCOME, 0)
    once = evidence(gp)
    fit(gp.train(), OUTCOME, 0)
    assert once > before + 0.05
    assert evidence(gp) == pytest.approx(once, abs=2e-3)


def test_a_learned_noise_starts_where_its_prior_is_most_probable():
    noise = learned_noise()
    assert noise.noise.item() == pytest.approx(noise.noise_prior.mode.item(), rel=1e-6)


def test_the_median_of_an_even_number_is_the_mean_of_the_two_in_the_middle():
    assert middle(torch.tensor([0.01, 1.0])) == pytest.approx(0.505)
    assert middle(torch.tensor([3.0, 1.0, 2.0])) == 2.0
