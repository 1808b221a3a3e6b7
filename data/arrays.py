"""What NumPy arrays and torch tensors spell differently; torch is imported only where there are tensors."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ionlink.data.outcome_scale import LINEAR, OutcomeScale


def larger(one: Any, other: Any) -> Any:  # noqa: ANN401 - float, NumPy array or torch tensor alike
    """The larger of two, element by element; both of one kind and shape."""
    return np.maximum(one, other) if isinstance(one, np.ndarray | np.number | float | int) else one.maximum(other)


def stacked(columns: Sequence[Any]) -> Any:  # noqa: ANN401 - NumPy arrays or torch tensors alike
    """`m` arrays of shape `...` as one of shape `... x m`."""
    if isinstance(columns[0], np.ndarray | np.number):
        return np.stack(columns, axis=-1)
    import torch

    return torch.stack(list(columns), dim=-1)


def in_units(values: Any, scales: Sequence[OutcomeScale]) -> Any:  # noqa: ANN401 - NumPy array or torch tensor alike
    """Values on the scales of `m` outcomes, `... x m`, in their units; the same object where all scales are units."""
    if all(scale is LINEAR for scale in scales):
        return values
    return stacked([scale.in_unit(values[..., j]) for j, scale in enumerate(scales)])


def deviations_in_units(means: Any, deviations: Any, scales: Sequence[OutcomeScale]) -> Any:  # noqa: ANN401 - as above
    """Standard deviations beside means on the scales, each `... x m`, as `OutcomeScale.deviation` has them."""
    if all(scale is LINEAR for scale in scales):
        return deviations
    return stacked([scale.deviation(means[..., j], deviations[..., j]) for j, scale in enumerate(scales)])
