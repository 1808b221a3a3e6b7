"""Stretch, unload and tension on argon."""

import numpy as np
import pytest
from argon import EDGE_NM

from ionlink.simulate.step_kinds import Stretch, Tension, Unload
from ionlink.simulate.steps import run_step
from ionlink.simulate.stress import dissipated_energy_mj_m3, load_stress

PULL = {
    "strain": 0.1,
    "increments": 4,
    "minimise_iterations": 5,
    "relax_steps": 40,
    "timestep_fs": 2.0,
    "temperature_k": 20.0,
}
STRETCH = Stretch(kind="stretch", **PULL, stress_every_steps=10)
UNLOAD = Unload(kind="unload", **PULL, stress_every_steps=10)


def edges(state):
    return np.diag(state.getPeriodicBoxVectors(asNumpy=True)._value)


def test_a_cycle_ends_at_the_first_length_and_leaves_its_curve(engine, state):
    stretched = run_step(STRETCH, engine, state, seed=1).state
    assert edges(stretched) == pytest.approx([EDGE_NM, EDGE_NM, 1.1 * EDGE_NM])
    unloaded = run_step(UNLOAD, engine, stretched, seed=2).state
    assert edges(unloaded) == pytest.approx([EDGE_NM] * 3)
    curve = load_stress(engine.directory / "stress.csv")
    assert [point.phase for point in curve] == ["load"] * 5 + ["unload"] * 4
    up = 1.1 ** (np.arange(5) / 4) - 1
    assert [point.strain for point in curve] == pytest.approx([*up, *up[-2::-1]], abs=1e-6)
    assert np.isfinite(dissipated_energy_mj_m3(curve))


def test_a_cold_crystal_resists(engine, state):
    run_step(STRETCH, engine, state, seed=1)
    curve = load_stress(engine.directory / "stress.csv")
    assert curve[1].stress_mpa > curve[0].stress_mpa


def test_a_step_done_again_replaces_its_part_of_the_curve(engine, state):
    stretched = run_step(STRETCH, engine, state, seed=1).state
    run_step(UNLOAD, engine, stretched, seed=2)
    whole = load_stress(engine.directory / "stress.csv")
    run_step(UNLOAD, engine, stretched, seed=2)
    assert load_stress(engine.directory / "stress.csv") == whole
    run_step(STRETCH, engine, state, seed=1)
    assert load_stress(engine.directory / "stress.csv") == whole[:5]


def test_without_measurements_there_is_no_curve(engine, state):
    run_step(STRETCH.model_copy(update={"stress_every_steps": 0}), engine, state, seed=1)
    assert not (engine.directory / "stress.csv").exists()


def test_free_sides_follow_their_pressure_and_the_nominal_stress_knows(engine, state):
    squeezed_sides = STRETCH.model_copy(update={"lateral_pressure_bar": 5000.0})
    after = run_step(squeezed_sides, engine, state, seed=1).state
    x, y, z = edges(after)
    assert max(x, y) < EDGE_NM
    assert z == pytest.approx(1.1 * EDGE_NM)
    curve = load_stress(engine.directory / "stress.csv")
    assert curve[-1].area_nm2 == pytest.approx(x * y, rel=1e-6)
    assert curve[-1].area_nm2 < curve[0].area_nm2


def test_tension_lengthens_and_records_the_way(engine, state):
    step = Tension(
        kind="tension",
        stress_mpa=20.0,
        steps=100,
        samples=5,
        timestep_fs=2.0,
        temperature_k=20.0,
        lateral_pressure_bar=None,
    )
    result = run_step(step, engine, state, seed=1)
    strains = result.record["series"]["strain"]
    assert len(strains) == 5
    assert strains[-1] > 0
    assert result.converged
    assert edges(result.state) == pytest.approx([EDGE_NM, EDGE_NM, (1 + strains[-1]) * EDGE_NM])


def test_a_torn_network_ends_the_tension_and_is_not_converged(engine, state):
    step = Tension(
        kind="tension",
        stress_mpa=2000.0,
        steps=2000,
        samples=20,
        largest_strain=0.2,
        timestep_fs=2.0,
        temperature_k=85.0,
    )
    result = run_step(step, engine, state, seed=1)
    assert not result.converged
    assert len(result.record["series"]["strain"]) < 20
    assert result.record["series"]["strain"][-1] > 0.2
