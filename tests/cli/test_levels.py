import json

import pytest
from typer.testing import CliRunner

from ionlink.cli import app


def run(*arguments):
    return CliRunner().invoke(app, ["levels", *arguments])


def test_it_says_how_much_a_simulation_tells_of_a_statement():
    result = run("--outcome", "monodentate_fraction", "--json")
    assert result.exit_code == 0
    rows = {(row["simulated"], row["measured"]): row for row in json.loads(result.stdout)}
    own = rows["monodentate_fraction", "monodentate_fraction"]
    assert own["statements"] == 8
    assert -1 < own["lower"] <= own["correlation"] <= own["upper"] < 1
    text = run("--outcome", "monodentate_fraction")
    assert "share told" in text.stdout


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--measured", "lab"], "nothing is known at level 'lab'; there are"),
        (["--outcome", "hardnes"], "'hardnes' is not known"),
        (["--outcome", "sheet_resistance"], "nothing related to 'sheet_resistance' is known at both levels"),
    ],
)
def test_bad_input_is_one_clear_line(arguments, line):
    result = run(*arguments)
    assert result.exit_code == 2
    assert line in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
