"""`ionlink train`: what it learns, writes, reports and records, and how it ends on bad input."""

import csv
import json
import re

import pytest
from mlflow import MlflowClient
from typer.testing import CliRunner

from ionlink.cli import app
from ionlink.data import Formulation, InputError, observations, read_lab_table
from ionlink.models import Surrogate
from ionlink.models.provenance import data_sha256
from ionlink.optimize.closed_form import outcomes_of
from ionlink.training import train
from ionlink.training_config import TrainingConfig, training_config, training_presets
from ionlink.training_data import training_data
from ionlink.training_report.declaration import declaration

CATIONS = ("Mg2+", "Ca2+", "Zn2+", "Fe3+", "Al3+", "Zr4+")


def run(*arguments):
    return CliRunner().invoke(app, ["train", *(str(argument) for argument in arguments)])


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """What a laboratory measured: two outcomes of six cations on two ligands; of a third, too little to learn."""
    file = tmp_path_factory.mktemp("lab") / "lab.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("cation", "ligand", "ratio", "outcome", "value", "unit", "standard_error", "bound"))
        for place, cation in enumerate(CATIONS):
            for ligand in ("PAA", "PF-COO"):
                ratio = 8.0 + 5 * place + (ligand == "PAA")
                values = outcomes_of(Formulation(cation=cation, ligand=ligand, ratio=ratio))
                for outcome in ("chains_per_cation", "coulomb_spread"):
                    writer.writerow((cation, ligand, ratio, outcome, values[outcome], "1", 0.01, ""))
        writer.writerow(("Fe3+", "PAA", 8, "peel_force", 1.5, "N", 0.1, ""))
        writer.writerow(("Fe3+", "PAA", 8, "chains_per_cation", 1.0, "1", "", ">"))
    return file


@pytest.fixture(scope="module")
def trained(table, tmp_path_factory):
    out = tmp_path_factory.mktemp("trained") / "lab"
    options = ("--folds", 3, "--learning-curve", 0, "--no-tracking", "--report", "--json")
    result = run("--table", table, "--out", out, *options)
    assert result.exit_code == 0, result.stderr
    return out, result


def test_the_surrogate_lies_where_it_was_wanted(trained, table):
    out, result = trained
    said = json.loads(result.stdout)
    assert said["outcomes"] == ["chains_per_cation", "coulomb_spread"]
    assert list(said["left_out"]) == ["peel_force"]
    assert said["data_sha256"] == data_sha256(read_lab_table(table))
    assert said["registered"] is None
    assert (said["observations"], said["bounds_skipped"], said["learned_from"]) == (26, 1, 24)
    assert said["descriptors_dropped"]["macrocycle"] == "constant (0)"
    assert {f["split"] for f in said["metrics"]} == {
        "formulation-folds",
        "leave-one-cation-out",
        "leave-one-ligand-out",
    }
    assert Surrogate.load(out).outcomes == ("chains_per_cation", "coulomb_spread")


