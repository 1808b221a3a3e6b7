"""Commands on what a campaign knows: history, corrections, bench sheets, export, forks, comparisons."""

import csv
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from mlflow import MlflowClient
from typer.testing import CliRunner

from ionlink.cli import app
from ionlink.data import Formulation, outcomes
from ionlink.optimize import Campaign
from ionlink.optimize.directory import CampaignPaths
from ionlink.optimize.rows import Proposal
from ionlink.optimize.tracking import uri_of

LAB = """
[campaign]
name = "{name}"
seed = 4
{more}
[space]
cations = ["Mg2+", "Fe3+", "Al3+"]
ligands = ["PAA", "PF-COO"]
ratio = {{ lower = 4.0, upper = 100.0 }}
[[objectives]]
outcome = "peel_force"
goal = "{goal}"
[budget]
rounds = 5
batch = 2
[known]
observations = false
"""


def run(*arguments: object, code: int = 0):
    result = CliRunner().invoke(app, ["campaign", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result


def declaration(path: Path, name: str = "bench", goal: str = "maximise", more: str = "") -> Path:
    file = path / f"{name}.toml"
    file.write_text(LAB.format(name=name, goal=goal, more=more), "utf-8")
    return file


@pytest.fixture
def bench(tmp_path) -> Path:
    run("new", tmp_path / "bench", "--from", declaration(tmp_path))
    return tmp_path / "bench"


def answer(path: Path, candidates: list[dict], value: float) -> Path:
    lines = ["cation,ligand,ratio,outcome,value,unit,source"]
    for n, candidate in enumerate(candidates):
        point = candidate["formulation"]
        lines.append(f"{point['cation']},{point['ligand']},{point['ratio']},peel_force,{value + n},N,book")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def ask(directory: Path, n: int = 2) -> list[dict]:
    return json.loads(run("ask", directory, "-n", n, "--json").stdout)


def status(directory: Path) -> dict:
    return json.loads(run("status", directory, "--json").stdout)


def test_a_value_is_told_contradicted_and_corrected(bench, tmp_path):
    candidates = ask(bench)
    table = answer(tmp_path / "lab.csv", candidates, 1.0)
    run("tell", bench, table)
    answer(table, candidates, 1.5)
    refused = run("tell", bench, table, code=2).stderr.splitlines()
    assert len(refused) == 3
    assert "1.5 N here, but was 1 N" in refused[0]
    assert "--correct" in refused[-1]
    told = run("tell", bench, table, "--correct", "--reason", "a slip").stdout
    assert "observations stored: 2, 2 of them as corrections" in told
    run("correct", bench, 3, "--value", 1.6, "--reason", "typed wrongly")
    told = json.loads(run("history", bench, "--json").stdout)
    assert [record["superseded_by"] for record in told] == [3, 4, 5, None, None]
    assert [record["correction"] for record in told] == ["a slip", "a slip", "typed wrongly", None, None]
    shown = run("history", bench).stdout
    for part in ("corrected by", "typed wrongly", "1.6"):
        assert part in shown
    assert run("correct", bench, 3, "--value", 1, "--reason", "again", code=2).stderr.count("\n") == 1


def test_a_value_is_corrected_to_a_limit(bench, tmp_path):
    run("tell", bench, answer(tmp_path / "lab.csv", ask(bench), 1.0))
    said = run("correct", bench, 1, "--bound", "<", "--reason", "below what the cell resolves").stdout
    assert "observation 3 (" in said
    assert "peel_force < 1 N" in said
    assert "is not one of" in run("correct", bench, 2, "--bound", "~", "--reason", "a slip", code=2).stderr


def test_what_was_typed_wrongly_is_put_right_or_withdrawn(bench, tmp_path):
    candidates = ask(bench)
    run("tell", bench, answer(tmp_path / "lab.csv", candidates, 1.0))
    made = ["--cation", "Mg(II)", "--ligand", "poly(acrylic acid)", "--ratio", 50]
    said = run("correct", bench, 1, *made, "--reason", "the other vial").stdout
    assert "lab, book) is superseded by observation 3 (Mg2+ / PAA / 50:1, peel_force 1 N, level lab, book): the" in said
    told = json.loads(run("history", bench, "--json").stdout)[-1]["observation"]
    assert (told["formulation"], told["value"]) == ({"cation": "Mg2+", "ligand": "PAA", "ratio": 50.0}, 1.0)
    for wrong, fault in (
        (["--ratio", 0], "ratio: 0.0 is not possible"),
        (["--cation", "Xx2+"], "cation: 'Xx2+'"),
        (["--level", "labb"], "did you mean lab?"),
    ):
        refused = run("correct", bench, 3, *wrong, "--reason", "a slip", code=2).stderr
        assert fault in refused
        assert refused.count("\n") == 1
    history = run("history", bench, "--json").stdout
    ratio = json.loads(history)[1]["observation"]["formulation"]["ratio"]
    assert "observation 2" in run("correct", bench, 3, 2, "--ratio", ratio, "--reason", "a slip", code=2).stderr
    assert run("history", bench, "--json").stdout == history, "of several, all are corrected or none"
    gone = run("withdraw", bench, 2, 3, "--reason", "spilt").stdout
    assert "observation 3 (Mg2+ / PAA / 50:1, peel_force 1 N, level lab, book) is withdrawn: spilt" in gone
    assert "done, but not wholly observed any more: candidate 2" in gone
    assert "done, but without peel_force: candidates 1, 2" in run("status", bench).stdout
    assert [row.split()[-2:] for row in run("history", bench).stdout.splitlines()[-2:]] == [["withdrawn", "spilt"]] * 2
    assert "withdrawn before: 1; they stay so" in run("tell", bench, tmp_path / "lab.csv").stdout
    assert run("withdraw", bench, 2, "--reason", "again", code=2).stderr.count("\n") == 1


def test_the_history_is_the_campaigns_own_unless_all_is_asked_for(tmp_path):
    toml = declaration(tmp_path)
    toml.write_text(toml.read_text().replace("observations = false", "observations = true"))
    bench = tmp_path / "bench"
    run("new", bench, "--from", toml)
    assert "not shown: " in run("history", bench).stdout
    known = json.loads(run("history", bench, "--all", "--json").stdout)
    assert json.loads(run("history", bench, "--json").stdout) == []
    answer(tmp_path / "lab.csv", ask(bench, 1), 1.0)
    lines = (tmp_path / "lab.csv").read_text().splitlines()
    (tmp_path / "lab.csv").write_text(f"{lines[0]},standard_error\n{lines[1]},0.25\n")
    run("tell", bench, tmp_path / "lab.csv")
    right = ("--value", known[0]["observation"]["value"] * 1.01, "--reason", "misread")
    for refused in (("correct", bench, known[0]["id"], *right), ("withdraw", bench, known[1]["id"], "--reason", "no")):
        assert "the knowledge base brought this" in run(*refused, code=2).stderr
    run("correct", bench, known[0]["id"], *right, "--published")
    told = json.loads(run("history", bench, "--json").stdout)
    assert [record["id"] for record in told] == [known[0]["id"], len(known) + 1, len(known) + 2]
    header, _, row, *_ = run("history", bench).stdout.splitlines()
    assert "standard error" in header
    assert row.split()[-7:] == ["1", "0.25", "N", "lab", "book", "–", "–"]


def test_a_bench_sheet_goes_out_and_comes_back(bench, tmp_path):
    ask(bench, 3)
    out = tmp_path / "sheet.csv"
    arguments = ["--polymer-mass-g", 10, "--polymer-solids-percent", 20, "--salt", "Al3+=AlCl3·6H2O"]
    run("sheet", bench, *arguments, "--salt-stock-mol-l", 0.1, "--out", out)
    rows = _rows_of(out)
    assert [row["candidate"] for row in rows] == ["1", "2", "3"]
    rows[1]["peel_force (N)"] = "1.9"
    rows[2]["failed_because"] = "it gelled"
    _write_rows(out, rows)
    assert run("sheet", bench, *arguments, "--out", out, code=2).stderr == f"{out}: exists; --replace overwrites it\n"
    assert CliRunner().invoke(app, ["data", "check", str(out)]).exit_code == 0
    assert "has failed: " in run("tell", bench, out).stdout
    assert status(bench)["candidates"] == {"pending": 1, "done": 1, "failed": 1}
    for suffix in (".md", ".html"):
        written = run("sheet", bench, *arguments, "--out", tmp_path / f"sheet{suffix}").stdout
        assert "ionlink campaign tell" not in written
        assert "peel_force (N)" in (tmp_path / f"sheet{suffix}").read_text("utf-8")
    assert "salt_mg" in run("sheet", bench, *arguments).stdout
    assert len(json.loads(run("sheet", bench, *arguments, "--json").stdout)) == 1


VARIED = """ph = { lower = 2, upper = 6 }
second_cation = { cations = ["Al3+"], fraction = { lower = 0.5, upper = 0.5 } }
[[objectives]]"""


def test_conditions_have_columns_of_their_own_as_in_lab_tables(tmp_path):
    file = declaration(tmp_path)
    text = file.read_text("utf-8").replace("[[objectives]]", VARIED)
    file.write_text(text.replace('"Fe3+", "Al3+"]', '"Fe3+"]'), "utf-8")
    run("new", tmp_path / "bench", "--from", file)
    points = [candidate["formulation"] for candidate in ask(tmp_path / "bench", 4)]
    columns = ["cation", "ligand", "ratio", "second_cation", "second_fraction", "ph"]
    header = run("status", tmp_path / "bench").stdout.splitlines()[1].split()
    assert header == ["candidate", *columns, "proposed", "by"]
    cells = [",".join(str(point.get(name) or "") for name in columns) for point in points]
    table = [f"{','.join(columns)},outcome,value,unit", *(f"{row},peel_force,1,N" for row in cells)]
    (tmp_path / "lab.csv").write_text("\n".join(table), "utf-8")
    run("tell", tmp_path / "bench", tmp_path / "lab.csv")
    ranking = next(line for line in run("status", tmp_path / "bench").stdout.splitlines() if "Pareto" in line)
    assert ranking.split()[: len(columns)] == columns


TWO_TESTS = """[[levels]]
name = "half-cell"
cost = 2
[[levels]]
name = "full-cell"
cost = 6
"""


def test_a_sheet_of_two_levels_of_people_goes_out_and_comes_back(tmp_path):
    file, bench = declaration(tmp_path), tmp_path / "bench"
    file.write_text(file.read_text("utf-8") + TWO_TESTS, "utf-8")
    run("new", bench, "--from", file)
    ask(bench, 1)
    out = tmp_path / "sheet.csv"
    run("sheet", bench, "--polymer-mass-g", 10, "--polymer-solids-percent", 20, "--out", out)
    (row,) = _rows_of(out)
    assert row["level"] == "full-cell"
    row["peel_force (N)"] = "1.9"
    _write_rows(out, [row | {"level": "half-cell"}])
    refused = run("tell", bench, out, code=2).stderr
    assert "candidate: 1 is to be observed at level full-cell, but the row is of level half-cell" in refused
    _write_rows(out, [row])
    assert "candidate 1 is done" in run("tell", bench, out).stdout
    _write_rows(out, [row | {"candidate": "", "level": "half-cell", "peel_force (N)": "1.4"}])
    assert "observations stored: 1" in run("tell", bench, out).stdout
    told = json.loads(run("history", bench, "--json").stdout)
    assert [record["observation"]["level"] for record in told] == ["full-cell", "half-cell"]
    shown = run("status", bench).stdout
    assert (
        f"observed beside: 1 formulation at level half-cell; they are listed by: ionlink campaign history {bench}"
        in (" ".join(shown.split()))
    )


def test_a_row_that_names_a_candidate_is_of_its_level(tmp_path):
    file, bench = declaration(tmp_path), tmp_path / "bench"
    file.write_text(file.read_text("utf-8") + TWO_TESTS, "utf-8")
    run("new", bench, "--from", file)
    (candidate,) = ask(bench, 1)
    point, table = candidate["formulation"], tmp_path / "lab.csv"
    row = f"{point['cation']},{point['ligand']},{point['ratio']},peel_force,1.9,N"
    table.write_text(f"cation,ligand,ratio,outcome,value,unit,candidate\n{row},1\n{row},\n", "utf-8")
    said = run("tell", bench, table).stdout
    assert "candidate 1 is done" in said
    assert "1 of lab; " in said
    assert [r["observation"]["level"] for r in json.loads(run("history", bench, "--json").stdout)] == [
        "full-cell",
        "lab",
    ]
    run("correct", bench, 1, 2, "--cation", "Zr4+", "--ratio", 9, "--reason", "the other salt")
    assert [
        r["observation"]["formulation"]["cation"] for r in json.loads(run("history", bench, "--json").stdout)[2:]
    ] == ["Zr4+"] * 2
    assert "done, but without peel_force: candidate 1" in run("status", bench).stdout
    assert "Best 1 of 1 formulations observed at level full-cell" in run("status", bench).stdout


def test_what_may_have_been_made_for_a_candidate_that_still_waits_is_pointed_out(bench, tmp_path):
    """Weighed out a little off, and told without its number."""
    one, _ = ask(bench, 2)
    point = one["formulation"]
    table = tmp_path / "off.csv"
    header, row = "cation,ligand,ratio,outcome,value,unit", f"{point['cation']},{point['ligand']},{{}},peel_force,1,N"
    table.write_text("\n".join([header, row.format(1.7 * point["ratio"]), row.format(1.05 * point["ratio"])]), "utf-8")
    said = run("tell", bench, table).stdout
    assert said.count("still waits") == 1
    assert f"candidate 1 still waits: {point['cation']} / {point['ligand']} / {point['ratio']:g}:1; if " in said
    assert f"/ {1.05 * point['ratio']:.6g}:1 was made for it, tell the table again with its number in a column" in said
    assert "still waits" not in run("tell", bench, table).stdout, "it is said once"
    named = [f"{header},candidate", f"{row.format(1.7 * point['ratio'])},", f"{row.format(1.05 * point['ratio'])},1"]
    table.write_text("\n".join(named), "utf-8")
    said = run("tell", bench, table).stdout
    assert "known already: 2" in said
    assert "candidate 1 is done" in said


def test_a_sample_that_was_lost_says_nothing_of_the_formulation(bench):
    ask(bench, 2)
    assert "says nothing of the formulation" in run("fail", bench, 1, "--reason", "spilt", "--mishap").stdout
    assert "lowers the chance of its like" in run("fail", bench, 2, "--reason", "it gelled").stdout
    assert [c.failure_of for c in Campaign.load(bench).candidates] == ["machine", "formulation"]
    assert "there is no 9" in run("fail", bench, 9, "--reason", "spilt", code=2).stderr
    again = f"failed in a way that says nothing of the formulation: 1; to try again: ionlink campaign retry {bench}"
    assert again in run("status", bench).stdout.splitlines()
    waiting = run("retry", bench).stdout
    assert waiting.startswith("candidate 1 waits again: ")
    assert f"then: ionlink campaign tell {bench} TABLE.csv" in waiting
    assert [c["id"] for c in json.loads(run("retry", bench, 2, "--json").stdout)] == [2]
    assert "1 is pending; only what failed can be tried again" in run("retry", bench, 1, code=2).stderr


def test_what_others_published_is_told_in_a_table_and_proposed_from(bench, tmp_path):
    header = "cation,ligand,ratio,outcome,value,unit,source,level"
    points = [(c, p, r) for c in ("Mg2+", "Fe3+", "Al3+") for p in ("PAA", "PF-COO") for r in (8, 40)]
    lines = [f"{c},{p},{r},peel_force,{n / 4},N,10.1000/xyz,literature" for n, (c, p, r) in enumerate(points)]
    table = tmp_path / "published.csv"
    table.write_text("\n".join([header, *lines]), "utf-8")
    assert "of other levels or protocols: 12 of literature" in run("tell", bench, table).stdout
    assert "what is expected rests on other levels" in run("ask", bench).stdout


def _rows_of(path: Path) -> list[dict]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _write_rows(path: Path, rows: list[dict]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (["--salt", "Fe3+"], "CATION=FORMULA"),
        (["--salt", "Fe3+=AlCl3"], "contains no Fe"),
        (["--salt", "Fe3+=FeCl2"], "Fe is +2 in 'FeCl2'"),
        (["--salt", "Fe3+=FeCl3", "--salt", "Fe3+=Fe2(SO4)3"], "Fe3+ is given more than once"),
        (["--polymer-form", "Mg2+"], "form"),
        (["--out", "sheet.doc"], "ends in .csv, .md or .html"),
    ],
)
def test_a_sheet_that_cannot_be_is_refused_in_a_line(bench, wrong, message):
    ask(bench)
    said = run("sheet", bench, "--polymer-mass-g", 10, "--polymer-solids-percent", 20, *wrong, code=2).stderr
    assert message in said
    assert said.count("\n") == 1


def test_it_is_exported_imported_and_goes_on(bench, tmp_path):
    run("tell", bench, answer(tmp_path / "lab.csv", ask(bench), 1.0))
    file, copy = tmp_path / "bench.json", tmp_path / "copy"
    run("export", bench, file)
    assert "exists" in run("export", bench, file, code=2).stderr
    run("export", bench, file, "--replace")
    run("import", file, copy)
    assert (copy / "campaign.toml").read_text() == (bench / "campaign.toml").read_text()
    assert status(copy) == status(bench)
    assert ask(copy) == ask(bench)
    assert "exists already" in run("import", file, copy, code=2).stderr
    wrong = bench / "campaign.toml"
    assert run("import", wrong, tmp_path / "other", code=2).stderr.startswith(f"{wrong}: not JSON")
    assert not (tmp_path / "other").exists()


def test_a_campaign_from_python_has_no_directory(campaign_json, tmp_path):
    assert "Campaign.from_json" in run("import", campaign_json, tmp_path / "copy", code=2).stderr


@pytest.fixture
def campaign_json(bench, tmp_path):
    campaign = Campaign.load(bench)
    file = tmp_path / "python.json"
    file.write_text(campaign.to_json(), "utf-8")
    campaign.store.close()
    return file


def test_a_fork_goes_on_from_an_earlier_round_and_wants_otherwise(bench, tmp_path, mlruns):
    for n in range(3):
        run("tell", bench, answer(tmp_path / f"lab-{n}.csv", ask(bench), 1.0 + n))
    same, other = tmp_path / "same", tmp_path / "other"
    run("fork", bench, same, "--until-round", 2)
    run("fork", bench, other, "--from", declaration(tmp_path, "less", goal="minimise"))
    assert (status(same)["rounds"], status(other)["rounds"]) == (2, 3)
    assert status(other)["ranking"][0]["peel_force"] == 1.0
    assert "it can be 0 to 3" in run("fork", bench, tmp_path / "late", "--until-round", 4, code=2).stderr
    assert not (tmp_path / "late").exists()

    arguments = ["compare", bench, same, "--mlruns", mlruns]
    table = json.loads(run(*arguments, "--json").stdout)
    counts = [(row["round"], row["evaluations"]) for row in table]
    assert counts == [(0, 0), (1, 2), (2, 4), (3, 6), (0, 0), (1, 2), (2, 4)]
    assert [row["reached"] for row in table] == [None, 2.0, 3.0, 4.0, None, 2.0, 3.0]
    shown = run(*arguments, "--out", tmp_path / "table.csv").stdout.splitlines()
    assert shown[0].endswith("peel_force_best (N)")
    assert shown[-1] == "reached: the best observed peel force, in N"
    client = MlflowClient(tracking_uri=uri_of(mlruns))
    (experiment,) = [e for e in client.search_experiments() if e.name == "comparison of campaigns"]
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    assert len(runs) == 3, "comparing again makes no new runs"
    parent = runs[f"{bench} and {same}"]
    assert {run.data.tags.get("mlflow.parentRunId") for run in runs.values()} == {None, parent.info.run_id}
    wanted = {"objective/peel_force": "maximise peel_force", "unit/peel_force": "N"}
    assert parent.data.params == wanted
    assert runs[str(bench)].data.params == {"seed": "4", "level": "lab", **wanted}
    smallest = json.loads(run("compare", other, "--json").stdout)[-1]
    assert (smallest["reached"], smallest["peel_force_best"]) == (-1.0, 1.0), "the force itself, in N"
    history = client.get_metric_history(runs[str(bench)].info.run_id, "reached")
    assert sorted({(m.step, m.value) for m in history}) == [(2, 2.0), (4, 3.0), (6, 4.0)]
    assert "is named twice" in run("compare", bench, bench, code=2).stderr


def test_a_fork_to_levels_that_nothing_observes_is_refused(bench, tmp_path):
    levels = '[[levels]]\nname = "screen"\n[[levels]]\nname = "lab"\n'
    toml = declaration(tmp_path, "less")
    toml.write_text(toml.read_text() + levels)
    assert "add [simulation]" in run("fork", bench, tmp_path / "other", "--from", toml, code=2).stderr
    assert not (tmp_path / "other").exists()


def test_a_comparison_records_what_its_hypervolumes_are_measured_from(tmp_path, mlruns):
    toml = declaration(tmp_path)
    more = '[[objectives]]\noutcome = "film_roughness_rq"\ngoal = "minimise"\nreference = 20\n[budget]'
    toml.write_text(toml.read_text().replace("[budget]", f"reference = 0.5\n{more}", 1))
    run("new", tmp_path / "two", "--from", toml)
    run("compare", tmp_path / "two", "--mlruns", mlruns)
    client = MlflowClient(tracking_uri=uri_of(mlruns))
    (experiment,) = [e for e in client.search_experiments() if e.name == "comparison of campaigns"]
    (together,) = [r for r in client.search_runs([experiment.experiment_id]) if "mlflow.parentRunId" not in r.data.tags]
    assert together.data.params["reference/peel_force"] == "0.5"
    assert together.data.params["reference/film_roughness_rq"] == "20"


def test_a_laboratory_is_tracked_when_it_tells(tmp_path, mlruns):
    toml = declaration(tmp_path)
    toml.write_text(toml.read_text() + f'[tracking]\nmlruns = "../{mlruns.name}"\n')
    bench = tmp_path / "bench"
    run("new", bench, "--from", toml)
    for n in range(2):
        run("tell", bench, answer(tmp_path / f"lab-{n}.csv", ask(bench), 1.0 + n))
    run("report", bench)
    client = MlflowClient(tracking_uri=uri_of(mlruns))
    (found,) = client.search_runs([client.get_experiment_by_name("bench").experiment_id])
    history = client.get_metric_history(found.info.run_id, "observed_formulations")
    assert [(m.step, m.value) for m in history] == [(0, 0), (1, 2), (2, 4)]
    assert found.data.params["objective/peel_force"] == "maximise peel_force"
    assert [file.path for file in client.list_artifacts(found.info.run_id, "report")] == ["report/report.html"]

    last = Campaign.load(bench).history()[-1].id
    run("withdraw", bench, last, "--reason", "spilt")
    assert client.get_run(found.info.run_id).data.metrics["observed_formulations"] == 3


def test_trouble_with_mlflow_is_a_line_and_what_was_told_is_kept(tmp_path, mlruns):
    toml = declaration(tmp_path)
    toml.write_text(toml.read_text() + f'[tracking]\nmlruns = "../{mlruns.name}"\n')
    bench = tmp_path / "bench"
    run("new", bench, "--from", toml)
    table = answer(tmp_path / "lab.csv", ask(bench), 1.0)
    sound = (mlruns / "mlflow.db").read_bytes()
    (mlruns / "mlflow.db").write_text("a letter home, and no database" * 50)
    told = run("tell", bench, table)
    (line,) = told.stderr.splitlines()
    assert line.startswith(f"MLflow's folder {mlruns} cannot be used: file is not a database; what was to be recorded")
    assert "candidate 1 is done" in told.stdout
    compared = run("compare", bench, "--mlruns", mlruns)
    assert compared.stderr.startswith(f"MLflow's folder {mlruns} cannot be used")
    assert "reached:" in compared.stdout
    (mlruns / "mlflow.db").write_bytes(sound)
    run("tell", bench, table)
    client = MlflowClient(tracking_uri=uri_of(mlruns))
    (found,) = client.search_runs([client.get_experiment_by_name("bench").experiment_id])
    assert found.data.metrics["observed_formulations"] == 2


def test_two_directories_may_share_a_store(tmp_path):
    for name in ("one", "two"):
        toml = declaration(tmp_path, name, more='store = "../shared.sqlite"')
        run("new", tmp_path / name, "--from", toml)
    assert (tmp_path / "shared.sqlite").exists()
    run("tell", tmp_path / "one", answer(tmp_path / "lab.csv", ask(tmp_path / "one"), 1.0))
    report = Path(run("report", tmp_path / "one").stdout.strip())
    assert "2 candidates proposed in 1 round (2 done)" in report.read_text("utf-8")
    assert not CampaignPaths(tmp_path / "one").store.exists()
    assert len(status(tmp_path / "two")["ranking"]) == 2
    assert {row["round"] for row in status(tmp_path / "two")["ranking"]} == {0}
    assert status(tmp_path / "two")["candidates"] == {}
    assert [c["id"] for c in ask(tmp_path / "two")] == [1, 2]
    elsewhere = {"formulation": {"cation": "Al3+", "ligand": "PAA", "ratio": 33}}
    run("tell", tmp_path / "one", answer(tmp_path / "lab.csv", [elsewhere], 3.0))
    assert [row["round"] for row in status(tmp_path / "two")["ranking"]] == [1, 0, 0]
    assert run("status", tmp_path / "two").stdout.count("round 1, not asked for") == 1
    run("export", tmp_path / "two", tmp_path / "two.json")
    taken = run("import", tmp_path / "two.json", tmp_path / "three", code=2).stderr
    assert "shared.sqlite has a campaign two already" in taken
    assert not (tmp_path / "three").exists()


def test_a_condition_that_is_left_out_is_missed_in_a_line(tmp_path):
    toml = declaration(tmp_path)
    toml.write_text(toml.read_text("utf-8").replace("[[obj", "ph = { lower = 2, upper = 6 }\n[[obj"), "utf-8")
    run("new", tmp_path / "bench", "--from", toml)
    table = answer(tmp_path / "lab.csv", ask(tmp_path / "bench"), 1.0)
    said = run("tell", tmp_path / "bench", table).stdout.splitlines()
    assert said[1].startswith("of these, without ph, which the design space varies: 2; they teach nothing of it")
    assert not any("is done" in line for line in said)
    assert [line.split(":")[0] for line in said[2:]] == ["candidate 1 still waits", "candidate 2 still waits"]
    assert json.loads(run("tell", tmp_path / "bench", table, "--json").stdout)["unsaid"] == {"ph": 2}
    table.write_text("cation,ligand,ratio,ph,outcome,value,unit\nFe3+,PAA,60,3,peel_force,1,N\n", "utf-8")
    assert "without" not in run("tell", tmp_path / "bench", table).stdout


def test_why_knows_what_was_made(bench, tmp_path):
    (candidate,) = ask(bench, 1)
    point = candidate["formulation"]
    rows = f"{point['cation']},{point['ligand']},{point['ratio'] * 1.04},peel_force,1.9,N,1\n"
    (tmp_path / "lab.csv").write_text(f"cation,ligand,ratio,outcome,value,unit,candidate\n{rows}", "utf-8")
    run("tell", bench, tmp_path / "lab.csv")
    assert "round 1" in run("status", bench).stdout
    said = run("why", bench, 1).stdout
    assert f"made was: {point['cation']} / {point['ligand']} / {point['ratio'] * 1.04:.4g}:1" in said


def test_samples_of_a_candidate_are_one_row_and_what_is_missing_is_weighed_again(tmp_path):
    toml = declaration(tmp_path)
    two = '[[objectives]]\noutcome = "film_roughness_rq"\ngoal = "minimise"\n[budget]'
    toml.write_text(toml.read_text("utf-8").replace("[budget]", two), "utf-8")
    run("new", bench := tmp_path / "bench", "--from", toml)
    first, second = (c["formulation"] for c in ask(bench))
    rows = [
        f"1,{first['cation']},{first['ligand']},{first['ratio'] * 1.03},peel_force,1.9,N",
        f"1,{first['cation']},{first['ligand']},{first['ratio'] / 1.03},film_roughness_rq,40,nm",
        f"2,{second['cation']},{second['ligand']},{second['ratio']},peel_force,1.9,N",
    ]
    table = tmp_path / "lab.csv"
    table.write_text("\n".join(["candidate,cation,ligand,ratio,outcome,value,unit", *rows]), "utf-8")
    run("tell", bench, table)
    shown = status(bench)
    assert [(row["candidate"], row["complete"]) for row in shown["ranking"]] == [(1, True), (2, False)]
    assert shown["missing"] == {"2": ["film_roughness_rq"]}
    said = run("status", bench).stdout
    assert "done, but without film_roughness_rq: candidate 2\n" in said
    assert f"what to weigh for these: ionlink campaign sheet {bench} --missing" in said
    assert "made were: " in run("why", bench, 1).stdout
    assert [record["candidate"] for record in json.loads(run("history", bench, "--json").stdout)] == [1, 1, 2]

    sheet = tmp_path / "sheet.csv"
    amounts = ("--polymer-mass-g", 10, "--polymer-solids-percent", 20)
    run("sheet", bench, *amounts, "--missing", "--out", sheet)
    with sheet.open(encoding="utf-8-sig", newline="") as lines:
        (row,) = csv.DictReader(lines)
    assert row["remark"].startswith("wanted: film_roughness_rq")
    assert "failed_because" not in row
    with sheet.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, row)
        writer.writeheader()
        writer.writerow({**row, "film_roughness_rq (nm)": "30"})
    run("tell", bench, sheet)
    assert status(bench)["missing"] == {}
    assert "nothing is missing" in run("sheet", bench, *amounts, "--missing", code=2).stderr


