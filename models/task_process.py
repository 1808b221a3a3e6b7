"""The Gaussian process of several tasks: rows of all of them, told in each task's own deviation."""

from collections.abc import Callable, Sequence
from itertools import combinations

import torch
from botorch.models import SingleTaskGP
from gpytorch.kernels import Kernel
from gpytorch.likelihoods import FixedNoiseGaussianLikelihood
from torch import Tensor

from ionlink.models.gaussian_process import replicates_of
from ionlink.models.inputs import InputScaling
from ionlink.models.pair_kernel import PairKernel
from ionlink.models.row_noise import given_noise, middle
from ionlink.models.statements import UNSTATED_ERROR
from ionlink.models.task_kernel import SAME_OUTCOME, TaskKernel
from ionlink.models.task_noise import TaskNoise
from ionlink.models.task_rows import TaskRows


def build_joint(
    tasks: Sequence[TaskRows], scaling: InputScaling, kernel: Callable[[InputScaling], Kernel] = PairKernel
) -> SingleTaskGP:
    """A process over the columns of `scaling` and the number of the task, not yet fitted, in units of each task."""
    most = max(range(len(tasks)), key=lambda j: len(tasks[j].rows))
    covariance = TaskKernel(kernel(scaling), _expected(tasks), most)
    described = torch.as_tensor(scaling.transform([o.formulation for t in tasks for o in t.rows]))
    number = torch.tensor([float(j) for j, t in enumerate(tasks) for _ in t.rows], dtype=torch.float64)
    values = torch.tensor([(o.value - t.offset) / t.scale for t in tasks for o in t.rows], dtype=torch.float64)
    rows = [o for t in tasks for o in t.rows]
    likelihood = (
        TaskNoise.of_tasks(tasks)
        if any(o.standard_error is None for o in rows)
        else FixedNoiseGaussianLikelihood(torch.cat([given_noise(t.rows, t.scale) for t in tasks]))
    )
    inputs = torch.cat([described, number.unsqueeze(-1)], dim=-1)
    return SingleTaskGP(
        inputs, values.unsqueeze(-1), likelihood=likelihood, covar_module=covariance, outcome_transform=None
    )


def replicate_noise(tasks: Sequence[TaskRows], noise: Tensor) -> Tensor:
    """Variance of one replicate of each of `t` tasks, in units of the task, for the noise of all rows.

    The median over the task's rows; of a task without rows, that of a value without a stated error.
    """
    single = noise * replicates_of([o for t in tasks for o in t.rows])
    parts = torch.split(single, [len(t.rows) for t in tasks])
    medians = [middle(part) if len(part) else UNSTATED_ERROR**2 for part in parts]
    return torch.tensor(medians, dtype=torch.float64)


def _expected(tasks: Sequence[TaskRows]) -> list[float]:
    """Of each partial correlation, row by row: only with the first task, and only of the same outcome, any at all."""
    below = sorted((later, earlier) for earlier, later in combinations(range(len(tasks)), 2))
    return [
        SAME_OUTCOME if earlier == 0 and tasks[later].task.outcome == tasks[0].task.outcome else 0.0
        for later, earlier in below
    ]
