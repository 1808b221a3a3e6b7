"""A campaign whose driver is killed in the middle of a molecular-dynamics run, and continued."""

import os
import signal
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from ionlink.cli import app
from ionlink.optimize import Store

DECLARATION = """
[campaign]
name = "killed"
[space]
cations = ["Fe3+"]
ligands = ["PAA"]
ratio = { lower = 4.0, upper = 8.0 }
[[objectives]]
outcome = "chains_per_cation"
goal = "maximise"
[budget]
rounds = 1
batch = 1
[simulation]
level = "smoke"
replicates = 2
workers = 2
[known]
observations = false
"""

PATIENCE_S = 240


def wait_for(condition, process):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def still_running(directory):
    """Command lines of processes that work in `directory`."""
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if str(directory) in line and "ps -eo" not in line]


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "killed.toml").write_text(DECLARATION, "utf-8")
    made = CliRunner().invoke(
        app, ["campaign", "new", str(tmp_path / "killed"), "--from", str(tmp_path / "killed.toml")]
    )
    assert made.exit_code == 0, made.stderr
    return tmp_path / "killed"


def test_kill_9_in_the_middle_of_a_simulation_then_the_same_command(directory):
    command = [sys.executable, "-m", "ionlink", "campaign", "run", str(directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_for(lambda: list(directory.glob("runs/*/replicate-*/step-01.xml")), process)
        os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    before = {path: path.stat().st_mtime_ns for path in directory.glob("runs/*/replicate-*/st*.xml")}
    assert not list(directory.glob("runs/*/replicate-*/result.json"))  # it was in the middle

    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert ended.returncode == 0, ended.stderr
    assert {path: path.stat().st_mtime_ns for path in before} == before  # no finished step was run again
    store = Store(directory / "store.sqlite")
    candidates, observations = store.candidates(), store.observations()
    store.close()
    assert [candidate.status for candidate in candidates] == ["done"]
    assert len(list(directory.glob("runs/*"))) == 1
    told = [(observation.outcome, observation.replicates) for observation in observations]
    assert len(told) == len(set(told))
    assert ("chains_per_cation", 2) in told
    assert (directory / "report.html").stat().st_size > 1000
    assert not still_running(directory)
