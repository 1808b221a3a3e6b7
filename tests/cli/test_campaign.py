"""`ionlink campaign`, from a directory that does not exist to a report."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ionlink.cli import app
from ionlink.cli.campaign import presets
from ionlink.data import Formulation, cations, ligands
from ionlink.optimize import Campaign, CampaignConfig, Store
from ionlink.optimize.executor import Ended, LocalExecutor
from ionlink.optimize.rows import Proposal
from ionlink.simulate import molecular_dynamics_oracle, parametrise, protocol_names

SMOKE = """
[campaign]
name = "smoke"
[space]
cations = ["Mg2+", "Fe3+", "Ti4+"]
ligands = ["PAA"]
ratio = { lower = 4.0, upper = 12.0 }
[[objectives]]
outcome = "chains_per_cation"
goal = "maximise"
[budget]
rounds = 1
batch = 1
[simulation]
level = "smoke"
replicates = 2
workers = 2
[known]
observations = false
"""


def run(*arguments: object):
    return CliRunner().invoke(app, ["campaign", *map(str, arguments)])


@pytest.fixture
def bench(tmp_path) -> Path:
    directory = tmp_path / "bench"
    assert run("new", directory, "--preset", "laboratory").exit_code == 0
    return directory


def lab_table(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(["cation,ligand,ratio,outcome,value,unit", *rows]) + "\n", "utf-8")
    return path


@pytest.mark.parametrize("name", presets())
def test_every_preset_is_valid(name):
    config = CampaignConfig.parse(presets()[name])
    assert config.campaign.name == name


def test_the_model_case_has_the_cations_of_its_source_and_strength_as_a_window():
    config = CampaignConfig.parse(presets()["model-case"])
    assert {"Mg2+", "Ca2+", "Fe3+", "In3+", "Zr4+"} <= set(config.space.cations) <= set(cations())
    assert all(cations()[name].charge > 1 for name in config.space.cations), "a single charge does not cross-link"
    assert all(cations()[name].toxicity_class != "1" for name in config.space.cations)
    assert "PF-COO" in set(config.space.ligands) <= set(ligands())
    assert {(o.outcome, o.goal) for o in config.objectives} >= {
        ("chains_per_cation", "maximise"),
        ("coulomb_spread", "minimise"),
    }
    assert "window" in {o.goal for o in config.objectives}
    assert config.simulation.level in protocol_names()
    assert config.budget.rounds >= 2
    assert config.budget.batch >= 2


def test_new_takes_the_model_case_unless_told_otherwise(tmp_path):
    made = json.loads(run("new", tmp_path / "a", "--json").stdout)
    assert made["name"] == "model-case"
    assert (tmp_path / "a" / "campaign.toml").read_text("utf-8") == presets()["model-case"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--preset", "nonsense"], "there are laboratory, model-case"),
        (["--from", "nowhere.toml"], "nowhere.toml"),
        (["--preset", "laboratory", "--from", "x.toml"], "not both"),
    ],
)
def test_new_names_what_it_cannot_use(tmp_path, arguments, words):
    result = run("new", tmp_path / "a", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert not (tmp_path / "a").exists()


def test_new_names_every_fault_of_a_file(tmp_path):
    file = tmp_path / "mine.toml"
    text = presets()["laboratory"].replace("Mg2+", "Mg9+").replace("batch = 4", "batch = 0")
    file.write_text(text, "utf-8-sig")  # as editors of Windows do
    result = run("new", tmp_path / "a", "--from", file)
    assert result.exit_code == 2
    assert "Mg9+" in result.stderr
    assert "budget.batch" in result.stderr


def test_new_says_what_is_left_out_and_why(tmp_path):
    file = tmp_path / "mine.toml"
    redox = '[[space.constraints]]\nkind = "redox"\nlowest_v = 0.0\nhighest_v = 1.0\n'
    mixed = '[space.second_cation]\ncations = ["Ca2+", "Ni2+"]\nfraction = { lower = 0.1, upper = 0.5 }\n'
    head, tail = presets()["laboratory"].split("[[objectives]]", 1)
    file.write_text(f"{head}{mixed}{redox}[[objectives]]{tail}", "utf-8")
    said = run("new", tmp_path / "a", "--from", file).stdout.splitlines()
    assert said[:-1] == [
        "Ni2+ is never proposed: its oxidation potential is not known",
        "Fe3+ is never proposed: is reduced below 0.77 V vs SHE; lowest_v is 0 V vs SHE",
    ]
    assert json.loads(run("new", tmp_path / "b", "--json").stdout)["left_out"] == {}


def test_reasons_of_proposals_are_of_their_round(bench):
    reason = "observed are peel_force of 0, film_roughness_rq of 0 formulations, a model needs 6"
    assert f"space filling in round 1; as of then: {reason}\n" in run("ask", bench, "-n", 1).stdout
    run("ask", bench, "-n", 1)
    assert f"space filling in rounds 1 and 2; as of then: {reason}\n" in run("status", bench).stdout
    run("report", bench)
    assert f"space filling in rounds 1 and 2; as of then: {reason}" in (bench / "report.html").read_text()


def test_commands_to_copy_are_quoted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = "is Fe3+ best?"
    made = run("new", name, "--preset", "laboratory")
    assert made.stdout.strip().endswith("next: ionlink campaign ask 'is Fe3+ best?'")
    assert "ionlink campaign tell 'is Fe3+ best?' TABLE.csv" in run("ask", name, "-n", "1").stdout
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_new_does_not_overwrite(bench):
    (bench / "campaign.toml").write_text("mine", "utf-8")
    assert run("new", bench).exit_code == 2
    assert (bench / "campaign.toml").read_text("utf-8") == "mine"


def test_ask_measure_tell_and_look(bench, tmp_path):
    candidates = json.loads(run("ask", bench, "-n", 3, "--json").stdout)
    assert [candidate["status"] for candidate in candidates] == ["pending"] * 3
    first = candidates[0]["formulation"]
    row = f"{first['cation']},{first['ligand']},{first['ratio']},peel_force,1200,mN"
    table = lab_table(tmp_path / "lab.csv", row)

    told = json.loads(run("tell", bench, table, "--json").stdout)
    counts = {"stored": 1, "repeated": 0, "elsewhere": {}, "withdrawn": 0, "corrected": 0, "unusual": [], "unsaid": {}}
    assert told == {**counts, "near": {}, "done": [candidates[0]["id"]], "failed": []}
    again = json.loads(run("tell", bench, table, "--json").stdout)
    assert (again["stored"], again["repeated"]) == (0, 1)

    status = json.loads(run("status", bench, "--json").stdout)
    assert status["candidates"] == {"done": 1, "pending": 2}
    assert status["ranking"][0]["peel_force"] == pytest.approx(1.2)
    assert status["remaining_improvement"]["reason"].startswith("not known before there is a model")
    shown = run("status", bench)
    assert shown.exit_code == 0
    assert "still to gain, in hypervolume: not known" in shown.stdout

    report = Path(json.loads(run("report", bench, "--json").stdout)["report"])
    assert "1.2" in report.read_text("utf-8")


def test_status_says_what_is_still_to_gain_and_what_the_rules_say(tmp_path):
    """Peel force follows the ratio, without a maximum inside; the roughness is limited."""
    lines = presets()["laboratory"].split("[[objectives]]")
    declaration = lines[0] + "[[objectives]]" + lines[1] + "[budget]" + lines[2].split("[budget]")[1]
    declaration += '[[constraints]]\noutcome = "film_roughness_rq"\nupper = 30\n'
    declaration += "[stop]\nremaining = { below = 50.0 }\nbudget = { cost = 3 }\n"
    (tmp_path / "mine.toml").write_text(declaration, "utf-8")
    bench = tmp_path / "bench"
    assert run("new", bench, "--from", tmp_path / "mine.toml").exit_code == 0
    rows = [
        f"{cation},PAA,{ratio},{outcome}"
        for cation in ("Mg2+", "Fe3+", "Zn2+")
        for ratio in (20, 60, 150)
        for outcome in (f"peel_force,{1 + ratio / 100},N", f"film_roughness_rq,{10 + ratio / 5},nm")
    ]
    run("tell", bench, lab_table(tmp_path / "lab.csv", *rows))
    shown = run("status", bench).stdout
    assert "constraints hold" in shown
    assert "still to gain, in the best value: " in shown
    assert "(90 % between" in shown
    assert "stop, remaining: expected is an improvement by" in shown
    assert "go on, budget: budget.cost: it is not known what" in shown
    status = json.loads(run("status", bench, "--json").stdout)
    gain = status["remaining_improvement"]
    assert gain["lower"] <= gain["expected"] <= gain["upper"]
    assert {verdict["rule"]: verdict["stops"] for verdict in status["stop"]} == {"budget": False, "remaining": True}


def test_ask_says_why_it_spreads_and_how_to_answer(bench):
    shown = run("ask", bench).stdout
    assert "space filling" in shown
    assert "as of then" in shown
    assert "cation,ligand,ratio,outcome,value,unit" in shown


LEVELS = """
[[levels]]
name = "screen"
cost = 0.1
[[levels]]
name = "lab"
cost = 8.0
"""
SIMULATED = '[simulation]\nlevel = "screen"\n'


def of_density(path: Path, *parts: str) -> Path:
    """A campaign's file for an outcome that the simulation and the laboratory both observe."""
    head = presets()["laboratory"].split("[[objectives]]")[0].replace("upper = 200.0", "upper = 60.0")
    wanted = '[[objectives]]\noutcome = "density"\ngoal = "maximise"\n[budget]\nrounds = 1\nbatch = 3\n'
    path.write_text("".join((head, wanted, *parts)), "utf-8")
    return path


