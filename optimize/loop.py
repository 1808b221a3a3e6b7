"""The loop: ask, observe, tell, until the budget is spent. Killed at any moment, the same call goes on."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ionlink.data.plural import counted
from ionlink.optimize.campaign import Campaign
from ionlink.optimize.candidate import Candidate
from ionlink.optimize.concluding import conclude
from ionlink.optimize.config import FEWEST_REPLICATES, CampaignConfig
from ionlink.optimize.decision import Decide
from ionlink.optimize.directory import (
    CampaignPaths,
    add_known_observations,
    campaign_of,
    open_store,
    protocol_fact,
    read_config,
)
from ionlink.optimize.errors import CampaignError
from ionlink.optimize.exclusion import Pair
from ionlink.optimize.executor import Ended, Executor, Task
from ionlink.optimize.lock import locked
from ionlink.optimize.oracle import Oracle
from ionlink.optimize.oracle_fit import check_fit
from ionlink.optimize.progress import Progress, Silent, Tracker
from ionlink.optimize.recorded_costs import MOST_ASKED_ABOUT, costs_of
from ionlink.optimize.replicate_batch import ReplicateBatch
from ionlink.optimize.replicate_plan import ReplicatePlan
from ionlink.optimize.store import Store

FAILED_ROUNDS = 2
"""So many rounds in a row without a single success end the run."""


def run_campaign(
    directory: Path,
    oracle: Oracle | Mapping[str, Oracle],
    executor: Executor,
    progress: Progress | None = None,
    tracker: Tracker | None = None,
) -> None:
    """Run a campaign's directory until its budget is spent or a rule of `[stop]` ends it; go on where it was stopped.

    Finished replicates are reused, pending candidates are not asked for again. The budget counts all rounds that were
    ever asked for. A campaign of several levels takes an oracle for each, by its name; candidates at levels that have
    none are left pending, for people. Raises `InputError`, `Locked` while another run holds the directory, and
    `CampaignError` when the oracle's protocol is not the one the campaign began with, everything fails, or the machine
    gave way so that candidates stay pending for the next call.
    """
    config = read_config(directory)
    oracles = oracle if isinstance(oracle, Mapping) else {oracle.level: oracle}
    check_fit(config, oracles)
    paths = CampaignPaths(directory)
    with locked(directory), closing(open_store(directory, config)) as store:
        for level, its in oracles.items():
            _settle_protocol(store, protocol_fact(level, config), its)
        add_known_observations(store, config)
        campaign = campaign_of(config, store)
        watcher = tracker or Silent()
        watcher.sync(campaign)
        for _ in _Run(paths.runs, config, campaign, oracles, executor, progress or Silent()).rounds():
            watcher.sync(campaign)


def _settle_protocol(store: Store, key: str, oracle: Oracle) -> None:
    settled = store.settle(key, oracle.protocol)
    if settled != oracle.protocol:
        raise CampaignError(
            f"this campaign began with protocol {settled}, the simulation now has {oracle.protocol}; "
            "results of both cannot be mixed: begin a new campaign"
        )


def _timeout_s(config: CampaignConfig) -> float | None:
    return config.simulation.timeout_s if config.simulation else None


@dataclass(frozen=True)
class _Run:
    """One call of `run_campaign`."""

    runs: Path
    config: CampaignConfig
    campaign: Campaign
    oracles: Mapping[str, Oracle]
    """By level."""

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
        space, oracle = self.campaign.open_space, self._oracle
        if oracle is None or len(space.combinations) > MOST_ASKED_ABOUT:
            return
        reasons: dict[Pair, str] = {}
        possible: set[Pair] = set()
        for combination in space.draw(MOST_ASKED_ABOUT, np.random.default_rng(0)):
            refused = [oracle.refusal(formulation) for formulation in space.ends(combination)]
            for pair in ((cation, combination.ligand) for cation in combination.cations):
                if all(refused):
                    reasons.setdefault(pair, str(refused[0]))
                else:
                    possible.add(pair)
        for cation, ligand in sorted(reasons.keys() - possible):
            self.campaign.exclude(cation, ligand, reasons[cation, ligand])
        if not self.campaign.open_space.draw(1, np.random.default_rng(0)):
            raise CampaignError(f"nothing in the space can be tried: {self.campaign.store.exclusions()[-1].reason}")

    @property
    def _oracle(self) -> Oracle | None:
        """That of the level that counts; `None` where people observe there."""
        return self.oracles.get(self.campaign.level)

    @property
    def _decide(self) -> Decide:
        simulation = self.config.simulation
        if simulation is not None and simulation.decides:
            return Decide(first=FEWEST_REPLICATES)
        return Decide(first=max(oracle.replicates for oracle in self.oracles.values()), more=0)

    def _next_batch(self) -> Sequence[Candidate]:
        """What is pending, else what a new round proposes, else nothing: the budget is spent, or a rule stops."""
        pending = [c for c in self.campaign.pending if c.level in self.oracles]
        rounds = len(self.campaign.store.rounds())
        if pending or rounds >= self.config.budget.rounds:
            return pending
        if self._only_people_can_go_on(rounds):
            return ()
        cost = costs_of(self.campaign, self.oracles, self.runs, decides=self._decide.more > 0)
        stop = self.campaign.stopping(self.config.stop.rules, cost)
        if stop is not None:
            self.progress.stopped(f"{stop.rule}: {stop.reason}")
            return ()
        refusal = self._oracle.refusal if self._oracle else None
        asked = self.campaign.ask(self.config.budget.batch, refusal, cost, self._decide)
        self._only_people_can_go_on(rounds + 1)
        return [c for c in asked if c.level in self.oracles]

    def _only_people_can_go_on(self, number: int) -> bool:
        """Whether all of a round waits for people; says so."""
        asked = [c for c in self.campaign.candidates if c.round == number and c.status != "excluded"]
        waiting = [c for c in asked if c.status == "pending" and c.level not in self.oracles]
        if not asked or len(waiting) < len(asked):
            return False
        self.progress.stopped(f"{len(waiting)} candidates wait to be observed at level {waiting[0].level} by people")
        return True

    def _observe(self, candidates: Sequence[Candidate]) -> None:
        """Run what is missing of the candidates' replicates, and tell each candidate as soon as it is complete."""
        batch = _Batch(self, candidates)
        rounds = max(self.config.budget.rounds, candidates[-1].round)
        tasks = batch.tasks
        self.progress.round_started(candidates[-1].round, rounds, candidates, len(tasks))
        batch.conclude_complete()
        # Closing: Ctrl-C stops the workers now, not at some collection.
        with closing(self.executor.run(tasks)) as ended:
            for end in ended:
                batch.take(end)
        if batch.waiting:
            raise CampaignError(batch.machine_gave_way())


