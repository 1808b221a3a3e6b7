"""Models of scikit-learn on descriptors, to hold the default surrogate against.

All see `FormulationDescriptors` with cross terms, without constant and correlated columns. They give a mean and a
variance of each formulation alone, no joint posterior, so they serve neither campaigns nor explanations. Variances
have two parts: how much the model's own parts disagree at a formulation, and the error that it makes on what its parts
did not see, less what is known of measurement noise. Where nothing is known of noise, all of that error counts as
uncertainty of the outcome. It is the error on new pairs of known cations and ligands: on a new cation or ligand
expect more.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import torch
from sklearn.ensemble import ExtraTreesRegressor, HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import BayesianRidge
from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from ionlink.features.informative_columns import InformativeColumns
from ionlink.models.errors import FitFailed
from ionlink.models.formulation_table import Floats
from ionlink.models.kinds import LearnedOutcome, Task
from ionlink.models.pair_rows import DescribedPairs, description
from ionlink.models.row_noise import NOISE_FLOOR
from ionlink.models.targets import Targets

TREES = 200
BOOSTED = 5
"""Boosted models, each without one part of the formulations."""


class Baseline(LearnedOutcome):
    """A pipeline of scikit-learn, fitted to training rows only."""

    sees = DescribedPairs
    refitted = True

    fills_gaps: ClassVar[bool] = True
    """Whether unknown properties are filled with the training mean and flagged; else the model takes NaN."""

    def __init__(self, pipeline: Pipeline, targets: Targets) -> None:
        self.pipeline = pipeline
        """Descriptors, `InformativeColumns` (its `dropped_` says which columns went and why), imputation, model."""

        self._targets = targets

    @classmethod
    def fit(cls, task: Task) -> "Baseline":
        """Raises `FitFailed` where scikit-learn refuses, as where no descriptor tells the formulations apart.

        And where formulations have conditions, which it does not look at.
        """
        if task.scaling.conditions:
            unseen = ", ".join(task.scaling.conditions)
            raise FitFailed(task.outcome, f"{cls.__name__} does not look at {unseen}; use a Gaussian process")
        targets = Targets.of(task.rows)
        filled = [
            ("filled", SimpleImputer(add_indicator=True)),
            ("scaled", StandardScaler()),
        ]
        pipeline = Pipeline(
            [
                ("descriptors", description(task.scaling).set_output(transform="pandas")),
                ("informative", InformativeColumns()),
                *(filled if cls.fills_gaps else []),
                ("model", cls.model(task.seed)),
            ]
        )
        try:
            pipeline.fit(list(targets.formulations), targets.standardised, model__sample_weight=targets.weights)
        except ValueError as error:
            raise FitFailed(task.outcome, f"scikit-learn: {' '.join(str(error).split())}") from error
        return cls(pipeline, targets)

    @classmethod
    def restored(cls, task: Task, state: Mapping[str, torch.Tensor]) -> "Baseline":  # noqa: ARG003
        """Fits again: the same rows and seed give the same model."""
        return cls.fit(task)

    def state(self) -> Mapping[str, torch.Tensor]:
        """Nothing: see `restored`."""
        return {}

    def posterior(self) -> "BaselinePosterior":
        """Over rows of `DescribedPairs`."""
        targets = self._targets
        prepared = np.asarray(self.pipeline[:-1].transform(list(targets.formulations)), dtype=np.float64)
        constant, factor = self.errors(self.pipeline[-1], prepared, targets)
        known = float(np.average(targets.standardised_variances, weights=targets.weights))
        return BaselinePosterior(self, max(constant - known, NOISE_FLOOR**2), factor, targets)

    @classmethod
    @abstractmethod
    def model(cls, seed: int) -> Any:  # noqa: ANN401 - scikit-learn has no types
        """The last step of the pipeline."""

    @classmethod
    @abstractmethod
    def errors(cls, model: Any, prepared: Floats, targets: Targets) -> tuple[float, float]:  # noqa: ANN401
        """What makes a variance of the standardised outcome: a constant, and a factor on the second of `moments`.

        From the `n x d` prepared columns of the training data, and from errors on what the model's parts did not see.
        """

    @classmethod
    @abstractmethod
    def moments(cls, model: Any, prepared: Floats) -> tuple[Floats, Floats]:  # noqa: ANN401
        """Mean, and variance among the model's parts, each `m`, of the standardised outcome, for `m x d` columns."""


