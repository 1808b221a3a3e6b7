"""Spacier's way: scikit-learn's Gaussian process on descriptors, expected hypervolume improvement on a pool.

After the published description of Spacier (on RadonPy's polymers, doi:10.1038/s41524-025-01683-z): a process with an
isotropic RBF kernel and white noise per property, the `n` members of largest improvement. It is written here anew, for
pools of Spacier's size; where the ratio is continuous the pool is a grid of 12 ratios per pair.
"""

import warnings

import numpy as np
import sklearn
import torch
from botorch.utils.multi_objective.box_decompositions import NondominatedPartitioning
from optimize_protocol import Point, Row, Space, point_of, serve
from scipy.stats import norm
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.preprocessing import StandardScaler

RATIOS = 12


class Spacier:
    """One process per objective; what failed or broke a limit has the worst value seen."""

    def __init__(self, space: Space, seed: int) -> None:
        self.space, self.seed, self.rows = space, seed, list[Row]()
        self.grid = space.grid(RATIOS)
        self.scaler = StandardScaler().fit(space.encoded(self.grid))

    def tell(self, rows: list[Row]) -> None:
        """Of the level that counts."""
        self.rows += [row for row in rows if row["level"] == self.space.levels[-1]["name"]]

    def ask(self, n: int) -> list[Point]:
        """The `n` best members that were not evaluated."""
        seen = {point_of(row) for row in self.rows}
        free = [p for p in self.grid if p not in seen]
        inputs = self.scaler.transform(self.space.encoded(map(point_of, self.rows)))
        told = self.space.with_worst(self.rows, broken_is_worst=True)
        values = np.array([self.space.desirability(row) for row in told])
        candidates = self.scaler.transform(self.space.encoded(free))
        predicted = [self._predicted(inputs, column, candidates) for column in values.T]
        mean, deviation = (np.column_stack(part) for part in zip(*predicted, strict=True))
        gain = improvement(mean, deviation, values, np.array(self.space.references()))
        return [free[int(k)] for k in np.argsort(-gain, kind="stable")[:n]]

    def _predicted(self, inputs: np.ndarray, values: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        kernel = ConstantKernel(1.0) * RBF(inputs.shape[1] ** 0.5, (1e-1, 1e3)) + WhiteKernel(0.1, (1e-5, 1e1))
        process = GaussianProcessRegressor(
            kernel, normalize_y=True, n_restarts_optimizer=3, random_state=self.seed, alpha=1e-8
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # a parameter at its bound
            return process.fit(inputs, values).predict(at, return_std=True)


def improvement(mean: np.ndarray, deviation: np.ndarray, seen: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Expected hypervolume improvement of `n` independent Gaussians, in closed form over the boxes not dominated.

    In a box with lower corner l and upper corner u the volume that y adds is the product of (min(y, u) - l)+, and of
    independent outcomes the mean of a product is the product of means.
    """
    boxes = NondominatedPartitioning(torch.tensor(reference), torch.tensor(seen)).get_hypercell_bounds().numpy()
    total = np.zeros(len(mean))
    for lower, upper in zip(*boxes, strict=True):
        total += np.prod(beyond(mean, deviation, lower) - beyond(mean, deviation, upper), axis=1)
    return total


def beyond(mean: np.ndarray, deviation: np.ndarray, edge: np.ndarray) -> np.ndarray:
    """Expectation of (y - edge)+."""
    finite = np.where(np.isfinite(edge), edge, 0)
    z = (mean - finite) / deviation
    return np.where(np.isfinite(edge), (mean - finite) * norm.cdf(z) + deviation * norm.pdf(z), 0)


if __name__ == "__main__":
    serve(Spacier, **{"scikit-learn": sklearn.__version__})