def test_what_one_campaign_was_told_another_one_of_the_store_need_not_weigh(tmp_path):
    for name in ("one", "two"):
        run("new", tmp_path / name, "--from", declaration(tmp_path, name, more='store = "../shared.sqlite"'))
        asked = ask(tmp_path / name)
    run("tell", tmp_path / "one", answer(tmp_path / "lab.csv", asked[:1], 2.0))
    amounts = ("--polymer-mass-g", 10, "--polymer-solids-percent", 20, "--json")
    rows = json.loads(run("sheet", tmp_path / "two", *amounts).stdout)
    assert [row["candidate"] for row in rows] == [2]
    assert [c["id"] for c in status(tmp_path / "two")["pending"]] == [2]


def test_what_is_known_enters_a_shared_store(tmp_path):
    toml = declaration(tmp_path, "one", more='store = "../shared.sqlite"')
    toml.write_text(toml.read_text().replace("observations = false", "observations = true"))
    run("new", tmp_path / "one", "--from", toml)
    campaign = Campaign.load(tmp_path / "one")
    known = campaign.store.of("another").observations()
    campaign.store.close()
    assert known, "and every campaign of the store knows it"


def test_an_old_store_is_migrated_and_its_copy_named(bench):
    old = Path(__file__).parent.parent / "optimize" / "support" / "store_of_schema_2.sql"
    store = CampaignPaths(bench).store
    for file in bench.glob("store.sqlite*"):
        file.unlink()
    with closing(sqlite3.connect(store)) as connection:
        connection.executescript(old.read_text("utf-8"))
    said = run("status", bench).stderr
    assert said.count("\n") == 1
    assert "store.sqlite.schema-2.bak" in said
    assert run("status", bench).stderr == ""


