"""What a simulated outcome tells of a measured one: two levels in one posterior.

After M. C. Kennedy and A. O'Hagan (Biometrika 2000, doi:10.1093/biomet/87.1.1), in units of each level's deviation:

    measured(x) = bias + ρ simulated(x) + √(1 − ρ²) discrepancy(x)

so that ρ is the correlation between the levels over formulations, and ρ² the share of the measured outcome's variance
that a perfect knowledge of the simulation would explain. The bias is a constant, the discrepancy a Gaussian process of
its own. With a handful of laboratory statements ρ cannot be known:
it is not fitted but summed over, weighted by the evidence of what was observed and a stated prior. Where nothing was
measured the prior stays what it was, and where measurements contradict the simulation ρ goes to zero or below.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from gpytorch.kernels import Kernel
from numpy.typing import NDArray
from torch import Tensor

from ionlink.data import outcomes as outcome_catalogue
from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation, Ranking
from ionlink.data.outcome_scale import LINEAR, learned, scale_of
from ionlink.models.errors import FitFailed
from ionlink.models.gaussian_process import build, check_learnable, fit, training_rows
from ionlink.models.inputs import InputScaling
from ionlink.models.pair_kernel import PairKernel
from ionlink.models.statements import StatementProcess, Statements
from ionlink.models.student import half_width
from ionlink.models.surrogate import check_one_level
from ionlink.models.task_kernel import BIAS_VARIANCE

Floats = NDArray[np.float64]

CORRELATIONS = np.linspace(-0.95, 0.95, 39)
"""Values of ρ that are summed over."""

DIGITS = 6
"""Decimals of a mean ρ: where nothing is told, what is left of a sum of ± values is rounding noise."""

SIMULATED, MEASURED = 0.0, 1.0
"""Last column of the inputs: which level."""


def correlation_prior(*, same_outcome: bool) -> Floats:
    """Prior weight of each of `CORRELATIONS`, a choice.

    Of one outcome at two levels it grows with ρ (mean 0.32), because a simulation is made to be right; of two outcomes
    that are only related it is even (mean 0).
    """
    weight = 1 + CORRELATIONS if same_outcome else np.ones_like(CORRELATIONS)
    return np.asarray(weight / weight.sum(), dtype=np.float64)


class LevelKernel(Kernel):  # type: ignore[misc]  # GPyTorch is untyped
    """Kernel over the columns of an `InputScaling` and a last one, `SIMULATED` or `MEASURED`."""

    has_lengthscale = False

    def __init__(self, shared: Kernel, discrepancy: Kernel, correlation: float) -> None:
        super().__init__()
        self.shared, self.discrepancy, self.correlation = shared, discrepancy, correlation

    def forward(self, x1: Tensor, x2: Tensor, diag: bool = False, **_: Any) -> Tensor:  # noqa: ANN401 - GPyTorch's signature
        """Covariances in units of each level's deviation."""
        a, b = x1[..., -1], x2[..., -1]
        first, second = (a, b) if diag else (a.unsqueeze(-1), b.unsqueeze(-2))
        x1, x2 = x1[..., :-1].contiguous(), x2[..., :-1].contiguous()
        both = first * second
        weight = 1 + (self.correlation - 1) * (first + second - 2 * both) + (self.correlation**2 - 1) * both
        own = (1 - self.correlation**2) * self.discrepancy.forward(x1, x2, diag=diag) + BIAS_VARIANCE
        covariance: Tensor = weight * self.shared.forward(x1, x2, diag=diag) + both * own
        return covariance


