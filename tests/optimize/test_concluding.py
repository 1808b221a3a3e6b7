"""However odd an oracle's results are: each candidate ends, with a reason where it failed, and so does the run."""

from contextlib import closing
from dataclasses import dataclass

import pytest
from toy_campaigns import CONFIG, SameProcess
from trying_oracles import DyingOracle

from ionlink.optimize import Campaign, create_campaign_directory, run_campaign
from ionlink.optimize.closed_form import ClosedFormOracle
from ionlink.optimize.progress import Silent

ORACLE = ClosedFormOracle()
ONE_ROUND = CONFIG.replace("rounds = 2", "rounds = 1") + "\n[known]\nobservations = false\nrankings = false\n"


@pytest.fixture
def directory(tmp_path):
    create_campaign_directory(tmp_path / "toy", ONE_ROUND)
    return tmp_path / "toy"


@pytest.fixture
def sharing(tmp_path):
    """Two campaigns of one store, which ask for the same first."""
    for name in "ab":
        text = ONE_ROUND.replace('name = "toy"', f'name = "{name}"\nstore = "../shared.sqlite"')
        create_campaign_directory(tmp_path / name, text)
    return tmp_path / "a", tmp_path / "b"


def candidates_of(directory):
    campaign = Campaign.load(directory)
    with closing(campaign.store):
        return campaign.candidates


@dataclass(frozen=True)
class Odd(ClosedFormOracle):
    """Its replicates are sound, what it makes of them is not."""

    how: str = ""

    def observations(self, formulation, replicates):
        found = super().observations(formulation, replicates)
        match self.how:
            case "empty":
                return []
            case "none":
                return None
            case "strange":
                return [1.0]
            case "raises":
                raise KeyError("temperature")
            case "of no aim":
                return [o for o in found if o.outcome == "coulomb_per_charge"]
            case "elsewhere":
                return [o.model_copy(update={"level": "screen"}) for o in found]
        return found


class UnboundMagnesium(ClosedFormOracle):
    """Of one cation it has no outcome of the aim, as of boxes in which nothing is bound."""

    def observations(self, formulation, replicates):
        found = super().observations(formulation, replicates)
        return [o for o in found if formulation.cation != "Mg2+" or o.outcome == "coulomb_per_charge"]


class OnlySoManyRounds(Silent):
    """Stops what would go on for ever."""

    def __init__(self, most):
        self.left = most

    def round_started(self, number, rounds, candidates, replicates):
        self.left -= 1
        assert self.left >= 0, "the same candidates are run again and again"


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("empty", "no outcome of the aim was observed: its replicates tell of nothing; the aim counts chains_per_"),
        ("of no aim", "its replicates tell of coulomb_per_charge at level closed-form; the aim counts chains_per_"),
        ("elsewhere", "no outcome of the aim was observed: its replicates tell of chains_per_cation at level screen"),
        ("none", "its results are not usable: TypeError: 'NoneType'"),
        ("strange", "its results are not usable: TypeError: its oracle gives float as observations"),
        ("raises", "its results are not usable: KeyError: 'temperature'"),
    ],
)
def test_results_that_say_nothing_fail_the_candidate_but_tell_nothing_of_the_formulation(directory, how, reason):
    run_campaign(directory, Odd(how=how), SameProcess(), OnlySoManyRounds(1))
    ended = candidates_of(directory)
    assert {(c.status, c.failure_of) for c in ended} == {("failed", "machine")}
    assert all(reason in c.reason for c in ended)


def test_a_formulation_that_has_nothing_of_the_aim_which_others_have_fails_by_itself(directory):
    """So that what is like it is proposed less."""
    text = (directory / "campaign.toml").read_text("utf-8")
    (directory / "campaign.toml").write_text(text.replace("batch = 2", "batch = 4"), "utf-8")
    run_campaign(directory, UnboundMagnesium(), SameProcess(), OnlySoManyRounds(1))
    ended = {(c.formulation.cation == "Mg2+", c.status, c.failure_of) for c in candidates_of(directory)}
    assert {one for one in ended if one[1] != "excluded"} == {(True, "failed", "formulation"), (False, "done", None)}


def test_what_was_withdrawn_in_a_shared_store_ends_the_candidate_that_finds_it_again(sharing):
    one, other = sharing
    campaign = Campaign.load(other)
    with closing(campaign.store):
        campaign.ask(2)
    run_campaign(one, ORACLE, SameProcess())
    with closing(Campaign.load(one).store) as store:
        store.withdraw(store.history(), reason="the wrong box")
    run_campaign(other, ORACLE, SameProcess(), OnlySoManyRounds(1))
    assert [c.status for c in candidates_of(other)] == ["failed"] * 2
    assert "told and withdrawn before, and stays withdrawn" in candidates_of(other)[0].reason


def test_a_candidate_that_was_settled_elsewhere_while_it_failed_here_stays_done(sharing):
    one, other = sharing

    class Meanwhile(OnlySoManyRounds):
        def round_started(self, *about):
            super().round_started(*about)
            run_campaign(one, ORACLE, SameProcess())
            Campaign.load(other).store.close()  # whoever looks at it catches up

    run_campaign(other, DyingOracle(raising=(0, 1, 2)), SameProcess(), Meanwhile(1))
    assert [c.status for c in candidates_of(other)] == ["done"] * 2