@dataclass(frozen=True, eq=False)
class BaselinePosterior:
    """Mean and variance of the noise-free outcome."""

    baseline: Baseline

    own_error: float
    """Variance that is the same for all formulations, of the standardised outcome."""

    factor: float
    """On the variance among the model's parts."""

    targets: Targets

    @property
    def noise_variance(self) -> float:
        """In the outcome's unit squared; 0 where nothing is known of it apart from the model's error."""
        return self.targets.noise

    def marginals(self, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Each `m`, in the outcome's unit, for `m x d` rows of `DescribedPairs`."""
        pipeline = self.baseline.pipeline
        described = pd.DataFrame(inputs.numpy(), columns=pipeline[0].get_feature_names_out())
        prepared = np.asarray(pipeline[1:-1].transform(described), dtype=np.float64)
        mean, spread = self.baseline.moments(pipeline[-1], prepared)
        variance = (self.factor * spread + self.own_error) * self.targets.scale**2
        return torch.from_numpy(mean * self.targets.scale + self.targets.offset), torch.from_numpy(variance)


class Ridge(Baseline):
    """Bayesian ridge regression; its variance is that of the coefficients, and of the residuals."""

    @classmethod
    def model(cls, seed: int) -> BayesianRidge:  # noqa: ARG003
        """Draws nothing at random."""
        return BayesianRidge()

    @classmethod
    def errors(cls, model: Any, prepared: Floats, targets: Targets) -> tuple[float, float]:  # noqa: ANN401, ARG003
        """Residual variance, for which the fit has allowed as many parameters as the data support."""
        return float(1 / model.alpha_), 1.0

    @classmethod
    def moments(cls, model: Any, prepared: Floats) -> tuple[Floats, Floats]:  # noqa: ANN401
        """Variance of the coefficients alone."""
        mean, deviation = model.predict(prepared, return_std=True)
        return mean, np.maximum(deviation**2 - 1 / model.alpha_, 0.0)


class Forest(Baseline):
    """Trees on bootstrap samples; variance: half the mean squared out-of-bag residual, plus the spread among trees.

    The spread is scaled to make the other half, on average over the training formulations, each seen by the trees that
    did not draw it. Unscaled, the sum would be too wide by far: trees that are grown to the end disagree by noise too.
    """

    @classmethod
    def errors(cls, model: Any, prepared: Floats, targets: Targets) -> tuple[float, float]:  # noqa: ANN401
        """Half the mean squared out-of-bag residual, and what scales the spread among trees to be as much."""
        half = float(np.average((targets.standardised - model.oob_prediction_) ** 2, weights=targets.weights)) / 2
        values = np.stack([tree.predict(prepared) for tree in model.estimators_])
        for tree, drawn in enumerate(model.estimators_samples_):
            values[tree, drawn] = np.nan
        spread = float(np.average(np.nanvar(values, axis=0), weights=targets.weights))
        return half, half / spread if spread else 0.0

    @classmethod
    def moments(cls, model: Any, prepared: Floats) -> tuple[Floats, Floats]:  # noqa: ANN401
        """Among trees."""
        seen = np.ascontiguousarray(prepared, dtype=np.float32)  # what trees compare; converted once
        mean, square = (np.zeros(len(seen)) for _ in range(2))
        for tree in model.estimators_:
            values = tree.predict(seen, check_input=False)
            mean += values
            square += values**2
        mean, square = mean / len(model.estimators_), square / len(model.estimators_)
        return mean, np.maximum(square - mean**2, 0.0)


class RandomForest(Forest):
    """Random forest: best splits among a third of the columns."""

    @classmethod
    def model(cls, seed: int) -> RandomForestRegressor:
        """Of `TREES` trees."""
        return RandomForestRegressor(TREES, max_features=1 / 3, oob_score=True, random_state=seed)


class ExtraTrees(Forest):
    """Extremely randomised trees: random splits, smoother than a random forest."""

    @classmethod
    def model(cls, seed: int) -> ExtraTreesRegressor:
        """Of `TREES` trees."""
        return ExtraTreesRegressor(TREES, bootstrap=True, oob_score=True, random_state=seed)


class GradientBoosting(Baseline):
    """Gradient boosting, `BOOSTED` times, each without one part of the formulations; unknown properties stay unknown.

    Mean and variance are those of the models, plus the variance of residuals where a model had not seen them.
    """

    fills_gaps = False

    @classmethod
    def model(cls, seed: int) -> "FoldedBoosting":
        """See `FoldedBoosting`."""
        return FoldedBoosting(seed)

    @classmethod
    def errors(cls, model: Any, prepared: Floats, targets: Targets) -> tuple[float, float]:  # noqa: ANN401, ARG003
        """Each formulation predicted by the model that was fitted without it."""
        return float(np.average((targets.standardised - model.held_out_) ** 2, weights=targets.weights)), 1.0

    @classmethod
    def moments(cls, model: Any, prepared: Floats) -> tuple[Floats, Floats]:  # noqa: ANN401
        """Among models."""
        values = np.stack([member.predict(prepared) for member in model.members_])
        return values.mean(axis=0), values.var(axis=0)


class FoldedBoosting:
    """The last step of a pipeline: boosted models, each fitted without one fold of the `n` rows."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def fit(self, X: Floats, y: Floats, sample_weight: Floats) -> "FoldedBoosting":
        """`n x d` columns with NaN where a property is unknown, `n` values and weights."""
        folds = KFold(min(BOOSTED, len(y)), shuffle=True, random_state=self.seed)
        self.members_: list[HistGradientBoostingRegressor] = []
        self.held_out_ = np.empty(len(y))
        for train, test in folds.split(X):
            member = HistGradientBoostingRegressor(
                learning_rate=0.05, max_iter=200, min_samples_leaf=5, early_stopping=False, random_state=self.seed
            )
            self.members_.append(member.fit(X[train], y[train], sample_weight=sample_weight[train]))
            self.held_out_[test] = member.predict(X[test])
        return self
