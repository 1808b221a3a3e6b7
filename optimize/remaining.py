"""What is still to gain: how much better than what was observed the best of the design space is expected to be.

Over paths of the posterior at a table of formulations, the improvement that all of them together bring over the
observed ones. It is what a campaign would gain by knowing everything, so what is left to pay for; its spread over the
paths says how sure that is. Stopping by it follows Wilson, NeurIPS 2024 (arXiv:2402.16811), who stops when the regret
of stopping is small with the probability that the model gives it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import torch
from botorch.utils.sampling import draw_sobol_normal_samples
from torch import Tensor

from ionlink.data.arrays import in_units
from ionlink.models.threads import one_thread
from ionlink.optimize.aim import Aim
from ionlink.optimize.paths import Moments, joint_paths
from ionlink.optimize.share_words import Measure, of_reached

PATHS = 256
"""Draws of the posterior: the ends of a 90 % interval then rest on a dozen of them."""

DIRECTIONS = 256
"""In which hypervolumes are measured: within 3 % for two to four objectives."""

INTERVAL = 0.9

UNSETTLED = "nothing is known in all outcomes and believed to hold all constraints"


@dataclass(frozen=True)
class Remaining:
    """The improvement that is still to be had, in hypervolume or in the one value that the aim counts."""

    expected: float
    """Mean over the posterior."""

    lower: float
    """Lower end of the central 90 % interval."""

    upper: float
    """Upper end of it."""

    reached: float
    """What it is to be compared with: the expected hypervolume of the observed formulations; for an aim that counts one
    value, how far the best of them is above their median."""

    reference: tuple[float, ...] | None = None
    """Of the hypervolume, a desirability for each objective; `None` where the aim counts one value."""

    holding: float = 1.0
    """Probability that something that was observed holds all constraints."""

    @property
    def measure(self) -> Measure:
        """What improves."""
        return "value" if self.reference is None else "hypervolume"

    @property
    def share(self) -> float:
        """The expected improvement over what was reached; infinite where nothing was."""
        if self.reached > 0:
            return self.expected / self.reached
        return math.inf if self.expected > 0 else 0.0

    @property
    def is_settled(self) -> bool:
        """Whether something that counts was reached, more probably than not: else there is nothing to compare with."""
        return self.holding > 0.5

    def __str__(self) -> str:
        ends = f"90 % between {self.lower:.3g} and {self.upper:.3g}"
        share = f", {of_reached(self.share, self.measure, f'{100 * self.share:.3g} %')}" if self.reached > 0 else ""
        unsettled = "" if self.is_settled else f"; {UNSETTLED}"
        return f"{self.expected:.3g} ({ends}){share}{unsettled}"


def remaining_improvement(
    moments: Sequence[Moments],
    observed: Tensor,
    aim: Aim,
    reference: Sequence[float] | None = None,
    *,
    seed: int = 0,
) -> Remaining:
    """How much all of `n` formulations together are expected to be better than the observed ones.

    Args:
        moments: Of each of the aim's outcomes, noise-free and on its scale; different ones are taken as independent.
        observed: Which of the `n` formulations were observed, truth values.
        aim: What counts; formulations that break a constraint on a path add nothing there.
        reference: Of the hypervolume, a desirability for each objective; needed where the aim counts several.
        seed: The same seed gives the same answer.

    """
    with one_thread():
        paths = in_units(joint_paths([[outcome] for outcome in moments], PATHS, seed), aim.scales)
        feasible = aim.feasible(paths)
        values: Tensor = aim.desirability(paths)
        if aim.dimension == 1:
            gain, reached = _gain_of_best(values[..., 0], feasible, observed)
        else:
            assert reference is not None
            excess = values - torch.tensor(reference, dtype=values.dtype)
            gain, reached = _gain_of_volume(torch.where(feasible.unsqueeze(-1), excess, 0.0), observed, seed)
        tail = (1 - INTERVAL) / 2
        ends = torch.quantile(gain, torch.tensor([tail, 1 - tail], dtype=gain.dtype))
    counted = None if aim.dimension == 1 or reference is None else tuple(reference)
    held = float(feasible[:, observed].any(dim=-1).double().mean())
    return Remaining(float(gain.mean()), float(ends[0]), float(ends[1]), float(reached.mean()), counted, held)


def _gain_of_best(values: Tensor, feasible: Tensor, observed: Tensor) -> tuple[Tensor, Tensor]:
    """Of `s x n` values: gain of the best over the best observed, and of that over the median observed, each `s`.

    What is not feasible is as good as the worst of the table.
    """
    values = torch.where(feasible, values, values.amin(dim=-1, keepdim=True))
    known = values[:, observed] if bool(observed.any()) else values.amin(dim=-1, keepdim=True)
    best = known.amax(dim=-1)
    return values.amax(dim=-1) - best, best - known.median(dim=-1).values


def _gain_of_volume(excess: Tensor, observed: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """Of `s x n x d` excesses over the reference: gain of hypervolume, and the observed one, each `s`.

    By random scalarisations (Deng and Zhang, IEEE Trans. Evol. Comput. 2019, doi:10.1109/TEVC.2018.2826016; Zhang and
    Golovin, ICML 2020, arXiv:2006.04655): the volume is the mean over directions on the positive sphere of the largest
    height to the power `d`, times a constant. Its cost does not grow with the front, and a gain is never negative.
    """
    dimension = excess.shape[-1]
    span = excess.amax(dim=(0, 1)).clamp_min(0.0)
    known, everything = torch.zeros(2, len(excess), dtype=excess.dtype)
    if bool((span > 0).all()):  # else nothing is above the reference in all objectives
        for direction in directions(dimension, DIRECTIONS, seed):  # one at a time: bounds the memory
            height = heights(excess / span, direction).pow(dimension) / DIRECTIONS
            everything += height.amax(dim=-1)
            known += height[:, observed].amax(dim=-1) if bool(observed.any()) else 0.0
    constant = volume_constant(dimension) * float(span.prod())
    return constant * (everything - known), constant * known


def volume_constant(dimension: int) -> float:
    """Volume of the positive part of the unit ball: what a mean of heights to the power `dimension` is to be times."""
    return float(math.pi ** (dimension / 2) / (2**dimension * math.gamma(dimension / 2 + 1)))


def directions(dimension: int, count: int, seed: int) -> Tensor:
    """Evenly spread over the positive part of the unit sphere, `count x dimension`."""
    normal = draw_sobol_normal_samples(dimension, count, dtype=torch.float64, seed=seed).abs().clamp_min(1e-9)
    unit: Tensor = normal / normal.square().sum(dim=-1, keepdim=True).sqrt()
    return unit


def heights(excess: Tensor, direction: Tensor) -> Tensor:
    """How far a direction goes until it leaves the box below each point: `... x d` excesses to `...` lengths."""
    lengths = (part / along for part, along in zip(excess.unbind(-1), direction.unbind(-1), strict=True))
    return reduce(torch.minimum, lengths).clamp_min(0.0)
