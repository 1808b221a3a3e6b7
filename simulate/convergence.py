"""Whether a watched quantity has stopped drifting: two successive windows of it are compared."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

NEGLIGIBLE_SHARE = 0.25
"""Differences below this share of the tolerance never count, however significant: frozen networks hardly scatter."""


@dataclass(frozen=True)
class Comparison:
    """How far apart the means of two windows are, and what of that counts."""

    difference: float
    """Mean of the later window minus that of the earlier one."""
    tolerance: float
    """Largest absolute difference that is small enough to be of no consequence."""
    noise: float
    """Twice the combined standard error of the two means."""

    @property
    def small(self) -> bool:
        """Whether the difference is within the tolerance."""
        return abs(self.difference) <= self.tolerance

    @property
    def significant(self) -> bool:
        """Whether the difference is more than noise, and more than a quarter of the tolerance."""
        return abs(self.difference) > max(self.noise, NEGLIGIBLE_SHARE * self.tolerance)

    @property
    def settled(self) -> bool:
        """Small, and not significant."""
        return self.small and not self.significant


def compare(earlier: ArrayLike, later: ArrayLike, tolerance: float) -> Comparison:
    """Compare two successive windows of samples of one quantity, equally spaced in time.

    Neither test alone is enough: a noisy quantity that drifts shows no significant difference, and a quiet one drifts
    within any tolerance. For a tolerance of three standard errors of a window: of stationary series whose window is
    twenty autocorrelation times long or more, nine in ten pass (where it is ten, eight in ten: the test errs towards
    another stage); of series that drift by twice the tolerance from window to window, three in a hundred at most.
    """
    first, second = np.asarray(earlier, dtype=np.float64), np.asarray(later, dtype=np.float64)
    return Comparison(
        difference=float(second.mean() - first.mean()),
        tolerance=tolerance,
        noise=2.0 * float(np.hypot(standard_error(first), standard_error(second))),
    )


def standard_error(samples: ArrayLike) -> float:
    """Standard error of the mean of autocorrelated samples.

    The autocovariances are summed in pairs until a pair is no longer positive: the initial positive sequence of
    Geyer, Statistical Science 7 (1992) 473-483.
    """
    deviations = np.asarray(samples, dtype=np.float64)
    deviations = deviations - deviations.mean()
    count = len(deviations)
    covariances = np.correlate(deviations, deviations, mode="full")[count - 1 :] / count
    pairs = covariances[: count - count % 2].reshape(-1, 2).sum(axis=1)
    positive = pairs[: _first_not_positive(pairs)]
    variance = max(2.0 * positive.sum() - covariances[0], covariances[0] / count)
    return float(np.sqrt(variance / count))


def _first_not_positive(pairs: NDArray[np.float64]) -> int:
    (found,) = np.nonzero(pairs <= 0)
    return int(found[0]) if len(found) else len(pairs)
