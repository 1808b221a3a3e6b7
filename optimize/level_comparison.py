"""Levels of which nothing is known yet: whether and where to observe there, so that they can be compared."""

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ionlink.data.formulation import Formulation
from ionlink.optimize.costs import Costs
from ionlink.optimize.decision import Decision, Level
from ionlink.optimize.repeatable import repeatable
from ionlink.optimize.sameness import is_among
from ionlink.optimize.standing import observed_formulations

if TYPE_CHECKING:
    from ionlink.optimize.campaign import Campaign

COMPARED = 6
"""So many formulations of the target level are observed at another one before that is learned from."""


def comparisons(
    campaign: "Campaign", learned: Collection[Level], costs: Costs, first: int, n: int, waiting: Sequence[Decision]
) -> list[Decision]:
    """At most `n` observations of what the target level knows, at levels whose beliefs cannot be told yet.

    Without them a cheaper level is worth nothing, whatever it tells. They are made where all that are still missing of
    a level cost no more than `n` observations at the target level.
    """
    found: list[Decision] = []
    for level in campaign.known_levels[:-1]:
        if level not in learned:
            found += _of(campaign, level, costs, first, n, [*waiting, *found])
    return found[:n]


def _of(
    campaign: "Campaign", level: Level, costs: Costs, first: int, n: int, waiting: Sequence[Decision]
) -> Iterator[Decision]:
    observed = {o.formulation for o in campaign.counted_at_levels() if o.level == level.name and o.bound == "="}
    there = observed | {d.formulation for d in waiting if d.level == level.name}
    tried = {c.formulation for c in campaign.candidates if c.level == level.name}
    missing = COMPARED - len(there)
    counted = observed_formulations(campaign.counted())
    again = repeatable(counted, campaign.open_space, (c.formulation for c in campaign.candidates))
    # What counts as one formulation moves a little with each further sample.
    known = [f for f in again if not is_among(f, there | tried)]
    order = np.random.default_rng(campaign.seed).permutation(len(known))[: max(0, missing)]
    chosen = [known[place] for place in order.tolist()]
    if missing > len(chosen) or not _worth_it(chosen, level, costs, n):
        return
    method = (
        f"comparison of levels: {level.name} has {len(observed)} of {COMPARED} formulations that it is learned from"
    )
    if under_way := len(there) - len(observed):
        method += f", and {under_way} more under way"
    for formulation in chosen:
        yield Decision(formulation, level.name, first, "level", method)


def _worth_it(formulations: Sequence[Formulation], level: Level, costs: Costs, n: int) -> bool:
    dear = [costs(f) for f in formulations]
    return bool(dear) and sum(costs.at(f, level.name) for f in formulations) <= n * sum(dear) / len(dear)
