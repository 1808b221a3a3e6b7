"""The steps of a protocol: each takes the box from one state to the next."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import openmm
from numpy.typing import NDArray
from openmm import app, unit

from ionlink.simulate.engine import Engine
from ionlink.simulate.protocol import Compress, Dynamics, Minimise, Produce, Step, Stretch

_KELVIN = unit.kelvin
_FORCE_UNIT = unit.kilojoule_per_mole / unit.nanometer


@dataclass(frozen=True)
class StepResult:
    """State after a step, and whether its convergence test, where it has one, was met."""

    state: openmm.State
    converged: bool = True


def run_step(step: Step, engine: Engine, state: openmm.State, seed: int) -> StepResult:
    """Run one step from `state`; the same step, state and seed give the same result.

    Raises:
        openmm.OpenMMException: the simulation broke down (a coordinate became NaN, the box too small for the cutoff).

    """
    match step:
        case Minimise():
            return _minimise(step, engine, state, seed)
        case Dynamics():
            return _dynamics(step, engine, state, seed)
        case Compress():
            return _compress(step, engine, state, seed)
        case Stretch():
            return _stretch(step, engine, state, seed)
        case Produce():
            return _produce(step, engine, state, seed)


def _snapshot(simulation: app.Simulation) -> openmm.State:
    # enforcePeriodicBox stays off: molecules stay whole.
    return simulation.context.getState(positions=True, velocities=True)


def _minimise(step: Minimise, engine: Engine, state: openmm.State, seed: int) -> StepResult:
    simulation = engine.simulation(state, timestep_fs=1.0, temperature_k=300.0, pressure_bar=None, seed=seed)
    simulation.minimizeEnergy(step.force_tolerance_kj_mol_nm * _FORCE_UNIT, step.max_iterations)
    return StepResult(_snapshot(simulation))


def _dynamics(step: Dynamics, engine: Engine, state: openmm.State, seed: int) -> StepResult:
    simulation = engine.simulation(state, step.timestep_fs, step.start_temperature_k, step.pressure_bar, seed)
    for temperature in np.linspace(step.start_temperature_k, step.end_temperature_k, step.segments):
        simulation.integrator.setTemperature(temperature * _KELVIN)
        if step.pressure_bar is not None:
            simulation.context.setParameter(openmm.MonteCarloBarostat.Temperature(), temperature * _KELVIN)
        simulation.step(step.steps // step.segments)
    return StepResult(_snapshot(simulation))


def _compress(step: Compress, engine: Engine, state: openmm.State, seed: int) -> StepResult:
    simulation = engine.simulation(state, step.timestep_fs, step.temperature_k, step.pressure_bar, seed)
    previous = _mean_density(simulation, engine, step.chunk_steps)
    for _ in range(1, step.max_chunks):
        current = _mean_density(simulation, engine, step.chunk_steps)
        if abs(current - previous) <= step.density_tolerance * current:
            return StepResult(_snapshot(simulation))
        previous = current
    return StepResult(_snapshot(simulation), converged=False)


def _mean_density(simulation: app.Simulation, engine: Engine, steps: int, samples: int = 10) -> float:
    densities = []
    for _ in range(samples):
        simulation.step(steps // samples)
        densities.append(engine.density_g_cm3(simulation.context.getState()))
    return float(np.mean(densities))


def _stretch(step: Stretch, engine: Engine, state: openmm.State, seed: int) -> StepResult:
    stretch = (1.0 + step.strain) ** (1.0 / step.increments)
    simulation = engine.simulation(state, step.timestep_fs, step.temperature_k, None, seed)
    molecules = [np.array(molecule) for molecule in simulation.context.getMolecules()]
    for _ in range(step.increments):
        _lengthen(simulation, molecules, stretch)
        simulation.minimizeEnergy(maxIterations=step.minimise_iterations)
        simulation.step(step.relax_steps)
    return StepResult(_snapshot(simulation))


def _lengthen(simulation: app.Simulation, molecules: Sequence[NDArray[np.int64]], stretch: float) -> None:
    """Scale the box and the centre of every molecule along z; molecules keep their shape."""
    state = simulation.context.getState(positions=True)
    positions = state.getPositions(asNumpy=True).value_in_unit(unit.nanometer)
    for molecule in molecules:
        positions[molecule, 2] += (stretch - 1.0) * positions[molecule, 2].mean()
    x, y, z = state.getPeriodicBoxVectors()
    simulation.context.setPeriodicBoxVectors(x, y, z * stretch)
    simulation.context.setPositions(positions * unit.nanometer)


def _produce(step: Produce, engine: Engine, state: openmm.State, seed: int) -> StepResult:
    simulation = engine.simulation(state, step.timestep_fs, step.temperature_k, None, seed)
    trajectory = engine.directory / f"{step.trajectory}.dcd"
    reporter = app.DCDReporter(str(trajectory), step.sample_every_steps, enforcePeriodicBox=False)
    simulation.reporters.append(reporter)
    simulation.step(step.steps)
    return StepResult(_snapshot(simulation))