def test_tables_hold_what_was_predicted_and_how_well(trained):
    out, result = trained
    with (out / "predictions.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    failed = sum(failure["held_out"] for failure in json.loads(result.stdout)["failures"])
    assert len(rows) + failed == 2 * 12 * 3
    with (out / "metrics.csv").open(encoding="utf-8") as stream:
        metrics = list(csv.DictReader(stream))
    assert {"rmse", "mae", "q2", "spearman", "log_score", "crps", "coverage_90", "width_90"} <= {
        m["metric"] for m in metrics
    }


def test_the_report_stands_alone(trained):
    page = (trained[0] / "report.html").read_text("utf-8")
    assert not re.search(r'(?:src|href)="(?!data:)', page)
    assert page.count("data:image/svg+xml") == 6
    for words in ("new cation", "Conformal correction", "SHA-256", "peel force", "at least 5 needed", "torch 2"):
        assert words in page
    for words in (
        "Descriptors that are not used",
        "constant (0)",
        "macrocycle",
        "goes with",
        "1 of these, not learned",
    ):
        assert words in page
    assert "nan" not in re.sub(r'src="[^"]*"', "", page).lower().replace("nanometre", "")


def test_progress_goes_to_stderr(trained):
    lines = trained[1].stderr.splitlines()
    assert "chains_per_cation, leave-one-cation-out: 1 of 12" in lines


def test_a_directory_in_use_is_refused_before_any_work(trained, table):
    result = run("--table", table, "--out", trained[0], "--no-tracking", "--report")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [f"--out: {trained[0]} is not empty; give a directory that does not exist yet"]


def test_mlflow_records_all_of_it(table, tmp_path, mlruns):
    options = ("--outcome", "chains_per_cation", "--split", "leave-one-ligand-out", "--learning-curve", 0, "--report")
    result = run("--table", table, "--out", tmp_path / "s", "--mlruns", mlruns, "--name", "bench", *options)
    assert result.exit_code == 0, result.stderr
    assert "registered in MLflow: bench version 1" in result.stdout
    assert "pooled: 1 outcome learned from 12 observations" in result.stdout
    assert "not learned from: 1 bound (< or >); --model joint learns from them too" in result.stdout
    assert re.search(r"descriptors: \d+ used; \d+ that are the same throughout and \d+ that go with", result.stdout)
    uri = f"sqlite:///{mlruns / 'mlflow.db'}"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    experiment = client.get_experiment_by_name("bench")
    (logged,) = client.search_runs([experiment.experiment_id])
    assert logged.info.status == "FINISHED"
    assert logged.data.params["model"] == "pooled"
    assert len(logged.data.params["data_sha256"]) == 64
    assert "sources" in logged.data.params["code_version"]
    assert "rmse/leave-one-ligand-out/chains_per_cation" in logged.data.metrics
    kept = {artifact.path for artifact in client.list_artifacts(logged.info.run_id, "report")}
    assert kept == {f"report/{name}" for name in ("report.html", "metrics.csv", "corrections.csv", "predictions.csv")}
    assert client.get_model_version("bench", "1").run_id == logged.info.run_id


def test_what_mlflow_cannot_record_is_said_in_a_line_and_lies_where_it_was_to_be(table, tmp_path, mlruns):
    client = MlflowClient(tracking_uri=f"sqlite:///{mlruns / 'mlflow.db'}")
    client.delete_experiment(client.create_experiment("thrown-away"))
    options = ("--outcome", "chains_per_cation", "--model", "ridge", "--mlruns", mlruns, "--name", "thrown-away")
    result = run("--table", table, "--out", tmp_path / "s", *options)
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"{mlruns}: MLflow cannot record there: The experiment ")
    assert line.endswith(f"; the surrogate is in {tmp_path / 's'}")
    assert Surrogate.load(tmp_path / "s").outcomes == ("chains_per_cation",)


def test_everything_that_is_known_can_be_learned_from(table, tmp_path):
    """Bounds of the table, and the shipped simulations of the same outcomes; the report judges that too."""
    options = ("--model", "joint", "--outcome", "chains_per_cation", "--report", "--learning-curve", 0)
    result = run("--table", table, "--out", tmp_path / "s", "--no-tracking", "--split", "formulation-folds", *options)
    assert result.exit_code == 0, result.stderr
    assert "joint: 1 outcome learned from 13 observations" in result.stdout
    assert "not learned from" not in result.stdout
    learned = Surrogate.load(tmp_path / "s")
    assert {o.level for o in learned.beside.observations} >= {"screen"}
    assert learned.models["chains_per_cation"].learned.process.tasks[0].level == "screen"


def test_a_chosen_model_learns_from_all_that_it_learns_from_alone(tmp_path):
    """Of the related friction coefficient as well, which the folds that choose are not told."""
    values = [(cation, ratio, place + ratio / 60) for place, cation in enumerate(CATIONS) for ratio in (8, 60)]
    rows = [f"{cation},PAA,{ratio},peel_force,{value},N,0.01" for cation, ratio, value in values]
    rows += [f"{cation},PAA,{ratio},friction_coefficient,{value / 10},1,0.001" for cation, ratio, value in values]
    table = tmp_path / "lab.csv"
    table.write_text("\n".join(["cation,ligand,ratio,outcome,value,unit,standard_error", *rows]), "utf-8")
    learned = []
    for models in (["joint"], ["joint", "random-forest"]):
        out = tmp_path / f"of-{len(models)}"
        options = {"table": table, "outcome": "peel_force", "model": models, "out": out, "tracking": False}
        done = train(training_config(None, options))
        assert done.model == "joint"
        learned.append({(o.outcome, o.level) for o in done.surrogate.beside.observations})
    assert learned[0] == learned[1]
    assert ("friction_coefficient", "lab") in learned[1]


