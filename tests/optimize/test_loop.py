import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from toy_campaigns import CONFIG, SameProcess
from trying_oracles import DyingOracle, NotingOracle

from ionlink.data import InputError
from ionlink.optimize import Campaign, CampaignError, LocalExecutor, Locked, create_campaign_directory, run_campaign
from ionlink.optimize.closed_form import ClosedFormOracle
from ionlink.optimize.executor import Ended
from ionlink.optimize.lock import locked

DRIVE = Path(__file__).parent / "support" / "drive.py"


@pytest.fixture
def directory(tmp_path):
    create_campaign_directory(tmp_path / "toy", CONFIG)
    return tmp_path / "toy"


def starts_and_ends(notes):
    files = (notes / "starts", notes / "ends")
    return [Counter(file.read_text().splitlines()) if file.exists() else Counter() for file in files]


class Watcher:
    """Notes what the loop reports."""

    def __init__(self):
        self.rounds, self.replicates, self.candidates, self.reasons = [], [], [], []

    def round_started(self, number, rounds, candidates, replicates):
        self.rounds.append((number, rounds, len(candidates), replicates))

    def replicate_ended(self, candidate, replicate, failure):
        self.replicates.append((candidate.id, replicate, failure))

    def candidate_ended(self, candidate):
        self.candidates.append((candidate.id, candidate.status))

    def stopped(self, reason):
        self.reasons.append(reason)


def test_the_budget_is_spent_by_real_workers(directory, tmp_path):
    watcher = Watcher()
    run_campaign(directory, NotingOracle(notes=tmp_path, refused_cations=("Ti4+",)), LocalExecutor(2), watcher)
    campaign = Campaign.load(directory)
    assert [c.status for c in campaign.candidates] == ["done"] * 4
    assert {(e.cation, e.ligand) for e in campaign.store.exclusions()} == {("Ti4+", "PAA"), ("Ti4+", "alginate")}
    assert len(campaign.observations()) == 4 * 3
    assert all(o.replicates == 3 and o.standard_error > 0 for o in campaign.observations())
    assert watcher.rounds == [(1, 2, 2, 6), (2, 2, 2, 6)]
    assert Counter(f for *_, f in watcher.replicates) == {None: 12}
    starts, ends = starts_and_ends(tmp_path)
    assert len(starts) == 12
    assert starts == ends
    record = json.loads(next(directory.glob("runs/0001-*/replicate-0/result.json")).read_text())
    assert record["protocol"] == ClosedFormOracle().protocol
    assert record["level"] == "closed-form"


def test_a_spent_budget_stays_spent_and_a_raised_one_goes_on(directory, tmp_path):
    oracle = NotingOracle(notes=tmp_path)
    run_campaign(directory, oracle, SameProcess())
    before, _ = starts_and_ends(tmp_path)
    run_campaign(directory, oracle, SameProcess())
    assert starts_and_ends(tmp_path)[0] == before
    (directory / "campaign.toml").write_text(CONFIG.replace("rounds = 2", "rounds = 3"))
    run_campaign(directory, oracle, SameProcess())
    assert sum(starts_and_ends(tmp_path)[0].values()) == 18


def test_a_rule_ends_the_run_with_its_reason_before_the_rounds_are_spent(directory):
    text = CONFIG.replace("rounds = 2", "rounds = 5") + "[stop]\nbudget = { evaluations = 4 }\n"
    (directory / "campaign.toml").write_text(text)
    watcher = Watcher()
    run_campaign(directory, ClosedFormOracle(), SameProcess(), watcher)
    assert len(Campaign.load(directory).store.rounds()) == 2
    assert watcher.reasons == ["budget: spent are 4 of 4 evaluations"]
    run_campaign(directory, ClosedFormOracle(), SameProcess(), watcher)  # nothing more is asked for
    assert len(Campaign.load(directory).candidates) == 4


def wait_for(condition, process, seconds=300.0):
    """Until it comes to pass; the process does not outlive a test that fails here."""
    deadline = time.monotonic() + seconds
    try:
        while not condition():
            assert process.poll() is None, "the driver died"
            assert time.monotonic() < deadline, "it did not come to pass"
            time.sleep(0.02)
    except BaseException:
        process.kill()
        process.wait()
        raise


