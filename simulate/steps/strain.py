"""Stretch, unload, tension: steps that pull along z."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openmm
from openmm import app

from ionlink.simulate.deformation import PressureCoupled, deform, edges_nm, pressure_by_axis_bar
from ionlink.simulate.engine import Engine
from ionlink.simulate.step_kinds import Stretch, Tension, Unload
from ionlink.simulate.steps.result import StepResult, snapshot
from ionlink.simulate.stress import MPA_PER_BAR, STRESS_FILE, Phase, StressPoint, load_stress, save_stress


def stretch(step: Stretch, engine: Engine, state: openmm.State, seed: int) -> StepResult:
    """See `Stretch`."""
    simulation = _simulation(step, engine, state, seed)
    length_nm, area_nm2 = _length_and_area(simulation)
    curve = _Curve(simulation, step, _runner(step, engine, simulation), "load", length_nm, area_nm2)
    before = [curve.point()] if step.stress_every_steps else []
    after = _drive(curve, (1.0 + step.strain) ** (1.0 / step.increments))
    if step.stress_every_steps:
        save_stress([*before, *after], engine.directory / STRESS_FILE)
    return StepResult(snapshot(simulation))


def unload(step: Unload, engine: Engine, state: openmm.State, seed: int) -> StepResult:
    """See `Unload`. Strain and nominal stress are those of the stretch before."""
    simulation = _simulation(step, engine, state, seed)
    length_nm, area_nm2 = _length_and_area(simulation)
    loaded = _loaded(engine.directory / STRESS_FILE)
    first_area_nm2 = loaded[0].area_nm2 if loaded else area_nm2
    run = _runner(step, engine, simulation)
    curve = _Curve(simulation, step, run, "unload", length_nm / (1.0 + step.strain), first_area_nm2)
    points = _drive(curve, (1.0 + step.strain) ** (-1.0 / step.increments))
    if step.stress_every_steps:
        save_stress([*loaded, *points], engine.directory / STRESS_FILE)
    return StepResult(snapshot(simulation))


def tension(step: Tension, engine: Engine, state: openmm.State, seed: int) -> StepResult:
    """See `Tension`. The record's `series` holds the strain after each part of the run."""
    growth = (1.0, 1.0, 1.0 + step.largest_strain)
    simulation = engine.simulation(state, step.timestep_fs, step.temperature_k, seed, by_axis=True, growth=growth)
    pressures = (step.lateral_pressure_bar, step.lateral_pressure_bar, -step.stress_mpa / MPA_PER_BAR)
    pulled = PressureCoupled(simulation, engine.physics.pressure_coupling, pressures)
    length_nm = edges_nm(simulation)[2]
    strains: list[float] = []
    torn = False
    while len(strains) < step.samples and not torn:
        pulled.step(step.steps // step.samples)
        strains.append(float(edges_nm(simulation)[2] / length_nm - 1.0))
        torn = strains[-1] > step.largest_strain
    return StepResult(snapshot(simulation), converged=not torn, record={"series": {"strain": strains}})


@dataclass(frozen=True)
class _Curve:
    """A box on its way, and how a point of its stress–strain curve is measured."""

    simulation: app.Simulation
    step: Stretch | Unload
    run: Callable[[int], None]
    phase: Phase
    length_nm: float
    """Where the strain is 0."""
    area_nm2: float
    """Cross-section where the strain is 0."""

    def point(self) -> StressPoint:
        """Relax and measure; the first half of the samples is relaxation and left out."""
        samples = []
        for _ in range(max(1, self.step.relax_steps // self.step.stress_every_steps)):
            self.run(self.step.stress_every_steps)
            samples.append(-MPA_PER_BAR * pressure_by_axis_bar(self.simulation))
        along_x, along_y, along_z = np.mean(samples[len(samples) // 2 :], axis=0)
        length_nm, area_nm2 = _length_and_area(self.simulation)
        return StressPoint(
            strain=float(length_nm / self.length_nm - 1.0),
            stress_mpa=float(along_z * area_nm2 / self.area_nm2),
            phase=self.phase,
            lateral_stress_mpa=float(along_x + along_y) / 2.0,
            area_nm2=area_nm2,
        )


def _drive(curve: _Curve, factor: float) -> list[StressPoint]:
    """Scale the length by `factor` again and again; points of the curve, where the step measures any."""
    points: list[StressPoint] = []

    def relax() -> None:
        if curve.step.stress_every_steps:
            points.append(curve.point())
        else:
            curve.run(curve.step.relax_steps)

    step = curve.step
    deform(curve.simulation, np.array([1.0, 1.0, factor]), step.increments, step.minimise_iterations, relax)
    return points


def _simulation(step: Stretch | Unload, engine: Engine, state: openmm.State, seed: int) -> app.Simulation:
    by_axis = step.stress_every_steps > 0 or step.lateral_pressure_bar is not None
    growth = (1.0, 1.0, 1.0 + step.strain if isinstance(step, Stretch) else 1.0)
    return engine.simulation(state, step.timestep_fs, step.temperature_k, seed, by_axis=by_axis, growth=growth)


def _runner(step: Stretch | Unload, engine: Engine, simulation: app.Simulation) -> Callable[[int], None]:
    """Dynamics at the cross-section as it is, or with one that follows the lateral pressure."""
    if step.lateral_pressure_bar is None:
        run: Callable[[int], None] = simulation.step
        return run
    pressures = (step.lateral_pressure_bar, step.lateral_pressure_bar, None)
    return PressureCoupled(simulation, engine.physics.pressure_coupling, pressures).step


def _loaded(path: Path) -> list[StressPoint]:
    return [point for point in load_stress(path) if point.phase == "load"] if path.exists() else []


def _length_and_area(simulation: app.Simulation) -> tuple[float, float]:
    x, y, z = edges_nm(simulation)
    return float(z), float(x * y)
