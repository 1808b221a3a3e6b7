"""Proposals without a model: spread evenly over the design space."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy.stats.qmc import Sobol

from ionlink.data.formulation import Formulation
from ionlink.optimize.combination import Combination
from ionlink.optimize.errors import SpaceExhausted
from ionlink.optimize.space import DesignSpace, Pair, same_formulation

DRAWS_PER_PROPOSAL = 200
"""So many ratios that were all proposed before mean that a pair is exhausted."""


def spread(
    space: DesignSpace, pairs: Sequence[Pair], n: int, *, taken: Sequence[Formulation], seed: int
) -> list[Formulation]:
    """`n` new formulations, balanced over cations, ligands and pairs; log ratios from a scrambled Sobol sequence.

    `taken` are formulations that must not come again; they count for the balance, and as many points of the
    sequence are passed over, so that several rounds with one seed make one sequence. Raises `SpaceExhausted`.
    """
    ratios = Sobol(1, scramble=True, rng=np.random.default_rng(seed))
    if taken:  # SciPy cannot pass over none
        ratios.fast_forward(len(taken))
    generator = np.random.default_rng([seed, len(taken)])
    chosen: list[Formulation] = []
    for _ in range(n):
        pair = _least_used(pairs, [*taken, *chosen], generator)
        chosen.append(_new_on(space, pair, ratios, [*taken, *chosen]))
    return chosen


def _least_used(pairs: Sequence[Pair], used: Sequence[Formulation], generator: np.random.Generator) -> Pair:
    on_pair = Counter((f.cation, f.ligand) for f in used)
    cations, ligands = Counter(f.cation for f in used), Counter(f.ligand for f in used)
    n_cations, n_ligands = len({c for c, _ in pairs}), len({p for _, p in pairs})
    if not pairs:
        raise SpaceExhausted("every cation-ligand pair of the space is excluded")
    # A count times the number of members is a share relative to an even spread.
    shuffled = [pairs[int(i)] for i in generator.permutation(len(pairs))]
    return min(shuffled, key=lambda p: (on_pair[p], cations[p[0]] * n_cations + ligands[p[1]] * n_ligands))


def _new_on(space: DesignSpace, pair: Pair, ratios: Sobol, taken: Sequence[Formulation]) -> Formulation:
    for _ in range(DRAWS_PER_PROPOSAL):
        formulation = space.formulation(Combination(*pair), ratios.random(1)[0].tolist())
        if not any(same_formulation(formulation, other) for other in taken):
            return formulation
    raise SpaceExhausted(f"{pair[0]} on {pair[1]}: every ratio was proposed before")
