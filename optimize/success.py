"""What may come between a proposal and its use: that it cannot be observed, or breaks a limit that has no values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation
from ionlink.optimize.beliefs import Beliefs
from ionlink.optimize.chance import Chance, together
from ionlink.optimize.known_enough import broken, classified
from ionlink.optimize.outcome_constraint import OutcomeConstraint
from ionlink.optimize.standing import in_one_order, observed_formulations

if TYPE_CHECKING:
    from ionlink.optimize.campaign_record import CampaignRecord


@dataclass(frozen=True, eq=False)
class Success:
    """The chance that observing a formulation succeeds."""

    chance: Chance
    failed: tuple[Formulation, ...]
    """Those that did for a reason of their own."""

    @classmethod
    def of(cls, campaign: "CampaignRecord", beliefs: Beliefs) -> "Success | None":
        """By what was observed at whichever of a campaign's levels, and what failed.

        `None` where nothing did, or nothing else is known.
        """
        failed = dict.fromkeys(c.formulation for c in campaign.candidates if c.failure_of == "formulation")
        observed = observed_formulations(in_one_order(campaign.level_observations()))
        good = [f for f in observed if f not in failed]
        chance = Chance.learned(beliefs, good, list(failed), campaign.seed)
        return None if chance is None else cls(chance, tuple(failed))

    def log_probability(self, formulations: Sequence[Formulation]) -> Tensor:
        """Logarithm of it for each of `n` formulations, `n`; see `unlike`."""
        chance = self.chance.log_probability(formulations)
        return chance + unlike(self.chance.beliefs, formulations, self.failed)


def unlike(beliefs: Beliefs, formulations: Sequence[Formulation], bad: Sequence[Formulation]) -> Tensor:
    """Logarithm of what is left of each chance, `n`, beside formulations that are known to be bad.

    What is like one of them is bad too: what is left is that for a Gaussian that is as much correlated with one that is
    known to be below its mean as the most alike outcomes are, over that of one that is not correlated with it (W. F.
    Sheppard 1899, doi:10.1098/rsta.1899.0003). The classifier alone, which takes what it was told for noisy, leaves a
    neighbour of a single one nearly as good as all others.
    """
    alike = beliefs.likeness(*map(beliefs.inputs, (formulations, bad)))
    left = 1 - 2 / torch.pi * alike.clamp(0.0, 1.0).amax(dim=-1).asin()
    return left.clamp_min(1e-9).log()


@dataclass(frozen=True, eq=False)
class Limits:
    """Constraints that are `classified`: that they hold is known, or that they do not, but hardly by how much."""

    beliefs: Beliefs
    known: Mapping[OutcomeConstraint, Mapping[Formulation, bool]]

    chances: tuple[Chance, ...]
    """That each holds; none of those that always did."""

    @classmethod
    def of(cls, campaign: "CampaignRecord", observations: Sequence[Observation], beliefs: Beliefs) -> "Limits":
        """Those of a campaign's aim, by what was observed of its outcomes."""
        known = classified(campaign.aim, observations, campaign.elsewhere())
        learned = [_chance(beliefs, kinds, campaign.seed) for kinds in known.values()]
        return cls(beliefs, known, tuple(chance for chance in learned if chance is not None))

    @property
    def broken(self) -> frozenset[Formulation]:
        """Formulations that are known to break one."""
        return broken(self.known)

    def log_probability(self, formulations: Sequence[Formulation]) -> Tensor:
        """Logarithm of the chance that all of them hold, of each formulation, `n`; see `unlike`."""
        if not formulations or not self.chances:
            return torch.zeros(len(formulations), dtype=torch.float64)
        return together(self.chances)(formulations) + unlike(self.beliefs, formulations, sorted(self.broken, key=str))


def _chance(beliefs: Beliefs, kinds: Mapping[Formulation, bool], seed: int) -> Chance | None:
    good, bad = ([f for f, holds in kinds.items() if holds is kind] for kind in (True, False))
    return Chance.learned(beliefs, good, bad, seed)
