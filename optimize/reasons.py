"""What a model has to say for its proposals, from the beliefs that they rest on."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ionlink.data import outcomes
from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation
from ionlink.models.noise import merged
from ionlink.models.threads import one_thread
from ionlink.optimize.aim import Aim
from ionlink.optimize.beliefs import Beliefs
from ionlink.optimize.costs import Costs, ExpectedCost
from ionlink.optimize.decision import Decision
from ionlink.optimize.gain import front_chance, improvements
from ionlink.optimize.news import news
from ionlink.optimize.standing import observed_formulations
from ionlink.optimize.why import Expected, Gain, LeastSure, Neighbour, Why

if TYPE_CHECKING:
    from ionlink.optimize.campaign import Campaign
    from ionlink.optimize.proposer import Proposer

PATHS = 1024
"""Draws of each candidate by itself, and of candidates and all that was observed together."""

INTERVAL = 0.9
NEIGHBOURS = 2


def reasons(proposer: "Proposer", beliefs: Beliefs, decisions: Sequence[Decision]) -> list[Why]:
    """Why a proposer with these beliefs decided so."""
    campaign, formulations = proposer.campaign, [decision.formulation for decision in decisions]
    observed = observed_formulations(proposer.observations)
    found = Reasons(
        aim=proposer.aim,
        beliefs=beliefs,
        observations=proposer.observations,
        reached=proposer.reached,
        reference=proposer.ordered_reference,
        seed=proposer.search_seed,
        known=tuple(observed_formulations(campaign.joined_observations())),
        seen=_seen(campaign),
    ).of(formulations)
    added: list[dict[str, float]] = [{} for _ in formulations]
    if proposer.success is not None and formulations:
        chances = proposer.success.log_probability(formulations).exp().tolist()
        for extra, decision, chance in zip(added, decisions, chances, strict=True):
            if decision.kind == "new":  # what was observed, at whatever level, can be
                extra["chance_of_success"] = chance
    if proposer.limits is not None and proposer.limits.chances and formulations:
        held = proposer.limits.log_probability(formulations).exp().tolist()
        for extra, why, chance in zip(added, found, held, strict=True):
            other = why.chance_of_constraints
            extra["chance_of_constraints"] = chance if other is None else chance * other
    if proposer.cost is not None and observed:
        usual = median(proposer.cost(formulation) for formulation in observed)
        for extra, decision in zip(added, decisions, strict=True):
            extra["relative_cost"] = _cost(proposer.cost, decision) / usual
    return [why.model_copy(update=extra) for why, extra in zip(found, added, strict=True)]


def _seen(campaign: "Campaign") -> str:
    """What was done to observed formulations, where others are known from elsewhere."""
    if len(campaign.store.observations()) == len(campaign.observations()):
        return "observed"
    return f"observed at level {campaign.level}" + ("" if campaign.protocol is None else " by this protocol")


def _cost(cost: ExpectedCost, decision: Decision) -> float:
    """Of one observation, where it is to be made."""
    return cost.at(decision.formulation, decision.level) if isinstance(cost, Costs) else cost(decision.formulation)


@dataclass(frozen=True, eq=False)
class Reasons:
    """Explains formulations that were chosen; the same arguments give the same reasons."""

    aim: Aim
    beliefs: Beliefs
    observations: Sequence[Observation]
    """Of the outcomes that the aim counts, what the beliefs were learned from."""

    reached: Sequence[Formulation]
    """What there is to improve on."""

    reference: Tensor | None
    """Hypervolume reference, as desirability by objective; needed for two values and more."""

    seed: int

    known: Sequence[Formulation]
    """All of which anything was observed, also what the aim does not count."""

    seen: str = "observed"
    """What was done to the `known` formulations, to tell them from those that are known from elsewhere."""

    @cached_property
    def observed(self) -> list[Formulation]:
        """Formulations with observations."""
        return observed_formulations(self.observations)

    @cached_property
    def means(self) -> Mapping[str, Mapping[Formulation, float]]:
        """Observed mean by outcome of the aim and formulation."""
        found: dict[str, dict[Formulation, float]] = {name: {} for name in self.aim.outcomes}
        for point in merged([o for o in self.observations if o.outcome in found and o.bound == "="]):
            found[point.outcome][point.formulation] = point.mean
        return found

    def of(self, formulations: Sequence[Formulation]) -> list[Why]:
        """Why each of them was proposed, each by itself."""
        if not formulations:
            return []
        with one_thread():
            known, asked = self.beliefs.inputs(self.reached), self.beliefs.inputs(formulations)
            paths = self.beliefs.marginal_paths(asked, PATHS, self.seed)
            means = self.beliefs.means(asked)
            gains = self._gains(paths, means, self.beliefs.means(known))
            joint = self.beliefs.joint_paths(torch.cat([known, asked]), PATHS, self.seed)
            rows = {formulation: row for row, formulation in enumerate(self.reached)}
            own = [rows.get(formulation, -1) for formulation in formulations]
            chances = front_chance(self.aim, joint, len(self.reached), self.reference, own)
            # One value that is the first of all is better than nothing; a hypervolume is counted from its reference.
            comparable = bool(self.reached) or self.aim.dimension > 1
            holding = self.aim.feasible(paths).double().mean(dim=0) if self.aim.constraints else None
            neighbours = self._neighbours(asked, formulations)
        return [
            Why(
                expected=self._expected(means[i], paths[:, i]),
                gain=gains[i] if own[i] < 0 and comparable else None,
                chance_of_front=float(chances[i]) if comparable else None,
                chance_of_constraints=None if holding is None else float(holding[i]),
                least_sure=self._least_sure(paths[:, i]),
                new=news(formulation, self.known, self.seen) if self.known else (),
                neighbours=neighbours[i],
            )
            for i, formulation in enumerate(formulations)
        ]

    def _gains(self, paths: Tensor, means: Tensor, known: Tensor) -> list[Gain]:
        added, reached = improvements(self.aim, paths, known, self.reference)
        exactly, _ = improvements(self.aim, means.unsqueeze(0), known, self.reference)
        expected = added.mean(dim=0)
        exploit = torch.minimum(exactly[0], expected)
        return [
            Gain(
                measure="value" if self.aim.dimension == 1 else "hypervolume",
                expected=float(expected[i]),
                exploit=float(exploit[i]),
                explore=float(expected[i] - exploit[i]),
                reached=reached,
            )
            for i in range(len(expected))
        ]

    def _expected(self, means: Tensor, paths: Tensor) -> tuple[Expected, ...]:
        tails = torch.tensor([(1 - INTERVAL) / 2, (1 + INTERVAL) / 2], dtype=paths.dtype)
        lower, upper = torch.quantile(paths, tails, dim=0)
        return tuple(
            Expected(
                outcome=outcome.name,
                unit=outcome.unit,
                mean=outcome.nearest_possible(float(means[j])),
                lower=outcome.nearest_possible(float(lower[j])),
                upper=outcome.nearest_possible(float(upper[j])),
                observed=_range(self.means[outcome.name].values()),
            )
            for j, outcome in enumerate(outcomes()[name] for name in self.aim.outcomes)
        )

    def _least_sure(self, paths: Tensor) -> LeastSure | None:
        """`None` where an outcome has no two different values: there is no spread to compare with."""
        scales = self.aim.scales
        known = [list(self.means[name].values()) or [1.0] for name in self.aim.outcomes]
        spreads = [float(np.std(scale.learned(np.array(v)))) for scale, v in zip(scales, known, strict=True)]
        if min(spreads) <= 0:
            return None
        drawn = torch.stack([scale.learned(paths[:, j]).std() for j, scale in enumerate(scales)])
        shares = (drawn / torch.tensor(spreads, dtype=paths.dtype)).tolist()
        place = int(np.argmax(shares))
        return LeastSure(outcome=self.aim.outcomes[place], share=shares[place])

    def _neighbours(self, asked: Tensor, formulations: Sequence[Formulation]) -> list[tuple[Neighbour, ...]]:
        if not self.observed:
            return [() for _ in formulations]
        likeness = self.beliefs.likeness(asked, self.beliefs.inputs(self.observed))
        return [
            tuple(
                Neighbour(formulation=self.observed[k], likeness=float(row[k]), observed=self._seen(self.observed[k]))
                for k in row.argsort(descending=True, stable=True).tolist()
                if self.observed[k] != formulation
            )[:NEIGHBOURS]
            for row, formulation in zip(likeness, formulations, strict=True)
        ]

    def _seen(self, formulation: Formulation) -> dict[str, float]:
        return {name: values[formulation] for name, values in self.means.items() if formulation in values}


def _range(values: Collection[float]) -> tuple[float, float] | None:
    return (min(values), max(values)) if values else None
