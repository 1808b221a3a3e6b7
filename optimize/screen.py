"""The first look at a design space: which formulations are worth a closer one.

Every candidate is looked at by itself, which is cheap: some thousand formulations take a tenth of a second. Of a small
space all combinations are looked at. Of a large one some are drawn, and those that promise most are varied, one member
at a time: that finds good combinations among ten million in bounded memory, but not surely the best.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ionlink.data.formulation import Formulation
from ionlink.optimize.combination import Combination
from ionlink.optimize.drawing import even_points
from ionlink.optimize.space import DesignSpace

Score = Callable[[Sequence[Formulation]], NDArray[np.float64]]
"""How much each formulation promises by itself, to be compared with those beside it; larger is better."""

POINTS = 12
"""Points of each combination over its continuous variables; a third as many again for each further variable."""

FINE = 4096
"""Points of all combinations together in a finer look, for where too few of those `POINTS` are new."""

MOST_COMBINATIONS = 1500
"""So many combinations are looked at at a time; a space of no more is looked at whole."""

GENERATIONS = 3
VARIED = 24
"""How often those that promise most of a large space are varied, and how many combinations of them."""

VARIATIONS = 24
"""New partners for each of them."""

KEPT_COMBINATIONS = 160
KEPT_FORMULATIONS = 160
"""What is worth a closer look: so many combinations, each where it promises most, and so many more formulations."""


def screened(
    space: DesignSpace, score: Score, allowed: Callable[[Formulation], bool], seed: int, *, finely: bool = False
) -> tuple[Formulation, ...]:
    """The formulations of a space that promise most, `KEPT_COMBINATIONS + KEPT_FORMULATIONS` at most, the best first.

    `allowed` says whether one may be proposed; it is asked about the best first, and what it allows is kept.
    """
    generator = np.random.default_rng(seed)
    combinations = space.draw(MOST_COMBINATIONS, generator)
    points = max(POINTS, FINE // max(len(combinations), 1)) if finely else POINTS
    best = _ranked(space, combinations, points, score, allowed)
    if len(space.combinations) <= MOST_COMBINATIONS or space.pool is not None:
        return best
    for _ in range(GENERATIONS):
        leaders = list(dict.fromkeys(Combination.of(f) for f in best))[:VARIED]
        seen = set(leaders)
        new = [c for c in _varied(space, leaders, generator) if c not in seen and not space.combination_fault(c)]
        best = _merged(best, _ranked(space, list(dict.fromkeys(new)), points, score, allowed), score)
    return best


def _ranked(
    space: DesignSpace,
    combinations: Sequence[Combination],
    points: int,
    score: Score,
    allowed: Callable[[Formulation], bool],
) -> tuple[Formulation, ...]:
    formulations = list(_points(space, combinations, points))
    if not formulations:
        return ()
    return _kept(formulations, score(formulations), allowed)


def _kept(
    formulations: Sequence[Formulation], scores: NDArray[np.float64], allowed: Callable[[Formulation], bool]
) -> tuple[Formulation, ...]:
    """The best of each combination and the best of all, in their order."""
    combinations: set[Combination] = set()
    kept: list[int] = []
    others = 0
    for place in np.argsort(-scores, kind="stable").tolist():
        formulation = formulations[place]
        combination = Combination.of(formulation)
        is_new = combination not in combinations and len(combinations) < KEPT_COMBINATIONS
        if not (is_new or others < KEPT_FORMULATIONS):
            if len(combinations) >= KEPT_COMBINATIONS:
                break
            continue
        if not allowed(formulation):
            continue
        combinations.add(combination)
        others += not is_new
        kept.append(place)
    return tuple(formulations[place] for place in kept)


def _merged(one: Sequence[Formulation], other: Sequence[Formulation], score: Score) -> tuple[Formulation, ...]:
    """The best of both, looked at together: what something promises depends on what it is looked at beside."""
    found = list(dict.fromkeys([*one, *other]))
    return _kept(found, score(found), lambda _: True) if found else ()


def _points(space: DesignSpace, combinations: Sequence[Combination], points: int) -> Iterator[Formulation]:
    """Formulations of each combination, spread over its continuous variables; of a pool all that it has."""
    if space.pool is not None:
        for combination in combinations:
            yield from space.ends(combination)
        return
    units = _units(len(space.variables), points)
    for combination in combinations:
        # What differs only in the share of a second cation that is not there is one formulation.
        yield from dict.fromkeys(space.allowed(combination, units))


def _units(dimension: int, points: int) -> list[list[float]]:
    if dimension == 1:
        return [[share] for share in np.linspace(0, 1, points).tolist()]
    count = points + points * (dimension - 1) // 3
    drawn: list[list[float]] = even_points(dimension, count, seed=0).tolist()
    return drawn


def _varied(
    space: DesignSpace, leaders: Sequence[Combination], generator: np.random.Generator
) -> Iterator[Combination]:
    """Combinations that differ in one member from one of the leaders, and as many by chance."""
    choices, ligands = space.cation_choices, space.ligands
    for leader in leaders:
        for i in generator.integers(len(choices), size=VARIATIONS):
            first, second = choices[int(i)]
            yield leader._replace(cation=first, second_cation=second)
        for i in generator.integers(len(ligands), size=VARIATIONS):
            yield leader._replace(ligand=ligands[int(i)])
    yield from space.draw(len(leaders) * VARIATIONS, generator)