@pytest.mark.parametrize("finished", [1, 8])
def test_kill_minus_nine_loses_nothing_and_repeats_nothing(directory, tmp_path, finished):
    """Killed in the middle of a replicate, early and late; then the same command goes on to the end."""
    command = [sys.executable, DRIVE, directory, tmp_path]
    driver = subprocess.Popen([*command, str(finished)])

    def results():
        return sorted(directory.glob("runs/*/replicate-*/result.json"))

    def hangs():
        starts, ends = (sum(counts.values()) for counts in starts_and_ends(tmp_path))
        return starts == ends + 2 and len(results()) == ends >= finished

    wait_for(hangs, driver)
    os.kill(driver.pid, signal.SIGKILL)
    driver.wait()
    time.sleep(0.5)  # the workers notice
    before, contents = results(), [file.read_bytes() for file in results()]
    kept = {(c.id, c.formulation) for c in Campaign.load(directory).candidates}

    subprocess.run([*command, "1000"], check=True, timeout=120)

    campaign = Campaign.load(directory)
    assert [c.status for c in campaign.candidates] == ["done"] * 4
    assert kept <= {(c.id, c.formulation) for c in campaign.candidates}
    assert [file.read_bytes() for file in before] == contents
    starts, ends = starts_and_ends(tmp_path)
    assert sum(starts.values()) > 12  # the kill did hit a replicate
    assert set(ends.values()) == {1}
    assert len(ends) == 12
    assert len(campaign.observations()) == 12
    assert len({(o.formulation, o.outcome) for o in campaign.observations()}) == 12


def test_the_result_does_not_depend_on_the_kill(directory, tmp_path):
    """A run that is told finished replicates has the store of a run that was never stopped."""
    create_campaign_directory(tmp_path / "twin", CONFIG)
    oracle = ClosedFormOracle()
    run_campaign(tmp_path / "twin", oracle, SameProcess())

    class Interrupted(SameProcess):
        def run(self, tasks):
            for number, ended in enumerate(super().run(tasks)):
                if number == 4:
                    raise KeyboardInterrupt
                yield ended

    with pytest.raises(KeyboardInterrupt):
        run_campaign(directory, oracle, Interrupted())
    assert len(Campaign.load(directory).pending) == 1
    run_campaign(directory, oracle, SameProcess())
    one, other = Campaign.load(directory), Campaign.load(tmp_path / "twin")
    assert one.candidates == other.candidates
    assert one.store.observations() == other.store.observations()


def test_one_dead_replicate_of_three_is_survived(directory):
    run_campaign(directory, DyingOracle(killed=(1,)), LocalExecutor(2))
    campaign = Campaign.load(directory)
    assert [c.status for c in campaign.candidates] == ["done"] * 4
    assert {o.replicates for o in campaign.observations()} == {2}


def test_two_dead_replicates_fail_the_candidate_and_two_such_rounds_end_the_run(directory):
    (directory / "campaign.toml").write_text(CONFIG.replace("rounds = 2", "rounds = 5"))
    watcher = Watcher()
    with pytest.raises(CampaignError, match=r"all candidates of 2 rounds in a row failed.*the box exploded"):
        run_campaign(directory, DyingOracle(raising=(0, 2)), SameProcess(), watcher)
    campaign = Campaign.load(directory)
    assert [c.status for c in campaign.candidates] == ["failed"] * 4
    assert campaign.candidates[0].reason.startswith("1 of 3 replicates succeeded; replicate 0: ")
    assert campaign.observations() == ()
    assert watcher.candidates == [(k, "failed") for k in (1, 2, 3, 4)]
    run_campaign(directory, DyingOracle(), SameProcess())  # what was wrong is put right: it goes on
    assert Counter(c.status for c in Campaign.load(directory).candidates) == {"failed": 4, "done": 6}


def test_a_full_disk_ends_the_run_and_costs_no_candidate(directory):
    """The machine is put right, and the same command goes on with the very candidates."""
    full = [True]

    class Filling(ClosedFormOracle):
        def run_replicate(self, formulation, replicate, directory):
            if full[0] and replicate:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().run_replicate(formulation, replicate, directory)

    class Catching(SameProcess):
        def run(self, tasks):
            for task in tasks:
                try:
                    yield Ended(task, task.function(*task.arguments), None)
                except OSError as error:
                    yield Ended(task, None, str(error))

    watcher = Watcher()
    with pytest.raises(CampaignError, match=r"2 candidates .*machine gave way.*replicate 1: OSError: .*No space left"):
        run_campaign(directory, Filling(), Catching(), watcher)
    asked = Campaign.load(directory).pending
    assert len(asked) == 2
    assert watcher.candidates == []
    full[0] = False
    run_campaign(directory, Filling(), Catching())
    after = Campaign.load(directory).candidates
    assert [c.status for c in after] == ["done"] * 4
    assert [c.formulation for c in after[:2]] == [c.formulation for c in asked]


def test_what_was_killed_can_be_tried_again_and_what_ran_to_its_end_is_kept(directory):
    (directory / "campaign.toml").write_text(CONFIG.replace("rounds = 2", "rounds = 1"))
    run_campaign(directory, DyingOracle(killed=(1, 2)), LocalExecutor(2))
    campaign = Campaign.load(directory)
    assert [(c.status, c.failure_of) for c in campaign.candidates] == [("failed", "machine")] * 2
    assert [c.id for c in campaign.retry()] == [1, 2]
    assert [(c.id, c.reason, c.failure_of) for c in campaign.pending] == [(1, None, None), (2, None, None)]
    watcher = Watcher()
    run_campaign(directory, ClosedFormOracle(), SameProcess(), watcher)
    assert [c.status for c in Campaign.load(directory).candidates] == ["done"] * 2
    assert {o.replicates for o in Campaign.load(directory).observations()} == {3}
    assert len(watcher.replicates) == 4, "one of three was finished"


