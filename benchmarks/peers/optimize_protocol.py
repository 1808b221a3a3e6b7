"""How `optimize.py` speaks to a method: JSON lines on stdin and stdout. Needs NumPy only.

An adapter is a class that is made from a `Space`, is told all rows so far and is asked for the next points:

    class Adapter:
        def __init__(self, space: Space, seed: int) -> None: ...
        def tell(self, rows: list[dict]) -> None: ...     # new rows
        def ask(self, n: int) -> list[tuple]: ...         # (cation, ligand, ratio) or (cation, ligand, ratio, level)

A row is {"cation", "ligand", "ratio", "level", "values", "errors", "replicates", "failure"}.
"""

import contextlib
import json
import os
import resource
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

Point = tuple[str, str, float | None]
Row = dict[str, Any]


class Space:
    """What is declared of a problem, and the geometry that adapters share."""

    def __init__(self, declaration: dict[str, Any]) -> None:
        self.declared = declaration
        self.cations: list[str] = declaration["cations"]
        self.ligands: list[str] = declaration["ligands"]
        self.ratio: tuple[float, float] | None = declaration["ratio"]
        self.objectives: list[dict[str, Any]] = declaration["objectives"]
        self.constraints: list[dict[str, Any]] = declaration["constraints"]
        self.levels: list[dict[str, Any]] = declaration["levels"]
        self.replicates: bool = declaration["replicates"]
        self.pool: list[Point] | None = [tuple(p) for p in declaration["pool"]] if declaration["pool"] else None
        self.excluded = {tuple(pair) for pair in declaration["excluded"]}
        self.minimum_ratio: dict[str, float] = declaration["minimum_ratio"]
        self.descriptors: dict[str, dict[str, list[float]]] = declaration["descriptors"]

    @property
    def has_ratio(self) -> bool:
        """Whether formulations differ in their ratio."""
        return self.pool is None or any(ratio is not None for *_, ratio in self.pool)

    def possible(self, point: Point) -> bool:
        """Whether the known constraints allow a point."""
        cation, ligand, ratio = point
        if (cation, ligand) in self.excluded:
            return False
        return ratio is None or ratio >= self.minimum_ratio.get(cation, 0)

    def grid(self, ratios: int) -> list[Point]:
        """The pool, or every possible pair at `ratios` ratios, evenly on a logarithmic scale."""
        if self.pool is not None:
            return list(self.pool)
        values = np.geomspace(*self.ratio, ratios).tolist()
        return [p for c in self.cations for g in self.ligands for r in values if self.possible(p := (c, g, r))]

    def log_ratio(self, ratio: float | None) -> float:
        """0 to 1 over the range; of a pool the decimal logarithm."""
        if ratio is None:
            return 0.0
        if self.ratio is None:
            return float(np.log10(ratio))
        lower, upper = np.log(self.ratio)
        return float((np.log(ratio) - lower) / (upper - lower))

    def ratio_at(self, share: float) -> float:
        """The ratio at a share of the logarithmic range."""
        lower, upper = np.log(self.ratio)
        return float(np.exp(lower + share * (upper - lower)))

    def encoded(self, points: Iterable[Point]) -> np.ndarray:
        """Descriptors of cation and ligand and the log ratio, `n x d`, each scaled to [0, 1] over the members."""
        scaled = {kind: self._scaled(kind) for kind in ("cations", "ligands")}
        rows = [[*scaled["cations"][c], *scaled["ligands"][g], self.log_ratio(r)] for c, g, r in points]
        found = np.array(rows)
        return found if self.has_ratio else found[:, :-1]

    def nearest(self, point: Point, among: Sequence[Point]) -> Point:
        """The member of `among` that is nearest in descriptors, each scaled by its spread over the pool."""
        every = self.encoded(self.pool or among)
        spread = np.where(every.std(axis=0) > 0, every.std(axis=0), 1)
        distance = (((self.encoded(among) - self.encoded([point])) / spread) ** 2).sum(axis=1)
        return among[int(distance.argmin())]

    def apart(self, rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
        """Rows of the level that counts, and those of others."""
        target = self.levels[-1]["name"]
        return [row for row in rows if row["level"] == target], [row for row in rows if row["level"] != target]

    def desirability(self, values: dict[str, float]) -> list[float]:
        """One number per objective, larger is better."""
        return [wanted(o, values[o["outcome"]]) for o in self.objectives]

    def references(self) -> list[float]:
        """The reference point, as desirability."""
        return [wanted(o, o["reference"]) for o in self.objectives]

    def holds(self, values: dict[str, float]) -> bool:
        """Whether observed values respect the outcome constraints."""
        return all(values[c["outcome"]] <= c["upper"] for c in self.constraints)

    def with_worst(self, rows: Sequence[Row], *, broken_is_worst: bool) -> list[dict[str, float]]:
        """Values of objectives and constraints of each row; of what failed the worst seen of each.

        With `broken_is_worst` also what breaks a constraint has the worst objectives: for who knows no constraints.
        """
        seen = [row["values"] for row in rows if row["failure"] is None]
        worst = {
            o["outcome"]: min((v[o["outcome"]] for v in seen), key=lambda value, o=o: wanted(o, value))
            for o in self.objectives
        }
        limits = {c["outcome"]: max(v[c["outcome"]] for v in seen) for c in self.constraints}
        found = []
        for row in rows:
            if row["failure"] is not None:
                found.append(limits | worst)
            elif broken_is_worst and not self.holds(row["values"]):
                found.append(row["values"] | worst)
            else:
                found.append(row["values"])
        return found

    def _scaled(self, kind: str) -> dict[str, list[float]]:
        table = np.array(list(self.descriptors[kind].values()))
        scaled = (table - table.min(axis=0)) / np.ptp(table, axis=0)
        return dict(zip(self.descriptors[kind], scaled.tolist(), strict=True))


def wanted(objective: dict[str, Any], value: float) -> float:
    """Larger is better; 0 inside a window and outside minus the distance in half widths."""
    if objective["goal"] == "maximise":
        return value
    if objective["goal"] == "minimise":
        return -value
    lower, upper = objective["lower"], objective["upper"]
    return -max(0.0, lower - value, value - upper) / ((upper - lower) / 2)


def point_of(row: Row) -> Point:
    """Formulation of a row."""
    return row["cation"], row["ligand"], row["ratio"]


def serve(adapter: Callable[[Space, int], Any], **versions: str) -> None:
    """Answer the driver until it closes stdin; whatever else writes to stdout goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    made, spent = None, 0.0
    for line in sys.stdin:
        message = json.loads(line)
        before = cpu_seconds()
        answer: dict[str, Any] = {}
        if message["do"] == "declare":
            made = adapter(Space(message["problem"]), message["seed"])
            answer = {"versions": versions, "start_cpu_s": cpu_seconds()}
        elif message["do"] == "tell":
            made.tell(message["rows"])
            spent += cpu_seconds() - before
        else:
            points = made.ask(message["n"])
            # What telling took belongs to the ask: some methods fit their model there.
            answer = {"points": [list(p) for p in points], "cpu_s": spent + cpu_seconds() - before}
            spent = 0.0
        answer["peak_mb"] = peak_mb()
        answers.write(json.dumps(answer) + "\n")
    with contextlib.suppress(OSError):
        answers.close()


def cpu_seconds() -> float:
    """Of this process and its ended children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def peak_mb() -> float:
    """Largest resident memory so far, in MB. Not `ru_maxrss`, which on Linux counts that of the driver before exec."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
