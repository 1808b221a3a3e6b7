"""What a surrogate predicts, as a table: fast for one formulation and for millions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
import torch
from botorch.posteriors.gpytorch import GPyTorchPosterior
from gpytorch.distributions import MultivariateNormal
from linear_operator import to_linear_operator
from numpy.typing import NDArray

from ionlink.data import outcomes as outcome_catalogue
from ionlink.data.arrays import deviations_in_units, in_units
from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.data.outcome_scale import scale_of
from ionlink.models.calibration import GAUSSIAN, INTERVAL, Width, outside_factor, student_degrees
from ionlink.models.domain import Novelty
from ionlink.models.formulation_table import Floats, FormulationTable, Integers
from ionlink.models.judging import Judged
from ionlink.models.left_open import alike, completions, mixture
from ionlink.models.names import table_of, table_of_formulations
from ionlink.models.student import COLUMN, half_width, place, reach

if TYPE_CHECKING:
    from ionlink.models.surrogate import Surrogate

QUANTILE_DIGITS = 12
"""Of the per cent in a quantile's column: 99.999 and 99.9999 are told apart, and 7.000000000000001 is 7."""

NONE_GIVEN = "formulations: none are given; give one or more"

ROWS_AT_ONCE = 65_536
"""Inputs that exist at a time: 12 MiB at 23 columns."""


