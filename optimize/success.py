"""What may come between a proposal and its use: that it cannot be observed, or breaks a limit that has no values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ionlink.data.formulation import Formulation
from ionlink.optimize.beliefs import Beliefs
from ionlink.optimize.chance import Chance, together
from ionlink.optimize.known_enough import classified
from ionlink.optimize.outcome_constraint import OutcomeConstraint
from ionlink.optimize.standing import in_one_order, observed_formulations

if TYPE_CHECKING:
    from ionlink.optimize.campaign_record import CampaignRecord


def chance_of_success(campaign: "CampaignRecord", beliefs: Beliefs) -> Chance | None:
    """That observing a formulation succeeds; `None` where none has failed for a reason of its own."""
    failed = [c.formulation for c in campaign.candidates if c.failure_of == "formulation"]
    observed = observed_formulations(in_one_order(campaign.observations()))
    return Chance.learned(beliefs, [f for f in observed if f not in set(failed)], failed, campaign.seed)


@dataclass(frozen=True, eq=False)
class Limits:
    """Constraints that are `classified`: that they hold is known, or that they do not, but hardly by how much."""

    known: Mapping[OutcomeConstraint, Mapping[Formulation, bool]]

    chances: tuple[Chance, ...]
    """That each holds; none of those that always did."""

    @classmethod
    def of(cls, campaign: "CampaignRecord", beliefs: Beliefs) -> "Limits":
        """Those of a campaign's aim."""
        known = classified(campaign.aim, campaign.counted())
        learned = [_chance(beliefs, kinds, campaign.seed) for kinds in known.values()]
        return cls(known, tuple(chance for chance in learned if chance is not None))

    @property
    def broken(self) -> frozenset[Formulation]:
        """Formulations that are known to break one."""
        return frozenset(f for kinds in self.known.values() for f, held in kinds.items() if not held)

    def log_probability(self, formulations: Sequence[Formulation]) -> Tensor:
        """Logarithm of the chance that all of them hold, of each formulation, `n`."""
        held = together(self.chances)
        return held(formulations) if held else torch.zeros(len(formulations), dtype=torch.float64)


def _chance(beliefs: Beliefs, kinds: Mapping[Formulation, bool], seed: int) -> Chance | None:
    good, bad = ([f for f, holds in kinds.items() if holds is kind] for kind in (True, False))
    return Chance.learned(beliefs, good, bad, seed)
