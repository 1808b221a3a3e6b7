"""How far a campaign can be believed about what is still to gain: what it expected against what was there.

On `drawn` of `optimize.py`, another landscape for each seed. Before each batch the campaign says what hypervolume it
expects to be left, with a 90 % interval; the truth is that of the best possible less what it reached, without noise,
above the same reference. The share that formulations which fail and are not known to fail could have is no part of
the truth: the campaign knows a chance of failing, and does not count it here.

    python benchmarks/still_to_gain.py --seeds 20

Takes some minutes.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from optimize_evaluation import Point, rounded
from optimize_problems import problem
from optimize_run import Evaluations, Wanted
from optimize_scores import best, share_of_best
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).parent / "peers"))

from optimize_ionlink import Ionlink
from optimize_protocol import Space

from ionlink.models import FitFailed

NAME = "drawn"


def said_and_true(seed: int) -> Iterator[dict[str, float]]:
    """Before each batch after the first formulations."""
    of = problem(NAME, seed)
    method, evaluations = Ionlink(Space(of.declaration), seed, decides=False), Evaluations(of, seed)
    tried: list[Point] = []
    points = list(of.start(seed))
    for number in range(int(of.budget) // of.batch + 1):
        method.tell(evaluations.rows([Wanted(point) for point in points]))
        tried += points
        try:
            remaining = method.campaign.remaining_improvement()
        except FitFailed:
            remaining = None
        if remaining is not None:
            truth = best(of) * (1 - share_of_best(of, tried))
            yield {
                "batches": number,
                "expected": remaining.expected / best(of),
                "true": truth / best(of),
                "within_90": float(remaining.lower <= truth <= remaining.upper),
                "too_high": float(remaining.lower > truth),
                "settled": float(remaining.is_settled),
            }
        points = [rounded(Point(c, p, r, level), of) for c, p, r, level, _ in method.ask(of.batch)]


def main() -> None:
    """Print means over seeds by the number of batches; amounts are shares of the best possible hypervolume."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    found = [row for seed in tqdm(range(parser.parse_args().seeds)) for row in said_and_true(seed)]
    table = (
        pd.DataFrame(found).groupby("batches").mean().assign(campaigns=pd.DataFrame(found).groupby("batches").size())
    )
    print(table.round(2).to_string())


if __name__ == "__main__":
    main()
