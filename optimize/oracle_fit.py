"""Whether oracles can observe what a campaign wants to know."""

from collections.abc import Mapping

from ionlink.data.errors import InputError
from ionlink.optimize.config import FEWEST_REPLICATES, CampaignConfig
from ionlink.optimize.oracle import Oracle


def check_fit(config: CampaignConfig, oracles: Mapping[str, Oracle]) -> None:
    """Raise `InputError` with a line for each outcome, level or number of replicates that does not fit."""
    levels = [level.name for level in config.levels] or [config.level]
    faults = []
    for oracle in oracles.values():
        faults += [
            f"{field}: level {oracle.level} does not observe {o.outcome}, but {', '.join(oracle.outcomes)}"
            for field, wanted in (("objectives", config.objectives), ("constraints", config.constraints))
            for o in wanted
            if o.outcome not in oracle.outcomes
        ]
        if oracle.level not in levels:
            faults.append(f"simulation.level: {' and '.join(levels)}, but the simulation is for level {oracle.level}")
        if oracle.replicates < FEWEST_REPLICATES:
            faults.append(f"simulation.replicates: {oracle.replicates}, at least {FEWEST_REPLICATES} are needed")
    if faults:
        raise InputError(faults)
