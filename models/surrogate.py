"""The surrogate: one model per outcome of one level, all of one kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
import torch
from botorch.models import SingleTaskGP
from botorch.models.model_list_gp_regression import ModelListGP
from botorch.posteriors.gpytorch import GPyTorchPosterior

from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation, Statement
from ionlink.data.outcome_scale import learned
from ionlink.data.plural import counted
from ionlink.models.beside import NOTHING_BESIDE, Beside
from ionlink.models.domain import Domain
from ionlink.models.errors import FitFailed
from ionlink.models.gaussian_process import check_learnable, training_rows
from ionlink.models.inputs import InputScaling, all_simulated
from ionlink.models.kinds import DEFAULT_KIND, KINDS, Everything, LearnedOutcome, Task, learner
from ionlink.models.pair_rows import PairRows, ScaledPairs
from ionlink.models.prediction import check_outcomes, joint_posterior, prediction_table


@dataclass(frozen=True, eq=False)
class OutcomeModel:
    """What was learned of one outcome."""

    outcome: str

    learned: LearnedOutcome

    rows: tuple[Observation, ...]
    """What it was trained on, after merging repeats; on the scale that the outcome is learned on."""

    domain: Domain
    """Of what was observed at its level: predictions beyond it are extrapolations."""

    informed: Domain
    """Of all that was learned from, other levels included: beyond that, intervals widen."""

    @property
    def gp(self) -> SingleTaskGP:
        """The fitted process, in evaluation mode; raises `InputError` where another kind of model was fitted."""
        return self.learned.gp


@dataclass(frozen=True, eq=False, repr=False)
class Surrogate:
    """Predicts outcomes of formulations, with uncertainty, from the observations of one level.

    Use it for tens to some thousand formulations of one level (and one simulation protocol). The default kind of model
    is a Gaussian process, from `ionlink.models.pooled.ROWS_FOR_NETWORKS` rows on with networks beside it; it has a
    joint posterior over formulations, and what explanations need. It learns from values: bounds it skips and counts.
    The kind `joint` learns from bounds and rankings as well, and from other levels and related outcomes as far as they
    tell of the one that is predicted. The others, `ionlink.models.kinds.KINDS`, only predict: use them to compare.
    """

    models: Mapping[str, OutcomeModel]
    """By outcome."""

    scaling: InputScaling

    observations: tuple[Observation, ...]
    """All that `fit` was given, bounds included."""

    left_out: Mapping[str, str]
    """Outcomes that could not be learned, with the reason."""

    seed: int

    kind: str = DEFAULT_KIND
    """What kind of model all outcomes were learned by, of `ionlink.models.kinds.KINDS`."""

    beside: Beside = NOTHING_BESIDE
    """What was learned from as well."""

    @classmethod
    def fit(
        cls,
        observations: Sequence[Observation],
        *,
        outcomes: str | Sequence[str] | None = None,
        model: str = DEFAULT_KIND,
        seed: int = 0,
        calibrate: bool = True,
        beside: Beside = NOTHING_BESIDE,
    ) -> "Surrogate":
        """Learn from observations by one kind of model.

        With `outcomes`, exactly these are learned, or `FitFailed` is raised. Without, all that can be learned
        are, the others stand in `left_out` with the reason, and `FitFailed` is raised when none is left. `beside` is
        what else is known, of which a model `joint` keeps what may tell of the outcomes.
        Raises `InputError` for observations of different levels or protocols, for a kind of model that is not
        known, for one that cannot learn from what is `beside`, and for values that have no place on the scale of their
        outcome. The same arguments give the same surrogate.

        Without `calibrate`, deviations are not checked on left-out rows, which takes a Gaussian process most of the
        time from 200 rows on: for acquisition functions, which use the processes themselves.
        """
        kind = learner(model)
        check_one_level(observations)
        if isinstance(outcomes, str):
            outcomes = (outcomes,)
        asked = tuple(outcomes) if outcomes is not None else _spoken_of(observations, beside)
        beside, strict = beside.about(asked), outcomes is not None
        told = everything_told(observations, beside, model)
        own = learned(o for o in observations if o.outcome in asked)
        rows, left_out = _learnable(own, asked, told, strict=strict)
        spoken = told.formulations if told else [o.formulation for group in rows.values() for o in group]
        simulated = all_simulated((*observations, *beside.statements))
        scaling = InputScaling.of(spoken, simulated=simulated) if rows else None
        models: dict[str, OutcomeModel] = {}
        for outcome, group in rows.items():
            assert scaling is not None
            task = Task(outcome, tuple(group), scaling, seed, calibrate, told)
            try:
                models[outcome] = outcome_model(task, kind.fit(task))
            except FitFailed as failure:
                if strict or told is None:
                    raise
                left_out[outcome] = failure.reason
        if not models or scaling is None:
            few = {outcome: f"{reason}; observe more formulations of it" for outcome, reason in left_out.items()}
            raise FitFailed.of(few or {", ".join(asked) or "no outcome": "nothing is observed"})
        return cls(models, scaling, tuple(observations), left_out, seed, model, beside)

    def __repr__(self) -> str:
        """What it is, and not the observations that it holds: of these there may be thousands."""
        learned = f"{', '.join(self.outcomes)} at level {self.level}"
        return (
            f"<{type(self).__name__} ({self.kind}) of {learned}, from {counted(len(self.observations), 'observation')}>"
        )

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Outcomes that `predict` gives."""
        return tuple(self.models)

    @property
    def level(self) -> str:
        """Level of all observations, such as `screen`."""
        return self.observations[0].level

    @property
    def protocol(self) -> str | None:
        """Simulation protocol of all observations."""
        return self.observations[0].protocol

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All that it was given, of whatever level."""
        return (*self.observations, *self.beside.statements)

    @property
    def learned_formulations(self) -> list[Formulation]:
        """Formulations whose values were learned from, at whatever level."""
        models = self.models.values()
        return [f for m in models for f in (*(o.formulation for o in m.rows), *m.learned.elsewhere)]

    @property
    def bounds_skipped(self) -> int:
        """How many bounds (`<`, `>`) were given and not learned from."""
        return 0 if learner(self.kind).learns_everything else sum(o.bound != "=" for o in self.observations)

    def predict(
        self,
        formulations: "Sequence[Formulation] | pd.DataFrame",
        *,
        interval: float = 0.9,
        noisy: bool = False,
        quantiles: Sequence[float] = (),
    ) -> pd.DataFrame:
        """Tidy predictions, one row per formulation and outcome, ordered by formulation, then outcome.

        A table has the columns cation, ligand and ratio (which may be missing or empty where stability constants were
        learned) and may have those of conditions: second_cation, second_fraction, ph, temperature_k. Where a ratio, pH
        or temperature is left open that all training formulations say, it may be any of theirs. With `noisy`, of a new
        observation that has the noise of a typical one, else of the noise-free outcome.

        Columns: cation, ligand, ratio (donor groups per cation), the conditions that were given, outcome, mean,
        standard_deviation, degrees_of_freedom, lower, upper (central `interval`), one for each of `quantiles` (of 0.05
        it is q05), unit, level, in_domain, domain_reason (why not; empty where it is). They are those of Student's
        distribution, with the tails that errors have where the answer is known and was left out; with infinitely many
        degrees of freedom it is a Gaussian. It knows no limits: an interval may reach beyond what is physically
        possible. Of an outcome that is compared by factors, such as a conductivity, it is that of its logarithm:
        nothing is below 0, the mean is the geometric one, which is the median, and the standard deviation half of what
        lies between one deviation below and above it.

        Raises `InputError` with one line for each name, number or column that is not usable, or where there are no
        formulations.
        """
        return prediction_table(self, formulations, interval=interval, noisy=noisy, quantiles=quantiles)

    def posterior(self, outcome: str, formulations: Sequence[Formulation]) -> GPyTorchPosterior:
        """Joint posterior of a noise-free outcome at `n` formulations; mean and variance are `n x 1`.

        In its unit; of an outcome that is compared by factors, of its decimal logarithm, which is what is Gaussian.

        A Gaussian with the standard deviations of `predict`, calibration included; correlations are the process's. What
        a formulation leaves open is the middle of what was seen, and not, as in `predict`, any of it. Without
        gradients: those has `botorch_model`.

        Raises:
            InputError: the outcome was not learned, or by another kind of model than a Gaussian process; or there are
                no formulations.
        """
        return joint_posterior(self, outcome, formulations)

    @property
    def sees(self) -> type[PairRows]:
        """The numbers by which its kind of model knows formulations."""
        return learner(self.kind).sees

    @property
    def scales_descriptors(self) -> bool:
        """Whether its kind of model sees the columns of `scaling`; the others choose descriptors of their own."""
        return issubclass(self.sees, ScaledPairs)

    @property
    def has_processes(self) -> bool:
        """Whether its models are Gaussian processes, which campaigns, explanations and leave-one-out need."""
        return learner(self.kind).has_process

    def inputs(self, formulations: Sequence[Formulation]) -> torch.Tensor:
        """Inputs of a Gaussian process, an `n x d` float64 tensor; only the last column depends on the ratio."""
        return torch.as_tensor(self.scaling.transform(formulations))

    def botorch_model(self, outcomes: Sequence[str]) -> ModelListGP:
        """The processes of `outcomes`, in this order, as one BoTorch model with `len(outcomes)` outputs.

        Of outcomes that are compared by factors they are those of the decimal logarithms.

        For acquisition functions, over rows of `inputs`. Networks beside them have no part in it, and they are not
        calibrated: where `predict` widens what a process was found to be too sure of, a new cation or ligand above all,
        its own deviations are smaller. `posterior` has both.

        Raises `InputError` where another kind of model was fitted, or one of the outcomes was not learned.
        """
        check_outcomes(self, outcomes)
        return ModelListGP(*(self.models[outcome].gp for outcome in outcomes))

    def save(self, directory: str | Path) -> None:
        """Write `surrogate.json`, `state.pt` (tensors, no pickled objects) and `SHA256SUMS` into a new directory."""
        from ionlink.models.storage import save

        save(self, Path(directory))

    @classmethod
    def load(cls, directory: str | Path) -> "Surrogate":
        """Read what `save` wrote; predicts as before, but for rounding.

        Raises `InputError` with one line where a file is missing, was changed since, or is of another format.
        """
        from ionlink.models.storage import load

        return load(Path(directory))


PREDICTION_COLUMNS = (
    *("cation", "ligand", "ratio", "outcome", "mean", "standard_deviation", "degrees_of_freedom", "lower", "upper"),
    *("unit", "level", "in_domain", "domain_reason"),
)


def outcome_model(task: Task, learned: LearnedOutcome) -> OutcomeModel:
    """What was learned in a task, with its domain."""
    domain_of = partial(Domain.of, simulated=task.scaling.simulated)
    domain, elsewhere = domain_of(task.formulations), learned.elsewhere
    informed = domain_of([*task.formulations, *elsewhere]) if elsewhere else domain
    return OutcomeModel(task.outcome, learned, task.rows, domain, informed)


def _spoken_of(observations: Sequence[Observation], beside: Beside) -> tuple[str, ...]:
    """Outcomes of which something is said at the level of the observations."""
    ranked = (r.outcome for r in beside.rankings if any(r.level == o.level for o in observations[:1]))
    return tuple(dict.fromkeys([*(o.outcome for o in observations), *ranked]))


def everything_told(observations: Sequence[Observation], beside: Beside, model: str) -> Everything | None:
    """All that a kind of model learns from, where it learns from more than values of one level, else `None`.

    Raises `InputError` where something is `beside` that this kind cannot learn from.
    """
    if not learner(model).learns_everything:
        if beside:
            able = ", ".join(kind for kind in KINDS if learner(kind).learns_everything)
            raise InputError(f"model: {model} learns from values of one level alone; from more learns {able}")
        return None
    if not observations:
        return None
    own = {(o.level, o.protocol, o.outcome) for o in observations}
    twice = sorted({o.outcome for o in beside.observations if (o.level, o.protocol, o.outcome) in own})
    if twice:
        raise InputError(
            f"beside: {', '.join(twice)} at level {observations[0].level} is among the observations as well"
        )
    first = observations[0]
    return Everything(first.level, first.protocol, learned((*observations, *beside.observations)), beside.rankings)


def check_one_level(observations: Sequence[Observation]) -> None:
    """Raise `InputError` for observations of different levels or protocols."""
    origins = sorted({(o.level, o.protocol or "none") for o in observations})
    if len(origins) > 1:
        listed = ", ".join(f"{level} (protocol {protocol})" for level, protocol in origins)
        raise InputError(f"a surrogate is for one level and one protocol, the observations come from {listed}")


def _learnable(
    observations: Sequence[Observation], asked: Sequence[str], told: Everything | None, *, strict: bool
) -> tuple[dict[str, list[Observation]], dict[str, str]]:
    """Training rows of the outcomes that can be learned, and why the others cannot."""
    if told is not None:
        unspoken = [name for name in asked if not told.spoken_of(name)]
        if unspoken:
            raise FitFailed(", ".join(unspoken), f"nothing was observed at level {told.level}")
        return {
            name: training_rows([o for o in observations if o.outcome == name and o.bound == "="]) for name in asked
        }, {}
    rows: dict[str, list[Observation]] = {}
    left_out: dict[str, str] = {}
    for outcome in asked:
        try:
            rows[outcome] = _rows(outcome, [o for o in observations if o.outcome == outcome])
        except FitFailed as failure:
            if strict:
                raise
            left_out[outcome] = failure.reason
    return rows, left_out


def _rows(outcome: str, observed: Sequence[Observation]) -> list[Observation]:
    """Training rows of one outcome; raises `FitFailed` where they do not suffice."""
    values = [o for o in observed if o.bound == "="]
    if observed and not values:
        raise FitFailed(outcome, f"only bounds are observed ({len(observed)}), and bounds alone teach no surrogate")
    rows = training_rows(values)
    check_learnable(outcome, rows)
    return rows