def test_candidates_of_several_levels_say_theirs_and_what_to_do_with_them(tmp_path):
    file = of_density(tmp_path / "two.toml", LEVELS, SIMULATED)
    assert run("new", tmp_path / "two", "--from", file).exit_code == 0
    proposed = run("ask", tmp_path / "two").stdout
    assert "level" in proposed.splitlines()[0]
    lab = _rows_at("lab", proposed)
    assert ("Measure" in proposed) == bool(lab)
    assert "level" in run("status", tmp_path / "two").stdout.splitlines()[1]


def _rows_at(level: str, shown: str) -> list[str]:
    return [line for line in shown.splitlines() if f" {level} " in line and line.split()[0].isdigit()]


def test_what_is_simulated_is_not_said_to_be_measured(tmp_path):
    assert run("new", tmp_path / "a", "--from", of_density(tmp_path / "a.toml", SIMULATED)).exit_code == 0
    proposed = run("ask", tmp_path / "a").stdout
    assert "screen" in proposed.splitlines()[1]
    assert f"Simulate them: ionlink campaign run {tmp_path / 'a'}" in proposed
    assert "Measure" not in proposed
    assert "campaign sheet" not in proposed


def test_a_budget_of_cost_counts_the_same_whoever_asks(tmp_path):
    """What the simulation foretells, in status, report and ask as in a run."""
    (tmp_path / "smoke.toml").write_text(SMOKE + "[stop]\nbudget = { cost = 1e-3 }\n", "utf-8")
    directory = tmp_path / "smoke"
    assert run("new", directory, "--from", tmp_path / "smoke.toml").exit_code == 0
    (candidate,) = json.loads(run("ask", directory, "--json").stdout)
    before = json.loads(run("status", directory, "--json").stdout)["stop"]
    assert before == [{"rule": "budget", "stops": False, "reason": "spent are 0 of 0.001 cost"}]
    run("fail", directory, candidate["id"], "--reason", "it flew apart")
    cost = molecular_dynamics_oracle("smoke", 2).expected_cost(Formulation.model_validate(candidate["formulation"]))
    spent = f"spent are {2 * cost:g} of 0.001 cost"
    assert json.loads(run("status", directory, "--json").stdout)["stop"][0]["reason"] == spent
    assert f"stop, budget: {spent}" in run("status", directory).stdout
    assert f"the rule budget says to stop: {spent}" in run("ask", directory).stdout
    report = json.loads(run("report", directory, "--json").stdout)["report"]
    assert spent in Path(report).read_text("utf-8")


