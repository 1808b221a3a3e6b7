"""`benchmarks/optimize.py`: what every method is given alike, scores known by hand, and going on where it was."""

import importlib
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ionlink.data import InputError

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
NAMES = (
    *(
        "optimize_tabulated",
        "optimize_truths",
        "optimize_drawn",
        "optimize_evaluation",
        "optimize_problems",
        "optimize_scores",
        "optimize_run",
        "optimize_methods",
    ),
    *("optimize_report", "optimize_figure", "retrospective"),
)
PROBLEMS = (
    *("synthetic", "constraints", "drawn", "md-replay", "log-k-replay", "replicates", "levels"),
    *("papers", "model-case", "model-case-surrogate"),
)


@pytest.fixture(scope="module")
def scripts():
    # `optimize.py` is loaded by its path: the repository's folder of that name is on the path as well.
    sys.path[:0] = [str(BENCHMARKS), str(BENCHMARKS / "peers")]
    found = {name: importlib.import_module(name) for name in NAMES}
    found["protocol"] = importlib.import_module("optimize_protocol")
    found["spacier"] = importlib.import_module("optimize_spacier")
    specification = importlib.util.spec_from_file_location("optimize_script", BENCHMARKS / "optimize.py")
    found["script"] = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(found["script"])
    yield SimpleNamespace(**{name.removeprefix("optimize_"): module for name, module in found.items()})
    for folder in (BENCHMARKS, BENCHMARKS / "peers"):
        sys.path.remove(str(folder))
    for name in (*NAMES, "optimize_protocol", "optimize_spacier"):
        del sys.modules[name]


@pytest.mark.parametrize("name", PROBLEMS)
def test_everything_reaches_the_best_and_nothing_reaches_nothing(scripts, name):
    problem = scripts.problems.problem(name)
    assert scripts.scores.share_of_best(problem, []) == 0
    assert scripts.scores.regret(problem, []) == 1
    start = problem.start(0)
    assert 0 <= scripts.scores.share_of_best(problem, start) < 0.7
    everything = problem.everything if problem.pool else problem.everything[::97]
    more = scripts.scores.share_of_best(problem, everything)
    assert scripts.scores.share_of_best(problem, [*everything, *start]) >= more - 1e-12
    assert more == pytest.approx(1) if problem.pool else 0.7 < more < 1


def make_again(scripts, name):
    make = scripts.problems.PROBLEMS[name]
    return make(0) if name in scripts.problems.OF_SEEDS else make()


def test_drawn_landscapes_differ_in_what_counts_and_keep_their_shares(scripts):
    for seed in (0, 1, 2):
        problem = scripts.problems.problem("drawn", seed)
        assert problem is scripts.problems.problem("drawn", seed)
        points = [
            scripts.evaluation.Point(c, p, r)
            for c in problem.cations
            for p in problem.ligands
            for r in (2.0, 11.0, 60.0)
        ]
        truth = problem.truth(points)
        assert truth["film_roughness_rq"].std() == pytest.approx(1, abs=0.2)
        known = [p for p in points if problem.impossible(p) is None]
        assert 0.85 < len(known) / len(points) < 0.95
        assert 0.05 < np.mean([problem.failure(p) is not None for p in known]) < 0.25
    one, other = (scripts.problems.problem("drawn", seed) for seed in (0, 1))
    assert one.fingerprint != other.fingerprint
    values = [of.truth(points)["peel_force"] for of in (one, other)]
    assert abs(np.corrcoef(values)[0, 1]) < 0.9


@pytest.mark.parametrize("name", PROBLEMS)
def test_starts_and_noise_depend_on_the_seed_alone(scripts, name):
    problem, again = scripts.problems.problem(name), make_again(scripts, name)
    start = problem.start(3)
    assert start == again.start(3) != problem.start(4)
    assert all(problem.failure(point) is None for point in start)
    assert problem.observe(start[0], 0, 3) == again.observe(start[0], 0, 3)
    assert problem.observe(start[0], 0, 3) != problem.observe(start[0], 1, 3)


