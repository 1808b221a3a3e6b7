r"""The model case in hindsight: how soon Fe3+, and what is better, is found by who knows nothing of it.

Runs are those of `optimize.py`; this reads them and says when each method had evaluated what the truth holds for best.

    python benchmarks/optimize.py --out simulations/retrospective --peers PEERS --seeds 20 --fewer bofire=5 \\
        --problem model-case model-case-surrogate
    python benchmarks/retrospective.py --out simulations/retrospective --document docs/model-case-in-hindsight.md
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from optimize_evaluation import Point, Problem
from optimize_methods import ADAPTERS
from optimize_problems import problem
from optimize_report import check_same_problems, conditions, finished, write_into
from optimize_scores import best, hypervolume

from ionlink.data import InputError
from ionlink.optimize import Aim, Objective

PROBLEMS = ("model-case", "model-case-surrogate")
MARK = "<!-- below: printed by benchmarks/retrospective.py -->"
THE_CASES_OWN = "Fe3+"

PAIRS = 3
"""So many of the best are looked for."""

NEAR = 0.95
"""A pair is found with a formulation that has so much of the pair's best balance: ratios need not agree exactly."""

SHARE = 0.9
"""Share of the best possible hypervolume."""

Pair = tuple[str, str]
Found = Callable[[Sequence[Point]], bool]


class Hindsight:
    """What the noise-free truth of a problem holds for best.

    Balance: the geometric mean of shares (Derringer and Suich, `ionlink.optimize.Aim`, combined by desirability), from
    the preset's references to the best that there is of each outcome. No method was asked for it: all were asked for
    the front.
    """

    def __init__(self, of: Problem) -> None:
        self.of = of
        truth = of.truth(of.everything)
        ends = {"maximise": np.max, "minimise": np.min}
        goals = [
            Objective.model_validate(
                vars(g) | ({"best": float(ends[g.goal](truth[g.outcome]))} if g.goal in ends else {})
            )
            for g in of.goals
        ]
        self.aim = Aim(tuple(goals), combine="desirability")
        self.best: dict[Pair, Point] = {}
        order = np.argsort(-self.balance(of.everything), kind="stable")
        for point in (of.everything[int(k)] for k in order):
            self.best.setdefault((point.cation, point.ligand), point)

    def balance(self, points: Sequence[Point]) -> NDArray[np.float64]:
        """Of `n` formulations, `n`: up to 1."""
        truth = self.of.truth(points)
        return np.asarray(self.aim.desirability(np.column_stack([truth[name] for name in self.of.outcomes]))[:, 0])

    @property
    def leaders(self) -> list[Pair]:
        """The best pairs."""
        return list(self.best)[:PAIRS]

    @property
    def own(self) -> Pair:
        """The best pair of the case's own cation."""
        return next(pair for pair in self.best if pair[0] == THE_CASES_OWN)

    def rank(self, pair: Pair) -> int:
        """Among all pairs, from 1."""
        return list(self.best).index(pair) + 1

    @property
    def contributors(self) -> list[Point]:
        """Of a pool, the formulations without which most of the hypervolume would be lost."""
        everything = self.of.everything
        lost = [-hypervolume(self.of, [p for p in everything if p != point]) for point in everything]
        return [everything[int(k)] for k in np.argsort(lost, kind="stable")[::-1][:PAIRS]]

    def has(self, pairs: Sequence[Pair]) -> Found:
        """Whether all pairs were found."""
        needed = {pair: NEAR * float(self.balance([self.best[pair]])[0]) for pair in pairs}

        def found(points: Sequence[Point]) -> bool:
            return all(
                bool(own) and float(self.balance(own).max()) >= level
                for pair, level in needed.items()
                for own in [[p for p in points if (p.cation, p.ligand) == pair]]
            )

        return found

    def as_balanced(self, points: Sequence[Point]) -> bool:
        """Whether there is a formulation, of any pair, that is nearly as balanced as the best."""
        return bool(self.balance(points).max() >= NEAR * self.balance([self.best[self.leaders[0]]])[0])

    @property
    def sought(self) -> dict[str, Found]:
        """By what a table calls it."""
        wanted = {
            "best pair": self.has(self.leaders[:1]),
            "best three pairs": self.has(self.leaders),
            f"{NEAR:g} of the best balance": self.as_balanced,
            f"{SHARE:g} of the hypervolume": lambda points: hypervolume(self.of, points) >= SHARE * best(self.of),
            f"any {THE_CASES_OWN}": lambda points: any(p.cation == THE_CASES_OWN for p in points),
            f"best {THE_CASES_OWN} pair": self.has([self.own]),
        }
        if self.of.pool:
            contributors = set(self.contributors)
            wanted["three largest contributions"] = lambda points: contributors <= set(points)
        return wanted


