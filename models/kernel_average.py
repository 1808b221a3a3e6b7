"""One outcome under several kernels at once, for decisions that rest on a dozen observations.

With so few, the marginal likelihood cannot tell which kernel is right, and the one it prefers is too sure of itself.
So none is chosen: each is fitted, and what is believed is the average of them all. The kernels differ in what they take
for granted. `PairKernel` knows chemistry: what a cation and a ligand do by themselves, and what only the two together
do. The other two know nothing but that formulations with like descriptors are alike: one is smooth, the other rough.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from botorch.models.utils.gpytorch_modules import get_covar_module_with_dim_scaled_prior
from gpytorch.kernels import Kernel
from torch import Tensor

from ionlink.data.observation import Observation
from ionlink.models.fast_posterior import FastPosterior
from ionlink.models.gaussian_process import build, fit, replicates_of
from ionlink.models.inputs import InputScaling
from ionlink.models.pair_kernel import PairKernel

MOST_STEPS = 60
"""Steps of each fit. More raise the likelihood, not the quality of predictions, at many times the cost: with 32 and
200 observations of a drawn problem, errors after 40 to 80 steps were those of the converged fit or lower."""


def smooth_kernel(scaling: InputScaling) -> Kernel:
    """Gaussian, with a length scale for each column; priors after Hvarfner, Hellsten and Nardi (arXiv:2402.02229)."""
    return get_covar_module_with_dim_scaled_prior(ard_num_dims=scaling.dimension, use_rbf_kernel=True)


def rough_kernel(scaling: InputScaling) -> Kernel:
    """Matérn 5/2, otherwise the same."""
    return get_covar_module_with_dim_scaled_prior(ard_num_dims=scaling.dimension, use_rbf_kernel=False)


KERNELS = (smooth_kernel, rough_kernel, PairKernel)


@dataclass(frozen=True, eq=False)
class KernelAverage:
    """What is believed of one outcome: the even mixture of its processes."""

    scaling: InputScaling

    posteriors: tuple[FastPosterior, ...]
    """One for each kernel."""

    @classmethod
    def fit(cls, outcome: str, rows: Sequence[Observation], scaling: InputScaling, seed: int) -> "KernelAverage":
        """Learn from the training rows of one outcome; the same rows and seed give the same processes.

        Raises `FitFailed`.
        """
        processes = [build(rows, scaling, kernel) for kernel in KERNELS]
        for process in processes:
            fit(process, outcome, seed, MOST_STEPS)
        return cls(scaling, tuple(FastPosterior.of(process, replicates_of(rows)) for process in processes))

    def marginals(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance of the noise-free outcome, each `n`, in its unit, for `n x d` inputs."""
        moments = [posterior.marginals(inputs) for posterior in self.posteriors]
        means = torch.stack([mean for mean, _ in moments])
        within = torch.stack([variance for _, variance in moments]).mean(dim=0)
        return means.mean(dim=0), within + means.var(dim=0, correction=0)

    def joint(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Mean `n` and covariance `n x n` of the mixture, for `n x d` inputs."""
        moments = [posterior.joint(inputs) for posterior in self.posteriors]
        means = torch.stack([mean for mean, _ in moments])
        within = torch.stack([covariance for _, covariance in moments]).mean(dim=0)
        apart = means - means.mean(dim=0)
        return means.mean(dim=0), within + apart.T @ apart / len(means)

    def likeness(self, inputs: Tensor, others: Tensor) -> Tensor:
        """Correlation of `m x d` inputs with `n x d` others before anything is known, mean over kernels, `m x n`."""
        return torch.stack([posterior.likeness(inputs, others) for posterior in self.posteriors]).mean(dim=0)

    @property
    def replicate_variance(self) -> float:
        """Noise variance of one replicate, in the outcome's unit squared: the median over the processes."""
        return float(torch.tensor([p.replicate_variance for p in self.posteriors]).median())
