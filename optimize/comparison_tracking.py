"""Campaigns side by side in MLflow."""

from collections.abc import Mapping
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric

from ionlink.optimize.campaign import Campaign
from ionlink.optimize.comparison import compare
from ionlink.optimize.tracking import client_of, experiment_of

EXPERIMENT = "comparison of campaigns"
COMPARED_TAG = "ionlink.compared"
PARENT_TAG = "mlflow.parentRunId"
"""By this tag MLflow shows a run below another one."""


def log_comparison(campaigns: Mapping[str, Campaign], mlruns: Path) -> None:
    """One run per campaign in MLflow, below one run for all, in one experiment; metrics are over evaluations.

    Comparing the same campaigns again goes on with the same runs. `mlruns` is the folder of MLflow's database.
    """
    table = compare(campaigns)
    client = client_of(mlruns)
    experiment = experiment_of(client, EXPERIMENT, mlruns)
    identities = {name: campaign.store.campaign_id for name, campaign in campaigns.items()}
    together = "-".join(sorted(identity[:8] for identity in identities.values()))
    parent = _run(client, experiment, " and ".join(campaigns), together, {})
    for name, rows in table.groupby("campaign", sort=False):
        child = _run(client, experiment, str(name), f"{together}/{identities[str(name)]}", {PARENT_TAG: parent})
        began = int(campaigns[str(name)].store.began_at.timestamp() * 1000)
        measures = [column for column in rows.columns if column not in ("campaign", "round", "evaluations")]
        points = rows.drop_duplicates("evaluations", keep="last").melt("evaluations", measures).dropna()
        metrics = [Metric(p["variable"], float(p["value"]), began, int(p["evaluations"])) for _, p in points.iterrows()]
        client.log_batch(child, metrics=metrics)
        client.update_run(child, status="FINISHED")
    client.update_run(parent, status="FINISHED")


def _run(client: MlflowClient, experiment: str, name: str, compared: str, tags: Mapping[str, str]) -> str:
    """Id of the run with this tag, begun if there is none."""
    found = client.search_runs([experiment], f"tags.`{COMPARED_TAG}` = '{compared}'", max_results=1)
    run = found[0] if found else client.create_run(experiment, run_name=name, tags={**tags, COMPARED_TAG: compared})
    return str(run.info.run_id)
