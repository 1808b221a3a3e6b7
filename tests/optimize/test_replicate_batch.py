"""Replicates on their way: results, failures that stay in their directory, and what is run again."""

import errno
import json
import os
import threading
import time
from contextlib import ExitStack

import numpy as np
import pytest
from toy_campaigns import SameProcess
from trying_oracles import DyingOracle

from ionlink.data import Formulation, InputError
from ionlink.optimize import LocalExecutor, executor, lock
from ionlink.optimize.closed_form import ClosedFormOracle
from ionlink.optimize.errors import UnusableResult
from ionlink.optimize.executor import Ended
from ionlink.optimize.failure import ReplicateFailure, failure_of, leaving_failure, save_failure
from ionlink.optimize.replicate import finished_record
from ionlink.optimize.replicate_batch import ReplicateBatch

IRON = Formulation(cation="Fe3+", ligand="PAA", ratio=8)


def batch_of(oracle, directory, replicates=2):
    batch = ReplicateBatch(oracle)
    for replicate in range(replicates):
        batch.add("iron", IRON, replicate, directory / str(replicate))
    return batch


def test_results_come_in_the_order_of_replicates_and_are_not_run_again(tmp_path):
    batch = batch_of(ClosedFormOracle(), tmp_path)
    for ended in reversed(list(SameProcess().run(batch.tasks))):
        batch.take(ended)
    expected = [ClosedFormOracle().run_replicate(IRON, k, tmp_path) for k in range(2)]
    assert batch.results("iron") == expected
    again = batch_of(ClosedFormOracle(), tmp_path)
    assert again.tasks == []
    assert again.results("iron") == expected
    assert again.ended("iron") == 2


def test_a_record_stands_beside_the_values_and_is_no_part_of_the_identity(tmp_path):
    class Recording(ClosedFormOracle):
        def record(self, directory):
            return {"wall_s": 2.5}

    batch = batch_of(Recording(), tmp_path, 1)
    list(SameProcess().run(batch.tasks))
    assert finished_record(tmp_path / "0") == {"wall_s": 2.5}
    assert batch_of(ClosedFormOracle(), tmp_path, 1).tasks == []


def oracle_giving(values, kept=None):
    class Giving(ClosedFormOracle):
        def run_replicate(self, formulation, replicate, directory):
            return values

        def record(self, directory):
            return kept or {}

    return Giving()


@pytest.mark.parametrize("number", [np.float32(0.5), np.array(0.5), np.int64(3), 2])
def test_numbers_of_numpy_are_numbers(tmp_path, number):
    batch = batch_of(oracle_giving({"chains_per_cation": number}), tmp_path, 1)
    (ended,) = SameProcess().run(batch.tasks)
    assert ended.value == {"chains_per_cation": float(number)}
    assert batch_of(ClosedFormOracle(), tmp_path, 1).results("iron") == [ended.value]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (None, "it gave None; values by outcome are needed"),
        ({}, "it gave {}; values by outcome are needed"),
        ({"foo": 1.0}, "it gave foo; it observes chains_per_cation, "),
        ({"chains_per_cation": "1.5"}, "chains_per_cation: '1.5' is no finite number"),
        ({"chains_per_cation": float("nan")}, "chains_per_cation: nan is no finite number"),
        ({"chains_per_cation": np.array([1.0])}, "is no finite number"),
        ({"chains_per_cation": None}, "chains_per_cation: None is no finite number"),
    ],
)
def test_what_is_no_result_is_not_kept_and_says_nothing_of_the_formulation(tmp_path, values, why):
    batch = batch_of(oracle_giving(values), tmp_path, 1)
    with pytest.raises(UnusableResult) as caught:
        list(SameProcess().run(batch.tasks))
    assert why in str(caught.value)
    batch.take(Ended(batch.tasks[0], None, "why"))
    assert batch.only_machines_failed("iron")
    assert not (tmp_path / "0" / "result.json").exists()


def test_a_record_that_cannot_be_kept_says_nothing_of_the_formulation(tmp_path):
    batch = batch_of(oracle_giving({"chains_per_cation": 1.0}, {"where": tmp_path}), tmp_path, 1)
    with pytest.raises(UnusableResult, match="its record cannot be kept: Object of type"):
        list(SameProcess().run(batch.tasks))


