"""One Gaussian process for one outcome."""

from collections.abc import Sequence

import torch
from botorch.exceptions.errors import ModelFittingError
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from botorch.models.transforms import Standardize
from botorch.utils.sampling import manual_seed
from gpytorch.mlls import ExactMarginalLogLikelihood
from linear_operator.utils.errors import NotPSDError

from ionlink.data.observation import Observation
from ionlink.models.errors import FitFailed
from ionlink.models.inputs import InputScaling
from ionlink.models.noise import merged, moderated
from ionlink.models.threads import one_thread

MINIMUM_FORMULATIONS = 5
"""Fewer different formulations than this are refused: there is nothing to learn a length scale from."""

ROUNDING = 1e-9
"""Values that differ by less than this share of the largest are equal: merging repeats leaves rounding errors."""

NOISE_FLOOR = 2e-3
"""Smallest standard error, as a share of the outcome's standard deviation: keeps the covariance matrix invertible."""


def training_rows(observations: Sequence[Observation]) -> list[Observation]:
    """Rows that one outcome's process is trained on: one per formulation, or all where the noise is learned.

    Where every value has a standard error, replicate errors are moderated and repeats merged by inverse
    variance. Where one has none, the noise is learned from all rows alike, and repeats are what it is
    learned from: they stay apart, and all standard errors are left aside.
    """
    if any(o.standard_error is None for o in observations):
        return [o.model_copy(update={"standard_error": None}) for o in observations]
    first = {o.formulation: o for o in reversed(observations)}
    return [
        first[m.formulation].model_copy(update={"value": m.mean, "standard_error": m.standard_error})
        for m in merged(moderated(observations))
    ]


def check_learnable(outcome: str, rows: Sequence[Observation]) -> None:
    """Raise `FitFailed` for too few formulations or for an outcome that never varies."""
    count = len({o.formulation for o in rows})
    if count < MINIMUM_FORMULATIONS:
        raise FitFailed(outcome, f"{count} formulations observed, at least {MINIMUM_FORMULATIONS} needed")
    values = [o.value for o in rows]
    if max(values) - min(values) <= ROUNDING * max(map(abs, values)):
        raise FitFailed(outcome, f"all {count} formulations have the value {rows[0].value:g}: nothing to learn")


def build(rows: Sequence[Observation], scaling: InputScaling) -> SingleTaskGP:
    """A process over `scaling.dimension` inputs, not yet fitted, in float64.

    RBF kernel with a length scale per descriptor and BoTorch's dimension-scaled priors (Hvarfner et al.,
    ICML 2024); the outcome is standardised; known standard errors enter as fixed noise variances.
    """
    inputs = torch.as_tensor(scaling.transform([o.formulation for o in rows]))
    values = torch.tensor([[o.value] for o in rows], dtype=torch.float64)
    return SingleTaskGP(inputs, values, _noise(rows, values), outcome_transform=Standardize(m=1))


def _noise(rows: Sequence[Observation], values: torch.Tensor) -> torch.Tensor | None:
    """Noise variances, `n x 1`, in the outcome's unit squared; `None` where they are to be learned."""
    errors = [o.standard_error for o in rows if o.standard_error is not None]
    if len(errors) < len(rows):
        return None
    floor = NOISE_FLOOR * float(values.std())
    return torch.tensor([[max(error, floor) ** 2] for error in errors], dtype=torch.float64)


def fit(gp: SingleTaskGP, outcome: str, seed: int) -> None:
    """Maximise the marginal likelihood times the priors; the same seed gives the same process.

    Raises `FitFailed` where the optimiser does not converge or the covariance is singular.
    """
    try:
        with one_thread(), manual_seed(seed):  # retries start from random draws; the caller's random state is restored
            fit_gpytorch_mll(ExactMarginalLogLikelihood(gp.likelihood, gp))
    except (ModelFittingError, NotPSDError) as error:
        raise FitFailed(outcome, f"the Gaussian process did not converge ({error})") from error
    gp.eval()
