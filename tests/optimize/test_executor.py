import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from trying_oracles import die, echo, environment, fail, fail_silently, sleep_and_note, stand_back, vanish

from ionlink.optimize import LocalExecutor
from ionlink.optimize.executor import Task


def task(tmp_path, function, *arguments):
    return Task(function.__name__, function, arguments, tmp_path / f"{function.__name__}.log")


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def gone_within(pid, seconds):
    deadline = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not alive(pid)


def lines_of(file, count, seconds=60.0):
    """The first lines of a file that another process writes."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        lines = file.read_text().splitlines() if file.exists() else []
        if len(lines) >= count:
            return lines
        time.sleep(0.05)
    raise AssertionError(f"{file} has not got {count} lines")


def test_what_dies_dies_alone_and_says_why(tmp_path):
    tasks = [task(tmp_path, f, *a) for f, a in [(die, ()), (fail, ()), (vanish, ()), (echo, (1.5,)), (environment, ())]]
    ended = {end.task.name: end for end in LocalExecutor(2).run(tasks)}
    assert "killed by signal 9 (SIGKILL)" in ended["die"].failure
    assert ended["fail"].failure == "ValueError: no such luck"
    assert "exit status 3" in ended["vanish"].failure
    assert ended["echo"].failure is None
    assert ended["echo"].value["value"] == 1.5
    assert ended["echo"].value["pid"] != os.getpid()
    assert set(ended["environment"].value.values()) == {1.0}
    log = (tmp_path / "fail.log").read_text()
    assert "about to fail" in log
    assert "Traceback" in log


def test_a_log_that_cannot_be_written_is_named_and_is_no_death(tmp_path):
    (tmp_path / "echo.log").mkdir()
    (ended,) = LocalExecutor(1).run([task(tmp_path, echo, 1.0)])
    assert ended.failure == f"IsADirectoryError: [Errno 21] Is a directory: '{tmp_path / 'echo.log'}'"
    assert ended.kind is None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a file that is always full is Linux's")
def test_a_log_without_room_does_not_hide_why_a_task_failed():
    (ended,) = LocalExecutor(1).run([Task("fail", fail_silently, (), Path("/dev/full"))])
    assert ended.failure == "ValueError: no such luck"
    assert ended.kind is None


def test_what_another_process_works_on_is_told_from_failures_and_its_log_stays(tmp_path):
    tasks = [task(tmp_path, function) for function in (stand_back, fail)]
    ended = {end.task.name: end for end in LocalExecutor(2).run(tasks)}
    assert (ended["stand_back"].kind, ended["fail"].kind) == ("locked", None)
    assert ended["stand_back"].failure.startswith("Locked: another process works in x")
    assert (tmp_path / "stand_back.log").read_text() == ""


def test_closing_stops_what_runs(tmp_path):
    notes = tmp_path / "notes"
    tasks = [task(tmp_path, echo, 1.0), task(tmp_path, sleep_and_note, notes, 60.0)]
    with closing(LocalExecutor(2).run(tasks)) as ended:
        assert next(ended).task.name == "echo"
        (pid,) = lines_of(notes, 1)
    assert gone_within(int(pid), 5)


PARENT = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from trying_oracles import sleep_and_note
from ionlink.optimize import LocalExecutor
from ionlink.optimize.executor import Task
if __name__ == "__main__":
    notes = Path(sys.argv[2])
    list(LocalExecutor(1).run([Task("sleep", sleep_and_note, (notes, 60.0), notes.with_suffix(".log"))]))
"""


@pytest.mark.parametrize("signal_name", ["SIGKILL", "SIGINT"])
def test_workers_die_with_their_parent(tmp_path, signal_name):
    import signal

    script, notes = tmp_path / "parent.py", tmp_path / "notes"
    script.write_text(PARENT)
    support = os.path.dirname(sys.modules["trying_oracles"].__file__)  # noqa: PTH120
    parent = subprocess.Popen([sys.executable, script, support, notes], stderr=subprocess.PIPE)
    (pid,) = lines_of(notes, 1)
    parent.send_signal(getattr(signal, signal_name))
    _, errors = parent.communicate(timeout=20)
    assert gone_within(int(pid), 5)
    assert (b"KeyboardInterrupt" in errors) == (signal_name == "SIGINT")


def test_at_least_one_worker():
    with pytest.raises(ValueError, match="less than 1"):
        LocalExecutor(0)


def test_what_takes_too_long_is_stopped_alone(tmp_path):
    notes = tmp_path / "notes"
    endless = Task("endless", sleep_and_note, (notes, 600.0), tmp_path / "endless.log", timeout_s=5.0)
    ended = {end.task.name: end for end in LocalExecutor(2).run([endless, task(tmp_path, echo, 1.0)])}
    assert (ended["endless"].kind, ended["endless"].value) == ("timeout", None)
    assert "stopped after 5 s, the time it was given" in ended["endless"].failure
    assert ended["echo"].value["value"] == 1.0
    assert "end" not in (notes.read_text() if notes.exists() else "")
