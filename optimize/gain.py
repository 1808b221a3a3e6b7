"""By how much a candidate by itself is better than what was observed, on each path of the posterior, and how often."""

from collections.abc import Sequence

import torch
from botorch.utils.multi_objective.box_decompositions.non_dominated import FastNondominatedPartitioning
from torch import Tensor

from ionlink.optimize.acquisition import MOST_OBJECTIVES
from ionlink.optimize.aim import Aim
from ionlink.optimize.remaining import DIRECTIONS, directions, heights, volume_constant

PATHS_AT_ONCE = 64
"""Bounds the memory: cells of a front times candidates times paths."""


def improvements(aim: Aim, paths: Tensor, known: Tensor, reference: Tensor | None) -> tuple[Tensor, float]:
    """What each of `n` candidates adds on each path, `count x n`, and what was reached without any of them.

    The expected improvement is the mean over paths: of one Gaussian value the textbook's (Jones, Schonlau and Welch,
    doi:10.1023/A:1008306431147), of several that of the hypervolume. Candidates that break a constraint on a path add
    nothing there.

    Args:
        aim: What counts.
        paths: Outcomes of the candidates, `count x n x m`.
        known: Expected outcomes of what was observed, `k x m`. Without any, what improves does so on the lowest value.
        reference: Hypervolume reference, as desirability by objective; needed for two values and more.

    """
    values, feasible = aim.desirability(paths), aim.feasible(paths)
    usable = aim.feasible(known)
    best: Tensor = aim.desirability(known)
    if aim.dimension == 1:
        lone = values[..., 0]
        return _of_value(lone, feasible, best[:, 0] if len(best) else lone.flatten(), usable)
    assert reference is not None
    front = best[usable]
    if aim.dimension > MOST_OBJECTIVES:
        return _of_directions(values - reference, feasible, front - reference)
    cells = FastNondominatedPartitioning(reference, front)
    added = torch.cat([_of_volume(chunk, cells.get_hypercell_bounds()) for chunk in values.split(PATHS_AT_ONCE)])
    return torch.where(feasible, added, 0.0), float(cells.compute_hypervolume())


def _of_value(values: Tensor, feasible: Tensor, best: Tensor, usable: Tensor) -> tuple[Tensor, float]:
    """Over the best feasible one; over the worst where none is."""
    counted = best[usable] if bool(usable.any()) else best.min().unsqueeze(0)
    added = (values - counted.max()).clamp_min(0.0)
    return torch.where(feasible, added, 0.0), float(counted.max() - counted.median())


def _of_volume(values: Tensor, bounds: Tensor) -> Tensor:
    """Volume of the not yet dominated cells that each point dominates (Daulton et al., arXiv:2006.05078)."""
    lower, upper = bounds
    inside = torch.minimum(values.unsqueeze(-2), upper) - lower
    volume: Tensor = inside.clamp_min(0.0).prod(dim=-1).sum(dim=-1)
    return volume


def _of_directions(excess: Tensor, feasible: Tensor, front: Tensor) -> tuple[Tensor, float]:
    """The same by random scalarisations, see `ionlink.optimize.remaining`: cells would be too many."""
    dimension = excess.shape[-1]
    span = torch.cat([excess.flatten(0, 1), front]).amax(dim=0).clamp_min(1e-12)
    added, reached = torch.zeros(excess.shape[:-1], dtype=excess.dtype), 0.0
    for direction in directions(dimension, DIRECTIONS, seed=0):
        before = float(heights(front / span, direction).pow(dimension).amax()) if len(front) else 0.0
        added += (heights(excess / span, direction).pow(dimension) - before).clamp_min(0.0)
        reached += before
    constant = volume_constant(dimension) * float(span.prod()) / DIRECTIONS
    return torch.where(feasible, added * constant, 0.0), reached * constant


def front_chance(aim: Aim, paths: Tensor, observed: int, reference: Tensor | None, own: Sequence[int] = ()) -> Tensor:
    """Probability that each of `n` candidates is beaten by nothing that was observed, holding all constraints, `n`.

    `own` is, where a candidate was observed itself, its row among the observed ones, which it need not beat, else -1.
    On joint paths, `count x (observed + n) x m`, observed formulations first. Of one value that is the probability to
    be the best; of several, to be on the front and above the reference.
    """
    values = torch.where(aim.feasible(paths).unsqueeze(-1), aim.desirability(paths), -torch.inf)
    known, asked = values[:, :observed], values[:, observed:]
    places = own or [-1] * asked.shape[1]
    found = []
    for mine, place in zip(asked.unbind(dim=1), places, strict=True):
        others = torch.arange(observed) != place
        found.append(_ahead(known[:, others], mine, None if aim.dimension == 1 else reference))
    return torch.stack(found)


def _ahead(known: Tensor, mine: Tensor, reference: Tensor | None) -> Tensor:
    """On which share of the paths none of `count x k x d` values is better than `count x d` acceptable ones."""
    beside = mine.unsqueeze(1)
    beaten = ((known >= beside).all(dim=-1) & (known > beside).any(dim=-1)).any(dim=-1)
    acceptable = mine.isfinite().all(dim=-1) if reference is None else (mine > reference).all(dim=-1)
    return (acceptable & ~beaten).double().mean()
