"""How outcomes of several tasks go together: one kernel over formulations times a correlation between tasks.

Intrinsic coregionalisation (E. V. Bonilla, K. M. A. Chai and C. K. I. Williams, NeurIPS 2007), in units of each task's
own deviation: the same formulations are alike in every task, and a task is the others' values, weighted, plus something
of its own. Two tasks of correlation ρ are Kennedy and O'Hagan's two levels (Biometrika 2000, doi:10.1093/biomet/87.1.1)
with a discrepancy that varies as fast as the outcome does.

On drawn problems of 60 source rows and 8 or 20 of the target, at correlations from 0 to 0.9, a discrepancy with a
kernel of its own did worse by 0.1 to 0.3 nats a prediction: so few rows teach no kernel.
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
from gpytorch.constraints import Interval
from gpytorch.kernels import Kernel
from gpytorch.priors import NormalPrior
from linear_operator import to_dense
from torch import Tensor
from torch.distributions.transforms import CorrCholeskyTransform

BIAS_VARIANCE = 1.0
"""Prior variance of each task's constant bias, in its deviations, but for the reference's: a choice, wide. The mean of
a handful of values says little of the mean over formulations."""

SCALE_SPREAD = 0.5
"""Prior deviation of the logarithm of a task's scale, over that of its observed values: a handful of values may lie
much closer together, or farther apart, than values over all formulations do."""

SAME_OUTCOME = math.atanh(0.5)
"""Inverse hyperbolic tangent of the correlation that the same outcome is expected to have at two levels: a choice."""

CORRELATION_SPREAD = 0.7
"""Prior deviation of the same: at one deviation, a correlation of 0.5 becomes -0.15 or 0.85. A choice."""

LIMIT = 3.0
"""Of that tangent: correlations up to 0.995."""


class TaskKernel(Kernel):  # type: ignore[misc]  # GPyTorch is untyped
    """Kernel over the columns of the kernel of formulations and a last one, the number of the task.

    Use it for a few tasks, of which one at least has enough rows to learn a kernel from. `... x n x d` and
    `... x m x d` to `... x n x m`, in units of each task's observed deviation.
    """

    has_lengthscale = False

    def __init__(self, formulations: Kernel, expected: Sequence[float], reference: int) -> None:
        """Of `t` tasks, the target last.

        Args:
            formulations: Kernel over formulations, of an outcome of variance about 1.
            expected: What `t(t-1)/2` partial correlations are expected to be, as inverse hyperbolic tangents: row by
                row below the diagonal, each given the tasks before.
            reference: The task whose scale and mean the others' are told from.

        """
        super().__init__()
        self.formulations = formulations
        around = torch.tensor(expected, dtype=torch.float64)
        count = len(CorrCholeskyTransform()(around))
        others = torch.arange(count) != reference
        self.register_buffer("others", others)
        self._add("partial", around, CORRELATION_SPREAD, LIMIT)
        self._add("log_scale", torch.zeros(count - 1, dtype=torch.float64), SCALE_SPREAD, 4 * SCALE_SPREAD)

    @property
    def correlations(self) -> Tensor:
        """Between tasks, `t x t`."""
        root: Tensor = CorrCholeskyTransform()(self.partial)
        return root @ root.T

    @property
    def scales(self) -> Tensor:
        """What a deviation of 1 of the kernel over formulations is in each task's observed deviations, `t`."""
        places = self.others.cumsum(0) - 1
        return torch.where(self.others, self.log_scale[places.clamp_min(0)], 0.0).exp()

    def forward(self, x1: Tensor, x2: Tensor, diag: bool = False, **_: Any) -> Tensor:  # noqa: ANN401 - GPyTorch's signature
        """Covariances in units of each task's observed deviation; the diagonal only with `diag`."""
        scales = self.scales
        between = self.correlations * scales.unsqueeze(-1) * scales
        bias = torch.diag(BIAS_VARIANCE * self.others.double())
        first, second = self._tasks(x1), self._tasks(x2)
        covariance: Tensor = to_dense(self.formulations.forward(x1, x2, diag=diag))
        if diag:
            return covariance * ((first @ between) * second).sum(-1) + ((first @ bias) * second).sum(-1)
        turned = second.transpose(-1, -2)
        return torch.addcmul(first @ bias @ turned, first @ between @ turned, covariance)

    def _tasks(self, x: Tensor) -> Tensor:
        """One column per task, `... x n x t`, 1 in that of a row's task."""
        return torch.nn.functional.one_hot(x[..., -1].long(), len(self.others)).to(x)

    def _add(self, name: str, start: Tensor, spread: float, limit: float) -> None:
        """A parameter with a normal prior around where it starts."""
        self.register_parameter(name, torch.nn.Parameter(start.clone()))
        self.register_constraint(name, Interval(-limit, limit, transform=None))
        self.register_prior(
            f"{name}_prior",
            NormalPrior(start, torch.full_like(start, spread)),
            lambda kernel: getattr(kernel, name),
            lambda kernel, value: kernel.initialize(**{name: value}),
        )
