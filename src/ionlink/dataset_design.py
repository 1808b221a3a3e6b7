"""Which formulations the project simulates for its own data set, and in which order.

`python -m ionlink.dataset_design` writes `data/dataset_design.csv`; `make dataset` simulates it from the top, for as
long as it is let. Any beginning of the table is a balanced data set by itself.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from pathlib import Path

import numpy as np

from ionlink.data import Formulation
from ionlink.data.csv_table import DATA_FOLDER
from ionlink.data.spreadsheet import csv_text
from ionlink.data.whole_file import write_whole

MODEL_CASE_CATIONS = ("Mg2+", "Ca2+", "Fe3+", "In3+", "Zr4+")
"""Of doi:10.1021/jacs.5c22740."""

CATIONS = (
    *MODEL_CASE_CATIONS,
    *("Sr2+", "Ba2+", "Mn2+", "Fe2+", "Co2+", "Ni2+", "Cu2+", "Zn2+"),
    *("Al3+", "Cr3+", "Y3+", "La3+", "Ce4+"),
)
"""Charges 2 to 4, radii from 0.5 to 1.4 Å, with and without d electrons."""

LIGANDS = ("PAA", "PF-COO", "gamma-PGA", "alginate")
"""A flexible and a stiff chain of the model case, a flexible polyamide and a stiff polysaccharide."""

RATIOS = (8.0, 20.0, 60.0)
"""Donor groups per cation; near enough to even on a log scale, 60 is the model case's."""

MODEL_CASE_LIGANDS = ("PF-COO", "PAA")
MODEL_CASE_POINTS = (("PAA", 8.0), ("PF-COO", 60.0))
"""Where its five cations are compared as soon as each cation was simulated once."""

REPLICATES, MODEL_CASE_REPLICATES = 2, 3
SEED = 20260


def dataset_design(atoms: Callable[[Formulation], int], seed: int = SEED) -> list[tuple[Formulation, int]]:
    """Formulations in the order in which to simulate them, each with its number of replicates.

    The full grid of `CATIONS`, `LIGANDS` and `RATIOS` in rounds in which every cation comes once. Within a round each
    cation gets the formulation that promises most for its cost: of `n` formulations with a thing in common another one
    adds a share of 1/(n + 1), which is counted for its pair, for its cation at its ratio, and for its ligand at its
    ratio. A round runs its small boxes first. After the first round the model case's cations are compared with each
    other.

    Args:
        atoms: size of the box of a formulation, on which the time of a replicate depends.
        seed: decides the order among cations that are equal.

    """
    rng = np.random.default_rng(seed)
    everything = [Formulation(cation=c, ligand=p, ratio=r) for c, p, r in product(CATIONS, LIGANDS, RATIOS)]
    design: list[Formulation] = []
    for block in (_round(everything, design, atoms, rng), _model_case()):
        design += _new(block, design, atoms)
    while len(design) < len(everything):
        block = _round([formulation for formulation in everything if formulation not in design], design, atoms, rng)
        design += _new(block, design, atoms)
    return [(formulation, _replicates(formulation)) for formulation in design]


def _round(
    left: Sequence[Formulation],
    used: Sequence[Formulation],
    atoms: Callable[[Formulation], int],
    rng: np.random.Generator,
) -> list[Formulation]:
    """One formulation for each cation that has any left."""
    chosen: list[Formulation] = []
    for cation in rng.permutation(CATIONS):
        own = [formulation for formulation in left if formulation.cation == cation]
        if own:
            chosen.append(max(own, key=_promise([*used, *chosen], atoms)))
    return chosen


def _new(
    block: Iterable[Formulation], used: Sequence[Formulation], atoms: Callable[[Formulation], int]
) -> list[Formulation]:
    """What of a block is not in the design yet, small boxes first."""
    return sorted((formulation for formulation in block if formulation not in used), key=atoms)


def _model_case() -> list[Formulation]:
    points = product(MODEL_CASE_POINTS, MODEL_CASE_CATIONS)
    return [Formulation(cation=cation, ligand=ligand, ratio=ratio) for (ligand, ratio), cation in points]


def _promise(used: Sequence[Formulation], atoms: Callable[[Formulation], int]) -> Callable[[Formulation], float]:
    """How much a formulation would add to those that were used, per cost."""
    pairs = Counter((f.cation, f.ligand) for f in used)
    at_ratio = Counter((f.cation, f.ratio) for f in used)
    cells = Counter((f.ligand, f.ratio) for f in used)

    def promise(f: Formulation) -> float:
        alike = (1 + pairs[f.cation, f.ligand]) * (1 + at_ratio[f.cation, f.ratio]) * (1 + cells[f.ligand, f.ratio])
        return 1.0 / (alike * atoms(f))

    return promise


def _replicates(formulation: Formulation) -> int:
    model_case = formulation.cation in MODEL_CASE_CATIONS and formulation.ligand in MODEL_CASE_LIGANDS
    return MODEL_CASE_REPLICATES if model_case else REPLICATES


def write_dataset_design(path: Path = DATA_FOLDER / "dataset_design.csv") -> None:
    """Write the design at the `screen` level."""
    from ionlink.simulate import molecular_dynamics_oracle

    oracle = molecular_dynamics_oracle("screen")
    sizes: dict[Formulation, int] = {}

    def atoms(formulation: Formulation) -> int:
        if formulation not in sizes:
            sizes[formulation] = oracle.cost(formulation).atoms
        return sizes[formulation]

    rows = ({**formulation.model_dump(), "replicates": count} for formulation, count in dataset_design(atoms))
    write_whole(path, csv_text(("cation", "ligand", "ratio", "replicates"), rows))


if __name__ == "__main__":
    write_dataset_design()