@dataclass(frozen=True, eq=False)
class LevelModel:
    """A measured outcome, learned from simulations and from what was measured or stated of it."""

    simulated: str
    measured: str
    """Outcomes; the same name where one outcome is known at two levels."""

    scaling: InputScaling

    processes: tuple[StatementProcess, ...]
    """One for each of `CORRELATIONS`."""

    weights: Floats
    """Posterior weight of each of `CORRELATIONS`."""

    prior: Floats

    statements: int
    """How many statements were made of the measured outcome."""

    has_values: bool
    """Whether values or bounds are among them: else it has no unit."""

    @classmethod
    def fit(
        cls,
        simulated: Sequence[Observation],
        measured: Sequence[Observation] = (),
        rankings: Sequence[Ranking] = (),
        *,
        seed: int = 0,
    ) -> "LevelModel":
        """Learn from the observations of one simulated outcome, and the statements of one measured outcome.

        The kernel that both share is learned from the simulations, which are many; the discrepancy keeps the prior's.

        Raises:
            FitFailed: the simulations cannot be learned, or nothing was measured.
        """
        simulated, measured = learned(simulated), learned(measured)
        source = _only([o.outcome for o in simulated])
        target = _only([s.outcome for s in (*measured, *rankings)])
        check_one_level(simulated)
        rows = training_rows([o for o in simulated if o.bound == "="])
        check_learnable(source, rows)
        below, above = Statements.of(source, rows), Statements.of(target, measured, rankings)
        scaling = InputScaling.of([*below.formulations, *above.formulations])
        shared, discrepancy = _kernel_fitted(rows, scaling, source, seed), PairKernel(scaling)
        joint, inputs = _joined(below, above, scaling)
        with torch.no_grad():
            processes = tuple(
                StatementProcess(joint, inputs, LevelKernel(shared, discrepancy, float(correlation)))
                for correlation in CORRELATIONS
            )
        prior = correlation_prior(same_outcome=source == target)
        evidence = np.array([process.log_evidence for process in processes])
        weights = prior * np.exp(evidence - evidence.max())
        count = len(measured) + len(rankings)
        return cls(source, target, scaling, processes, weights / weights.sum(), prior, count, bool(measured))

    def correlation(self, interval: float = 0.9) -> tuple[float, float, float]:
        """Posterior mean of ρ and its central `interval`."""
        tail = (1 - interval) / 2
        below = np.cumsum(self.weights)
        lower, upper = (float(CORRELATIONS[int(np.searchsorted(below, p))]) for p in (tail, 1 - tail))
        mean = round(float(self.weights @ CORRELATIONS), DIGITS)
        return mean + 0.0, lower + 0.0, upper + 0.0  # no -0.0

    @property
    def probability_positive(self) -> float:
        """Probability that the levels order formulations alike rather than the other way round."""
        return float(self.weights[CORRELATIONS > 0].sum() + self.weights[CORRELATIONS == 0].sum() / 2)

    @property
    def share_told(self) -> float:
        """Expected share of the measured outcome's variance that the simulated one tells: the mean of ρ²."""
        return float(self.weights @ CORRELATIONS**2)

    @property
    def log_bayes_factor(self) -> float:
        """Log evidence of levels with an unknown ρ over levels that have nothing to do with each other."""
        evidence = np.array([process.log_evidence for process in self.processes])
        together = np.log(self.prior @ np.exp(evidence - evidence.max())) + evidence.max()
        return float(together - evidence[int(np.argmin(np.abs(CORRELATIONS)))])

    def predict(self, formulations: Sequence[Formulation], *, interval: float = 0.9) -> pd.DataFrame:
        """The measured outcome, one row per formulation: cation, ligand, ratio, mean, standard_deviation, lower, upper.

        In its unit, by `ionlink.models.surrogate.Surrogate.predict`'s meaning of mean and deviation of what is compared
        by factors; without a unit (scale 1) where only rankings were known of it.
        """
        inputs = _at_level(self.scaling, formulations, MEASURED)
        with torch.no_grad():
            moments = [process.moments(inputs) for process in self.processes]
        means = np.array([mean.numpy() for mean, _ in moments])
        variances = np.array([covariance.diagonal().numpy() for _, covariance in moments])
        mean = self.weights @ means
        deviation = np.sqrt(self.weights @ (variances + means**2) - mean**2)
        reach = half_width(interval) * deviation
        frame = pd.DataFrame([f.model_dump() for f in formulations])
        scale = scale_of(self.measured) if self.has_values else LINEAR
        ends = {"lower": scale.in_unit(mean - reach), "upper": scale.in_unit(mean + reach)}
        return frame.assign(mean=scale.in_unit(mean), standard_deviation=scale.deviation(mean, deviation), **ends)

    def probability_higher(self, higher: Formulation, lower: Formulation) -> float:
        """Probability that the measured outcome of one formulation exceeds that of the other."""
        first, second = _at_level(self.scaling, [higher, lower], MEASURED)
        found = [process.probability_higher(first, second) for process in self.processes]
        return float(self.weights @ np.array(found))


