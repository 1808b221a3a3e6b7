"""Which observations the public functions learn from: shipped ones or a campaign's."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from ionlink.data.errors import InputError
from ionlink.models.beside import Beside

if TYPE_CHECKING:
    from ionlink.data.observation import Observation, Ranking
    from ionlink.optimize import Campaign

CampaignLike: TypeAlias = "str | Path | Campaign"
"""A campaign, or its directory."""

SHIPPED_LEVEL = "screen"
"""Of the knowledge base, what is learned from where nothing else is said."""


@dataclass(frozen=True)
class Known:
    """What is known of one level, and beside it."""

    observations: "tuple[Observation, ...]"
    beside: Beside

    @classmethod
    def of(cls, campaign: "CampaignLike | None", level: str | None) -> "Known":
        """Of a campaign, or of the knowledge base without one.

        By default at the campaign's own level and by its protocol, and at `SHIPPED_LEVEL` without a campaign.

        Raises:
            InputError: there are no observations at that level, with the levels that there are.

        """
        if campaign is None:
            from ionlink.data import rankings as stated

            return _of_level(everything_known(None), stated(), level or SHIPPED_LEVEL, "the knowledge base")
        with _loaded(campaign) as loaded:
            everything, own = loaded.store.observations(), loaded.observations()
            rankings = loaded.rankings
        if level is not None and level != loaded.level:
            return _of_level(everything, (), level, called(campaign))
        if not own:
            others = sorted({o.level for o in everything} - {loaded.level})
            raise InputError(
                f"{called(campaign)} has no observations of its own level ({loaded.level}) yet; run it, or tell it some"
                + (f", or ask at a level of which it knows some: {', '.join(others)}" if others else "")
            )
        taken = set(own)
        return cls(own, Beside(tuple(o for o in everything if o not in taken), rankings))


def called(campaign: "CampaignLike") -> str:
    """How faults name a campaign: by its directory, where that is what was given."""
    return str(campaign) if isinstance(campaign, str | Path) else "the campaign"


def known_observations(campaign: "CampaignLike | None", level: str | None) -> "tuple[Observation, ...]":
    """Those of `Known.of` that are of the level; raises what that raises."""
    return Known.of(campaign, level).observations


def levels_with_values(outcome: str, campaign: "CampaignLike | None") -> list[str]:
    """Levels at which values of an outcome are known, in a campaign or, without one, in the knowledge base."""
    return sorted({o.level for o in everything_known(campaign) if o.outcome == outcome and o.bound == "="})


def everything_known(campaign: "CampaignLike | None") -> "Sequence[Observation]":
    """Observations of all levels, of a campaign or, without one, of the knowledge base."""
    if campaign is None:
        from ionlink.data import observations

        return observations()
    with _loaded(campaign) as loaded:
        return loaded.store.observations()


@contextmanager
def _loaded(campaign: "CampaignLike") -> "Iterator[Campaign]":
    """The campaign, whose store stays open where it was so before."""
    from ionlink.optimize import Campaign

    if isinstance(campaign, Campaign):
        yield campaign
        return
    loaded = Campaign.load(Path(campaign))
    with closing(loaded.store):
        yield loaded


def _of_level(known: "Sequence[Observation]", rankings: "Sequence[Ranking]", level: str, place: str) -> Known:
    found = tuple(o for o in known if o.level == level)
    if not found:
        levels = ", ".join(sorted({o.level for o in known})) or "none at all"
        raise InputError(f"level: {place} has no observations at level '{level}'; it has: {levels}")
    others, ranked = (o for o in known if o.level != level), (r for r in rankings if r.level == level)
    return Known(found, Beside(tuple(others), tuple(ranked)))