def test_nothing_is_asked_for_that_cannot_be_simulated(tmp_path):
    (tmp_path / "smoke.toml").write_text(SMOKE.replace('"Fe3+", "Ti4+"', '"Sc3+", "Ag+"'), "utf-8")
    assert run("new", tmp_path / "smoke", "--from", tmp_path / "smoke.toml").exit_code == 0
    asked = json.loads(run("ask", tmp_path / "smoke", "-n", 3, "--json").stdout)
    assert {candidate["formulation"]["cation"] for candidate in asked} == {"Mg2+"}
    excluded = [c for c in Campaign.load(tmp_path / "smoke").candidates if c.status == "excluded"]
    assert excluded
    assert all("has no parameters" in c.reason for c in excluded)


def test_a_level_of_ones_own_is_told_in_a_table_that_names_it(tmp_path):
    file = of_density(tmp_path / "own.toml", LEVELS.replace('"lab"', '"pilot plant"'), SIMULATED)
    made = run("new", tmp_path / "own", "--from", file).stdout
    assert "level pilot plant is neither lab nor a simulation" in made
    proposed = run("ask", tmp_path / "own").stdout
    assert "Measure" in proposed
    told = run("tell", tmp_path / "own", density_of(tmp_path, "pilot plant"))
    assert told.exit_code == 0, told.stderr
    assert "other levels" not in told.stdout
    nowhere = run("tell", tmp_path / "own", density_of(tmp_path, "", value=1.3)).stdout
    assert "of these, of other levels or protocols: 1 of lab; " in nowhere
    assert "so is what names no level, of level lab; if it is of pilot plant, say so in a column level" in nowhere
    for level, fault in (
        ("pilotplant", "level: 'pilotplant' is not known here; did you mean pilot plant? Else name it less alike"),
        ("screen", "level: screen is simulated by ionlink itself; give values from elsewhere a level of their own"),
    ):
        refused = run("tell", tmp_path / "own", density_of(tmp_path, level))
        assert refused.exit_code == 2
        assert refused.stderr == f"table.csv: row 2, {fault}\n"


