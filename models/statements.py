"""Learning from what papers say: values, bounds and rankings in one posterior.

Of an outcome's latent values f over the formulations that are spoken of, with a Gaussian-process prior,

- a value says f = y, up to its error;
- a bound says f < b or f > b: its likelihood is the probability of that under the same error (a Tobit likelihood,
  doi:10.2307/1907382);
- a ranking says that one exceeds another, or that two are alike: a probit likelihood of the difference (W. Chu and
  Z. Ghahramani, ICML 2005, doi:10.1145/1102351.1102369), or a difference of nought up to its error.

Every statement is about one linear combination of f, and its likelihood is log-concave: the posterior has one mode,
and a Gaussian at that mode stands for it (Laplace's approximation: C. E. Rasmussen and C. K. I. Williams, Gaussian
Processes for Machine Learning, section 3.4). An error is divided by the trust in its statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from botorch.models.model import Model
from botorch.posteriors.gpytorch import GPyTorchPosterior
from gpytorch.distributions import MultivariateNormal
from gpytorch.kernels import Kernel
from torch import Tensor

from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation, Ranking
from ionlink.models.errors import FitFailed
from ionlink.models.inputs import InputScaling
from ionlink.models.pair_kernel import PairKernel
from ionlink.models.threads import one_thread

UNSTATED_ERROR = 0.3
"""Standard error where none is stated, as a share of the outcome's deviation over formulations. A choice: what papers
print without an error differs between laboratories by about so much; rankings are made by eye on the same scale."""

NEWTON_STEPS = 100
CONVERGED = 1e-9
"""Largest change of a latent value, in units of the prior's deviation, at which Newton's method ends."""

JITTER = 1e-8


@dataclass(frozen=True, eq=False)
class Statements:
    """What is said of one outcome, as statements about linear combinations of its values."""

    formulations: tuple[Formulation, ...]
    """The `n` formulations that are spoken of, each once."""

    combinations: Tensor
    """`s x n`: a statement's weight on each formulation's value: 1 for a value or bound, 1 and −1 for a ranking."""

    threshold: Tensor
    """`s`: the value or the bound, standardised; 0 for a ranking."""

    direction: Tensor
    """`s`: +1 where the combination is above `threshold`, −1 below, 0 where it is equal."""

    error: Tensor
    """`s`: standard error, in deviations of the outcome, widened by distrust."""

    centre: float
    scale: float
    """Mean and deviation of the outcome: what 0 and 1 of the latent values are in its unit."""

    @classmethod
    def of(
        cls,
        outcome: str,
        observations: Sequence[Observation] = (),
        rankings: Sequence[Ranking] = (),
        unit: tuple[float, float] | None = None,
    ) -> "Statements":
        """Of the observations and rankings of one outcome.

        What is 0 and 1 is `unit`, where it is given, else the mean and the deviation of the values, or of the
        bounds where there are fewer than two different values. From rankings alone only the order can be learned: they
        are then 0 and 1, and the latent values have no unit.

        Raises:
            InputError: a statement is about another outcome.
            FitFailed: nothing is said.
        """
        strangers = {s.outcome for s in (*observations, *rankings)} - {outcome}
        if strangers:
            raise InputError(f"statements are about {', '.join(sorted(strangers))}, not about {outcome}")
        if not observations and not rankings:
            raise FitFailed(outcome, "nothing is said of it")
        spoken = [o.formulation for o in observations] + [f for r in rankings for f in (r.higher, r.lower)]
        formulations = tuple(dict.fromkeys(spoken))
        centre, scale = unit or _standardisation(observations)
        place = {formulation: j for j, formulation in enumerate(formulations)}
        combinations = torch.zeros(len(observations) + len(rankings), len(formulations), dtype=torch.float64)
        for row, observation in enumerate(observations):
            combinations[row, place[observation.formulation]] = 1.0
        for row, ranking in enumerate(rankings, start=len(observations)):
            combinations[row, place[ranking.higher]] += 1.0
            combinations[row, place[ranking.lower]] -= 1.0
        return cls(
            formulations,
            combinations,
            torch.tensor([(o.value - centre) / scale for o in observations] + [0.0] * len(rankings)).double(),
            torch.tensor([_DIRECTION[o.bound] for o in observations] + [_DIRECTION[r.relation] for r in rankings]),
            torch.tensor(
                [_error(o, scale) for o in observations] + [2**0.5 * UNSTATED_ERROR / r.trust for r in rankings]
            ).double(),
            centre,
            scale,
        )

    def log_likelihood(self, latent: Tensor) -> Tensor:
        """Of each statement, `s`, for latent values `n`."""
        margin = (self.combinations @ latent - self.threshold) / self.error
        gaussian = -0.5 * margin.square() - self.error.log()
        return torch.where(self.direction == 0, gaussian, torch.special.log_ndtr(self.direction * margin))

    def slope_and_curvature(self, latent: Tensor) -> tuple[Tensor, Tensor]:
        """First derivative, and minus the second, of each log likelihood by its combination, each `s`."""
        margin = (self.combinations @ latent - self.threshold) / self.error
        signed = self.direction * margin
        hazard = torch.exp(-0.5 * signed.square() - 0.5 * np.log(2 * np.pi) - torch.special.log_ndtr(signed))
        equal = self.direction == 0
        slope = torch.where(equal, -margin, self.direction * hazard) / self.error
        curvature = torch.where(equal, torch.ones_like(margin), hazard * (signed + hazard)) / self.error.square()
        return slope, curvature.clamp_min(0.0)


_DIRECTION = {"=": 0, "≈": 0, ">": 1, "<": -1}


def _standardisation(observations: Sequence[Observation]) -> tuple[float, float]:
    values = [o.value for o in observations if o.bound == "="]
    limits = [o.value for o in observations]
    spread = float(np.std(values, ddof=1)) if len(set(values)) > 1 else 0.0
    if spread == 0.0 and len(set(limits)) > 1:
        spread = float(np.std(limits, ddof=1))
    centre = float(np.mean(values or limits)) if limits else 0.0
    return centre, spread or abs(centre) or 1.0


def _error(observation: Observation, scale: float) -> float:
    stated = UNSTATED_ERROR if observation.standard_error is None else observation.standard_error / scale
    return max(stated, 1e-3) / observation.trust


class StatementProcess(Model):
    """The posterior of an outcome given statements about it, for a given kernel; a BoTorch model of one outcome.

    Use it for tens to a few hundred statements. Not for simulations by the hundred with known errors: there the
    likelihood is Gaussian and `Surrogate` is exact.
    """

    def __init__(self, statements: Statements, inputs: Tensor, kernel: Kernel) -> None:
        """`inputs` are those of `statements.formulations`, `n x d`; the kernel is of an outcome of variance about 1.

        Raises `FitFailed` where Newton's method finds no mode.
        """
        super().__init__()
        self.statements, self.inputs, self.kernel = statements, inputs, kernel
        with torch.no_grad(), one_thread():
            prior = _dense(kernel, inputs, inputs)
            self._prior = prior + JITTER * torch.eye(len(prior), dtype=prior.dtype)
            self._mode, self._gradient = _mode(self._prior, statements)
            _, curvature = statements.slope_and_curvature(self._mode)
            root = statements.combinations * curvature.sqrt().unsqueeze(-1)
            inner = torch.eye(len(root), dtype=prior.dtype) + root @ self._prior @ root.T
            factor = torch.linalg.cholesky(inner)
            self._whitened = torch.linalg.solve_triangular(factor, root, upper=False)
            self.log_evidence = float(
                statements.log_likelihood(self._mode).sum()
                - 0.5 * self._mode @ torch.linalg.solve(self._prior, self._mode)
                - factor.diagonal().log().sum()
            )

    @classmethod
    def learn(
        cls, outcome: str, observations: Sequence[Observation] = (), rankings: Sequence[Ranking] = ()
    ) -> "StatementProcess":
        """Of what is said of one outcome, with the kernel that `PairKernel` starts from.

        Its hyperparameters are not fitted: a handful of statements cannot tell them. Raises `FitFailed`, `InputError`.
        """
        statements = Statements.of(outcome, observations, rankings)
        scaling = InputScaling.of(statements.formulations)
        inputs = torch.as_tensor(scaling.transform(statements.formulations))
        return cls(statements, inputs, PairKernel(scaling))

    @property
    def num_outputs(self) -> int:
        """One."""
        return 1

    @property
    def batch_shape(self) -> torch.Size:
        """None."""
        return torch.Size([])

    @property
    def weights(self) -> Tensor:
        """What the mean is of covariances with the `n` inputs, standardised: `n`."""
        return self._gradient

    @property
    def whitening(self) -> Tensor:
        """What turns covariances with the `n` inputs into what the statements explain: `n x s`."""
        turned: Tensor = self._whitened.T
        return turned

    def moments(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Joint mean `... x m` and covariance `... x m x m` at `... x m x d` inputs, in the outcome's unit."""
        across = _dense(self.kernel, inputs, self.inputs.expand(*inputs.shape[:-2], *self.inputs.shape))
        explained = across @ self._whitened.T
        covariance = _dense(self.kernel, inputs, inputs) - explained @ explained.transpose(-1, -2)
        scale = self.statements.scale
        return self.statements.centre + scale * (across @ self._gradient), scale**2 * covariance

    def posterior(self, X: Tensor, *_: object, **__: object) -> GPyTorchPosterior:
        """Joint posterior of the noise-free outcome at `... x m x d` inputs, in its unit."""
        mean, covariance = self.moments(X)
        jitter = JITTER * self.statements.scale**2 * torch.eye(mean.shape[-1], dtype=mean.dtype)
        return GPyTorchPosterior(MultivariateNormal(mean, covariance + jitter))

    def probability_higher(self, higher: Tensor, lower: Tensor) -> float:
        """Probability that the outcome of one formulation exceeds that of another; each its inputs, `d`."""
        with torch.no_grad():
            mean, covariance = self.moments(torch.stack([higher, lower]))
        variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
        return float(torch.special.ndtr((mean[0] - mean[1]) / variance.clamp_min(1e-18).sqrt()))


