import json
import math
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from mlflow import MlflowClient
from sqlalchemy import make_url
from toy_campaigns import CONFIG, SameProcess

from ionlink.data import Observation
from ionlink.optimize import Campaign, create_campaign_directory, run_campaign, tracking
from ionlink.optimize.closed_form import ClosedFormOracle
from ionlink.optimize.errors import Locked, TrackingWarning
from ionlink.optimize.lock import changing
from ionlink.optimize.tracking import MlflowTracker, client_of, experiment_of, round_metrics, uri_of

TRACKED = CONFIG.replace("rounds = 2", "rounds = 4") + '\n[tracking]\nmlruns = "../mlruns"\n'

MEASURED = """
[campaign]
name = "toy"

[space]
cations = ["Mg2+", "Ca2+", "Fe3+"]
ligands = ["PAA"]
ratio = { lower = 4, upper = 100 }
constraints = [{ kind = "solubility" }]

[[objectives]]
outcome = "peel_force"
goal = "maximise"

[[objectives]]
outcome = "film_roughness_rq"
goal = "minimise"

[[constraints]]
outcome = "solution_viscosity"
upper = 1000.0

[budget]
rounds = 5
batch = 1
"""


class Once(MlflowTracker):
    """Dies after the third time it is called, as by a kill between rounds."""

    calls = 0

    def sync(self, campaign):
        super().sync(campaign)
        type(self).calls += 1
        if self.calls == 3:
            raise KeyboardInterrupt


@pytest.fixture
def directory(tmp_path, mlruns):
    create_campaign_directory(tmp_path / "toy", TRACKED)
    return tmp_path / "toy"


def test_a_campaign_is_one_run_however_often_it_is_interrupted(directory):
    with pytest.raises(KeyboardInterrupt):
        run_campaign(directory, ClosedFormOracle(), SameProcess(), tracker=Once.of(directory))
    tracker = MlflowTracker.of(directory)
    run_campaign(directory, ClosedFormOracle(), SameProcess(), tracker=tracker)
    campaign = Campaign.load(directory)
    tracker.sync(campaign)  # nothing new: nothing logged

    client = MlflowClient(tracking_uri=tracker.uri, registry_uri=tracker.uri)
    (run,) = client.search_runs([client.get_experiment_by_name("toy").experiment_id])
    assert run.info.status == "FINISHED"
    assert run.data.params["protocol"] == ClosedFormOracle().protocol
    assert run.data.params["objective/coulomb_spread"] == "minimise coulomb_spread"

    history = client.get_metric_history(run.info.run_id, "hypervolume")
    assert [m.step for m in history] == [0, 1, 2, 3, 4]
    assert [m.value for m in history] == [pytest.approx(campaign.hypervolume(k)) for k in range(5)]
    observed = client.get_metric_history(run.info.run_id, "observed_formulations")
    assert [(m.step, m.value) for m in observed] == [(k, 2 * k) for k in range(5)]
    assert run.data.metrics["candidates_done"] == 8
    assert "loo_q2/chains_per_cation" in run.data.metrics
    assert not math.isnan(run.data.metrics["surrogate_q2/chains_per_cation"])
    of_surrogate = client.get_metric_history(run.info.run_id, "surrogate_q2/chains_per_cation")
    assert not any(math.isnan(m.value) for m in of_surrogate), "rounds leave it alone"

    versions = client.search_model_versions("name='toy'")
    assert {v.run_id for v in versions} == {run.info.run_id}
    assert len(versions) == 2  # one per round that a surrogate could be fitted after

    table = pd.read_csv(client.download_artifacts(run.info.run_id, "tables/candidates.csv"))
    assert table["id"].tolist() == list(range(1, 9))
    shown = json.loads(Path(client.download_artifacts(run.info.run_id, "tables/ranking.json")).read_text())
    assert len(shown["data"]) == 8
    assert shown["columns"][0] == "rank"

    plot = directory / "front.svg"
    plot.write_text("<svg/>")
    tracker.log_files(campaign, [plot])
    assert [f.path for f in client.list_artifacts(run.info.run_id, "report")] == ["report/front.svg"]


def metrics(tracker, name):
    """All that MLflow has of a metric, by step in the order of time, and what it counts as the latest."""
    client = MlflowClient(tracking_uri=tracker.uri, registry_uri=tracker.uri)
    (run,) = client.search_runs([client.get_experiment_by_name("toy").experiment_id])
    history = sorted(client.get_metric_history(run.info.run_id, name), key=lambda m: (m.step, m.timestamp))
    return [(m.step, m.value) for m in history], run.data.metrics.get(name)


def tracked_ranking(tracker):
    client = MlflowClient(tracking_uri=tracker.uri, registry_uri=tracker.uri)
    (run,) = client.search_runs([client.get_experiment_by_name("toy").experiment_id])
    return pd.read_csv(client.download_artifacts(run.info.run_id, "tables/ranking.csv"))


def measured(formulation, outcome, value):
    return Observation(formulation=formulation, outcome=outcome, value=value, level="lab", source="notebook 1")


@pytest.fixture
def measuring(tmp_path, mlruns):
    """A tracked campaign of measurements, and its tracker."""
    text = MEASURED + '\n[tracking]\nmlruns = "../mlruns"\n'
    create_campaign_directory(tmp_path / "toy", text)
    campaign = Campaign.load(tmp_path / "toy")
    yield campaign, MlflowTracker.of(tmp_path / "toy")
    campaign.store.close()


