"""Weighted sums of what a model says of many inputs, jointly and with their uncertainty.

Shapley values, interaction indices and accumulated local effects are all weighted sums of model values. So this is the
one place that asks a model, and everything else is arithmetic on rows and weights.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ionlink.data.errors import InputError
from ionlink.models.fast_posterior import FastPosterior
from ionlink.models.threads import one_thread

Matrix = NDArray[np.float64]

BLOCK_ROWS = 750
"""Covariances are made of so many rows with so many others at a time: it bounds memory."""


@dataclass(frozen=True, eq=False)
class WeightedRows:
    """`q` sums over model values at `u` different inputs."""

    rows: Matrix
    """Model inputs, `u x d`, each once."""

    weights: Matrix
    """`q x u`."""

    def of(self, values: Matrix) -> Matrix:
        """The `q` sums for values at the rows, `u`."""
        return self.weights @ values


@dataclass(frozen=True, eq=False)
class Sums:
    """What a model says of `q` sums, in the outcome's unit."""

    mean: Matrix
    """Of the model's mean, `q`."""

    draws: Matrix
    """Joint draws from its posterior and that of its rivals, `draws x q`."""

    deviation: Matrix
    """Posterior standard deviation of the model at each of the `u` rows."""


Processes: TypeAlias = "tuple[tuple[Any, float], ...]"
"""Processes that explain the same data, with weights that add up to 1; the first is the surrogate's own."""


def process_of(model: object) -> Any:  # noqa: ANN401 - BoTorch has no types
    """The process of a surrogate's model of one outcome (`surrogate.models[outcome]`).

    Raises:
        InputError: it has none, so no joint posterior over inputs.

    """
    process = getattr(model, "gp", None)
    if not hasattr(process, "posterior"):
        raise InputError(
            "explain: this surrogate has no joint posterior over its inputs, so no intervals of an explanation; "
            "fit one with model 'gaussian-process'"
        )
    return process


def weighted_sums(
    processes: Processes, asked: WeightedRows, *, draws: int, seed: int, without: Sequence[str] = ()
) -> Sums:
    """Mean of the first process, and joint draws from the posteriors of all, of weighted sums of their values.

    Nothing is approximated but by the number of draws: sums of jointly Gaussian values are Gaussian, so their `q x q`
    covariance is put together block by block, and draws are made of the sums alone. Draws are shared out by weight.

    With `without`, terms of `PairKernel`, the sums are of what the other terms contribute, given all that was observed
    (the posterior of a part of a sum: Duvenaud, Nickisch & Rasmussen 2011, arXiv:1112.4394).
    """
    random = np.random.default_rng(seed)
    moments = [_moments(process, asked, without) for process, _ in processes]
    shares = np.diff(np.round(np.cumsum([0.0, *(weight for _, weight in processes)]) * draws)).astype(int)
    drawn = [
        mean + random.standard_normal((count, len(mean))) @ _root(covariance).T
        for (mean, covariance, _), count in zip(moments, shares.tolist(), strict=True)
    ]
    return Sums(moments[0][0], np.vstack(drawn), moments[0][2])


def _root(covariance: Matrix) -> Matrix:
    """A root of a positive semidefinite matrix; rounding leaves eigenvalues of about -1e-16."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.clip(values, 0.0, None)))


def _moments(process: Any, asked: WeightedRows, without: Sequence[str]) -> tuple[Matrix, Matrix, Matrix]:  # noqa: ANN401
    """Mean `q` and covariance `q x q` of the sums, standard deviation of the `u` values."""
    posterior = FastPosterior.of(process)
    kernel = process.covar_module.without(*without) if without else process.covar_module
    rows, weights = torch.as_tensor(asked.rows), csr_array(asked.weights)
    blocks = [slice(start, start + BLOCK_ROWS) for start in range(0, len(rows), BLOCK_ROWS)]
    mean, deviation = np.zeros(len(asked.weights)), np.zeros(len(rows))
    informed, prior = np.zeros((len(asked.weights), len(posterior.weights))), np.zeros((len(asked.weights),) * 2)
    with torch.no_grad(), one_thread():
        for number, block in enumerate(blocks):
            own = weights[:, block]
            with_data = kernel(rows[block], posterior.training_inputs).to_dense()
            mean += own @ (process.mean_module(rows[block]) + with_data @ posterior.weights).numpy()
            informed += own @ with_data.numpy()
            explained = (with_data @ posterior.whitening).square().sum(-1)
            deviation[block] = (kernel(rows[block], diag=True) - explained).clamp_min(0.0).sqrt().numpy()
            for other in blocks[number:]:
                # Half of what a block has with itself: the other half comes with the transpose.
                among = kernel(rows[block], rows[other]).to_dense().numpy() * (0.5 if other == block else 1.0)
                prior += (weights[:, other] @ (own @ among).T).T
    known = informed @ posterior.whitening.numpy()
    covariance = prior + prior.T - known @ known.T
    scale = posterior.scale
    return mean * scale + posterior.offset * asked.weights.sum(axis=1), covariance * scale**2, deviation * scale
