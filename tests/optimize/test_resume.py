"""A campaign that is stopped after any step goes on exactly as one that ran through."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from toy_campaigns import SPACE, observed

from ionlink.optimize import Campaign, Store
from ionlink.optimize.closed_form import OBJECTIVES, ClosedFormOracle

ORACLE = ClosedFormOracle()


def answers(campaign, place):
    return observed([campaign.candidates[place].formulation], ORACLE)


# Two proposals of the last rounds come from a model: everything before decides what they are.
STEPS = {
    "ask to fill the space": lambda c: c.ask(8),
    "tell what was known before": lambda c: c.tell(observed([c.candidates[0].formulation], ORACLE, "literature")),
    **{f"tell candidate {n + 1}": lambda c, n=n: c.tell(answers(c, n)) for n in (3, 0, 1, 2, 5, 6)},
    "tell one outcome": lambda c: c.tell(answers(c, 4)[:1]),
    "fail": lambda c: c.fail(c.candidates[7], "it gelled"),
    "exclude": lambda c: c.exclude("Zr4+", "PAA", "too stiff"),
    "tell the rest": lambda c: c.tell(answers(c, 4)),
    "correct": lambda c: c.correct(c.observations()[0], value=3.3, reason="a slip"),
    "ask a model": lambda c: c.ask(2),
    "tell candidate 10 before 9": lambda c: c.tell(answers(c, 9)),
    "ask while one is pending": lambda c: c.ask(1),
}


@pytest.fixture(scope="module")
def ran_through():
    campaign = Campaign(SPACE, OBJECTIVES, seed=11)
    for step in STEPS.values():
        step(campaign)
    assert campaign.candidates[-1].proposed_by.startswith("q"), "a model proposed it"
    return campaign


def same(one, other):
    assert one.candidates == other.candidates
    assert one.observations() == other.observations()
    assert one.reference() == other.reference()


def test_the_store_is_closed_after_every_step(ran_through, tmp_path):
    for step in STEPS.values():
        campaign = Campaign(SPACE, OBJECTIVES, seed=11, store=Store(tmp_path / "store.sqlite"))
        step(campaign)
        campaign.store.close()
    campaign = Campaign(SPACE, OBJECTIVES, seed=11, store=Store(tmp_path / "store.sqlite"))
    same(campaign, ran_through)
    campaign.store.close()


def test_it_is_exported_and_imported_after_every_step(ran_through):
    text = Campaign(SPACE, OBJECTIVES, seed=11).to_json()
    for step in STEPS.values():
        campaign = Campaign.from_json(text)
        step(campaign)
        text = campaign.to_json()
    same(Campaign.from_json(text), ran_through)


def test_a_fork_at_any_round_is_asked_the_same(ran_through):
    for number in (1, 2):
        first = sum(c.round <= number for c in ran_through.candidates)
        again = ran_through.fork(f"fork {number}", until_round=number, store=Store())
        asked = again.ask(sum(c.round == number + 1 for c in ran_through.candidates))
        assert [c.formulation for c in asked] == [
            c.formulation for c in ran_through.candidates[first:] if c.round == number + 1
        ]


ONE_STEP = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_resume import STEPS
from toy_campaigns import SPACE
from ionlink.optimize import Campaign, Store
from ionlink.optimize.closed_form import OBJECTIVES
campaign = Campaign(SPACE, OBJECTIVES, seed=11, store=Store(Path(sys.argv[1])))
STEPS[sys.argv[3]](campaign)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.long
def test_the_process_is_killed_after_every_step(ran_through, tmp_path):
    file, here = tmp_path / "store.sqlite", Path(__file__).parent
    path = os.pathsep.join([str(here / "support"), os.environ.get("PYTHONPATH", "")])
    for name in STEPS:
        command = [sys.executable, "-c", ONE_STEP, file, here, name]
        killed = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, check=False)
        assert killed.returncode == -signal.SIGKILL
    campaign = Campaign(SPACE, OBJECTIVES, seed=11, store=Store(file))
    same(campaign, ran_through)
    campaign.store.close()
