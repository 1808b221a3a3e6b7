"""How far a campaign can be believed: what it says of its proposals and of what is left, against what was there.

On `drawn` of `optimize.py`, another landscape for each seed. Before each batch the campaign says what hypervolume it
expects to be left, with a 90 % interval; the truth is that of the best possible less what it reached, without noise,
above the same reference. Of each proposal it says with what chance it joins the front; the truth is whether it adds to
the hypervolume. What fails adds nothing, and is no part of the best possible: the campaign knows a chance of failing,
which is not counted in what it says here.

    python benchmarks/foretold.py --seeds 10

Takes some ten minutes.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
from optimize_evaluation import Point, Problem, rounded
from optimize_problems import problem
from optimize_run import Evaluations, Wanted
from optimize_scores import best, hypervolume, share_of_best
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).parent / "peers"))

from optimize_ionlink import Ionlink
from optimize_protocol import Space

from ionlink.models import FitFailed

NAME = "drawn"
CHANCES = (0.0, 0.25, 0.5, 1.0)
"""Edges of the classes of said chances."""


class Played:
    """A campaign, asked and told batch by batch, and what it said."""

    def __init__(self, seed: int) -> None:
        self.of: Problem = problem(NAME, seed)
        self.method = Ionlink(Space(self.of.declaration), seed, decides=False)
        self.evaluations = Evaluations(self.of, seed)
        self.tried: list[Point] = []
        self.left: list[dict[str, float]] = []
        self.chances: list[dict[str, float]] = []
        points = list(self.of.start(seed))
        for number in range(int(self.of.budget) // self.of.batch + 1):
            self.method.tell(self.evaluations.rows([Wanted(point) for point in points]))
            self.tried += points
            self.left += self._left(number)
            asked = self.method.ask(self.of.batch)
            points = [rounded(Point(c, p, r, level), self.of) for c, p, r, level, _ in asked]
            self.chances += self._chances(points)

    def _left(self, number: int) -> Iterator[dict[str, float]]:
        """Said and true of what is left, in shares of the best possible."""
        try:
            remaining = self.method.campaign.remaining_improvement()
        except FitFailed:
            return
        top = best(self.of)
        true = top * (1 - share_of_best(self.of, self.tried))
        yield {
            "batches": number,
            "expected": remaining.expected / top,
            "true": true / top,
            "within_90": float(remaining.lower <= true <= remaining.upper),
            "too_high": float(remaining.lower > true),
        }

    def _chances(self, points: Sequence[Point]) -> Iterator[dict[str, float]]:
        """Said and true of whether each of the last proposals adds to the hypervolume."""
        usable = [p for p in self.tried if self.of.failure(p) is None]
        reached = hypervolume(self.of, usable)
        for candidate, point in zip(self.method.campaign.pending[-len(points) :], points, strict=True):
            said = self.method.campaign.why(candidate.id).chance_of_front
            if said is not None:
                adds = self.of.failure(point) is None and hypervolume(self.of, [*usable, point]) > reached * (1 + 1e-12)
                yield {"said": said, "true": float(adds)}


def main() -> None:
    """Print means over seeds: of what is left by the number of batches, and of chances by what was said."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    played = [Played(seed) for seed in tqdm(range(parser.parse_args().seeds))]
    left = pd.DataFrame([row for one in played for row in one.left]).groupby("batches")
    print(left.mean().assign(campaigns=left.size()).round(2).to_string())
    chances = pd.DataFrame([row for one in played for row in one.chances])
    classes = chances.groupby(pd.cut(chances["said"], CHANCES), observed=True)
    print(classes.mean().assign(proposals=classes.size()).round(2).to_string())


if __name__ == "__main__":
    main()
