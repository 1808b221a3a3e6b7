"""Joint draws of the outcomes at a table of points: what an acquisition function needs to know of a surrogate.

A draw over all points of a table is one path of the posterior. Acquisition functions that average over draws see of a
model only its values at the points they ask for, so that they can be given a table of paths instead: drawn once, looked
up often. The covariance over some hundred points is then computed once, where BoTorch's own models compute it again for
each candidate and each member of a batch. A mixture of posteriors is no harder than one: some paths are of one, some
of another.
"""

from collections.abc import Sequence
from typing import Any

import torch
from botorch.models.model import Model
from botorch.posteriors.posterior import Posterior
from botorch.sampling.base import MCSampler
from botorch.utils.sampling import draw_sobol_normal_samples
from linear_operator.utils.cholesky import psd_safe_cholesky
from torch import Tensor

Moments = tuple[Tensor, Tensor]
"""Mean, `n`, and covariance, `n x n`; or variance, `n`, where points are looked at one by one."""

JITTER = 1e-6
"""Share of the mean variance that is added to the diagonal: candidates may lie close together."""

SMALLEST_VARIANCE = 1e-300


def joint_paths(moments: Sequence[Sequence[Moments]], count: int, seed: int) -> Tensor:
    """Paths of `m` independent outcomes over `n` points, `count x n x m`; the same seed gives the same paths.

    `moments` are, of each outcome, means and covariances of the members of its mixture, which count alike. Normal
    deviates are quasi-random (Sobol), so that few paths are enough.
    """
    outcomes = []
    for j, mixture in enumerate(moments):
        paths = mixture[0][0].new_empty(count, len(mixture[0][0]))
        for k, (rows, (mean, covariance)) in enumerate(
            zip(_shares(count, len(mixture), seed + j), mixture, strict=True)
        ):
            normal = draw_sobol_normal_samples(len(mean), len(rows), dtype=mean.dtype, seed=seed + 101 * j + k)
            paths[rows] = mean + normal @ _root(covariance).T
        outcomes.append(paths)
    return torch.stack(outcomes, dim=-1)


def marginal_paths(moments: Sequence[Sequence[Moments]], count: int, seed: int) -> Tensor:
    """The same, `count x n x m`, from variances: right for one point at a time, and cheap for any number of them."""
    normal = draw_sobol_normal_samples(len(moments), count, dtype=torch.float64, seed=seed)
    outcomes = []
    for j, mixture in enumerate(moments):
        paths = normal.new_empty(count, len(mixture[0][0]))
        for rows, (mean, variance) in zip(_shares(count, len(mixture), seed + j), mixture, strict=True):
            paths[rows] = mean + normal[rows, j].unsqueeze(-1) * variance.sqrt()
        outcomes.append(paths)
    return torch.stack(outcomes, dim=-1)


def _shares(count: int, members: int, seed: int) -> Sequence[Tensor]:
    """Which of `count` paths belong to which member of a mixture: a fair share each, by chance."""
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    return torch.tensor_split(order, members)


def _root(covariance: Tensor) -> Tensor:
    jitter = JITTER * covariance.diagonal().mean().clamp_min(SMALLEST_VARIANCE)
    root: Tensor = psd_safe_cholesky(covariance + jitter * torch.eye(len(covariance), dtype=covariance.dtype))
    return root


class PathPosterior(Posterior):
    """Paths at some rows of their table."""

    def __init__(self, paths: Tensor, rows: Tensor) -> None:
        self._paths, self._rows = paths, rows

    @property
    def values(self) -> Tensor:
        """`count x batch x q x m`."""
        # Indexing by a tensor gives the same in three times the time.
        taken = self._paths.index_select(1, self._rows.flatten())
        return taken.reshape(len(taken), *self._rows.shape, taken.shape[-1])

    @property
    def mean(self) -> Tensor:
        """`batch x q x m`."""
        return self.values.mean(dim=0)

    @property
    def variance(self) -> Tensor:
        """`batch x q x m`."""
        return self.values.var(dim=0)

    @property
    def device(self) -> torch.device:
        """Of the paths."""
        return self._paths.device

    @property
    def dtype(self) -> torch.dtype:
        """Of the paths."""
        return self._paths.dtype

    def _extended_shape(self, sample_shape: torch.Size = torch.Size()) -> torch.Size:  # noqa: B008 - BoTorch's signature
        return sample_shape + self._rows.shape + self._paths.shape[-1:]

    def rsample(self, sample_shape: torch.Size | None = None) -> Tensor:  # noqa: ARG002 - BoTorch's signature
        """All paths, whatever the shape."""
        return self.values


class PathSampler(MCSampler):
    """Hands out all paths of a `PathPosterior`."""

    def __init__(self, count: int) -> None:
        super().__init__(torch.Size([count]), seed=0)

    def forward(self, posterior: Any) -> Tensor:  # noqa: ANN401 - a `PathPosterior`; BoTorch's signature is wider
        """`count x batch x q x m`."""
        values: Tensor = posterior.values
        return values

    def _update_base_samples(self, posterior: Posterior, base_sampler: MCSampler) -> None:
        """Nothing is drawn."""


class PathModel(Model):
    """A BoTorch model: inputs are rows of a table, `batch x q x 1`; the posterior is its `count x n x m` paths."""

    def __init__(self, paths: Tensor) -> None:
        super().__init__()
        self.paths = paths

    @property
    def sampler(self) -> PathSampler:
        """What acquisition functions are to sample with."""
        return PathSampler(len(self.paths))

    @property
    def num_outputs(self) -> int:
        """Outcomes."""
        return self.paths.shape[-1]

    @property
    def batch_shape(self) -> torch.Size:
        """None."""
        return torch.Size()

    def posterior(self, X: Tensor, *_: Any, **__: Any) -> PathPosterior:  # noqa: ANN401 - BoTorch's signature
        """Paths at rows."""
        return PathPosterior(self.paths, X.squeeze(-1).round().long())


def as_inputs(rows: Tensor) -> Tensor:
    """Row numbers as inputs of a `PathModel`, `... x 1`."""
    return rows.double().unsqueeze(-1)
