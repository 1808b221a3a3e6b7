"""At which level a campaign of several begins, while nothing is known well enough for a model."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ionlink.data.observation import Observation
from ionlink.optimize.decision import Level
from ionlink.optimize.known_enough import INITIAL_FORMULATIONS, with_values

if TYPE_CHECKING:
    from ionlink.optimize.campaign import Campaign

TOLD = 0.25
"""What an observation at another level is taken for, of one at the campaign's own: the square of the correlation that
the two are expected to have (`ionlink.models.task_kernel.SAME_OUTCOME`). A choice."""


def first_levels(campaign: "Campaign") -> list[str]:
    """Names of levels at which the space may be filled, the one first where that costs least for what it tells.

    What counts is what is still missing there of the formulations that a model needs. No other level is named at which
    nothing is missing, nor one at which as many candidates were observed, or failed: it does not tell all that counts.
    """
    *others, own = campaign.known_levels
    known = campaign.counted_at_levels()
    expense = {
        level.name: level.cost * missing / TOLD
        for level in reversed(others)
        if (missing := _missing(campaign, known, level)) and not _is_tried(campaign, level)
    }
    expense = {own.name: own.cost * _missing(campaign, known, own)} | expense
    return sorted(expense, key=lambda name: expense[name])


def _missing(campaign: "Campaign", known: Sequence[Observation], level: Level) -> int:
    there = [o for o in known if o.level == level.name]
    return max(0, INITIAL_FORMULATIONS - min(with_values(there, outcome) for outcome in campaign.aim.outcomes))


def _is_tried(campaign: "Campaign", level: Level) -> bool:
    ended = [candidate.status for candidate in campaign.candidates if candidate.level == level.name]
    return max(ended.count("done"), ended.count("failed")) >= INITIAL_FORMULATIONS
