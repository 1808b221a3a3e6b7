"""The chance that observing a formulation succeeds, learned from what was observed and from what failed."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF, ConstantKernel
from torch import Tensor

from ionlink.data.formulation import Formulation
from ionlink.optimize.beliefs import Beliefs
from ionlink.optimize.standing import in_one_order, observed_formulations

if TYPE_CHECKING:
    from ionlink.optimize.campaign import Campaign

LENGTH_SCALES = (0.1, 10.0)
"""Limits, as shares of the diagonal of the unit cube that descriptors are scaled to."""

VARIANCES = (0.5, 100.0)
"""Limits of the variance of the latent function. Below the lower one nothing would ever be ruled out."""


@dataclass(frozen=True, eq=False)
class SuccessModel:
    """A Gaussian process classifier over the inputs of the campaign's beliefs (scikit-learn's, by Laplace)."""

    beliefs: Beliefs
    classifier: GaussianProcessClassifier

    @classmethod
    def of(cls, campaign: "Campaign", beliefs: Beliefs) -> "SuccessModel | None":
        """From the formulations of a campaign; `None` where none has failed for a reason of its own."""
        failed = [c.formulation for c in campaign.candidates if c.failure_of == "formulation"]
        done = [f for f in observed_formulations(in_one_order(campaign.observations())) if f not in set(failed)]
        if not failed or not done:
            return None
        inputs = beliefs.inputs([*done, *failed]).numpy()
        diagonal = np.sqrt(inputs.shape[1])
        limits = tuple(share * diagonal for share in LENGTH_SCALES)
        kernel = ConstantKernel(4.0, VARIANCES) * RBF(0.3 * diagonal, limits)
        classifier = GaussianProcessClassifier(kernel, random_state=campaign.seed)
        labels = np.r_[np.ones(len(done)), np.zeros(len(failed))]
        with warnings.catch_warnings():
            # A length scale at its limit says that failures know no bounds within the space: a finding, not a fault.
            warnings.simplefilter("ignore", ConvergenceWarning)
            return cls(beliefs, classifier.fit(inputs, labels))

    def log_probability(self, formulations: Sequence[Formulation]) -> Tensor:
        """Logarithm of the chance of success of each, `n`."""
        chances = self.classifier.predict_proba(self.beliefs.inputs(formulations).numpy())[:, 1]
        return torch.from_numpy(np.log(np.clip(chances, 1e-9, 1.0)))