def test_what_tells_candidates_apart_is_shown(bench):
    campaign = Campaign.load(bench)
    point = {"cation": "Fe3+", "ligand": "PAA", "ratio": 60}
    acid = Formulation(**point, ph=3.5)
    campaign.store.add_round(1, "by hand", None, [Proposal(acid, "by hand", {}, "lab", replicates=2)])
    campaign.store.close()
    header, row = run("status", bench).stdout.splitlines()[1:3]
    assert header.split() == ["candidate", "cation", "ligand", "ratio", "ph", "replicates", "proposed", "by"]
    assert row.split()[:6] == ["1", "Fe3+", "PAA", "60", "3.5", "2"]


def test_a_history_of_an_outcome_that_is_no_longer_there_says_where_it_would_be(bench, tmp_path, monkeypatch):
    own = tmp_path / "own"
    own.mkdir()
    (own / "outcomes_mine.csv").write_text("name,unit,meaning\nlap_shear_strength,MPa,Of two plates.\n", "utf-8")
    table = tmp_path / "lab.csv"
    table.write_text(
        "cation,ligand,ratio,outcome,value,unit\nFe3+,PAA,60,lap_shear_strength,1900,kPa\n", encoding="utf-8"
    )
    with monkeypatch.context() as patch:
        patch.setenv("IONLINK_DATA", str(own))
        outcomes.cache_clear()
        run("tell", bench, table)
        assert "1.9" in run("history", bench).output
    outcomes.cache_clear()
    assert "'lap_shear_strength' is not known; ionlink data show outcomes" in run("history", bench, code=2).output
