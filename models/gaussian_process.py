"""One Gaussian process for one outcome."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from botorch.exceptions.errors import ModelFittingError
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from botorch.models.transforms import Standardize
from botorch.models.utils.gpytorch_modules import get_gaussian_likelihood_with_lognormal_prior
from botorch.utils.sampling import manual_seed
from gpytorch.likelihoods import FixedNoiseGaussianLikelihood
from gpytorch.mlls import ExactMarginalLogLikelihood
from linear_operator.operators import DiagLinearOperator
from linear_operator.utils.errors import NotPSDError

from ionlink.data.observation import Observation
from ionlink.models.calibration import Calibration, calibrated
from ionlink.models.errors import FitFailed
from ionlink.models.fast_posterior import FastPosterior
from ionlink.models.inputs import InputScaling
from ionlink.models.kinds import LearnedOutcome, Task
from ionlink.models.noise import merged, moderated, widened
from ionlink.models.pair_kernel import PairKernel
from ionlink.models.pair_rows import ScaledPairs
from ionlink.models.threads import one_thread

MINIMUM_FORMULATIONS = 5
"""Fewer different formulations than this are refused: there is nothing to learn a length scale from."""

ROUNDING = 1e-9
"""Values that differ by less than this share of the largest are equal: merging repeats leaves rounding errors."""

UNSTATED_ERROR = 0.1
"""A choice: the standard error that distrust widens where none is stated, as a share of the outcome's deviation."""

ROWS_TO_LEARN_FROM = 500
"""Rows that hyperparameters are learned from; the cost grows with the cube of their number."""

TOLERANCE = 1e-6
"""Relative gain of the log likelihood per row at which fitting ends. At 1e-5 it ended on a plateau."""

CALIBRATION = "calibration"
"""Its name among what is kept of a process."""

NOISE_FLOOR = 2e-3
"""Smallest standard error, as a share of the outcome's standard deviation: keeps the covariance matrix invertible."""


class LearnedProcess(LearnedOutcome):
    """A fitted Gaussian process."""

    sees = ScaledPairs
    has_process = True

    def __init__(self, gp: SingleTaskGP, calibration: Calibration, replicates: torch.Tensor) -> None:
        self._gp = gp
        self._calibration = calibration
        self._replicates = replicates

    @classmethod
    def fit(cls, task: Task) -> "LearnedProcess":
        """Raises `FitFailed` where the optimiser does not converge or the covariance is singular."""
        gp = _fitted(task, task.rows)

        def refit(rows: Sequence[int]) -> SingleTaskGP:
            return _fitted(task, [task.rows[row] for row in rows])

        calibration = calibrated(gp, [o.formulation for o in task.rows], refit) if task.calibrate else Calibration()
        return cls(gp, calibration, replicates_of(task.rows))

    @classmethod
    def restored(cls, task: Task, state: Mapping[str, torch.Tensor]) -> "LearnedProcess":
        """The process of these rows with the hyperparameters that were learned."""
        gp = build(task.rows, task.scaling)
        state = dict(state)
        known, new_cation, new_ligand = state.pop(CALIBRATION).tolist()
        gp.load_state_dict(state)
        gp.eval()
        calibration = Calibration(known=known, new_cation=new_cation, new_ligand=new_ligand)
        return cls(gp, calibration, replicates_of(task.rows))

    def state(self) -> Mapping[str, torch.Tensor]:
        """Hyperparameters, how the outcome is standardised, and the calibration."""
        factors = list(self._calibration.model_dump().values())
        return {**self._gp.state_dict(), CALIBRATION: torch.tensor(factors, dtype=torch.float64)}

    def posterior(self) -> FastPosterior:
        """Over rows of `ScaledPairs`."""
        return FastPosterior.of(self._gp, self._replicates)

    @property
    def gp(self) -> SingleTaskGP:
        """In evaluation mode."""
        return self._gp

    @property
    def calibration(self) -> Calibration:
        """How far it was too sure of what was left out."""
        return self._calibration


def _fitted(task: Task, rows: Sequence[Observation]) -> SingleTaskGP:
    gp = build(rows, task.scaling)
    fit(gp, task.outcome, task.seed)
    return gp


def replicates_of(rows: Sequence[Observation]) -> torch.Tensor:
    """How many replicates each of `n` rows is the mean of, `n`; one where nothing is said of it."""
    return torch.tensor([o.replicates or 1 for o in rows], dtype=torch.float64)