def test_noise_has_the_stated_size(scripts):
    problem = scripts.problems.problem("synthetic")
    point = problem.start(0)[0]
    truth = problem.truth([point])
    for outcome in problem.outcomes:
        values = np.array([problem.observe(point, k, 0)[outcome] for k in range(800)])
        assert values.mean() == pytest.approx(truth[outcome][0], abs=4 * problem.noise[outcome] / np.sqrt(800))
        assert values.std() == pytest.approx(problem.noise[outcome], rel=0.1)


def test_hypervolume_of_boxes(scripts):
    # Two boxes 2 x 1 and 1 x 2 that share a unit square; in three dimensions a unit cube inside a box 1 x 2 x 1.
    assert scripts.scores._volume(np.array([[2.0, 1.0], [1.0, 2.0]])) == pytest.approx(3)
    assert scripts.scores._volume(np.array([[1.0, 1.0, 1.0], [1.0, 2.0, 1.0], [0.5, 0.5, 2.0]])) == pytest.approx(2.25)


def test_hypervolume_agrees_with_botorch(scripts):
    torch = pytest.importorskip("torch")
    from botorch.utils.multi_objective.hypervolume import Hypervolume
    from botorch.utils.multi_objective.pareto import is_non_dominated

    points = np.random.default_rng(0).random((40, 3))
    tensor = torch.tensor(points)
    expected = Hypervolume(torch.zeros(3, dtype=torch.float64)).compute(tensor[is_non_dominated(tensor)])
    assert scripts.scores._volume(points) == pytest.approx(expected)


@pytest.mark.parametrize("name", ["model-case", "model-case-surrogate"])
def test_nothing_of_iron_is_known_at_the_start_but_it_can_be_found(scripts, name):
    problem = scripts.problems.problem(name)
    assert not [point for seed in range(20) for point in problem.start(seed) if point.cation == "Fe3+"]
    assert [point for point in problem.everything if point.cation == "Fe3+"]


def test_the_surrogate_of_the_model_case_has_the_table_at_its_ratios_and_the_mean_half_way(scripts):
    problem = scripts.problems.problem("model-case-surrogate")
    table = pd.read_csv(scripts.problems.SURROGATE_TABLE).query("cation == 'Fe3+' and ligand == 'PF-COO'")
    below, above = (table.iloc[k] for k in (3, 4))
    middle = float(np.sqrt(below["ratio"] * above["ratio"]))
    ratios = (float(below["ratio"]), middle, float(above["ratio"]))
    points = [scripts.evaluation.Point("Fe3+", "PF-COO", ratio) for ratio in ratios]
    for outcome, values in problem.truth(points).items():
        expected = [below[outcome], (below[outcome] + above[outcome]) / 2, above[outcome]]
        assert values == pytest.approx(expected)


def test_hindsight_finds_what_the_truth_holds_for_best(scripts):
    hindsight = scripts.retrospective.hindsight("model-case")
    everything, (leader, *_) = hindsight.of.everything, hindsight.leaders
    balance = hindsight.balance(everything)
    assert hindsight.best[leader] == everything[int(balance.argmax())]
    assert hindsight.rank(leader) == 1
    assert hindsight.own[0] == "Fe3+"
    without = [point for point in everything if (point.cation, point.ligand) != leader]
    for name, found in hindsight.sought.items():
        assert found(everything)
        assert found(without) == ("Fe3+" in name)
    steps = [{"points": [[*p, 1] for p in part], "spent": spent} for part, spent in ((without, 0), (everything, 4))]
    assert scripts.retrospective.until({"steps": steps}, hindsight.has([leader])) == 4
    assert scripts.retrospective.until({"steps": steps[:1]}, hindsight.has([leader])) == np.inf


def test_the_report_in_hindsight_shows_what_is_there(scripts, tmp_path):
    method = scripts.methods.methods(None)["random"]
    scripts.script.perform(tmp_path, "model-case", method, 0, {"commit": "0", "machine": "here", "python": "3"})
    text = scripts.retrospective.report(tmp_path)
    assert "| 1 | Sr2+ on PAA at 60:1 |" in text
    assert "| random | 1 |" in text