def _dense(kernel: Kernel, a: Tensor, b: Tensor) -> Tensor:
    covariance: Tensor = kernel(a, b).to_dense()
    return covariance


def _mode(prior: Tensor, statements: Statements) -> tuple[Tensor, Tensor]:
    """The most probable latent values, and the gradient of the log likelihood there (each `n`).

    Newton's method in the form of algorithm 3.1 of Rasmussen and Williams, with a step that is halved while it would
    lower the posterior density.
    """
    size = len(prior)
    latent, weights = torch.zeros(size, dtype=prior.dtype), torch.zeros(size, dtype=prior.dtype)
    density = statements.log_likelihood(latent).sum()
    for _ in range(NEWTON_STEPS):
        slope, curvature = statements.slope_and_curvature(latent)
        root = statements.combinations * curvature.sqrt().unsqueeze(-1)
        inner = torch.eye(len(root), dtype=prior.dtype) + root @ prior @ root.T
        right = root.T @ (root @ latent) + statements.combinations.T @ slope
        target = right - root.T @ torch.linalg.solve(inner, root @ (prior @ right))
        step = 1.0
        while step > 1e-6:
            trial = weights + step * (target - weights)
            moved = prior @ trial
            found = statements.log_likelihood(moved).sum() - 0.5 * trial @ moved
            if found >= density - 1e-12:
                break
            step /= 2
        change = (moved - latent).abs().max()
        latent, weights, density = moved, trial, found
        if change < CONVERGED:
            return latent, weights
    raise FitFailed("statements", f"no mode of the posterior in {NEWTON_STEPS} steps of Newton's method")
