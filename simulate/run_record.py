"""How a replicate came about: time, machine, seed, attempts, convergence."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ionlink.simulate.hardware import hardware
from ionlink.simulate.replicate_files import ReplicateFiles, step_part


@dataclass(frozen=True)
class Stopwatch:
    """Time since it was made: on the clock, and of all cores that this process kept busy."""

    accelerator: str = ""
    """Name of the graphics processor that does the work, where one does."""
    wall_s: float = field(default_factory=time.monotonic)
    cpu_s: float = field(default_factory=time.process_time)

    def record(self) -> Mapping[str, object]:
        """Both times so far, and the machine."""
        return {
            "wall_s": round(time.monotonic() - self.wall_s, 3),
            "cpu_s": round(time.process_time() - self.cpu_s, 3),
            "hardware": "; ".join(name for name in (self.accelerator, hardware()) if name),
        }


def run_record(files: ReplicateFiles, steps: int) -> Mapping[str, object]:
    """The records of all parts of a finished replicate, and their sums.

    A time is `None` where a part has none (it was run by a version that took no times); what an interrupted step
    had already cost is not in it.
    """
    parts = ["build", *(step_part(index) for index in range(steps)), "analysis"]
    records = {part: files.load_record(part) for part in parts}
    return {
        "seed": records["build"].get("seed"),
        "wall_s": _total(records, "wall_s"),
        "cpu_s": _total(records, "cpu_s"),
        "platform": _named(records, "platform"),
        "threads": _named(records, "threads"),
        "hardware": _named(records, "hardware"),
        "atoms": _last(records, "atoms"),
        "attempts": [records[step_part(index)].get("attempts") for index in range(steps)],
        "converged": [records[step_part(index)].get("converged") for index in range(steps)],
        "parts": {part: {key: record.get(key) for key in ("wall_s", "cpu_s")} for part, record in records.items()},
    }


def _total(records: Mapping[str, Mapping[str, Any]], key: str) -> float | None:
    values: Sequence[float | None] = [record.get(key) for record in records.values()]
    known = [value for value in values if value is not None]
    return round(sum(known), 3) if len(known) == len(values) else None


def _last(records: Mapping[str, Mapping[str, Any]], key: str) -> object:
    """Of the last part that says it: a swollen box has more atoms than the one that was built."""
    known = [record[key] for record in records.values() if key in record]
    return known[-1] if known else None


def _named(records: Mapping[str, Mapping[str, Any]], key: str) -> str | None:
    """Every name that occurs, in the order of the parts: a replicate may be continued on another machine."""
    names = dict.fromkeys(str(record[key]) for record in records.values() if record.get(key) is not None)
    return " + ".join(names) or None
