"""Oracles that try the loop's patience; imported by worker processes, so light."""

import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ionlink.data import Formulation
from ionlink.optimize import Locked
from ionlink.optimize.closed_form import ClosedFormOracle


def note(file: Path, line: str) -> None:
    """Append a line; writes this short do not mix, even from several processes."""
    with file.open("a") as stream:
        stream.write(line + "\n")


@dataclass(frozen=True)
class NotingOracle(ClosedFormOracle):
    """Notes every start and every end in files; after some ends, further replicates never end."""

    notes: Path = Path()
    ends_until_it_hangs: int = 1000

    def run_replicate(self, formulation: Formulation, replicate: int, directory: Path) -> Mapping[str, float]:
        note(self.notes / "starts", f"{formulation}#{replicate}")
        ends = self.notes / "ends"
        if ends.exists() and len(ends.read_text().splitlines()) >= self.ends_until_it_hangs:
            time.sleep(600)
        values = super().run_replicate(formulation, replicate, directory)
        note(self.notes / "ends", f"{formulation}#{replicate}")
        return values


@dataclass(frozen=True)
class DyingOracle(ClosedFormOracle):
    """Some replicates are killed, some raise."""

    killed: tuple[int, ...] = ()
    raising: tuple[int, ...] = ()

    def run_replicate(self, formulation: Formulation, replicate: int, directory: Path) -> Mapping[str, float]:
        if replicate in self.killed:
            os.kill(os.getpid(), signal.SIGKILL)
        if replicate in self.raising:
            raise ArithmeticError("the box exploded")
        return super().run_replicate(formulation, replicate, directory)


def echo(value: float) -> dict[str, float]:
    """A task that works."""
    return {"value": value, "pid": float(os.getpid())}


def environment() -> dict[str, float]:
    """How many threads a numerical library would use."""
    return {name: float(os.environ[name]) for name in ("OMP_NUM_THREADS", "OPENMM_CPU_THREADS")}


def fail() -> dict[str, float]:
    """A task that raises."""
    sys.stdout.write("about to fail\n")
    raise ValueError("no such luck")


def fail_silently() -> dict[str, float]:
    """A task that raises and has printed nothing."""
    raise ValueError("no such luck")


def stand_back() -> dict[str, float]:
    """A task that another process works on."""
    raise Locked("another process works in x; wait for it to end, or stop it")


def die() -> dict[str, float]:
    """A task that is killed, as by the kernel when memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def vanish() -> dict[str, float]:
    """A task that ends without a word."""
    os._exit(3)


def sleep_and_note(file: Path, seconds: float) -> dict[str, float]:
    """Note the process, sleep, note the end."""
    note(file, f"{os.getpid()}")
    time.sleep(seconds)
    note(file, "end")
    return {}
