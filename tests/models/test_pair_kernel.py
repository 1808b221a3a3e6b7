"""The kernel's short cuts: what is computed once for equal cations, ligands and pairs is what each row would get."""

import pytest
import torch

from ionlink.data import Formulation, cations, ligands
from ionlink.models.inputs import InputScaling
from ionlink.models.pair_kernel import PairKernel

RATIOS = (4.0, 9.0, 40.0)


def described(ratios, simulated=False):
    """Many formulations of few members, some of them twice."""
    pairs = [(c, p) for c in tuple(cations())[:9] for p in tuple(ligands())[:4]]
    points = [Formulation(cation=c, ligand=p, ratio=ratios[i % len(ratios)]) for i, (c, p) in enumerate(pairs * 2)]
    scaling = InputScaling.of(points, simulated=simulated)
    return scaling, torch.as_tensor(scaling.transform(points))


@pytest.fixture(params=[False, True], ids=["measured", "simulated"])
def simulated(request):
    return request.param


@pytest.fixture(params=[RATIOS, (None,), (4.0, None)], ids=["ratios", "no ratios", "some ratios"])
def kernel_and_inputs(request, simulated):
    scaling, inputs = described(request.param, simulated)
    kernel = PairKernel(scaling)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in kernel.parameters():
            parameter.add_(0.3 * torch.randn(parameter.shape, dtype=parameter.dtype, generator=generator))
    return kernel, inputs


def row_by_row(kernel, x1, x2):
    """Where a gradient by the inputs is asked for, nothing is shared."""
    return kernel.forward(x1.clone().requires_grad_(True), x2).detach()


def test_shared_parts_change_nothing(kernel_and_inputs):
    kernel, inputs = kernel_and_inputs
    few, many = inputs[3:20], inputs
    for x1, x2 in ((many, many), (few, many), (many, few), (few[:1], few[:1])):
        assert torch.allclose(kernel.forward(x1, x2), row_by_row(kernel, x1, x2), rtol=0, atol=1e-12)
    assert torch.allclose(kernel.forward(many, many).diagonal(), kernel.forward(many, many, diag=True), atol=1e-12)


@pytest.mark.parametrize("copied", [False, True])
def test_batches_are_what_their_parts_are(kernel_and_inputs, copied):
    """Candidates beside the same training rows, beside others of their batch, and each beside its own rows."""
    kernel, inputs = kernel_and_inputs
    candidates, rows = inputs[:24].reshape(6, 4, -1), inputs[10:40].expand(6, 30, -1)
    rows = rows.clone() if copied else rows
    own = inputs[:60].reshape(6, 10, -1)
    for x1, x2 in ((candidates, rows), (rows, candidates), (candidates, candidates), (rows, rows), (candidates, own)):
        expected = torch.stack([row_by_row(kernel, a, b) for a, b in zip(x1, x2, strict=True)])
        assert torch.allclose(kernel.forward(x1, x2), expected, rtol=0, atol=1e-12)
    across = kernel.forward(candidates.unsqueeze(1), own.unsqueeze(0))
    assert across.shape == (6, 6, 4, 10)
    assert torch.allclose(across[2, 5], row_by_row(kernel, candidates[2], own[5]), rtol=0, atol=1e-12)


def test_gradients_by_hyperparameters_are_the_same(kernel_and_inputs):
    kernel, inputs = kernel_and_inputs
    found = []
    for x in (inputs, inputs.clone().requires_grad_(True)):
        kernel.zero_grad()
        kernel.forward(x, inputs).sin().sum().backward()
        found.append([p.grad.clone() for p in kernel.parameters()])
    for one, other in zip(*found, strict=True):
        assert torch.allclose(one, other, rtol=1e-9, atol=1e-9)


def test_gradients_by_inputs_are_exact(simulated):
    scaling, inputs = described(RATIOS, simulated)
    kernel = PairKernel(scaling)
    last = inputs[:3, -1:].clone().requires_grad_(True)

    def covariance(ratio):
        return kernel.forward(torch.cat([inputs[:3, :-1], ratio], dim=-1), inputs[:5])

    assert torch.autograd.gradcheck(covariance, (last,))
