"""How many cores there are for replicates."""

import pytest

from ionlink.simulate import hardware
from ionlink.simulate.hardware import quotas_cores, usable_cores


@pytest.fixture
def grant(tmp_path, monkeypatch):
    """Control groups as Linux shows them: the line of `/proc/self/cgroup`, and files with their texts."""

    def granted(line, files):
        (tmp_path / "own").write_text(f"{line}\n", "utf-8")
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(f"{text}\n", "utf-8")
        monkeypatch.setattr(hardware, "_CONTROL_GROUPS", tmp_path)
        monkeypatch.setattr(hardware, "_OWN_GROUPS", tmp_path / "own")
        monkeypatch.setattr(hardware.os, "sched_getaffinity", lambda _: set(range(64)), raising=False)

    return granted


@pytest.mark.parametrize(
    ("line", "files", "cores"),
    [
        ("0::/", {"cpu.max": "200000 100000"}, 2),
        ("0::/", {"cpu.max": "max 100000"}, 64),
        ("0::/", {"cpu.max": "50000 100000"}, 1),
        ("0::/", {"cpu.max": "350000 100000"}, 3),
        ("0::/job/step", {"job/cpu.max": "400000 100000", "job/step/cpu.max": "max 100000"}, 4),
        ("0::/gone", {}, 64),
        ("4:cpu,cpuacct:/job", {"cpu/job/cpu.cfs_quota_us": "800000", "cpu/job/cpu.cfs_period_us": "100000"}, 8),
        ("4:cpu,cpuacct:/", {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 64),
        ("3:memory:/", {"cpu.max": "100000 100000"}, 64),
    ],
)
def test_a_limit_of_processor_time_counts_as_so_many_cores(grant, line, files, cores):
    grant(line, files)
    assert usable_cores() == cores


def test_a_machine_without_control_groups_has_no_such_limit(tmp_path):
    assert list(quotas_cores(tmp_path, tmp_path / "none")) == []