def test_without_a_report_only_the_surrogate_is_written(table, tmp_path):
    result = run("--table", table, "--outcome", "coulomb_spread", "--out", tmp_path / "s", "--no-tracking")
    assert result.exit_code == 0, result.stderr
    assert sorted(file.name for file in (tmp_path / "s").iterdir()) == ["SHA256SUMS", "state.pt", "surrogate.json"]


def test_bounds_alone_are_failed_work(table, tmp_path):
    bounds = tmp_path / "bounds.csv"
    rows = [f"{cation},PAA,60,peel_force,1.5,N,>" for cation in CATIONS]
    bounds.write_text("cation,ligand,ratio,outcome,value,unit,bound\n" + "\n".join(rows), "utf-8")
    result = run("--table", bounds, "--out", tmp_path / "s", "--no-tracking")
    assert result.exit_code == 1
    assert "peel_force: only bounds are observed (6), and bounds alone teach no surrogate" in result.stderr


def test_what_cannot_be_learned_is_failed_work(table, tmp_path):
    result = run("--table", table, "--outcome", "peel_force", "--out", tmp_path / "s", "--no-tracking")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "peel_force" in result.stderr
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (["--outcome", "peel_forc"], ["--outcome: there is no outcome 'peel_forc' (did you mean peel_force?)"]),
        (
            ["--model", "oracle"],
            ["--model: there is no model 'oracle'; there are pooled, gaussian-process, joint, deep-ensemble"],
        ),
        (
            ["--folds", "1", "--split", "rows"],
            ["--split: there is no split 'rows'", "--folds: input should be greater"],
        ),
        (["--seed", "-1"], ["--seed: input should be greater than or equal to 0, not -1"]),
        (
            ["--seed", "20261128120000"],
            ["--seed: input should be less than or equal to 2147483647, not 20261128120000"],
        ),
        (["--level", "explicit"], ["level: the knowledge base has no observations at level 'explicit'; it has:"]),
        (["--table", "a.csv", "--campaign", "b"], ["campaign and table exclude each other"]),
        (["--model", "ridge", "--model", "extra-trees"], ["of several models the best is chosen for one outcome"]),
        (
            ["--config", "nowhere.toml"],
            ["--config: there is no file nowhere.toml; shipped are train-log-k, train-screen"],
        ),
        (["--table", "nowhere.csv"], ["nowhere.csv: "]),
        (["--outcome", "peel_force"], ["outcome: peel_force was not observed in the knowledge base; observed: "]),
        (["--name", "a/b"], ["--name: 'a/b' contains"]),
        (["--name", "Fe's binder"], ["--name: 'Fe's binder' contains"]),
    ],
)
def test_bad_input_is_one_line_each(arguments, lines, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 2
    said = result.stderr.splitlines()
    assert len(said) == len(lines), said
    assert all(line.startswith(begin) for line, begin in zip(said, lines, strict=True)), said
    assert list(tmp_path.iterdir()) == []


def test_a_level_that_no_model_can_be_registered_by_wants_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lab.csv").write_text(
        "cation,ligand,ratio,outcome,value,unit,level\nFe3+,PAA,8,peel_force,1.5,N,Mai's rig\n"
    )
    result = run("--table", "lab.csv")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("'ionlink-Mai's rig' contains")
    assert line.endswith("give another with --name")


def test_every_fault_of_a_file_is_named_by_its_key(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('outcomes = ["peel_force"]\nfolds = 1\nmodel = ["ridge", "magic"]\n', "utf-8")
    with pytest.raises(InputError) as caught:
        training_config(str(file), {})
    assert sorted(fault.partition(": ")[2].split(":")[0] for fault in caught.value.faults) == [
        "folds",
        "model",
        "outcomes",
    ]
    assert all(fault.startswith("mine.toml: ") for fault in caught.value.faults)
    file.write_text("folds =", "utf-8")
    with pytest.raises(InputError, match=r"mine.toml: not TOML"):
        training_config(str(file), {})


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path):
    (tmp_path / "mine.toml").write_text("\ufefffolds = 3\n", "utf-8")
    assert training_config(str(tmp_path / "mine.toml"), {}).folds == 3


