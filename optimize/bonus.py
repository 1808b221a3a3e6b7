"""What is added to the logarithm of an acquisition: what else speaks for a formulation, or against it."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ionlink.data.formulation import Formulation
from ionlink.optimize.costs import ExpectedCost

NEVER = -1e6
"""Logarithm of the chance of what cannot be observed at all."""

Bonus = Callable[[Sequence[Formulation]], Tensor]
"""A number for each of `n` formulations, `n`."""


def bonus_of(chance: Bonus | None, cost: ExpectedCost | None) -> Bonus | None:
    """Logarithms of the chance of success, where something failed, and minus that of the cost, where it differs."""
    if chance is None and cost is None:
        return None

    def bonus(formulations: Sequence[Formulation]) -> Tensor:
        added = torch.zeros(len(formulations), dtype=torch.float64)
        if chance is not None:
            added = added + chance(formulations)
        if cost is not None:
            added = added - torch.tensor([cost(f) for f in formulations], dtype=torch.float64).log()
        return added.clamp_min(NEVER)

    return bonus
