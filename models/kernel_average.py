"""One outcome under several kernels at once, for decisions that rest on a dozen observations.

With so few, the marginal likelihood cannot tell which kernel is right, and the one it prefers is too sure of itself.
So none is chosen: each is fitted, and what is believed is the average of them all. The kernels differ in what they take
for granted. `PairKernel` knows chemistry: what a cation and a ligand do by themselves, and what only the two together
do. The others know nothing but that formulations with like descriptors are alike: one learns which descriptors count,
the other takes all of a cation's for equally important, and all of a ligand's, and having little to learn is seldom too
sure. `benchmarks/beliefs_of_few.py` shows each of them beside the average.

Each is a `JointProcess`: it learns from other levels, related outcomes, bounds and rankings as well.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch
from gpytorch.kernels import Kernel, MaternKernel, ProductKernel
from gpytorch.priors import LogNormalPrior
from torch import Tensor

from ionlink.data.observation import Observation, Ranking
from ionlink.models.inputs import CATION_COLUMNS, LIGAND_COLUMNS, InputScaling
from ionlink.models.joint_process import JointProcess, Learning
from ionlink.models.pair_kernel import PairKernel
from ionlink.models.task_rows import OutcomeAtLevel

MOST_STEPS, MANY_ROWS, STEPS_FOR_MANY = 60, 100, 30
"""Steps of each fit, and of one to more than so many observations. More cost time and change little: on the landscape
of `benchmarks/optimize.py` errors after 30 steps were those of the converged fit within 0.2 %, with 32 and 200 rows."""


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


Moments = tuple[Tensor, Tensor]
"""Mean and variance, each `n`, or covariance, `n x n`."""


@dataclass(frozen=True, eq=False)
class KernelAverage:
    """What is believed of one outcome: the even mixture of its processes.

    Inputs are those of formulations alone, `n x d`, as the scaling describes them that the processes share. What is
    asked of them is the outcome at the level that it was learned for, or where `tasks` are named, one for each input,
    in these.
    """

    processes: tuple[JointProcess, ...]
    """One for each kernel."""

    @classmethod
    def fit(
        cls,
        target: Sequence[str | None],
        observations: Sequence[Observation],
        rankings: Sequence[Ranking] = (),
        *,
        scaling: InputScaling,
        related: Collection[str] = (),
        seed: int = 0,
    ) -> "KernelAverage":
        """Learn from all that `JointProcess.fit` learns from, by each kernel; raises what it raises."""
        steps = MOST_STEPS if len(observations) <= MANY_ROWS else STEPS_FOR_MANY
        return cls(
            tuple(
                JointProcess.fit(
                    target,
                    observations,
                    rankings,
                    related=related,
                    how=Learning(seed, kernel, steps),
                    scaling=scaling,
                )
                for kernel in KERNELS
            )
        )

    def tells_of(self, task: OutcomeAtLevel) -> bool:
        """Whether it learned a task."""
        return all(task in process.tasks for process in self.processes)

    def each_marginals(self, inputs: Tensor) -> list[Moments]:
        """Mean and variance of the noise-free outcome by each process, in its unit."""
        return [process.marginals(rows) for process, rows in self._rows(inputs)]

    def each_joint(self, inputs: Tensor, tasks: Sequence[OutcomeAtLevel] | None = None) -> list[Moments]:
        """Mean and covariance of the same."""
        return [process.joint(rows) for process, rows in self._rows(inputs, tasks)]

    def marginals(self, inputs: Tensor) -> Moments:
        """Mean and variance of the noise-free outcome, in its unit."""
        means, within = map(torch.stack, zip(*self.each_marginals(inputs), strict=True))
        return means.mean(dim=0), within.mean(dim=0) + (means - means.mean(dim=0)).square().mean(dim=0)

    def joint(self, inputs: Tensor, tasks: Sequence[OutcomeAtLevel] | None = None) -> Moments:
        """Mean and covariance of the mixture."""
        means, within = map(torch.stack, zip(*self.each_joint(inputs, tasks), strict=True))
        apart = means - means.mean(dim=0)
        return means.mean(dim=0), within.mean(dim=0) + apart.T @ apart / len(means)

    def likeness(self, inputs: Tensor, others: Tensor) -> Tensor:
        """Correlation of `m x d` inputs with `n x d` others before anything is known, mean over kernels, `m x n`."""
        each = zip(self._rows(inputs), self._rows(others), strict=True)
        return torch.stack([process.posterior.likeness(rows, beside) for (process, rows), (_, beside) in each]).mean(0)

    def replicate_variance(self, task: OutcomeAtLevel | None = None) -> float:
        """Noise variance of one replicate, in the outcome's unit squared: the median over the processes."""
        return float(torch.tensor([process.replicate_variance(task) for process in self.processes]).median())

    def _rows(self, inputs: Tensor, tasks: Sequence[OutcomeAtLevel] | None = None) -> list[tuple[JointProcess, Tensor]]:
        """Each process with its own inputs."""
        return [(process, process.rows(inputs, tasks or [None] * len(inputs))) for process in self.processes]
