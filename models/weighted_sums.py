"""Weighted sums of what a model says of many inputs, jointly and with their uncertainty.

Shapley values, interaction indices and accumulated local effects are all weighted sums of model values. So this is the
one place that asks a model, and everything else is arithmetic on rows and weights.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from ionlink.data.errors import InputError
from ionlink.models.threads import one_thread

Matrix = NDArray[np.float64]

BLOCK_ROWS = 750
"""Two blocks at a time are asked of a model: bounds memory to the covariance of 1500 rows."""


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


def weighted_sums(processes: Processes, asked: WeightedRows, *, draws: int, seed: int) -> Sums:
    """Mean of the first process, and joint draws from the posteriors of all, of weighted sums of their values.

    Nothing is approximated but by the number of draws: sums of jointly Gaussian values are Gaussian, so their `q x q`
    covariance is put together block by block, and draws are made of the sums alone. Draws are shared out by weight.
    """
    random = np.random.default_rng(seed)
    moments = [_moments(process, asked) for process, _ in processes]
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


def _moments(process: Any, asked: WeightedRows) -> tuple[Matrix, Matrix, Matrix]:  # noqa: ANN401 - BoTorch has no types
    """Mean `q` and covariance `q x q` of the sums, standard deviation of the `u` values."""
    count, total = asked.weights.shape[0], len(asked.rows)
    mean, covariance, deviation = np.zeros(count), np.zeros((count, count)), np.zeros(total)
    blocks = [np.arange(start, min(start + BLOCK_ROWS, total)) for start in range(0, total, BLOCK_ROWS)]
    for number, block in enumerate(blocks):
        weights = asked.weights[:, block]
        values, joint = _posterior(process, asked.rows[block])
        mean += weights @ values
        covariance += weights @ joint @ weights.T
        deviation[block] = np.sqrt(np.clip(np.diagonal(joint), 0.0, None))
        for other in blocks[number + 1 :]:
            _, joint = _posterior(process, asked.rows[np.r_[block, other]])
            cross = weights @ joint[: len(block), len(block) :] @ asked.weights[:, other].T
            covariance += cross + cross.T
    return mean, covariance, deviation


def _posterior(process: Any, rows: Matrix) -> tuple[Matrix, Matrix]:  # noqa: ANN401
    """Joint mean `n` and covariance `n x n` of the noise-free outcome at `n` rows."""
    with torch.no_grad(), one_thread():
        distribution = process.posterior(torch.as_tensor(rows)).distribution
        return distribution.mean.flatten().numpy(), distribution.covariance_matrix.numpy()