def compare_levels(
    simulated: Sequence[Observation],
    measured: Sequence[Observation],
    rankings: Sequence[Ranking],
    *,
    outcome: str | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """How much each simulated outcome tells of the same or a related measured one, most first.

    Pairs are an outcome with itself, and with those that the catalogue of outcomes calls related to it; of one
    `outcome`, simulated or measured, where it is given. Columns:
    simulated, measured, statements (of the measured one), correlation, lower, upper (90 %), probability_positive,
    share_told, share_told_before (by the prior alone), log_bayes_factor (above 0: evidence that the levels go together
    or against each other; below 0: that they have nothing to do with each other).
    """
    rows: list[dict[str, object]] = []
    for source, target in _pairs(simulated, measured, rankings):
        if outcome is not None and outcome not in (source, target):
            continue
        chosen = [o for o in simulated if o.outcome == source]
        said, ranked = [o for o in measured if o.outcome == target], [r for r in rankings if r.outcome == target]
        try:
            model = LevelModel.fit(chosen, said, ranked, seed=seed)
        except FitFailed as failure:
            rows.append({"simulated": source, "measured": target, "note": failure.reason})
            continue
        mean, lower, upper = model.correlation()
        rows.append(
            {
                "simulated": source,
                "measured": target,
                "statements": model.statements,
                "correlation": mean,
                "lower": lower,
                "upper": upper,
                "probability_positive": model.probability_positive,
                "share_told": model.share_told,
                "share_told_before": float(model.prior @ CORRELATIONS**2),
                "log_bayes_factor": model.log_bayes_factor,
                "note": "",
            }
        )
    frame = pd.DataFrame(rows, columns=COMPARISON_COLUMNS)
    return frame.sort_values("share_told", ascending=False, kind="stable").reset_index(drop=True)


COMPARISON_COLUMNS = (
    *("simulated", "measured", "statements", "correlation", "lower", "upper", "probability_positive"),
    *("share_told", "share_told_before", "log_bayes_factor", "note"),
)


def _pairs(
    simulated: Sequence[Observation], measured: Sequence[Observation], rankings: Sequence[Ranking]
) -> list[tuple[str, str]]:
    sources = dict.fromkeys(o.outcome for o in simulated)
    targets = dict.fromkeys(s.outcome for s in (*measured, *rankings))
    related = {name: {name, *outcome.related} for name, outcome in outcome_catalogue().items()}
    return [(s, t) for s in sources for t in targets if t in related[s]]


def _only(names: Sequence[str]) -> str:
    different = sorted(set(names))
    if len(different) != 1:
        raise FitFailed(", ".join(different) or "no outcome", "statements of exactly one outcome are needed")
    return different[0]


def _kernel_fitted(rows: Sequence[Observation], scaling: InputScaling, outcome: str, seed: int) -> Kernel:
    """The kernel that simulations teach, over the columns of `scaling`."""
    process = build(rows, scaling)
    fit(process, outcome, seed)
    return process.covar_module


def _joined(below: Statements, above: Statements, scaling: InputScaling) -> tuple[Statements, Tensor]:
    """Statements of both levels as those of one longer vector of values, and its inputs; scaled as the measured one."""
    joint = replace(
        above,
        formulations=(*below.formulations, *above.formulations),
        combinations=torch.block_diag(below.combinations, above.combinations),  # type: ignore[no-untyped-call]  # PyTorch
        threshold=torch.cat([below.threshold, above.threshold]),
        direction=torch.cat([below.direction, above.direction]),
        error=torch.cat([below.error, above.error]),
    )
    parts = [
        _at_level(scaling, below.formulations, SIMULATED),
        _at_level(scaling, above.formulations, MEASURED),
    ]
    return joint, torch.cat(parts)


def _at_level(scaling: InputScaling, formulations: Sequence[Formulation], level: float) -> Tensor:
    inputs = torch.as_tensor(scaling.transform(formulations))
    return torch.cat([inputs, torch.full((len(inputs), 1), level, dtype=inputs.dtype)], dim=-1)
