"""Which observations the public functions learn from: shipped ones or a campaign's, of one level."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from ionlink.data.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ionlink.data.observation import Observation


def known_observations(campaign: str | Path | None, level: str | None) -> "list[Observation]":
    """Observations of one level: of a campaign's directory, or of the knowledge base without one.

    By default those of the campaign's own level and protocol, and of `screen` without a campaign.

    Raises:
        InputError: there are none at that level, with the levels that there are.

    """
    if campaign is None:
        return _at_level(everything_known(None), level or "screen", "the knowledge base")
    if level is not None:
        return _at_level(everything_known(campaign), level, str(campaign))
    from ionlink.optimize import Campaign

    loaded = Campaign.load(Path(campaign))
    with closing(loaded.store):
        own = list(loaded.observations())
    if not own:
        raise InputError(
            f"{campaign} has no observations of its own level ({loaded.level}) yet; run it, or tell it some"
        )
    return own


def levels_with_values(outcome: str, campaign: str | Path | None) -> list[str]:
    """Levels at which values of an outcome are known, in a campaign or, without one, in the knowledge base."""
    return sorted({o.level for o in everything_known(campaign) if o.outcome == outcome and o.bound == "="})


def everything_known(campaign: str | Path | None) -> "Sequence[Observation]":
    """Observations of all levels, of a campaign or, without one, of the knowledge base."""
    if campaign is None:
        from ionlink.data import observations

        return observations()
    from ionlink.optimize import Campaign

    loaded = Campaign.load(Path(campaign))
    with closing(loaded.store):
        return loaded.store.observations()


def _at_level(known: "Sequence[Observation]", level: str, place: str) -> "list[Observation]":
    found = [observation for observation in known if observation.level == level]
    if not found:
        levels = ", ".join(sorted({observation.level for observation in known})) or "none at all"
        raise InputError(f"level: {place} has no observations at level '{level}'; it has: {levels}")
    return found
