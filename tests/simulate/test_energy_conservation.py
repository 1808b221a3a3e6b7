"""Without thermostat the forces of the `screen` level keep the energy: they are the gradient of what is reported."""

import numpy as np
import openmm
import pytest
from openmm import unit

from ionlink.data import Formulation
from ionlink.simulate import load_protocol
from ionlink.simulate.box import build_box
from ionlink.simulate.engine import Engine
from ionlink.simulate.replicate_files import ReplicateFiles, load_state
from ionlink.simulate.step_kinds import Dynamics
from ionlink.simulate.steps import attempt_step

SAMPLES = 40
HOLD = Dynamics(kind="dynamics", steps=1000, timestep_fs=2.0, start_temperature_k=300.0, end_temperature_k=300.0)

LARGEST_DRIFT_KJ_MOL_NS = 0.6
"""Per degree of freedom. The thermostat of the protocol, 2 / ps, would hide it behind less than 0.1 K:
0.6 kJ/mol/ns is a heating of 2 x 0.6 / R = 144 K/ns, and velocities forget at 2000 / ns."""


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """System and state of a network of 16 chains and 16 Fe3+, squeezed and brought to 300 K."""
    protocol = load_protocol("screen")
    files = ReplicateFiles(tmp_path_factory.mktemp("network"))
    box = build_box(Formulation(cation="Fe3+", ligand="PAA", ratio=8), protocol, seed=1)
    files.save_box(box, {})
    engine = Engine(box.topology, box.system, protocol.physics, 1, files.directory, box.groups)
    state = load_state(files.start)
    for index, step in enumerate((*protocol.steps[:3], HOLD)):
        state = attempt_step(step, index, engine, state, seed=1).result.state
    return box.system, state


def energies_kj_mol(system, state, timestep_fs, time_ps):
    """Total energy at `SAMPLES` equally spaced times of velocity Verlet, and these times in ns."""
    integrator = openmm.VerletIntegrator(timestep_fs * unit.femtosecond)
    platform = openmm.Platform.getPlatform("CPU")
    # The mesh is laid by these, as in `Engine.simulation`.
    system.setDefaultPeriodicBoxVectors(*state.getPeriodicBoxVectors())
    context = openmm.Context(system, integrator, platform, {"Threads": "1", "DeterministicForces": "true"})
    context.setState(state)
    integrator.step(round(500 / timestep_fs))  # velocities of the thermostat's integrator are half a step away
    between = round(1000 * time_ps / timestep_fs / SAMPLES)
    energies = []
    for _ in range(SAMPLES):
        integrator.step(between)
        found = context.getState(energy=True)
        energies.append((found.getKineticEnergy() + found.getPotentialEnergy()).value_in_unit(unit.kilojoule_per_mole))
    return np.arange(SAMPLES) * between * timestep_fs * 1e-6, np.array(energies)


@pytest.mark.long
def test_the_energy_neither_drifts_nor_scatters_more_than_the_time_step_explains(network):
    system, state = network
    freedom = 3 * system.getNumParticles() - system.getNumConstraints() - 3
    scatter = {}
    for timestep_fs in (1.0, 2.0):
        times_ns, energies = energies_kj_mol(system, state, timestep_fs, time_ps=4.0)
        (slope, start), covariance = np.polyfit(times_ns, energies, 1, cov=True)
        scatter[timestep_fs] = (energies - start - slope * times_ns).std()
        error = np.sqrt(covariance[0, 0]) / freedom
        assert error < LARGEST_DRIFT_KJ_MOL_NS / 2, "the run is too short to tell"
        assert abs(slope / freedom) < LARGEST_DRIFT_KJ_MOL_NS
    kinetic_fluctuation = np.sqrt(freedom / 2) * 8.314462618e-3 * 300
    assert scatter[1.0] < 0.03 * kinetic_fluctuation
    assert 1.5 < scatter[2.0] / scatter[1.0] < 6, "the error of velocity Verlet grows with the square of the time step"