def test_a_folder_of_mlflow_that_cannot_be_made_is_refused_before_anything_is_fitted(table, tmp_path):
    (tmp_path / "notes").write_text("mine", "utf-8")
    for folder in (tmp_path / "notes", tmp_path / "notes" / "mlruns"):
        result = run("--table", table, "--out", tmp_path / "s", "--mlruns", folder)
        assert result.exit_code == 2
        assert result.stderr.strip() == f"--mlruns: {tmp_path / 'notes'} is a file; give a folder, or --no-tracking"
    assert [file.name for file in tmp_path.iterdir()] == ["notes"]


def test_an_option_overrides_the_file():
    config = training_config("train-screen", {"seed": 5, "outcome": ["coulomb_spread"], "level": None, "report": False})
    assert (config.seed, config.outcome, config.level, config.report) == (5, ("coulomb_spread",), "screen", False)


@pytest.mark.parametrize("name", ["train-screen", "train-log-k"])
def test_shipped_declarations_are_of_what_is_known(name):
    assert set(training_presets()) == {"train-screen", "train-log-k"}
    config = training_config(name, {})
    assert training_data(level=config.level).of(config.outcome).observations


def test_a_declaration_says_all_that_was_set():
    import tomllib

    config = training_config("train-screen", {"out": "somewhere", "name": 'ä"'.strip('"')})
    assert TrainingConfig.model_validate(tomllib.loads(declaration(config))) == config


def test_of_a_table_with_several_levels_one_is_learned_and_the_others_are_known_beside_it(tmp_path):
    header, row = "cation,ligand,ratio,outcome,value,unit,level", "Fe3+,PAA,8,peel_force,1.5,N,"
    table = tmp_path / "lab.csv"
    table.write_text("\n".join([header, row, f"{row}quick test", f"{row}literature"]), "utf-8")
    data = training_data(table=table)
    assert (data.level, len(data.observations)) == ("lab", 1)
    assert {"quick test", "literature", "screen"} <= {o.level for o in data.beside.observations}
    assert training_data(table=table, level="quick test").level == "quick test"
    with pytest.raises(InputError, match=r"lab\.csv has no rows of level 'screen'; it has: lab, literature, quick"):
        training_data(table=table, level="screen")
    table.write_text(f"{header}\n{row}quick test\n", "utf-8")
    assert training_data(table=table).level == "quick test"


def test_equal_rows_count_once_unless_source_or_candidate_tells_them_apart(tmp_path):
    table = tmp_path / "lab.csv"
    header, row = (
        "cation,ligand,ratio,outcome,value,unit,standard_error,source,candidate",
        "Fe3+,PAA,8,peel_force,1.5,N,0.1",
    )
    table.write_text("\n".join([header, f"{row},,", f"{row},,", f"{row},again,", f"{row},,1", f"{row},,2"]), "utf-8")
    data = training_data(table=table)
    assert (len(data.observations), data.repeated) == (4, 1)
    (line,) = data.left_aside(learns_everything=True)
    assert line.startswith("counted once: 1 row that equals one above")


def test_it_says_which_rows_of_a_table_are_not_learned_from(table, tmp_path):
    header, *rows = table.read_text("utf-8").splitlines()
    everything = [f"{header},level", *(f"{row},lab" for row in rows[:-1]), f"{rows[0]},lab", f"{rows[0]},half-cell"]
    several = tmp_path / "several.csv"
    several.write_text("\n".join(everything), "utf-8")
    options = ("--outcome", "chains_per_cation", "--split", "formulation-folds", "--learning-curve", 0, "--report")
    result = run("--table", several, "--out", tmp_path / "s", "--no-tracking", *options)
    assert result.exit_code == 0, result.stderr
    said = [
        "counted once: 1 row that equals one above; repeats of their own differ in source or candidate",
        "not learned from: 1 row of level half-cell; --level half-cell learns from them, --model joint from both",
    ]
    lines = result.stdout.splitlines()
    assert "pooled: 1 outcome learned from 12 observations of" in lines[0]
    assert [line for line in lines if line.startswith(("counted once", "not learned from"))] == said
    page = (tmp_path / "s" / "report.html").read_text("utf-8")
    assert all(line in page for line in said)
    assert list(training_data(table=several).left_aside(learns_everything=True)) == said[:1]
    assert list(training_data(table=several).of(["coulomb_spread"]).left_aside(learns_everything=False)) == said[:1]


