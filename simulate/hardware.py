"""Which machine a simulation ran on: a time means nothing without it."""

import os
import platform
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_CPU_INFO = Path("/proc/cpuinfo")
_CONTROL_GROUPS = Path("/sys/fs/cgroup")
_OWN_GROUPS = Path("/proc/self/cgroup")


@cache
def hardware() -> str:
    """Model of the processor and number of its cores that this process may use, such as `Apple M2, 8 cores`."""
    return f"{_cpu_model()}, {usable_cores()} cores"


def usable_cores() -> int:
    """Cores that this process may use; a cluster or a container often grants fewer than there are."""
    granted = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([granted, *map(int, quotas_cores(_CONTROL_GROUPS, _OWN_GROUPS))]))


def quotas_cores(groups: Path, own: Path) -> Iterator[float]:
    """Processor time that control groups allow, in cores: such a limit of a container leaves all cores in sight.

    Args:
        groups: where Linux shows control groups, of the second version or of the first.
        own: which of them a process is in, `/proc/PID/cgroup`; it is absent where there are none.

    """
    if not own.exists():
        return
    for line in own.read_text("utf-8").splitlines():
        _, controllers, name = line.split(":", 2)
        root = groups / "cpu" if "cpu" in controllers.split(",") else groups
        if controllers and root == groups:
            continue
        folder = root / name.strip("/")
        for one in (folder, *folder.parents):
            if one.is_relative_to(root):
                yield from _quota_cores(one)


def _quota_cores(folder: Path) -> Iterator[float]:
    """That of one group, where it has one."""
    files = [folder / "cpu.max"], [folder / "cpu.cfs_quota_us", folder / "cpu.cfs_period_us"]
    for names in files:
        words = [word for name in names if name.is_file() for word in name.read_text("utf-8").split()]
        if len(words) == 2 and words[0].isdigit():  # else `max`, or -1: no limit
            yield int(words[0]) / int(words[1])


def _cpu_model() -> str:
    if _CPU_INFO.exists():
        for line in _CPU_INFO.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    if platform.system() == "Darwin":
        command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    return platform.processor() or platform.machine()
