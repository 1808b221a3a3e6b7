"""One outcome under several kernels at once, for decisions that rest on a dozen observations.

With so few, the marginal likelihood cannot tell which kernel is right, and the one it prefers is too sure of itself.
So none is chosen: each is fitted, and what is believed is the average of them all. The kernels differ in what they take
for granted. `PairKernel` knows chemistry: what a cation and a ligand do by themselves, and what only the two together
do. The others know nothing but that formulations with like descriptors are alike: one learns which descriptors count,
the other takes all of a cation's for equally important, and all of a ligand's, and having little to learn is seldom too
sure. `benchmarks/beliefs_of_few.py` shows each of them beside the average.

What else is known of the outcome, its bounds and rankings, its values at other levels, and related outcomes, is learned
by the first of them, as a `JointProcess`.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from gpytorch.kernels import Kernel, MaternKernel, ProductKernel
from gpytorch.priors import LogNormalPrior
from torch import Tensor

from ionlink.data.observation import Observation, Ranking
from ionlink.models.fast_posterior import FastPosterior
from ionlink.models.gaussian_process import build, check_learnable, fit, replicates_of, training_rows
from ionlink.models.inputs import CATION_COLUMNS, LIGAND_COLUMNS, InputScaling
from ionlink.models.joint_process import JointProcess
from ionlink.models.pair_kernel import PairKernel

MOST_STEPS, MANY_ROWS, STEPS_FOR_MANY = 60, 100, 30
"""Steps of each fit, and of one to more than so many rows. More cost time and change little: on the landscape of
`benchmarks/optimize.py` errors after 30 steps were those of the converged fit within 0.2 %, with 32 and 200 rows."""


EVEN_LENGTH, SELECTING_LENGTH, VARIABLE_LENGTH = 0.5, 0.7, 1.0
EVEN_SPREAD, SELECTING_SPREAD, VARIABLE_SPREAD = 1.0, 0.7, 1.0
"""Where length scales are looked for, as shares of the diagonal of the unit cube of a member's descriptors or of what
varies beside them, and the standard deviation of their logarithm: a choice."""


def even_kernel(scaling: InputScaling) -> Kernel:
    """Product of Matérn 5/2 over all descriptors of the cation, over the ligand's, and over what varies beside them."""
    return _product(scaling, EVEN_LENGTH, EVEN_SPREAD, each=False)


def selecting_kernel(scaling: InputScaling) -> Kernel:
    """The same with a length scale of its own for each descriptor and each of what varies beside them."""
    return _product(scaling, SELECTING_LENGTH, SELECTING_SPREAD, each=True)


def _product(scaling: InputScaling, length: float, spread: float, *, each: bool) -> Kernel:
    """`length` and `spread` are of members; with `each`, every column has a length scale of its own."""
    blocks = [(scaling.block(columns), length, spread) for columns in (CATION_COLUMNS, LIGAND_COLUMNS)]
    if variables := scaling.positions(scaling.variables):
        blocks.append((variables, VARIABLE_LENGTH, VARIABLE_SPREAD))
    return ProductKernel(*(_matern(columns, len(columns) if each else 1, *prior) for columns, *prior in blocks))


def _matern(columns: Sequence[int], scales: int, length: float, spread: float) -> Kernel:
    """Matérn 5/2 over some columns with one length scale or one for each, sought at a share of the diagonal."""
    start = length * math.sqrt(len(columns))
    kernel = MaternKernel(
        nu=2.5,
        ard_num_dims=scales if scales > 1 else None,
        active_dims=columns,
        lengthscale_prior=LogNormalPrior(math.log(start), spread),
    ).double()
    kernel.lengthscale = torch.full((1, scales), start, dtype=torch.float64)
    return kernel


KERNELS = (even_kernel, selecting_kernel, PairKernel)


class Posterior(Protocol):
    """What is asked of each member."""

    def marginals(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance, each `n`."""
        ...

    def joint(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Mean `n` and covariance `n x n`."""
        ...

    def likeness(self, inputs: Tensor, others: Tensor) -> Tensor:
        """Correlation before anything is known, `m x n`."""
        ...


@dataclass(frozen=True, eq=False)
class Informed:
    """A joint process, asked of its target only."""

    process: JointProcess

    def marginals(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """See `Posterior`; inputs are those of formulations alone."""
        return self.process.marginals(self._of_target(inputs))

    def joint(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """See `Posterior`."""
        return self.process.joint(self._of_target(inputs))

    def likeness(self, inputs: Tensor, others: Tensor) -> Tensor:
        """See `Posterior`."""
        return self.process.posterior.likeness(self._of_target(inputs), self._of_target(others))

    def _of_target(self, inputs: Tensor) -> Tensor:
        last = len(self.process.tasks) - 1
        if not last:
            return inputs
        return torch.cat([inputs, inputs.new_full((len(inputs), 1), float(last))], dim=-1)


@dataclass(frozen=True, eq=False)
class Elsewhere:
    """What is known of outcomes beside their values at the level in question."""

    observations: tuple[Observation, ...] = ()
    """Of other levels and protocols, and bounds."""

    rankings: tuple[Ranking, ...] = ()

    def of(self, outcome: str, related: Collection[str]) -> "Elsewhere":
        """What concerns an outcome."""
        return Elsewhere(
            tuple(o for o in self.observations if o.outcome == outcome or o.outcome in related),
            tuple(r for r in self.rankings if r.outcome == outcome),
        )

    def __bool__(self) -> bool:
        return bool(self.observations or self.rankings)


@dataclass(frozen=True, eq=False)
class KernelAverage:
    """What is believed of one outcome: the even mixture of its processes."""

    posteriors: tuple[Posterior, ...]
    """One for each kernel."""

    replicate_variance: float
    """Noise variance of one replicate, in the outcome's unit squared: the median over the processes."""

    @classmethod
    def fit(
        cls,
        values: Sequence[Observation],
        scaling: InputScaling,
        seed: int,
        elsewhere: Elsewhere | None = None,
        related: Collection[str] = (),
    ) -> "KernelAverage":
        """Learn one outcome from its values at one level, and from what is known `elsewhere` of it.

        The same observations and seed give the same processes. Raises `FitFailed`.
        """
        outcome, rows = values[0].outcome, training_rows(values)
        check_learnable(outcome, rows)
        kernels = KERNELS[:-1] if elsewhere else KERNELS
        processes = [build(rows, scaling, kernel) for kernel in kernels]
        for process in processes:
            fit(process, outcome, seed, MOST_STEPS if len(rows) <= MANY_ROWS else STEPS_FOR_MANY)
        posteriors = [FastPosterior.of(process, replicates_of(rows)) for process in processes]
        noise = float(torch.tensor([p.replicate_variance for p in posteriors]).median())
        if not elsewhere:
            return cls(tuple(posteriors), noise)
        joint = JointProcess.fit(
            (outcome, values[0].level, values[0].protocol),
            [*values, *elsewhere.observations],
            elsewhere.rankings,
            related=related,
            seed=seed,
            scaling=scaling,
        )
        return cls((*posteriors, Informed(joint)), noise)

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
