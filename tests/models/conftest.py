import sys
from pathlib import Path

import pytest

from ionlink.data import Formulation, Observation
from ionlink.models import Surrogate
from ionlink.optimize.closed_form import ClosedFormOracle

sys.path.insert(0, str(Path(__file__).parent / "support"))

CATIONS = ("Mg2+", "Ca2+", "Zn2+", "Fe3+", "Al3+", "Zr4+")
LIGANDS = ("PAA", "PF-COO", "alginate")


@pytest.fixture(scope="session")
def formulations() -> list[Formulation]:
    """Every cation on every ligand, ratios spread over 4 to 100 so that no factor goes with another."""
    pairs = [(c, p) for c in CATIONS for p in LIGANDS]
    ratios = [4 * 25 ** ((7 * i % len(pairs)) / (len(pairs) - 1)) for i in range(len(pairs))]
    return [Formulation(cation=c, ligand=p, ratio=r) for (c, p), r in zip(pairs, ratios, strict=True)]


def observe(formulations: list[Formulation], oracle: ClosedFormOracle | None = None) -> list[Observation]:
    oracle = oracle or ClosedFormOracle()
    found = []
    for formulation in formulations:
        values = [oracle.run_replicate(formulation, k, None) for k in range(oracle.replicates)]
        found += oracle.observations(formulation, values)
    return found


@pytest.fixture(scope="session")
def observations(formulations) -> list[Observation]:
    return observe(formulations)


@pytest.fixture(scope="session")
def surrogate(observations) -> Surrogate:
    return Surrogate.fit(observations)


@pytest.fixture(scope="session")
def believed(observations) -> Surrogate:
    """Whose deviations are those of its processes."""
    return Surrogate.fit(observations, calibrate=False)
