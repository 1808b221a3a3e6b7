"""The model case's five cations on one ligand at one ratio, from the shipped `screen` observations, as Markdown.

    python benchmarks/five_cations.py PF-COO 60 [OUTCOME …]

A row for each outcome: mean ± between-replicate standard error of each cation, then how many of the ten pairs differ by
more than two combined standard errors, these pooled over the cations (with three replicates a cation's own error is a
guess within a factor of two). Without outcomes, all that the level has.
"""

import argparse

import numpy as np
from resolving_power import pairs_apart

from ionlink.data import Observation, observations
from ionlink.dataset_design import MODEL_CASE_CATIONS
from ionlink.simulate import load_protocol


def known(ligand: str, ratio: float) -> dict[str, dict[str, Observation]]:
    """Observations of the shipped protocol by outcome and cation."""
    hash_of_protocol = load_protocol("screen").hash
    found: dict[str, dict[str, Observation]] = {}
    for one in observations():
        formulation = one.formulation
        if (one.protocol, formulation.ligand, formulation.ratio) == (hash_of_protocol, ligand, ratio):
            found.setdefault(one.outcome, {})[formulation.cation] = one
    return found


def row(outcome: str, by_cation: dict[str, Observation]) -> str:
    """A row of the table."""
    cells = [
        f"{by_cation[cation].value:.4g} ± {by_cation[cation].standard_error:.2g}" if cation in by_cation else ""
        for cation in MODEL_CASE_CATIONS
    ]
    apart = ""
    if all(cells):
        means = np.array([by_cation[cation].value for cation in MODEL_CASE_CATIONS])
        errors = np.array([by_cation[cation].standard_error for cation in MODEL_CASE_CATIONS])
        apart = str(pairs_apart(means, np.full(len(means), np.mean(errors**2))))
    return "| " + " | ".join([outcome, *cells, apart]) + " |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ligand")
    parser.add_argument("ratio", type=float)
    parser.add_argument("outcomes", nargs="*", metavar="OUTCOME")
    options = parser.parse_args()
    found = known(options.ligand, options.ratio)
    print("| outcome | " + " | ".join(MODEL_CASE_CATIONS) + " | pairs apart |")
    print("|---" * (len(MODEL_CASE_CATIONS) + 2) + "|")
    for outcome in options.outcomes or found:
        print(row(outcome, found.get(outcome, {})))


if __name__ == "__main__":
    main()
