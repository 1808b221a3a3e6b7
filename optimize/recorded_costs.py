"""What a campaign's replicates cost, from what its oracles foretell and what the finished ones took."""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from ionlink.data.formulation import Formulation
from ionlink.data.result_file import RESULT_FILE
from ionlink.optimize.campaign_record import CampaignRecord
from ionlink.optimize.config import CampaignConfig
from ionlink.optimize.costs import S_PER_H, CostRecord, Costs, ExpectedCost
from ionlink.optimize.oracle import Oracle
from ionlink.optimize.replicate import candidate_directory, finished_record

MOST_ASKED_ABOUT = 5000
"""Of so many combinations an oracle is asked whether it can try them, and for what they cost, before a round."""


def costs_of(
    campaign: CampaignRecord, oracles: Mapping[str, Oracle], runs: Path, *, decides: bool
) -> ExpectedCost | None:
    """What a campaign's proposals and rules count; `runs` holds its candidates' directories.

    By level where it decides, on levels or on replicates; else what the oracle of its own level foretells, and `None`
    where that can tell nothing or there is none.
    """
    space, own = campaign.open_space, oracles.get(campaign.level)
    asked = space.draw(MOST_ASKED_ABOUT, np.random.default_rng(0)) if oracles else ()
    some = [space.ends(combination)[0] for combination in asked]
    if decides or campaign.has_levels:
        return recorded_costs(campaign, oracles, runs, some)
    return expected_cost(own, some) if own else None


def costs_of_rules(
    campaign: CampaignRecord, config: CampaignConfig, oracles: Mapping[str, Oracle], runs: Path
) -> ExpectedCost | None:
    """The same for the rules of a campaign's file; `None` where none counts costs."""
    decides = config.decide().more > 0
    return costs_of(campaign, oracles, runs, decides=decides) if config.stop.counts_costs else None


def recorded_costs(
    campaign: CampaignRecord, oracles: Mapping[str, Oracle], runs: Path, typical: Sequence[Formulation]
) -> Costs:
    """By formulation and level; infinite where the oracle of a level refuses."""
    foretold = {
        level: cost for level, oracle in oracles.items() if (cost := expected_cost(oracle, typical)) is not None
    }
    costs = Costs.learned(campaign.known_levels, list(cost_records(campaign, runs)), foretold, typical)
    refusing = {level: _or_refused(oracles.get(level), cost) for level, cost in costs.by_level.items()}
    return Costs(costs.levels, refusing)


def expected_cost(oracle: Oracle, typical: Sequence[Formulation]) -> ExpectedCost | None:
    """What a replicate takes, by an oracle's own account; infinite where it refuses. `None` if it cannot tell."""

    @cache
    def cost(formulation: Formulation) -> float:
        expected = math.inf if oracle.refusal(formulation) else oracle.expected_cost(formulation)
        return math.nan if expected is None else expected

    return None if any(math.isnan(cost(formulation)) for formulation in typical) else cost


def cost_records(campaign: CampaignRecord, runs: Path) -> Iterator[CostRecord]:
    """What finished replicates took, of those whose oracle records it."""
    for candidate in campaign.candidates:
        for result in sorted(candidate_directory(runs, candidate).glob(f"replicate-*/{RESULT_FILE}")):
            wall_s = finished_record(result.parent).get("wall_s")
            if isinstance(wall_s, int | float) and wall_s > 0:
                yield CostRecord(candidate.formulation, candidate.level, wall_s / S_PER_H)


def _or_refused(oracle: Oracle | None, cost: ExpectedCost) -> ExpectedCost:
    if oracle is None:
        return cost
    return lambda formulation: math.inf if oracle.refusal(formulation) else cost(formulation)