def density_of(folder: Path, level: str, value: float = 1.2) -> Path:
    table, header = folder / "table.csv", "cation,ligand,ratio,outcome,value,unit,level"
    table.write_text(f"{header}\nFe3+,PAA,20,density,{value},g/cm^3,{level}\n", "utf-8")
    return table


@pytest.mark.parametrize(
    ("levels", "simulation", "messages"),
    [
        (LEVELS, "", ["levels[1].name: screen is a simulation, which nothing runs here; add [simulation]"]),
        (LEVELS.replace("screen", "scren"), "", ["levels[1].name: 'scren' is not known; did you mean screen?"]),
        (
            LEVELS.replace("screen", "literature"),
            "",
            ["levels[1].name: literature is the level of what others"],
        ),
        (
            LEVELS.replace("screen", "Literature"),
            "",
            ["levels[1].name: 'Literature' is not known; did you mean literature?"],
        ),
        (
            LEVELS.replace('"lab"', '"Lab"').replace("screen", "smoke"),
            SIMULATED.replace("screen", "smoke"),
            ["levels[2].name: 'Lab' is not known; did you mean lab?", "level smoke does not observe peel_force"],
        ),
    ],
)
def test_new_names_what_could_never_be_observed(tmp_path, levels, simulation, messages):
    file = of_density(tmp_path / "mine.toml", levels, simulation)
    if any("peel_force" in message for message in messages):
        file.write_text(file.read_text("utf-8").replace('"density"', '"peel_force"'), "utf-8")
    result = run("new", tmp_path / "mine", "--from", file)
    assert result.exit_code == 2
    said = result.stderr.splitlines()
    assert len(said) == len(messages)
    assert all(message in line for message, line in zip(messages, said, strict=True))
    assert all(line.startswith(f"{file}: ") for line in said), "the user's file, not the campaign's"
    assert not (tmp_path / "mine").exists()


