"""What a campaign believes of the outcomes that its aim counts, as its proposals need it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ionlink.data import outcomes as outcome_catalogue
from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation, Ranking
from ionlink.models.gaussian_process import check_learnable
from ionlink.models.inputs import InputScaling
from ionlink.models.kernel_average import Elsewhere, KernelAverage
from ionlink.optimize.candidate import Prediction
from ionlink.optimize.decision import Level, Place
from ionlink.optimize.paths import joint_paths, marginal_paths

if TYPE_CHECKING:
    from ionlink.optimize.campaign_record import CampaignRecord


@dataclass(frozen=True, eq=False)
class Beliefs:
    """Beliefs about outcomes, independent of each other given what was observed."""

    scaling: InputScaling

    averages: Mapping[str, KernelAverage]
    """By outcome, in the order of the aim."""

    @classmethod
    def of(cls, campaign: "CampaignRecord") -> "Beliefs":
        """What a campaign believes of the outcomes of its aim.

        From the values at its own level; from what is known of them at other levels, from bounds and rankings, and from
        outcomes that the catalogue calls related. Raises `FitFailed`.
        """
        own = campaign.observations()
        others = [
            o for o in campaign.store.observations() if (o.level, o.protocol) != (campaign.level, campaign.protocol)
        ]
        return cls.fit(own, campaign.aim.outcomes, campaign.seed, others, campaign.rankings)

    @classmethod
    def fit(
        cls,
        observations: Sequence[Observation],
        outcomes: Sequence[str],
        seed: int,
        others: Sequence[Observation] = (),
        rankings: Sequence[Ranking] = (),
    ) -> "Beliefs":
        """Learn from observations of one level, from `others`, and from rankings at that level.

        The same ones and the same seed give the same beliefs. Raises `FitFailed` where one of the outcomes cannot be
        learned.
        """
        values = {name: [o for o in observations if o.outcome == name and o.bound == "="] for name in outcomes}
        for name, group in values.items():
            check_learnable(name, group)
        bounds = [o for o in observations if o.bound != "="]
        known = Elsewhere((*others, *bounds), tuple(rankings))
        related = {name: outcome_catalogue()[name].related for name in outcomes}
        elsewhere = {name: known.of(name, related[name]) for name in outcomes}
        scaling = InputScaling.of(
            list(_spoken_of([*values.values(), *(e.observations for e in elsewhere.values())], elsewhere))
        )
        averages = {
            name: KernelAverage.fit(group, scaling, seed, elsewhere[name] or None, related[name])
            for name, group in values.items()
        }
        return cls(scaling, averages)

    def inputs(self, formulations: Sequence[Formulation]) -> Tensor:
        """`n x d`."""
        return torch.as_tensor(self.scaling.transform(formulations))

    def marginal_paths(self, inputs: Tensor, count: int, seed: int) -> Tensor:
        """Draws of the noise-free outcomes at each input by itself, `count x n x m`."""
        members = [[p.marginals(inputs) for p in average.posteriors] for average in self.averages.values()]
        return marginal_paths(members, count, seed)

    def joint_paths(self, inputs: Tensor, count: int, seed: int) -> Tensor:
        """Draws of the noise-free outcomes at all inputs together, `count x n x m`."""
        members = [[p.joint(inputs) for p in average.posteriors] for average in self.averages.values()]
        return joint_paths(members, count, seed)

    def means(self, inputs: Tensor) -> Tensor:
        """Expected outcomes, `n x m`."""
        return torch.stack([average.marginals(inputs)[0] for average in self.averages.values()], dim=-1)

    def likeness(self, inputs: Tensor, others: Tensor) -> Tensor:
        """How much `m x d` inputs and `n x d` others are taken for alike, mean over outcomes: at most 1, `m x n`."""
        return torch.stack([average.likeness(inputs, others) for average in self.averages.values()]).mean(dim=0)

    def joint(self, places: Sequence[Place]) -> tuple[Tensor, Tensor]:
        """Means, `n x m`, and covariances, `m x n x n`, of the noise-free outcomes; all places are at the one level."""
        inputs = self.inputs([place.formulation for place in places])
        moments = [average.joint(inputs) for average in self.averages.values()]
        return torch.stack([mean for mean, _ in moments], dim=-1), torch.stack([c for _, c in moments])

    def learned(self, levels: Sequence[Level]) -> tuple[Level, ...]:
        """The one level that there is."""
        return tuple(levels)

    def replicate_variance(self, level: str) -> Tensor:  # noqa: ARG002 - there is but one
        """Noise variance of one replicate, `m`, in the outcomes' units squared."""
        return torch.tensor([a.replicate_variance for a in self.averages.values()], dtype=torch.float64)

    def predictions(self, formulations: Sequence[Formulation]) -> list[dict[str, Prediction]]:
        """Mean and standard deviation of each noise-free outcome, for each formulation."""
        inputs = self.inputs(formulations)
        moments = {outcome: average.marginals(inputs) for outcome, average in self.averages.items()}
        return as_predictions(moments, len(formulations))


def as_predictions(moments: Mapping[str, tuple[Tensor, Tensor]], count: int) -> list[dict[str, Prediction]]:
    """Mean and standard deviation of each outcome, for each of `count` formulations, from means and variances."""
    return [
        {
            outcome: Prediction(mean=float(mean[i]), standard_deviation=float(variance[i].sqrt()))
            for outcome, (mean, variance) in moments.items()
        }
        for i in range(count)
    ]


def _spoken_of(groups: Sequence[Sequence[Observation]], elsewhere: Mapping[str, Elsewhere]) -> Iterator[Formulation]:
    yield from (o.formulation for group in groups for o in group)
    yield from (f for known in elsewhere.values() for r in known.rankings for f in (r.higher, r.lower))
