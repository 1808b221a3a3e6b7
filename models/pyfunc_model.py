"""The surrogate as an MLflow model: this file is logged as code, and run by `mlflow.pyfunc.load_model`."""

from pathlib import Path
from typing import Any

import mlflow
import pandas as pd

from ionlink.data.formulation import CONDITIONS
from ionlink.models.formulation_table import COLUMNS
from ionlink.models.names import formulation_table
from ionlink.models.prediction import prediction_table
from ionlink.models.surrogate import Surrogate

ARTIFACT = "surrogate"


class SurrogateModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc, name-defined]  # MLflow's class is untyped
    """Takes a table of formulations, gives the table of `Surrogate.predict`."""

    def load_context(self, context: Any) -> None:  # noqa: ANN401 - MLflow's signature
        """Read the surrogate from the model's artifacts."""
        self.surrogate = Surrogate.load(Path(context.artifacts[ARTIFACT]))

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:  # noqa: ANN401, ARG002 - MLflow's signature
        """Predict the rows of a table with the columns cation, ligand and ratio; raises `InputError` by row."""
        columns = {name: model_input[name] for name in (*COLUMNS, *CONDITIONS) if name in model_input.columns}
        needs_ratio = any(o.formulation.ratio is not None for o in self.surrogate.observations)
        table = formulation_table(columns, lambda row: f"row {row + 1}, ", needs_ratio=needs_ratio)
        return prediction_table(self.surrogate, table)


mlflow.models.set_model(SurrogateModel())