@cache
def hindsight(name: str) -> Hindsight:
    """Of a problem, by its name."""
    return Hindsight(problem(name))


def until(run: dict[str, Any], found: Found) -> float:
    """Evaluations after the start when the batch was done that held it; infinite where the run ended before."""
    points: list[Point] = []
    for step in run["steps"]:
        points += [Point(*p[:4]) for p in step["points"]]
        if found(points):
            return float(step["spent"])
    return np.inf


def stated(of: Hindsight) -> str:
    """What the truth holds for best, in Markdown."""
    lines = [
        f"| rank of {len(of.best)} pairs | pair, where it is best | balance | {' | '.join(of.of.outcomes)} |",
        f"|--:|---|--:|{'--:|' * len(of.of.outcomes)}",
    ]
    for pair in [*of.leaders, *([] if of.own in of.leaders else [of.own])]:
        point = of.best[pair]
        truth = [f"{values[0]:.3g}" for values in of.of.truth([point]).values()]
        cells = [str(of.rank(pair)), _name(point), f"{of.balance([point])[0]:.2f}", *truth]
        lines.append(f"| {' | '.join(cells)} |")
    if of.of.pool:
        lines += ["", f"Largest contributions to the hypervolume: {', '.join(map(_name, of.contributors))}."]
    return "\n".join(lines)


def compared(of: Hindsight, runs: Sequence[dict[str, Any]]) -> str:
    """Markdown: median over seeds of the evaluations until each was found, and in how many runs it was."""
    sought = of.sought
    lines = [f"| method | seeds | {' | '.join(sought)} |", f"|---|--:|{'--:|' * len(sought)}"]
    for method in ADAPTERS:
        own = [run for run in runs if run["method"] == method]
        if own:
            cells = [_cell([until(run, found) for run in own], of.of.budget) for found in sought.values()]
            lines.append(f"| {' | '.join([method, str(len(own)), *cells])} |")
    return "\n".join(lines)


def report(out: Path) -> str:
    """All tables, in Markdown."""
    runs = list(finished(out))
    parts = []
    for name in PROBLEMS:
        own = [run for run in runs if run["problem"] == name]
        if own:
            of = hindsight(name)
            parts += [f"### {name}", "What is so:", stated(of)]
            parts += [f"Evaluations until it was found, of {of.of.budget:g} (runs that found it):", compared(of, own)]
    return "\n\n".join([*parts, "### Where and what", conditions(out)]) if parts else f"nothing is finished in {out}"


def _name(point: Point) -> str:
    return f"{point.cation} on {point.ligand} at {point.ratio:.3g}:1"


def _cell(needed: Sequence[float], budget: float) -> str:
    median, count = float(np.median(needed)), sum(np.isfinite(needed))
    return f"{f'{median:g}' if np.isfinite(median) else f'> {budget:g}'} ({count} of {len(needed)})"


def main() -> None:
    """Report what there is; raises `InputError`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder of the runs of optimize.py")
    parser.add_argument("--document", type=Path, help="document that gets the tables")
    options = parser.parse_args()
    check_same_problems(options.out)
    text = report(options.out)
    print(text)
    if options.document is not None:
        write_into(options.document, text, MARK)


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        sys.exit("\n".join(error.faults))
