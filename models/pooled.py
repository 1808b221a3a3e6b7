"""The default kind of model: a Gaussian process, and beside many rows a deep ensemble with it.

The two err differently. A process with a kernel that knows chemistry is ahead where rows say little; networks find what
no kernel was written for, and are too sure where nothing is like what they saw. Of two such forecasts the average is
better than the better one alone. Averaged are quantiles, and not probabilities: of Gaussians that is the Gaussian with
the mean of the means and the mean of the deviations, as sharp as its parts (K. C. Lichtendahl Jr., Y.
Grushka-Cockayne and R. L. Winkler, Management Science 2013, doi:10.1287/mnsc.1120.1667); an average of probabilities
would be wider where they disagree, and covered too much.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from botorch.models import SingleTaskGP
from torch import Tensor

from ionlink.models.calibration import Calibration
from ionlink.models.deep_ensemble import DeepEnsemble
from ionlink.models.fast_posterior import FastPosterior
from ionlink.models.gaussian_process import LearnedProcess
from ionlink.models.kinds import LearnedOutcome, Task
from ionlink.models.pair_rows import ScaledPairs
from ionlink.models.prediction import Posterior

SHARE_OF_NETWORKS = 0.25
"""A choice, made on stability constants (docs/surrogates.md): errors differ little from a quarter to a half."""

ROWS_FOR_NETWORKS = 200
"""With fewer rows the process is alone: networks learn from hundreds of formulations, and take longer than it."""

NETWORKS = "networks."
"""How names begin of what is kept of them."""


class LearnedPool(LearnedOutcome):
    """A Gaussian process, alone or with networks.

    Explanations, leave-one-out and acquisition functions look at the process alone. Its calibration is that of both.
    """

    sees = ScaledPairs
    has_process = True

    def __init__(self, process: LearnedProcess, networks: DeepEnsemble | None) -> None:
        self._process, self.networks = process, networks

    @classmethod
    def fit(cls, task: Task) -> "LearnedPool":
        """Raises `FitFailed` where the process cannot be learned."""
        many = len(task.rows) >= ROWS_FOR_NETWORKS
        return cls(LearnedProcess.fit(task), DeepEnsemble.fit(task) if many else None)

    @classmethod
    def restored(cls, task: Task, state: Mapping[str, Tensor]) -> "LearnedPool":
        """Both as they were learned."""
        kept = {name.removeprefix(NETWORKS): value for name, value in state.items() if name.startswith(NETWORKS)}
        own = {name: value for name, value in state.items() if not name.startswith(NETWORKS)}
        return cls(LearnedProcess.restored(task, own), DeepEnsemble.restored(task, kept) if kept else None)

    def state(self) -> Mapping[str, Tensor]:
        """What is kept of the process, and weights and biases of the networks."""
        kept = self.networks.state() if self.networks else {}
        return {**self._process.state(), **{NETWORKS + name: value for name, value in kept.items()}}

    def posterior(self) -> Posterior:
        """Over rows of `ScaledPairs`."""
        own = self._process.posterior()
        return PooledPosterior(own, self.networks.posterior()) if self.networks else own

    def joint(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Means and deviations of both, with the correlations of the process."""
        mean, covariance = self._process.joint(inputs)
        if self.networks is None:
            return mean, covariance
        pooled, variance = self.posterior().marginals(inputs)
        wider = (variance / covariance.diagonal()).sqrt()
        return pooled, covariance * wider.outer(wider)

    @property
    def gp(self) -> SingleTaskGP:
        """The process."""
        return self._process.gp

    @property
    def calibration(self) -> Calibration | None:
        """How far the process was too sure of what was left out."""
        return self._process.calibration


@dataclass(frozen=True, eq=False)
class PooledPosterior:
    """The average of two Gaussians' quantiles."""

    process: FastPosterior
    networks: Posterior

    @property
    def noise_variance(self) -> float:
        """Noise of a typical new observation, in the outcome's unit squared, as the process learned it."""
        return self.process.noise_variance

    def marginals(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance of the noise-free outcome, each `m`, in its unit, for `m x d` rows of `ScaledPairs`.

        Networks know the noise of new observations, or a part of it, only together with what they do not know else:
        what the process takes for noise is taken off.
        """
        (mean, variance), (other_mean, other) = self.process.marginals(inputs), self.networks.marginals(inputs)
        other = (other + self.networks.noise_variance - self.noise_variance).clamp_min(0)
        return _average(mean, other_mean), _average(variance.sqrt(), other.sqrt()).square()


def _average(of_process: Tensor, of_networks: Tensor) -> Tensor:
    return (1 - SHARE_OF_NETWORKS) * of_process + SHARE_OF_NETWORKS * of_networks
