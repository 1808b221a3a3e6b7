"""How one round of candidates is proposed: from a model, or spread over the space where there can be none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ionlink.data.formulation import Formulation
from ionlink.models.errors import FitFailed
from ionlink.optimize.candidate import Prediction
from ionlink.optimize.errors import SpaceExhausted
from ionlink.optimize.standing import observed_formulations

if TYPE_CHECKING:
    from ionlink.models.surrogate import Surrogate
    from ionlink.optimize.campaign import Campaign
    from ionlink.optimize.combination import Combination

ExpectedCost = Callable[[Formulation], float]
"""What observing a formulation is expected to cost, above 0; only ratios of costs matter."""

MOST_COMBINATIONS = 512
"""So many combinations of a large space are looked at in one round."""

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

    surrogate: "Surrogate | None"
    """Of the outcomes of objectives and constraints; `None` for space filling."""

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
        try:
            surrogate = campaign.surrogate(objectives_only=True)
        except FitFailed as failure:
            return cls(campaign, seed, f"space filling: no model of {failure}", None, None)
        per_cost = " per cost" if cost else ""
        if campaign.aim.dimension == 1:
            return cls(campaign, seed, f"qLogNEI{per_cost}", surrogate, None, cost)
        return cls(campaign, seed, f"qLogNEHVI{per_cost}", surrogate, _reference(campaign, surrogate), cost)

    def propose(self, n: int, beside: Sequence[Formulation], refused: Sequence[Formulation]) -> list[Formulation]:
        """`n` more formulations beside those of this round, some of which were refused."""
        before = [
            *observed_formulations(self.campaign.observations()),
            *(c.formulation for c in self.campaign.candidates),
        ]
        taken = [*before, *beside, *refused]
        if self.surrogate is None:
            return self._spread(n, taken)
        return self._improve(n, beside, taken)

    def predicted(self, formulation: Formulation) -> Mapping[str, Prediction]:
        """What the surrogate expects of each outcome of the aim; empty without a surrogate."""
        if self.surrogate is None:
            return {}
        from ionlink.optimize.acquisition import predictions

        return predictions(self.surrogate, formulation)

    def _spread(self, n: int, taken: Sequence[Formulation]) -> list[Formulation]:
        from ionlink.optimize.space_filling import spread

        campaign = self.campaign
        return spread(campaign.open_space, n, taken=taken, seed=campaign.seed, start=campaign.start)

    def _improve(self, n: int, beside: Sequence[Formulation], taken: Sequence[Formulation]) -> list[Formulation]:
        from ionlink.optimize.acquisition import Search, propose

        assert self.surrogate is not None
        observed = observed_formulations(self.campaign.observations())
        waiting = [c.formulation for c in self.campaign.pending if c.formulation not in set(observed)]
        search = Search(
            space=self.campaign.space,
            aim=self.campaign.aim,
            surrogate=self.surrogate,
            combinations=tuple(self._drawn()),
            observed=tuple(observed),
            pending=(*waiting, *beside),
            taken=tuple(taken),
            reference=self.reference,
            seed=int(self.seed.generate_state(1)[0]),
            cost=self.cost,
        )
        return propose(search, n)

    def _drawn(self) -> "list[Combination]":
        """Combinations to look at: all of a small space."""
        found = self.campaign.open_space.draw(MOST_COMBINATIONS, np.random.default_rng(self.seed))
        if not found:
            raise SpaceExhausted("every combination of the space is excluded")
        return found


def _shortage(campaign: "Campaign") -> str:
    """Which outcomes of objectives and constraints are observed too rarely for a model; empty where none is."""
    values = [o for o in campaign.observations() if o.bound == "="]
    counts = {
        outcome: len({o.formulation for o in values if o.outcome == outcome}) for outcome in campaign.aim.outcomes
    }
    few = [f"{name} of {count}" for name, count in counts.items() if count < INITIAL_FORMULATIONS]
    return f"observed are {', '.join(few)} formulations, a model needs {INITIAL_FORMULATIONS}" if few else ""


def _reference(campaign: "Campaign", surrogate: "Surrogate") -> Mapping[str, float]:
    settled = campaign.reference()
    if settled is not None:
        return settled
    from ionlink.optimize.acquisition import infer_reference

    return infer_reference(surrogate, campaign.objectives, observed_formulations(campaign.observations()))
