"""The surrogate as an MLflow model: this file is logged as code, and run by `mlflow.pyfunc.load_model`."""

from pathlib import Path
from typing import Any

import mlflow
import pandas as pd

from ionlink.data import formulation_of
from ionlink.data.errors import InputError
from ionlink.models.surrogate import Surrogate

ARTIFACT = "surrogate"


class SurrogateModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc, name-defined]  # MLflow's class is untyped
    """Takes a table of formulations, gives the table of `Surrogate.predict`."""

    def load_context(self, context: Any) -> None:  # noqa: ANN401 - MLflow's signature
        """Read the surrogate from the model's artifacts."""
        self.surrogate = Surrogate.load(Path(context.artifacts[ARTIFACT]))

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:  # noqa: ANN401, ARG002 - MLflow's signature
        """Predict the rows of a table with the columns cation, ligand and ratio; raises `InputError` by row."""
        formulations = []
        faults: list[str] = []
        rows = zip(model_input["cation"], model_input["ligand"], model_input["ratio"], strict=True)
        for number, row in enumerate(rows, start=1):
            try:
                formulations.append(formulation_of(*row))
            except InputError as error:
                faults.extend(f"row {number}, {fault}" for fault in error.faults)
        if faults:
            raise InputError(faults)
        return self.surrogate.predict(formulations)


mlflow.models.set_model(SurrogateModel())