@pytest.mark.parametrize("text", ["", '{"values"', "[]", "{}", "\udcff"])
def test_a_damaged_result_is_named(tmp_path, text):
    (tmp_path / "0").mkdir()
    (tmp_path / "0" / "result.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match=r"0/result\.json is damaged; delete it, and this replicate runs again"):
        batch_of(ClosedFormOracle(), tmp_path, 1)
    with pytest.raises(InputError, match="is damaged"):
        finished_record(tmp_path / "0")


def test_what_raises_and_what_is_killed_leave_their_reason(tmp_path):
    batch = batch_of(DyingOracle(raising=(0,), killed=(1,)), tmp_path)
    for ended in LocalExecutor(2).run(batch.tasks):
        batch.take(ended)
    assert batch.results("iron") == []
    assert failure_of(tmp_path / "0").kind == "ArithmeticError"
    assert failure_of(tmp_path / "0").reason == "ArithmeticError: the box exploded"
    assert failure_of(tmp_path / "1").kind == "killed"
    assert "replicate 1: the worker was killed by signal 9" in batch.failures("iron")[1]


def test_what_another_process_works_on_is_passed_over_and_come_back_to(tmp_path):
    batch = batch_of(ClosedFormOracle(), tmp_path, 3)
    ended = []
    with ExitStack() as elsewhere:
        elsewhere.enter_context(lock.locked(tmp_path / "0"))
        for end in LocalExecutor(1).run(batch.tasks):
            ended.append(batch.take(end)[1])
            if len(ended) == 2:
                elsewhere.close()
    assert ended == [1, 2, 0]
    assert len(batch.results("iron")) == 3


def test_what_another_process_took_first_after_all_is_come_back_to(tmp_path, monkeypatch):
    """Of two jobs that begin together, both see that nothing is held."""
    seen = [False]
    monkeypatch.setattr(executor, "is_held", lambda directory: seen.pop() if seen else lock.is_held(directory))
    batch = batch_of(ClosedFormOracle(), tmp_path)
    with ExitStack() as elsewhere:
        elsewhere.enter_context(lock.locked(tmp_path / "0"))
        for end in LocalExecutor(1).run(batch.tasks):
            batch.take(end)
            elsewhere.close()
    assert len(batch.results("iron")) == 2


class WaitingForTheFirst(ClosedFormOracle):
    """Its other replicates take until the first has ended."""

    def run_replicate(self, formulation, replicate, directory):
        deadline = time.monotonic() + 60.0
        while replicate and not (directory.parent / "0" / "result.json").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return super().run_replicate(formulation, replicate, directory)


def test_a_worker_without_work_looks_again_at_what_another_process_has_let_go_of(tmp_path):
    batch = batch_of(WaitingForTheFirst(), tmp_path)
    with ExitStack() as elsewhere:
        elsewhere.enter_context(lock.locked(tmp_path / "0"))
        threading.Timer(2.0, elsewhere.close).start()
        for end in LocalExecutor(2).run(batch.tasks):
            batch.take(end)
    assert batch.failures("iron") == []


def test_a_time_limit_reaches_the_directory_and_beats_what_an_earlier_attempt_left(tmp_path):
    batch = batch_of(ClosedFormOracle(), tmp_path, 1)
    (tmp_path / "0").mkdir()
    (tmp_path / "0" / "failure.json").write_text('{"kind": "old", "reason": "old"}')
    batch.take(Ended(batch.tasks[0], None, "it was stopped", "timeout"))
    assert failure_of(tmp_path / "0") == ReplicateFailure(kind="timeout", reason="it was stopped")


def test_nothing_is_left_in_the_directory_that_another_process_works_in(tmp_path):
    batch = batch_of(ClosedFormOracle(), tmp_path, 1)
    batch.take(Ended(batch.tasks[0], None, "Locked: another process works in it", "locked"))
    assert failure_of(tmp_path / "0") is None
    assert (batch.locked("iron"), batch.ended("iron"), batch.only_machines_failed("iron")) == (1, 1, True)


def test_kind_step_and_attempts_of_an_exception_are_kept_until_the_next_attempt(tmp_path):
    class Told(RuntimeError):
        kind, step, attempts = "numerical_breakdown", 4, 3

    with pytest.raises(Told), leaving_failure(tmp_path):
        raise Told("NaN")
    assert failure_of(tmp_path) == ReplicateFailure(kind="numerical_breakdown", reason="Told: NaN", step=4, attempts=3)
    with leaving_failure(tmp_path):
        assert failure_of(tmp_path) is None
    assert failure_of(tmp_path) is None


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_result_that_has_no_room_is_a_failure_of_the_machine(tmp_path, number):
    with pytest.raises(OSError, match=os.strerror(number)), leaving_failure(tmp_path):
        raise OSError(number, os.strerror(number))
    assert failure_of(tmp_path).kind == "disk_full"


@pytest.mark.parametrize("damaged", [b"", b'{"kind": "killed"', b'"killed"', b"\xff\xfe"])
def test_a_damaged_record_of_a_failure_says_that_it_failed(tmp_path, damaged):
    (tmp_path / "failure.json").write_bytes(damaged)
    assert failure_of(tmp_path).kind == "no_record"
    assert "failure.json, which says why, is damaged" in failure_of(tmp_path).reason


def test_a_failure_that_cannot_be_written_down_ends_its_replicate_alone(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    batch = batch_of(ClosedFormOracle(), tmp_path)
    monkeypatch.setattr("ionlink.optimize.failure.write_whole", refuse)
    for ended in (
        Ended(batch.tasks[0], None, "DiskFull: no room left"),
        Ended(batch.tasks[1], {"chains_per_cation": 1.0}, None),
    ):
        batch.take(ended)
    assert batch.failures("iron") == ["replicate 0: DiskFull: no room left"]
    assert batch.passing_failure("iron") == "replicate 0: DiskFull: no room left"
    assert batch.results("iron") == [{"chains_per_cation": 1.0}]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OSError(errno.EIO, "Input/output error"), "storage"),
        (OSError(errno.ESTALE, "Stale file handle"), "storage"),
        (PermissionError(errno.EACCES, "Permission denied"), "storage"),
        (MemoryError(), "memory"),
    ],
)
def test_what_files_and_memory_refuse_says_nothing_of_the_formulation(tmp_path, error, kind):
    batch = batch_of(ClosedFormOracle(), tmp_path, 1)
    with pytest.raises(type(error)), leaving_failure(tmp_path / "0"):
        raise error
    batch.take(Ended(batch.tasks[0], None, "why"))
    assert failure_of(tmp_path / "0").kind == kind
    assert batch.only_machines_failed("iron")