def test_limits_failures_and_cheaper_levels_do_not_count(scripts):
    problem = scripts.problems.problem("constraints")
    rough = [p for p in problem.everything[::50] if problem.truth([p])["film_roughness_rq"][0] > 30]
    assert scripts.scores.share_of_best(problem, rough) == 0
    failing = scripts.evaluation.Point("Fe3+", "PAA", 3.0)
    assert problem.failure(failing) == "precipitated"
    assert problem.impossible(failing) is None
    assert "excluded" in problem.impossible(scripts.evaluation.Point("Hg2+", "PAA", 30.0))
    assert "ratio of 3" in problem.impossible(scripts.evaluation.Point("Al3+", "PAA", 2.5))
    levels = scripts.problems.problem("levels")
    cheap = [point._replace(level="screen") for point in levels.start(0)]
    assert scripts.scores.share_of_best(levels, cheap) == 0


def test_cheaper_levels_are_correlated_as_stated(scripts):
    problem = scripts.problems.problem("levels")
    points = problem.everything[::60]
    truth = problem.truth(points)
    for level, lower, upper in (("screen", 0.55, 0.85), ("explicit", 0.85, 0.97)):
        seen = problem.truth([point._replace(level=level) for point in points])
        for goal in problem.goals:
            assert lower < np.corrcoef(truth[goal.outcome], seen[goal.outcome])[0, 1] < upper


def test_declaration_is_json_and_holds_no_truth(scripts):
    problem = scripts.problems.problem("log-k-replay")
    declared = json.loads(json.dumps(problem.declaration))
    assert set(declared["descriptors"]["cations"]) == set(problem.cations)
    assert not {"pool_values", "pool_errors", "noise"} & set(declared)
    space = scripts.protocol.Space(declared)
    encoded = space.encoded(space.grid(12))
    assert np.isfinite(encoded).all()
    assert encoded.min() >= 0
    assert encoded.max() <= 1
    assert len(np.unique(encoded, axis=0)) == len(space.pool)
    assert space.nearest(space.pool[7], space.pool) == space.pool[7]


def test_worst_values_stand_in_for_failures(scripts):
    space = scripts.protocol.Space(json.loads(json.dumps(scripts.problems.problem("constraints").declaration)))
    good = {"peel_force": 4.0, "dmt_modulus_spread": 0.7, "film_roughness_rq": 20.0}
    rough = {"peel_force": 5.0, "dmt_modulus_spread": 0.9, "film_roughness_rq": 45.0}
    rows = [
        {"values": good, "failure": None},
        {"values": rough, "failure": None},
        {"values": {}, "failure": "precipitated"},
    ]
    worst = {"peel_force": 4.0, "dmt_modulus_spread": 0.9}
    assert space.with_worst(rows, broken_is_worst=False) == [good, rough, worst | {"film_roughness_rq": 45.0}]
    assert space.with_worst(rows, broken_is_worst=True)[1] == rough | worst


def test_expected_improvement_agrees_with_sampling(scripts):
    generator = np.random.default_rng(1)
    seen = np.array([[0.2, 0.7], [0.5, 0.5], [0.8, 0.1]])
    mean, deviation = np.array([[0.6, 0.6]]), np.array([[0.2, 0.3]])
    expected = scripts.spacier.improvement(mean, deviation, seen, np.zeros(2))[0]
    volume = scripts.scores._volume
    before = volume(seen)
    draws = generator.normal(mean, deviation, (4000, 2))
    gained = [volume(np.vstack([seen, np.maximum(draw, 0)])) - before for draw in draws]
    assert expected == pytest.approx(np.mean(gained), abs=4 * np.std(gained) / np.sqrt(len(gained)))


