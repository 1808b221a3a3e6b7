"""What a campaign believes of the outcomes that its aim counts, as its proposals need it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ionlink.data import outcomes as outcome_catalogue
from ionlink.data.arrays import in_units
from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation, Ranking
from ionlink.data.outcome_scale import OutcomeScale, learned, scale_of
from ionlink.models.gaussian_process import check_learnable
from ionlink.models.inputs import InputScaling, all_simulated
from ionlink.models.kernel_average import KernelAverage
from ionlink.models.task_rows import OutcomeAtLevel
from ionlink.optimize.candidate import Prediction
from ionlink.optimize.decision import Level, Place
from ionlink.optimize.paths import joint_paths, marginal_paths
from ionlink.optimize.standing import in_one_order

if TYPE_CHECKING:
    from ionlink.optimize.aim import Aim
    from ionlink.optimize.campaign_record import CampaignRecord


@dataclass(frozen=True, eq=False)
class Beliefs:
    """Beliefs about outcomes, independent of each other given what was observed; levels of one outcome are not."""

    scaling: InputScaling

    averages: Mapping[str, KernelAverage]
    """By outcome, in the order of the aim."""

    levels: tuple[Level, ...]
    """What can be observed, the target last."""

    @classmethod
    def of(cls, campaign: "CampaignRecord", aim: "Aim | None" = None) -> "Beliefs":
        """What a campaign believes of the outcomes of its learnable aim, from all that it knows; raises `FitFailed`."""
        observations = tuple(in_one_order(campaign.store.observations()))
        outcomes = tuple((aim or campaign.learnable_aim()).outcomes)
        return _fitted(observations, outcomes, campaign.known_levels, campaign.rankings, campaign.seed)

    @classmethod
    def fit(
        cls,
        observations: Sequence[Observation],
        outcomes: Sequence[str],
        levels: Sequence[Level],
        *,
        rankings: Sequence[Ranking] = (),
        seed: int = 0,
    ) -> "Beliefs":
        """Learn of each outcome at the last of the levels.

        From its values there and elsewhere, from bounds and rankings there, and from outcomes that the catalogue calls
        related. The same ones and the same seed give the same beliefs. Raises `FitFailed` where one of the outcomes
        cannot be learned.
        """
        telling = {name: _telling(name, observations, rankings) for name in outcomes}
        for name, (known, _) in telling.items():
            check_learnable(name, [o for o in known if o.outcome == name and o.bound == "="])
        said = [statement for known, ranked in telling.values() for statement in (*known, *ranked)]
        scaling = InputScaling.of(list(_spoken_of(telling.values())), simulated=all_simulated(said))
        averages = {
            name: KernelAverage.fit(
                _task(name, levels[-1]), known, ranked, scaling=scaling, related=_related(name), seed=seed
            )
            for name, (known, ranked) in telling.items()
        }
        return cls(scaling, averages, tuple(levels))

    @property
    def scales(self) -> tuple[OutcomeScale, ...]:
        """On which the `m` outcomes are learned."""
        return tuple(scale_of(name) for name in self.averages)

    def inputs(self, formulations: Sequence[Formulation]) -> Tensor:
        """`n x d`, whatever the level."""
        return torch.as_tensor(self.scaling.transform(formulations))

    def marginal_paths(self, inputs: Tensor, count: int, seed: int) -> Tensor:
        """Draws of the noise-free outcomes at each input by itself, in their units, `count x n x m`."""
        moments = [average.each_marginals(inputs) for average in self.averages.values()]
        drawn: Tensor = in_units(marginal_paths(moments, count, seed), self.scales)
        return drawn

    def joint_paths(self, inputs: Tensor, count: int, seed: int) -> Tensor:
        """Draws of the noise-free outcomes at all inputs together, in their units, `count x n x m`."""
        moments = [average.each_joint(inputs) for average in self.averages.values()]
        drawn: Tensor = in_units(joint_paths(moments, count, seed), self.scales)
        return drawn

    def means(self, inputs: Tensor) -> Tensor:
        """Expected outcomes in their units, the expectation being that on their scales, `n x m`."""
        places = torch.stack([average.marginals(inputs)[0] for average in self.averages.values()], dim=-1)
        means: Tensor = in_units(places, self.scales)
        return means

    def likeness(self, inputs: Tensor, others: Tensor) -> Tensor:
        """How much `m x d` inputs and `n x d` others are taken for alike, mean over outcomes: at most 1, `m x n`."""
        return torch.stack([average.likeness(inputs, others) for average in self.averages.values()]).mean(dim=0)

    def joint(self, places: Sequence[Place]) -> tuple[Tensor, Tensor]:
        """Of the noise-free outcomes over formulations at levels, on their `scales`.

        Means, `n x m`, and covariances, `m x n x n`.
        """
        inputs, known = self.inputs([place.formulation for place in places]), {x.name: x for x in self.levels}
        moments = [
            average.joint(inputs, [_task(name, known[place.level]) for place in places])
            for name, average in self.averages.items()
        ]
        return torch.stack([mean for mean, _ in moments], dim=-1), torch.stack([c for _, c in moments])

    def learned(self) -> tuple[Level, ...]:
        """Those of the levels at which all outcomes were learned; of others nothing is known."""
        return tuple(x for x in self.levels if all(a.tells_of(_task(n, x)) for n, a in self.averages.items()))

    def replicate_variance(self, level: str) -> Tensor:
        """Noise variance of one replicate at a level, `m`, on the outcomes' `scales`."""
        found = next(known for known in self.levels if known.name == level)
        variances = [average.replicate_variance(_task(name, found)) for name, average in self.averages.items()]
        return torch.tensor(variances, dtype=torch.float64)

    def predictions(self, formulations: Sequence[Formulation]) -> list[dict[str, Prediction]]:
        """Mean and standard deviation of each noise-free outcome at the target level, for each formulation.

        In the outcome's unit; of what is learned by factors as `OutcomeScale.deviation` has it.
        """
        inputs = self.inputs(formulations)
        moments = {outcome: average.marginals(inputs) for outcome, average in self.averages.items()}
        return [
            {
                outcome: _prediction(scale_of(outcome), float(mean[i]), float(variance[i].sqrt()))
                for outcome, (mean, variance) in moments.items()
            }
            for i in range(len(formulations))
        ]


