"""Single cations in water by `benchmarks/ions_in_water.py`: its counting, and one cation end to end."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "ions_in_water.py"


@pytest.fixture(scope="module")
def script():
    specification = importlib.util.spec_from_file_location("ions_in_water", SCRIPT)
    module = importlib.util.module_from_spec(specification)
    sys.modules["ions_in_water"] = module
    specification.loader.exec_module(module)
    yield module
    del sys.modules["ions_in_water"]


def counts(script, distances_angstrom, waters=500, volume_angstrom3=15_000.0, frames=1):
    bins = round(script.REACH_ANGSTROM / script.BIN_ANGSTROM)
    histogram = np.histogram(distances_angstrom, bins, (0, script.REACH_ANGSTROM))[0]
    return script.Counts("Fe3+", 0, waters, frames, volume_angstrom3, histogram.tolist())


def test_oxygens_without_structure_have_a_distribution_of_one(script):
    rng = np.random.default_rng(1)
    edge, waters, frames = 30.0, 900, 4000
    here = rng.uniform(-edge / 2, edge / 2, (frames * waters, 3))
    found = counts(script, np.linalg.norm(here, axis=1), waters, edge**3, frames).radial
    far = found.r_angstrom > 4
    assert found.g_r[far].mean() == pytest.approx(1, abs=0.01)
    expected = waters / edge**3 * 4 / 3 * np.pi * script.REACH_ANGSTROM**3
    assert found.coordination_number[-1] == pytest.approx(expected, rel=0.01)


def test_a_first_shell_has_its_distance_and_number(script):
    rng = np.random.default_rng(2)
    first, second = rng.normal(2.03, 0.05, 6 * 1000), rng.normal(4.2, 0.2, 12 * 1000)
    found = script.shell(counts(script, np.concatenate([first, second]), frames=1000))
    assert found.peak_angstrom == pytest.approx(2.03, abs=0.02)
    assert found.mean_angstrom == pytest.approx(2.03, abs=0.01)
    assert found.coordination_number == pytest.approx(6, abs=0.01)
    assert found.resolved


def test_every_reference_has_its_source_and_its_parameters(script):
    known = script.reference()
    assert known.index.is_unique
    assert set(known["fitted_to"]) == {"distance", "compromise"}
    numbers = known[["distance_angstrom", "lowest_coordination", "highest_coordination"]]
    assert known.loc[numbers.notna().any(axis=1), "source"].notna().all()
    assert (known["fitted_to"] == "distance").sum() >= 12


@pytest.mark.long
@pytest.mark.parametrize(("cation", "waters"), [("Al3+", 6), ("Zr4+", 8)])
def test_a_cation_sits_at_the_distance_it_was_fitted_to(script, tmp_path, cation, waters):
    """Two whose shell does not change within a short run; docs/validation.md has the others, and where they deviate."""
    options = ["--cations", cation, "--replicates", "1", "--production-ps", "10"]
    done = subprocess.run(
        [sys.executable, SCRIPT, tmp_path, *options], check=True, capture_output=True, text=True, timeout=1800
    )
    found = script.shell(script.Counts(**json.loads((tmp_path / f"{cation}-0.json").read_text(encoding="utf-8"))))
    assert cation in done.stdout
    # A bin of g(r) is 0.02 Å wide.
    assert found.peak_angstrom == pytest.approx(script.reference().loc[cation, "distance_angstrom"], abs=0.03)
    assert found.coordination_number == pytest.approx(waters, abs=0.1)
