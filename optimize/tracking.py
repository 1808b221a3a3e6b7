"""A campaign in MLflow: one experiment with one run, in a SQLite file; only the driver's process logs."""

import hashlib
import math
import os
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

from ionlink.models.errors import FitFailed
from ionlink.models.registry import database_uri, register
from ionlink.models.validation import model_fit
from ionlink.optimize.campaign import Campaign
from ionlink.optimize.config import CampaignConfig
from ionlink.optimize.directory import read_config
from ionlink.optimize.lock import changing
from ionlink.optimize.queries import in_force
from ionlink.optimize.standing import standing
from ionlink.optimize.store import Round
from ionlink.optimize.tables import candidate_table, observation_table
from ionlink.optimize.tracking_trouble import only_warning, warn_if_moved

CAMPAIGN_TAG = "ionlink.campaign"
ROUNDS_TAG = "ionlink.rounds_logged"
OBSERVED_TAG = "ionlink.observed_in_rounds_logged"
TABLES_TAG = "ionlink.tables_logged"
SURROGATE_TAG = "ionlink.observations_registered"
OF_STANDING = ("best_desirability/", "candidates_", "hypervolume", "observed_formulations")
OF_FIT = "loo_"
"""How metrics of rounds begin; the run has others, of the registered surrogate."""

PATIENCE_S = 120.0
"""How long one process waits for another that makes MLflow's database, which takes ten seconds on an idle machine."""

LONGEST_PARAMETER = 6000
"""Characters that MLflow stores."""


@dataclass(frozen=True)
class MlflowTracker:
    """Records parameters, metrics per round, tables, plots and the surrogate of a campaign.

    What is logged already is not logged again, unless it changed: the run is found by a tag with the campaign's id,
    and metrics by the number of their round. So it can be called at any time, also after a kill.
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
        """Log metrics of complete rounds, tables as they stand and the surrogate, where what is known changed.

        Where MLflow fails a `TrackingWarning` says so, and the next call catches up.
        """
        with only_warning(self.mlruns):
            self._sync(campaign)

    def log_files(self, campaign: Campaign, files: Sequence[Path]) -> None:
        """Attach plots or a report to the run; a file of the same name is replaced. Fails as `sync`."""
        with only_warning(self.mlruns):
            run_id = self._run_id(campaign)
            for file in files:
                self._client.log_artifact(run_id, str(file), "report")

    def _sync(self, campaign: Campaign) -> None:
        run_id = self._run_id(campaign)
        self._log_parameters(run_id, campaign)
        tables = _tables(campaign)
        state = _digest(table.to_csv(index=False) for table in tables.values())
        if self._tags(run_id).get(TABLES_TAG) != state:
            self._log_rounds(run_id, campaign)
            self._log_tables(run_id, tables)
            self._register(run_id, campaign)
            self._client.set_tag(run_id, TABLES_TAG, state)
        self._set_status(run_id, campaign)

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

    def _log_rounds(self, run_id: str, campaign: Campaign) -> None:
        """Metrics of complete rounds that are new or changed.

        A model is fitted only of rounds whose observations may have changed since: new ones, and the last one that was
        logged. What is learned once another round was asked for is of that one.
        """
        tags, logged = self._tags(run_id), self._logged(run_id)
        last, observed = int(tags.get(ROUNDS_TAG, "-1")), tags.get(OBSERVED_TAG)
        for number in _complete_rounds(campaign):
            state = _observed(campaign, number)
            fits = number > last or (number == last and state != observed)
            owned = (*OF_STANDING, OF_FIT) if fits else OF_STANDING
            values: dict[str, float | None] = dict.fromkeys(
                name for name, step in logged if step == number and name.startswith(owned)
            )
            values |= round_metrics(campaign, number, with_fit=fits)
            done = [RunTag(ROUNDS_TAG, str(number)), RunTag(OBSERVED_TAG, state)] if number >= last else []
            self._client.log_batch(run_id, list(_changed(campaign, number, values, logged)), tags=done)

    def _logged(self, run_id: str) -> dict[tuple[str, int], Metric]:
        """Of each metric of rounds, and round, what counts, which is what was logged last."""
        names = [name for name in self._client.get_run(run_id).data.metrics if name.startswith((*OF_STANDING, OF_FIT))]
        history = [metric for name in names for metric in self._client.get_metric_history(run_id, name)]
        return {(m.key, m.step): m for m in sorted(history, key=lambda metric: metric.timestamp)}

    def _set_status(self, run_id: str, campaign: Campaign) -> None:
        spent = len(campaign.store.rounds()) >= self.config.budget.rounds and not campaign.pending
        self._client.update_run(run_id, status="FINISHED" if spent else "RUNNING")

    def _log_tables(self, run_id: str, tables: Mapping[str, pd.DataFrame]) -> None:
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
    return database_uri(mlruns / "mlflow.db")


def client_of(mlruns: Path) -> MlflowClient:
    """A client on the folder, which is made if it is missing.

    The first one makes the database, which takes some ten seconds; others that begin meanwhile wait for it.
    """
    with _alone(mlruns):
        return MlflowClient(tracking_uri=uri_of(mlruns), registry_uri=uri_of(mlruns))


def experiment_of(client: MlflowClient, name: str, mlruns: Path) -> str:
    """Id of the experiment of that name, begun if there is none."""
    with _alone(mlruns):
        found = client.get_experiment_by_name(name)
        if found is None:
            return str(client.create_experiment(name, artifact_location=(mlruns / "artifacts").absolute().as_uri()))
    warn_if_moved(found, mlruns)
    return str(found.experiment_id)


def _alone(mlruns: Path) -> AbstractContextManager[None]:
    """While no other process makes a database or an experiment there; not within itself."""
    return changing(mlruns / "mlflow.db", PATIENCE_S)


def log_parameters(client: MlflowClient, run_id: str, given: Mapping[str, object]) -> None:
    """Log parameters once; MLflow keeps them fixed, so what changed later becomes a tag. Cut to MLflow's limit."""
    logged = client.get_run(run_id).data.params
    texts = {key: str(value)[:LONGEST_PARAMETER] for key, value in given.items()}
    new = [Param(key, text) for key, text in texts.items() if key not in logged]
    changed = [RunTag(f"changed.{key}", texts[key]) for key in logged if texts.get(key, logged[key]) != logged[key]]
    client.log_batch(run_id, params=new, tags=changed)


