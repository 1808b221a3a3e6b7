"""`ionlink explain` as it is typed."""

import json

from typer.testing import CliRunner

from ionlink.cli import app
from ionlink.data import observations
from ionlink.explanation import explain_surrogate
from ionlink.explanation_text import led_by
from ionlink.models import Surrogate


def explained(*arguments: str):
    return CliRunner().invoke(app, ["explain", "--outcome", *arguments])


def test_a_chemist_can_read_it(tmp_path):
    place = tmp_path / "why.png"
    result = explained(
        *("crosslink_strength", "--cation", "Fe3+", "--ligand", "PF-COO", "--ratio", "60", "--plot", str(place))
    )
    assert result.exit_code == 0, result.output
    assert "Spatial configuration, mainly by ratio, moves crosslink strength most" in result.stdout
    assert "Fe3+ / PF-COO / 60:1" in result.stdout
    assert place.read_bytes()[:4] == b"\x89PNG"


def test_a_machine_can_read_it():
    result = explained("chains_per_cation", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert {row["group"] for row in told["global_attributions"]} == {
        *("charge density", "ionic radius", "ligand identity", "spatial configuration")
    }
    assert told["unit"] == "1"
    assert told["asked"] is None
    assert told["plot"] is None
    assert len(told["interactions"]) == 6


def test_a_saved_surrogate_can_be_explained(tmp_path):
    learned = [o for o in observations() if o.level == "screen" and o.outcome == "chains_per_cation"]
    Surrogate.fit(learned[:40]).save(tmp_path / "kept")
    result = explained("chains_per_cation", "--model", str(tmp_path / "kept"), "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["formulations"] == len({o.formulation for o in learned[:40]})
    (tmp_path / "kept" / "state.pt").unlink()
    again = explained("chains_per_cation", "--model", str(tmp_path / "kept"))
    assert (again.exit_code, len(again.stderr.splitlines())) == (2, 1)


def test_table_and_figure_name_a_descriptor_by_one_rule_and_conditions_can_be_asked_for(tmp_path):
    learned = [o for o in observations() if o.level == "screen" and o.outcome == "chains_per_cation"]
    surrogate = Surrogate.fit(learned[:12], calibrate=False)
    surrogate.save(tmp_path / "kept")
    asked = ("--cation", "Fe3+", "--ligand", "PAA", "--ratio", "20", "--ph", "5", "--temperature-k", "310")
    mixture = ("--second-cation", "Al3+", "--second-fraction", "0.3")
    result = explained("chains_per_cation", "--model", str(tmp_path / "kept"), *asked, *mixture)
    assert result.exit_code == 0, result.output
    assert "Fe3+ + 30 % Al3+ / PAA / 20:1 / pH 5 / 310 K:" in result.stdout
    explanation = explain_surrogate(surrogate, "chains_per_cation")
    lines = [line.rstrip() for line in result.stdout.splitlines()]
    for _, row in explanation.global_attributions.iterrows():
        line = next(line for line in lines if line.startswith(row["group"]))
        assert line.endswith(f"  {led_by(explanation, row)}")
    assert "(by no one descriptor surely)" in result.stdout


def test_an_unknown_outcome_is_bad_input_on_one_line():
    result = explained("cation_oxigen_distance")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert "did you mean cation_oxygen_distance" in result.stderr


def test_a_figure_that_exists_is_refused_before_the_work(tmp_path):
    place = tmp_path / "why.svg"
    place.write_text("mine")
    result = explained("no such outcome", "--plot", str(place))
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [f"plot: {place} exists already; choose another name, or remove it first"]
    assert place.read_text() == "mine"


def test_too_few_values_is_failed_work():
    result = explained("peel_force", "--level", "literature")
    assert result.exit_code == 1
    assert "at least 5 needed" in result.stderr