def test_only_what_failed_is_tried_again_and_by_itself_only_what_says_nothing_of_the_formulation(directory):
    campaign = Campaign.load(directory)
    one, two, three = campaign.ask(3)
    campaign.fail(one, "it gelled")
    with pytest.raises(InputError, match="nothing failed in a way that says nothing of the formulation"):
        campaign.retry()
    campaign.fail(two, "spilt", of_formulation=False)
    for ids, message in (((two.id, three.id), "3 is pending; only what failed can be"), ((9,), "9 is not there")):
        with pytest.raises(InputError, match=message):
            campaign.retry(*ids)
    assert [c.status for c in campaign.candidates] == ["failed", "failed", "pending"], "all of it or nothing"
    assert [c.id for c in campaign.retry()] == [two.id]
    assert [c.id for c in campaign.retry(one.id)] == [one.id]
    assert [c.status for c in campaign.candidates] == ["pending"] * 3


def test_a_second_run_on_the_same_directory_is_refused(directory):
    with locked(directory), pytest.raises(Locked, match="another process works in"):
        run_campaign(directory, ClosedFormOracle(), SameProcess())
    assert Campaign.load(directory).candidates == ()


def test_another_protocol_cannot_continue_a_campaign(directory):
    run_campaign(directory, ClosedFormOracle(), SameProcess())
    with pytest.raises(CampaignError, match="began with protocol"):
        run_campaign(directory, ClosedFormOracle(noise=2.0), SameProcess())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CONFIG.replace("coulomb_spread", "peel_force"), "does not observe peel_force"),
        (CONFIG.replace('"closed-form"', '"screen"'), "simulation.level"),
    ],
)
def test_an_oracle_must_fit_the_campaign(directory, text, message):
    (directory / "campaign.toml").write_text(text)
    with pytest.raises(InputError, match=message):
        run_campaign(directory, ClosedFormOracle(), SameProcess())


def test_nothing_possible_ends_with_the_reason(directory):
    oracle = ClosedFormOracle(refused_cations=("Mg2+", "Fe3+", "Zr4+", "Ti4+"))
    with pytest.raises(CampaignError, match="no formula for"):
        run_campaign(directory, oracle, SameProcess())


def test_unusable_results_fail_the_candidate(directory):
    @dataclass(frozen=True)
    class Impossible(ClosedFormOracle):
        def observations(self, formulation, replicates):
            first, *others = super().observations(formulation, replicates)
            return [first.model_copy(update={"value": -1.0}), *others]

    with pytest.raises(CampaignError, match="the smallest possible"):
        run_campaign(directory, Impossible(), SameProcess())
    assert Campaign.load(directory).observations() == ()


def test_each_complete_round_is_tracked(directory):
    seen = []

    class Tracker:
        def sync(self, campaign):
            seen.append((len(campaign.store.rounds()), len(campaign.pending)))

    run_campaign(directory, replace(ClosedFormOracle(), replicates=2), SameProcess(), tracker=Tracker())
    assert seen == [(0, 0), (1, 0), (2, 0)]


@pytest.mark.parametrize(("limit", "allowed_s"), [("", None), ("timeout_h = 0.5", 1800)])
def test_the_time_limit_of_the_declaration_reaches_every_replicate(tmp_path, limit, allowed_s):
    seen = []

    class Looking(SameProcess):
        def run(self, tasks):
            seen.extend(task.timeout_s for task in tasks)
            return super().run(tasks)

    create_campaign_directory(tmp_path / "toy", CONFIG.replace("workers = 2", f"workers = 2\n{limit}"))
    run_campaign(tmp_path / "toy", ClosedFormOracle(), Looking())
    assert seen == [allowed_s] * 12


@pytest.mark.parametrize(("cost_per_ratio", "counted"), [(None, False), (2.0, True)])
def test_what_a_replicate_costs_counts_where_the_oracle_can_tell(tmp_path, cost_per_ratio, counted):
    config = CONFIG.replace("rounds = 2\nbatch = 2", "rounds = 2\nbatch = 6")
    create_campaign_directory(tmp_path / "toy", config)
    run_campaign(tmp_path / "toy", ClosedFormOracle(cost_per_ratio=cost_per_ratio), SameProcess())
    rounds = Campaign.load(tmp_path / "toy").store.rounds()
    assert len(rounds) == 2
    for modelled in rounds:  # what another protocol knows is enough for the first
        assert modelled.method.endswith("per cost") is counted