def training_rows(observations: Sequence[Observation]) -> list[Observation]:
    """Rows that one outcome's process is trained on: one per formulation where errors are known, then all others.

    Known replicate errors are moderated, widened where the value is not fully trusted, and repeats merged by inverse
    variance. Of values without a standard error the noise is learned, and repeats are what it is learned from: they
    stay apart.
    """
    known = [o for o in observations if o.standard_error is not None]
    first = {o.formulation: o for o in reversed(known)}
    rows = [
        first[m.formulation].model_copy(
            update={
                "value": m.mean,
                "standard_error": m.standard_error,
                "replicates": m.replicates,
                "evidence": (),
            }
        )
        for m in merged(widened(moderated(known)))
    ]
    return [*rows, *(o for o in observations if o.standard_error is None)]


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
    variances. For rows without one, one variance is learned, on top of what distrust adds to single ones.
    """
    inputs = torch.as_tensor(scaling.transform([o.formulation for o in rows]))
    values = torch.tensor([[o.value] for o in rows], dtype=torch.float64)
    standardised = Standardize(m=1)
    if all(o.standard_error is not None for o in rows):
        noise = _noise(rows, values)
        return SingleTaskGP(inputs, values, noise, covar_module=PairKernel(scaling), outcome_transform=standardised)
    plain = all(o.standard_error is None and o.trust == 1 for o in rows)
    likelihood = None if plain else PartlyKnownNoise.of(rows, float(values.std()))
    kernel = PairKernel(scaling)
    return SingleTaskGP(inputs, values, likelihood=likelihood, covar_module=kernel, outcome_transform=standardised)


def _noise(rows: Sequence[Observation], values: torch.Tensor) -> torch.Tensor:
    """Noise variances, `n x 1`, in the outcome's unit squared."""
    floor = NOISE_FLOOR * float(values.std())
    return torch.tensor([[max(o.standard_error or 0.0, floor) ** 2] for o in rows], dtype=torch.float64)


def given_noise(rows: Sequence[Observation], deviation: float) -> torch.Tensor:
    """What is known of the noise variances of `n` rows, in units of the outcome's standard `deviation`, squared.

    Dividing a standard error s by the trust t adds (1/t² - 1) s² to the variance; where s is not known, it is taken as
    `UNSTATED_ERROR`, and only what is added is given.
    """
    given = [
        (1 / o.trust**2 - 1) * UNSTATED_ERROR**2 if o.standard_error is None else (o.standard_error / deviation) ** 2
        for o in rows
    ]
    return torch.tensor(given, dtype=torch.float64).clamp_min(NOISE_FLOOR**2)


class PartlyKnownNoise(FixedNoiseGaussianLikelihood):  # type: ignore[misc]  # GPyTorch is untyped
    """Known noise variances of some rows; for the others a learned one, on top of what is given for each."""

    learned: torch.Tensor

    def __init__(self, given: torch.Tensor, learned: torch.Tensor) -> None:
        """Variances of `n` rows of the standardised outcome, and which rows the learned variance is added to."""
        super().__init__(given, learn_additional_noise=True)
        # The same prior on the learned variance as where it is for all rows alike.
        self.second_noise_covar = get_gaussian_likelihood_with_lognormal_prior().noise_covar
        self.register_buffer("learned", learned)

    @classmethod
    def of(cls, rows: Sequence[Observation], deviation: float) -> "PartlyKnownNoise":
        """For `n` rows of an outcome with this standard deviation."""
        return cls(given_noise(rows, deviation), torch.tensor([o.standard_error is None for o in rows]))

    def keep(self, rows: torch.Tensor) -> None:
        """Forget all but some rows."""
        self.noise_covar.noise = self.noise_covar.noise[..., rows]
        self.learned = self.learned[rows]

    @property
    def second_noise(self) -> torch.Tensor:
        """What is added to each of the `n` rows."""
        added: torch.Tensor = self.second_noise_covar.noise * self.learned
        return added

    def _shaped_noise_covar(self, base_shape: torch.Size, *params: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Of the training rows; elsewhere a new observation has the learned noise."""
        if base_shape[-1] != len(self.learned) or "noise" in kwargs or self.learned.all():
            return super()._shaped_noise_covar(base_shape, *params, **kwargs)
        return DiagLinearOperator(self.noise.expand(base_shape))


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
    inputs, targets = gp.train_inputs[0][chosen], gp.train_targets[chosen]
    sample.set_train_data(inputs, targets, strict=False)  # type: ignore[operator]  # BoTorch is untyped
    likelihood: Any = sample.likelihood
    if isinstance(likelihood, PartlyKnownNoise):
        likelihood.keep(chosen)
    elif isinstance(likelihood, FixedNoiseGaussianLikelihood):
        likelihood.noise_covar.noise = likelihood.noise_covar.noise[..., chosen]
    return sample
