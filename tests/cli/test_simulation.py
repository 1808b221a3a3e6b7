"""`ionlink simulate` and `simulate-table`: targets, tables of what is finished, failures, and what stays untouched."""

import csv
import json
import math
import shutil
import threading

import numpy as np
import pytest
from typer.testing import CliRunner

from ionlink.cli import app, simulation_merge
from ionlink.cli.simulation_batch import Wanted, batch_of
from ionlink.cli.simulation_merge import merged_observations
from ionlink.cli.simulation_plan import duration
from ionlink.cli.simulation_tables import Tables
from ionlink.cli.simulation_targets import missed, next_count, read_targets
from ionlink.data import Formulation, InputError, Observation
from ionlink.data.csv_table import DATA_FOLDER
from ionlink.data.observation_table import load_observations
from ionlink.data.observation_writing import observation_table
from ionlink.data.replicates import mean_and_error
from ionlink.optimize.executor import Ended, LocalExecutor
from ionlink.optimize.failure import ReplicateFailure, save_failure
from ionlink.simulate import molecular_dynamics_oracle, parametrise

VALUES = {"coordination_number": 6.0, "chains_per_cation": 2.5, "density_settled": 1.0}
RECORD = {"seed": 7, "atoms": 108, "wall_s": 12.5, "cpu_s": 11.0, "hardware": "abacus, 2 cores", "attempts": [1, 2]}


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def leave_result(place, cation, replicate, values, record=RECORD):
    """What a finished replicate leaves in its directory."""
    identity = {
        "formulation": {"cation": cation, "ligand": "PAA", "ratio": 4.0},
        "replicate": replicate,
        "level": "smoke",
        "protocol": molecular_dynamics_oracle("smoke").protocol,
    }
    place.mkdir(parents=True)
    (place / "result.json").write_text(json.dumps({**identity, "values": values, "record": record}), "utf-8")


@pytest.fixture
def design(tmp_path):
    """A table of two formulations: one finished, one with a failed replicate and one that never ran."""
    table = tmp_path / "design.csv"
    table.write_text("cation,ligand,ratio,replicates\nFe3+,PAA,4,2\nMg2+,PAA,4,2\n", "utf-8")
    for replicate in range(2):
        values = {**VALUES, "coordination_number": 6.0 + replicate}
        leave_result(tmp_path / "runs" / "Fe3+-PAA-4" / f"replicate-{replicate}", "Fe3+", replicate, values)
    failed = tmp_path / "runs" / "Mg2+-PAA-4" / "replicate-0"
    failed.mkdir(parents=True)
    save_failure(ReplicateFailure(kind="numerical_breakdown", reason="NaN", step=4, attempts=3), failed)
    return table


def tabulate(tmp_path, design, *options):
    files = ("--out", tmp_path / "runs", "--observations", tmp_path / "seen.csv", "--record", tmp_path / "record.csv")
    return run("simulate-table", design, *files, "--level", "smoke", *options)


