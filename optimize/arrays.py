"""What NumPy arrays and torch tensors spell differently; torch is imported only where there are tensors."""

from collections.abc import Sequence
from typing import Any

import numpy as np


def larger(one: Any, other: Any) -> Any:  # noqa: ANN401 - float, NumPy array or torch tensor alike
    """The larger of two, element by element; both of one kind and shape."""
    return np.maximum(one, other) if isinstance(one, np.ndarray | np.number | float | int) else one.maximum(other)


def stacked(columns: Sequence[Any]) -> Any:  # noqa: ANN401 - NumPy arrays or torch tensors alike
    """`m` arrays of shape `...` as one of shape `... x m`."""
    if isinstance(columns[0], np.ndarray | np.number):
        return np.stack(columns, axis=-1)
    import torch

    return torch.stack(list(columns), dim=-1)