POOL = [("Mg2+", "PAA"), ("Fe3+", "PAA"), ("Zr4+", "PAA"), ("Mg2+", "PF-COO"), ("Fe3+", "PF-COO"), ("Al3+", "PAA")]


def test_a_laboratory_can_let_replicates_compete(tmp_path):
    """All that the space holds was observed once: what is left are replicates."""
    pool = "".join(f'[[space.pool]]\ncation = "{c}"\nligand = "{p}"\nratio = 20\n' for c, p in POOL)
    goal = '[[objectives]]\noutcome = "peel_force"\ngoal = "maximise"\n[budget]\nrounds = 3\nbatch = 1\n'
    (tmp_path / "six.toml").write_text(f'[campaign]\nname = "six"\n{pool}{goal}', "utf-8")
    assert run("new", tmp_path / "six", "--from", tmp_path / "six.toml").exit_code == 0
    rows = [f"{c},{p},20,peel_force,{1 + place / 10},N" for place, (c, p) in enumerate(POOL)]
    run("tell", tmp_path / "six", lab_table(tmp_path / "lab.csv", *rows))
    assert run("ask", tmp_path / "six").exit_code != 0, "nothing new is left"
    header, row = run("ask", tmp_path / "six", "--replicates-more", 2).stdout.splitlines()[:2]
    assert header.split()[4:6] == ["replicates", "kind"]
    assert "replicate" in row


def test_ask_says_that_the_budget_is_spent_and_which_rule_stops(tmp_path):
    file = tmp_path / "mine.toml"
    rules = "[stop]\nbudget = { rounds = 1, evaluations = 40, cost = 5 }\n"
    file.write_text(presets()["laboratory"].replace("rounds = 8", "rounds = 1") + rules, "utf-8")
    bench = tmp_path / "bench"
    assert run("new", bench, "--from", file).exit_code == 0
    asked = run("ask", bench, "-n", 1)
    assert "spent" not in asked.stdout
    (candidate,) = [line for line in asked.stdout.splitlines() if line.lstrip().startswith("1 ")]
    _, cation, ligand, ratio, *_ = candidate.split()
    run("tell", bench, lab_table(tmp_path / "lab.csv", f"{cation},{ligand},{ratio},peel_force,1.2,N"))
    shown = run("ask", bench, "-n", 1).stdout.splitlines()
    assert shown[0] == "the budget is spent: 1 of 1 rounds were asked for before"
    assert shown[1] == "the rule budget says to stop: spent are 1 of 1 rounds, 1 of 40 evaluations"
    assert json.loads(run("ask", bench, "-n", 1, "--json").stdout)[0]["status"] == "pending"


