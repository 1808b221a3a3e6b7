"""How well a surrogate predicts what it has not seen."""

import pandas as pd
import torch
from botorch.cross_validation import efficient_loo_cv
from botorch.posteriors.gpytorch import GPyTorchPosterior

from ionlink.models.metrics import mean_metrics, percent
from ionlink.models.student import half_width
from ionlink.models.surrogate import OutcomeModel, Surrogate


def leave_one_out(surrogate: Surrogate, *, interval: float = 0.9) -> pd.DataFrame:
    """Each training row predicted from all others, with hyperparameters learned from all rows.

    Columns: outcome, cation, ligand, ratio, observed, mean, standard_deviation (of an observation, its noise
    included), lower, upper; the last five on the scale that the outcome is learned on. Because hyperparameters are not
    learned anew, this is optimistic for few rows (BoTorch, `efficient_loo_cv`).
    """
    return pd.concat([_of_outcome(m, interval) for m in surrogate.models.values()], ignore_index=True)


def model_fit(surrogate: Surrogate, *, interval: float = 0.9) -> pd.DataFrame:
    """Leave-one-out quality, one row per outcome.

    Columns: outcome, rows, rmse (outcome's unit, or decades), q2 (1 − squared error over that of predicting the mean
    of the other rows; ≤ 0 means nothing was learned), coverage (share of observations inside their
    `interval`), log_density (mean log predictive density; larger is better).
    """
    predicted = leave_one_out(surrogate, interval=interval)
    return pd.DataFrame(
        [_quality(outcome, rows, interval) for outcome, rows in predicted.groupby("outcome", sort=False)]
    )


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


def _quality(outcome: object, rows: pd.DataFrame, interval: float) -> dict[str, object]:
    observed, count = rows["observed"], len(rows)
    of_others = (observed.sum() - observed) / (count - 1)
    found = mean_metrics(rows.assign(training_mean=of_others), (interval,))
    return {
        "outcome": outcome,
        "rows": count,
        "rmse": found["rmse"],
        "q2": found["q2"],
        "coverage": found[f"coverage_{percent(interval)}"],
        "log_density": found["log_score"],
    }
