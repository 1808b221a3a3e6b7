"""How one round of candidates is proposed: from a model, or spread over the space where there can be none."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation
from ionlink.models.errors import FitFailed
from ionlink.optimize.candidate import Prediction
from ionlink.optimize.costs import Costs, ExpectedCost
from ionlink.optimize.decision import Decide, Decision, Place
from ionlink.optimize.errors import SpaceExhausted
from ionlink.optimize.first_levels import first_levels
from ionlink.optimize.known_enough import INITIAL_FORMULATIONS, counts_of, learnable, short_of
from ionlink.optimize.standing import completely_observed, observed_formulations

if TYPE_CHECKING:
    from torch import Tensor

    from ionlink.optimize.aim import Aim
    from ionlink.optimize.beliefs import Beliefs
    from ionlink.optimize.campaign import Campaign
    from ionlink.optimize.chance import Model
    from ionlink.optimize.deciding import Deciding
    from ionlink.optimize.reference import Reference
    from ionlink.optimize.search import Search
    from ionlink.optimize.success import Limits, Success

FIRST_ONLY = Decide(more=0)


@dataclass(frozen=True)
class Proposer:
    """Proposes the observations of one round."""

    campaign: "Campaign"

    observations: tuple[Observation, ...]
    """Of the outcomes that the aim counts, at the campaign's level, before this round."""

    aim: "Aim"
    """What counts of the campaign's aim for a model."""

    seed: np.random.SeedSequence
    """Of this round."""

    method: str
    """Method, and why it was chosen where it is a fallback."""

    beliefs: "Beliefs | None"
    """About outcomes of objectives and constraints; `None` for space filling."""

    reference: "Reference | None"
    """Hypervolume reference; `None` where the method needs none."""

    cost: ExpectedCost | None = None
    """What observing a formulation costs, where that differs; `Costs` where it differs between levels as well."""

    decide: Decide = FIRST_ONLY

    @classmethod
    def of(
        cls, campaign: "Campaign", number: int, cost: ExpectedCost | None = None, decide: Decide | None = None
    ) -> "Proposer":
        """For round `number` (from 1): a model where all objectives are known well enough, else space filling."""
        seed, decide = np.random.SeedSequence(campaign.seed, spawn_key=(number,)), decide or FIRST_ONLY
        known, elsewhere = campaign.counted(), campaign.elsewhere()
        aim = learnable(campaign.aim, known, elsewhere)
        if reason := _no_model_yet(campaign, known, elsewhere, aim):
            return cls(campaign, known, aim, seed, f"space filling: {reason}", None, None, cost, decide)
        from ionlink.optimize.beliefs import Beliefs

        try:
            beliefs = Beliefs.of(campaign, aim)
        except FitFailed as failure:
            reason = f"space filling: no model of {failure}"
            return cls(campaign, known, aim, seed, reason, None, None, cost, decide)
        from ionlink.optimize.reference import reference_of

        reference = reference_of(campaign, known, beliefs, aim)
        return cls(campaign, known, aim, seed, _method(campaign, cost, decide), beliefs, reference, cost, decide)

    def propose(self, n: int, beside: Sequence[Decision], refused: Sequence[Formulation]) -> list[Decision]:
        """`n` more observations beside those of this round; some formulations were refused."""
        if self.beliefs is None:
            return self._spread(n, beside, refused)
        taken = [*self._taken(self.campaign.level, beside), *refused]
        if _decides(self.campaign, self.decide):
            from ionlink.optimize.deciding import decided

            deciding = self._deciding(self.beliefs, beside, taken, refused)
            # What cheaper levels say counts for what is new.
            exhausted = deciding.search.exhausted
            if exhausted and not self.decide.more:
                raise SpaceExhausted.after(0, n)
            first = [] if exhausted else self._comparisons(deciding, n)
            if len(first) == n:
                return first
            return [*first, *decided(replace(deciding, waiting=[*deciding.waiting, *first]), n - len(first))]
        from ionlink.optimize.search import propose

        return self._at(self.campaign.level, propose(self._search(self.beliefs, beside, taken), n))

    def _spread(self, n: int, beside: Sequence[Decision], refused: Sequence[Formulation]) -> list[Decision]:
        """What fills the space, at the level where that costs least; where nothing is left there, at the next."""
        from ionlink.optimize.space_filling import spread

        def at(level: str) -> list[Decision]:
            taken = [*self._taken(level, beside), *refused]
            return self._at(
                level, spread(campaign.open_space, n, taken=taken, seed=campaign.seed, start=campaign.start)
            )

        campaign = self.campaign
        *rather, last = first_levels(campaign)
        for level in rather:
            with suppress(SpaceExhausted):
                return at(level)
        return at(last)

    def predicted(self, formulations: Sequence[Formulation]) -> list[dict[str, Prediction]]:
        """What is expected of each outcome of the aim, for each formulation; nothing where there are no beliefs."""
        return self.beliefs.predictions(formulations) if self.beliefs else [{} for _ in formulations]

    @property
    def search_seed(self) -> int:
        """Of all draws of this round."""
        return int(self.seed.generate_state(1)[0])

    @property
    def ordered_reference(self) -> "Tensor | None":
        """Hypervolume reference in the order of the objectives; `None` where one value counts."""
        import torch

        if self.reference is None:
            return None
        return torch.tensor([self.reference.point[o.outcome] for o in self.aim.objectives], dtype=torch.float64)

    @property
    def lasting_reference(self) -> Mapping[str, float] | None:
        """The one that the campaign keeps from this round on, as desirability by outcome."""
        return self.reference.point if self.reference and self.reference.lasts else None

    @cached_property
    def success(self) -> "Success | None":
        """The chance that a formulation can be observed; `None` where nothing failed, or there are no beliefs."""
        from ionlink.optimize.success import Success

        return Success.of(self.campaign, self.beliefs) if self.beliefs else None

    @cached_property
    def limits(self) -> "Limits | None":
        """Constraints that no model of outcomes knows; `None` where there are none, or no beliefs."""
        from ionlink.optimize.success import Limits

        found = Limits.of(self.campaign, self.observations, self.beliefs) if self.beliefs else None
        return found if found and found.known else None

    @cached_property
    def reached(self) -> tuple[Formulation, ...]:
        """What there is to improve on: what was observed completely, or in part when it had been proposed.

        What else was observed in part, such as for one of two objectives, may be proposed for what is missing.
        """
        done = _reached(self.campaign, self.campaign.level, self.observations)
        return tuple(f for f in done if not self.limits or f not in self.limits.broken)

    def _at(self, level: str, formulations: Sequence[Formulation]) -> list[Decision]:
        return [Decision(f, level, self.decide.first) for f in formulations]

    def _taken(self, level: str, beside: Sequence[Decision]) -> list[Formulation]:
        """What is not proposed (again) at a level as new."""
        own = level == self.campaign.level
        known = self.observations if own else [o for o in self.campaign.counted_at_levels() if o.level == level]
        return [
            *completely_observed(known, self.campaign.aim.outcomes),
            *(c.formulation for c in self.campaign.candidates if c.takes(level) or c.status == "excluded"),
            *(made.formulation for made in self.campaign.made(level) if made.candidates),
            *(d.formulation for d in beside if d.level == level),
        ]

    def _search(self, beliefs: "Beliefs", beside: Sequence[Decision], taken: Sequence[Formulation]) -> "Search":
        from ionlink.optimize.bonus import bonus_of
        from ionlink.optimize.search import Search

        waiting = [*_waiting(self.campaign), *beside]
        known = set(self.reached)
        return Search(
            space=self.campaign.open_space,
            aim=self.aim,
            beliefs=beliefs,
            observed=self.reached,
            pending=tuple(
                d.formulation for d in waiting if d.level == self.campaign.level and d.formulation not in known
            ),
            taken=tuple(taken),
            reference=self.ordered_reference,
            seed=self.search_seed,
            bonus=bonus_of(self._chance, self.cost),
        )

    def _deciding(
        self,
        beliefs: "Beliefs",
        beside: Sequence[Decision],
        taken: Sequence[Formulation],
        refused: Sequence[Formulation],
    ) -> "Deciding":
        from ionlink.optimize.deciding import Deciding

        campaign, levels = self.campaign, self.campaign.known_levels
        costs = self.cost if isinstance(self.cost, Costs) else Costs.stated(levels, self.cost)
        known = campaign.counted_at_levels()
        tried = [Place(c.formulation, c.level) for c in campaign.candidates]
        failed = [c.formulation for c in campaign.candidates if c.failure_of == "formulation"]
        return Deciding(
            search=self._search(beliefs, beside, taken),
            levels=beliefs.learned(),
            observed={
                Place(f, level.name)
                for level in levels
                for f in _reached(campaign, level.name, [o for o in known if o.level == level.name])
            },
            waiting=[*_waiting(campaign), *beside],
            taken={*tried, *(Place(f, level.name) for f in (*refused, *failed) for level in levels)},
            decide=self.decide,
            costs=costs,
            chance=self._chance,
        )

    def _comparisons(self, deciding: "Deciding", n: int) -> list[Decision]:
        """Observations without which nothing can be decided about some levels."""
        from ionlink.optimize.level_comparison import comparisons

        found = comparisons(self.campaign, deciding.levels, deciding.costs, self.decide.first, n, deciding.waiting)
        return [d for d in found if d.place not in deciding.taken]

    @property
    def _chance(self) -> "Callable[[Sequence[Formulation]], Tensor] | None":
        """Logarithm of the chance that it can be observed and breaks no limit, where something did."""
        from ionlink.optimize.chance import together

        models: list[Model] = [model for model in (self.success, self.limits) if model]
        return together(models) if models else None


