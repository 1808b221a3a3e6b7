"""The formulations over which a campaign tells what is still to gain, and what it tells."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ionlink.data.arrays import in_units
from ionlink.data.formulation import Formulation
from ionlink.optimize.aim import Aim
from ionlink.optimize.beliefs import Beliefs
from ionlink.optimize.chance import Model, together
from ionlink.optimize.errors import SpaceExhausted
from ionlink.optimize.known_enough import check_enough, learnable
from ionlink.optimize.paths import marginal_paths
from ionlink.optimize.reference import reference_of
from ionlink.optimize.remaining import Remaining, directions, heights, remaining_improvement
from ionlink.optimize.standing import completely_observed
from ionlink.optimize.success import Limits, Success

if TYPE_CHECKING:
    from ionlink.optimize.campaign_record import CampaignRecord

DRAWN_COMBINATIONS = 1024
DRAWN_FORMULATIONS = 4096
"""Of them the promising ones are found by their marginal posteriors, which costs little."""

MOST_PER_COMBINATION = 32

TABLE = 256
"""Promising formulations whose joint posterior is drawn from."""

SCREENING_PATHS = 32
SCREENING_DIRECTIONS = 16
OPTIMISM = 0.9
"""A formulation is as promising as this quantile of its desirability."""


def campaign_remaining(campaign: "CampaignRecord") -> Remaining:
    """What is still to gain in a campaign's design space, by what is believed of it.

    Raises `FitFailed` without a model, and `SpaceExhausted` where nothing was observed and nothing may be proposed.
    """
    known = campaign.counted()
    aim = learnable(campaign.aim, known, campaign.elsewhere())
    check_enough(known, aim, campaign.elsewhere())
    beliefs = Beliefs.of(campaign, aim)
    limits = Limits.of(campaign, known, beliefs)
    observed = [f for f in completely_observed(known, aim.outcomes) if f not in limits.broken]
    settled = reference_of(campaign, known, beliefs, aim)
    reference = None if settled is None else [settled.point[o.outcome] for o in aim.objectives]
    posteriors = list(beliefs.averages.values())
    drawn = [f for f in _drawn(campaign) if f not in {*observed, *limits.broken, *_closed(campaign)}]
    success = Success.of(campaign, beliefs)
    chances: list[Model] = [*([limits] if limits.chances else []), *([success] if success else [])]
    if chances and drawn:
        counts = (together(chances)(drawn) > math.log(0.5)).tolist()
        drawn = [f for f, probably in zip(drawn, counts, strict=True) if probably]
    if drawn:
        inputs = beliefs.inputs(drawn)
        best = _promising(aim, [p.marginals(inputs) for p in posteriors], reference, campaign.seed)
        drawn = [drawn[i] for i in best]
    if not observed and not drawn:
        raise SpaceExhausted("nothing that counts was observed, and nothing is left that may be proposed")
    inputs = beliefs.inputs([*observed, *drawn])
    tried = torch.arange(len(inputs)) < len(observed)
    moments = [posterior.joint(inputs) for posterior in posteriors]
    return remaining_improvement(moments, tried, aim, reference, seed=campaign.seed)


def _closed(campaign: "CampaignRecord") -> Iterator[Formulation]:
    """What is not proposed again at the campaign's level, though nothing was observed of it."""
    for candidate in campaign.candidates:
        if candidate.takes(campaign.level) and candidate.status in ("failed", "excluded"):
            yield from (candidate.formulation, candidate.formulation.turned)


def _drawn(campaign: "CampaignRecord") -> list[Formulation]:
    """Different formulations that may be proposed, by chance, each combination with several values of its variables."""
    space, generator = campaign.open_space, np.random.default_rng(campaign.seed)
    combinations = space.draw(DRAWN_COMBINATIONS, generator)
    each = min(MOST_PER_COMBINATION, -(-DRAWN_FORMULATIONS // max(len(combinations), 1)))
    units = generator.random((len(combinations), each, len(space.variables)))
    found = (f for c, rows in zip(combinations, units, strict=True) for f in space.allowed(c, rows.tolist()))
    return [f for f in dict.fromkeys(found) if space.fault(f) is None]


def _promising(aim: Aim, marginals: list[tuple[Tensor, Tensor]], reference: list[float] | None, seed: int) -> list[int]:
    """Places of the best `TABLE` formulations, by what they may be rather than by what is expected of them."""
    samples = in_units(marginal_paths([[outcome] for outcome in marginals], SCREENING_PATHS, seed), aim.scales)
    values: Tensor = aim.desirability(samples)
    feasible: Tensor = aim.feasible(samples)
    if reference is None:
        scores = [torch.where(feasible, values[..., 0], values.min())]
    else:
        excess = values - torch.tensor(reference, dtype=values.dtype)
        span = excess.amax(dim=(0, 1)).clamp_min(1e-12)
        ways = directions(len(reference), SCREENING_DIRECTIONS, seed)
        scores = [heights(excess / span, way) * feasible for way in ways]
    orders = [score.quantile(OPTIMISM, dim=0).argsort(descending=True).tolist() for score in scores]
    turns = (place for places in zip(*orders, strict=True) for place in places)
    return list(dict.fromkeys(turns))[:TABLE]
