"""One Gaussian process for one outcome."""

import copy
from collections.abc import Sequence

import torch
from botorch.exceptions.errors import ModelFittingError
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from botorch.models.transforms import Standardize
from botorch.models.utils.gpytorch_modules import get_gaussian_likelihood_with_lognormal_prior
from botorch.utils.sampling import manual_seed
from gpytorch.likelihoods import FixedNoiseGaussianLikelihood
from gpytorch.mlls import ExactMarginalLogLikelihood
from linear_operator.utils.errors import NotPSDError

from ionlink.data.observation import Observation
from ionlink.models.errors import FitFailed
from ionlink.models.inputs import InputScaling
from ionlink.models.noise import merged, moderated, widened
from ionlink.models.pair_kernel import PairKernel
from ionlink.models.threads import one_thread

MINIMUM_FORMULATIONS = 5
"""Fewer different formulations than this are refused: there is nothing to learn a length scale from."""

ROUNDING = 1e-9
"""Values that differ by less than this share of the largest are equal: merging repeats leaves rounding errors."""

UNSTATED_ERROR = 0.1
"""A choice: the standard error that distrust widens where none is stated, as a share of the outcome's deviation."""

ROWS_TO_LEARN_FROM = 800
"""Rows that hyperparameters are learned from: on 2600 stability constants more rows cost more and taught no more."""

TOLERANCE = 1e-6
"""Relative gain of the log likelihood per row at which fitting ends. At 1e-5 it ended on a plateau."""

NOISE_FLOOR = 2e-3
"""Smallest standard error, as a share of the outcome's standard deviation: keeps the covariance matrix invertible."""


def training_rows(observations: Sequence[Observation]) -> list[Observation]:
    """Rows that one outcome's process is trained on: one per formulation, or all where the noise is learned.

    Where every value has a standard error, replicate errors are moderated, widened where the value is not
    fully trusted, and repeats merged by inverse variance. Where one has none, the noise is learned from all
    rows, and repeats are what it is learned from: they stay apart, and all standard errors are left aside.
    """
    if any(o.standard_error is None for o in observations):
        return [o.model_copy(update={"standard_error": None}) for o in observations]
    first = {o.formulation: o for o in reversed(observations)}
    return [
        first[m.formulation].model_copy(update={"value": m.mean, "standard_error": m.standard_error, "evidence": ()})
        for m in merged(widened(moderated(observations)))
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

    `PairKernel` over cation, ligand and ratio; the outcome is standardised; known standard errors enter as fixed noise
    variances. Where they are not known, one variance is learned for all rows, on top of what distrust adds to single
    ones.
    """
    inputs = torch.as_tensor(scaling.transform([o.formulation for o in rows]))
    values = torch.tensor([[o.value] for o in rows], dtype=torch.float64)
    standardised = Standardize(m=1)
    if all(o.standard_error is not None for o in rows):
        noise = _noise(rows, values)
        return SingleTaskGP(inputs, values, noise, covar_module=PairKernel(scaling), outcome_transform=standardised)
    likelihood = _distrustful(rows) if any(o.trust < 1 for o in rows) else None
    kernel = PairKernel(scaling)
    return SingleTaskGP(inputs, values, likelihood=likelihood, covar_module=kernel, outcome_transform=standardised)


def _noise(rows: Sequence[Observation], values: torch.Tensor) -> torch.Tensor:
    """Noise variances, `n x 1`, in the outcome's unit squared."""
    floor = NOISE_FLOOR * float(values.std())
    return torch.tensor([[max(o.standard_error or 0.0, floor) ** 2] for o in rows], dtype=torch.float64)


def _distrustful(rows: Sequence[Observation]) -> FixedNoiseGaussianLikelihood:
    """A learned noise variance, widened for each of the `n` rows as its trust asks; of the standardised outcome.

    Dividing a standard error s by the trust t adds (1/t² - 1) s² to the variance; s is `UNSTATED_ERROR`.
    """
    added = [max((1 / o.trust**2 - 1) * UNSTATED_ERROR**2, NOISE_FLOOR**2) for o in rows]
    likelihood = FixedNoiseGaussianLikelihood(torch.tensor(added, dtype=torch.float64), learn_additional_noise=True)
    # The same prior on the learned variance as where all rows are fully trusted.
    likelihood.second_noise_covar = get_gaussian_likelihood_with_lognormal_prior().noise_covar
    return likelihood


def fit(gp: SingleTaskGP, outcome: str, seed: int) -> None:
    """Maximise the marginal likelihood times the priors; the same seed gives the same process.

    Of more than `ROWS_TO_LEARN_FROM` rows, as many are drawn to learn the hyperparameters from (the cost grows with the
    cube of their number); the process is then conditioned on all rows.

    Raises `FitFailed` where the optimiser does not converge or the covariance is singular.
    """
    try:
        with one_thread(), manual_seed(seed):  # retries start from random draws; the caller's random state is restored
            sample = _sample(gp, seed)
            mll = ExactMarginalLogLikelihood(sample.likelihood, sample)
            fit_gpytorch_mll(mll, optimizer_kwargs={"options": {"ftol": TOLERANCE}})
    except (ModelFittingError, NotPSDError) as error:
        raise FitFailed(outcome, f"the Gaussian process did not converge ({error})") from error
    if sample is not gp:
        learned = dict(sample.named_parameters())
        with torch.no_grad():
            for name, parameter in gp.named_parameters():
                parameter.copy_(learned[name])
    gp.eval()


def _sample(gp: SingleTaskGP, seed: int) -> SingleTaskGP:
    """A process over some of the rows of `gp`, which is standardised already; `gp` itself where it has few."""
    count = len(gp.train_targets)
    if count <= ROWS_TO_LEARN_FROM:
        return gp
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randperm(count, generator=generator)[:ROWS_TO_LEARN_FROM].sort().values
    sample = copy.deepcopy(gp)
    sample.set_train_data(gp.train_inputs[0][chosen], gp.train_targets[chosen], strict=False)
    noise = sample.likelihood.noise_covar
    if isinstance(sample.likelihood, FixedNoiseGaussianLikelihood):
        noise.noise = noise.noise[..., chosen]
    return sample