def round_metrics(campaign: Campaign, number: int, *, with_fit: bool = True) -> dict[str, float]:
    """Metrics after round `number` (0 for the initial data).

    Per objective `best_desirability/<outcome>`, of what is known to hold all constraints; hypervolume; `with_fit` also
    per outcome of the surrogate `loo_q2/<outcome>`, `loo_rmse/<outcome>` and `loo_coverage/<outcome>`;
    observed_formulations, candidates_done, candidates_failed and candidates_excluded. What cannot be said yet is left
    out.
    """
    return _standing_metrics(campaign, number) | (_fit_metrics(campaign, number) if with_fit else {})


def _standing_metrics(campaign: Campaign, number: int) -> dict[str, float]:
    candidates = [c for c in campaign.candidates if c.round <= number]
    frame = standing(campaign.joined_observations(number), campaign.aim)
    metrics: dict[str, float] = {"observed_formulations": len(frame)}
    metrics |= {f"candidates_{s}": sum(c.status == s for c in candidates) for s in ("done", "failed", "excluded")}
    for objective in campaign.objectives:
        values = frame.loc[frame["feasible"], f"{objective.outcome}_desirability"].dropna()
        if len(values):
            metrics[f"best_desirability/{objective.outcome}"] = float(values.max())
    hypervolume = campaign.hypervolume(number)
    return metrics if hypervolume is None else {**metrics, "hypervolume": hypervolume}


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


def _changed(
    campaign: Campaign, number: int, values: Mapping[str, float | None], logged: Mapping[tuple[str, int], Metric]
) -> Iterator[Metric]:
    """Metrics of a round that say something else than what was logged; NaN for what cannot be said any more.

    Of several at one step MLflow counts the latest, so a change is later than what it changes.
    """
    for name, value in values.items():
        before = logged.get((name, number))
        if before is None and value is not None:
            yield Metric(name, value, _when(campaign, number), number)
        elif before is not None and not _equal(before.value, now := math.nan if value is None else value):
            yield Metric(name, now, max(int(1000 * time.time()), before.timestamp + 1), number)


def _observed(campaign: Campaign, number: int) -> str:
    """Differs where other observations were in force before round `number + 1` was asked for."""
    return _digest(str(record.id) for record in in_force(campaign.history(), number))


def _tables(campaign: Campaign) -> dict[str, pd.DataFrame]:
    return {
        "candidates": candidate_table(campaign),
        "observations": observation_table(campaign),
        "ranking": campaign.ranking(),
    }


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def _equal(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))


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
        **{f"constraint/{c.outcome}": str(c) for c in config.constraints},
        **({"known_constraints": ", ".join(map(str, config.space.constraints))} if config.space.constraints else {}),
    }


def _displayable(table: pd.DataFrame) -> dict[str, object]:
    """The form in which MLflow's interface shows a table."""
    text = table.astype(object).where(table.notna(), None)
    return {"columns": list(table.columns), "data": text.to_numpy().tolist()}
