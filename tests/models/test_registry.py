import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlparse

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient
from two_levels import TwoLevels

import ionlink
from ionlink.data import InputError, stability_constants
from ionlink.models import Beside, Surrogate, register
from ionlink.models.provenance import DATA, data_sha256
from ionlink.models.registry import database_uri

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


@pytest.fixture
def registered(surrogate, mlruns, monkeypatch):
    """A client of a registry with `toy` in it, which is also MLflow's current server."""
    uri = f"sqlite:///{mlruns / 'mlflow.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    experiment = client.create_experiment("toy", artifact_location=(mlruns / "artifacts").as_uri())
    run = client.create_run(experiment).info.run_id
    register(surrogate, "toy", client, run)
    return client


def folder_of(client: MlflowClient) -> Path:
    return Path(unquote(urlparse(client.get_model_version("toy", "1").source).path)) / "artifacts" / "surrogate"


def test_a_registered_surrogate_comes_back_whole(surrogate, registered, formulations):
    registered.set_registered_model_alias("toy", "best", "1")
    for address in ("models:/toy/1", "models:/toy@best"):
        loaded = ionlink.load_model(address)
        pd.testing.assert_frame_equal(loaded.predict(formulations), surrogate.predict(formulations), check_exact=True)
        assert loaded.observations == surrogate.observations
    frame = ionlink.predict(cation="Fe3+", ligand="PAA", ratio=30, model="models:/toy/1")
    assert set(frame["outcome"]) == set(surrogate.outcomes)


def test_a_model_of_another_kind_is_registered_as_well(observations, registered, formulations):
    trees = Surrogate.fit(observations, outcomes=["coulomb_spread"], model="extra-trees")
    assert register(trees, "trees", registered) == 1
    loaded = ionlink.load_model("models:/trees/1")
    assert loaded.kind == "extra-trees"
    pd.testing.assert_frame_equal(loaded.predict(formulations), trees.predict(formulations), check_exact=True)


def test_one_that_learned_from_everything_carries_the_hash_of_all_of_it(registered):
    problem = TwoLevels(0.9, 1)
    learned = Surrogate.fit(problem.lab_rows, model="joint", beside=Beside(tuple(problem.screen_rows)))
    assert register(learned, "joint", registered) == 1
    assert {statement.level for statement in learned.statements} == {"lab", "screen"}
    assert registered.get_model_version("joint", "1").tags[DATA] == data_sha256(learned.statements)
    loaded = ionlink.load_model("models:/joint/1")
    pd.testing.assert_frame_equal(loaded.predict(problem.questions), learned.predict(problem.questions), rtol=1e-9)


def test_a_version_says_where_it_comes_from(surrogate, registered):
    version = registered.get_model_version("toy", "1")
    assert version.tags[DATA] == data_sha256(surrogate.observations) == data_sha256(surrogate.observations[::-1])
    assert version.tags["ionlink.version"] == ionlink.__version__
    model = mlflow.models.Model.load(folder_of(registered).parents[1] / "MLmodel")
    assert model.metadata["ionlink.metrics"]["q2/coulomb_spread"] > 0.5
    assert model.signature.inputs.required_input_names() == ["cation", "ligand", "ratio"]
    assert model.signature.inputs.input_names()[3:] == ["second_cation", "second_fraction", "ph", "temperature_k"]
    example = json.loads((folder_of(registered).parents[1] / "input_example.json").read_text("utf-8"))
    assert example["columns"] == ["cation", "ligand", "ratio"]
    assert len({tuple(row) for row in example["data"]}) == 2
    metrics = registered.get_run(version.run_id).data.metrics
    assert metrics["surrogate_q2/coulomb_spread"] == model.metadata["ionlink.metrics"]["q2/coulomb_spread"]


def served(surrogate: Surrogate, client: MlflowClient, name: str):
    """The registered surrogate as programs get it that know only MLflow."""
    register(surrogate, name, client)
    return mlflow.pyfunc.load_model(f"models:/{name}/1")


def test_a_served_model_looks_at_conditions(observations, registered):
    rows = [
        o.model_copy(update={"formulation": o.formulation.model_copy(update={"ph": ph}), "value": o.value + ph})
        for ph in (4.0, 8.0)
        for o in observations
        if o.outcome == "coulomb_spread"
    ]
    model = served(Surrogate.fit(rows, calibrate=False), registered, "acid")
    asked = pd.DataFrame({"cation": "Fe3+", "ligand": "PAA", "ratio": 20.0, "ph": [4.0, 8.0]})
    found = model.predict(asked)
    assert found["ph"].tolist() == [4.0, 8.0]
    assert found["mean"][1] - found["mean"][0] > 2
    assert "ph" in model.input_example.columns


