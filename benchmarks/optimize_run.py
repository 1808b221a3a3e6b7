"""One run: a method on a problem from one seed. The driver holds the truth, the method runs in a process of its own."""

import contextlib
import json
import math
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from optimize_evaluation import Point, Problem, rounded
from optimize_scores import regret, share_of_best

START_REPLICATES = 2
"""Of each initial formulation, where replicates are counted: every method starts from the same knowledge."""

ADAPTERS = Path(__file__).parent / "peers"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")


class MethodFailed(RuntimeError):
    """The process of a method ended, or answered something that is no answer."""


@dataclass(frozen=True)
class Method:
    """How a method is started."""

    name: str
    python: Path
    adapter: str
    options: tuple[str, ...] = ()
    replicates: int = 1
    """Fixed number of replicates of each point, where the method does not decide on it."""

    decides: bool = False
    """Whether it decides on levels and replicates itself."""


class Conversation:
    """With the process of one method; what it prints goes to `log`."""

    def __init__(self, method: Method, log: Path) -> None:
        command = [str(method.python), str(ADAPTERS / method.adapter), *method.options]
        # BoTorch compiles a kernel at its first use, in one folder for all environments: each would compile it anew,
        # and one that is killed meanwhile leaves a lock behind that all others wait for without end.
        compiled = {"TORCH_EXTENSIONS_DIR": str(method.python.parent.parent / "torch-extensions")}
        environment = {**os.environ, **ONE_THREAD, **compiled, "PYTHONWARNINGS": "ignore", "CUDA_VISIBLE_DEVICES": ""}
        self._log = log.open("w", encoding="utf-8")
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env=environment,
        )

    def say(self, **message: object) -> dict[str, Any]:
        """Send a message and wait for its answer; raises `MethodFailed`."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise MethodFailed(f"the process ended; see {self._log.name}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> "Conversation":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._log.close()


@dataclass(frozen=True)
class Wanted:
    """A point to evaluate, and how many replicates of it."""

    point: Point
    replicates: int = 1

    def cost(self, of: Problem) -> float:
        """Of all of its replicates."""
        return of.cost(self.point.level) * self.replicates


class Evaluations:
    """What was evaluated so far; replicates of a point go on from one batch to the next."""

    def __init__(self, of: Problem, seed: int) -> None:
        self.of, self.seed = of, seed
        self.counts: dict[Point, int] = {}

    def rows(self, wanted: Sequence[Wanted]) -> list[dict[str, Any]]:
        """Evaluate; one row each, as of `peers/optimize_protocol.py`: means over replicates, and `each`."""
        return [self._row(w) for w in wanted]

    def _row(self, wanted: Wanted) -> dict[str, Any]:
        point, of = wanted.point, self.of
        done = self.counts.get(point, 0)
        self.counts[point] = done + wanted.replicates
        failure = of.failure(point)
        numbers = range(done, done + wanted.replicates)
        each = [] if failure else [of.observe(point, k, self.seed) for k in numbers]
        return {
            **point._asdict(),
            "values": {name: sum(e[name] for e in each) / len(each) for name in of.outcomes} if each else {},
            "errors": of.errors(point),
            "each": each,
            "first_replicate": done,
            "replicates": wanted.replicates,
            "failure": failure,
        }


def run(of: Problem, method: Method, seed: int, log: Path) -> dict[str, Any]:
    """All batches until the budget is spent: what was evaluated, and what was reached after each batch.

    Raises `MethodFailed`.
    """
    start = time.monotonic()
    evaluations, spent = Evaluations(of, seed), 0.0
    each = START_REPLICATES if of.replicates else 1
    wanted = [Wanted(point, each) for point in of.start(seed)]
    answer: dict[str, Any] = {}
    steps: list[dict[str, Any]] = []
    with Conversation(method, log) as talk:
        opened = talk.say(do="declare", problem=of.declaration, seed=seed)
        if of.papers:
            talk.say(do="tell", rows=evaluations.rows([Wanted(point) for point in of.published(seed)]))
        while True:
            rows = evaluations.rows(wanted)
            steps.append(_step(of, steps, wanted, rows, spent, answer))
            n = _asked(of, method, spent)
            if n == 0:
                break
            talk.say(do="tell", rows=rows)
            answer = talk.say(do="ask", n=n, left=of.budget - spent)
            wanted = _afforded(of, _wanted(of, method, answer["points"]), of.budget - spent)
            if not wanted:
                break
            spent += sum(w.cost(of) for w in wanted)
    return {
        "problem": of.name,
        "method": method.name,
        "seed": seed,
        "fingerprint": of.fingerprint,
        "versions": opened["versions"],
        "start_cpu_s": opened["start_cpu_s"],
        "wall_s": time.monotonic() - start,
        "steps": steps,
    }


def _asked(of: Problem, method: Method, spent: float) -> int:
    """How many points to ask for: a batch, or what a method with fixed replicates at the highest level can pay for."""
    left = of.budget - spent
    if method.decides:
        return of.batch if left >= min(level.cost for level in of.levels) else 0
    each = of.levels[-1].cost * (method.replicates if of.replicates else 1)
    return min(of.batch, math.floor(left / each + 1e-9))


def _wanted(of: Problem, method: Method, points: Sequence[Sequence[Any]]) -> list[Wanted]:
    """Answers are (cation, ligand, ratio), and of a method that decides also level and number of replicates."""
    fixed = method.replicates if of.replicates else 1
    found = []
    for cation, ligand, ratio, *decided in points:
        level, count = decided if decided and method.decides else (of.levels[-1].name, fixed)
        found.append(Wanted(rounded(Point(cation, ligand, ratio, level), of), count if of.replicates else 1))
    return found


def _afforded(of: Problem, wanted: Sequence[Wanted], left: float) -> list[Wanted]:
    """The first ones, as far as the budget goes; the last with fewer replicates where that is what it pays for."""
    kept = []
    for w in wanted:
        count = min(w.replicates, math.floor(left / of.cost(w.point.level) + 1e-9))
        if count:
            kept.append(Wanted(w.point, count))
            left -= kept[-1].cost(of)
    return kept


def _step(
    of: Problem,
    before: Sequence[Mapping[str, Any]],
    wanted: Sequence[Wanted],
    rows: Sequence[Mapping[str, Any]],
    spent: float,
    answer: Mapping[str, Any],
) -> dict[str, Any]:
    """What one batch was, and what all batches up to it have reached."""
    points = [[*w.point, w.replicates] for w in wanted]
    every = [Point(*p[:4]) for p in [*(p for step in before for p in step["points"]), *points]]
    return {
        "points": points,
        "values": [row["values"] for row in rows],
        "failed": sum(row["failure"] is not None for row in rows),
        "spent": spent,
        "share": share_of_best(of, every),
        "regret": regret(of, every),
        "cpu_s": answer.get("cpu_s"),
        "peak_mb": answer.get("peak_mb"),
    }
