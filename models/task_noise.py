"""Noise of rows of several tasks: known of some rows, learned for each task where it is not."""

from collections.abc import Sequence
from typing import Any

import torch
from linear_operator.operators import DiagLinearOperator
from torch import Tensor

from ionlink.models.row_noise import PartlyKnownNoise, given_noise, learned_noise
from ionlink.models.task_rows import TaskRows


class TaskNoise(PartlyKnownNoise):
    """Of the `n` training rows only: a new observation has the noise of its task, which is not among the inputs."""

    groups: Tensor

    def __init__(self, given: Tensor, learned: Tensor, task: Tensor) -> None:
        """Variances of `n` rows in units of their task's deviation, which of them are learned, and each row's task."""
        super().__init__(given, learned)
        silent = torch.unique(task[learned])
        self.second_noise_covar = learned_noise(silent.shape)
        self.register_buffer("groups", (task.unsqueeze(-1) == silent) & learned.unsqueeze(-1))

    @classmethod
    def of_tasks(cls, tasks: Sequence[TaskRows]) -> "TaskNoise":
        """Of all rows, task after task."""
        given = torch.cat([given_noise(t.rows, t.scale) for t in tasks])
        learned = torch.tensor([o.standard_error is None for t in tasks for o in t.rows], dtype=torch.bool)
        number = torch.tensor([j for j, t in enumerate(tasks) for _ in t.rows])
        return cls(given, learned, number)

    @property
    def second_noise(self) -> Tensor:
        """What is added to each of the `n` rows."""
        added: Tensor = self.groups.double() @ self.second_noise_covar.noise.squeeze(-1)
        return added

    def keep(self, rows: Tensor) -> None:
        """Forget all but some rows."""
        super().keep(rows)
        self.groups = self.groups[rows]

    def _shaped_noise_covar(self, base_shape: torch.Size, *params: Any, **kwargs: Any) -> Any:  # noqa: ANN401, ARG002
        return DiagLinearOperator(self.noise.expand(base_shape))
