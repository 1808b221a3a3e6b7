"""The steps of a protocol: each takes the box from one state to the next."""

import math
from dataclasses import dataclass

import numpy as np
import openmm
from openmm import app, unit

from ionlink.simulate.deformation import PressureCoupled, deform
from ionlink.simulate.engine import Engine
from ionlink.simulate.protocol import Compress, Dynamics, Minimise, Produce, Squeeze, Step, Stretch

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
        case Squeeze():
            return _squeeze(step, engine, state, seed)
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
    simulation = engine.simulation(state, timestep_fs=1.0, temperature_k=300.0, seed=seed)
    simulation.minimizeEnergy(step.force_tolerance_kj_mol_nm * _FORCE_UNIT, step.max_iterations)
    return StepResult(_snapshot(simulation))


def _dynamics(step: Dynamics, engine: Engine, state: openmm.State, seed: int) -> StepResult:
    simulation = engine.simulation(state, step.timestep_fs, step.start_temperature_k, seed)
    run = simulation.step if step.pressure_bar is None else _coupled(simulation, engine, step.pressure_bar).step
    for temperature in np.linspace(step.start_temperature_k, step.end_temperature_k, step.segments):
        simulation.integrator.setTemperature(temperature * unit.kelvin)
        simulation.context.setParameter(openmm.MonteCarloBarostat.Temperature(), temperature * unit.kelvin)
        run(step.steps // step.segments)
    return StepResult(_snapshot(simulation))


def _coupled(simulation: app.Simulation, engine: Engine, pressure_bar: float) -> PressureCoupled:
    return PressureCoupled(simulation, engine.physics.pressure_coupling, pressure_bar)


def _squeeze(step: Squeeze, engine: Engine, state: openmm.State, seed: int) -> StepResult:
    needed = (engine.density_g_cm3(state) / step.density_g_cm3) ** (1.0 / 3.0)
    increments = max(1, math.ceil(math.log(needed) / math.log(1.0 - step.linear_increment)))
    factors = np.full(3, needed ** (1.0 / increments))
    simulation = engine.simulation(state, step.timestep_fs, step.temperature_k, seed)
    deform(simulation, factors, increments, step.minimise_iterations, step.relax_steps)
    return StepResult(_snapshot(simulation))


def _compress(step: Compress, engine: Engine, state: openmm.State, seed: int) -> StepResult:
    simulation = engine.simulation(state, step.timestep_fs, step.temperature_k, seed)
    coupled = _coupled(simulation, engine, step.pressure_bar)
    densities: list[float] = []
    while len(densities) < step.max_chunks:
        densities.append(_mean_density(coupled, engine, step.chunk_steps))
        recent = densities[-3:]
        if len(recent) == 3 and max(recent) - min(recent) <= step.density_tolerance * recent[-1]:
            return StepResult(_snapshot(simulation))
    return StepResult(_snapshot(simulation), converged=False)


def _mean_density(coupled: PressureCoupled, engine: Engine, steps: int, samples: int = 5) -> float:
    densities = []
    for _ in range(samples):
        coupled.step(steps // samples)
        densities.append(engine.density_g_cm3(coupled.simulation.context.getState()))
    return float(np.mean(densities))


def _stretch(step: Stretch, engine: Engine, state: openmm.State, seed: int) -> StepResult:
    factors = np.array([1.0, 1.0, (1.0 + step.strain) ** (1.0 / step.increments)])
    simulation = engine.simulation(state, step.timestep_fs, step.temperature_k, seed)
    deform(simulation, factors, step.increments, step.minimise_iterations, step.relax_steps)
    return StepResult(_snapshot(simulation))


def _produce(step: Produce, engine: Engine, state: openmm.State, seed: int) -> StepResult:
    simulation = engine.simulation(state, step.timestep_fs, step.temperature_k, seed)
    trajectory = str(engine.directory / f"{step.trajectory}.dcd")
    simulation.reporters.append(app.DCDReporter(trajectory, step.sample_every_steps, enforcePeriodicBox=False))
    simulation.step(step.steps)
    return StepResult(_snapshot(simulation))
