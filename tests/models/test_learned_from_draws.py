"""Of many rows, hyperparameters are learned from several draws of them, and averaged."""

import pytest
import torch

from ionlink.data import stability_constants
from ionlink.models import gaussian_process
from ionlink.models.fast_posterior import FastPosterior
from ionlink.models.gaussian_process import build, fit, take_over
from ionlink.models.inputs import InputScaling

SEEDS = range(4)


@pytest.fixture
def rows():
    return stability_constants()[:240:2]


@pytest.fixture
def scaling(rows):
    return InputScaling.of([o.formulation for o in rows])


def learned(rows, scaling, seed, draws):
    gp = build(rows, scaling)
    fit(gp, "log_k1", seed, draws=draws)
    return gp


def predicted(gp, scaling):
    asked = [o.formulation for o in stability_constants()[240:]]
    mean, _ = FastPosterior.of(gp).marginals(torch.as_tensor(scaling.transform(asked)))
    return mean


def test_which_rows_are_drawn_matters_less_where_several_draws_are_averaged(rows, scaling, monkeypatch):
    monkeypatch.setattr(gaussian_process, "ROWS_TO_LEARN_FROM", 40)
    once, often = (
        torch.stack([predicted(learned(rows, scaling, seed, draws), scaling) for seed in SEEDS]) for draws in (1, 4)
    )
    assert often.std(dim=0).square().mean().sqrt() < 0.75 * once.std(dim=0).square().mean().sqrt()


def test_of_few_rows_all_are_learned_from_and_draws_change_nothing(rows, scaling):
    one, other = (learned(rows[:40], scaling, seed=0, draws=draws) for draws in (1, 4))
    assert torch.equal(predicted(one, scaling), predicted(other, scaling))


def test_the_same_seed_draws_the_same(rows, scaling, monkeypatch):
    monkeypatch.setattr(gaussian_process, "ROWS_TO_LEARN_FROM", 40)
    one, other = (learned(rows, scaling, seed=3, draws=2) for _ in range(2))
    assert torch.equal(predicted(one, scaling), predicted(other, scaling))


def test_variances_and_noise_are_averaged_as_factors(rows, scaling):
    others = [build(rows[:40], scaling) for _ in range(2)]
    for gp, factor in zip(others, (0.1, 10.0), strict=True):
        with torch.no_grad():
            gp.likelihood.second_noise_covar.noise = torch.tensor([0.05 * factor], dtype=torch.float64)
            gp.covar_module.log_variance += torch.tensor(factor).log()
    gp = build(rows[:40], scaling)
    start = gp.covar_module.log_variance.detach().clone()
    take_over(gp, others)
    assert float(gp.likelihood.second_noise_covar.noise.detach()) == pytest.approx(0.05, rel=0.02)  # above a floor
    assert torch.allclose(gp.covar_module.log_variance, start)
