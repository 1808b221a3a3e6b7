"""When to stop: rules over a campaign, each of which says why it stops, or what is still to gain."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist, median_low
from typing import TYPE_CHECKING, Protocol

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.data.outcome_scale import scale_of
from ionlink.models.errors import FitFailed
from ionlink.optimize.aim import Aim
from ionlink.optimize.candidate import Candidate
from ionlink.optimize.costs import Costs
from ionlink.optimize.errors import SpaceExhausted

if TYPE_CHECKING:
    import pandas as pd

    from ionlink.optimize.campaign_record import CampaignRecord
    from ionlink.optimize.remaining import Remaining

Cost = Callable[[Formulation], float]
"""What one replicate of a formulation costs, in any unit."""


@dataclass(frozen=True)
class Verdict:
    """What a rule says of a campaign."""

    rule: str
    """Its name, as in a campaign's file."""

    stops: bool

    reason: str
    """Why it stops, or why not yet, in one line."""


class Rule(Protocol):
    """Says whether a campaign should stop."""

    def verdict(self, campaign: "CampaignRecord", cost: Cost | None = None) -> Verdict:
        """Of what the campaign knows now; `cost` is for rules that count costs."""
        ...


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BudgetSpent(_Rule):
    """Stop when so many rounds were asked for, or so many candidates were tried, or so much was spent.

    A round is spent once it is asked for, whatever of it is still waited for.
    """

    rounds: int | None = Field(default=None, ge=1)

    evaluations: int | None = Field(default=None, ge=1)
    """Candidates that are done or failed."""

    cost: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Of all replicates of these candidates, in the unit in which the simulation, the levels or whoever asks count.

    Candidates of a level that the campaign, changed or forked, left out are not counted.
    """

    @model_validator(mode="after")
    def _something(self) -> "BudgetSpent":
        if self.rounds is None and self.evaluations is None and self.cost is None:
            raise InputError("needs rounds, evaluations or cost")
        return self

    def verdict(self, campaign: "CampaignRecord", cost: Cost | None = None) -> Verdict:
        """By the costs that levels state, where `cost` is not given.

        Raises `InputError` where costs are limited, none are known, and no other limit is reached.
        """
        if cost is None and campaign.levels:
            cost = Costs.stated(campaign.known_levels)
        tried = [c for c in campaign.candidates if c.status in ("done", "failed")]
        spent: list[tuple[float, float | None, str]] = [
            (len(campaign.store.rounds()), self.rounds, "rounds"),
            (len(tried), self.evaluations, "evaluations"),
        ]
        if self.cost is not None and cost is not None:
            spent.append((math.fsum(_cost(cost, c) * c.replicates for c in tried), self.cost, "cost"))
        limits = [(used, limit, name) for used, limit, name in spent if limit is not None]
        reason = ", ".join(f"{used:g} of {limit:g} {name}" for used, limit, name in limits)
        stops = any(used >= limit for used, limit, _ in limits)
        if self.cost is not None and cost is None and not stops:
            known = f"; spent are {reason}" if reason else "; limit evaluations"
            raise InputError(f"budget.cost: it is not known what observing a formulation costs{known}")
        return Verdict("budget", stops, f"spent are {reason}")


def _cost(cost: Cost, candidate: Candidate) -> float:
    """Of one replicate where the candidate was to be observed; 0 at a level that is none any more."""
    if not isinstance(cost, Costs):
        return cost(candidate.formulation)
    return cost.at(candidate.formulation, candidate.level) if candidate.level in cost.by_level else 0.0


class Stagnation(_Rule):
    """Stop when the last `rounds` rounds brought (almost) nothing, by the observed means.

    Use it where rounds are cheap. A campaign that is unlucky for some rounds stagnates as well: what may still be found
    only `RemainingImprovement` asks.
    """

    rounds: int = Field(ge=1)

    tolerance: float = Field(default=0.01, ge=0, allow_inf_nan=False)
    """Of the hypervolume that was reached; where the aim counts one value, of the best value above the median one."""

    def verdict(self, campaign: "CampaignRecord", cost: Cost | None = None) -> Verdict:  # noqa: ARG002 - as all rules
        """By the hypervolume, or the best value, of now and before."""
        verdict, forgotten = self._verdict(campaign), _forgotten(campaign)
        return replace(verdict, reason=f"{verdict.reason}; {forgotten}") if forgotten else verdict

    def _verdict(self, campaign: "CampaignRecord") -> Verdict:
        last = complete_rounds(campaign)
        before = campaign.hypervolume(last - self.rounds) if last >= self.rounds else None
        now = campaign.hypervolume()
        if campaign.aim.dimension > 1 and campaign.reference() is None and last >= self.rounds:
            return Verdict("stagnation", stops=False, reason="there is no hypervolume reference yet")
        if before is None or now is None:
            return Verdict("stagnation", stops=False, reason=f"{last} complete rounds are too few to tell")
        scale = now if campaign.aim.dimension > 1 else now - _median(campaign)
        gain = now - before
        if campaign.aim.dimension > 1 and not now:
            reason = "nothing that was observed is above the hypervolume reference yet"
            return Verdict("stagnation", stops=False, reason=reason)
        share = gain / scale if scale > 0 else 0.0
        grown = f"the hypervolume grew by {100 * share:.3g} %"
        if campaign.aim.dimension == 1:
            grown = f"the best value grew by {100 * share:.3g} % of how far it is above the median,"
        reason = f"{grown} in the last {self.rounds} rounds"
        return Verdict("stagnation", share <= self.tolerance, f"{reason}; the limit is {100 * self.tolerance:g} %")


class TargetReached(_Rule):
    """Stop when a formulation is in all windows, has the best of what is optimised, and holds all constraints.

    Judged by observed means and their standard errors; a mean without one counts as exact. Of many noisy formulations
    the best looks better than it is: ask for a high probability.
    """

    probability: float = Field(default=0.9, gt=0, lt=1)

    def check(self, aim: Aim) -> None:
        """Raises `InputError` for each objective of which nothing says when it is reached."""
        lacking = [o for o in aim.objectives if o.goal != "window" and o.best is None]
        if lacking:
            raise InputError(
                f"target needs best of {o.outcome}, or a window, to know when it is reached" for o in lacking
            )

    def verdict(self, campaign: "CampaignRecord", cost: Cost | None = None) -> Verdict:  # noqa: ARG002 - as all rules
        """By the formulation that is most probably there; raises `InputError` as `check`."""
        from ionlink.optimize.standing import formulations_of

        self.check(campaign.aim)
        frame = campaign.ranking()
        frame = frame[frame["complete"]]
        if not len(frame):
            return Verdict("target", stops=False, reason="no formulation has all outcomes observed")
        chances = [_chance(row, campaign.aim) for _, row in frame.iterrows()]
        place = max(range(len(chances)), key=chances.__getitem__)
        row, chance = frame.iloc[place], chances[place]
        (where,) = formulations_of(frame.iloc[[place]])
        known = [name for name in campaign.aim.outcomes if not math.isnan(row[name])]
        unsure = [name for name in known if math.isnan(row[f"{name}_standard_error"])]
        taken = f", taking {', '.join(unsure)} as exact" if unsure else ""
        return Verdict(
            "target", chance >= self.probability, f"{where} reaches all targets with probability {chance:.2g}{taken}"
        )


def still_to_gain(campaign: "CampaignRecord") -> "Remaining | str":
    """What is expected to be left in the design space, or why that is not known; fits a model."""
    try:
        return campaign.remaining_improvement()
    except FitFailed as failure:
        return f"not known before there is a model: {failure}"
    except SpaceExhausted as failure:
        return f"not known: {failure}"


class RemainingImprovement(_Rule):
    """Stop when little is expected to be left: all that the design space may still hold adds less than `below`.

    For campaigns whose surrogate can be trusted: it knows no more of the space than the model does.
    """

    below: float = Field(gt=0, allow_inf_nan=False)
    """Share of what was reached, see `ionlink.optimize.remaining.Remaining`."""

    def verdict(self, campaign: "CampaignRecord", cost: Cost | None = None) -> Verdict:  # noqa: ARG002 - as all rules
        """By the posterior of a surrogate that is fitted now."""
        return self.judge(still_to_gain(campaign))

    def judge(self, remaining: "Remaining | str") -> Verdict:
        """Of what is left, or why that is not known: what `still_to_gain` gave."""
        if isinstance(remaining, str):
            return Verdict("remaining", stops=False, reason=remaining)
        reason = f"expected is an improvement by {remaining}; the limit is {100 * self.below:g} %"
        return Verdict("remaining", remaining.is_settled and remaining.share < self.below, reason)


class StopRules(_Rule):
    """`[stop]` of a campaign's file: the first rule that stops ends the campaign."""

    budget: BudgetSpent | None = None
    stagnation: Stagnation | None = None
    target: TargetReached | None = None
    remaining: RemainingImprovement | None = None

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Those that are given, the cheap ones first."""
        given: Sequence[Rule | None] = (self.budget, self.target, self.stagnation, self.remaining)
        return tuple(rule for rule in given if rule is not None)

    @property
    def counts_costs(self) -> bool:
        """Whether one of them needs to know what replicates cost."""
        return self.budget is not None and self.budget.cost is not None


def complete_rounds(campaign: "CampaignRecord") -> int:
    """How many rounds were asked for and have ended, up to the first that waits for something."""
    waiting = [c.round for c in campaign.pending]
    return min(waiting) - 1 if waiting else len(campaign.store.rounds())


def _forgotten(campaign: "CampaignRecord") -> str:
    """What holds up the count of complete rounds, and what to do about it; empty where it is the last round at most."""
    waiting = [c for c in campaign.pending if c.round < len(campaign.store.rounds())]
    if not waiting:
        return ""
    listed = ", ".join(f"{c.id} of round {c.round}" for c in waiting)
    plural, are = ("s", "are") if len(waiting) > 1 else ("", "is")
    return (
        f"still waited for {are} candidate{plural} {listed}, and rounds from {waiting[0].round} on are not complete: "
        "tell what came of it, or give it up (ionlink campaign fail)"
    )


def _median(campaign: "CampaignRecord") -> float:
    """Of the aim's one value, over complete and feasible formulations."""
    frame = campaign.ranking()
    usable = frame.loc[frame["complete"] & frame["feasible"], list(campaign.aim.outcomes)]
    middle: float = median_low(campaign.aim.desirability(usable.to_numpy(dtype=float))[:, 0].tolist())
    return middle


