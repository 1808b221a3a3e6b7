"""The kind of model that learns from everything: other levels, related outcomes, bounds and rankings beside values."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import numpy as np
from torch import Tensor

from ionlink.data import outcomes
from ionlink.data.formulation import Formulation
from ionlink.models.calibration import Calibration, Floats, calibrated, tensor_of
from ionlink.models.fast_posterior import FastPosterior
from ionlink.models.gaussian_process import CALIBRATION, calibration_of, fit
from ionlink.models.joint_process import JointProcess, Learning
from ionlink.models.kinds import LearnedOutcome, Task
from ionlink.models.pair_rows import ScaledPairs
from ionlink.models.prediction import Posterior
from ionlink.models.row_noise import middle, noise_of
from ionlink.models.task_process import build_joint
from ionlink.models.task_rows import TaskRows


class LearnedJoint(LearnedOutcome):
    """A process over an outcome at its level and all that tells of it."""

    sees = ScaledPairs
    learns_everything = True

    def __init__(self, process: JointProcess, calibration: Calibration | None) -> None:
        self.process = process
        self._calibration = calibration

    @classmethod
    def fit(cls, task: Task) -> "LearnedJoint":
        """Raises `FitFailed` where there is too little to learn from, or the optimiser does not converge."""
        process = JointProcess.fit(**_told(task))
        return cls(process, _calibration(process, task.seed) if task.calibrate else None)

    @classmethod
    def restored(cls, task: Task, state: Mapping[str, Tensor]) -> "LearnedJoint":
        """The process with the hyperparameters that were learned."""
        state = dict(state)
        calibration = Calibration.of_tensor(state.pop(CALIBRATION))
        return cls(JointProcess.restored(**_told(task), state=state), calibration)

    def state(self) -> Mapping[str, Tensor]:
        """What is kept of the process, and the calibration, empty where there is none."""
        return {**self.process.state(), CALIBRATION: tensor_of(self._calibration)}

    def posterior(self) -> Posterior:
        """At the level that is to be predicted."""
        return _AtTarget(self.process)

    def joint(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """At the level that is to be predicted."""
        return self.process.joint(self.process.rows(inputs, [None] * len(inputs)))

    @property
    def elsewhere(self) -> list[Formulation]:
        """Of the tasks that tell of the target."""
        return [o.formulation for told in self.process.training[:-1] for o in told.rows]

    @property
    def calibration(self) -> Calibration | None:
        """How far it was too sure of what was left out, at all levels alike."""
        return self._calibration


@dataclass(frozen=True, eq=False)
class _AtTarget:
    """A process asked about its target."""

    process: JointProcess

    @property
    def noise_variance(self) -> float:
        """Of a typical observation; where no value is known, of one that states no error."""
        target, noise = self.process.training[-1], noise_of(self.process.posterior.gp)
        if not target.rows:
            return self.process.replicate_variance()
        if len(self.process.tasks) == 1:
            return self.process.posterior.noise_variance
        return middle(noise[-len(target.rows) :]) * target.scale**2

    def marginals(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance of the noise-free outcome, each `m`, in its unit, for `m x d` inputs."""
        return self.process.marginals(self.process.rows(inputs, [None] * len(inputs)))


def _told(task: Task) -> dict[str, Any]:
    """Arguments of `JointProcess.fit`."""
    assert task.everything is not None
    return {
        "target": (task.outcome, task.everything.level, task.everything.protocol),
        "observations": task.everything.observations,
        "rankings": task.everything.rankings,
        "related": outcomes()[task.outcome].related,
        "how": Learning(task.seed),
        "scaling": task.scaling,
    }


def _calibration(process: JointProcess, seed: int) -> Calibration:
    """From rows of all levels: what is left out is left out at each of them."""
    gp = process.posterior.gp
    rows = [o for t in process.training for o in t.rows]
    if len(process.tasks) == 1:
        return calibration_of(gp, rows, process.scaling, seed)

    def refitted(kept: list[int], out: list[int]) -> Floats:
        without = build_joint(_only(process.training, set(kept)), process.scaling)
        fit(without, str(process.tasks[-1]), seed)
        mean, variance = FastPosterior.of(without).marginals(gp.train_inputs[0][out])
        errors = (gp.train_targets[out] - mean) / (variance + noise_of(gp)[out]).sqrt()
        return np.asarray(errors.numpy(), dtype=np.float64)

    return calibrated(gp, [o.formulation for o in rows], refitted)


def _only(tasks: Sequence[TaskRows], kept: Collection[int]) -> list[TaskRows]:
    """The tasks with those of all their rows, one task after the other, whose numbers are kept."""
    numbers = count()
    return [replace(t, rows=tuple(o for o in t.rows if next(numbers) in kept)) for t in tasks]
