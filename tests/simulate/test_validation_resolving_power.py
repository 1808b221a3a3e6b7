"""`benchmarks/resolving_power.py` on results whose pairs can be counted by hand."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "resolving_power.py"


@pytest.fixture(scope="module")
def script():
    specification = importlib.util.spec_from_file_location("resolving_power", SCRIPT)
    module = importlib.util.module_from_spec(specification)
    sys.modules["resolving_power"] = module
    specification.loader.exec_module(module)
    yield module
    del sys.modules["resolving_power"]


def write(root, variant, cation, outcomes, cpu_s=60.0):
    for number, values in enumerate(outcomes):
        directory = root / variant / f"{cation}-PAA-8" / f"replicate-{number}"
        directory.mkdir(parents=True)
        result = {"protocol": "abc", "wall": 1.0, "cpu": cpu_s, "density_settled": 1.0, **values}
        (directory / "result.json").write_text(json.dumps(result), encoding="utf-8")


@pytest.fixture
def runs(tmp_path):
    """`sharp` repeats itself to 0.1 and tells 1, 2 and 3 apart; `blunt` scatters by 1 and costs a third."""
    for variant, scatter, cpu_s in (("sharp", 0.1, 180.0), ("blunt", 1.0, 60.0)):
        for cation, mean in (("Mg2+", 1.0), ("Fe3+", 2.0), ("Zr4+", 3.0)):
            write(tmp_path, variant, cation, [{"x": mean + scatter * d, "same": 5.0} for d in (-1, 0, 1)], cpu_s)
    return tmp_path


def measured(script, root, name, budget_cpu_s=600.0, at_most=None):
    return script.measure(name, script.load(root / name, at_most), budget_cpu_s)


def test_pairs_apart_are_counted_per_outcome(script, runs):
    powers = {power.outcome: power for power in measured(script, runs, "sharp").powers}
    assert set(powers) == {"x", "same"}
    assert (powers["x"].apart, powers["x"].pairs) == (3, 3)
    assert (powers["same"].apart, powers["same"].apart_by_own_errors) == (0, 0)
    assert powers["x"].pooled_standard_deviation == pytest.approx(0.1)


def test_a_difference_of_one_is_not_resolved_by_a_scatter_of_one(script, runs):
    powers = {power.outcome: power for power in measured(script, runs, "blunt").powers}
    # Two standard errors of a difference are 2·√(2/3) = 1.63: only 1 and 3 are apart.
    assert powers["x"].apart == 1
    # The means have a variance of 1, a third of which is scatter.
    assert powers["x"].spread == pytest.approx(np.sqrt(2 / 3))
    assert powers["x"].apart_at_budget == pytest.approx(3 * script.share_apart(2 / 3, 1 / 10))


def test_the_budget_is_that_of_one_cation(script, runs):
    blunt = measured(script, runs, "blunt", budget_cpu_s=180.0)
    assert blunt.apart_at_budget == pytest.approx(3 * script.share_apart(2 / 3, 1 / 3))
    assert blunt.cpu_hours == pytest.approx(9 * 60 / 3600)
    assert blunt.apart_per_cpu_hour == pytest.approx(1 / 0.15)


@pytest.mark.parametrize(("between", "scatter", "replicates"), [(0.0, 1.0, 3), (0.5, 1.0, 3), (2.0, 1.0, 6)])
def test_the_expected_share_is_what_random_cations_give(script, between, scatter, replicates):
    rng = np.random.default_rng(7)
    variance = scatter**2 / replicates
    shares = []
    for _ in range(4000):
        means = rng.normal(0, np.sqrt(between), 5) + rng.normal(0, np.sqrt(variance), 5)
        shares.append(script.pairs_apart(means, np.full(5, variance)) / 10)
    assert np.mean(shares) == pytest.approx(script.share_apart(between, variance), abs=0.015)


def test_without_scatter_every_difference_counts(script):
    assert (script.share_apart(0.1, 0.0), script.share_apart(0.0, 0.0)) == (1, 0)


def test_formulations_without_a_second_replicate_are_left_out(script, runs):
    write(runs, "sharp", "In3+", [{"x": 9.0, "same": 5.0}])
    assert measured(script, runs, "sharp").cations == 3
    assert measured(script, runs, "sharp", at_most=2).replicates == (2, 2)
    with pytest.raises(ValueError, match="fewer than two formulations"):
        measured(script, runs, "sharp", at_most=1)


@given(
    means=st.lists(st.floats(-10, 10), min_size=2, max_size=6),
    error=st.floats(0.01, 5),
    factor=st.floats(1.0, 10.0),
    shift=st.floats(-5, 5),
)
def test_larger_errors_never_tell_more_apart(script, means, error, factor, shift):
    array = np.array(means)
    few = script.pairs_apart(array, np.full(len(means), (factor * error) ** 2))
    many = script.pairs_apart(array, np.full(len(means), error**2))
    assert 0 <= few <= many <= len(means) * (len(means) - 1) // 2
    assert script.pairs_apart(np.full(len(means), shift), np.zeros(len(means))) == 0


def test_the_command_prints_a_table_and_says_what_is_missing(runs, tmp_path):
    write(runs, "unfinished", "Mg2+", [{"x": 1.0}])
    done = subprocess.run(
        [sys.executable, SCRIPT, runs, "--json", tmp_path / "power.json", "--budget-cpu-s", "600"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert "| x | 1 (1) → 1.4 | 3 (3) → 2.7 |" in done.stdout
    assert "unfinished: not enough finished replicates" in done.stdout
    written = json.loads((tmp_path / "power.json").read_text(encoding="utf-8"))
    assert [variant["name"] for variant in written] == ["blunt", "sharp"]