def _chance(row: "pd.Series", aim: Aim) -> float:
    """Probability that one formulation reaches all targets; outcomes are independent of each other."""
    chance = 1.0
    for outcome in aim.outcomes:
        if math.isnan(row[outcome]):  # only bounds of it are known, which settle the constraint
            chance *= bool(row["holds"])
            continue
        scale, (lower, upper) = scale_of(outcome), _target(outcome, aim)
        error = row[f"{outcome}_standard_error"]
        if math.isnan(error) or error == 0:
            chance *= lower <= row[outcome] <= upper
        else:
            normal = NormalDist(float(scale.learned(row[outcome])), scale.error(row[outcome], error))
            chance *= max(0.0, normal.cdf(float(scale.learned(upper))) - normal.cdf(float(scale.learned(lower))))
    return chance


def _target(outcome: str, aim: Aim) -> tuple[float, float]:
    """Where an outcome is as wanted by its objective and its constraint."""
    lower, upper = -math.inf, math.inf
    edges = [(c.lower, c.upper) for c in aim.constraints if c.outcome == outcome]
    for objective in aim.objectives:
        if objective.outcome == outcome:
            edges.append((objective.lower, objective.upper))
            edges.append((objective.best, None) if objective.goal == "maximise" else (None, objective.best))
    for low, high in edges:
        lower = lower if low is None else max(lower, low)
        upper = upper if high is None else min(upper, high)
    return lower, upper
