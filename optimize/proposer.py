"""How one round of candidates is proposed: from a model, or spread over the space where there can be none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ionlink.data.formulation import Formulation
from ionlink.models.errors import FitFailed
from ionlink.optimize.candidate import Prediction
from ionlink.optimize.standing import observed_formulations

if TYPE_CHECKING:
    from torch import Tensor

    from ionlink.optimize.aim import Aim
    from ionlink.optimize.beliefs import Beliefs
    from ionlink.optimize.campaign import Campaign
    from ionlink.optimize.success import SuccessModel
    from ionlink.optimize.why import Why

ExpectedCost = Callable[[Formulation], float]
"""What observing a formulation is expected to cost, above 0; only ratios of costs matter."""

NEVER = -1e6
"""Logarithm of the chance of what cannot be observed at all."""

INITIAL_FORMULATIONS = 6
"""So many different formulations must have each outcome of the aim observed before proposals come from a model."""


@dataclass(frozen=True)
class Proposer:
    """Proposes the formulations of one round."""

    campaign: "Campaign"

    seed: np.random.SeedSequence
    """Of this round."""

    method: str
    """Method, and why it was chosen where it is a fallback."""

    beliefs: "Beliefs | None"
    """About outcomes of objectives and constraints; `None` for space filling."""

    reference: Mapping[str, float] | None
    """Hypervolume reference, as desirability by outcome; `None` where the method needs none."""

    cost: ExpectedCost | None = None
    """What observing a formulation costs, where that differs."""

    @classmethod
    def of(cls, campaign: "Campaign", number: int, cost: ExpectedCost | None = None) -> "Proposer":
        """For round `number` (from 1): a model where all objectives are known well enough, else space filling."""
        seed = np.random.SeedSequence(campaign.seed, spawn_key=(number,))
        shortage = _shortage(campaign)
        if shortage:
            return cls(campaign, seed, f"space filling: {shortage}", None, None)

        from ionlink.optimize.beliefs import Beliefs

        try:
            beliefs = Beliefs.of(campaign)
        except FitFailed as failure:
            return cls(campaign, seed, f"space filling: no model of {failure}", None, None)
        per_cost = " per cost" if cost else ""
        if campaign.aim.dimension == 1:
            return cls(campaign, seed, f"qLogNEI{per_cost}", beliefs, None, cost)
        from ionlink.optimize.acquisition import MOST_OBJECTIVES

        method = "qLogNEHVI" if campaign.aim.dimension <= MOST_OBJECTIVES else "qLogNParEGO"
        return cls(campaign, seed, f"{method}{per_cost}", beliefs, _reference(campaign, beliefs), cost)

    def propose(self, n: int, beside: Sequence[Formulation], refused: Sequence[Formulation]) -> list[Formulation]:
        """`n` more formulations beside those of this round, some of which were refused."""
        before = [
            *observed_formulations(self.campaign.observations()),
            *(c.formulation for c in self.campaign.candidates),
        ]
        taken = [*before, *beside, *refused]
        if self.beliefs is None:
            return self._spread(n, taken)
        return self._improve(self.beliefs, n, beside, taken)

    def predicted(self, formulations: Sequence[Formulation]) -> list[dict[str, Prediction]]:
        """What is expected of each outcome of the aim, for each formulation; nothing where there are no beliefs."""
        return self.beliefs.predictions(formulations) if self.beliefs else [{} for _ in formulations]

    def reasons(self, formulations: Sequence[Formulation]) -> list["Why"]:
        """Why each of this round's proposals was chosen, by what is known now."""
        campaign = self.campaign
        if self.beliefs is None:
            from ionlink.optimize.spreading_reasons import spreading_reasons

            proposed = [c.formulation for c in campaign.candidates]
            observations = campaign.observations()
            return spreading_reasons(formulations, observations, proposed, campaign.start, campaign.aim.outcomes)
        from ionlink.optimize.reasons import reasons

        return reasons(self, self.beliefs, formulations)

    def _spread(self, n: int, taken: Sequence[Formulation]) -> list[Formulation]:
        from ionlink.optimize.space_filling import spread

        campaign = self.campaign
        return spread(campaign.open_space, n, taken=taken, seed=campaign.seed, start=campaign.start)

    @property
    def search_seed(self) -> int:
        """Of all draws of this round."""
        return int(self.seed.generate_state(1)[0])

    @property
    def ordered_reference(self) -> "Tensor | None":
        """Hypervolume reference in the order of the objectives; `None` where one value counts."""
        return _ordered(self.campaign.aim, self.reference)

    @cached_property
    def success(self) -> "SuccessModel | None":
        """The chance that a formulation can be observed; `None` where nothing failed, or there are no beliefs."""
        from ionlink.optimize.success import SuccessModel

        return SuccessModel.of(self.campaign, self.beliefs) if self.beliefs else None

    def _improve(
        self, beliefs: "Beliefs", n: int, beside: Sequence[Formulation], taken: Sequence[Formulation]
    ) -> list[Formulation]:
        from ionlink.optimize.search import Search, propose

        observed = observed_formulations(self.campaign.observations())
        waiting = [c.formulation for c in self.campaign.pending if c.formulation not in set(observed)]
        search = Search(
            space=self.campaign.open_space,
            aim=self.campaign.aim,
            beliefs=beliefs,
            observed=tuple(observed),
            pending=(*waiting, *beside),
            taken=tuple(taken),
            reference=self.ordered_reference,
            seed=self.search_seed,
            bonus=_bonus(self.success, self.cost),
        )
        return propose(search, n)


def _ordered(aim: "Aim", reference: Mapping[str, float] | None) -> "Tensor | None":
    import torch

    if aim.dimension == 1 or reference is None:
        return None
    return torch.tensor([reference[o.outcome] for o in aim.objectives], dtype=torch.float64)


def _bonus(
    success: "SuccessModel | None", cost: ExpectedCost | None
) -> "Callable[[Sequence[Formulation]], Tensor] | None":
    """Logarithms of the chance of success, where something failed, and minus that of the cost, where it differs."""
    import torch

    if success is None and cost is None:
        return None

    def bonus(formulations: Sequence[Formulation]) -> "Tensor":
        added = torch.zeros(len(formulations), dtype=torch.float64)
        if success is not None:
            added = added + success.log_probability(formulations)
        if cost is not None:
            added = added - torch.tensor([cost(f) for f in formulations], dtype=torch.float64).log()
        return added.clamp_min(NEVER)

    return bonus


def _shortage(campaign: "Campaign") -> str:
    """Which outcomes of objectives and constraints are observed too rarely for a model; empty where none is."""
    values = [o for o in campaign.observations() if o.bound == "="]
    counts = {
        outcome: len({o.formulation for o in values if o.outcome == outcome}) for outcome in campaign.aim.outcomes
    }
    few = [f"{name} of {count}" for name, count in counts.items() if count < INITIAL_FORMULATIONS]
    return f"observed are {', '.join(few)} formulations, a model needs {INITIAL_FORMULATIONS}" if few else ""


def _reference(campaign: "Campaign", beliefs: "Beliefs") -> Mapping[str, float]:
    settled = campaign.reference()
    if settled is not None:
        return settled
    from ionlink.optimize.acquisition import inferred_reference

    means = beliefs.means(beliefs.inputs(observed_formulations(campaign.observations())))
    return inferred_reference(campaign.objectives, means)
