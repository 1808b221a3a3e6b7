"""What a method has reached: share of the best possible hypervolume, by the noise-free truth."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from optimize_evaluation import Point, Problem
from optimize_problems import problem

Floats = NDArray[np.float64]


def share_of_best(of: Problem, evaluated: Sequence[Point]) -> float:
    """Hypervolume of what was evaluated at the highest level, over that of everything that can be; 0 to 1.

    By the noise-free truth above the reference point of the goals; what failed or breaks a limit does not count.
    """
    counted = [p for p in dict.fromkeys(evaluated) if p.level == of.levels[-1].name and of.failure(p) is None]
    return hypervolume(of, counted) / best(of) if counted else 0.0


def best(of: Problem) -> float:
    """Best possible hypervolume of a problem."""
    return _best(of.name, of.drawn or 0)


@cache
def _best(name: str, seed: int) -> float:
    of = problem(name, seed)
    return hypervolume(of, of.everything)


def regret(of: Problem, evaluated: Sequence[Point]) -> float:
    """Of the first goal alone: how far the best evaluated is from the best possible, over best minus reference."""
    goal = of.goals[0]
    counted = [p for p in dict.fromkeys(evaluated) if p.level == of.levels[-1].name and of.failure(p) is None]
    reference = float(goal.desirability(np.array(goal.reference)))
    top = _best_of_first(of.name, of.drawn or 0)
    reached = max(_first(of, counted), reference) if counted else reference
    return (top - reached) / (top - reference)


@cache
def _best_of_first(name: str, seed: int) -> float:
    of = problem(name, seed)
    return _first(of, of.everything)


def _first(of: Problem, points: Sequence[Point]) -> float:
    """Best desirability of the first goal among points that keep the limits; minus infinity where none does."""
    truth = of.truth(points)
    keep = np.all([np.ones(len(points), bool), *(truth[c.outcome] <= c.upper for c in of.limits)], axis=0)
    found = of.goals[0].desirability(truth[of.goals[0].outcome])[keep]
    return float(found.max()) if len(found) else float("-inf")


def hypervolume(of: Problem, points: Sequence[Point]) -> float:
    """In units of the outcomes' desirabilities; points must be possible."""
    truth = of.truth(points)
    gain = np.column_stack([g.desirability(truth[g.outcome]) - g.desirability(np.array(g.reference)) for g in of.goals])
    keep = (gain > 0).all(axis=1)
    for limit in of.limits:
        keep &= truth[limit.outcome] <= limit.upper
    return _volume(gain[keep])


def _volume(gain: Floats) -> float:
    """Volume between the origin and `n x m` points, m of 2 or 3, by slices along the last axis."""
    if not len(gain):
        return 0.0
    if gain.shape[1] == 1:
        return float(gain.max())
    order = np.argsort(-gain[:, -1], kind="stable")
    heights = np.append(gain[order, -1], 0.0)
    if gain.shape[1] == 2:
        reached = np.maximum.accumulate(gain[order, 0])
        return float((reached * -np.diff(heights)).sum())
    return float(sum(_volume(gain[order[: k + 1], :-1]) * (heights[k] - heights[k + 1]) for k in range(len(gain))))
