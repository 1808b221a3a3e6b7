"""Campaigns side by side in MLflow."""

from collections.abc import Mapping
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric

from ionlink.data import outcomes
from ionlink.optimize.campaign import Campaign
from ionlink.optimize.comparison import common_reference, compare
from ionlink.optimize.tracking import client_of, experiment_of, log_parameters

EXPERIMENT = "comparison of campaigns"
COMPARED_TAG = "ionlink.compared"
PARENT_TAG = "mlflow.parentRunId"
"""By this tag MLflow shows a run below another one."""


def log_comparison(campaigns: Mapping[str, Campaign], mlruns: Path) -> None:
    """One run per campaign in MLflow, below one run for all, in one experiment; metrics are over evaluations.

    The run for all has the objectives and the reference by which all are judged, each campaign's own run its seed,
    level and objectives. Comparing the same campaigns again goes on with the same runs. `mlruns` is the folder of
    MLflow's database.
    """
    table = compare(campaigns)
    client = client_of(mlruns)
    experiment = experiment_of(client, EXPERIMENT, mlruns)
    identities = {name: campaign.store.campaign_id for name, campaign in campaigns.items()}
    together = "-".join(sorted(identity[:8] for identity in identities.values()))
    parent = _run(client, experiment, " and ".join(campaigns), together, {})
    log_parameters(client, parent, _judged_by(campaigns))
    for name, rows in table.groupby("campaign", sort=False):
        child = _run(client, experiment, str(name), f"{together}/{identities[str(name)]}", {PARENT_TAG: parent})
        log_parameters(client, child, _own(campaigns[str(name)]))
        began = int(campaigns[str(name)].store.began_at.timestamp() * 1000)
        measures = [column for column in rows.columns if column not in ("campaign", "round", "evaluations")]
        points = rows.drop_duplicates("evaluations", keep="last").melt("evaluations", measures).dropna()
        metrics = [Metric(p["variable"], float(p["value"]), began, int(p["evaluations"])) for _, p in points.iterrows()]
        client.log_batch(child, metrics=metrics)
        client.update_run(child, status="FINISHED")
    client.update_run(parent, status="FINISHED")


def _judged_by(campaigns: Mapping[str, Campaign]) -> dict[str, object]:
    """Objectives of the first campaign, and the reference of the hypervolume in the outcomes' units."""
    first, reference = next(iter(campaigns.values())), common_reference(campaigns) or {}
    measured_from = {
        f"reference/{o.outcome}": " or ".join(f"{value:g}" for value in o.values_at(reference[o.outcome]))
        for o in first.objectives
        if first.aim.dimension > 1 and o.outcome in reference
    }
    return {**_wanted(first), **measured_from}


def _own(campaign: Campaign) -> dict[str, object]:
    return {"seed": campaign.seed, "level": campaign.level, **_wanted(campaign)}


def _wanted(campaign: Campaign) -> dict[str, object]:
    units = {f"unit/{o.outcome}": outcomes()[o.outcome].unit for o in campaign.objectives}
    return {**{f"objective/{o.outcome}": str(o) for o in campaign.objectives}, **units}


def _run(client: MlflowClient, experiment: str, name: str, compared: str, tags: Mapping[str, str]) -> str:
    """Id of the run with this tag, begun if there is none."""
    found = client.search_runs([experiment], f"tags.`{COMPARED_TAG}` = '{compared}'", max_results=1)
    run = found[0] if found else client.create_run(experiment, run_name=name, tags={**tags, COMPARED_TAG: compared})
    return str(run.info.run_id)
