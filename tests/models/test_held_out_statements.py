"""`benchmarks/held_out_statements.py`: rankings of known truth, foretold with and without each other."""

import importlib.util
import itertools
from pathlib import Path

import numpy as np
import pytest

from ionlink.data import Ranking

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "held_out_statements.py"
OUTCOME = "coulomb_spread"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location(SCRIPT.stem, SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_rankings_help_to_foretell_rankings(script, observations):
    ordered = sorted((o for o in observations if o.outcome == OUTCOME), key=lambda o: o.value)[::3]
    rankings = [
        Ranking(outcome=OUTCOME, level="lab", source="test", higher=b.formulation, lower=a.formulation, relation=">")
        for a, b in itertools.pairwise(ordered)
    ]
    found = script.held_out_rankings([], rankings)
    table = script.foretelling(found).set_index("knowledge")
    assert table.loc["values and bounds", "log_score"] == pytest.approx(np.log(0.5))
    assert script.gain(found, "and rankings", "values and bounds")[0] != 0
    assert found["probability"].between(0, 1).all()
