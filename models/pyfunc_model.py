"""The surrogate as an MLflow model: this file is logged as code, and run by `mlflow.pyfunc.load_model`."""

from pathlib import Path
from typing import Any

import mlflow
import pandas as pd

from ionlink.models.surrogate import Surrogate

ARTIFACT = "surrogate"


class SurrogateModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc, name-defined]  # MLflow's class is untyped
    """Takes a table of formulations, gives the table of `Surrogate.predict`."""

    def load_context(self, context: Any) -> None:  # noqa: ANN401 - MLflow's signature
        """Read the surrogate from the model's artifacts."""
        self.surrogate = Surrogate.load(Path(context.artifacts[ARTIFACT]))

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:  # noqa: ANN401, ARG002 - MLflow's signature
        """What `Surrogate.predict` says of the rows of a table; raises `InputError` by column or row."""
        return self.surrogate.predict(model_input)


mlflow.models.set_model(SurrogateModel())
