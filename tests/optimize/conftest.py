import sys
from pathlib import Path

import pytest

# Worker processes import the oracles of the tests by name, and get their path from here.
sys.path.insert(0, str(Path(__file__).parent / "support"))

from toy_campaigns import SPACE, play

from ionlink.optimize import Campaign
from ionlink.optimize.closed_form import OBJECTIVES, ClosedFormOracle


@pytest.fixture
def campaign() -> Campaign:
    """Nothing asked, nothing told."""
    return Campaign(SPACE, OBJECTIVES, seed=1)


@pytest.fixture
def started(campaign) -> Campaign:
    """Eight formulations observed: enough for a model."""
    return play(campaign, 1, 8, ClosedFormOracle())
