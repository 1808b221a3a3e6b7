"""A campaign in MLflow: one experiment with one run, in a SQLite file; only the driver's process logs."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

from ionlink.models.errors import FitFailed
from ionlink.models.registry import register
from ionlink.models.validation import model_fit
from ionlink.optimize.campaign import Campaign
from ionlink.optimize.config import CampaignConfig
from ionlink.optimize.directory import read_config
from ionlink.optimize.standing import standing
from ionlink.optimize.store import Round
from ionlink.optimize.tables import candidate_table, observation_table

CAMPAIGN_TAG = "ionlink.campaign"
ROUNDS_TAG = "ionlink.rounds_logged"
SURROGATE_TAG = "ionlink.observations_registered"
LONGEST_PARAMETER = 6000
"""Characters that MLflow stores."""


@dataclass(frozen=True)
class MlflowTracker:
    """Records parameters, metrics per round, tables, plots and the surrogate of a campaign.

    What is logged already is not logged again: the run is found by a tag with the campaign's id, and rounds by
    their number. So it can be called at any time, also after a kill.
    """

    mlruns: Path
    """Folder of `mlflow.db` and `artifacts`; made if it is missing."""

    config: CampaignConfig

    @classmethod
    def of(cls, directory: Path) -> "MlflowTracker | None":
        """As the campaign in `directory` declares; `None` where it declares no tracking."""
        config = read_config(directory)
        if config.tracking is None:
            return None
        return cls(Path(os.path.normpath(directory.absolute() / config.tracking.mlruns)), config)

    @property
    def uri(self) -> str:
        """MLflow's tracking URI, such as for `mlflow ui --backend-store-uri`."""
        return uri_of(self.mlruns)

    def sync(self, campaign: Campaign) -> None:
        """Log every complete round that is not logged yet, then tables as they stand, and the surrogate."""
        run_id = self._run_id(campaign)
        self._log_parameters(run_id, campaign)
        logged = int(self._tags(run_id).get(ROUNDS_TAG, "-1"))
        complete = [number for number in _complete_rounds(campaign) if number > logged]
        for number in complete:
            self._log_round(run_id, campaign, number)
        if complete:
            self._log_tables(run_id, campaign)
            self._register(run_id, campaign)
        self._set_status(run_id, campaign)

    def log_files(self, campaign: Campaign, files: Sequence[Path]) -> None:
        """Attach plots or a report to the run; a file of the same name is replaced."""
        run_id = self._run_id(campaign)
        for file in files:
            self._client.log_artifact(run_id, str(file), "report")

    @cached_property
    def _client(self) -> MlflowClient:
        return client_of(self.mlruns)

    def _run_id(self, campaign: Campaign) -> str:
        """The campaign's run, begun if there is none."""
        identity = campaign.store.campaign_id
        experiment = experiment_of(self._client, self.config.campaign.name, self.mlruns)
        found = self._client.search_runs([experiment], f"tags.`{CAMPAIGN_TAG}` = '{identity}'", max_results=1)
        if found:
            return str(found[0].info.run_id)
        name = f"{self.config.campaign.name}-{identity[:8]}"
        return str(self._client.create_run(experiment, run_name=name, tags={CAMPAIGN_TAG: identity}).info.run_id)

    def _tags(self, run_id: str) -> Mapping[str, str]:
        tags: Mapping[str, str] = self._client.get_run(run_id).data.tags
        return tags

    def _log_parameters(self, run_id: str, campaign: Campaign) -> None:
        log_parameters(self._client, run_id, _parameters(self.config, campaign))

    def _log_round(self, run_id: str, campaign: Campaign, number: int) -> None:
        metrics = [
            Metric(name, value, _when(campaign, number), number)
            for name, value in round_metrics(campaign, number).items()
        ]
        # The reference point of the hypervolume is inferred in a later round than the first: earlier rounds get
        # theirs then. MLflow ignores a metric that repeats value, step and time.
        reached = {earlier: campaign.hypervolume(earlier) for earlier in range(number + 1)}
        metrics += [Metric("hypervolume", v, _when(campaign, k), k) for k, v in reached.items() if v is not None]
        self._client.log_batch(run_id, metrics=metrics, tags=[RunTag(ROUNDS_TAG, str(number))])

    def _set_status(self, run_id: str, campaign: Campaign) -> None:
        spent = len(campaign.store.rounds()) >= self.config.budget.rounds and not campaign.pending
        self._client.update_run(run_id, status="FINISHED" if spent else "RUNNING")

    def _log_tables(self, run_id: str, campaign: Campaign) -> None:
        tables = {
            "candidates": candidate_table(campaign),
            "observations": observation_table(campaign),
            "ranking": campaign.ranking(),
        }
        with tempfile.TemporaryDirectory() as scratch:
            for name, table in tables.items():
                file = Path(scratch) / f"{name}.csv"
                table.to_csv(file, index=False)
                self._client.log_artifact(run_id, str(file), "tables")
        for name, table in tables.items():
            self._client.log_dict(run_id, _displayable(table), f"tables/{name}.json")

    def _register(self, run_id: str, campaign: Campaign) -> None:
        history = campaign.history()
        gone = sum(record.withdrawn for record in history)
        count = str(len(history) + gone)  # a correction adds to it as well
        if self._tags(run_id).get(SURROGATE_TAG) == count:
            return
        try:
            surrogate = campaign.surrogate()
        except FitFailed as failure:
            self._client.set_tag(run_id, "ionlink.no_surrogate", str(failure))
            return
        register(surrogate, self.config.campaign.name, self._client, run_id)
        self._client.set_tag(run_id, SURROGATE_TAG, count)


