"""Where a campaign of several levels should begin: at the cheapest, as it does, or with eight formulations at its own.

On landscapes of `drawn`, another one for each seed, without limits and failures, and with the levels of `levels`. Both
campaigns know nothing at first and have the same budget, of which the eight cost half; they are spread over the space
as a campaign of one level spreads them.

    python benchmarks/first_levels.py --seeds 6

Takes some three minutes a seed.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from optimize_evaluation import Point, Problem, rounded
from optimize_problems import levels, problem
from optimize_run import Evaluations, Wanted
from optimize_scores import share_of_best
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).parent / "peers"))

from optimize_ionlink import Ionlink
from optimize_protocol import Space

from ionlink.optimize.space_filling import spread

EIGHT = 8
BUDGET = 400.0
SPENT = (100.0, 150.0, 200.0, 250.0, 300.0, 350.0, 400.0)
"""Costs at which what was reached is compared."""


def landscape(seed: int) -> Problem:
    """The one of a seed, with nothing known at the start."""
    return replace(problem("papers", seed), papers=0, initial=0, budget=BUDGET, levels=levels().levels)


def reached(seed: int, *, dear: bool) -> list[float]:
    """Share of the best possible after each of `SPENT`, by a campaign that begins at its own level, or as it does."""
    of, spent, tried = landscape(seed), 0.0, list[Point]()
    method, evaluations = Ionlink(Space(of.declaration), seed, decides=True), Evaluations(of, seed)
    asked = _eight(of, method, seed) if dear else method.ask(of.batch)
    shares = dict.fromkeys(SPENT, 0.0)
    while asked and spent < BUDGET:
        points = [rounded(Point(c, p, r, level), of) for c, p, r, level, _ in asked]
        for point in points:
            spent += of.cost(point.level)
            if spent <= BUDGET:
                tried.append(point)
                method.tell(evaluations.rows([Wanted(point)]))
        share = share_of_best(of, tried)
        shares |= {cost: share for cost in SPENT if cost >= spent}
        asked = method.ask(of.batch)
    return [shares[cost] for cost in SPENT]


def _eight(of: Problem, method: Ionlink, seed: int) -> Sequence[tuple[str, str, float | None, str, int]]:
    own = of.levels[-1].name
    chosen = spread(method.campaign.space, EIGHT, taken=[], seed=seed)
    return [(f.cation, f.ligand, f.ratio, own, 1) for f in chosen]


def main() -> None:
    """Print means over seeds, and by how much the campaign as it is is ahead."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    options = parser.parse_args()
    seeds = tqdm(range(options.first, options.first + options.seeds))
    found = np.array([[reached(seed, dear=dear) for dear in (False, True)] for seed in seeds])
    ahead = found[:, 0] - found[:, 1]
    error = ahead.std(axis=0, ddof=1) / np.sqrt(len(ahead)) if len(ahead) > 1 else np.full(len(SPENT), np.nan)
    means = {"as it is": found[:, 0].mean(axis=0), "own level first": found[:, 1].mean(axis=0)}
    table = pd.DataFrame({**means, "ahead": ahead.mean(axis=0), "standard error": error}, index=SPENT)
    print(table.rename_axis("spent").round(2).to_string())


if __name__ == "__main__":
    main()