def _no_model_yet(
    campaign: "Campaign", known: Sequence[Observation], elsewhere: Sequence[Observation], aim: "Aim"
) -> str | None:
    """Why the space is still filled, whatever a model may say; `None` where it need not be."""
    few = short_of(known, aim, elsewhere)
    if few:
        listed = ", ".join(f"{name} of {count}" for name, count in zip(few, counts_of(few), strict=True))
        return f"observed are {listed}, a model needs {INITIAL_FORMULATIONS}"
    tried = [*observed_formulations(known), *(c.formulation for c in campaign.candidates)]
    if short_of(known, aim) and not campaign.start.is_tried(tried, campaign.open_space):
        return "what the campaign's start asks for comes first"
    return None


def _decides(campaign: "Campaign", decide: Decide) -> bool:
    return decide.more > 0 or campaign.has_levels


def _method(campaign: "Campaign", cost: ExpectedCost | None, decide: Decide) -> str:
    if _decides(campaign, decide):
        return "knowledge gradient per cost"
    per_cost = " per cost" if cost else ""
    if campaign.aim.dimension == 1:
        return f"qLogNEI{per_cost}"
    from ionlink.optimize.acquisition import MOST_OBJECTIVES

    return f"{'qNEHVI' if campaign.aim.dimension <= MOST_OBJECTIVES else 'qLogNParEGO'}{per_cost}"


def _waiting(campaign: "Campaign") -> list[Decision]:
    return [Decision(c.formulation, c.level, c.replicates, c.kind) for c in campaign.pending]


def _reached(campaign: "Campaign", level: str, observations: Sequence[Observation]) -> tuple[Formulation, ...]:
    """Of formulations with `observations` at a level, of outcomes that the aim counts, those that are done with."""
    open_or_done = ("pending", "done")
    done = {c.formulation for c in campaign.candidates if c.level == level and c.status in open_or_done}
    done.update(made.formulation for made in campaign.made(level) if made.candidates)
    done.update(completely_observed(observations, campaign.aim.outcomes))
    return tuple(f for f in observed_formulations(observations) if f in done)
