"""One Gaussian process for one outcome."""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from botorch.exceptions.errors import ModelFittingError
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from botorch.models.transforms import Standardize
from botorch.utils.sampling import manual_seed
from gpytorch.kernels import Kernel
from gpytorch.likelihoods import FixedNoiseGaussianLikelihood
from gpytorch.mlls import ExactMarginalLogLikelihood
from linear_operator.utils.errors import NotPSDError

from ionlink.data.observation import Observation
from ionlink.data.plural import counted
from ionlink.models.calibration import Calibration, Floats, calibrated, tensor_of
from ionlink.models.errors import FitFailed
from ionlink.models.fast_posterior import FastPosterior
from ionlink.models.inputs import InputScaling
from ionlink.models.kinds import LearnedOutcome, Task
from ionlink.models.noise import merged, moderated, widened, with_scatter_between
from ionlink.models.pair_kernel import PairKernel
from ionlink.models.pair_rows import ScaledPairs
from ionlink.models.row_noise import PartlyKnownNoise, known_noise, learned_likelihood, noise_of
from ionlink.models.threads import one_thread

MINIMUM_FORMULATIONS = 5
"""Fewer different formulations than this are refused: there is nothing to learn a length scale from."""

ROUNDING = 1e-9
"""Values that differ by less than this share of the largest are equal: merging repeats leaves rounding errors."""

ROWS_TO_LEARN_FROM = 500
"""Rows that hyperparameters are learned from; the cost grows with the cube of their number."""

DRAWS = 4
"""Of more rows, how often so many are drawn. What each draw teaches differs, by up to a tenth in the error on new
cations, and hyperparameters averaged over draws (P. Bühlmann and B. Yu, doi:10.1214/aos/1031689014) err 3 % less."""

TOLERANCE = 1e-6
"""Relative gain of the log likelihood per row at which fitting ends. At 1e-5 it ended on a plateau."""

MOST_STEPS = 15000
"""SciPy's own limit, which no fit has come near."""

SMALLEST_DEVIATION = 1e-100
"""Of an outcome, in its unit. BoTorch's 1e-8 is in the range of conductivities of dry polymers in S/cm."""

CALIBRATION = "calibration"
"""Its name among what is kept of a process."""


class LearnedProcess(LearnedOutcome):
    """A fitted Gaussian process."""

    sees = ScaledPairs
    has_process = True

    def __init__(self, gp: SingleTaskGP, calibration: Calibration | None, replicates: torch.Tensor) -> None:
        self._gp = gp
        self._calibration = calibration
        self._replicates = replicates

    @classmethod
    def fit(cls, task: Task) -> "LearnedProcess":
        """Raises `FitFailed` where the optimiser does not converge or the covariance is singular."""
        gp = _fitted(task.rows, task.scaling, task.outcome, task.seed)
        calibration = calibration_of(gp, task.rows, task.scaling, task.seed) if task.calibrate else None
        return cls(gp, calibration, replicates_of(task.rows))

    @classmethod
    def restored(cls, task: Task, state: Mapping[str, torch.Tensor]) -> "LearnedProcess":
        """The process of these rows with the hyperparameters that were learned."""
        gp = build(task.rows, task.scaling)
        state = dict(state)
        calibration = Calibration.of_tensor(state.pop(CALIBRATION))
        gp.load_state_dict(state)
        gp.eval()
        return cls(gp, calibration, replicates_of(task.rows))

    def state(self) -> Mapping[str, torch.Tensor]:
        """Hyperparameters, how the outcome is standardised, and the calibration, empty where there is none."""
        return {**self._gp.state_dict(), CALIBRATION: tensor_of(self._calibration)}

    def posterior(self) -> FastPosterior:
        """Over rows of `ScaledPairs`."""
        return FastPosterior.of(self._gp, self._replicates)

    @property
    def gp(self) -> SingleTaskGP:
        """In evaluation mode."""
        return self._gp

    @property
    def calibration(self) -> Calibration | None:
        """How far it was too sure of what was left out."""
        return self._calibration


def calibration_of(gp: SingleTaskGP, rows: Sequence[Observation], scaling: InputScaling, seed: int) -> Calibration:
    """Of a process that was fitted to rows of one outcome at one level."""
    scale = FastPosterior.of(gp).scale

    def refitted(kept: list[int], out: list[int]) -> Floats:
        # One draw: six of these are made, and a wider interval is the worst that comes of it.
        without = _fitted([rows[row] for row in kept], scaling, rows[0].outcome, seed, draws=1)
        mean, variance = FastPosterior.of(without).marginals(gp.train_inputs[0][out])
        values = torch.tensor([rows[row].value for row in out], dtype=torch.float64)
        noise = noise_of(gp)[out] * scale**2
        return np.asarray(((values - mean) / (variance + noise).sqrt()).numpy(), dtype=np.float64)

    return calibrated(gp, [o.formulation for o in rows], refitted)


def _fitted(
    rows: Sequence[Observation], scaling: InputScaling, outcome: str, seed: int, draws: int = DRAWS
) -> SingleTaskGP:
    gp = build(rows, scaling)
    fit(gp, outcome, seed, draws=draws)
    return gp


