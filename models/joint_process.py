"""One process over levels and related outcomes: what is cheap to observe tells about what is dear.

The tasks of one target are the same outcome at other levels (screen, explicit, literature, laboratory) and outcomes
that are related to it. Each is told in its own deviation (`task_rows`), correlations between them are learned with the
kernel over formulations (`task_kernel`), and so is the noise of rows that state none (`task_noise`).

Correlations are the most probable ones, not averaged over, as `levels.LevelModel` averages: on drawn problems of 60
source rows and 8 or 20 of the target, averaging gained less than 0.05 nats a prediction (0.1 where the two share no
formulation), for thirteen times the cost.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from botorch.models import SingleTaskGP
from gpytorch.kernels import Kernel
from torch import Tensor

from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation, Ranking
from ionlink.models.fast_posterior import FastPosterior
from ionlink.models.gaussian_process import MOST_STEPS, build, check_learnable, fit, replicates_of
from ionlink.models.inputs import InputScaling, all_simulated
from ionlink.models.left_out import left_out
from ionlink.models.pair_kernel import PairKernel
from ionlink.models.row_noise import noise_of
from ionlink.models.statements import StatementProcess, Statements
from ionlink.models.task_process import build_joint, replicate_noise
from ionlink.models.task_rows import Grouped, OutcomeAtLevel, TaskRows, grouped, in_units, named_task, of_outcome

NO_HELP = "it does not help to foretell the target"


@dataclass(frozen=True)
class Learning:
    """How a process is learned."""

    seed: int = 0
    """Of the rows that are drawn where there are too many."""

    kernel: Callable[[InputScaling], Kernel] = PairKernel
    """Over formulations, of an outcome of variance about 1."""

    most_steps: int = MOST_STEPS

    def teach(self, gp: SingleTaskGP, name: str) -> None:
        """Find the hyperparameters of a process; raises `FitFailed`, with that name."""
        fit(gp, name, self.seed, self.most_steps)


Teach = Callable[[SingleTaskGP, str], None]
"""Gives a process its hyperparameters, and puts it into evaluation mode; the name is for complaints."""

TASKS = "tasks"
"""Name of their number among what is kept of a process."""


@dataclass(frozen=True, eq=False)
class JointProcess:
    """Beliefs about one outcome at one level, and about the tasks that tell of it.

    Use it for campaigns that observe at several levels. Not for many tasks, nor for thousands of rows.
    With the target alone it is the process of a `Surrogate`.
    """

    tasks: tuple[OutcomeAtLevel, ...]
    """The target last."""

    scaling: InputScaling

    posterior: FastPosterior
    """In units of each task's deviation; of the target alone, in its unit."""

    offsets: Tensor
    scales: Tensor
    """What 0 and 1 of the posterior are in the unit of each of `t` tasks."""

    noise: Tensor
    """Noise variance of one replicate of each of `t` tasks, in its unit squared."""

    correlations: Tensor
    """Of each of `t` tasks with the target, over formulations."""

    left_out: Mapping[OutcomeAtLevel, str]
    """Tasks that were observed and not learned from, with the reason."""

    training: tuple[TaskRows, ...]
    """What was learned from, in the order of the tasks, bounds and rankings apart."""

    @classmethod
    def fit(
        cls,
        target: Sequence[str | None],
        observations: Sequence[Observation],
        rankings: Sequence[Ranking] = (),
        *,
        related: Collection[str] = (),
        how: Learning = Learning(),
        scaling: InputScaling | None = None,
    ) -> "JointProcess":
        """Learn from all levels of an outcome, and from `related` outcomes where these help.

        Levels of the same outcome are always learned from. Related outcomes are where they raise the log score of the
        target's own values, each foretold without those of its formulation; they share a kernel with the target, and
        where that is wrong they do harm.

        The target's own bounds and rankings enter when the hyperparameters are learned (Laplace's approximation); those
        of other tasks are not used. The same observations and seed give the same process.

        Args:
            target: Outcome and level; and the protocol, where several were used at that level.
            observations: Of any outcomes and levels.
            rankings: The same.
            related: Outcomes, such as those that the catalogue calls related.
            how: By which kernel, and how long; the seed is of the rows that are drawn where the sources have more than
                `task_rows.SOURCE_ROWS`.
            scaling: Of the inputs, where it is to be shared; without it, one for what is learned from.

        Raises:
            InputError: the target's observations come from several protocols, and none is named.
            FitFailed: there are too few observations, or the fit does not converge.

        """
        task = named_task(target, observations)
        groups = grouped(task, observations, related, how.seed)
        said = _said(task, observations, rankings)
        learn = partial(_learned, spoken=list(_formulations(*said)), how=how, scaling=scaling, teach=how.teach)
        process = learn(of_outcome(groups, task.outcome, NO_HELP))
        if any(other.outcome != task.outcome for other in groups.rows):
            wider = learn(groups)
            process = max(process, wider, key=lambda candidate: _foretelling(candidate, groups.rows[task]))
        return process.given(*said) if any(said) else process

    @classmethod
    def restored(
        cls,
        target: Sequence[str | None],
        observations: Sequence[Observation],
        rankings: Sequence[Ranking] = (),
        *,
        related: Collection[str] = (),
        how: Learning = Learning(),
        scaling: InputScaling,
        state: Mapping[str, Tensor],
    ) -> "JointProcess":
        """What `fit` gave for these arguments and `state` kept of it."""
        task, state = named_task(target, observations), dict(state)
        groups = grouped(task, observations, related, how.seed)
        if len(groups.rows) > int(state.pop(TASKS)):
            groups = of_outcome(groups, task.outcome, NO_HELP)

        def recalled(gp: SingleTaskGP, _: str) -> None:
            gp.load_state_dict(state)
            gp.eval()

        said = _said(task, observations, rankings)
        process = _learned(groups, list(_formulations(*said)), how, scaling, recalled)
        return process.given(*said) if any(said) else process

    def state(self) -> Mapping[str, Tensor]:
        """What has to be kept beside the arguments of `fit`: hyperparameters, and how many tasks were learned from."""
        return {**self.posterior.gp.state_dict(), TASKS: torch.tensor(len(self.tasks))}

    def inputs(self, formulations: Sequence[Formulation], task: OutcomeAtLevel | None = None) -> Tensor:
        """Inputs of formulations in a task, the target where none is named: `n x d`, float64."""
        described = torch.as_tensor(self.scaling.transform(formulations))
        return self.rows(described, [task] * len(described))

    def rows(self, described: Tensor, tasks: Sequence[OutcomeAtLevel | None]) -> Tensor:
        """Inputs of `n` formulations that `scaling` described, `n x d`, each in a task; raises `InputError`."""
        numbers = {task: self._number(task) for task in dict.fromkeys(tasks)}
        if len(self.tasks) == 1:
            return described
        column = torch.tensor([[float(numbers[task])] for task in tasks], dtype=described.dtype)
        return torch.cat([described, column.reshape(-1, 1)], dim=-1)

    def marginals(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance of the noise-free outcome, each `n`, in the unit of each row's task."""
        mean, variance = self.posterior.marginals(inputs)
        offset, scale = self._units(inputs)
        return mean * scale + offset, variance * scale**2

    def joint(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Mean `n` and covariance `n x n` of the noise-free outcome, in the units of each row's task."""
        mean, covariance = self.posterior.joint(inputs)
        offset, scale = self._units(inputs)
        return mean * scale + offset, covariance * scale.unsqueeze(-1) * scale

    def replicate_variance(self, task: OutcomeAtLevel | None = None) -> float:
        """Noise variance of one replicate, or one measurement, of a task (the target), in its unit squared."""
        return float(self.noise[self._number(task)])

    def correlation(self, task: OutcomeAtLevel) -> float:
        """Of a task with the target over formulations, as it was learned."""
        return float(self.correlations[self._number(task)])

    def given(self, bounds: Sequence[Observation], rankings: Sequence[Ranking]) -> "JointProcess":
        """The same, knowing bounds and rankings of the target as well; what the kernel learned stays.

        Raises `FitFailed` where their posterior has no mode.
        """
        gp, target = self.posterior.gp, self.tasks[-1]
        # What 0 and 1 are to the process itself.
        offset, scale = self.posterior.offset, self.posterior.scale
        if len(self.tasks) > 1:
            offset, scale = float(self.offsets[-1]), float(self.scales[-1])
        said = Statements.of(target.outcome, bounds, rankings, unit=(offset, scale))
        inputs = torch.cat([gp.train_inputs[0], self.inputs(said.formulations)])
        with torch.no_grad():
            process = StatementProcess(_beside_values(gp, said), inputs, gp.covar_module)
        known = replace(
            self.posterior, training_inputs=inputs, whitening=process.whitening.contiguous(), weights=process.weights
        )
        return replace(self, posterior=known)

    def _number(self, task: OutcomeAtLevel | None) -> int:
        if task is not None and task not in self.tasks:
            listed = ", ".join(map(str, self.tasks))
            raise InputError(f"task: {OutcomeAtLevel(*task)} was not learned from; there are {listed}")
        return len(self.tasks) - 1 if task is None else self.tasks.index(task)

    def _units(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Offset and scale of each of `n` rows."""
        if len(self.tasks) == 1:
            return self.offsets, self.scales
        task = inputs[:, -1].long()
        return self.offsets[task], self.scales[task]


def _learned(
    groups: Grouped, spoken: Sequence[Formulation], how: Learning, scaling: InputScaling | None, teach: Teach
) -> JointProcess:
    """From the rows of all tasks; `spoken` are formulations that only bounds and rankings are about."""
    if scaling is None:
        rows = [o for group in groups.rows.values() for o in group]
        scaling = InputScaling.of([*(o.formulation for o in rows), *spoken], simulated=all_simulated(rows))
    if len(groups.rows) == 1:
        ((task, rows),) = groups.rows.items()
        check_learnable(task.outcome, rows)
        return replace(_alone(task, rows, scaling, how, teach), left_out=groups.left_out)
    return replace(_together(in_units(groups.rows), scaling, how, teach), left_out=groups.left_out)


def _foretelling(process: JointProcess, rows: Sequence[Observation]) -> float:
    """Mean log density of the target's values, each predicted without those of its formulation; 0 where it has none.

    In units that are the same for any process of these rows, which are the last that it was trained on.
    """
    if not rows:
        return 0.0
    gp, own = process.posterior.gp, len(rows)
    before = len(gp.train_targets) - own
    groups = [*range(before), *(o.formulation for o in rows)]
    errors, deviations = (part[before:] for part in left_out(gp, groups))
    return float(np.mean(-0.5 * (errors / deviations) ** 2 - np.log(deviations)))


def _alone(
    task: OutcomeAtLevel, rows: Sequence[Observation], scaling: InputScaling, how: Learning, teach: Teach
) -> JointProcess:
    """As a surrogate learns it."""
    gp = build(rows, scaling, how.kernel)
    teach(gp, task.outcome)
    posterior = FastPosterior.of(gp, replicates_of(rows))
    noise = torch.tensor([posterior.replicate_variance], dtype=torch.float64)
    one, nought = torch.ones(1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    training = TaskRows(task, tuple(rows), 0.0, 1.0)
    return JointProcess((task,), scaling, posterior, nought, one, noise, one, {}, (training,))


def _together(tasks: Sequence[TaskRows], scaling: InputScaling, how: Learning, teach: Teach) -> JointProcess:
    gp = build_joint(tasks, scaling, how.kernel)
    teach(gp, str(tasks[-1].task))
    with torch.no_grad():
        correlations = gp.covar_module.correlations[-1].clone()
        noise = replicate_noise(tasks, noise_of(gp))
    offsets, scales = (
        torch.tensor([getattr(t, name) for t in tasks], dtype=torch.float64) for name in ("offset", "scale")
    )
    names = tuple(t.task for t in tasks)
    posterior, training = FastPosterior.of(gp), tuple(tasks)
    return JointProcess(names, scaling, posterior, offsets, scales, noise * scales**2, correlations, {}, training)


def _said(
    task: OutcomeAtLevel, observations: Sequence[Observation], rankings: Sequence[Ranking]
) -> tuple[list[Observation], list[Ranking]]:
    """Bounds and rankings of the target."""
    bounds = [o for o in observations if o.bound != "=" and OutcomeAtLevel(o.outcome, o.level, o.protocol) == task]
    return bounds, [r for r in rankings if (r.outcome, r.level) == (task.outcome, task.level)]


def _formulations(bounds: Sequence[Observation], rankings: Sequence[Ranking]) -> list[Formulation]:
    return [o.formulation for o in bounds] + [f for r in rankings for f in (r.higher, r.lower)]


def _beside_values(gp: SingleTaskGP, said: Statements) -> Statements:
    """Statements of the training rows' values and what else is said, of values over the process's mean."""
    values, noise, mean = gp.train_targets, noise_of(gp), float(gp.mean_module.constant)
    rows = torch.eye(len(values), dtype=values.dtype)
    return replace(
        said,
        combinations=torch.block_diag(rows, said.combinations),  # type: ignore[no-untyped-call]  # PyTorch
        threshold=torch.cat([values - mean, said.threshold - mean * said.combinations.sum(dim=-1)]),
        direction=torch.cat([torch.zeros(len(values), dtype=said.direction.dtype), said.direction]),
        error=torch.cat([noise.sqrt(), said.error]),
        centre=0.0,
        scale=1.0,
    )