def uri_of(mlruns: Path) -> str:
    """MLflow's tracking URI of a folder."""
    return f"sqlite:///{mlruns / 'mlflow.db'}"


def client_of(mlruns: Path) -> MlflowClient:
    """A client on the folder, which is made if it is missing."""
    mlruns.mkdir(parents=True, exist_ok=True)
    return MlflowClient(tracking_uri=uri_of(mlruns), registry_uri=uri_of(mlruns))


def experiment_of(client: MlflowClient, name: str, mlruns: Path) -> str:
    """Id of the experiment of that name, begun if there is none."""
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    return str(client.create_experiment(name, artifact_location=(mlruns / "artifacts").absolute().as_uri()))


def log_parameters(client: MlflowClient, run_id: str, given: Mapping[str, object]) -> None:
    """Log parameters once; MLflow keeps them fixed, so what changed later becomes a tag. Cut to MLflow's limit."""
    logged = client.get_run(run_id).data.params
    texts = {key: str(value)[:LONGEST_PARAMETER] for key, value in given.items()}
    new = [Param(key, text) for key, text in texts.items() if key not in logged]
    changed = [RunTag(f"changed.{key}", texts[key]) for key in logged if texts.get(key, logged[key]) != logged[key]]
    client.log_batch(run_id, params=new, tags=changed)


def round_metrics(campaign: Campaign, number: int) -> dict[str, float]:
    """Metrics after round `number` (0 for the initial data).

    Per objective `best_desirability/<outcome>`; per outcome of the surrogate `loo_q2/<outcome>`,
    `loo_rmse/<outcome>` and `loo_coverage/<outcome>`; observed_formulations, candidates_done, candidates_failed
    and candidates_excluded. What cannot be said yet is left out.
    """
    candidates = [c for c in campaign.candidates if c.round <= number]
    frame = standing(campaign.joined_observations(number), campaign.aim)
    metrics: dict[str, float] = {"observed_formulations": len(frame)}
    metrics |= {f"candidates_{s}": sum(c.status == s for c in candidates) for s in ("done", "failed", "excluded")}
    for objective in campaign.objectives:
        values = frame[f"{objective.outcome}_desirability"].dropna()
        if len(values):
            metrics[f"best_desirability/{objective.outcome}"] = float(values.max())
    return metrics | _fit_metrics(campaign, number)


def _fit_metrics(campaign: Campaign, number: int) -> dict[str, float]:
    try:
        quality = model_fit(campaign.surrogate(until_round=number))
    except FitFailed:  # too little is known as yet; the round has no metrics of a model
        return {}
    return {
        f"loo_{measure}/{row['outcome']}": float(row[measure])
        for row in quality.to_dict("records")
        for measure in ("q2", "rmse", "coverage")
    }


def _complete_rounds(campaign: Campaign) -> Iterator[int]:
    """0 for the initial data, then each round that has no pending candidates any more, in order, without gaps."""
    waiting = {c.round for c in campaign.pending}
    for number in range(len(campaign.store.rounds()) + 1):
        if number in waiting:
            return
        yield number


def _when(campaign: Campaign, number: int) -> int:
    """Milliseconds since 1970: the same for a round whenever it is logged, so that MLflow sees a repetition."""
    rounds: Sequence[Round] = campaign.store.rounds()
    moment = rounds[number - 1].asked_at if number else campaign.store.began_at
    return int(moment.timestamp() * 1000)


def _parameters(config: CampaignConfig, campaign: Campaign) -> dict[str, object]:
    """What the campaign was told before it began."""
    return {
        "seed": config.campaign.seed,
        "cations": ", ".join(config.space.cations),
        "ligands": ", ".join(config.space.ligands),
        **{f"{v.name}_{end}": getattr(v, end) for v in config.space.variables for end in ("lower", "upper")},
        "rounds": config.budget.rounds,
        "batch": config.budget.batch,
        "level": campaign.level,
        "protocol": campaign.protocol or "none",
        **({"replicates": config.simulation.replicates} if config.simulation else {}),
        **{f"objective/{o.outcome}": str(o) for o in config.objectives},
    }


def _displayable(table: pd.DataFrame) -> dict[str, object]:
    """The form in which MLflow's interface shows a table."""
    text = table.astype(object).where(table.notna(), None)
    return {"columns": list(table.columns), "data": text.to_numpy().tolist()}
