from dataclasses import dataclass

import pytest
from toy_campaigns import CONFIG, SameProcess

from ionlink.data import InputError
from ionlink.optimize import Campaign, CampaignConfig, create_campaign_directory, run_campaign
from ionlink.optimize.closed_form import ClosedFormOracle
from ionlink.optimize.executor import Ended
from ionlink.optimize.progress import Silent
from ionlink.optimize.recorded_costs import cost_records
from ionlink.optimize.replicate_plan import ReplicatePlan

ORACLE = ClosedFormOracle(replicates=2)
POOL = [("Mg2+", "PAA"), ("Fe3+", "PAA"), ("Zr4+", "PAA"), ("Mg2+", "alginate"), ("Fe3+", "alginate"), ("Al3+", "PAA")]
EXHAUSTED = CONFIG.replace("replicates = 3", 'replicates = "decide"')
EXHAUSTED = EXHAUSTED.replace("batch = 2", "batch = 6").replace(
    """cations = ["Mg2+", "Fe3+", "Zr4+", "Ti4+"]
ligands = ["PAA", "alginate"]
ratio = { lower = 4, upper = 100 }
""",
    "".join(f'[[space.pool]]\ncation = "{c}"\nligand = "{p}"\nratio = 20\n' for c, p in POOL),
)
EXHAUSTED = EXHAUSTED.replace('[[objectives]]\noutcome = "chains_per_cation"\ngoal = "maximise"\n', "")
LEVELS = """
[[levels]]
name = "closed-form"
cost = 1

[[levels]]
name = "lab"
cost = 10
"""


@pytest.fixture(scope="module")
def decided(tmp_path_factory):
    """A space of six formulations, and a second round that can only ask for replicates."""
    directory = tmp_path_factory.mktemp("decided") / "toy"
    create_campaign_directory(directory, EXHAUSTED)
    run_campaign(directory, ORACLE, SameProcess())
    return directory, Campaign.load(directory)


def test_replicates_are_added_in_the_directory_of_the_first_ones(decided):
    directory, campaign = decided
    first, more = campaign.candidates[:6], campaign.candidates[6:]
    assert [(c.kind, c.replicates, c.status) for c in first] == [("new", 2, "done")] * 6
    assert len(more) == 6
    assert {(c.kind, c.status) for c in more} == {("replicate", "done")}
    results = list(directory.glob("runs/*/replicate-*/result.json"))
    assert len(results) == sum(c.replicates for c in campaign.candidates)
    assert len(list(directory.glob("runs/*"))) == 6


def test_the_mean_over_all_supersedes_the_earlier_one_and_nothing_is_lost(decided):
    _, campaign = decided
    for candidate in campaign.candidates[:6]:
        asked = sum(c.replicates for c in campaign.candidates if c.formulation == candidate.formulation)
        (told,) = [
            o
            for o in campaign.observations()
            if (o.formulation, o.outcome) == (candidate.formulation, "coulomb_spread")
        ]
        values = [ORACLE.run_replicate(candidate.formulation, k, None)["coulomb_spread"] for k in range(asked)]
        assert told.replicates == asked
        assert told.value == pytest.approx(sum(values) / asked)
    superseded = [r for r in campaign.history() if r.superseded_by is not None]
    assert len(superseded) == 3 * 6  # each candidate for replicates corrects three outcomes
    assert "more replicates" in superseded[0].correction


@dataclass(frozen=True)
class Interrupted(SameProcess):
    """Stops after so many replicates, as if killed."""

    left: int = 0

    def run(self, tasks):
        for number, ended in enumerate(super().run(tasks)):
            if number == self.left and ended.task.arguments[2] > 1:  # an added one
                raise KeyboardInterrupt
            yield ended


def test_stopped_among_added_replicates_it_goes_on_to_the_same_end(decided, tmp_path):
    directory = tmp_path / "again"
    create_campaign_directory(directory, EXHAUSTED)
    with pytest.raises(KeyboardInterrupt):
        run_campaign(directory, ORACLE, Interrupted(2))
    run_campaign(directory, ORACLE, SameProcess())
    again = Campaign.load(directory)
    assert [(c.formulation, c.kind, c.replicates) for c in again.candidates] == [
        (c.formulation, c.kind, c.replicates) for c in decided[1].candidates
    ]
    assert again.observations() == decided[1].observations()


def test_candidates_of_a_level_without_oracle_wait_for_people(tmp_path):
    create_campaign_directory(tmp_path / "toy", CONFIG + LEVELS)

    reasons = []

    class Watcher(Silent):
        def stopped(self, reason):
            reasons.append(reason)

    watcher = Watcher()
    for _ in range(2):  # the second time it asks for nothing more
        run_campaign(tmp_path / "toy", {"closed-form": ClosedFormOracle()}, SameProcess(), watcher)
    campaign = Campaign.load(tmp_path / "toy")
    assert campaign.level == "lab"
    assert [(c.level, c.status) for c in campaign.candidates] == [("lab", "pending")] * 2
    assert reasons == ["2 candidates wait to be observed at level lab by people"] * 2


class Killing(SameProcess):
    """Ends everything from outside."""

    def run(self, tasks):
        for task in tasks:
            yield Ended(task, None, "the worker was killed", "killed")


def test_what_the_machine_did_is_not_held_against_the_formulation(tmp_path):
    create_campaign_directory(tmp_path / "toy", CONFIG.replace("rounds = 2", "rounds = 1"))
    run_campaign(tmp_path / "toy", ClosedFormOracle(), Killing())
    found = Campaign.load(tmp_path / "toy").candidates
    assert [(c.status, c.failure_of) for c in found] == [("failed", "machine")] * 2


class TimedOracle(ClosedFormOracle):
    """Says what it took."""

    def record(self, directory):
        return {"wall_s": 1800.0}


def test_times_of_finished_replicates_are_read_back(tmp_path):
    create_campaign_directory(tmp_path / "toy", CONFIG.replace("rounds = 2", "rounds = 1"))
    run_campaign(tmp_path / "toy", TimedOracle(), SameProcess())
    records = list(cost_records(Campaign.load(tmp_path / "toy"), tmp_path / "toy" / "runs"))
    assert [(r.level, r.hours) for r in records] == [("closed-form", 0.5)] * 6


def test_replicates_of_what_was_known_from_elsewhere_keep_their_numbers_apart(decided):
    candidate = decided[1].candidates[-1]
    known = [o.model_copy(update={"replicates": 5}) for o in decided[1].observations()]
    plan = ReplicatePlan.of(candidate.model_copy(update={"id": 1, "replicates": 1}), [], known, first=2)
    assert (plan.start, plan.count) == (5, 2)


def test_a_file_says_what_is_decided():
    config = CampaignConfig.parse(EXHAUSTED + LEVELS.replace("lab", "explicit"))
    assert config.simulation.decides
    assert config.simulation.replicates == 2
    assert config.level == "explicit"
    with pytest.raises(InputError, match="levels: closed-form, the level of the simulation, is not among them"):
        CampaignConfig.parse(CONFIG + '[[levels]]\nname = "lab"\n')
