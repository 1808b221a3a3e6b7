"""Fits one peer to one fold, in the environment of `surrogates-requirements.txt`: METHOD TASK.npz RESULT.npz.

The task has `training` (n x d), `held` (h x d) and `values` (n x m), for a graph method `training_smiles` and
`held_smiles` as well; the result has `mean` and `deviation` (h x m; NaN: no uncertainty), `fit_s` and `predict_s`.
"""

import sys
import time
from collections.abc import Callable, Mapping

import numpy as np

Task = Mapping[str, np.ndarray]
Predict = Callable[[], tuple[np.ndarray, np.ndarray | float]]
"""Gives means and standard deviations of the held-out rows."""


def xgboost(task: Task, values: np.ndarray) -> Predict:
    """XGBoost, slow learning."""
    from xgboost import XGBRegressor

    model = XGBRegressor(n_estimators=500, learning_rate=0.05, subsample=0.8, colsample_bytree=0.8, n_jobs=1)
    model.fit(task["training"], values)
    return lambda: (model.predict(task["held"]), np.nan)


def catboost(task: Task, values: np.ndarray) -> Predict:
    """CatBoost with its defaults."""
    from catboost import CatBoostRegressor

    model = CatBoostRegressor(random_seed=0, thread_count=1, verbose=False, allow_writing_files=False)
    model.fit(task["training"], values)
    return lambda: (model.predict(task["held"], thread_count=1), np.nan)


def catboost_uncertain(task: Task, values: np.ndarray) -> Predict:
    """CatBoost with a variance of its own and the scatter of virtual ensembles."""
    from catboost import CatBoostRegressor

    model = CatBoostRegressor(
        loss_function="RMSEWithUncertainty",
        posterior_sampling=True,
        random_seed=0,
        thread_count=1,
        verbose=False,
        allow_writing_files=False,
    )
    model.fit(task["training"], values)

    def predict() -> tuple[np.ndarray, np.ndarray | float]:
        found = model.virtual_ensembles_predict(
            task["held"], prediction_type="TotalUncertainty", virtual_ensembles_count=10, thread_count=1
        )
        return found[:, 0], np.sqrt(found[:, 1] + found[:, 2])

    return predict


def chemprop(task: Task, values: np.ndarray) -> Predict:
    """Message passing over the ligand, descriptors of the cation beside it; Chemprop's defaults."""
    import logging

    import torch
    from chemprop import data, models, nn
    from lightning import pytorch as pl

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    torch.set_num_threads(1)
    pl.seed_everything(0, verbose=False)
    mean, spread = values.mean(), values.std()

    def loader(part: str, targets: np.ndarray, shuffle: bool) -> object:
        rows = zip(task[f"{part}_smiles"], task[part], targets, strict=True)
        points = [data.MoleculeDatapoint.from_smi(str(s), np.array([y]), x_d=x) for s, x, y in rows]
        return data.build_dataloader(data.MoleculeDataset(points), batch_size=64, shuffle=shuffle, num_workers=0)

    message = nn.BondMessagePassing()
    head = nn.RegressionFFN(input_dim=message.output_dim + task["training"].shape[1])
    model = models.MPNN(message, nn.MeanAggregation(), head, batch_norm=False)
    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    trainer = pl.Trainer(max_epochs=50, accelerator="cpu", enable_model_summary=False, **quiet)
    trainer.fit(model, loader("training", (values - mean) / spread, True))

    def predict() -> tuple[np.ndarray, np.ndarray | float]:
        found = trainer.predict(model, loader("held", np.zeros(len(task["held"])), False))
        return mean + spread * torch.cat(found).numpy().ravel(), np.nan

    return predict


METHODS: Mapping[str, Callable[[Task, np.ndarray], Predict]] = {
    "xgboost": xgboost,
    "catboost": catboost,
    "catboost-uncertain": catboost_uncertain,
    "chemprop": chemprop,
}


def main(name: str, task_path: str, result_path: str) -> None:
    """Fit, predict, write."""
    with np.load(task_path) as archive:
        task = dict(archive)
    start = time.process_time()
    fitted = [METHODS[name](task, column) for column in task["values"].T]
    middle = time.process_time()
    found = [predict() for predict in fitted]
    end = time.process_time()
    mean = np.column_stack([np.asarray(m, dtype=float) for m, _ in found])
    deviation = np.column_stack([np.broadcast_to(d, len(mean)) for _, d in found])
    np.savez(result_path, mean=mean, deviation=deviation, fit_s=middle - start, predict_s=end - middle)


if __name__ == "__main__":
    main(*sys.argv[1:])
