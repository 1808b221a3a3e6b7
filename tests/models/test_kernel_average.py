import numpy as np
import pytest
import torch

from ionlink.data import Formulation, Observation
from ionlink.models.inputs import InputScaling
from ionlink.models.kernel_average import KERNELS, KernelAverage, even_kernel, selecting_kernel

TARGET = ("coulomb_per_charge", "lab")
CATIONS = ("Na+", "Mg2+", "Ca2+", "Ba2+", "Zn2+", "Cu2+", "Ni2+", "Pb2+", "Al3+", "Fe3+", "La3+", "Zr4+")
POLYMERS = ("PAA", "CMC", "alginate", "PSS", "PVPA", "PHA")
SPACE = [Formulation(cation=c, ligand=p, ratio=r) for c in CATIONS for p in POLYMERS for r in (10.0, 30.0, 60.0)]


@pytest.fixture(scope="module")
def scaling():
    return InputScaling.of(SPACE)


def told(formulations, values):
    return [
        Observation(formulation=f, outcome="coulomb_per_charge", value=float(v), level="lab", source="drawn")
        for f, v in zip(formulations, values, strict=True)
    ]


def test_the_average_is_the_mixture_of_its_processes(scaling):
    generator = np.random.default_rng(0)
    known = [SPACE[i] for i in generator.choice(len(SPACE), 12, replace=False)]
    average = KernelAverage.fit(TARGET, told(known, generator.normal(size=12)), scaling=scaling)
    assert len(average.processes) == len(KERNELS) == 3
    inputs = torch.as_tensor(scaling.transform(SPACE[::17]))
    mean, variance = average.marginals(inputs)
    means, variances = (torch.stack(x) for x in zip(*(p.marginals(inputs) for p in average.processes), strict=True))
    torch.testing.assert_close(mean, means.mean(dim=0))
    torch.testing.assert_close(variance, (variances + means.square()).mean(dim=0) - mean.square())
    joint_mean, covariance = average.joint(inputs)
    torch.testing.assert_close(joint_mean, mean)
    torch.testing.assert_close(covariance.diagonal(), variance)
    assert torch.linalg.eigvalsh(covariance).min() > -1e-9


def test_an_even_kernel_sees_no_difference_between_descriptors_and_a_selecting_one_does(scaling):
    origin = torch.zeros(1, scaling.dimension, dtype=torch.float64)
    for kernel, differ in ((even_kernel(scaling), False), (selecting_kernel(scaling), True)):
        first, second = kernel.kernels[0].active_dims[:2].tolist()
        if differ:
            scales = kernel.kernels[0].lengthscale.detach().clone()
            scales[0, 0] *= 3
            kernel.kernels[0].lengthscale = scales
        steps = [origin.clone(), origin.clone()]
        steps[0][0, first] = steps[1][0, second] = 1.0
        one, other = (float(kernel(origin, step).to_dense().detach()) for step in steps)
        assert (one > other + 0.01) if differ else (one == pytest.approx(other))


def test_each_condition_has_a_length_scale_of_its_own_where_kernels_select():
    scaling = InputScaling.of([f.model_copy(update={"ph": 4.0 + i % 3}) for i, f in enumerate(SPACE)])
    assert {"log10_ratio", "ph"} <= set(scaling.variables)
    counts = [kernel(scaling).kernels[2].lengthscale.numel() for kernel in (even_kernel, selecting_kernel)]
    assert counts == [1, 2]


def test_intervals_mean_what_they_say_in_worlds_that_are_like_the_kernels(scaling):
    """Drawn from each kernel as it is before fitting; a dozen observations, of which hyperparameters are learned."""
    generator = torch.Generator().manual_seed(1)
    inputs = torch.as_tensor(scaling.transform(SPACE))
    inside = []
    for kernel in KERNELS:
        with torch.no_grad():
            covariance = kernel(scaling)(inputs).to_dense() + 1e-6 * torch.eye(len(inputs), dtype=torch.float64)
            root = torch.linalg.cholesky(covariance)
        for _ in range(4):
            world = root @ torch.randn(len(inputs), generator=generator, dtype=torch.float64)
            order = torch.randperm(len(inputs), generator=generator).tolist()
            known, asked = order[:12], order[12:]
            average = KernelAverage.fit(TARGET, told([SPACE[i] for i in known], world[known]), scaling=scaling)
            mean, variance = average.marginals(inputs[asked])
            inside.append(((world[asked] - mean).abs() < 1.645 * variance.sqrt()).double().mean())
    assert 0.75 < float(torch.stack(inside).mean()) < 0.97
