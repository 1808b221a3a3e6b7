"""The methods that `surrogates.py` compares: each learns from a fold's training rows and predicts its held-out rows.

None is tuned to these data. Peers have the settings that suit small tables: 500 trees, slow learning rates.
What a method learns by itself (hyperparameters of ionlink, the Gaussian process, the ridge) is learned inside the fold.
"""

import subprocess
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from scipy.optimize import minimize
from sklearn.ensemble import ExtraTreesRegressor, HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Kernel, WhiteKernel
from sklearn.impute import SimpleImputer
from sklearn.linear_model import BayesianRidge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from surrogate_data import Fold, Matrix

from ionlink.features.cation_descriptors import CATION_DESCRIPTORS
from ionlink.models import Surrogate

TREES = 500

ROWS_OF_THE_GP = 300
"""Rows that scikit-learn's process learns its length scales from: its gradient takes rows² x columns of memory."""

ITERATIONS_OF_THE_GP = 60

ADAPTER = Path(__file__).parent / "peers" / "surrogate_peers.py"


@dataclass(frozen=True)
class Predicted:
    """Of one fold."""

    mean: Matrix
    """Of the `h` held-out rows and `m` outcomes, `h x m`."""

    deviation: Matrix
    """Standard deviation of a new observation, `h x m`; NaN where the method has none."""

    fit_s: float
    """CPU seconds on one thread, descriptors of peers not included, as `predict_s`."""

    predict_s: float

    degrees: Matrix | None = None
    """Of freedom, `h x m`, where it is Student's distribution; else it is a Gaussian."""


Method = Callable[[Fold], Predicted]
Estimator = Any
"""Of scikit-learn, which has no types."""


def ionlink(fold: Fold) -> Predicted:
    """The default surrogate, the noise of a new observation included."""
    training = [o for row in fold.training for o in fold.data.rows[row]]
    start = time.process_time()
    surrogate = Surrogate.fit(training, outcomes=fold.data.outcomes)
    fitted = time.process_time()
    table = surrogate.predict([fold.data.formulations[row] for row in fold.held], noisy=True)
    shape = (len(fold.held), len(fold.data.outcomes))
    mean, deviation, degrees = (
        table[name].to_numpy().reshape(shape) for name in ("mean", "standard_deviation", "degrees_of_freedom")
    )
    return Predicted(mean, deviation, fitted - start, time.process_time() - fitted, degrees)


@dataclass(frozen=True)
class SklearnMethod:
    """An estimator of scikit-learn, fitted to each outcome apart."""

    fit: Callable[[Matrix, Matrix], Estimator]
    """Takes `n x d` columns and `n` values."""

    predict: Callable[[Estimator, Matrix], tuple[Matrix, Matrix]]
    """Means and standard deviations, each `h`."""

    takes_gaps: bool = False
    """Whether it knows what to do with NaN; else medians fill them, flags tell, and columns are standardised."""

    def __call__(self, fold: Fold) -> Predicted:
        """Learn and predict one fold."""
        training, held = fold.informative()
        start = time.process_time()
        if not self.takes_gaps:
            filled = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()).fit(training)
            training, held = filled.transform(training), filled.transform(held)
        models = [self.fit(training, column) for column in fold.data.observed[fold.training].T]
        fitted = time.process_time()
        found = [self.predict(model, held) for model in models]
        mean, deviation = (np.column_stack(part) for part in zip(*found, strict=True))
        return Predicted(mean, deviation, fitted - start, time.process_time() - fitted)


def certain(model: Estimator, columns: Matrix) -> tuple[Matrix, Matrix]:
    """Of an estimator without uncertainty."""
    mean = model.predict(columns)
    return mean, np.full(len(mean), np.nan)


def own_deviation(model: Estimator, columns: Matrix) -> tuple[Matrix, Matrix]:
    """Of an estimator that gives a standard deviation, its noise included."""
    mean, deviation = model.predict(columns, return_std=True)
    return mean, deviation


def spread_of_trees(model: Estimator, columns: Matrix) -> tuple[Matrix, Matrix]:
    """Of a forest: the scatter of its trees, which is what users take for its uncertainty."""
    each = np.array([tree.predict(columns.astype(np.float32)) for tree in model.estimators_])
    return each.mean(axis=0), np.maximum(each.std(axis=0), 1e-9)


def fitted_process(columns: Matrix, values: Matrix) -> Estimator:
    """Anisotropic RBF and white noise, length scales from at most `ROWS_OF_THE_GP` rows, conditioned on all."""
    width = columns.shape[1]
    kernel = ConstantKernel(1.0) * RBF(np.full(width, width**0.5), (1e-1, 1e4)) + WhiteKernel(0.1, (1e-6, 1e1))
    chosen = np.random.default_rng(0).permutation(len(values))[:ROWS_OF_THE_GP]
    with warnings.catch_warnings():
        # A length scale at its upper bound: the column does not matter.
        warnings.simplefilter("ignore", ConvergenceWarning)
        learned = _process(kernel, _short_search).fit(columns[chosen], values[chosen])
    return learned if len(chosen) == len(values) else _process(learned.kernel_, None).fit(columns, values)


