"""From a dilute box to a dense one."""

import numpy as np
import openmm

from ionlink.simulate.deformation import PressureCoupled, deform
from ionlink.simulate.engine import Engine
from ionlink.simulate.step_kinds import SAMPLES_PER_CHUNK, Compress, Squeeze, increments_to
from ionlink.simulate.steps.plain import coupled
from ionlink.simulate.steps.result import StepResult, snapshot


def squeeze(step: Squeeze, engine: Engine, state: openmm.State, seed: int) -> StepResult:
    """See `Squeeze`."""
    needed = (engine.density_g_cm3(state) / step.density_g_cm3) ** (1.0 / 3.0)
    increments = increments_to(needed, -step.linear_increment)
    factors = np.full(3, needed ** (1.0 / increments))
    simulation = engine.simulation(state, step.timestep_fs, step.temperature_k, seed)
    deform(simulation, factors, increments, step.minimise_iterations, lambda: simulation.step(step.relax_steps))
    return StepResult(snapshot(simulation))


def compress(step: Compress, engine: Engine, state: openmm.State, seed: int) -> StepResult:
    """See `Compress`."""
    simulation = engine.simulation(state, step.timestep_fs, step.temperature_k, seed)
    compressed = coupled(simulation, engine, step.pressure_bar)
    densities: list[float] = []
    settled = False
    while len(densities) < step.max_chunks and not settled:
        densities.append(_mean_density(compressed, engine, step.chunk_steps))
        recent = densities[-3:]
        settled = len(recent) == 3 and max(recent) - min(recent) <= step.density_tolerance * recent[-1]
    return StepResult(snapshot(simulation), converged=settled, record={"series": {"density": densities}})


def _mean_density(compressed: PressureCoupled, engine: Engine, steps: int) -> float:
    densities = []
    for _ in range(SAMPLES_PER_CHUNK):
        compressed.step(steps // SAMPLES_PER_CHUNK)
        densities.append(engine.density_g_cm3(compressed.simulation.context.getState()))
    return float(np.mean(densities))