def test_tables_of_what_is_finished_are_written_without_running_anything(tmp_path, design):
    result = tabulate(tmp_path, design, "--no-run", "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout) | {"table": ""} == {"formulations": 1, "observations": 3, "table": ""}
    seen = {o.outcome: o for o in load_observations(tmp_path / "seen.csv")}
    assert seen["coordination_number"].value == 6.5
    assert seen["coordination_number"].standard_error == pytest.approx(0.5)
    assert seen["coordination_number"].replicates == 2
    assert "charge_scaling=0.7495" in seen["coordination_number"].conditions
    assert not (tmp_path / "runs" / "Mg2+-PAA-4" / "replicate-1").exists()


def test_tables_of_what_is_finished_are_written_although_a_replicate_failed(tmp_path, design):
    for replicate in range(2):
        broken = tmp_path / "runs" / "Mg2+-PAA-4" / f"replicate-{replicate}"
        broken.mkdir(exist_ok=True)
        (broken / "start.xml").write_text("", "utf-8")
    result = tabulate(tmp_path, design)
    assert result.exit_code == 1
    assert {o.formulation.cation for o in load_observations(tmp_path / "seen.csv")} == {"Fe3+"}
    assert "3 observations of 1 of 2 formulations" in result.stdout
    assert "2 of 4 replicates failed" in result.stderr
    for again in (tabulate(tmp_path, design), tabulate(tmp_path, design, "--partial")):
        assert (again.exit_code, "; the same command tries them again" in again.stderr) == (1, True)


def test_tables_that_are_not_those_of_what_is_finished_are_kept(tmp_path, design):
    tabulate(tmp_path, design, "--no-run")
    with (tmp_path / "seen.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    before = (tmp_path / "seen.csv").read_bytes()
    result = tabulate(tmp_path, design)
    assert result.exit_code == 2
    assert "or say --partial, which writes it anew, or --merge" in result.stderr
    assert "record.csv" not in result.stderr
    assert (tmp_path / "seen.csv").read_bytes() == before


def test_all_directories_of_other_simulations_are_told_at_once(tmp_path, design):
    places = [tmp_path / "runs" / "Fe3+-PAA-4" / f"replicate-{replicate}" for replicate in range(2)]
    for place in places:
        (place / "result.json").write_text((place / "result.json").read_text("utf-8").replace("Fe3+", "Zn2+"), "utf-8")
    result = tabulate(tmp_path, design, "--no-run")
    assert result.exit_code == 2
    assert all(f"{place} holds the result of another simulation" in result.stderr for place in places)


def test_replicates_of_another_process_are_said_to_be_and_left_alone(tmp_path, design, monkeypatch):
    def held(_, tasks):
        yield from (Ended(task, None, "Locked: another process works in it; wait", "locked") for task in tasks)

    monkeypatch.setattr(LocalExecutor, "run", held)
    (tmp_path / "runs" / "Mg2+-PAA-4" / "replicate-0" / "failure.json").unlink()
    result = tabulate(tmp_path, design)
    assert result.exit_code == 1
    assert "another process works on 2 of 4 replicates; Mg2+" in result.stderr.splitlines()[-1]
    assert "the same command with --partial, which writes the tables anew, goes on then" in result.stderr
    assert list((tmp_path / "runs" / "Mg2+-PAA-4").rglob("failure.json")) == []


def test_what_another_process_has_finished_by_the_end_is_taken_in(tmp_path, design, monkeypatch):
    def finished_elsewhere(_, tasks):
        for replicate, task in enumerate(tasks):
            yield Ended(task, None, "Locked: another process works in it; wait", "locked")
            shutil.rmtree(task.log.parent, ignore_errors=True)
            leave_result(task.log.parent, "Mg2+", replicate, VALUES)

    monkeypatch.setattr(LocalExecutor, "run", finished_elsewhere)
    result = tabulate(tmp_path, design)
    assert result.exit_code == 0, result.stderr
    assert {o.formulation.cation for o in load_observations(tmp_path / "seen.csv")} == {"Fe3+", "Mg2+"}


def test_the_record_has_a_row_for_every_finished_or_failed_replicate(tmp_path, design):
    tabulate(tmp_path, design, "--no-run")
    with (tmp_path / "record.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["cation"], row["replicate"], row["failure"]) for row in rows] == [
        ("Fe3+", "0", ""),
        ("Fe3+", "1", ""),
        ("Mg2+", "0", "numerical_breakdown: NaN"),
    ]
    assert (rows[0]["wall_s"], rows[0]["hardware"], rows[0]["attempts"]) == ("12.5", "abacus, 2 cores", "1;2")
    assert rows[0]["converged"] == ""  # it was not recorded, so nothing is claimed
    assert rows[1]["coordination_number"] == "7.0"
    assert rows[0]["protocol"] == molecular_dynamics_oracle("smoke").protocol


def test_writing_again_replaces_whole_tables_only_when_asked(tmp_path, design):
    (tmp_path / "seen.csv").write_text("mine", "utf-8")
    result = tabulate(tmp_path, design)
    assert result.exit_code == 2
    assert "seen.csv: exists, and is no table of simulations; name a file that does not" in result.stderr
    assert (tmp_path / "seen.csv").read_text("utf-8") == "mine"
    kept_table(tmp_path, ("Fe3+", 4, "0" * 12, 2))
    assert "seen.csv: exists, and is no table of what is finished here" in tabulate(tmp_path, design).stderr
    assert tabulate(tmp_path, design, "--no-run").exit_code == 0
    assert ("Fe3+", 4, "0" * 12) not in coordination_numbers(tmp_path)


@pytest.mark.parametrize("option", ["--partial", "--no-run"])
@pytest.mark.parametrize("protocol", ["", "SOP 3"])
def test_a_table_that_a_laboratory_wrote_is_never_written_anew(tmp_path, design, option, protocol):
    lab = f"cation,ligand,ratio,outcome,value,unit,protocol\nFe3+,PAA,4,density,1.2,g/cm^3,{protocol}\n"
    for name in ("seen.csv", "record.csv"):
        (tmp_path / name).write_text(lab, "utf-8")
    result = tabulate(tmp_path, design, option)
    assert result.exit_code == 2
    said = result.stderr.splitlines()[-2:]
    assert [line.endswith("is no table of simulations; name a file that does not") for line in said] == [True, True]
    assert {(tmp_path / name).read_text("utf-8") for name in ("seen.csv", "record.csv")} == {lab}


def kept_table(tmp_path, *kept):
    """A table of another run that `tabulate` will meet, each (cation, ratio, protocol, replicates) with a note."""
    noted = [
        (
            Observation(
                formulation=Formulation(cation=cation, ligand="PAA", ratio=ratio),
                outcome="coordination_number",
                value=5.25,
                standard_error=0.1,
                level="smoke",
                source="another run",
                protocol=protocol,
                replicates=replicates,
            ),
            "kept",
        )
        for cation, ratio, protocol, replicates in kept
    ]
    (tmp_path / "seen.csv").write_text(observation_table(noted), "utf-8")


def coordination_numbers(tmp_path):
    return {
        (o.formulation.cation, o.formulation.ratio, o.protocol): o.value
        for o in load_observations(tmp_path / "seen.csv")
        if o.outcome == "coordination_number"
    }


def test_a_merge_replaces_the_same_formulation_by_the_same_protocol_and_nothing_else(tmp_path, design):
    here = molecular_dynamics_oracle("smoke").protocol
    kept = [("Mg2+", 4, here, 2), ("Fe3+", 8, here, 2), ("Fe3+", 4, "0" * 12, 2)]
    kept_table(tmp_path, *kept, ("Fe3+", 4, here, 2))
    result = tabulate(tmp_path, design, "--no-run", "--merge")
    assert result.exit_code == 0, result.stderr
    expected = {(cation, ratio, protocol): 5.25 for cation, ratio, protocol, _ in kept}
    assert coordination_numbers(tmp_path) == {**expected, ("Fe3+", 4, here): 6.5}
    assert (tmp_path / "seen.csv").read_text("utf-8").count(",kept\n") == 3
    once = (tmp_path / "seen.csv").read_text("utf-8"), (tmp_path / "record.csv").read_text("utf-8")
    tabulate(tmp_path, design, "--no-run", "--merge")
    assert ((tmp_path / "seen.csv").read_text("utf-8"), (tmp_path / "record.csv").read_text("utf-8")) == once


def test_two_that_merge_with_one_table_at_the_same_time_lose_nothing(tmp_path, monkeypatch):
    """The second begins while the first has read the table and not yet written it."""
    oracle, tables = molecular_dynamics_oracle("smoke"), Tables(tmp_path / "seen.csv", None, merge=True)

    def merge(cation):
        formulation = Formulation(cation=cation, ligand="PAA", ratio=4)
        wanted = Wanted({formulation: 2}, {formulation: tmp_path / cation})
        for replicate in range(2):
            leave_result(wanted.place(formulation, replicate), cation, replicate, VALUES)
        tables.write(oracle, batch_of(oracle, wanted, None), wanted)

    second = threading.Thread(target=merge, args=["Zn2+"])

    def read_and_wait(path, found):
        noted = merged_observations(path, found)
        if not second.ident:
            second.start()
            second.join(1.0)
        return noted

    monkeypatch.setattr(simulation_merge, "merged_observations", read_and_wait)
    merge("Fe3+")
    second.join()
    assert {o.formulation.cation for o in load_observations(tmp_path / "seen.csv")} == {"Fe3+", "Zn2+"}


def test_a_merge_keeps_what_rests_on_more_replicates(tmp_path, design):
    here = molecular_dynamics_oracle("smoke").protocol
    kept_table(tmp_path, ("Fe3+", 4, here, 3))
    tabulate(tmp_path, design, "--no-run", "--merge")
    assert coordination_numbers(tmp_path) == {("Fe3+", 4, here): 5.25}
    assert len(load_observations(tmp_path / "seen.csv")) == 1  # whole formulations, not outcomes of two runs


def test_a_merge_without_runs_leaves_the_shipped_observations_as_they_are(tmp_path, design):
    shipped = DATA_FOLDER / "observations_screen.csv"
    shutil.copy(shipped, tmp_path / "seen.csv")
    shutil.rmtree(tmp_path / "runs")
    assert tabulate(tmp_path, design, "--no-run", "--merge").exit_code == 0
    assert (tmp_path / "seen.csv").read_bytes() == shipped.read_bytes()


def test_a_merged_record_has_each_replicate_once_and_keeps_those_of_other_runs(tmp_path, design):
    tabulate(tmp_path, design, "--no-run")
    shutil.rmtree(tmp_path / "runs" / "Fe3+-PAA-4")
    leave_result(tmp_path / "runs" / "Fe3+-PAA-4" / "replicate-1", "Fe3+", 1, {"density": 1.25})
    shutil.rmtree(tmp_path / "runs" / "Mg2+-PAA-4")
    failed_now = tmp_path / "runs" / "Fe3+-PAA-4" / "replicate-0"
    failed_now.mkdir()
    save_failure(ReplicateFailure(kind="timeout", reason="late"), failed_now)
    assert tabulate(tmp_path, design, "--no-run", "--merge").exit_code == 0
    with (tmp_path / "record.csv").open(encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: (row["cation"], row["replicate"]))
    assert [(row["cation"], row["replicate"], row["failure"]) for row in rows] == [
        ("Fe3+", "0", ""),  # it was finished before: a later failure is no better knowledge
        ("Fe3+", "1", ""),
        ("Mg2+", "0", "numerical_breakdown: NaN"),
    ]
    assert (rows[0]["coordination_number"], rows[0]["density"]) == ("6.0", "")
    assert (rows[1]["coordination_number"], rows[1]["density"]) == ("", "1.25")


def test_a_faulty_table_is_not_merged_with_and_stays(tmp_path, design):
    (tmp_path / "seen.csv").write_text("mine\n", "utf-8")
    result = tabulate(tmp_path, design, "--no-run", "--merge")
    assert result.exit_code == 2
    assert "seen.csv: column 'mine' is unknown" in result.stderr
    assert (tmp_path / "seen.csv").read_text("utf-8") == "mine\n"
    assert not (tmp_path / "record.csv").exists()


def test_what_did_not_come_to_rest_is_marked_but_for_the_flags_that_say_so(tmp_path, design):
    shutil.rmtree(tmp_path / "runs" / "Fe3+-PAA-4" / "replicate-1")
    unsettled = {**VALUES, "density_settled": 0.0}
    leave_result(tmp_path / "runs" / "Fe3+-PAA-4" / "replicate-1", "Fe3+", 1, unsettled)
    tabulate(tmp_path, design, "--no-run")
    evidence = {o.outcome: o.evidence for o in load_observations(tmp_path / "seen.csv")}
    assert evidence == {
        "coordination_number": ("not_equilibrated",),
        "chains_per_cation": ("not_equilibrated",),
        "density_settled": (),
    }


def observed(outcome, error, replicates=None):
    formulation = Formulation(cation="Fe3+", ligand="PAA", ratio=4)
    return Observation(
        formulation=formulation,
        outcome=outcome,
        value=1.0,
        standard_error=error,
        level="smoke",
        source="test",
        replicates=replicates,
    )


WANTED = ("--cation", "Fe3+", "--ligand", "PAA", "--ratio", "4", "--level", "smoke")


def test_replicates_do_not_go_where_something_else_is(tmp_path, design):
    campaign, file = tmp_path / "bench", tmp_path / "lab.csv"
    file.write_text("mine", "utf-8")
    assert run("campaign", "new", campaign, "--preset", "laboratory").exit_code == 0
    for out, said in ((file, "is a file; name a directory"), (campaign, "holds something else than simulations")):
        table = ("--out", out, "--observations", tmp_path / "seen.csv")
        for command in (("simulate", *WANTED, "--out", out), ("simulate-table", design, *table, "--level", "smoke")):
            result = run(*command)
            assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
            assert result.stderr.startswith(f"--out: {out} {said}")
    assert not list(campaign.rglob("replicate-*"))


def test_a_force_field_that_is_missing_is_said_and_computed_before_the_replicates(tmp_path, monkeypatch):
    computed, ran = [], []

    def stop(_, tasks):
        ran.append(list(computed))
        yield from (Ended(task, None, "stopped", "failed") for task in tasks)

    monkeypatch.setattr(parametrise, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(parametrise, "find_ambertools", lambda: None)
    monkeypatch.setattr(parametrise, "computed_force_field", lambda ligand: computed.append(ligand.name) or "<xml/>")
    monkeypatch.setattr(LocalExecutor, "run", stop)
    heparin = [word.replace("PAA", "heparin").replace("4", "8") for word in WANTED]
    result = run("simulate", *heparin, "--out", tmp_path / "runs", "--replicates", 1, "--workers", 8)
    row, plan = result.stderr.splitlines()[1:3]
    assert "1 replicate to run" in plan
    assert f"about {' '.join(row.split()[-2:])} (" in plan, "workers do not share a replicate"
    assert "no force field is shipped for heparin: AmberTools computes it now, once" in result.stderr
    assert "force field of heparin: finished after 0 s" in result.stderr
    assert (result.exit_code, ran) == (1, [["heparin"]])
    assert "force field of" not in run("simulate", *heparin, "--out", tmp_path / "runs").stderr, "it is kept"


def test_finished_replicates_are_printed_with_errors_conditions_and_targets(tmp_path):
    for replicate, number in enumerate((6.0, 8.0, 7.0)):  # two miss the target, three meet it
        values = {**VALUES, "coordination_number": number, "chains_per_cation": 2.5 + replicate / 10}
        leave_result(tmp_path / "fe" / f"replicate-{replicate}", "Fe3+", replicate, values)
    wanted = ("--cation", "Fe3+", "--ligand", "PAA", "--ratio", "4", "--level", "smoke", "--out", tmp_path / "fe")
    until = ("--until-se", "coordination_number=1.3", "--until-se", "chains_per_cation=0.2", "--max-replicates", "3")
    result = run("simulate", *wanted, "--replicates", "2", *until)
    assert result.exit_code == 0, result.stderr
    rows = [line.split() for line in result.stdout.splitlines()]
    assert ["coordination_number", "7", "0.5774", "1", "3"] in rows
    assert "conditions: charge_scaling=" in result.stdout
    assert f"files: {tmp_path / 'fe'}" in result.stdout
    assert "not reached" not in result.stdout
    assert "ratio of the box" in result.stderr


def one_of_two_fails(tmp_path, *options):
    """`simulate` where replicate 0 is finished and replicate 1 cannot go on: its box is not that of this run."""
    leave_result(tmp_path / "fe" / "replicate-0", "Fe3+", 0, VALUES)
    broken = tmp_path / "fe" / "replicate-1"
    broken.mkdir()
    (broken / "start.xml").write_text("", "utf-8")
    wanted = ("--cation", "Fe3+", "--ligand", "PAA", "--ratio", "4", "--level", "smoke", "--out", tmp_path / "fe")
    return run("simulate", *wanted, "--replicates", "2", *options)


def test_what_succeeded_is_shown_although_a_replicate_failed(tmp_path):
    result = one_of_two_fails(tmp_path, "--until-se", "coordination_number=0.1")
    assert result.exit_code == 1
    rows = [line.split() for line in result.stdout.splitlines()]
    assert ["coordination_number", "6", "–", "1", "1"] in rows
    assert "not reached: coordination_number: the standard error is not known" in result.stdout
    assert "1 of 2 replicates failed" in result.stderr
    assert "replicate 1: InputError" in result.stderr
    assert "the same command tries them again" in result.stderr.splitlines()[-1]


def test_what_succeeded_is_json_for_machines_although_a_replicate_failed(tmp_path):
    result = one_of_two_fails(tmp_path, "--json")
    assert result.exit_code == 1
    assert {row["outcome"]: row["replicates"] for row in json.loads(result.stdout)} == dict.fromkeys(VALUES, 1)


def test_only_failures_are_named_where_nothing_succeeded(tmp_path):
    broken = tmp_path / "fe" / "replicate-0"
    broken.mkdir(parents=True)
    (broken / "start.xml").write_text("", "utf-8")
    wanted = ("--cation", "Fe3+", "--ligand", "PAA", "--ratio", "4", "--level", "smoke", "--out", tmp_path / "fe")
    result = run("simulate", *wanted, "--replicates", "1")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "1 of 1 replicates failed" in result.stderr


def test_a_target_that_the_budget_does_not_reach_is_named(tmp_path):
    for replicate in range(2):
        values = {**VALUES, "coordination_number": 6.0 + replicate}
        leave_result(tmp_path / "fe" / f"replicate-{replicate}", "Fe3+", replicate, values)
    wanted = ("--cation", "Fe3+", "--ligand", "PAA", "--ratio", "4", "--level", "smoke", "--out", tmp_path / "fe")
    until = ("--until-se", "coordination_number=0.1", "--max-replicates", "2")
    result = run("simulate", *wanted, "--replicates", "2", *until)
    assert result.exit_code == 0, result.stderr
    said = result.stdout
    assert (
        "not reached: coordination_number: the standard error is 0.5, which from 2 replicates counts as 3.24;" in said
    )


def test_targets_are_read_or_refused_all_at_once():
    known = ("density", "coordination_number")
    assert read_targets(["density=0.02"], known) == {"density": 0.02}
    with pytest.raises(InputError) as caught:
        read_targets(["colour=1", "density=-1", "density", "coordination_number=nan"], known)
    assert len(caught.value.faults) == 4
    assert "'colour' is not simulated at this level" in caught.value.faults[0]


@pytest.mark.parametrize(
    ("error", "count", "workers", "expected"),
    [
        (0.2, 3, 100, 15),  # twice the target: four times the replicates, and more, as 15 tell their scatter roughly
        (0.2, 3, 2, 5),  # but looked at again when the workers are through
        (0.1, 11, 4, 14),
        (0.0899, 11, 4, 12),  # at least one more
        (None, 1, 4, 5),
        (1.0, 15, 4, 16),  # the budget
        (0.0, 2, 100, 6),  # as many as agree by chance no more
    ],
)
def test_the_next_number_of_replicates(error, count, workers, expected):
    assert next_count({"density": 0.1}, [observed("density", error, count)], count, 16, workers) == expected


def test_an_outcome_without_error_has_not_met_its_target():
    assert missed({"density": 0.1}, [observed("density", 0.05, 8)]) == []
    assert "not known" in missed({"density": 0.1}, [observed("density", None, 1)])[0]
    assert "not known" in missed({"density": 0.1}, [])[0]


def test_few_replicates_that_agree_have_not_met_a_target():
    targets = {"largest_connected_fraction": 0.01}
    for replicates in (2, 5):
        (line,) = missed(targets, [observed("largest_connected_fraction", 0.0, replicates)])
        assert "the standard error is 0, but fewer than 6 equal replicates may be chance" in line
    assert missed(targets, [observed("largest_connected_fraction", 0.0, 6)]) == []


def test_an_error_from_few_replicates_counts_as_far_as_an_interval_from_so_few_reaches():
    """Student's: 12.706 standard errors for 95 % from two, 4.303 from three, where 1.960 would do from many."""
    for replicates, reach in ((2, 12.706), (3, 4.303), (6, 2.571)):
        error = 0.1 * 1.960 / reach
        assert missed({"density": 0.1}, [observed("density", 0.999 * error, replicates)]) == []
        (line,) = missed({"density": 0.1}, [observed("density", 1.05 * error, replicates)])
        assert line.endswith(f", which from {replicates} replicates counts as 0.105; wanted below 0.1")


def test_who_looks_again_after_each_replicate_is_told_the_truth():
    """Stopped at the first error that is small, means of few that agree by chance are off more often than said."""
    rng, target, off = np.random.default_rng(0), 1 / math.sqrt(8), []
    for _ in range(500):
        values = list(rng.normal(size=3))
        while missed({"density": target}, [observed("density", mean_and_error(values)[1], len(values))]):
            values.append(rng.normal())
        off.append(abs(np.mean(values)) > 1.96 * target)
    assert np.mean(off) < 0.08, "5 % are meant; without Student's factor 11 %"


def test_times_are_said_in_the_unit_that_people_would_use():
    assert [duration(seconds) for seconds in (40, 1500, 90_000)] == ["40 s", "25 min", "25.0 h"]