def test_no_verdict_rests_on_the_few_observations_whose_folds_did_not_fail(tmp_path):
    rows = [f"Mg2+,PAA,{ratio},peel_force,{1 + ratio / 50},N" for ratio in range(5, 38, 3)]
    table = tmp_path / "lab.csv"
    header = "cation,ligand,ratio,outcome,value,unit"
    table.write_text("\n".join([header, *rows, "Ca2+,PAA,12,peel_force,1.3,N"]), "utf-8")
    options = ("--split", "leave-one-cation-out", "--learning-curve", 0, "--report")
    result = run("--table", table, "--out", tmp_path / "s", "--no-tracking", *options)
    assert result.exit_code == 0, result.stderr
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("peel_force  N")]
    assert line.split()[2:] == ["leave-one-cation-out", "1", "of", "12", "observations", *["–"] * 4]
    page = (tmp_path / "s" / "report.html").read_text("utf-8")
    assert "new cation: 1 of 12 observations predicted, too few for a verdict." in page
    assert "1 of 12 observations in 1 group, too few for a verdict" in page
    assert "12 observations of 12 formulations (2 cations, 1 ligand)" in page


def test_a_correction_is_learned_from_instead_of_what_it_corrects(tmp_path):
    table = tmp_path / "lab.csv"
    header, row = "cation,ligand,ratio,outcome,value,unit,corrects", "Fe3+,PAA,8,peel_force"
    table.write_text(f"{header}\n{row},1.5,N,\n{row},2.1,N,1.5\n", "utf-8")
    assert [o.value for o in training_data(table=table).observations] == [2.1]
    table.write_text(f"{header}\n{row},2.1,N,1.5\n", "utf-8")
    with pytest.raises(InputError, match=r"lab\.csv: row 2, corrects: no row above has peel_force 1\.5 N"):
        training_data(table=table)


def test_a_campaign_can_be_learned_from(tmp_path):
    made = CliRunner().invoke(app, ["campaign", "new", str(tmp_path / "c"), "--preset", "model-case"])
    assert made.exit_code == 0, made.stderr
    data = training_data(campaign=tmp_path / "c")
    assert data.level == "screen"
    of_campaign, shipped = (known.of(["crosslink_strength"]).observations for known in (data, training_data()))
    assert data_sha256(of_campaign) == data_sha256(shipped)
    with pytest.raises(InputError, match=r"c has no observations at level 'explicit'; it has: .*screen"):
        training_data(campaign=tmp_path / "c", level="explicit")


def test_the_hash_is_of_the_content_not_of_the_order():
    known = [o for o in observations() if o.level == "screen"][:50]
    assert data_sha256(known) == data_sha256(known[::-1])
    other = known[0].model_copy(update={"value": known[0].value + 1e-9})
    assert data_sha256(known) != data_sha256([other, *known[1:]])


def test_the_best_of_several_models_is_reported_by_fold(table, tmp_path, monkeypatch):
    def fit(rows, *, model, seed, beside):
        assert beside.observations
        # Both are the same process; the rest of the rows is what the one does not see.
        return Surrogate.fit(rows if model == "gaussian-process" else rows[:6], seed=seed)

    monkeypatch.setattr("ionlink.training._fit", fit)
    config = TrainingConfig(
        table=table,
        outcome=("coulomb_spread",),
        model=("ridge", "gaussian-process"),
        split=("formulation-folds",),
        folds=6,
        learning_curve=0,
        report=True,
        tracking=False,
        out=tmp_path / "s",
    )
    done = train(config)
    assert done.model in config.model
    assert len(done.validation.chosen) == 6
    assert "Chosen models" in (tmp_path / "s" / "report.html").read_text("utf-8")
