"""Proposals without a model: spread over what cations, ligands and variables are like, not over their names.

Of a sample of the space, the formulation comes next that lowers the most the mean squared distance of the sample to
its nearest proposed or observed one, in each part (cation, ligand, each variable) by itself and in all together: a
chemist wants each to be covered, and their combinations. This is the k-medoids objective, greedily, so that each step
gains within 1 − 1/e of the best for as many proposals (G. L. Nemhauser, L. A. Wolsey and M. L. Fisher,
doi:10.1007/BF01588971; a sum of such objectives is one). What is typical comes first, and outliers come late, unlike
where the smallest distance is to be large. Distances are those of scaled descriptors (`InputScaling`) and of the unit
cube, each part in units of its own mean.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ionlink.data.formulation import Formulation
from ionlink.models.inputs import CATION_COLUMNS, LIGAND_COLUMNS, InputScaling
from ionlink.optimize.combination import Combination
from ionlink.optimize.errors import SpaceExhausted
from ionlink.optimize.sameness import is_among
from ionlink.optimize.space import DesignSpace
from ionlink.optimize.start import Start, prominence

SAMPLE = 1024
"""Formulations of the space that are looked at, a power of two: bounds time and memory whatever the space."""

HUNCH_LIGANDS = 8
"""Ligands of a large space on which each cation of a hunch is looked at beside the sample."""

SAMPLES = 5
"""So many samples without a formulation that is new mean that there is none."""

Matrix = NDArray[np.float64]


def spread(
    space: DesignSpace, n: int, *, taken: Sequence[Formulation], seed: int, start: Start | None = None
) -> list[Formulation]:
    """`n` new formulations that lie far from each other and from those that are `taken`, first those of the `start`.

    Sequential: what was taken counts, so that several rounds with one seed make one sequence. The same arguments give
    the same formulations. Raises `SpaceExhausted`.
    """
    hunch = start or Start()
    chosen: list[Formulation] = []
    for formulation in hunch.formulations:
        if len(chosen) < n and not space.fault(formulation) and not is_among(formulation, [*taken, *chosen]):
            chosen.append(formulation)
    for number in range(SAMPLES):
        if len(chosen) == n:
            break
        sample = _sample(space, np.random.default_rng([seed, number]), hunch.cations)
        chosen += _filling(space, sample, n - len(chosen), [*taken, *chosen], hunch.cations)
    if len(chosen) < n:
        raise SpaceExhausted.after(len(chosen), n)
    return chosen


def _sample(space: DesignSpace, generator: np.random.Generator, cations: Sequence[str]) -> list[Formulation]:
    """At most `SAMPLE` formulations that may be proposed; each combination at points of a scrambled Sobol sequence.

    Where these are not all combinations of the space, some are of `cations`.
    """
    from scipy.stats.qmc import Sobol

    combinations = space.draw(SAMPLE, generator)
    if len(combinations) == SAMPLE and space.pool is None:
        hunches = (c for name in cations for c in _prominent(space, name, generator))
        combinations = list(dict.fromkeys([*hunches, *combinations]))[:SAMPLE]
    if not combinations:
        raise SpaceExhausted("every combination of the space is excluded")
    if space.pool is not None:
        members = [f for c in combinations for f in space.ends(c)]
        found = [members[int(i)] for i in generator.permutation(len(members))]
        return [f for f in found if space.fault(f) is None][:SAMPLE]
    dimension = max(len(space.variables), 1)
    each = 2 ** int(np.log2(SAMPLE // len(combinations)))  # aligned blocks of so many points are even by themselves
    points = Sobol(dimension, scramble=True, rng=generator).random(SAMPLE)[:, : len(space.variables)]
    rows = zip(combinations, points.reshape(-1, each, len(space.variables)).tolist(), strict=False)
    found = list(dict.fromkeys(f for combination, units in rows for f in space.allowed(combination, units)))
    return [f for f in found if space.fault(f) is None]


def _prominent(space: DesignSpace, cation: str, generator: np.random.Generator) -> list[Combination]:
    """Some combinations that may be proposed and have a cation as prominently as any has it."""
    choices, ligands = [Combination(first, "", second) for first, second in space.cation_choices], len(space.ligands)
    place = max(range(len(choices)), key=lambda i: prominence(cation, choices[i]))
    found = [space.combinations[place * ligands + int(i)] for i in generator.integers(ligands, size=HUNCH_LIGANDS)]
    return [c for c in found if space.combination_fault(c) is None]


def _filling(
    space: DesignSpace, sample: Sequence[Formulation], n: int, taken: Sequence[Formulation], cations: Sequence[str]
) -> list[Formulation]:
    """Up to `n` of the sample, the one that covers most of it first; of `cations` that were not yet tried one each.

    A cation was tried where it came as prominently as it can, and so it is chosen.
    """
    distances, nearest = _squared_distances(space, sample, taken)
    chosen: list[Formulation] = []
    best_of = {name: max((prominence(name, f) for f in sample), default=0) for name in cations}
    awaited = [name for name, best in best_of.items() if best and all(prominence(name, f) < best for f in taken)]
    spent = np.zeros(len(sample), dtype=np.bool_)
    while len(chosen) < n:
        gain = sum(np.maximum(near - part, 0.0).sum(axis=1) for near, part in zip(nearest, distances, strict=True))
        order = [int(i) for i in np.argsort(-gain, kind="stable") if not spent[i]]
        ours = [i for i in order if awaited and prominence(awaited[0], sample[i]) == best_of[awaited[0]]]
        best = next((i for i in ours or order if not is_among(sample[i], [*taken, *chosen])), None)
        if best is None:
            break
        chosen.append(sample[best])
        awaited = awaited[1:]
        spent[best] = True
        nearest = [np.minimum(near, part[best]) for near, part in zip(nearest, distances, strict=True)]
    return chosen


def _squared_distances(
    space: DesignSpace, sample: Sequence[Formulation], taken: Sequence[Formulation]
) -> tuple[list[Matrix], list[Matrix]]:
    """Among the `s` formulations of the sample, `s x s`, and from each to the nearest that is taken, `s`.

    Each a list: of each part that differs in the sample, and of all together. The mean among the sample is 1; where
    nothing is taken, all is as far away as anything in the sample.
    """
    scaling = InputScaling.of([*sample, *taken])
    every = [*sample, *taken]
    rows, units = scaling.transform(every), _units(space, every)
    parts = [rows[:, scaling.block(block)] for block in (CATION_COLUMNS, LIGAND_COLUMNS)]
    parts += [units[:, [j]] for j in range(len(space.variables))]
    towards = [
        part for part in (_scaled(_squared(part[: len(sample)], part), len(sample)) for part in parts) if part.any()
    ]
    towards.append(sum(towards, np.zeros((len(sample), len(every)))) / max(len(towards), 1))
    among = [part[:, : len(sample)] for part in towards]
    others = [part[:, len(sample) :] for part in towards]
    far = [max(float(part.max()), 1.0) for part in among]
    return among, [np.minimum(f, other.min(axis=1, initial=np.inf)) for f, other in zip(far, others, strict=True)]


def _scaled(squared: Matrix, count: int) -> Matrix:
    """In units of the mean among the first `count` columns; 0 where these are all the same."""
    mean = float(squared[:, :count].mean())
    return squared / mean if mean > 0 else np.zeros_like(squared)


def _units(space: DesignSpace, formulations: Sequence[Formulation]) -> Matrix:
    """Coordinates in the unit cube; the middle where a value other than the share of a second cation is not known."""
    rows = [space.unit_of(f) for f in formulations]
    found = np.array(rows, dtype=np.float64).reshape(len(rows), len(space.variables))
    for j, variable in enumerate(space.variables):
        unknown = [getattr(f, variable.name) is None for f in formulations]
        found[unknown, j] = 0.0 if variable.name == "second_fraction" else 0.5
    return found


def _squared(one: Matrix, other: Matrix) -> Matrix:
    """Squared distances of the rows of `a x d` and `b x d`, `a x b`."""
    inner = one @ other.T
    norms = np.square(one).sum(axis=1)[:, None] + np.square(other).sum(axis=1)[None, :]
    return np.asarray(np.maximum(norms - 2 * inner, 0.0), dtype=np.float64)