def replicates_of(rows: Sequence[Observation]) -> torch.Tensor:
    """How many replicates each of `n` rows is the mean of, `n`; one where nothing is said of it."""
    return torch.tensor([o.replicates or 1 for o in rows], dtype=torch.float64)


def training_rows(observations: Sequence[Observation]) -> list[Observation]:
    """Rows that one outcome's process is trained on: one per formulation where errors are known, then all others.

    Known replicate errors are moderated, widened where the value is not fully trusted and by what repeats differ beyond
    them, and repeats merged by inverse variance. Of values without a standard error the noise is learned, and repeats
    are what it is learned from: they stay apart.
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
        for m in merged(with_scatter_between(widened(moderated(known))))
    ]
    return [*rows, *(o for o in observations if o.standard_error is None)]


def check_learnable(outcome: str, rows: Sequence[Observation]) -> None:
    """Raise `FitFailed` for too few formulations or for an outcome that never varies."""
    count = len({o.formulation for o in rows})
    if count < MINIMUM_FORMULATIONS:
        raise FitFailed(outcome, f"{counted(count, 'formulation')} observed, at least {MINIMUM_FORMULATIONS} needed")
    values = [o.value for o in rows]
    if max(values) - min(values) <= ROUNDING * max(map(abs, values)):
        raise FitFailed(outcome, f"all {count} formulations have the value {rows[0].value:g}: nothing to learn")


def build(
    rows: Sequence[Observation], scaling: InputScaling, kernel: Callable[[InputScaling], Kernel] = PairKernel
) -> SingleTaskGP:
    """A process over `scaling.dimension` inputs, not yet fitted, in float64.

    The outcome is standardised; known standard errors enter as fixed noise variances. For rows without one, one
    variance is learned, on top of what distrust adds to single ones.
    """
    inputs = torch.as_tensor(scaling.transform([o.formulation for o in rows]))
    values = torch.tensor([[o.value] for o in rows], dtype=torch.float64)
    covariance, standardised = kernel(scaling), Standardize(m=1, min_stdv=SMALLEST_DEVIATION)
    if all(o.standard_error is not None for o in rows):
        noise = known_noise(rows, float(values.std()))
        return SingleTaskGP(inputs, values, noise, covar_module=covariance, outcome_transform=standardised)
    likelihood = learned_likelihood(rows, float(values.std()))
    return SingleTaskGP(inputs, values, likelihood=likelihood, covar_module=covariance, outcome_transform=standardised)


def fit(gp: SingleTaskGP, outcome: str, seed: int, most_steps: int = MOST_STEPS, draws: int = DRAWS) -> None:
    """Maximise the marginal likelihood times the priors in at most so many steps; the same seed, the same process.

    Of more than `ROWS_TO_LEARN_FROM` rows, as many are drawn several times to learn hyperparameters from, and their
    means, of logarithms, are taken; the process is then conditioned on all rows.

    Raises `FitFailed` where the optimiser does not converge or the covariance is singular.
    """
    try:
        with one_thread(), manual_seed(seed):  # retries start from random draws; the caller's random state is restored
            samples = _samples(gp, seed, draws)
            for sample in samples:
                mll = ExactMarginalLogLikelihood(sample.likelihood, sample)
                fit_gpytorch_mll(mll, optimizer_kwargs={"options": {"ftol": TOLERANCE, "maxiter": most_steps}})
    except (ModelFittingError, NotPSDError) as error:
        raise FitFailed(outcome, f"the Gaussian process did not converge ({error})") from error
    take_over(gp, samples)
    gp.eval()


def take_over(gp: SingleTaskGP, learned: Sequence[SingleTaskGP]) -> None:
    """Give a process the hyperparameters of others of the same kind, whose rows may be others: their means.

    All but the constant mean are kept as logarithms, so that these are geometric means.
    """
    known = [dict(other.named_parameters()) for other in learned]
    with torch.no_grad():
        for name, parameter in gp.named_parameters():
            parameter.copy_(torch.stack([parameters[name] for parameters in known]).mean(dim=0))


def _samples(gp: SingleTaskGP, seed: int, draws: int) -> list[SingleTaskGP]:
    """Processes over some of the rows of `gp`, which is standardised already; `gp` itself where it has few."""
    count = len(gp.train_targets)
    if count <= ROWS_TO_LEARN_FROM:
        return [gp]
    generator = torch.Generator().manual_seed(seed)
    drawn = [torch.randperm(count, generator=generator)[:ROWS_TO_LEARN_FROM].sort().values for _ in range(draws)]
    return [_sample(gp, chosen) for chosen in drawn]


def _sample(gp: SingleTaskGP, chosen: torch.Tensor) -> SingleTaskGP:
    """A process over the rows with these numbers."""
    sample = copy.deepcopy(gp)
    inputs, targets = gp.train_inputs[0][chosen], gp.train_targets[chosen]
    sample.set_train_data(inputs, targets, strict=False)  # type: ignore[operator]  # BoTorch is untyped
    likelihood: Any = sample.likelihood
    if isinstance(likelihood, PartlyKnownNoise):
        likelihood.keep(chosen)
    elif isinstance(likelihood, FixedNoiseGaussianLikelihood):
        likelihood.noise_covar.noise = likelihood.noise_covar.noise[..., chosen]
    return sample
