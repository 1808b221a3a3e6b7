import os
import subprocess
import sys

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient

from ionlink.models import register

LOAD = """
import sys, mlflow, pandas as pd
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model("models:/toy/1")
asked = pd.DataFrame({"cation": ["Fe3+", "fe(iii)"], "ligand": ["PF-COO", "PAA"], "ratio": [60.0, 10.0]})
model.predict(asked).to_json(sys.argv[2], double_precision=15)
"""


def test_a_registered_surrogate_predicts_in_a_fresh_process(surrogate, mlruns, tmp_path):
    uri = f"sqlite:///{mlruns / 'mlflow.db'}"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    experiment = client.create_experiment("toy", artifact_location=(mlruns / "artifacts").as_uri())
    run = client.create_run(experiment).info.run_id
    before = mlflow.get_tracking_uri(), dict(os.environ)
    assert register(surrogate, "toy", client, run) == 1
    assert register(surrogate, "toy", client, run) == 2
    assert (mlflow.get_tracking_uri(), dict(os.environ)) == before

    answer = tmp_path / "answer.json"
    subprocess.run([sys.executable, "-c", LOAD, uri, str(answer)], check=True, capture_output=True, cwd=tmp_path)
    assert [p.name for p in tmp_path.iterdir() if p.suffix == ".db"] == []
    from ionlink.data import formulation_of

    here = surrogate.predict([formulation_of("Fe3+", "PF-COO", 60), formulation_of("Fe3+", "PAA", 10)])
    there = pd.read_json(answer)
    assert list(there.columns) == list(here.columns)
    assert there["mean"].tolist() == pytest.approx(here["mean"].tolist(), rel=1e-9)
    assert there["standard_deviation"].tolist() == pytest.approx(here["standard_deviation"].tolist(), rel=1e-6)
    assert there["outcome"].tolist() == here["outcome"].tolist()
