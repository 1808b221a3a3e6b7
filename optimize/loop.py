"""The loop: ask, observe, tell, until the budget is spent. Killed at any moment, the same call goes on."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np
from pydantic import ValidationError

from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.optimize.campaign import Campaign
from ionlink.optimize.candidate import Candidate
from ionlink.optimize.config import CampaignConfig
from ionlink.optimize.costs import ExpectedCost
from ionlink.optimize.directory import (
    PROTOCOL_FACT,
    CampaignPaths,
    add_known_observations,
    campaign_of,
    open_store,
    read_config,
)
from ionlink.optimize.errors import CampaignError
from ionlink.optimize.exclusion import Pair
from ionlink.optimize.executor import Ended, Executor
from ionlink.optimize.lock import locked
from ionlink.optimize.oracle import Oracle
from ionlink.optimize.progress import Progress, Silent, Tracker
from ionlink.optimize.replicate import replicate_directory
from ionlink.optimize.replicate_batch import ReplicateBatch
from ionlink.optimize.store import Store

FEWEST_REPLICATES = 2
"""With fewer there is no standard error: the candidate has failed."""

MOST_ASKED_ABOUT = 5000
"""Of so many combinations the oracle is asked before the first round whether it can try them at all."""

FAILED_ROUNDS = 2
"""So many rounds in a row without a single success end the run."""


def run_campaign(
    directory: Path,
    oracle: Oracle,
    executor: Executor,
    progress: Progress | None = None,
    tracker: Tracker | None = None,
) -> None:
    """Run a campaign's directory until its budget is spent or a rule of `[stop]` ends it; go on where it was stopped.

    Finished replicates are reused, pending candidates are not asked for again. The budget counts all rounds that were
    ever asked for. Raises `InputError`, `Locked` while another run holds the directory, and `CampaignError`
    when the oracle's protocol is not the one the campaign began with, or everything fails.
    """
    config = read_config(directory)
    _check_fit(config, oracle)
    paths = CampaignPaths(directory)
    with locked(directory), closing(open_store(directory, config)) as store:
        _settle_protocol(store, oracle)
        add_known_observations(store, config)
        campaign = campaign_of(config, store)
        watcher = tracker or Silent()
        watcher.sync(campaign)
        for _ in _Run(paths.runs, config, campaign, oracle, executor, progress or Silent()).rounds():
            watcher.sync(campaign)


def _settle_protocol(store: Store, oracle: Oracle) -> None:
    settled = store.settle(PROTOCOL_FACT, oracle.protocol)
    if settled != oracle.protocol:
        raise CampaignError(
            f"this campaign began with protocol {settled}, the simulation now has {oracle.protocol}; "
            "results of both cannot be mixed: begin a new campaign"
        )


def _timeout_s(config: CampaignConfig) -> float | None:
    return config.simulation.timeout_s if config.simulation else None


def _check_fit(config: CampaignConfig, oracle: Oracle) -> None:
    faults = [
        f"{field}: level {oracle.level} does not observe {o.outcome}, but {', '.join(oracle.outcomes)}"
        for field, wanted in (("objectives", config.objectives), ("constraints", config.constraints))
        for o in wanted
        if o.outcome not in oracle.outcomes
    ]
    if config.level != oracle.level:
        faults.append(f"simulation.level: {config.level}, but the simulation is for level {oracle.level}")
    if oracle.replicates < FEWEST_REPLICATES:
        faults.append(f"simulation.replicates: {oracle.replicates}, at least {FEWEST_REPLICATES} are needed")
    if faults:
        raise InputError(faults)


@dataclass(frozen=True)
class _Run:
    """One call of `run_campaign`."""

    runs: Path
    config: CampaignConfig
    campaign: Campaign
    oracle: Oracle
    executor: Executor
    progress: Progress

    def rounds(self) -> Iterator[int]:
        """Run round after round; yields the number of each that is complete."""
        self._exclude_impossible_pairs()
        failed_rounds = 0
        while candidates := self._next_batch():
            self._observe(candidates)
            ids = {c.id for c in candidates}
            ended = [c for c in self.campaign.candidates if c.id in ids]
            failed_rounds = failed_rounds + 1 if all(c.status == "failed" for c in ended) else 0
            yield max(c.round for c in ended)
            if failed_rounds == FAILED_ROUNDS:
                raise CampaignError(
                    f"all candidates of {FAILED_ROUNDS} rounds in a row failed, the last because {ended[-1].reason}"
                )

    def _exclude_impossible_pairs(self) -> None:
        """Exclude what the oracle refuses whatever the ratio; of a large space it refuses single proposals instead."""
        space = self.campaign.open_space
        if len(space.combinations) > MOST_ASKED_ABOUT:
            return
        reasons: dict[Pair, str] = {}
        possible: set[Pair] = set()
        for combination in space.draw(MOST_ASKED_ABOUT, np.random.default_rng(0)):
            refused = [self.oracle.refusal(formulation) for formulation in space.ends(combination)]
            for pair in ((cation, combination.ligand) for cation in combination.cations):
                if all(refused):
                    reasons.setdefault(pair, str(refused[0]))
                else:
                    possible.add(pair)
        for cation, ligand in sorted(reasons.keys() - possible):
            self.campaign.exclude(cation, ligand, reasons[cation, ligand])
        if not self.campaign.open_space.draw(1, np.random.default_rng(0)):
            raise CampaignError(f"nothing in the space can be tried: {self.campaign.store.exclusions()[-1].reason}")

    def _next_batch(self) -> Sequence[Candidate]:
        """What is pending, else what a new round proposes, else nothing: the budget is spent, or a rule stops."""
        pending = self.campaign.pending
        if pending or len(self.campaign.store.rounds()) >= self.config.budget.rounds:
            return pending
        cost = self._expected_cost()
        stop = self.campaign.stopping(self.config.stop.rules, cost)
        if stop is not None:
            self.progress.stopped(f"{stop.rule}: {stop.reason}")
            return ()
        return self.campaign.ask(self.config.budget.batch, self.oracle.refusal, cost)

    def _expected_cost(self) -> ExpectedCost | None:
        """What a replicate takes, by the oracle's own account; infinite where it refuses. `None` if it cannot tell."""

        @cache
        def cost(formulation: Formulation) -> float | None:
            return math.inf if self.oracle.refusal(formulation) else self.oracle.expected_cost(formulation)

        space = self.campaign.open_space
        some = space.draw(MOST_ASKED_ABOUT, np.random.default_rng(0))
        known = [cost(space.ends(combination)[0]) for combination in some]
        return None if None in known else cast("ExpectedCost", cost)

    def _observe(self, candidates: Sequence[Candidate]) -> None:
        """Run what is missing of the candidates' replicates, and tell each candidate as soon as it is complete."""
        batch = _Batch(self, candidates)
        rounds = max(self.config.budget.rounds, candidates[-1].round)
        self.progress.round_started(candidates[-1].round, rounds, candidates, len(batch.replicates.tasks))
        batch.conclude_complete()
        # Closing: Ctrl-C stops the workers now, not at some collection.
        with closing(self.executor.run(batch.replicates.tasks)) as ended:
            for end in ended:
                batch.take(end)

    def conclude(self, candidate: Candidate, results: Sequence[Mapping[str, float]], failures: Sequence[str]) -> None:
        """Tell what the replicates of a candidate say, or record why it failed."""
        if len(results) < FEWEST_REPLICATES:
            self.campaign.fail(
                candidate, f"{len(results)} of {self.oracle.replicates} replicates succeeded; {failures[0]}"
            )
        else:
            try:
                self.campaign.tell(self.oracle.observations(candidate.formulation, results))
            except (InputError, ValidationError) as error:
                self.campaign.fail(candidate, f"its results are not usable: {error}")
        self.progress.candidate_ended(next(c for c in self.campaign.candidates if c.id == candidate.id))


class _Batch:
    """The candidates of a round that have not ended, and their replicates."""

    def __init__(self, run: _Run, candidates: Sequence[Candidate]) -> None:
        self.run = run
        self.open = {candidate.id: candidate for candidate in candidates}
        self.replicates: ReplicateBatch[int] = ReplicateBatch(run.oracle, _timeout_s(run.config))
        for candidate in candidates:
            for replicate in range(run.oracle.replicates):
                directory = replicate_directory(run.runs, candidate, replicate)
                self.replicates.add(candidate.id, candidate.formulation, replicate, directory)

    def take(self, ended: Ended) -> None:
        """Note the end of a replicate; concludes its candidate if it was the last."""
        key, replicate, failure = self.replicates.take(ended)
        self.run.progress.replicate_ended(self.open[key], replicate, failure.reason if failure else None)
        self.conclude_complete()

    def conclude_complete(self) -> None:
        """Conclude each open candidate whose replicates have all ended."""
        for key in list(self.open):
            if self.replicates.ended(key) == self.run.oracle.replicates:
                self.run.conclude(self.open.pop(key), self.replicates.results(key), self.replicates.failures(key))