def test_why_is_told_with_each_proposal_and_again_later(bench, tmp_path):
    asked = json.loads(run("ask", bench, "-n", 2, "--json").stdout)
    first = asked[0]["formulation"]
    row = f"{first['cation']},{first['ligand']},{first['ratio']},peel_force,1200,mN"
    run("tell", bench, lab_table(tmp_path / "lab.csv", row))
    assert json.loads(run("why", bench, 2, "--json").stdout) == asked[1]["why"]
    shown = run("why", bench, 2).stdout
    assert shown.startswith("candidate 2, round 1, pending: ")
    assert "was never tried" in shown
    later = run("ask", bench, "-n", 1).stdout
    assert "\n3: Space filling" in later
    nearest = run("why", bench, 3).stdout
    assert "peel_force" in nearest
    assert "1.2" in nearest
    unknown = run("why", bench, 99)
    assert unknown.exit_code == 2
    assert "there is no 99; ids are 1 to 3" in unknown.stderr


def test_a_table_with_a_fault_is_refused_whole(bench, tmp_path):
    table = lab_table(
        tmp_path / "lab.csv",
        "Fe3+,PF-COO,60,peel_force,1.0,N",
        "Fe4+,PF-COO,60,peel_force,1.0,N",
        "Fe3+,PF-COO,0,peel_force,1.0,kg",
    )
    result = run("tell", bench, table)
    assert result.exit_code == 2
    assert "row 3" in result.stderr
    assert len([line for line in result.stderr.splitlines() if "row 4" in line]) == 2
    assert json.loads(run("status", bench, "--json").stdout)["ranking"] == []


def test_what_another_level_teaches_is_kept_and_said(tmp_path):
    directory = tmp_path / "model"
    run("new", directory)
    result = run("tell", directory, lab_table(tmp_path / "lab.csv", "Fe3+,PF-COO,60,peel_force,1.0,N"))
    assert result.exit_code == 0
    assert (
        "other levels or protocols: 1 of lab; those of the same or a related outcome teach of level screen"
        in result.stdout
    )
    assert "what names no level" not in result.stdout, "nobody observes at level screen"


def test_objectives_that_were_changed_are_told_of_in_a_line(bench):
    campaign = Campaign.load(bench)
    reference = {"peel_force": 0.5, "film_roughness_rq": -8.0}
    point = Formulation(cation="Fe3+", ligand="PAA", ratio=60)
    campaign.store.add_round(1, "by hand", reference, [Proposal(point, "by hand", {}, "lab")])
    campaign.store.close()
    assert run("status", bench).stderr == ""
    toml = bench / "campaign.toml"
    toml.write_text(toml.read_text("utf-8").replace("film_roughness_rq", "elastic_modulus"), "utf-8")
    for command in ("status", "report", "ask"):
        result = run(command, bench)
        assert result.exit_code == 0, command
        assert result.stderr.count("\n") == 1, command
        assert "other objectives than maximise peel_force, minimise elastic_modulus" in result.stderr


def test_a_campaign_for_measurements_cannot_be_run(bench):
    result = run("run", bench)
    assert result.exit_code == 2
    assert "campaign ask and tell" in result.stderr


@pytest.mark.parametrize("command", ["run", "ask", "status", "report"])
def test_a_directory_that_is_no_campaign_is_named(tmp_path, command):
    result = run(command, tmp_path)
    assert result.exit_code == 2
    assert str(tmp_path) in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def smoke(tmp_path) -> Path:
    file = tmp_path / "smoke.toml"
    file.write_text(SMOKE, "utf-8")
    directory = tmp_path / "smoke"
    assert run("new", directory, "--from", file).exit_code == 0
    return directory


@pytest.mark.long
def test_run_simulates_reports_and_then_has_nothing_left_to_do(smoke):
    result = run("run", smoke, "--json")
    assert result.exit_code == 0, result.stderr
    shown = json.loads(result.stdout)
    assert [row["cation"] for row in shown["ranking"]] != []
    assert "Ti4+" in (smoke / "report.html").read_text("utf-8")

    results = list(smoke.glob("runs/*/replicate-*/result.json"))
    times = {path: path.stat().st_mtime_ns for path in results}
    assert len(results) == 2
    assert run("run", smoke).exit_code == 0
    assert {path: path.stat().st_mtime_ns for path in smoke.glob("runs/*/replicate-*/result.json")} == times


