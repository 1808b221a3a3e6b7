"""How well a surrogate predicts what it has not seen."""

import numpy as np
import pandas as pd
import torch
from botorch.cross_validation import efficient_loo_cv
from botorch.posteriors.gpytorch import GPyTorchPosterior

from ionlink.models.prediction import half_width
from ionlink.models.surrogate import OutcomeModel, Surrogate


def leave_one_out(surrogate: Surrogate, *, interval: float = 0.9) -> pd.DataFrame:
    """Each training row predicted from all others, with hyperparameters learned from all rows.

    Columns: outcome, cation, ligand, ratio, observed, mean, standard_deviation (of an observation, its noise
    included), lower, upper. Because hyperparameters are not learned anew, this is optimistic for
    few rows (BoTorch, `efficient_loo_cv`).
    """
    return pd.concat([_of_outcome(m, interval) for m in surrogate.models.values()], ignore_index=True)


def model_fit(surrogate: Surrogate, *, interval: float = 0.9) -> pd.DataFrame:
    """Leave-one-out quality, one row per outcome.

    Columns: outcome, rows, rmse (outcome's unit), q2 (1 − squared error over that of predicting the mean of the
    other rows; ≤ 0 means nothing was learned), coverage (share of observations inside their
    `interval`), log_density (mean log predictive density; larger is better).
    """
    predicted = leave_one_out(surrogate, interval=interval)
    return pd.DataFrame([_quality(outcome, rows) for outcome, rows in predicted.groupby("outcome", sort=False)])


def _of_outcome(model: OutcomeModel, interval: float) -> pd.DataFrame:
    with torch.no_grad():
        posterior = efficient_loo_cv(model.gp).posterior
    assert isinstance(posterior, GPyTorchPosterior)  # only other outcome transforms give others
    mean = posterior.mean.detach().flatten().numpy()
    deviation = posterior.variance.detach().flatten().sqrt().numpy()
    reach = half_width(interval) * deviation
    return pd.DataFrame(
        {
            "outcome": model.outcome,
            "cation": [o.formulation.cation for o in model.rows],
            "ligand": [o.formulation.ligand for o in model.rows],
            "ratio": [o.formulation.ratio for o in model.rows],
            "observed": [o.value for o in model.rows],
            "mean": mean,
            "standard_deviation": deviation,
            "lower": mean - reach,
            "upper": mean + reach,
        }
    )


def _quality(outcome: object, rows: pd.DataFrame) -> dict[str, object]:
    observed, count = rows["observed"].to_numpy(), len(rows)
    error = observed - rows["mean"].to_numpy()
    # The mean of the other rows misses row i by (y_i − ȳ) n/(n − 1).
    naive = (observed - observed.mean()) * count / (count - 1)
    deviation = rows["standard_deviation"].to_numpy()
    density = -0.5 * (error / deviation) ** 2 - np.log(deviation * np.sqrt(2 * np.pi))
    inside = (observed >= rows["lower"]) & (observed <= rows["upper"])
    return {
        "outcome": outcome,
        "rows": count,
        "rmse": float(np.sqrt((error**2).mean())),
        "q2": float(1 - (error**2).sum() / (naive**2).sum()),
        "coverage": float(inside.mean()),
        "log_density": float(density.mean()),
    }