def test_a_served_model_of_stability_constants_wants_no_ratio(registered):
    model = served(Surrogate.fit(stability_constants()[:60], calibrate=False), registered, "log-k")
    found = model.predict(pd.DataFrame({"cation": ["Fe3+"], "ligand": ["CC(=O)O"]}))
    assert found["outcome"].tolist() == ["log_k1"]
    assert model.input_example.columns.tolist() == ["cation", "ligand"]


def test_nothing_of_the_registry_is_run_or_unpickled(registered):
    code = folder_of(registered).parents[1] / "pyfunc_model.py"
    code.write_text("raise SystemExit('code of the registry was run')")
    assert ionlink.load_model("models:/toy/1").outcomes
    files = {path.name for path in folder_of(registered).parents[1].rglob("*") if path.is_file()}
    assert not {name for name in files if name.endswith((".pkl", ".pickle", ".cloudpickle"))}


@pytest.mark.parametrize(
    ("tag", "value", "message"),
    [
        ("ionlink.version", "999.1.0", "is of ionlink 999.1.0, this is"),
        ("ionlink.format", "99", "has format 99, this version reads"),
        ("ionlink.observation_fields", "bound,colour", "differ from this version's in colour"),
        ("ionlink.files_sha256", "0" * 64, "its files were changed since it was registered"),
        ("ionlink.data_sha256", "0" * 64, "its data were changed since it was registered"),
    ],
)
def test_a_version_that_does_not_fit_is_refused_with_one_line(registered, tag, value, message):
    registered.set_model_version_tag("toy", "1", tag, value)
    with pytest.raises(InputError, match=message) as error:
        ionlink.load_model("models:/toy/1")
    assert len(error.value.faults) == 1
    assert error.value.faults[0].startswith("models:/toy/1: ")


@pytest.mark.parametrize("file", ["surrogate.json", "state.pt"])
def test_a_changed_file_is_noticed(registered, file):
    path = folder_of(registered) / file
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(InputError, match="its files were changed"):
        ionlink.load_model("models:/toy/1")


def test_a_version_of_another_program_is_refused(registered):
    registered.delete_model_version_tag("toy", "1", "ionlink.data_sha256")
    with pytest.raises(InputError, match=r"does not say ionlink\.data_sha256"):
        ionlink.load_model("models:/toy/1")


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("models:/toy/7", "models:/toy/7: .*not found"),
        ("models:/tea/1", "models:/tea/1: .*not found"),
        ("models:/toy@worst", "models:/toy@worst: .*alias worst not found"),
        ("models:/toy", "is no address of a model; write models:/name/version"),
        ("models:/toy/latest", "is no address of a model"),
    ],
)
def test_a_version_that_is_not_there_is_refused(registered, address, message):
    with pytest.raises(InputError, match=message):
        ionlink.load_model(address)


def test_what_was_registered_in_mlruns_is_found_from_the_folder_above(surrogate, mlruns, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(mlruns.parent)
    with pytest.raises(InputError, match=r"models:/toy/1: .*not found"):
        ionlink.load_model("models:/toy/1")
    uri = f"sqlite:///{mlruns / 'mlflow.db'}"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    experiment = client.create_experiment("toy", artifact_location=(mlruns / "artifacts").as_uri())
    register(surrogate, "toy", client, client.create_run(experiment).info.run_id)
    assert ionlink.load_model("models:/toy/1").outcomes == surrogate.outcomes
    assert [path.name for path in mlruns.parent.iterdir()] == ["mlruns"]


def test_the_folder_above_may_have_any_signs_in_its_name(surrogate, mlruns, tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    above = tmp_path / "is Fe3+ best, 100%20?"
    above.mkdir()
    mlruns = mlruns.rename(above / "mlruns")
    monkeypatch.chdir(above)
    uri = database_uri(mlruns / "mlflow.db")
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    experiment = client.create_experiment("toy", artifact_location=(mlruns / "artifacts").as_uri())
    register(surrogate, "toy", client, client.create_run(experiment).info.run_id)
    assert ionlink.load_model("models:/toy/1").outcomes == surrogate.outcomes


def test_no_database_is_made_by_looking_for_a_model(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'none.db'}")
    with pytest.raises(InputError, match="no such MLflow database"):
        ionlink.load_model("models:/toy/1")
    assert not list(tmp_path.iterdir())
