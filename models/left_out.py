"""Training rows predicted without the rows of their group: in closed form, with hyperparameters that all rows taught.

S. Sundararajan and S. S. Keerthi, Neural Computation 2001, doi:10.1162/08997660151134343; of whole groups: D.
Ginsbourger and C. Schärer 2024, doi:10.1080/10618600.2024.2353633.
"""

from collections.abc import Collection, Hashable, Sequence

import numpy as np
import torch
from botorch.models import SingleTaskGP
from numpy.typing import NDArray

from ionlink.models.threads import one_thread

Floats = NDArray[np.float64]


def left_out(
    gp: SingleTaskGP, groups: Sequence[Hashable], parts: Sequence[Collection[Hashable]] | None = None
) -> tuple[Floats, Floats]:
    """Error and predicted deviation of each of `n` training rows, each `n`, in units of the standardised outcome.

    Noise is part of the deviation. `groups` says which rows are left out together. With `parts`, all groups that each
    row is a part of, as a mixture is of two cations, those rows are left out as well that are a part of the group. The
    process is of one outcome, and in evaluation mode.
    """
    precision, pull = _precision(gp)
    members: dict[Hashable, list[int]] = {}
    for row, own in enumerate(parts or [(group,) for group in groups]):
        for group in own:
            members.setdefault(group, []).append(row)
    errors, deviations = torch.empty_like(pull), torch.empty_like(pull)
    for group in dict.fromkeys(groups):
        rows = members[group]
        judged = [place for place, row in enumerate(rows) if groups[row] == group]
        places = [rows[place] for place in judged]
        covariance = torch.linalg.inv(precision[rows][:, rows])
        errors[places] = (covariance @ pull[rows])[judged]
        deviations[places] = covariance.diagonal()[judged].sqrt()
    return errors.numpy(), deviations.numpy()


def _precision(gp: SingleTaskGP) -> tuple[torch.Tensor, torch.Tensor]:
    """Inverse of the noisy training covariance, `n x n`, and its product with the centred outcomes, `n`."""
    inputs, targets = gp.train_inputs[0], gp.train_targets
    with torch.no_grad(), one_thread():
        prior = gp.forward(inputs)
        noisy = gp.likelihood(prior, [inputs]).covariance_matrix
        precision = torch.cholesky_inverse(torch.linalg.cholesky(noisy))
        return precision, precision @ (targets - prior.mean)
