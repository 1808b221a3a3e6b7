import subprocess
import sys

import mlflow
import pandas as pd
import pytest

from ionlink.models import register

LOAD = """
import sys, mlflow, pandas as pd
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model("models:/toy/1")
asked = pd.DataFrame({"cation": ["Fe3+", "fe(iii)"], "ligand": ["PF-COO", "PAA"], "ratio": [60.0, 10.0]})
model.predict(asked).to_json(sys.argv[2], double_precision=15)
"""


@pytest.fixture
def tracked(mlruns):
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{mlruns / 'mlflow.db'}")
    experiment = mlflow.create_experiment("toy", artifact_location=(mlruns / "artifacts").as_uri())
    with mlflow.start_run(experiment_id=experiment):
        yield mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(before)


def test_a_registered_surrogate_predicts_in_a_fresh_process(surrogate, tracked, tmp_path):
    assert register(surrogate, "toy") == 1
    answer = tmp_path / "answer.json"
    subprocess.run([sys.executable, "-c", LOAD, tracked, str(answer)], check=True, capture_output=True)
    from ionlink.data import formulation_of

    here = surrogate.predict([formulation_of("Fe3+", "PF-COO", 60), formulation_of("Fe3+", "PAA", 10)])
    there = pd.read_json(answer)
    assert list(there.columns) == list(here.columns)
    assert there["mean"].tolist() == pytest.approx(here["mean"].tolist(), rel=1e-9)
    assert there["standard_deviation"].tolist() == pytest.approx(here["standard_deviation"].tolist(), rel=1e-6)
    assert there["outcome"].tolist() == here["outcome"].tolist()