def _prediction(scale: OutcomeScale, mean: float, deviation: float) -> Prediction:
    """In the outcome's unit, of moments on its scale."""
    found = float(scale.deviation(mean, deviation))
    return Prediction(mean=float(scale.in_unit(mean)), standard_deviation=found)


@lru_cache(maxsize=1)
def _fitted(
    observations: tuple[Observation, ...],
    outcomes: tuple[str, ...],
    levels: tuple[Level, ...],
    rankings: tuple[Ranking, ...],
    seed: int,
) -> Beliefs:
    """`Beliefs.fit`; the last ones are kept, which whoever asks what is left asks for again when it proposes."""
    return Beliefs.fit(observations, outcomes, levels, rankings=rankings, seed=seed)


Telling = tuple[list[Observation], list[Ranking]]
"""What tells of one outcome."""


def _telling(outcome: str, observations: Sequence[Observation], rankings: Sequence[Ranking]) -> Telling:
    names = {outcome, *_related(outcome)}
    told = learned(o for o in observations if o.outcome in names)
    return list(told), [r for r in rankings if r.outcome == outcome]


def _related(outcome: str) -> Collection[str]:
    return outcome_catalogue()[outcome].related


def _task(outcome: str, level: Level) -> OutcomeAtLevel:
    return OutcomeAtLevel(outcome, level.name, level.protocol)


def _spoken_of(telling: Iterable[Telling]) -> Iterator[Formulation]:
    for observations, rankings in telling:
        yield from (o.formulation for o in observations)
        yield from (f for r in rankings for f in (r.higher, r.lower))
