"""Noise of the rows that one process is trained on: known, learned, or known of some rows only."""

from collections.abc import Sequence
from typing import Any

import torch
from botorch.models import SingleTaskGP
from botorch.models.utils.gpytorch_modules import MIN_INFERRED_NOISE_LEVEL
from gpytorch.constraints import GreaterThan
from gpytorch.likelihoods import FixedNoiseGaussianLikelihood, GaussianLikelihood
from gpytorch.likelihoods.noise_models import HomoskedasticNoise
from gpytorch.priors import LogNormalPrior
from linear_operator.operators import DiagLinearOperator

from ionlink.data.observation import Observation

BASE_ERROR = 0.1
"""A choice: the standard error that distrust widens where none is stated, as a share of the outcome's deviation."""

NOISE_FLOOR = 2e-3
"""Smallest standard error, as a share of the outcome's standard deviation: keeps the covariance matrix invertible."""

NO_BATCH = torch.Size()


def known_noise(rows: Sequence[Observation], deviation: float) -> torch.Tensor:
    """Noise variances of rows with standard errors, `n x 1`, in the outcome's unit squared; `deviation` is its own."""
    floor = NOISE_FLOOR * deviation
    return torch.tensor([[max(o.standard_error or 0.0, floor) ** 2] for o in rows], dtype=torch.float64)


def learned_likelihood(
    rows: Sequence[Observation], deviation: float
) -> GaussianLikelihood | FixedNoiseGaussianLikelihood:
    """For rows without standard errors, and for some with and some without, of an outcome of that deviation."""
    if any(o.standard_error is not None or o.trust != 1 for o in rows):
        return PartlyKnownNoise.of(rows, deviation)
    likelihood = GaussianLikelihood()
    likelihood.noise_covar = learned_noise()
    return likelihood


def given_noise(rows: Sequence[Observation], deviation: float) -> torch.Tensor:
    """What is known of the noise variances of `n` rows, in units of the outcome's standard `deviation`, squared.

    Where a standard error is not known, it is taken as `BASE_ERROR`, and only what distrust adds is given.
    """
    given = [
        added_by_distrust(o, BASE_ERROR**2) if o.standard_error is None else (o.standard_error / deviation) ** 2
        for o in rows
    ]
    return torch.tensor(given, dtype=torch.float64).clamp_min(NOISE_FLOOR**2)


def added_by_distrust(observation: Observation, variance: float) -> float:
    """Dividing a standard error s by the trust t adds (1/t² - 1) s² to its variance s²."""
    return (1 / observation.trust**2 - 1) * variance


def noise_of(gp: SingleTaskGP) -> torch.Tensor:
    """Noise variances of the `n` training rows, in units of the process."""
    noise: torch.Tensor = gp.likelihood.noise.detach()
    return noise.expand(len(gp.train_targets))


def middle(variances: torch.Tensor) -> float:
    """Median, of an even number the mean of the two in the middle; PyTorch's own is the lower of them."""
    return float(variances.quantile(0.5))


def learned_noise(shape: torch.Size = NO_BATCH) -> HomoskedasticNoise:
    """As BoTorch's default, but sought on a logarithmic scale.

    Like all other hyperparameters. On closed-form problems of 20 to 200 rows that took half the steps, and ended up to
    0.05 nats a row higher.
    """
    prior = LogNormalPrior(loc=-4.0, scale=1.0)
    limits = GreaterThan(
        MIN_INFERRED_NOISE_LEVEL, transform=torch.exp, inv_transform=torch.log, initial_value=prior.mode
    )
    return HomoskedasticNoise(noise_prior=prior, noise_constraint=limits, batch_shape=shape)


class PartlyKnownNoise(FixedNoiseGaussianLikelihood):  # type: ignore[misc]  # GPyTorch is untyped
    """Known noise variances of some rows; for the others a learned one, on top of what is given for each."""

    learned: torch.Tensor

    def __init__(self, given: torch.Tensor, learned: torch.Tensor) -> None:
        """Variances of `n` rows of the standardised outcome, and which rows the learned variance is added to."""
        super().__init__(given, learn_additional_noise=True)
        # The same prior on the learned variance as where it is for all rows alike.
        self.second_noise_covar = learned_noise()
        self.register_buffer("learned", learned)

    @classmethod
    def of(cls, rows: Sequence[Observation], deviation: float) -> "PartlyKnownNoise":
        """For `n` rows of an outcome with this standard deviation."""
        return cls(given_noise(rows, deviation), torch.tensor([o.standard_error is None for o in rows]))

    def keep(self, rows: torch.Tensor) -> None:
        """Forget all but some rows."""
        self.noise_covar.noise = self.noise_covar.noise[..., rows]
        self.learned = self.learned[rows]

    @property
    def second_noise(self) -> torch.Tensor:
        """What is added to each of the `n` rows."""
        added: torch.Tensor = self.second_noise_covar.noise * self.learned
        return added

    def _shaped_noise_covar(self, base_shape: torch.Size, *params: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Of the training rows; elsewhere a new observation has the learned noise."""
        if base_shape[-1] != len(self.learned) or "noise" in kwargs or self.learned.all():
            return super()._shaped_noise_covar(base_shape, *params, **kwargs)
        return DiagLinearOperator(self.noise.expand(base_shape))
