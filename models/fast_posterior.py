"""The posterior of a fitted process at many inputs: one factorisation, then matrix products."""

from collections.abc import Iterator
from dataclasses import dataclass

import gpytorch
import torch
from botorch.models import SingleTaskGP
from botorch.models.transforms import Standardize
from linear_operator.utils.cholesky import psd_safe_cholesky

from ionlink.data.errors import InputError
from ionlink.models.row_noise import middle
from ionlink.models.threads import one_thread

CHUNK_BYTES = 2 * 2**20
"""Memory of the covariance between a chunk of inputs and the training rows; some four of its size exist at a time.

Measured from 0.5 to 64 MiB: 2 MiB is fastest, 16 MiB takes two to three times as long.
"""


@dataclass(frozen=True, eq=False)
class FastPosterior:
    """The noise-free outcome at many inputs: each by itself (`marginals`), or with all covariances (`joint`).

    Use it for tables, grids and shortlists. Not where a gradient is wanted: that is `gp.posterior`. It holds what the
    process had learned when it was made; later training does not reach it.
    """

    gp: SingleTaskGP
    """In evaluation mode; its kernel and mean function are used, its predictions are not."""

    training_inputs: torch.Tensor
    """`n x d`, as the kernel sees them."""

    whitening: torch.Tensor
    """Transposed inverse of the Cholesky factor of the noisy training covariance, `n x n`."""

    weights: torch.Tensor
    """That covariance's inverse times the centred training outcomes, `n`."""

    offset: float
    """Mean of the training outcomes, in the outcome's unit."""

    scale: float
    """What 1 is to the process, in the outcome's unit."""

    noise_variance: float
    """Noise of a typical observation, in the outcome's unit squared: the median over the training rows."""

    replicate_variance: float
    """Noise of one replicate, in the same: of `r` independent ones, the mean has this over `r`.

    The median over the training rows of the noise times the replicates that a row is the mean of.
    """

    @classmethod
    def of(cls, gp: SingleTaskGP, replicates: torch.Tensor | None = None) -> "FastPosterior":
        """Factorise the training covariance of a process of one outcome.

        `replicates` says how many each of the `n` training rows is the mean of; without it, each is one measurement.

        Raises `InputError` for a process with several outcomes or another outcome transform than Standardize.
        """
        if gp.num_outputs != 1 or gp.training:
            raise InputError("a fast posterior is of one outcome's fitted process, in evaluation mode")
        offset, scale = _standardisation(gp)
        inputs, targets = gp.train_inputs[0], gp.train_targets
        with torch.no_grad(), one_thread():
            prior = gp.forward(inputs)
            covariance = prior.covariance_matrix
            noisy = gp.likelihood(prior, [inputs]).covariance_matrix
            root = psd_safe_cholesky(noisy)
            identity = torch.eye(len(inputs), dtype=inputs.dtype)
            whitening = torch.linalg.solve_triangular(root, identity, upper=False).T.contiguous()
            weights = torch.cholesky_solve((targets - prior.mean).unsqueeze(-1), root).squeeze(-1)
            noise = (noisy - covariance).diagonal() * scale**2
            single = noise if replicates is None else noise * replicates
        return cls(gp, inputs, whitening, weights, offset, scale, middle(noise), middle(single))

    @property
    def rows_at_once(self) -> int:
        """How many inputs make a chunk."""
        return max(1, CHUNK_BYTES // (self.training_inputs.element_size() * len(self.training_inputs)))

    def marginals(self, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and variance of the noise-free outcome, each `m`, in its unit, for `m x d` inputs.

        On one thread: on two cores that others used as well, two took thirty times as long.
        """
        mean, variance = (torch.empty(len(inputs), dtype=torch.float64) for _ in range(2))
        with torch.no_grad(), one_thread():
            for start, chunk in _chunks(inputs, self.rows_at_once):
                stop = start + len(chunk)
                mean[start:stop], variance[start:stop] = self._standardised(chunk)
        return mean * self.scale + self.offset, variance * self.scale**2

    def joint(self, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean `m` and covariance `m x m` of the noise-free outcome, in its unit, for `m x d` inputs.

        Its diagonal is the variance of `marginals`. Memory grows with the square of `m`: some 60 MB for a thousand.
        """
        with torch.no_grad(), one_thread():
            seen = self.gp.transform_inputs(inputs)
            across = self.gp.covar_module(seen, self.training_inputs).to_dense()
            mean = self.gp.mean_module(seen) + across @ self.weights
            explained = across @ self.whitening
            covariance = self.gp.covar_module(seen).to_dense() - explained @ explained.T
            covariance = 0.5 * (covariance + covariance.T)
            covariance.diagonal().clamp_(min=_least_variance())
        return mean * self.scale + self.offset, covariance * self.scale**2

    def likeness(self, inputs: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
        """Correlation of the outcome between `m x d` inputs and `n x d` others before anything is known, `m x n`."""
        with torch.no_grad(), one_thread():
            seen, beside = self.gp.transform_inputs(inputs), self.gp.transform_inputs(others)
            spread, other_spread = (self.gp.covar_module(rows, diag=True).sqrt() for rows in (seen, beside))
            covariance = self.gp.covar_module(seen, beside).to_dense()
            correlation: torch.Tensor = covariance / (spread.unsqueeze(-1) * other_spread)
        return correlation

    def _standardised(self, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and variance in units of the process, each `m`; GPyTorch's own least variance stands for less."""
        seen = self.gp.transform_inputs(inputs)
        covariance = self.gp.covar_module(seen, self.training_inputs).to_dense()
        mean = self.gp.mean_module(seen) + covariance @ self.weights
        prior = self.gp.covar_module(seen, diag=True)
        explained = (covariance @ self.whitening).square().sum(-1)
        return mean, (prior - explained).clamp_min(_least_variance())


def _least_variance() -> float:
    least: float = gpytorch.settings.min_variance.value(torch.float64)
    return least


def _standardisation(gp: SingleTaskGP) -> tuple[float, float]:
    """Offset and scale of the outcome, in its unit."""
    transform = getattr(gp, "outcome_transform", None)
    if transform is None:
        return 0.0, 1.0
    if type(transform) is not Standardize:
        raise InputError(f"a fast posterior cannot undo {type(transform).__name__}, only Standardize")
    return transform.means.item(), transform.stdvs.item()


def _chunks(inputs: torch.Tensor, rows: int) -> Iterator[tuple[int, torch.Tensor]]:
    for start in range(0, len(inputs), rows):
        yield start, inputs[start : start + rows]
