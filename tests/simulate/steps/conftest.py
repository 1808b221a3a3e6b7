"""An engine with a crystal of argon."""

import sys
from pathlib import Path

import numpy as np
import pytest
from openmm import unit

sys.path.insert(0, str(Path(__file__).parent / "support"))

from argon import ARGON_AMU, EDGE_NM, argon_engine, state_of


@pytest.fixture
def engine(tmp_path):
    return argon_engine(tmp_path)


@pytest.fixture
def state(engine):
    """A crystal of 125 atoms at the temperature of melting argon."""
    grid = (np.arange(5) + 0.5) * EDGE_NM / 5
    positions = np.stack(np.meshgrid(grid, grid, grid), axis=-1).reshape(-1, 3)
    rng = np.random.default_rng(0)
    spread_nm_ps = np.sqrt(unit.MOLAR_GAS_CONSTANT_R._value * 1e-3 * 85 / ARGON_AMU)
    return state_of(engine, positions, rng.normal(size=positions.shape) * spread_nm_ps)
