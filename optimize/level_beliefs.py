"""What a campaign believes where it observes at several levels: what is cheap to observe tells about what is dear."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ionlink.data.formulation import Formulation
from ionlink.models.joint_process import JointProcess
from ionlink.models.task_rows import OutcomeAtLevel
from ionlink.optimize.beliefs import as_predictions
from ionlink.optimize.candidate import Prediction
from ionlink.optimize.decision import Level, Place
from ionlink.optimize.paths import joint_paths, marginal_paths

if TYPE_CHECKING:
    from ionlink.optimize.campaign_record import CampaignRecord


@dataclass(frozen=True, eq=False)
class LevelBeliefs:
    """Beliefs about outcomes at several levels; where no level is named, at the target.

    Outcomes are independent of each other given what was observed, levels of one outcome are not.
    """

    processes: Mapping[str, JointProcess]
    """By outcome, in the order of the aim."""

    levels: tuple[Level, ...]
    """The target last."""

    @classmethod
    def of(cls, campaign: "CampaignRecord") -> "LevelBeliefs":
        """From values at the levels of a campaign, and from bounds and rankings at its own; raises `FitFailed`."""
        levels = campaign.known_levels
        target = levels[-1]
        processes = {
            name: JointProcess.fit(
                (name, target.name, target.protocol),
                campaign.level_observations(),
                [ranking for ranking in campaign.rankings if ranking.outcome == name],
                seed=campaign.seed,
            )
            for name in campaign.aim.outcomes
        }
        return cls(processes, levels)

    def learned(self, levels: Sequence[Level]) -> tuple[Level, ...]:
        """Those of the levels at which all outcomes were learned; of others nothing is known."""
        return tuple(level for level in levels if all(_task(n, level) in p.tasks for n, p in self.processes.items()))

    def inputs(self, formulations: Sequence[Formulation]) -> Tensor:
        """At the target level, `n x d`: the inputs of the processes side by side."""
        return torch.cat([process.inputs(formulations) for process in self.processes.values()], dim=-1)

    def marginal_paths(self, inputs: Tensor, count: int, seed: int) -> Tensor:
        """Draws of the noise-free outcomes at each input by itself, `count x n x m`."""
        return marginal_paths([[p.marginals(x)] for p, x in self._apart(inputs)], count, seed)

    def joint_paths(self, inputs: Tensor, count: int, seed: int) -> Tensor:
        """Draws of the noise-free outcomes at all inputs together, `count x n x m`."""
        return joint_paths([[p.joint(x)] for p, x in self._apart(inputs)], count, seed)

    def means(self, inputs: Tensor) -> Tensor:
        """Expected outcomes, `n x m`."""
        return torch.stack([p.marginals(x)[0] for p, x in self._apart(inputs)], dim=-1)

    def likeness(self, inputs: Tensor, others: Tensor) -> Tensor:
        """How much `m x d` inputs and `n x d` others are taken for alike, mean over outcomes: at most 1, `m x n`."""
        each = zip(self._apart(inputs), self._apart(others), strict=True)
        return torch.stack([process.posterior.likeness(x, y) for (process, x), (_, y) in each]).mean(dim=0)

    def predictions(self, formulations: Sequence[Formulation]) -> list[dict[str, Prediction]]:
        """Mean and standard deviation of each noise-free outcome at the target level, for each formulation."""
        moments = {name: p.marginals(p.inputs(formulations)) for name, p in self.processes.items()}
        return as_predictions(moments, len(formulations))

    def joint(self, places: Sequence[Place]) -> tuple[Tensor, Tensor]:
        """Means, `n x m`, and covariances, `m x n x n`, of the noise-free outcomes over formulations at levels."""
        moments = [process.joint(self._rows(name, process, places)) for name, process in self.processes.items()]
        return torch.stack([mean for mean, _ in moments], dim=-1), torch.stack([c for _, c in moments])

    def replicate_variance(self, level: str) -> Tensor:
        """Noise variance of one replicate at a level, `m`, in the outcomes' units squared."""
        found = next(known for known in self.levels if known.name == level)
        variances = [p.replicate_variance(_task(name, found)) for name, p in self.processes.items()]
        return torch.tensor(variances, dtype=torch.float64)

    def _rows(self, outcome: str, process: JointProcess, places: Sequence[Place]) -> Tensor:
        tasks = {level.name: _task(outcome, level) for level in self.levels}
        rows: Tensor | None = None
        for name in dict.fromkeys(place.level for place in places):
            here = [i for i, place in enumerate(places) if place.level == name]
            inputs = process.inputs([places[i].formulation for i in here], tasks[name])
            if rows is None:
                rows = inputs.new_empty(len(places), inputs.shape[1])
            rows[here] = inputs
        assert rows is not None
        return rows

    def _apart(self, inputs: Tensor) -> list[tuple[JointProcess, Tensor]]:
        """Each process with its own columns."""
        widths = [p.scaling.dimension + (len(p.tasks) > 1) for p in self.processes.values()]
        return list(zip(self.processes.values(), torch.split(inputs, widths, dim=-1), strict=True))


def _task(outcome: str, level: Level) -> OutcomeAtLevel:
    return OutcomeAtLevel(outcome, level.name, level.protocol)
