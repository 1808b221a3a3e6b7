"""Equilibration ends when nothing drifts any more, or says that something does."""

import numpy as np
import pytest

from ionlink.simulate.groups import Groups
from ionlink.simulate.step_kinds import AnnealingCycle, Equilibrate
from ionlink.simulate.steps import run_step
from ionlink.simulate.steps.equilibration import first_shell_oxygens

STEP = Equilibrate(
    kind="equilibrate",
    stage_steps=250,
    samples_per_stage=25,
    max_stages=8,
    density_tolerance=0.05,
    energy_tolerance_kj_mol=0.3,
    coordination_tolerance=2.0,
    first_shell_nm=0.5,
    timestep_fs=4.0,
    temperature_k=40.0,
    pressure_bar=1.0,
)


def test_argon_comes_to_rest_and_the_record_says_by_what(engine, state):
    result = run_step(STEP, engine, state, seed=1)
    assert result.converged
    series, tests = result.record["series"], result.record["tests"]
    assert set(series) == {"density", "energy", "coordination"}
    assert len(series["density"]) == len(tests) + 1 <= STEP.max_stages
    assert all(test["settled"] for test in tests[-1].values())
    for test in tests[:-1]:
        assert not all(quantity["settled"] for quantity in test.values())
    last = tests[-1]["density"]
    assert last["difference"] == pytest.approx(series["density"][-1] - series["density"][-2])


def test_what_is_still_being_compressed_is_not_converged(engine, state):
    hurried = STEP.model_copy(update={"max_stages": 2, "stage_steps": 125, "pressure_bar": 20000.0})
    result = run_step(hurried, engine, state, seed=1)
    assert not result.converged
    assert len(result.record["series"]["density"]) == 2
    assert not result.record["tests"][-1]["density"]["settled"]


def test_a_cycle_goes_up_and_comes_back(engine, state):
    hot = STEP.model_copy(
        update={"cycle": AnnealingCycle(top_temperature_k=300.0, steps=100, segments=4), "max_stages": 2}
    )
    result = run_step(hot, engine, state, seed=1)
    velocities = result.state.getVelocities(asNumpy=True)._value
    temperature_k = 39.948 * (velocities**2).mean() / 8.314462618e-3
    assert 20 < temperature_k < 80
    assert (
        result.record["series"] != run_step(hot.model_copy(update={"cycle": None}), engine, state, 1).record["series"]
    )


def test_the_first_shell_is_counted_through_the_faces_of_the_box():
    groups = Groups(
        chain_of_atom=np.zeros(4, dtype=np.int64), donor_oxygens=np.array([[0, 1], [2, 3]]), cations=np.array([4])
    )
    positions = np.array([[0.1, 1, 1], [1.9, 1, 1], [1.0, 1, 1], [0.05, 1.3, 1], [-0.05, 1, 1]])
    assert first_shell_oxygens(positions, np.full(3, 2.0), groups, cutoff_nm=0.25) == 2
    assert first_shell_oxygens(positions + np.array([4.0, 0, 0]), np.full(3, 2.0), groups, cutoff_nm=0.25) == 2
    assert first_shell_oxygens(positions, np.full(3, 2.0), groups, cutoff_nm=0.5) == 3