def test_ctrl_c_stops_a_run_at_once_and_says_how_to_go_on(smoke):
    settings = smoke / "campaign.toml"
    # Two replicates could end before they are interrupted.
    settings.write_text(settings.read_text("utf-8").replace("replicates = 2", "replicates = 100"), "utf-8")
    command = [sys.executable, "-m", "ionlink", "campaign", "run", str(smoke)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 120
        while not list(smoke.glob("runs/*/replicate-*/worker.log")):
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.2)
        os.kill(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.splitlines()[-1] == "stopped; run the same command to continue"
    assert "Traceback" not in said
    store = Store(smoke / "store.sqlite")
    assert [candidate.status for candidate in store.candidates()] == ["pending"]
    store.close()


def test_a_directory_of_another_simulation_is_refused_before_anything_runs(tmp_path):
    place = tmp_path / "runs" / "replicate-0"
    place.mkdir(parents=True)
    record = {"formulation": {"cation": "Mg2+", "ligand": "PAA", "ratio": 4.0}, "replicate": 0, "level": "smoke"}
    (place / "result.json").write_text(json.dumps({**record, "protocol": "0", "values": {}}), "utf-8")
    arguments = ["--cation", "Fe3+", "--ligand", "PAA", "--ratio", "4", "--level", "smoke", "--out"]
    result = CliRunner().invoke(app, ["simulate", *arguments, str(tmp_path / "runs")])
    assert result.exit_code == 2
    assert "holds the result of another simulation; name another directory" in result.stderr


def test_what_was_simulated_before_teaches_before_the_first_run(tmp_path):
    file = tmp_path / "mine.toml"
    shipped = SMOKE.replace('level = "smoke"', 'level = "screen"').replace(
        "observations = false", "observations = true"
    )
    file.write_text(shipped.replace('"Ti4+"', '"Ca2+"'), "utf-8")
    run("new", tmp_path / "mine", "--from", file)
    (candidate,) = json.loads(run("ask", tmp_path / "mine", "-n", 1, "--json").stdout)
    assert candidate["proposed_by"] == "qLogNEI per cost"
    assert set(candidate["predicted"]) == {"chains_per_cation"}


@pytest.mark.parametrize("level", ["scren", "my-protocol.toml"])
def test_new_names_the_protocols_there_are(tmp_path, level):
    file = tmp_path / "mine.toml"
    file.write_text(SMOKE.replace('level = "smoke"', f'level = "{level}"'), "utf-8")
    result = run("new", tmp_path / "a", "--from", file)
    assert result.exit_code == 2
    there_are = f"no simulation protocol `{level}`; there are {', '.join(protocol_names())}; a campaign runs by no file"
    assert there_are in result.stderr


def test_a_force_field_that_is_missing_is_said_and_computed_before_the_replicates(tmp_path, monkeypatch):
    """As `ionlink simulate` does."""
    computed, ran = [], []

    def stop(_, tasks):
        ran.append(list(computed))
        yield from (Ended(task, None, "stopped", "killed") for task in tasks)

    monkeypatch.setattr(parametrise, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(parametrise, "find_ambertools", lambda: None)
    monkeypatch.setattr(parametrise, "computed_force_field", lambda ligand: computed.append(ligand.name) or "<xml/>")
    monkeypatch.setattr(LocalExecutor, "run", stop)
    (tmp_path / "own.toml").write_text(SMOKE.replace("PAA", "heparin"), "utf-8")
    assert run("new", tmp_path / "own", "--from", tmp_path / "own.toml").exit_code == 0
    said = run("run", tmp_path / "own").stderr
    assert "no force field is shipped for heparin: AmberTools computes it now, once" in said
    assert said.index("round 1 of 1") < said.index("force field of heparin: finished after 0 s") < said.index("failed")
    assert ran == [["heparin"]]
