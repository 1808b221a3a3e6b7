import numpy as np
import pytest
import torch

from ionlink.data import InputError
from ionlink.models.weighted_sums import WeightedRows, process_of, weighted_sums


@pytest.fixture
def process(surrogate):
    return process_of(surrogate.models[surrogate.outcomes[0]])


@pytest.fixture
def asked(surrogate, formulations):
    rows = surrogate.inputs(formulations).numpy() + 0.02
    return WeightedRows(rows, np.random.default_rng(1).standard_normal((5, len(rows))))


def test_moments_are_those_of_the_joint_posterior(process, asked):
    sums = weighted_sums(((process, 1.0),), asked, draws=20_000, seed=0)
    with torch.no_grad():
        joint = process.posterior(torch.as_tensor(asked.rows)).distribution
    covariance = asked.weights @ joint.covariance_matrix.numpy() @ asked.weights.T
    assert sums.mean == pytest.approx(asked.weights @ joint.mean.flatten().numpy())
    scale = np.sqrt(np.diag(covariance))
    assert np.cov(sums.draws.T) / np.outer(scale, scale) == pytest.approx(covariance / np.outer(scale, scale), abs=0.05)
    assert sums.deviation == pytest.approx(np.sqrt(np.diag(joint.covariance_matrix.numpy())))


def test_blocks_do_not_show(process, asked, monkeypatch):
    whole = weighted_sums(((process, 1.0),), asked, draws=3, seed=0)
    monkeypatch.setattr("ionlink.models.weighted_sums.BLOCK_ROWS", 7)
    parts = weighted_sums(((process, 1.0),), asked, draws=3, seed=0)
    assert parts.mean == pytest.approx(whole.mean)
    assert parts.deviation == pytest.approx(whole.deviation)
    assert np.abs(parts.draws - whole.draws).max() < 1e-3 * np.abs(whole.draws - whole.mean).max()


def test_draws_are_shared_out_by_weight(surrogate, process, asked):
    other = process_of(surrogate.models[surrogate.outcomes[1]])
    sums = weighted_sums(((process, 0.75), (other, 0.25)), asked, draws=200, seed=0)
    assert sums.draws.shape == (200, 5)
    alone = weighted_sums(((process, 1.0),), asked, draws=150, seed=0)
    assert sums.draws[:150] == pytest.approx(alone.draws)


def test_a_model_without_a_posterior_is_refused():
    with pytest.raises(InputError, match="no joint posterior over its inputs"):
        process_of(object())


def test_parts_of_the_kernel_add_up(process, asked):
    terms = list(process.covar_module._terms)
    with torch.no_grad():
        offset = process.outcome_transform.untransform(process.mean_module.constant.reshape(1, 1))[0].item()
    constant = asked.weights.sum(axis=1) * offset
    whole, one, other = (
        weighted_sums(((process, 1.0),), asked, draws=2, seed=0, without=without).mean
        for without in ((), terms[:5], terms[5:])
    )
    assert one + other - constant == pytest.approx(whole)
    nothing = weighted_sums(((process, 1.0),), asked, draws=2, seed=0, without=terms)
    assert nothing.mean == pytest.approx(constant)
    assert nothing.deviation == pytest.approx(0)
