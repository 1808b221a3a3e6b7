"""What independent replicates of one outcome say together."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def mean_and_error(values: Sequence[float] | NDArray[np.float64]) -> tuple[float, float | None]:
    """Mean of replicates and its between-replicate standard error; `None` for one alone, which tells no scatter.

    >>> mean_and_error([1.0, 3.0]), mean_and_error([2.0])
    ((2.0, 1.0), (2.0, None))

    """
    count = len(values)
    error = float(np.std(values, ddof=1) / np.sqrt(count)) if count > 1 else None
    return float(np.mean(values)), error
