"""What status and report say of when to stop: what is still to gain, and what each rule says."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ionlink.data import outcomes
from ionlink.data.errors import InputError
from ionlink.data.prose import significant, unit_symbol, words
from ionlink.optimize.stopping import RemainingImprovement, Rule, Verdict, still_to_gain

if TYPE_CHECKING:
    from ionlink.optimize.campaign_record import CampaignRecord
    from ionlink.optimize.config import CampaignConfig
    from ionlink.optimize.costs import ExpectedCost
    from ionlink.optimize.remaining import Remaining


def reference_values(campaign: "CampaignRecord", remaining: "Remaining | str") -> dict[str, tuple[float, ...]]:
    """What hypervolumes are measured from, by outcome and in its unit: one value, or those beyond a window's edges.

    Empty where one value counts, and before there is a reference. `remaining` is what `still_to_gain` gave.
    """
    if campaign.aim.dimension == 1:
        return {}
    settled = campaign.reference()
    if settled is None and not isinstance(remaining, str) and remaining.reference is not None:
        settled = dict(zip((o.outcome for o in campaign.objectives), remaining.reference, strict=True))
    return {o.outcome: o.values_at(settled[o.outcome]) for o in campaign.objectives} if settled else {}


def reference_words(campaign: "CampaignRecord", remaining: "Remaining | str") -> str:
    """The same as a phrase, such as `peel force 0.9 N; film roughness rq 12 nm`; empty where there is none."""
    values = reference_values(campaign, remaining)
    points = [f"{words(name)} {' or '.join(map(significant, at))} {_unit(name)}".strip() for name, at in values.items()]
    inferred = [words(o.outcome) for o in campaign.objectives if o.reference is None and values]
    source = "from the first front" if campaign.reference() else "for now"
    how = f" (inferred {source} for {' and '.join(inferred)}: the file gives no reference)"
    return "; ".join(points) + (how if inferred else "")


def _unit(outcome: str) -> str:
    return unit_symbol(outcomes()[outcome].unit)


def verdicts(
    campaign: "CampaignRecord", rules: Iterable[Rule], remaining: "Remaining | str", cost: "ExpectedCost | None" = None
) -> list[Verdict]:
    """What each of a campaign's rules says; `remaining` is what `still_to_gain` gave, `cost` what `costs_of` did."""
    return [_verdict(rule, campaign, remaining, cost) for rule in rules]


def reasons_to_stop(
    campaign: "CampaignRecord", config: "CampaignConfig", cost: "ExpectedCost | None" = None
) -> list[str]:
    """A line for each thing that speaks against a further round: rounds that are spent, and rules that stop."""
    asked, rounds = len(campaign.store.rounds()), config.budget.rounds
    spent = [f"the budget is spent: {asked} of {rounds} rounds were asked for before"] if asked >= rounds else []
    rules = config.stop.rules
    remaining = still_to_gain(campaign) if any(isinstance(rule, RemainingImprovement) for rule in rules) else ""
    stopping = [verdict for verdict in verdicts(campaign, rules, remaining, cost) if verdict.stops]
    return [*spent, *(f"the rule {verdict.rule} says to stop: {verdict.reason}" for verdict in stopping)]


def _verdict(
    rule: Rule, campaign: "CampaignRecord", remaining: "Remaining | str", cost: "ExpectedCost | None"
) -> Verdict:
    if isinstance(rule, RemainingImprovement):  # the model is fitted already
        return rule.judge(remaining)
    try:
        return rule.verdict(campaign, cost)
    except InputError as error:  # nobody knows costs
        return Verdict("budget", stops=False, reason=str(error))
