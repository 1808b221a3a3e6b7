"""How strongly groups of descriptors act together: what one is worth depends on another.

The Shapley interaction index (Grabisch & Roubens 1999, doi:10.1007/s001820050125) is chosen over Friedman's H
statistic (doi:10.1214/07-AOAS148): it is a sum over the same coalition values as the attributions, so it costs
nothing more and shares their intervals; it has the outcome's unit and a sign; and H, a ratio, is large and
meaningless where neither group does anything.
"""

from itertools import combinations
from math import factorial

import numpy as np

from ionlink.models.attribution import coalitions
from ionlink.models.weighted_sums import Matrix


def pairs(players: int) -> list[tuple[int, int]]:
    """All pairs of players."""
    return list(combinations(range(players), 2))


def interaction_matrix(players: int) -> Matrix:
    """Interaction indices from the values of all coalitions, one row for each of `pairs`, `pairs x 2^players`.

    Positive where two groups together move the prediction up more than each alone; 0 for all pairs of an additive
    model.
    """
    matrix = np.zeros((len(pairs(players)), 2**players))
    for row, (one, other) in enumerate(pairs(players)):
        for number, coalition in enumerate(coalitions(players)):
            size = int(coalition.sum()) - int(coalition[one]) - int(coalition[other])
            weight = factorial(size) * factorial(players - size - 2) / factorial(players - 1)
            matrix[row, number] = weight if coalition[one] == coalition[other] else -weight
    return matrix
