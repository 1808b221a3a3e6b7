"""How long a campaign thinks: processor seconds of one core per ask, by objectives and by size of the batch.

Twelve cations, six polymers, ratios from 4 to 60; what was observed is drawn at random, so that much is on the front.

    python benchmarks/thinking_time.py
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import resource
import sys
import time

import numpy as np
import pandas as pd
from tqdm import tqdm

from ionlink.data import Formulation, Observation
from ionlink.optimize import Campaign, DesignSpace, Objective, RatioRange

CATIONS = ("Fe3+", "Al3+", "Ca2+", "Zn2+", "Cu2+", "Mg2+", "Ni2+", "La3+", "Zr4+", "Cr3+", "Mn2+", "Co2+")
LIGANDS = ("PAA", "alginate", "CMC", "PAA-catechol", "chitosan", "TA-PAA")
OBJECTIVES = (
    Objective(outcome="peel_force", goal="maximise"),
    Objective(outcome="dmt_modulus_spread", goal="minimise"),
    Objective(outcome="crosslink_strength", goal="maximise"),
    Objective(outcome="chains_per_cation", goal="maximise"),
)


def campaign(objectives: int, observed: int) -> Campaign:
    """With formulations of which all outcomes are known."""
    space = DesignSpace(cations=CATIONS, ligands=LIGANDS, ratio=RatioRange(lower=4, upper=60))
    found = Campaign(space, OBJECTIVES[:objectives], seed=1)
    generator = np.random.default_rng(0)
    for _ in range(observed):
        formulation = Formulation(
            cation=generator.choice(CATIONS),
            ligand=generator.choice(LIGANDS),
            ratio=float(np.exp(generator.uniform(np.log(4), np.log(60)))),
        )
        found.tell(
            [
                Observation(
                    formulation=formulation,
                    outcome=objective.outcome,
                    value=float(generator.gamma(25, 0.2)),
                    level=found.level,
                    standard_error=0.1,
                    source="drawn",
                )
                for objective in OBJECTIVES[:objectives]
            ]
        )
    return found


def thought(objectives: int, observed: int, batch: int) -> float:
    """Processor seconds of one ask."""
    asked = campaign(objectives, observed)
    began = time.process_time()
    asked.ask(batch)
    return time.process_time() - began


def main() -> None:
    """Print a table, a row for each number of objectives and of observed formulations."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--objectives", type=int, nargs="+", default=[1, 2, 3, 4])
    parser.add_argument("--observed", type=int, nargs="+", default=[16, 64])
    parser.add_argument("--batches", type=int, nargs="+", default=[4, 16, 96])
    options = parser.parse_args()
    thought(1, 8, 1)  # loads libraries
    cases = [(m, k, n) for m in options.objectives for k in options.observed for n in options.batches]
    rows = [(m, k, n, thought(m, k, n)) for m, k, n in tqdm(cases)]
    table = pd.DataFrame(rows, columns=["objectives", "observed", "batch", "CPU s"])
    print(table.pivot_table(index=["objectives", "observed"], columns="batch", values="CPU s").round(1).to_string())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    print(f"at most {memory:.0f} MB")


if __name__ == "__main__":
    main()
