"""Drawing from a design space: combinations by chance, and points of the unit cube."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ionlink.optimize.combination import Combination
    from ionlink.optimize.space import DesignSpace

PERMUTED = 200_000
"""Up to so many combinations are gone through in a random order to the last; of more, some are picked by chance."""

PICKS_PER_DRAW = 50
FEWEST_PICKS = 20_000
"""So many picks (per combination that is wanted, and in all) that were mostly excluded mean that few are allowed."""


def draw(space: "DesignSpace", n: int, generator: np.random.Generator) -> "list[Combination]":
    """See `DesignSpace.draw`; memory does not grow with the size of the space."""
    found: dict[Combination, None] = {}
    if n < 1:
        return []
    for index in _order(len(space.combinations), n, generator):
        combination = space.combinations[index]
        if combination not in found and space.combination_fault(combination) is None:
            found[combination] = None
            if len(found) == n:
                break
    return list(found)


def _order(size: int, n: int, generator: np.random.Generator) -> Iterator[int]:
    if size <= PERMUTED:
        yield from generator.permutation(size).tolist()
        return
    picks = max(FEWEST_PICKS, PICKS_PER_DRAW * n)
    for start in range(0, picks, FEWEST_PICKS):
        yield from generator.integers(size, size=min(FEWEST_PICKS, picks - start)).tolist()


def even_points(dimension: int, count: int, seed: int) -> NDArray[np.float64]:
    """The first `count` points of a scrambled Sobol sequence, `count x dimension`; without a dimension an empty one."""
    from scipy.stats.qmc import Sobol

    if dimension == 0:
        return np.empty((1, 0))
    # Drawn as a power of two, which the sequence insists on.
    points = Sobol(dimension, scramble=True, rng=np.random.default_rng(seed)).random_base2(math.ceil(math.log2(count)))
    return np.asarray(points[:count], dtype=np.float64)