@pytest.mark.parametrize(
    ("kind", "of_machine"), [("device", True), ("disk_full", True), ("numerical_breakdown", False)]
)
def test_what_failed_is_of_the_machine_or_of_the_formulation(tmp_path, kind, of_machine):
    batch = batch_of(ClosedFormOracle(), tmp_path, 1)
    save_failure(ReplicateFailure(kind=kind, reason="why"), tmp_path / "0")
    batch.take(Ended(batch.tasks[0], None, "why"))
    assert batch.only_machines_failed("iron") == of_machine


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS])
def test_a_folder_that_cannot_be_locked_is_named_and_says_nothing_of_the_formulation(tmp_path, monkeypatch, number):
    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(lock.fcntl, "flock", refuse)
    batch = batch_of(ClosedFormOracle(), tmp_path, 1)
    with pytest.raises(OSError, match=r"so that it cannot be locked; use a folder on .*: '.*0/lock'") as caught:
        list(SameProcess().run(batch.tasks))
    batch.take(Ended(batch.tasks[0], None, str(caught.value)))
    assert batch.only_machines_failed("iron")
    assert failure_of(tmp_path / "0").kind == "no_record"


def test_a_directory_of_something_else_is_refused_when_added(tmp_path):
    list(SameProcess().run(batch_of(ClosedFormOracle(), tmp_path, 1).tasks))
    with pytest.raises(InputError, match="holds the result of another simulation"):
        ReplicateBatch(ClosedFormOracle()).add("zinc", IRON.model_copy(update={"cation": "Zn2+"}), 0, tmp_path / "0")


def test_a_result_of_a_polymer_that_was_defined_otherwise_is_refused(tmp_path, define_polymer):
    class Constant(ClosedFormOracle):
        def run_replicate(self, formulation, replicate, directory):
            return {"chains_per_cation": 1.0}

    mine = IRON.model_copy(update={"ligand": "Mine"})
    define_polymer("[*:1]CC([*:2])C(=O)[O-]")
    batch = ReplicateBatch(Constant())
    batch.add("mine", mine, 0, tmp_path)
    list(SameProcess().run(batch.tasks))
    define_polymer("[O-]C(=O)C([*:2])C[*:1]")  # the same, written otherwise
    ReplicateBatch(Constant()).add("mine", mine, 0, tmp_path)
    for smiles, donor_group in (("[*:1]CC(C)([*:2])C(=O)[O-]", "carboxylate"), ("[*:1]CC([*:2])C(=O)[O-]", "other")):
        define_polymer(smiles, donor_group)
        with pytest.raises(InputError, match=r"is of another polymer of the name `Mine`.*name another directory"):
            ReplicateBatch(Constant()).add("mine", mine, 0, tmp_path)


@pytest.mark.parametrize(("ligand", "refused"), [("PAA", False), ("Mine", True)])
def test_results_that_do_not_say_what_their_polymer_was_are_of_shipped_ones_alone(
    tmp_path, define_polymer, ligand, refused
):
    define_polymer("[*:1]CC(C)([*:2])C(=O)[O-]")
    formulation = IRON.model_copy(update={"ligand": ligand})
    oracle = ClosedFormOracle()
    identity = {"formulation": formulation.model_dump(), "replicate": 0, "level": oracle.level}
    old = {**identity, "protocol": oracle.protocol, "values": {"chains_per_cation": 1.0}}
    (tmp_path / "result.json").write_text(json.dumps(old), "utf-8")
    batch = ReplicateBatch(oracle)
    if refused:
        with pytest.raises(InputError, match=r'does not say what `Mine` .*add "polymer": {"repeat_unit_smiles": '):
            batch.add("iron", formulation, 0, tmp_path)
    else:
        batch.add("iron", formulation, 0, tmp_path)
        assert batch.results("iron") == [{"chains_per_cation": 1.0}]