class Posterior(Protocol):
    """What is known of one outcome at any input, on the scale that it is learned on."""

    @property
    def noise_variance(self) -> float:
        """Noise of a typical new observation, squared."""
        ...

    def marginals(self, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and variance of the noise-free outcome, each `m`, for `m x d` inputs.

        Inputs are rows of what its kind of model sees (`ionlink.models.kinds.LearnedOutcome.sees`).
        """
        ...


def quantile_columns(quantiles: Sequence[float]) -> dict[str, float]:
    """Column of each quantile, and its probability.

    >>> quantile_columns([0.05, 0.5, 0.975])
    {'q05': 0.05, 'q50': 0.5, 'q97.5': 0.975}

    Raises:
        InputError: with one line for each that is not a probability between 0 and 1, or where they are no list.
    """
    if isinstance(quantiles, Real | str):
        raise InputError(f"quantiles: {quantiles!r} is not a list of probabilities, such as [0.05, 0.95]")
    wrong = [p for p in quantiles if not isinstance(p, Real) or not 0 < p < 1]
    if wrong:
        raise InputError(f"quantiles: {p!s} is not a probability between 0 and 1, such as 0.05" for p in wrong)
    return {f"q{100 * p:02.{QUANTILE_DIGITS}g}": float(p) for p in quantiles}


def prediction_table(
    surrogate: "Surrogate",
    formulations: "Sequence[Formulation] | pd.DataFrame | FormulationTable",
    *,
    outcomes: Sequence[str] | None = None,
    interval: float = 0.9,
    noisy: bool = False,
    quantiles: Sequence[float] = (),
) -> pd.DataFrame:
    """Tidy predictions with the columns of `Surrogate.predict`, ordered by formulation, then outcome.

    All of it is in memory, some 150 bytes a row; for more, make a `Predictor` once and give it a part at a time.
    """
    if isinstance(formulations, FormulationTable):
        table = formulations
    elif isinstance(formulations, pd.DataFrame):
        table = table_of(formulations, needs_ratio=surrogate.scaling.knows_ratio)
    else:
        table = table_of_formulations(tuple(formulations), needs_ratio=False)
    if not len(table):
        raise InputError(NONE_GIVEN)
    return Predictor.of(surrogate, outcomes).frame(table, interval=interval, noisy=noisy, quantiles=quantiles)


def joint_posterior(surrogate: "Surrogate", outcome: str, formulations: Sequence[Formulation]) -> GPyTorchPosterior:
    """See `Surrogate.posterior`."""
    predictor = Predictor.of(surrogate, [outcome])
    if not formulations:
        raise InputError(NONE_GIVEN)
    mean, covariance = surrogate.models[outcome].learned.joint(surrogate.inputs(formulations))
    factors = torch.as_tensor(predictor.widths(FormulationTable.of(formulations)).of_deviation[:, 0])
    covariance = to_linear_operator(covariance * factors.outer(factors))  # singular where formulations repeat
    return GPyTorchPosterior(MultivariateNormal(mean, covariance))


@dataclass(frozen=True, eq=False)
class Predictor:
    """A surrogate made ready for many formulations: what does not depend on them is computed once."""

    surrogate: "Surrogate"

    posteriors: Mapping[str, Posterior]
    """By outcome."""

    @classmethod
    def of(cls, surrogate: "Surrogate", outcomes: Sequence[str] | None = None) -> "Predictor":
        """Of `outcomes`, or of all; raises `InputError` with a line for each that the surrogate does not predict."""
        asked = surrogate.outcomes if outcomes is None else tuple(dict.fromkeys(outcomes))
        check_outcomes(surrogate, asked)
        return cls(surrogate, {outcome: surrogate.models[outcome].learned.posterior() for outcome in asked})

    def frame(
        self,
        table: FormulationTable,
        *,
        interval: float = 0.9,
        noisy: bool = False,
        quantiles: Sequence[float] = (),
    ) -> pd.DataFrame:
        """Predictions with the columns of `Surrogate.predict`, ordered by formulation, then outcome.

        `lower` and `upper` are the central `interval` of Student's distribution on the scale of the outcome: of the
        noise-free outcome, or, `noisy`, of a new observation that has the noise of a typical one.
        """
        half_width(interval)
        asked, count = quantile_columns(quantiles), len(self.posteriors)
        different, repeated = table.without_repeats()
        judged = self._judged(different)
        reasons, codes = _domain_reasons(judged)
        rows = slice(None) if repeated is None else repeated
        mean, deviation, degrees = (part[rows] for part in self._distributions(different, judged, noisy=noisy))
        away = reach(interval, degrees) * deviation
        reason = codes[rows].ravel()
        outcomes = np.tile(np.arange(count), len(table))
        scales = [scale_of(outcome) for outcome in self.posteriors]
        units = {name: outcome.unit for name, outcome in outcome_catalogue().items()}
        columns = {
            "cation": _taken(table.cations.names, np.repeat(table.cations.codes, count)),
            "ligand": _taken(table.ligands.names, np.repeat(table.ligands.codes, count)),
            "ratio": np.repeat(table.ratio, count),
            **{name: _column(name, np.repeat(given, count)) for name, given in table.conditions.items()},
            "outcome": _taken(list(self.posteriors), outcomes),
            "mean": in_units(mean, scales).ravel(),
            "standard_deviation": deviations_in_units(mean, deviation, scales).ravel(),
            COLUMN: degrees.ravel(),
            "lower": in_units(mean - away, scales).ravel(),
            "upper": in_units(mean + away, scales).ravel(),
            **{name: in_units(mean + place(p, degrees) * deviation, scales).ravel() for name, p in asked.items()},
            "unit": _taken([units[outcome] for outcome in self.posteriors], outcomes),
            "level": _taken([self.surrogate.level], np.zeros_like(outcomes)),
            "in_domain": np.array([text == "" for text in reasons], dtype=bool)[reason],
            "domain_reason": _taken(reasons, reason),
        }
        return pd.DataFrame(columns, copy=False)

    def _distributions(
        self, table: FormulationTable, judged: Sequence[Judged], *, noisy: bool
    ) -> tuple[Floats, Floats, Floats]:
        """Means, standard deviations and degrees of freedom on the scales of `k` outcomes, each `n x k`."""
        mean, variance = self._of_process(table)
        for names, places in alike(table, self.surrogate.scaling):
            filled = completions(table.at(places), names, self.surrogate.learned_formulations)
            mean[places], variance[places] = mixture(*zip(*map(self._of_process, filled), strict=True))
        if noisy:
            variance = variance + [posterior.noise_variance for posterior in self.posteriors.values()]
        widths = self._widths(table, judged)
        return mean, np.sqrt(variance) * widths.of_deviation, widths.degrees

    def _of_process(self, table: FormulationTable) -> tuple[Floats, Floats]:
        """Means and variances of the noise-free outcomes as the models have them, on their scales, each `n x k`."""
        mean, variance = (np.empty((len(table), len(self.posteriors))) for _ in range(2))
        described = self.surrogate.sees.of(table.pairs, self.surrogate.scaling)
        for start in range(0, len(table), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            inputs = described.rows(table.pair[part], table.ratio[part])
            for column, posterior in enumerate(self.posteriors.values()):
                found, spread = posterior.marginals(inputs)
                mean[part, column] = found.numpy()
                variance[part, column] = spread.numpy()
        return mean, variance

    def widths(self, table: FormulationTable) -> "Widths":
        """How wide each prediction is, `n x k`."""
        return self._widths(table, self._judged(table))

    def _widths(self, table: FormulationTable, judged: Sequence[Judged]) -> "Widths":
        """The wider of what a new cation or ligand asks for, and what lies outside of all levels that were learned."""
        widths = Widths.gaussian((len(table), len(self.posteriors)))
        together = zip(self.posteriors, judged, self._judged(table, beside=judged), strict=True)
        for column, (outcome, own, everywhere) in enumerate(together):
            model = self.surrogate.models[outcome]
            calibration, domain = model.learned.calibration, model.informed
            if calibration is None:
                continue
            new = [calibration.width(verdict.novelty._replace(outside=())) for verdict in own.of_pairs]
            outside = [Novelty(False, False, outside=verdict.novelty.outside) for verdict in everywhere.of_pairs]
            beyond = [calibration.width(novelty) if novelty.outside else Width() for novelty in outside]
            widths.factor[:, column], widths.degrees[:, column] = np.array(new)[own.pair].T
            widths.widen(column, *np.array(beyond)[everywhere.pair].T)
            if domain.ratio_lower is not None:
                seen = domain.different["ratio"]
                share = domain.share_outside(table.ratio)
                widths.widen(column, outside_factor(seen, share), np.full(len(table), student_degrees(seen)))
        return widths

    def _judged(self, table: FormulationTable, beside: Sequence[Judged] | None = None) -> list[Judged]:
        """What each outcome's domain says, `k`; outcomes of equal domains share that.

        With what these say, `beside`, what the domains of all levels say.
        """
        models = [self.surrogate.models[outcome] for outcome in self.posteriors]
        known = [(model.domain, judged) for model, judged in zip(models, beside or (), strict=False)]
        found = []
        for own in (model.domain if beside is None else model.informed for model in models):
            judged = next((judged for domain, judged in known if domain == own), None)
            if judged is None:
                judged = Judged.of(own, table)
                known.append((own, judged))
            found.append(judged)
        return found


@dataclass(frozen=True, eq=False)
class Widths:
    """How wide `n` predictions of `k` outcomes are, as `Width` says of one; both `n x k`."""

    factor: Floats
    degrees: Floats

    @classmethod
    def gaussian(cls, shape: tuple[int, int]) -> "Widths":
        """As the models give them."""
        return cls(np.ones(shape), np.full(shape, np.inf))

    def widen(self, column: int, factor: Floats, degrees: Floats) -> None:
        """Take these of one outcome, each `n`, where they are wider."""
        wider = factor > self.factor[:, column]
        self.factor[wider, column] = factor[wider]
        self.degrees[wider, column] = degrees[wider]

    @property
    def of_deviation(self) -> Floats:
        """What the models' standard deviations are multiplied by: the 90 % interval is `factor` times as wide."""
        return self.factor * GAUSSIAN / reach(INTERVAL, self.degrees)


def _domain_reasons(judged: Sequence[Judged]) -> tuple[list[str], Integers]:
    """Different reasons, and for each formulation and outcome which, `n x k`; the empty one is none."""
    texts: dict[str, int] = {}
    columns = []
    for found in judged:
        own = [texts.setdefault(text, len(texts)) for text in found.objections]
        columns.append(np.array(own, dtype=np.int64)[found.objection])
    return list(texts), np.column_stack(columns)


def check_outcomes(surrogate: "Surrogate", outcomes: Sequence[str]) -> None:
    """Raise `InputError` with one line for each outcome that is unknown or was not learned."""
    strangers = [outcome for outcome in outcomes if outcome not in surrogate.models]
    if strangers:
        raise InputError(
            f"outcome: '{name}' {_absence(surrogate, name)}; the surrogate predicts {', '.join(surrogate.outcomes)}"
            for name in strangers
        )
    if not outcomes:
        raise InputError(f"outcomes: none are asked for; the surrogate predicts {', '.join(surrogate.outcomes)}")


def _absence(surrogate: "Surrogate", outcome: str) -> str:
    if outcome in surrogate.left_out:
        return f"was not learned ({surrogate.left_out[outcome]})"
    return "is not known" if outcome not in outcome_catalogue() else f"was not observed at level {surrogate.level}"


def _column(name: str, condition: NDArray[Any]) -> "pd.Series":
    """A condition as a column of predictions."""
    return pd.Series(condition, dtype="str" if name == "second_cation" else np.float64)


def _taken(texts: Sequence[str], codes: Integers) -> "pd.api.extensions.ExtensionArray":
    """The text of each code."""
    return pd.array(list(texts) or [""], dtype="str").take(codes)
