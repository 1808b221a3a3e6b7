"""From beliefs to a batch of real formulations: screen the space, look closer, refine what varies continuously."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ionlink.data.formulation import Formulation
from ionlink.models.threads import one_thread
from ionlink.optimize.acquisition import Table, greedy
from ionlink.optimize.aim import Aim
from ionlink.optimize.beliefs import Beliefs
from ionlink.optimize.combination import Combination
from ionlink.optimize.drawing import even_points
from ionlink.optimize.errors import SpaceExhausted
from ionlink.optimize.promise import promise
from ionlink.optimize.sameness import Members, is_among, members, same_formulation
from ionlink.optimize.screen import POINTS, screened
from ionlink.optimize.space import DesignSpace

EARLY_PATHS, PATHS = 128, 512
"""Draws of the posterior that decide what is looked at more closely, and in the end what is proposed."""

EARLY_PATHS_CONSTRAINED, PATHS_CONSTRAINED = 256, 1024
"""The same where outcomes are constrained: only draws where the constraints hold count."""

EARLY_PATHS_OF_MANY, PATHS_OF_MANY, MANY = 64, 128, 3
"""The same of so many values and more: the boxes of a hypervolume, laid for every draw, are many then."""

CONTENDERS = 6
"""For each member of a batch, so many of the best are refined over what varies continuously."""

VARIANTS = 8
"""Variants of each per continuous variable, up to as far as the next point of the screen."""


@dataclass(frozen=True, eq=False)
class Search:
    """What one round of proposals needs."""

    space: DesignSpace
    aim: Aim
    beliefs: Beliefs

    observed: tuple[Formulation, ...]
    """Formulations with observations."""

    pending: tuple[Formulation, ...]
    """Proposed formulations that are not observed yet."""

    taken: tuple[Formulation, ...]
    """Formulations that must not be proposed again."""

    reference: Tensor | None
    """Hypervolume reference, as desirability by objective; needed for two values and more."""

    seed: int

    bonus: Callable[[Sequence[Formulation]], Tensor] | None = None
    """What is added to the logarithm of the acquisition: of the chance of success, and of the cost with a minus."""

    @property
    def draws(self) -> tuple[int, int]:
        """How many draws decide what is looked at more closely, and in the end."""
        if self.aim.dimension >= MANY:
            return EARLY_PATHS_OF_MANY, PATHS_OF_MANY
        return (EARLY_PATHS_CONSTRAINED, PATHS_CONSTRAINED) if self.aim.constraints else (EARLY_PATHS, PATHS)

    @cached_property
    def known(self) -> Tensor:
        """Inputs of what is observed and what is pending."""
        return self.beliefs.inputs([*self.observed, *self.pending])

    @cached_property
    def _taken_on(self) -> dict[Members, list[Formulation]]:
        found = defaultdict(list)
        for formulation in self.taken:
            found[members(formulation)].append(formulation)
        return found

    def allowed(self, formulation: Formulation) -> bool:
        """Whether it may be proposed: new, and against no constraint."""
        others = self._taken_on.get(members(formulation), [])
        return not is_among(formulation, others) and not self.space.fault(formulation)

    @property
    def exhausted(self) -> bool:
        """Whether nothing is left that may be proposed, which can be in a finite space alone."""
        if self.space.pool is None and any(v.lower < v.upper for v in self.space.variables):
            return False
        return not any(self.allowed(f) for c in self.space.combinations for f in self.space.ends(c))

    def added(self, formulations: Sequence[Formulation]) -> Tensor:
        """`bonus` of each, 0 without one."""
        return self.bonus(formulations) if self.bonus else torch.zeros(len(formulations), dtype=torch.float64)


def propose(search: Search, n: int) -> list[Formulation]:
    """The best `n` new formulations, chosen one after the other, each knowing those before.

    Raises `SpaceExhausted` where there are not so many.
    """
    with one_thread():
        chosen = looked_at(search, n).chosen
    if len(chosen) < n:
        raise SpaceExhausted.after(len(chosen), n)
    return list(chosen)


@dataclass(frozen=True)
class LookedAt:
    """What a search came upon."""

    chosen: tuple[Formulation, ...]
    """The best batch, of as many formulations as there are, each knowing those before."""

    contenders: tuple[Formulation, ...]
    """What is nearly as good for one of its members."""

    screened: tuple[Formulation, ...]
    """What promises most by itself, the best first."""


def looked_at(search: Search, n: int) -> LookedAt:
    """Screen the space for a batch of `n`, look closer, and refine what varies continuously.

    Where that finds too few, because most points of the screen were proposed before, it looks between them.
    """
    looked = _looked_at(search, n, search.allowed)
    if len(looked.chosen) < n and search.space.pool is None:
        return _looked_at(search, n, _allowed_apart(search), finely=True)
    return looked


def _looked_at(search: Search, n: int, allowed: Callable[[Formulation], bool], *, finely: bool = False) -> LookedAt:
    space, score = search.space, partial(_promise, search)
    promising = screened(space, score, allowed, search.seed, finely=finely)
    early, final = search.draws
    if space.pool is not None:
        chosen, contenders = _batch(search, promising, n, final)
        return LookedAt(tuple(chosen), tuple(contenders), promising)
    chosen, contenders = _batch(search, promising, n, early)
    if chosen:
        closer = [f for f in _variants(space, contenders) if search.allowed(f)]
        chosen, contenders = _batch(search, list(dict.fromkeys([*contenders, *closer])), n, final)
    return LookedAt(tuple(chosen), tuple(contenders), promising)


def _allowed_apart(search: Search) -> Callable[[Formulation], bool]:
    """Whether a formulation may be proposed beside those that were allowed before: the best lie close together."""
    kept = defaultdict[Members, list[Formulation]](list)

    def allowed(formulation: Formulation) -> bool:
        others = kept[members(formulation)]
        if is_among(formulation, others) or not search.allowed(formulation):
            return False
        others.append(formulation)
        return True

    return allowed


def _promise(search: Search, formulations: Sequence[Formulation]) -> NDArray[np.float64]:
    paths = search.beliefs.marginal_paths(search.beliefs.inputs(formulations), search.draws[0], search.seed)
    known = search.beliefs.means(search.known)
    values = promise(search.aim, paths, known, search.reference) + search.added(formulations)
    return values.numpy()


def _batch(
    search: Search, candidates: Sequence[Formulation], n: int, draws: int
) -> tuple[list[Formulation], list[Formulation]]:
    """The best batch among candidates by so many draws, and the contenders for each of its members."""
    if not candidates:
        return [], []
    inputs = torch.cat([search.known, search.beliefs.inputs(candidates)])
    paths = search.beliefs.joint_paths(inputs, draws, search.seed)
    table = Table(search.aim, paths, len(search.observed), len(search.pending), search.reference)

    def alike(row: int) -> list[int]:
        return [i for i, f in enumerate(candidates) if same_formulation(f, candidates[row])]

    rounds = greedy(table, n, search.added(candidates), alike, search.seed)
    best = [int(values.argmax()) for values in rounds]
    ahead = dict.fromkeys(int(i) for values in rounds for i in values.topk(min(CONTENDERS, len(values))).indices)
    return [candidates[i] for i in best], [candidates[i] for i in ahead]


def _variants(space: DesignSpace, formulations: Sequence[Formulation]) -> Iterator[Formulation]:
    """Formulations of the same members nearby."""
    dimension = len(space.variables)
    around = even_points(dimension, VARIANTS * dimension, seed=1)
    steps = (2 * around - 1) / (POINTS - 1)
    for formulation in formulations:
        units = np.clip(space.allowed_unit_of(formulation) + steps, 0.0, 1.0)
        yield from space.allowed(Combination.of(formulation), units.tolist())
