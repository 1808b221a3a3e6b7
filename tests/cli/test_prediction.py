import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from ionlink import Formulation
from ionlink.cli import app
from ionlink.data import Observation
from ionlink.models import Surrogate
from ionlink.optimize.closed_form import ClosedFormOracle


@pytest.fixture(scope="module")
def observations():
    oracle, seen = ClosedFormOracle(), []
    for place, cation in enumerate(("Mg2+", "Ca2+", "Fe3+", "Al3+", "Zr4+", "Zn2+")):
        formulation = Formulation(cation=cation, ligand="PAA", ratio=5.0 + 15 * place)
        seen += oracle.observations(formulation, [oracle.run_replicate(formulation, k, None) for k in range(3)])
    return seen


@pytest.fixture(scope="module")
def model(observations, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model") / "kept"
    Surrogate.fit(observations).save(folder)
    return str(folder)


def run(*arguments: str):
    return CliRunner().invoke(app, ["predict", *arguments])


def test_one_formulation(model):
    result = run("--cation", "Fe(III)", "--ligand", "PAA", "--ratio", "300", "--model", model)
    assert result.exit_code == 0
    assert "coulomb_spread" in result.stdout
    assert "uncut" not in result.stdout, "nothing of these was cut off"
    assert "outside of what was learned from: ratio outside" in result.stdout
    rows = json.loads(run("--cation", "Fe3+", "--ligand", "PAA", "--ratio", "30", "--model", model, "--json").stdout)
    assert {row["cation"] for row in rows} == {"Fe3+"}


def test_what_is_printed_ends_at_what_is_possible(tmp_path):
    about = {"outcome": "peel_force", "level": "lab", "source": "x"}
    points = [Formulation(cation="Fe3+", ligand="PAA", ratio=ratio) for ratio in (5, 10, 20, 40, 80, 160)]
    values = (9.0, 0.1, 7.0, 0.2, 8.0, 0.1)
    known = [Observation(formulation=p, value=v, **about) for p, v in zip(points, values, strict=True)]
    Surrogate.fit(known).save(tmp_path / "kept")
    asked = ("--cation", "Fe3+", "--ligand", "PAA", "--ratio", "60", "--noisy", "--model", str(tmp_path / "kept"))
    (row,) = json.loads(run(*asked, "--json").stdout)
    assert row["lower"] < 0 < row["mean"], "a Gaussian knows no limits"
    shown = run(*asked).stdout
    assert "means and intervals end here at what is possible; --json, --out and Python give them uncut" in shown
    (printed,) = [line.split() for line in shown.splitlines() if line.startswith("peel_force")]
    assert float(printed[1]) == pytest.approx(row["mean"], rel=1e-3)
    assert float(printed[3]) == 0
    assert float(printed[4]) == pytest.approx(row["upper"], rel=1e-3)


def test_a_grid(model):
    grid = "cation=Fe3+, Mg2+; ligand=PAA; ratio=8:100:3"
    arguments = ("--grid", grid, "--model", model, "--outcome", "coulomb_spread", "--json")
    narrow, wide = (json.loads(run(*arguments, "--interval", interval).stdout) for interval in ("0.5", "0.99"))
    assert [row["cation"] for row in narrow] == ["Fe3+"] * 3 + ["Mg2+"] * 3
    assert all(n["lower"] > w["lower"] for n, w in zip(narrow, wide, strict=True))


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ("cation", "grid: 'cation' does not read as name=values"),
        ("cation=all; cation=all", "grid: cation stands twice"),
        ("cation=all; ligand=PAA; ratio=8:100", "grid: ratio=8:100 does not read as numbers"),
        ("cation=Xx; ligand=PAA; ratio=8", "grid, cation: 'Xx'"),
        ("cation=all; ligand=PAA; ratio=8; ph=acid", "grid: ph=acid does not read as numbers (ph=8, 20)"),
        ("cation=Fe3+; ratio=8", "grid: ligand is missing; needed are cation, ligand, ratio\n"),
        ("cation=Fe3+; ligand=PAA; ratio=100:8:5", "grid, ratio: 100.0 to 8.0 does not rise; give the lower end first"),
    ],
)
def test_a_grid_typed_wrongly_is_bad_input(model, grid, message):
    result = run("--grid", grid, "--model", model)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "{" not in result.stderr


def test_rows_of_a_table_are_told_apart_by_their_conditions(model, tmp_path):
    asked = tmp_path / "asked.csv"
    asked.write_text("cation,ligand,ratio,pH\nFe3+,PAA,8,5\nFe3+,PAA,8,7\n", "utf-8")
    header, first, second, *_ = run(
        "--table", str(asked), "--model", model, "--outcome", "coulomb_spread"
    ).stdout.splitlines()
    assert header.split()[:4] == ["cation", "ligand", "ratio", "ph"]
    assert [line.split()[3] for line in (first, second)] == ["5", "7"]


