"""Deep ensemble: small networks that each predict a mean and a variance (Lakshminarayanan et al., arXiv:1612.01474)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ionlink.models.kinds import LearnedOutcome, Task
from ionlink.models.pair_rows import ScaledPairs, rows_of
from ionlink.models.row_noise import NOISE_FLOOR
from ionlink.models.targets import Targets
from ionlink.models.threads import one_thread

MEMBERS = 5
"""As in the paper: more changed little there."""

HIDDEN = 64
"""Units of each of two hidden layers."""

BATCH = 128
LEARNING_RATE = 5e-3
WEIGHT_DECAY = 1e-3
STEPS = 2000
STEPS_BETWEEN_CHECKS = 10
PATIENCE = 15
"""Checks on held-out formulations without a gain after which a member has learned."""

ROWS_AT_ONCE = 4096

Parameters = dict[str, Tensor]
"""Weights and biases of all members, the member first."""


class DeepEnsemble(LearnedOutcome):
    """Networks over the columns of an `InputScaling`.

    Each member starts from other weights and stops when it no longer gains on its own held-out fifth of the
    formulations. Known standard errors are added to the variance that a member predicts, so that this is what the error
    has beyond them. Use it for hundreds of formulations and more; for tens a Gaussian process knows better.
    """

    sees = ScaledPairs

    def __init__(self, parameters: Parameters, targets: Targets) -> None:
        self._parameters, self._targets = parameters, targets

    @classmethod
    def fit(cls, task: Task) -> "DeepEnsemble":
        """Train all members side by side."""
        targets = Targets.of(task.rows)
        inputs = rows_of(cls.sees, targets.formulations, task.scaling)
        return cls(_trained(inputs, targets, task.seed), targets)

    @classmethod
    def restored(cls, task: Task, state: Mapping[str, Tensor]) -> "DeepEnsemble":
        """Networks with the weights that were learned."""
        return cls(dict(state), Targets.of(task.rows))

    def state(self) -> Mapping[str, Tensor]:
        """Weights and biases."""
        return self._parameters

    def posterior(self) -> "EnsemblePosterior":
        """Over rows of `ScaledPairs`."""
        return EnsemblePosterior(self._parameters, self._targets)


@dataclass(frozen=True, eq=False)
class EnsemblePosterior:
    """The mixture of the members' Gaussians, as one Gaussian of the same mean and variance."""

    parameters: Parameters
    targets: Targets

    @property
    def noise_variance(self) -> float:
        """Known noise in the outcome's unit squared; 0 where it is not known apart, and within the variance."""
        return self.targets.noise

    def marginals(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Each `m`, in the outcome's unit, for `m x d` rows of `ScaledPairs`."""
        with torch.no_grad(), one_thread():
            parts = [_moments(*_forward(self.parameters, part)) for part in torch.split(inputs, ROWS_AT_ONCE)]
        mean, variance = (torch.cat(part) for part in zip(*parts, strict=True))
        return mean * self.targets.scale + self.targets.offset, variance * self.targets.scale**2


def _moments(means: Tensor, variances: Tensor) -> tuple[Tensor, Tensor]:
    return means.mean(dim=0), variances.mean(dim=0) + means.var(dim=0, correction=0)


def _forward(parameters: Parameters, inputs: Tensor) -> tuple[Tensor, Tensor]:
    """Means and variances of the standardised outcome, each `MEMBERS x m`, for `m x d` or `MEMBERS x m x d` inputs."""
    hidden = inputs.expand(MEMBERS, *inputs.shape[-2:])
    for layer in (0, 1):
        hidden = functional.silu(torch.baddbmm(parameters[f"bias_{layer}"], hidden, parameters[f"weight_{layer}"]))
    out = torch.baddbmm(parameters["bias_2"], hidden, parameters["weight_2"])
    return out[..., 0], functional.softplus(out[..., 1]) + NOISE_FLOOR**2


def _start(dimension: int, generator: torch.Generator) -> Parameters:
    """Weights drawn uniformly within 1/√inputs of a layer, as PyTorch's own linear layers are."""
    parameters = {}
    for layer, (inputs, outputs) in enumerate(((dimension, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, 2))):
        for name, shape in (("weight", (MEMBERS, inputs, outputs)), ("bias", (MEMBERS, 1, outputs))):
            drawn = torch.rand(shape, dtype=torch.float64, generator=generator)
            parameters[f"{name}_{layer}"] = ((2 * drawn - 1) / inputs**0.5).requires_grad_()
    return parameters


def _trained(inputs: Tensor, targets: Targets, seed: int) -> Parameters:
    generator = torch.Generator().manual_seed(seed)
    parameters = _start(inputs.shape[1], generator)
    values, known = torch.from_numpy(targets.standardised), torch.from_numpy(targets.standardised_variances)
    held_out = _held_out(len(values), seed)
    optimiser = torch.optim.AdamW(parameters.values(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    best, kept, waited = torch.full((MEMBERS,), torch.inf, dtype=torch.float64), _copy(parameters), 0
    batches = _batches(~held_out, generator)
    with one_thread():
        for step in range(STEPS):
            if step % STEPS_BETWEEN_CHECKS == 0:
                with torch.no_grad():
                    losses = _losses(_forward(parameters, inputs), values.expand(MEMBERS, -1), known)
                    loss = (losses * held_out).sum(dim=1) / held_out.sum(dim=1)
                better = loss < best
                best = torch.where(better, loss, best)
                kept = {k: torch.where(better[:, None, None], parameters[k].detach(), kept[k]) for k in kept}
                waited = 0 if better.any() else waited + 1
                if waited == PATIENCE:
                    break
            rows = next(batches)
            optimiser.zero_grad()
            loss = _losses(_forward(parameters, inputs[rows]), values[rows], known[rows]).mean(dim=1).sum()
            torch.autograd.backward(loss)
            optimiser.step()
    return kept


def _losses(predicted: tuple[Tensor, Tensor], values: Tensor, known: Tensor) -> Tensor:
    """Negative log likelihoods but for a constant, `MEMBERS x m`."""
    mean, variance = predicted[0], predicted[1] + known
    return 0.5 * (variance.log() + (values - mean) ** 2 / variance)


def _held_out(count: int, seed: int) -> Tensor:
    """Which of `count` formulations each member stops by, `MEMBERS x count`: each formulation for one member."""
    order = np.random.default_rng(seed).permutation(count)
    return torch.from_numpy(np.stack([order % MEMBERS == member for member in range(MEMBERS)]))


def _batches(training: Tensor, generator: torch.Generator) -> Iterator[Tensor]:
    """Rows to learn from, `MEMBERS x m`, without end; each member goes through all of its own before it begins anew."""
    fewest = int(training.sum(dim=1).min())
    size = min(BATCH, fewest)
    own = [row.nonzero().squeeze(-1) for row in training]
    while True:
        orders = [rows[torch.randperm(len(rows), generator=generator)][:fewest] for rows in own]
        yield from torch.split(torch.stack(orders)[:, : fewest - fewest % size], size, dim=1)


def _copy(parameters: Parameters) -> Parameters:
    return {name: values.detach().clone() for name, values in parameters.items()}
