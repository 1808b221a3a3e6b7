"""One smoke simulation, run once for all tests that look at it."""

import pytest

from ionlink.data import Formulation
from ionlink.simulate import molecular_dynamics_oracle


@pytest.fixture(scope="session")
def oracle():
    return molecular_dynamics_oracle("smoke", replicates=2)


@pytest.fixture(scope="session")
def formulation():
    return Formulation(cation="Fe3+", ligand="PAA", ratio=4)


@pytest.fixture(scope="session")
def finished(oracle, formulation, tmp_path_factory):
    """Directory and outcomes of a finished replicate."""
    directory = tmp_path_factory.mktemp("replicate")
    return directory, oracle.run_replicate(formulation, 0, directory)