class _Batch:
    """The candidates of a round that have not ended, and their replicates."""

    def __init__(self, run: _Run, candidates: Sequence[Candidate]) -> None:
        self.run = run
        self.open = {candidate.id: candidate for candidate in candidates}
        self.replicates: dict[str, ReplicateBatch[int]] = {
            level: ReplicateBatch(oracle, _timeout_s(run.config)) for level, oracle in run.oracles.items()
        }
        everything, known = run.campaign.candidates, run.campaign.level_observations()
        self.plans: dict[int, ReplicatePlan] = {}
        self.wanted: dict[int, int] = {}
        self.waiting: list[Candidate] = []
        """Those that stay pending, for the machine to be put right."""
        for candidate in candidates:
            batch = self.replicates[candidate.level]
            plan = ReplicatePlan.of(candidate, everything, known, batch.oracle.replicates)
            numbers = plan.numbers(run.runs)
            self.plans[candidate.id], self.wanted[candidate.id] = plan, len(numbers)
            for replicate in numbers:
                batch.add(candidate.id, candidate.formulation, replicate, plan.directory(run.runs, replicate))

    @property
    def tasks(self) -> list[Task]:
        """What has to run, of all levels."""
        return [task for batch in self.replicates.values() for task in batch.tasks]

    def take(self, ended: Ended) -> None:
        """Note the end of a replicate; concludes its candidate if it was the last."""
        batch = next(batch for batch in self.replicates.values() if batch.owns(ended))
        key, replicate, failure = batch.take(ended)
        self.run.progress.replicate_ended(self.open[key], replicate, failure.reason if failure else None)
        self.conclude_complete()

    def conclude_complete(self) -> None:
        """Conclude each open candidate whose replicates have all ended."""
        for key, candidate in list(self.open.items()):
            batch = self.replicates[candidate.level]
            if batch.ended(key) == self.wanted[key]:
                del self.open[key]
                concluded = conclude(self.run.campaign, candidate, self.plans[key], batch)
                if concluded.status == "pending":
                    self.waiting.append(concluded)
                else:
                    self.run.progress.candidate_ended(concluded)

    def machine_gave_way(self) -> str:
        """What keeps candidates waiting, and the ways out."""
        first = self.waiting[0]
        reason = self.replicates[first.level].passing_failure(first.id)
        return (
            f"{counted(len(self.waiting), 'candidate')} could not be simulated because the machine gave way, and "
            f"stay pending: {first.formulation}, {reason}; put that right, then the same command goes on"
        )