def test_what_is_told_of_a_complete_round_is_tracked(measuring):
    campaign, tracker = measuring
    (one,) = campaign.ask(1)
    campaign.tell([measured(one.formulation, "peel_force", 2.0), measured(one.formulation, "solution_viscosity", 9.0)])
    tracker.sync(campaign)
    assert metrics(tracker, "observed_formulations") == ([(0, 0), (1, 1)], 1)
    assert metrics(tracker, "best_desirability/film_roughness_rq")[1] is None

    campaign.tell([measured(one.formulation, "film_roughness_rq", 5.0)])
    tracker.sync(campaign)
    assert metrics(tracker, "best_desirability/film_roughness_rq") == ([(1, -5.0)], -5.0)
    assert tracked_ranking(tracker)["film_roughness_rq"].tolist() == [5.0]


@pytest.mark.parametrize("name", ["is it iron?", "100% Fe", "a%20b", "no. #3"])
def test_the_database_lies_in_its_folder_whatever_its_name(tmp_path, name):
    assert make_url(uri_of(tmp_path / name)).database == str(tmp_path / name / "mlflow.db")


def test_only_one_process_makes_the_database_and_its_experiments_at_a_time(mlruns, monkeypatch):
    monkeypatch.setattr(tracking, "PATIENCE_S", 0.0)
    client = client_of(mlruns)
    with changing(mlruns / "mlflow.db", 0.0):
        for begin in (lambda: client_of(mlruns), lambda: experiment_of(client, "toy", mlruns)):
            with pytest.raises(Locked, match=r"another process writes .*mlflow\.db"):
                begin()
    assert experiment_of(client, "toy", mlruns) == experiment_of(client_of(mlruns), "toy", mlruns)


def test_what_mlflow_cannot_take_is_warned_of_and_caught_up_with(measuring):
    campaign, tracker = measuring
    tracker.sync(campaign)
    client = MlflowClient(tracking_uri=tracker.uri)
    experiment = client.get_experiment_by_name("toy").experiment_id
    client.delete_experiment(experiment)
    (one,) = campaign.ask(1)
    campaign.tell([measured(one.formulation, "peel_force", 2.0)])
    with pytest.warns(TrackingWarning, match=r"mlruns cannot be used: .*; what was to be recorded there is not lost"):
        tracker.sync(campaign)
    client.restore_experiment(experiment)
    tracker.sync(campaign)
    assert metrics(tracker, "observed_formulations") == ([(0, 0), (1, 1)], 1)


def test_a_folder_of_mlflow_that_was_moved_is_warned_of(measuring):
    campaign, tracker = measuring
    tracker.sync(campaign)
    moved = replace(tracker, mlruns=tracker.mlruns.rename(tracker.mlruns.with_name("elsewhere")))
    with pytest.warns(TrackingWarning, match=r"elsewhere was elsewhere when experiment toy began: .*mlruns/artifacts;"):
        moved.sync(campaign)


def test_corrections_and_withdrawals_count_in_what_is_tracked(measuring):
    campaign, tracker = measuring
    (one,) = campaign.ask(1)
    told = measured(one.formulation, "peel_force", 20.0)
    campaign.tell([told, measured(one.formulation, "solution_viscosity", 9.0)])
    tracker.sync(campaign)
    campaign.correct(told, reason="slip of a unit", value=2.0)
    tracker.sync(campaign)
    tracker.sync(campaign)
    # The smaller value is the newer one.
    assert metrics(tracker, "best_desirability/peel_force") == ([(1, 20.0), (1, 2.0)], 2.0)
    assert tracked_ranking(tracker)["peel_force"].tolist() == [2.0]

    campaign.withdraw(measured(one.formulation, "peel_force", 2.0), reason="the sample was spilt")
    tracker.sync(campaign)
    assert math.isnan(metrics(tracker, "best_desirability/peel_force")[1])
    assert tracked_ranking(tracker)["peel_force"].isna().all()


def test_only_rounds_that_can_have_changed_are_fitted_again(measuring, monkeypatch):
    campaign, tracker = measuring
    fitted = []
    monkeypatch.setattr("ionlink.optimize.tracking._fit_metrics", lambda _, number: fitted.append(number) or {})
    for value in (1.0, 2.0):
        (one,) = campaign.ask(1)
        campaign.tell([measured(one.formulation, "peel_force", value)])
    tracker.sync(campaign)
    campaign.tell([measured(one.formulation, "film_roughness_rq", 5.0)])
    tracker.sync(campaign)
    tracker.sync(campaign)
    assert fitted == [0, 1, 2, 2]


def test_what_breaks_a_constraint_is_not_the_best(measuring):
    campaign, _ = measuring
    for peel_force, viscosity in ((9.0, 5000.0), (2.0, 100.0)):
        (one,) = campaign.ask(1)
        campaign.tell(
            [
                measured(one.formulation, "peel_force", peel_force),
                measured(one.formulation, "solution_viscosity", viscosity),
            ]
        )
    assert round_metrics(campaign, 2)["best_desirability/peel_force"] == 2.0


def test_constraints_are_parameters_of_the_run(measuring):
    campaign, tracker = measuring
    tracker.sync(campaign)
    client = MlflowClient(tracking_uri=tracker.uri, registry_uri=tracker.uri)
    (run,) = client.search_runs([client.get_experiment_by_name("toy").experiment_id])
    assert run.data.params["constraint/solution_viscosity"] == str(campaign.aim.constraints[0])
    assert run.data.params["known_constraints"] == "solubility"


def test_metrics_of_an_empty_campaign(directory):
    campaign = Campaign.load(directory)
    assert round_metrics(campaign, 0) == {
        "observed_formulations": 0,
        "candidates_done": 0,
        "candidates_failed": 0,
        "candidates_excluded": 0,
    }


def test_a_campaign_without_tracking_has_no_tracker(tmp_path):
    create_campaign_directory(tmp_path / "toy", CONFIG)
    assert MlflowTracker.of(tmp_path / "toy") is None
