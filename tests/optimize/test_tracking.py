import json
from pathlib import Path

import pandas as pd
import pytest
from mlflow import MlflowClient
from toy_campaigns import CONFIG, SameProcess

from ionlink.optimize import Campaign, create_campaign_directory, run_campaign
from ionlink.optimize.closed_form import ClosedFormOracle
from ionlink.optimize.tracking import MlflowTracker, round_metrics

TRACKED = CONFIG.replace("rounds = 2", "rounds = 4") + '\n[tracking]\nmlruns = "../mlruns"\n'


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
