"""The surrogate: one Gaussian process per outcome of one level."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import torch
from botorch.models import SingleTaskGP
from botorch.models.model_list_gp_regression import ModelListGP

from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation
from ionlink.models.domain import Domain
from ionlink.models.errors import FitFailed
from ionlink.models.gaussian_process import build, check_learnable, fit, training_rows
from ionlink.models.inputs import InputScaling
from ionlink.models.prediction import prediction_table


@dataclass(frozen=True, eq=False)
class OutcomeModel:
    """What was learned of one outcome."""

    outcome: str

    gp: SingleTaskGP
    """Fitted, in evaluation mode."""

    rows: tuple[Observation, ...]
    """What it was trained on, after merging repeats."""

    domain: Domain


@dataclass(frozen=True, eq=False)
class Surrogate:
    """Predicts outcomes of formulations, with uncertainty, from the observations of one level.

    Use it for tens to about a thousand formulations of one level (and one simulation protocol). Not for
    bounds and rankings, which it skips and counts, and not across levels, which may disagree.
    """

    models: Mapping[str, OutcomeModel]
    """By outcome."""

    scaling: InputScaling

    observations: tuple[Observation, ...]
    """All that `fit` was given, bounds included."""

    left_out: Mapping[str, str]
    """Outcomes that could not be learned, with the reason."""

    seed: int

    @classmethod
    def fit(
        cls, observations: Sequence[Observation], *, outcomes: Sequence[str] | None = None, seed: int = 0
    ) -> "Surrogate":
        """Learn from observations.

        With `outcomes`, exactly these are learned, or `FitFailed` is raised. Without, all that can be learned
        are, the others stand in `left_out` with the reason, and `FitFailed` is raised when none is left.
        Raises `InputError` for observations of different levels or protocols. The same observations
        and seed give the same surrogate.
        """
        _check_one_level(observations)
        values = [o for o in observations if o.bound == "="]
        asked = tuple(outcomes) if outcomes is not None else tuple(dict.fromkeys(o.outcome for o in values))
        rows, left_out = _learnable(values, asked, strict=outcomes is not None)
        if not rows:
            raise FitFailed(", ".join(asked) or "no outcome", "; ".join(left_out.values()) or "nothing is observed")
        scaling = InputScaling.of([o.formulation for group in rows.values() for o in group])
        models = {outcome: _fitted(outcome, group, scaling, seed) for outcome, group in rows.items()}
        return cls(models, scaling, tuple(observations), left_out, seed)

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
    def bounds_skipped(self) -> int:
        """How many bounds (`<`, `>`) were given and not learned from."""
        return sum(o.bound != "=" for o in self.observations)

    def predict(
        self, formulations: "Sequence[Formulation] | pd.DataFrame", *, interval: float = 0.9, noisy: bool = False
    ) -> pd.DataFrame:
        """Tidy predictions, one row per formulation and outcome, ordered by formulation, then outcome.

        A table has the columns cation and ligand, with canonical names, and ratio. With `noisy`, of a new observation
        that has the noise of a typical one, else of the noise-free outcome.

        Columns: cation, ligand, ratio (donor groups per cation), outcome, mean, standard_deviation, lower, upper
        (central `interval` of a Gaussian), unit, level, in_domain, domain_reason (why not; empty where it is). A
        Gaussian knows no limits: an interval may reach beyond what is physically possible.
        """
        return prediction_table(self, formulations, interval=interval, noisy=noisy)

    def inputs(self, formulations: Sequence[Formulation]) -> torch.Tensor:
        """Model inputs, an `n x d` float64 tensor; only the last column depends on the ratio."""
        return torch.as_tensor(self.scaling.transform(formulations))

    def botorch_model(self, outcomes: Sequence[str]) -> ModelListGP:
        """The processes of `outcomes`, in this order, as one BoTorch model with `len(outcomes)` outputs."""
        return ModelListGP(*(self.models[outcome].gp for outcome in outcomes))

    def save(self, directory: Path) -> None:
        """Write `surrogate.json` and `state.pt` (tensors only, no pickled objects) into a new directory."""
        from ionlink.models.storage import save

        save(self, directory)

    @classmethod
    def load(cls, directory: Path) -> "Surrogate":
        """Read what `save` wrote; predicts exactly as before. Raises `InputError` when it cannot."""
        from ionlink.models.storage import load

        return load(directory)


PREDICTION_COLUMNS = (
    *("cation", "ligand", "ratio", "outcome", "mean", "standard_deviation", "lower", "upper"),
    *("unit", "level", "in_domain", "domain_reason"),
)


def unfitted(outcome: str, rows: Sequence[Observation], scaling: InputScaling) -> OutcomeModel:
    """A model of `rows` whose process still has its initial hyperparameters."""
    return OutcomeModel(outcome, build(rows, scaling), tuple(rows), Domain.of([o.formulation for o in rows]))


def _fitted(outcome: str, rows: Sequence[Observation], scaling: InputScaling, seed: int) -> OutcomeModel:
    model = unfitted(outcome, rows, scaling)
    fit(model.gp, outcome, seed)
    return model


def _check_one_level(observations: Sequence[Observation]) -> None:
    origins = sorted({(o.level, o.protocol or "none") for o in observations})
    if len(origins) > 1:
        listed = ", ".join(f"{level} (protocol {protocol})" for level, protocol in origins)
        raise InputError(f"a surrogate is for one level and one protocol, the observations come from {listed}")


def _learnable(
    values: Sequence[Observation], asked: Sequence[str], *, strict: bool
) -> tuple[dict[str, list[Observation]], dict[str, str]]:
    """Training rows of the outcomes that can be learned, and why the others cannot."""
    rows: dict[str, list[Observation]] = {}
    left_out: dict[str, str] = {}
    for outcome in asked:
        group = training_rows([o for o in values if o.outcome == outcome])
        try:
            check_learnable(outcome, group)
        except FitFailed as failure:
            if strict:
                raise
            left_out[outcome] = failure.reason
        else:
            rows[outcome] = group
    return rows, left_out
