"""Levels that something may be told of: those where people observe, but for names that were probably mistyped."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ionlink.data.lab_table import COMMON_LEVELS
from ionlink.optimize.decision import meant_level
from ionlink.optimize.queries import in_force

if TYPE_CHECKING:
    from ionlink.optimize.campaign_record import CampaignRecord


@dataclass(frozen=True)
class ObservedLevels:
    """What a campaign and its store know of levels."""

    simulated: Collection[str]
    """Those whose values come from simulations by a protocol, which no person states."""

    known: Collection[str]
    """Those that something is known of, or observed at."""

    @classmethod
    def of(cls, campaign: "CampaignRecord") -> "ObservedLevels":
        """Those of a campaign."""
        found = {(r.observation.level, r.observation.protocol) for r in in_force(campaign.history())}
        found |= {(level.name, level.protocol) for level in campaign.known_levels}
        found |= {(candidate.level, None) for candidate in campaign.given_up}
        simulated = {level for level, protocol in found if protocol is not None}
        return cls(simulated, {*COMMON_LEVELS, *(level for level, _ in found)})

    def fault(self, level: str) -> str | None:
        """Why nothing can be told of a level; `None` where something can."""
        if level in self.simulated:
            return f"level: {level} is simulated by ionlink itself; give values from elsewhere a level of their own"
        if level in self.known:
            return None
        near = meant_level(level, self.known)
        return near and f"level: '{level}' is not known here; did you mean {near}? Else name it less alike"
