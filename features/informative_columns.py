"""Columns that say something of their own: constant and correlated ones are dropped, with a report."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

Matrix = NDArray[np.float64]

CORRELATED = 0.99
"""Absolute correlation from which two columns say the same."""

ROUNDING = 1e-12
"""Values that differ by less than this share of the largest are one: sums over atoms depend on their order."""


def dropped_columns(names: Sequence[str], matrix: Matrix, correlated: float = CORRELATED) -> dict[str, str]:
    """Columns of an `n x d` matrix (NaN where unknown) that add nothing, with the reason.

    Of two columns that are correlated, the later one goes. A correlation is taken over rows where both are known, and
    columns that are not known in the same rows are never taken for the same.
    """
    reasons: dict[str, str] = {}
    kept: list[int] = []
    known = np.isfinite(matrix)
    for j, name in enumerate(names):
        values = matrix[known[:, j], j]
        if not values.size:
            reasons[name] = "unknown throughout"
        elif np.ptp(values) <= ROUNDING * np.abs(values).max():
            reasons[name] = f"constant ({values[0]:g})"
        else:
            twin = next((k for k in kept if _correlation(matrix, known, j, k) >= correlated), None)
            if twin is None:
                kept.append(j)
            else:
                reasons[name] = f"goes with {names[twin]} (|r| = {_correlation(matrix, known, j, twin):.3f})"
    return reasons


def _correlation(matrix: Matrix, known: NDArray[np.bool_], j: int, k: int) -> float:
    if (known[:, j] != known[:, k]).any():
        return 0.0
    a, b = matrix[known[:, j], j], matrix[known[:, k], k]
    a, b = a - a.mean(), b - b.mean()
    return float(abs(a @ b) / np.sqrt((a @ a) * (b @ b)))


class InformativeColumns(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Keeps the columns of an `n x d` matrix that are neither constant nor correlated with an earlier one.

    NaN passes through. After `fit`, `dropped_` names what was dropped and why.
    """

    def __init__(self, correlated: float = CORRELATED) -> None:
        self.correlated = correlated

    def fit(self, X: object, y: object = None) -> "InformativeColumns":  # noqa: ARG002
        """Decide which columns to keep, from these rows only."""
        matrix = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan")
        names = [str(name) for name in getattr(self, "feature_names_in_", range(matrix.shape[1]))]
        self.dropped_: Mapping[str, str] = dropped_columns(names, matrix, self.correlated)
        self.kept_ = np.array([name not in self.dropped_ for name in names])
        self._names = np.array(names, dtype=object)
        return self

    def transform(self, X: object) -> Matrix:
        """The columns that were kept, an `n x len(kept)` matrix."""
        check_is_fitted(self)
        matrix = validate_data(self, X, reset=False, dtype=np.float64, ensure_all_finite="allow-nan")
        return np.asarray(matrix[:, self.kept_], dtype=np.float64)

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:  # noqa: ARG002
        """Names of the columns that were kept."""
        check_is_fitted(self)
        return np.asarray(self._names[self.kept_], dtype=object)

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401 - scikit-learn has no types
        """Takes NaN."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
