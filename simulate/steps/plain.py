"""Minimisation, dynamics, production: steps that leave the size of the box to itself."""

import math

import numpy as np
import openmm
from openmm import app, unit

from ionlink.data.whole_file import reach_the_disk
from ionlink.simulate.deformation import PressureCoupled
from ionlink.simulate.engine import Engine
from ionlink.simulate.errors import MinimisationFailed
from ionlink.simulate.step_kinds import Dynamics, Minimise, Produce
from ionlink.simulate.steps.result import StepResult, snapshot
from ionlink.simulate.trajectory import trajectory_file

_FORCE_UNIT = unit.kilojoule_per_mole / unit.nanometer


def potential_energy_kj_mol(simulation: app.Simulation) -> float:
    """Potential energy of the whole box."""
    energy = simulation.context.getState(energy=True).getPotentialEnergy()
    return float(energy.value_in_unit(unit.kilojoule_per_mole))


def minimise(step: Minimise, engine: Engine, state: openmm.State, seed: int) -> StepResult:
    """See `Minimise`. Iterations may end before the tolerance is met: dynamics goes on from any finite energy."""
    simulation = engine.simulation(state, timestep_fs=1.0, temperature_k=300.0, seed=seed)
    simulation.minimizeEnergy(step.force_tolerance_kj_mol_nm * _FORCE_UNIT, step.max_iterations)
    energy = potential_energy_kj_mol(simulation)
    if not math.isfinite(energy):
        raise MinimisationFailed(f"minimise: the energy is {energy} kJ/mol; two molecules lie on each other")
    return StepResult(snapshot(simulation), record={"energy_kj_mol": energy})


def dynamics(step: Dynamics, engine: Engine, state: openmm.State, seed: int) -> StepResult:
    """See `Dynamics`."""
    simulation = engine.simulation(state, step.timestep_fs, step.start_temperature_k, seed)
    run = simulation.step if step.pressure_bar is None else coupled(simulation, engine, step.pressure_bar).step
    for temperature in np.linspace(step.start_temperature_k, step.end_temperature_k, step.segments):
        set_temperature(simulation, float(temperature))
        run(step.steps // step.segments)
    return StepResult(snapshot(simulation))


def produce(step: Produce, engine: Engine, state: openmm.State, seed: int) -> StepResult:
    """See `Produce`."""
    simulation = engine.simulation(state, step.timestep_fs, step.temperature_k, seed)
    trajectory = trajectory_file(engine.directory, step.trajectory)
    simulation.reporters.append(app.DCDReporter(str(trajectory), step.sample_every_steps, enforcePeriodicBox=False))
    simulation.step(step.steps)
    # Before the state, whose presence means that the frames are there.
    reach_the_disk(trajectory)
    return StepResult(snapshot(simulation))


def coupled(simulation: app.Simulation, engine: Engine, pressure_bar: float) -> PressureCoupled:
    """The simulation with its box following a pressure as the protocol says."""
    return PressureCoupled(simulation, engine.physics.pressure_coupling, pressure_bar)


def set_temperature(simulation: app.Simulation, temperature_k: float) -> None:
    """Change the temperature of thermostat and manometer."""
    simulation.integrator.setTemperature(temperature_k * unit.kelvin)
    simulation.context.setParameter(openmm.MonteCarloBarostat.Temperature(), temperature_k * unit.kelvin)
