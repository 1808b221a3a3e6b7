import pytest
import torch
from botorch.acquisition.logei import qLogNoisyExpectedImprovement
from botorch.acquisition.multi_objective.logei import qLogNoisyExpectedHypervolumeImprovement
from botorch.models import ModelListGP, SingleTaskGP
from botorch.sampling.normal import SobolQMCNormalSampler

from ionlink.optimize.paths import PathModel, as_inputs, joint_paths, marginal_paths

MEANS = torch.tensor([0.0, 1.0, -1.0], dtype=torch.float64)
COVARIANCE = torch.tensor([[1.0, 0.8, 0.0], [0.8, 1.0, 0.2], [0.0, 0.2, 0.5]], dtype=torch.float64)


def test_paths_have_the_moments_that_they_are_drawn_from():
    paths = joint_paths([[(MEANS, COVARIANCE)]], 4096, seed=3)[:, :, 0]
    assert torch.allclose(paths.mean(dim=0), MEANS, atol=0.02)
    assert torch.allclose(torch.cov(paths.T), COVARIANCE, atol=0.05)


def test_a_mixture_has_paths_of_each_of_its_members():
    """Two members that are sure of different values: the spread is what lies between them."""
    sure = 1e-8 * torch.eye(3, dtype=torch.float64)
    paths = joint_paths([[(MEANS, sure), (MEANS + 10.0, sure)]], 100, seed=0)[:, :, 0]
    assert (paths[:, 0] > 5.0).sum() == 50
    assert torch.allclose(paths.mean(dim=0), MEANS + 5.0, atol=1e-2)


def test_marginal_paths_have_the_same_moments_point_by_point():
    paths = marginal_paths([[(MEANS, COVARIANCE.diagonal())]], 4096, seed=1)[:, :, 0]
    assert torch.allclose(paths.mean(dim=0), MEANS, atol=0.02)
    assert torch.allclose(paths.var(dim=0), COVARIANCE.diagonal(), atol=0.03)


def test_the_same_seed_gives_the_same_paths():
    one, same, other = (joint_paths([[(MEANS, COVARIANCE)]], 8, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.fixture(scope="module")
def processes():
    inputs = torch.linspace(0, 1, 8, dtype=torch.float64).unsqueeze(-1)
    outcomes = [torch.sin(6 * inputs), torch.cos(4 * inputs)]
    return inputs, [SingleTaskGP(inputs, outcome, torch.full_like(outcome, 0.01)).eval() for outcome in outcomes]


def moments(process, points):
    with torch.no_grad():
        posterior = process.posterior(points)
    return [(posterior.mean.squeeze(-1), posterior.distribution.covariance_matrix)]


def test_acquisition_from_a_table_is_that_from_the_model(processes):
    """BoTorch's own hypervolume improvement over a model and over paths of it, up to the error of drawing."""
    baseline, models = processes
    candidates = torch.linspace(0.03, 0.97, 12, dtype=torch.float64).unsqueeze(-1)
    common = {"ref_point": [-1.0, -1.0], "prune_baseline": False, "cache_root": False}
    direct = qLogNoisyExpectedHypervolumeImprovement(
        ModelListGP(*models),
        X_baseline=baseline,
        sampler=SobolQMCNormalSampler(torch.Size([512]), seed=1),
        **common,
    )
    table = PathModel(joint_paths([moments(m, torch.cat([baseline, candidates])) for m in models], 2048, seed=2))
    tabulated = qLogNoisyExpectedHypervolumeImprovement(
        table, X_baseline=as_inputs(torch.arange(8)), sampler=table.sampler, **common
    )
    with torch.no_grad():
        expected = direct(candidates.unsqueeze(-2)).exp()
        found = tabulated(as_inputs(torch.arange(8, 20)).unsqueeze(-2)).exp()
    assert torch.allclose(found, expected, rtol=0.35, atol=0.05 * float(expected.max()))


def test_the_second_of_a_batch_avoids_the_first(processes):
    """Points beside the pending one promise less than before, far ones as much."""
    baseline, models = processes
    points = torch.cat([baseline, torch.tensor([[0.25], [0.27], [0.9]], dtype=torch.float64)])
    table = PathModel(joint_paths([moments(models[0], points)], 512, seed=0))
    function = qLogNoisyExpectedImprovement(
        table, as_inputs(torch.arange(8)), sampler=table.sampler, prune_baseline=False, cache_root=False
    )
    with torch.no_grad():
        before = function(as_inputs(torch.tensor([9])).unsqueeze(-2))
        function.set_X_pending(as_inputs(torch.tensor([8])))
        after = function(as_inputs(torch.tensor([9])).unsqueeze(-2))
    assert after < before - 0.5
