"""How wrong a Gaussian process is about its own errors, and intervals that are right.

A process that is told which rows to leave out says in closed form what it would have predicted of them (its
hyperparameters are kept: S. Sundararajan and S. S. Keerthi, Neural Computation 2001, doi:10.1162/08997660151134343; in
groups as in Rasmussen and Williams, equations 5.10 to 5.12). Errors over predicted deviations should then be Gaussian
with variance 1. They are not: outcomes have outliers, and whole cations or ligands are further off than a model thinks
that saw others like them. So a Student distribution is fitted to them, for formulations of known cations and ligands,
for those of a cation that was never seen, and for those of a ligand that was never seen; intervals are its quantiles.
"""

from collections.abc import Callable, Hashable, Sequence

import numpy as np
import torch
from botorch.models import SingleTaskGP
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy import optimize, stats
from sklearn.model_selection import GroupKFold

from ionlink.data.formulation import Formulation
from ionlink.models.fast_posterior import FastPosterior
from ionlink.models.threads import one_thread

Floats = NDArray[np.float64]

FEWEST_GROUPS = 10
"""With fewer groups to leave out, nothing is said of how wrong the process is about new ones: it is believed."""

ROWS_TO_REFIT_FROM = 200
REFITS = 3
"""Parts into which cations, and ligands, are divided."""

FEWEST_DEGREES_OF_FREEDOM, MOST_DEGREES_OF_FREEDOM = 2.5, 200.0
"""Below 2 a Student distribution has no variance; above 200 it is a Gaussian."""

SMALLEST_SCALE = 0.5
"""A process is never taken for more than twice as sure as it says."""


class Tails(BaseModel):
    """The distribution of errors over predicted deviations: a Student distribution around 0."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scale: float = Field(default=1.0, gt=0)
    degrees_of_freedom: float = Field(default=MOST_DEGREES_OF_FREEDOM, gt=2)

    @property
    def widening(self) -> float:
        """Its standard deviation: what a predicted deviation is multiplied by."""
        return float(self.scale * np.sqrt(self.degrees_of_freedom / (self.degrees_of_freedom - 2)))

    def half_width(self, interval: float) -> float:
        """Half the width of a central interval, in predicted deviations."""
        return float(self.scale * stats.t.ppf(0.5 + interval / 2, self.degrees_of_freedom))

    @classmethod
    def of(cls, errors: Floats, groups: Sequence[Hashable]) -> "Tails":
        """Maximum likelihood of `n` errors over deviations that fell into groups; unchanged for too few groups."""
        if len(set(groups)) < FEWEST_GROUPS:
            return cls()

        def loss(parameters: Floats) -> float:
            return -float(stats.t.logpdf(errors, np.exp(parameters[1]), scale=np.exp(parameters[0])).sum())

        limits = [(np.log(SMALLEST_SCALE), np.log(20.0)), np.log([FEWEST_DEGREES_OF_FREEDOM, MOST_DEGREES_OF_FREEDOM])]
        found = optimize.minimize(loss, x0=np.log([1.0, 10.0]), bounds=limits, method="L-BFGS-B").x
        return cls(scale=float(np.exp(found[0])), degrees_of_freedom=float(np.exp(found[1])))


class Calibration(BaseModel):
    """The tails of one outcome's errors, by what of a formulation was never seen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    known: Tails = Tails()
    """Cation and ligand were both seen, perhaps not together."""

    new_cation: Tails = Tails()
    new_ligand: Tails = Tails()

    def tails(self, *, new_cation: bool, new_ligand: bool) -> Tails:
        """Of a formulation; where both are new, the wider ones."""
        if new_cation and new_ligand:
            return max(self.new_cation, self.new_ligand, key=lambda tails: tails.widening)
        return self.new_cation if new_cation else self.new_ligand if new_ligand else self.known


Refit = Callable[[Sequence[int]], SingleTaskGP]
"""A process fitted anew to the rows with these numbers, hyperparameters included."""


def calibrated(gp: SingleTaskGP, formulations: Sequence[Formulation], refit: Refit) -> Calibration:
    """The calibration of a fitted process of one outcome, in evaluation mode, trained on `n` formulations.

    Of few rows, hyperparameters are kept while groups are left out. Of many, which take many descriptors to
    describe, that is too kind: hyperparameters are then learned again without each of `REFITS` parts of the groups.
    """
    by_group: dict[str, list[Hashable]] = {
        "known": [(f.cation, f.ligand, f.ratio) for f in formulations],
        "new_cation": [f.cation for f in formulations],
        "new_ligand": [f.ligand for f in formulations],
    }
    few = len(formulations) < ROWS_TO_REFIT_FROM
    precision, pull = _precision(gp)
    tails = {}
    for name, groups in by_group.items():
        if len(set(groups)) < FEWEST_GROUPS:
            continue
        keep = few or name == "known"
        errors = _left_out_errors(precision, pull, groups) if keep else _refitted_errors(gp, groups, refit)
        tails[name] = Tails.of(errors, groups)
    return Calibration(**tails)


def _refitted_errors(gp: SingleTaskGP, groups: Sequence[Hashable], refit: Refit) -> Floats:
    """Error over deviation of each row, `n`, predicted by a process that was fitted without its part of the groups."""
    inputs, values = gp.train_inputs[0], gp.outcome_transform.untransform(gp.train_targets.unsqueeze(-1))[0].squeeze(-1)
    errors = np.empty(len(groups))
    splitter = GroupKFold(REFITS, shuffle=True, random_state=0)
    for kept, left_out in splitter.split(errors, groups=list(map(str, groups))):
        posterior = FastPosterior.of(refit(kept.tolist()))
        mean, variance = posterior.mean_and_variance(inputs[left_out])
        deviation = (variance + posterior.noise_variance).sqrt()
        errors[left_out] = ((values[left_out] - mean) / deviation).numpy()
    return errors


def _precision(gp: SingleTaskGP) -> tuple[torch.Tensor, torch.Tensor]:
    """Inverse of the noisy training covariance, `n x n`, and its product with the centred outcomes, `n`."""
    inputs, targets = gp.train_inputs[0], gp.train_targets
    with torch.no_grad(), one_thread():
        prior = gp.forward(inputs)
        noisy = gp.likelihood(prior, [inputs]).covariance_matrix
        precision = torch.cholesky_inverse(torch.linalg.cholesky(noisy))
        return precision, precision @ (targets - prior.mean)


def _left_out_errors(precision: torch.Tensor, pull: torch.Tensor, groups: Sequence[Hashable]) -> Floats:
    """Error over deviation of each row, `n`, predicted without the rows of its group."""
    members: dict[Hashable, list[int]] = {}
    for row, group in enumerate(groups):
        members.setdefault(group, []).append(row)
    errors = torch.empty_like(pull)
    for rows in members.values():
        covariance = torch.linalg.inv(precision[rows][:, rows])
        errors[rows] = covariance @ pull[rows] / covariance.diagonal().sqrt()
    return np.asarray(errors.numpy(), dtype=np.float64)
