"""Does a surrogate know cations by their properties, or by name? Leave each out whole and see."""

from typing import Any

import numpy as np
import torch

from ionlink.models.surrogate import OutcomeModel
from ionlink.models.threads import one_thread


def unseen_cation_q2(model: OutcomeModel) -> float | None:
    """Q² of predictions for cations all of whose rows are left out: 1 is perfect, 0 is no better than the others' mean.

    What is said of charge density against radius holds for cations at large only where this is well above 0. With two
    rows per cation or more, leaving single rows out does not show it: the same cation on another ligand gives the
    answer away. In closed form, with hyperparameters learned from all rows, so it is somewhat optimistic (Ginsbourger
    & Schärer 2024, doi:10.1080/10618600.2024.2353633). `None` where fewer than three cations were observed.
    """
    cations = np.array([o.formulation.cation for o in model.rows])
    if len(set(cations)) < 3:
        return None
    values, left_out_error = _values_and_precision(model.gp)
    errors, naive = np.zeros(len(values)), np.zeros(len(values))
    precision, weighted = left_out_error
    for cation in set(cations):
        rows = np.flatnonzero(cations == cation)
        errors[rows] = np.linalg.solve(precision[np.ix_(rows, rows)], weighted[rows])
        naive[rows] = values[rows] - values[cations != cation].mean()
    return float(1 - (errors**2).sum() / (naive**2).sum())


def _values_and_precision(process: Any) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:  # noqa: ANN401
    """Standardised values `n`; inverse covariance `n x n`, noise included, and its product with the residuals, `n`."""
    with torch.no_grad(), one_thread():
        inputs, targets = process.train_inputs[0], process.train_targets
        prior = process.forward(inputs)
        noisy = process.likelihood(prior, [inputs]).covariance_matrix
        precision = torch.linalg.inv(noisy)
        weighted = precision @ (targets - prior.mean)
    return targets.numpy(), (precision.numpy(), weighted.numpy())
