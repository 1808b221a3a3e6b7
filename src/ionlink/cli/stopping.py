"""What `ionlink campaign status` says of when to stop."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ionlink.optimize import Campaign, CampaignConfig
    from ionlink.optimize.remaining import Remaining
    from ionlink.optimize.stopping import Rule, Verdict


def still_to_gain(campaign: "Campaign") -> "Remaining | str":
    """What is expected to be left in the design space, or why that is not known; fits a model."""
    from ionlink.models import FitFailed

    try:
        return campaign.remaining_improvement()
    except FitFailed as failure:
        return f"not known before there is a model: {failure}"


def verdicts(campaign: "Campaign", config: "CampaignConfig", remaining: "Remaining | str") -> "list[Verdict]":
    """What each rule of the campaign's file says."""
    return [_verdict(rule, campaign, remaining) for rule in config.stop.rules]


def _verdict(rule: "Rule", campaign: "Campaign", remaining: "Remaining | str") -> "Verdict":
    from ionlink.data.errors import InputError
    from ionlink.optimize.stopping import RemainingImprovement, Verdict

    if isinstance(rule, RemainingImprovement):  # the model is fitted already
        return (
            Verdict("remaining", stops=False, reason=remaining) if isinstance(remaining, str) else rule.judge(remaining)
        )
    try:
        return rule.verdict(campaign)
    except InputError as error:  # costs are known to the simulation only
        return Verdict("budget", stops=False, reason=str(error))
