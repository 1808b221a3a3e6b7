"""Posterior means and intervals as a table."""

from collections.abc import Sequence
from statistics import NormalDist

import pandas as pd
import torch
from botorch.models import SingleTaskGP

from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation

ROWS_AT_ONCE = 512
"""A joint posterior needs memory with the square of its rows."""


def half_width(interval: float) -> float:
    """Half the width of a central interval of a Gaussian, in standard deviations."""
    if not 0 < interval < 1:
        raise InputError(f"interval: {interval:g} is not a probability between 0 and 1, such as 0.9")
    return NormalDist().inv_cdf(0.5 + interval / 2)


def mean_and_deviation(gp: SingleTaskGP, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and standard deviation of the noise-free outcome, each `n`, in its unit, for `n x d` inputs."""
    means, deviations = [], []
    with torch.no_grad():
        for chunk in torch.split(inputs, ROWS_AT_ONCE):
            posterior = gp.posterior(chunk)
            means.append(posterior.mean.squeeze(-1))
            deviations.append(posterior.variance.squeeze(-1).sqrt())
    return torch.cat(means), torch.cat(deviations)


def prediction_frame(
    formulations: Sequence[Formulation], gp: SingleTaskGP, inputs: torch.Tensor, interval: float
) -> pd.DataFrame:
    """Columns row (position in `formulations`), cation, ligand, ratio, mean, standard_deviation, lower, upper."""
    reach = half_width(interval)
    means, deviations = (column.numpy() for column in mean_and_deviation(gp, inputs))
    return pd.DataFrame(
        {
            "row": range(len(formulations)),
            "cation": [f.cation for f in formulations],
            "ligand": [f.ligand for f in formulations],
            "ratio": [f.ratio for f in formulations],
            "mean": means,
            "standard_deviation": deviations,
            "lower": means - reach * deviations,
            "upper": means + reach * deviations,
        }
    )
