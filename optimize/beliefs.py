"""What a campaign believes of the outcomes that its aim counts, as its proposals need it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation
from ionlink.models.gaussian_process import check_learnable, training_rows
from ionlink.models.inputs import InputScaling
from ionlink.models.kernel_average import KernelAverage
from ionlink.optimize.candidate import Prediction
from ionlink.optimize.paths import joint_paths, marginal_paths


@dataclass(frozen=True, eq=False)
class Beliefs:
    """Beliefs about outcomes, independent of each other given what was observed."""

    scaling: InputScaling

    averages: Mapping[str, KernelAverage]
    """By outcome, in the order of the aim."""

    @classmethod
    def fit(cls, observations: Sequence[Observation], outcomes: Sequence[str], seed: int) -> "Beliefs":
        """Learn from the values among observations of one level; the same ones and seed give the same beliefs.

        Raises `FitFailed` where one of the outcomes cannot be learned.
        """
        rows = {outcome: training_rows([o for o in observations if _is_value(o, outcome)]) for outcome in outcomes}
        for outcome, group in rows.items():
            check_learnable(outcome, group)
        scaling = InputScaling.of([o.formulation for group in rows.values() for o in group])
        return cls(scaling, {name: KernelAverage.fit(name, group, scaling, seed) for name, group in rows.items()})

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

    def predictions(self, formulations: Sequence[Formulation]) -> list[dict[str, Prediction]]:
        """Mean and standard deviation of each noise-free outcome, for each formulation."""
        inputs = self.inputs(formulations)
        moments = {outcome: average.marginals(inputs) for outcome, average in self.averages.items()}
        return [
            {
                outcome: Prediction(mean=float(mean[i]), standard_deviation=float(variance[i].sqrt()))
                for outcome, (mean, variance) in moments.items()
            }
            for i in range(len(formulations))
        ]


def _is_value(observation: Observation, outcome: str) -> bool:
    return observation.outcome == outcome and observation.bound == "="
