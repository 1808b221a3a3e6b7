"""Which machine a simulation ran on: a time means nothing without it."""

import os
import platform
import subprocess
from functools import cache
from pathlib import Path

_CPU_INFO = Path("/proc/cpuinfo")


@cache
def hardware() -> str:
    """Model of the processor and number of its cores that this process may use, such as `Apple M2, 8 cores`."""
    return f"{_cpu_model()}, {usable_cores()} cores"


def usable_cores() -> int:
    """Cores that this process may use; a cluster or a container often grants fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cpu_model() -> str:
    if _CPU_INFO.exists():
        for line in _CPU_INFO.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    if platform.system() == "Darwin":
        command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    return platform.processor() or platform.machine()