def test_conditions_of_one_formulation(model):
    asked = ["--cation", "Fe3+", "--ligand", "PAA", "--ratio", "30", "--ph", "5", "--temperature-k", "300"]
    mixture = ["--second-cation", "Al(III)", "--second-fraction", "0.3"]
    row, *_ = json.loads(run(*asked, *mixture, "--model", model, "--json").stdout)
    assert (row["ph"], row["temperature_k"], row["second_cation"], row["second_fraction"]) == (5, 300, "Al3+", 0.3)
    assert "no training data with a known pH" in row["domain_reason"]


def test_an_outcome_outside_of_the_domain_is_named(observations, tmp_path):
    without = [o for o in observations if o.formulation.cation != "Fe3+" or o.outcome != "coulomb_spread"]
    Surrogate.fit(without).save(tmp_path / "kept")
    asked = ("--cation", "Fe3+", "--ligand", "PAA", "--ratio", "30", "--model", str(tmp_path / "kept"))
    *rows, last = run(*asked).stdout.splitlines()
    assert last.startswith("coulomb_spread outside of what was learned from: no training data on Fe3+;")
    in_domain = {line.split()[0]: line.split()[-1] for line in rows[1:]}
    assert [outcome for outcome, said in in_domain.items() if said == "no"] == ["coulomb_spread"]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_table_to_a_file(model, tmp_path, kind):
    asked, out = tmp_path / "asked.csv", tmp_path / f"out.{kind}"
    asked.write_text("cation,ligand,ratio\nFe3+,PAA,8\nfe(iii),poly(acrylic acid),20\n", "utf-8")
    arguments = ("--table", str(asked), "--out", str(out), "--model", model)
    assert json.loads(run(*arguments, "--json").stdout) == {"out": str(out), "rows": 6}
    frame = pd.read_csv(out) if kind == "csv" else pd.read_parquet(out)
    assert set(frame["cation"]) == {"Fe3+"}
    again = run(*arguments)
    assert (again.exit_code, again.stderr) == (2, f"{out}: exists already; choose another name, or remove it first\n")


def test_a_bad_table_is_refused_before_anything_is_written(model, tmp_path):
    asked = tmp_path / "asked.csv"
    asked.write_text("cation,ligand,ratio\nFe3+,PAA,8\nXx,PAA,8\nFe3+,PAA,-1\n", "utf-8")
    result = run("--table", str(asked), "--out", str(tmp_path / "out.csv"), "--model", model)
    assert result.exit_code == 2
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == [
        f"{asked}, line 3, cation",
        f"{asked}, line 4, ratio",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["asked.csv"]


def test_too_many_to_print_go_to_a_file(model):
    result = run("--grid", "cation=all; ligand=all; ratio=8", "--model", model)
    assert result.exit_code == 2
    assert result.stderr == "more than 1000 predictions; --out predictions.csv writes them to a file\n"


def test_a_model_that_was_changed_is_bad_input(model, tmp_path):
    folder = tmp_path / "changed"
    shutil.copytree(model, folder)
    (folder / "state.pt").write_bytes(b"junk")
    result = run("--cation", "Fe3+", "--ligand", "PAA", "--ratio", "30", "--model", str(folder))
    assert result.exit_code == 2
    assert result.stderr == (f"{folder}: state.pt not as saved (SHA-256 differs); do not use it, fit and save again\n")


def test_bounds_that_were_not_learned_from_are_counted(model, tmp_path):
    learned = Surrogate.load(Path(model))
    bounds = [o.model_copy(update={"bound": ">"}) for o in learned.observations if o.outcome == "coulomb_spread"]
    Surrogate.fit([*learned.observations, *bounds[:2]], outcomes=learned.outcomes[:2]).save(tmp_path / "kept")
    asked = ("--cation", "Fe3+", "--ligand", "PAA", "--ratio", "30", "--json")
    result = run(*asked, "--model", str(tmp_path / "kept"))
    assert json.loads(result.stdout)
    assert result.stderr == "not learned from: 2 bounds (< or >)\n"
    assert run(*asked, "--model", model).stderr == ""


def test_from_everything_that_papers_state_and_simulations_tell():
    """The knowledge base ranks cross-link strengths, and gives no value of them: alone, there is nothing to learn."""
    asked = ("--cation", "Fe3+", "--ligand", "PF-COO", "--ratio", "60", "--level", "literature")
    refused = run(*asked, "--outcome", "crosslink_strength")
    assert refused.exit_code == 2
    assert "outcome: 'crosslink_strength' was not observed at level literature" in refused.stderr
    result = run(*asked, "--outcome", "crosslink_strength", "--everything", "--json")
    assert result.exit_code == 0, result.stderr
    (row,) = json.loads(result.stdout)
    assert row["level"] == "literature"
    assert row["lower"] < row["mean"] < row["upper"]
    assert "not learned from" not in result.stderr


def test_what_has_learned_cannot_be_told_to_learn_from_everything(model):
    result = run("--cation", "Fe3+", "--ligand", "PAA", "--ratio", "30", "--model", model, "--everything")
    assert result.exit_code == 2
    assert "model: has learned already; leave out everything, which says what to learn from" in result.stderr
