"""`benchmarks/model_case_statements.py`: how a statement is judged, and that all statements can be."""

import importlib.util
import sys
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionlink.data import cations, observations, outcomes

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "model_case_statements.py"


@pytest.fixture(scope="module")
def script():
    specification = importlib.util.spec_from_file_location("model_case_statements", SCRIPT)
    module = importlib.util.module_from_spec(specification)
    sys.modules["model_case_statements"] = module
    specification.loader.exec_module(module)
    yield module
    del sys.modules["model_case_statements"]


@pytest.mark.parametrize(
    ("difference", "relation", "tolerance", "expected"),
    [
        (-2.1, "<", 0, "agrees"),
        (-1.9, "<", 0, "not resolvable"),
        (2.1, "<", 0, "disagrees"),
        (2.1, ">", 0, "agrees"),
        (-2.1, ">", 0, "disagrees"),
        (1.0, "=", 3.1, "agrees"),
        (-1.0, "=", 3.1, "agrees"),
        (1.0, "=", 2.9, "not resolvable"),
        (5.2, "=", 3.1, "disagrees"),
        (0.0, "=", 0, "not resolvable"),
    ],
)
def test_a_pair_is_judged_by_two_standard_errors(script, difference, relation, tolerance, expected):
    assert script.verdict(difference, 1.0, relation, tolerance) == expected


@given(difference=st.floats(-10, 10), error=st.floats(0.001, 10))
def test_a_statement_and_its_opposite_are_judged_oppositely(script, difference, error):
    opposite = {"agrees": "disagrees", "disagrees": "agrees", "not resolvable": "not resolvable"}
    assert script.verdict(difference, error, ">") == opposite[script.verdict(difference, error, "<")]
    assert script.verdict(-difference, error, "<") == script.verdict(difference, error, ">")


def test_one_contradiction_decides_and_one_open_pair_leaves_open(script):
    assert script.overall(["agrees", "agrees"]) == "agrees"
    assert script.overall(["agrees", "not resolvable"]) == "not resolvable"
    assert script.overall(["agrees", "not resolvable", "disagrees"]) == "disagrees"


def test_every_statement_names_what_is_known_and_was_simulated(script):
    known = observations()
    for _, statement in pd.read_csv(script.STATEMENTS_FILE, dtype=str, keep_default_na=False).iterrows():
        found = script.measured(statement["outcome"], known)
        assert statement["outcome"] in outcomes()
        assert found is not None, statement["outcome"]
        assert set(statement["cations"].split()) <= set(cations())
        assert statement["relation"] in {"<", ">", "="}
        assert (statement["relation"] == "=") == bool(statement["tolerance"])
        assert all(pair for pair, _ in script.judged(statement, found))
        assert script.row(statement, found).count(" | ") == 4


def test_resolved_differences_are_told_as_such(script):
    found = script.Measured({"Mg2+": 1.0, "Ca2+": 1.0, "Fe3+": 2.0, "In3+": 2.0, "Zr4+": 2.1}, 0.1)
    statement = pd.Series(
        {
            "figure": "3a",
            "statement": "Zr4+ is strongest",
            "outcome": "crosslink_strength",
            "cations": "Zr4+",
            "relation": ">",
            "others": "Mg2+ In3+",
            "tolerance": "",
        }
    )
    assert list(script.judged(statement, found)) == [("Zr4+ > Mg2+", "agrees"), ("Zr4+ > In3+", "not resolvable")]
    assert script.row(statement, found).endswith("**not resolvable** (Zr4+ > Mg2+: agrees) |")


def test_the_page_shows_what_the_shipped_observations_say(script, capsys):
    script.main()
    page = (SCRIPT.parents[1] / "docs" / "validation.md").read_text(encoding="utf-8")
    # Otherwise put there what `python benchmarks/model_case_statements.py` prints.
    assert capsys.readouterr().out in page
