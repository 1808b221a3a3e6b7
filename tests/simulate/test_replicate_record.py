"""What a replicate records of itself, and what a full disk leaves behind."""

import errno
import shutil

import pytest

from ionlink.simulate.errors import DiskFull
from ionlink.simulate.hardware import hardware, usable_cores
from ionlink.simulate.oracle import CONVERGENCE
from ionlink.simulate.step_kinds import Compress


def test_a_finished_replicate_tells_time_machine_seed_attempts_and_convergence(finished, oracle):
    directory, found = finished
    record = oracle.record(directory)
    steps = len(oracle.settings.steps)
    assert oracle.finished_steps(directory) == steps
    assert record["hardware"] == hardware()
    assert f"{usable_cores()} cores" in record["hardware"]
    assert (record["platform"], record["threads"]) == ("CPU", "1")
    assert record["seed"] > 0
    assert record["atoms"] == (directory / "topology.pdb").read_text().count("HETATM") + (
        directory / "topology.pdb"
    ).read_text().count("ATOM  ")
    assert len(record["attempts"]) == len(record["converged"]) == steps
    assert all(attempts >= 1 for attempts in record["attempts"])
    # Before the equilibration a melt is compressed, which need not come to rest: what the flags tell is the end.
    steps_that_count = [
        converged
        for step, converged in zip(oracle.settings.steps, record["converged"], strict=True)
        if not isinstance(step, Compress)
    ]
    assert all(found[flag] == 1.0 for flag in CONVERGENCE if flag in found) == all(steps_that_count)


def test_times_are_the_sums_of_the_parts(finished, oracle):
    directory, _ = finished
    record = oracle.record(directory)
    for kind in ("wall_s", "cpu_s"):
        assert record[kind] == pytest.approx(sum(part[kind] for part in record["parts"].values()), abs=0.01)
        assert record[kind] > 0
    assert record["wall_s"] > 0.9 * record["cpu_s"]  # on one thread


def test_a_time_that_was_not_taken_is_missing_not_zero(finished, oracle, tmp_path):
    directory, _ = finished
    shutil.copytree(directory, tmp_path / "old")
    (tmp_path / "old" / "build.json").unlink()
    record = oracle.record(tmp_path / "old")
    assert record["wall_s"] is None
    assert record["seed"] is None
    assert record["parts"]["step-00"]["wall_s"] > 0


def test_a_full_disk_is_told_apart_and_the_same_call_goes_on(finished, oracle, formulation, tmp_path, monkeypatch):
    directory, whole = finished
    last = len(oracle.settings.steps) - 1
    shutil.copytree(directory, tmp_path / "full")
    state = tmp_path / "full" / f"step-{last:02d}.xml"
    state.unlink()
    with monkeypatch.context() as patch:

        def no_room(*_):
            raise OSError(errno.ENOSPC, "No space left on device")

        patch.setattr("ionlink.data.whole_file.os.fsync", no_room)
        with pytest.raises(DiskFull, match="make room, then"):
            oracle.run_replicate(formulation, 0, tmp_path / "full")
    assert not state.exists()
    assert not list((tmp_path / "full").glob(".*"))  # nothing half-written stays
    assert oracle.run_replicate(formulation, 0, tmp_path / "full") == whole


def test_another_fault_of_the_disk_keeps_its_name(finished, oracle, formulation, tmp_path):
    directory, _ = finished
    shutil.copytree(directory, tmp_path / "broken")
    (tmp_path / "broken" / "system.xml").unlink()
    (tmp_path / "broken" / "system.xml").mkdir()
    with pytest.raises(IsADirectoryError, match=r"system\.xml"):
        oracle.run_replicate(formulation, 0, tmp_path / "broken")
