"""The pressure along each axis against what can be computed by hand, and against the isotropic one."""

import numpy as np
import pytest
from argon import ARGON_AMU, EDGE_NM, argon_engine, state_of
from openmm import unit

from ionlink.data import InputError
from ionlink.simulate.deformation import PressureCoupled, edges_nm, pressure_bar, pressure_by_axis_bar

BAR_NM3_IN_KJ_MOL = (unit.bar * unit.nanometer**3 * unit.AVOGADRO_CONSTANT_NA).value_in_unit(unit.kilojoule_per_mole)


def simulation_of(engine, state, seed=1):
    return engine.simulation(state, 2.0, 85.0, seed, by_axis=True)


def test_of_an_ideal_gas_it_is_the_momentum_along_the_axis(tmp_path):
    engine = argon_engine(tmp_path, atoms=3, epsilon_kj_mol=0.0)
    velocities = np.array([[1.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.5, 0.0]])
    state = state_of(engine, np.eye(3), velocities)
    expected = ARGON_AMU * (velocities**2).sum(axis=0) / EDGE_NM**3 / BAR_NM3_IN_KJ_MOL
    assert pressure_by_axis_bar(simulation_of(engine, state)) == pytest.approx(expected, rel=1e-3, abs=1e-3)


def test_of_a_pair_it_is_the_force_times_the_distance_along_the_axis(tmp_path):
    engine = argon_engine(tmp_path, atoms=3)
    far = [0.0, 0.9, 0.9]
    distance_nm = 0.36
    positions = np.array([[0.2, 0.2, 0.2], [0.2, 0.2, 0.2 + distance_nm], far])
    sixth = (0.3405 / distance_nm) ** 6
    virial = 24 * 0.996 * (2 * sixth**2 - sixth)
    found = pressure_by_axis_bar(simulation_of(engine, state_of(engine, positions, np.zeros((3, 3)))))
    assert found[2] == pytest.approx(virial / EDGE_NM**3 / BAR_NM3_IN_KJ_MOL, rel=1e-2)
    assert found[:2] == pytest.approx(0, abs=abs(found[2]) * 1e-2)


def test_its_mean_over_the_axes_is_the_isotropic_pressure(engine, state):
    simulation = simulation_of(engine, state)
    for _ in range(5):
        simulation.step(20)
        assert pressure_by_axis_bar(simulation).mean() == pytest.approx(pressure_bar(simulation), rel=1e-2, abs=2)


def test_each_edge_follows_its_own_pressure(engine, state):
    simulation = simulation_of(engine, state)
    coupled = PressureCoupled(simulation, engine.physics.pressure_coupling, (5000.0, None, -500.0))
    coupled.step(200)
    x, y, z = edges_nm(simulation)
    assert x < EDGE_NM < z
    assert y == pytest.approx(EDGE_NM, rel=1e-6)


def test_too_few_steps_to_follow_a_pressure_are_refused(engine, state):
    with pytest.raises(InputError, match=r"every 5 steps \(interval_steps\), and 4 are asked for"):
        PressureCoupled(simulation_of(engine, state), engine.physics.pressure_coupling, 1.0).step(4)
