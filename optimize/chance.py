"""The chance that a formulation is of the good kind, learned from what was and what was not."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF, ConstantKernel
from torch import Tensor

from ionlink.data.formulation import Formulation
from ionlink.optimize.beliefs import Beliefs

SEEDS = 2**32
"""So many scikit-learn has."""

LENGTH_SCALES = (0.1, 10.0)
"""Limits, as shares of the diagonal of the unit cube that descriptors are scaled to."""

VARIANCES = (0.5, 100.0)
"""Limits of the variance of the latent function. Below the lower one nothing would ever be ruled out."""


@dataclass(frozen=True, eq=False)
class Chance:
    """A Gaussian process classifier over the inputs of a campaign's beliefs (scikit-learn's, by Laplace)."""

    beliefs: Beliefs
    classifier: GaussianProcessClassifier

    @classmethod
    def learned(
        cls, beliefs: Beliefs, good: Sequence[Formulation], bad: Sequence[Formulation], seed: int
    ) -> "Chance | None":
        """From formulations of both kinds; `None` where there is but one."""
        if not good or not bad:
            return None
        inputs = beliefs.inputs([*good, *bad]).numpy()
        diagonal = np.sqrt(inputs.shape[1])
        limits = tuple(share * diagonal for share in LENGTH_SCALES)
        kernel = ConstantKernel(4.0, VARIANCES) * RBF(0.3 * diagonal, limits)
        classifier = GaussianProcessClassifier(kernel, random_state=seed % SEEDS)
        labels = np.r_[np.ones(len(good)), np.zeros(len(bad))]
        with warnings.catch_warnings():
            # A length scale at its limit says that the kinds know no bounds within the space: a finding, not a fault.
            warnings.simplefilter("ignore", ConvergenceWarning)
            return cls(beliefs, classifier.fit(inputs, labels))

    def log_probability(self, formulations: Sequence[Formulation]) -> Tensor:
        """Logarithm of the chance of each to be good, `n`."""
        chances = self.classifier.predict_proba(self.beliefs.inputs(formulations).numpy())[:, 1]
        return torch.from_numpy(np.log(np.clip(chances, 1e-9, 1.0)))


class Model(Protocol):
    """Knows a chance."""

    def log_probability(self, formulations: Sequence[Formulation]) -> Tensor:
        """Logarithm of it for each of `n` formulations, `n`."""
        ...


def together(models: Sequence[Model]) -> Callable[[Sequence[Formulation]], Tensor]:
    """Logarithm of the chance that each of `n` formulations is good in every way, `n`."""

    def log_probability(formulations: Sequence[Formulation]) -> Tensor:
        return torch.stack([model.log_probability(formulations) for model in models]).sum(dim=0)

    return log_probability