def test_paired_difference_has_an_interval_around_its_mean(scripts):
    theirs = np.random.default_rng(0).random(20)
    noise = np.random.default_rng(1).normal(0, 0.01, 20)
    value, lower, upper = scripts.report.difference(theirs + 0.1 + noise, theirs)
    assert lower < 0.1 < upper
    assert upper - lower == pytest.approx(4 * 0.01 / np.sqrt(20), rel=0.5)
    assert value == pytest.approx(0.1 + noise.mean())


@pytest.fixture(scope="module")
def finished(scripts, tmp_path_factory):
    """Random search on two problems, two seeds, and its beginning as the run on `levels`."""
    out = tmp_path_factory.mktemp("runs")
    method = scripts.methods.methods(None)["random"]
    for name in ("synthetic", "levels", "replicates"):
        for seed in (0, 1):
            for variant in scripts.methods.variants(method, scripts.problems.problem(name).replicates)[-1:]:
                scripts.script.perform(out, name, variant, seed, {"commit": "0", "machine": "here", "python": "3"})
    return out


def test_a_run_spends_its_budget_in_batches_and_only_gains(scripts, finished):
    run = json.loads((finished / "runs/synthetic/random/00.json").read_text(encoding="utf-8"))
    assert [len(step["points"]) for step in run["steps"]] == [8, *[4] * 6]
    assert run["steps"][-1]["spent"] == 24
    shares = [step["share"] for step in run["steps"]]
    assert shares == sorted(shares)
    assert shares[0] == pytest.approx(
        scripts.scores.share_of_best(
            scripts.problems.problem("synthetic"), scripts.problems.problem("synthetic").start(0)
        )
    )
    assert all(step["cpu_s"] >= 0 and step["peak_mb"] > 1 for step in run["steps"][1:])


def test_levels_and_replicates_count_in_the_budget(finished):
    levels = json.loads((finished / "runs/levels/random/00.json").read_text(encoding="utf-8"))
    assert [step["spent"] for step in levels["steps"]] == [0, 100, 200, 300, 400]
    assert levels["prefix_of"] == "synthetic"
    thrice = json.loads((finished / "runs/replicates/random-x3/00.json").read_text(encoding="utf-8"))
    assert [step["spent"] for step in thrice["steps"]] == [0, 12, 24, 30]
    assert [len(step["points"]) for step in thrice["steps"]] == [8, 4, 4, 2]


def test_report_and_figure_show_what_is_there(scripts, finished, tmp_path):
    document = tmp_path / "page.md"
    document.write_text(f"# Page\n\n{scripts.report.MARK}\nold\n", encoding="utf-8")
    text = scripts.report.report(finished, tmp_path / "figure.svg")
    scripts.report.write_into(document, text)
    assert "| random | 2 |" in text
    assert "random x3" in text
    assert "old" not in document.read_text(encoding="utf-8")
    assert (tmp_path / "figure.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert "nothing is finished" in scripts.report.report(tmp_path / "empty", None)


def test_runs_of_another_problem_are_not_mixed_in(scripts, finished, tmp_path):
    scripts.report.check_same_problems(finished)
    path = tmp_path / "runs/synthetic/random/00.json"
    path.parent.mkdir(parents=True)
    run = json.loads((finished / "runs/synthetic/random/00.json").read_text(encoding="utf-8"))
    path.write_text(json.dumps(run | {"fingerprint": "other"}), encoding="utf-8")
    with pytest.raises(InputError, match="1 runs of synthetic are of another problem"):
        scripts.report.check_same_problems(tmp_path)


def test_a_method_that_fails_leaves_its_reason_and_no_result(scripts, tmp_path):
    broken = scripts.run.Method("broken", Path(sys.executable), "optimize_optuna.py", ("nothing",))
    if importlib.util.find_spec("optuna") is not None:
        pytest.skip("the adapter would run")
    scripts.script.perform(tmp_path, "synthetic", broken, 0, {})
    assert not list(tmp_path.glob("runs/synthetic/broken/*.json"))
    assert "the process ended" in (tmp_path / "runs/synthetic/broken/00.failed").read_text(encoding="utf-8")
    assert "No module named 'optuna'" in (tmp_path / "runs/synthetic/broken/00.log").read_text(encoding="utf-8")