def _process(kernel: Kernel, search: Callable[..., object] | None) -> Estimator:
    return GaussianProcessRegressor(kernel, alpha=1e-8, optimizer=search, normalize_y=True)


def _short_search(objective: Callable[..., object], start: Matrix, bounds: Matrix) -> tuple[Matrix, float]:
    options = {"maxiter": ITERATIONS_OF_THE_GP}
    found = minimize(objective, start, method="L-BFGS-B", jac=True, bounds=bounds, options=options)
    return found.x, float(found.fun)


def _extra_trees(columns: Matrix, values: Matrix) -> Estimator:
    return ExtraTreesRegressor(TREES, random_state=0).fit(columns, values)


def _random_forest(columns: Matrix, values: Matrix) -> Estimator:
    return RandomForestRegressor(TREES, max_features=1 / 3, random_state=0).fit(columns, values)


def _histogram_boosting(columns: Matrix, values: Matrix) -> Estimator:
    return HistGradientBoostingRegressor(
        learning_rate=0.05, max_iter=500, min_samples_leaf=5, early_stopping=False, random_state=0
    ).fit(columns, values)


def _ridge(columns: Matrix, values: Matrix) -> Estimator:
    return BayesianRidge().fit(columns, values)


@dataclass(frozen=True)
class PeerMethod:
    """A method of another environment, spoken to by files through `peers/surrogate_peers.py`."""

    name: str
    python: Path
    graph: bool = False
    """Whether it takes ligands as graphs and of the descriptors those of the cation alone."""

    def __call__(self, fold: Fold) -> Predicted:
        """Learn and predict one fold; raises `RuntimeError` with what the other process said where it fails."""
        with TemporaryDirectory() as folder:
            task, result = Path(folder) / "task.npz", Path(folder) / "result.npz"
            np.savez(task, **self._task(fold))
            command = [str(self.python), str(ADAPTER), self.name, str(task), str(result)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(f"{self.name}: {self.python} failed: {done.stderr.strip()[-1000:]}")
            with np.load(result) as found:
                return Predicted(found["mean"], found["deviation"], float(found["fit_s"]), float(found["predict_s"]))

    def _task(self, fold: Fold) -> dict[str, np.ndarray]:
        values = fold.data.observed[fold.training]
        if not self.graph:
            training, held = fold.informative()
            return {"training": training, "held": held, "values": values}
        training, held = (_of_cations(fold, rows) for rows in (fold.training, fold.held))
        filled = make_pipeline(SimpleImputer(strategy="median"), StandardScaler()).fit(training)
        smiles = np.array([f.ligand for f in fold.data.formulations])
        return {
            "training": filled.transform(training),
            "held": filled.transform(held),
            "training_smiles": smiles[fold.training],
            "held_smiles": smiles[fold.held],
            "values": values,
        }


def _of_cations(fold: Fold, rows: Matrix) -> Matrix:
    return fold.data.descriptors[rows][:, : len(CATION_DESCRIPTORS)]


OWN_ENVIRONMENT: Mapping[str, Method] = {
    "ionlink": ionlink,
    "extra trees": SklearnMethod(_extra_trees, spread_of_trees),
    "random forest": SklearnMethod(_random_forest, spread_of_trees),
    "histogram boosting": SklearnMethod(_histogram_boosting, certain, takes_gaps=True),
    "Gaussian process": SklearnMethod(fitted_process, own_deviation),
    "ridge": SklearnMethod(_ridge, own_deviation),
}
PEERS: Mapping[str, Callable[[Path], Method]] = {
    "CatBoost": partial(PeerMethod, "catboost"),
    "CatBoost, uncertain": partial(PeerMethod, "catboost-uncertain"),
    "XGBoost": partial(PeerMethod, "xgboost"),
    "Chemprop": partial(PeerMethod, "chemprop", graph=True),
}
METHOD_NAMES = (*OWN_ENVIRONMENT, *PEERS)
OF_MOLECULES = ("Chemprop",)
"""Methods that need the graph of a molecule, which a polymer has not."""


def method(name: str, pythons: Mapping[str, Path]) -> Method | None:
    """By name; `None` for a peer whose environment is not given."""
    if name in OWN_ENVIRONMENT:
        return OWN_ENVIRONMENT[name]
    return PEERS[name](pythons[name]) if name in pythons else None
