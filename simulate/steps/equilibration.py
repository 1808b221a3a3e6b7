"""Stages of dynamics at constant pressure until what is watched no longer changes."""

from collections.abc import Callable, Mapping

import numpy as np
import openmm
from numpy.typing import NDArray
from openmm import app, unit

from ionlink.simulate.convergence import Comparison, compare
from ionlink.simulate.deformation import PressureCoupled, edges_nm
from ionlink.simulate.engine import Engine
from ionlink.simulate.groups import Groups
from ionlink.simulate.step_kinds import AnnealingCycle, Equilibrate
from ionlink.simulate.steps.plain import coupled, potential_energy_kj_mol, set_temperature
from ionlink.simulate.steps.result import StepResult, snapshot

Stage = Mapping[str, NDArray[np.float64]]
"""Samples of each watched quantity in one stage."""


def equilibrate(step: Equilibrate, engine: Engine, state: openmm.State, seed: int) -> StepResult:
    """See `Equilibrate`.

    The record's `series` holds the mean of every watched quantity in each stage (density in g/cm³, energy in kJ/mol per
    atom, coordination in donor oxygens per cation), `tests` what the stages' comparisons said.
    """
    simulation = engine.simulation(state, step.timestep_fs, step.temperature_k, seed)
    run = coupled(simulation, engine, step.pressure_bar)
    watched = _watched(step, engine, simulation)
    stages = [_stage(step, run, watched)]
    tests: list[Mapping[str, Comparison]] = []
    while len(stages) < step.max_stages and not (tests and _all_settled(tests[-1])):
        stages.append(_stage(step, run, watched))
        tests.append(_compared(step, *stages[-2:]))
    record = {
        "series": {name: [float(stage[name].mean()) for stage in stages] for name in watched},
        "tests": [{name: _written(comparison) for name, comparison in test.items()} for test in tests],
    }
    return StepResult(snapshot(simulation), _all_settled(tests[-1]), record)


def first_shell_oxygens(
    positions_nm: NDArray[np.float64], box_nm: NDArray[np.float64], groups: Groups, cutoff_nm: float
) -> float:
    """Donor oxygens within a distance of a cation, mean over cations.

    Args:
        positions_nm: `n_atoms x 3`.
        box_nm: edges of the rectangular periodic box, `3`.
        groups: which atoms are what.
        cutoff_nm: shorter than half the shortest edge.

    """
    oxygens = positions_nm[np.unique(groups.donor_oxygens)]
    apart = positions_nm[groups.cations][:, None, :] - oxygens[None, :, :]
    apart -= box_nm * np.round(apart / box_nm)
    return float((np.linalg.norm(apart, axis=2) < cutoff_nm).sum() / len(groups.cations))


def _watched(
    step: Equilibrate, engine: Engine, simulation: app.Simulation
) -> Mapping[str, Callable[[openmm.State], float]]:
    """How each watched quantity follows from a state."""
    groups = engine.groups
    if groups is None:
        raise ValueError("groups: an engine that equilibrates must be told which atoms are cations and donor oxygens")

    def coordination(state: openmm.State) -> float:
        positions = state.getPositions(asNumpy=True).value_in_unit(unit.nanometer)
        return first_shell_oxygens(positions, edges_nm(simulation), groups, step.first_shell_nm)

    return {
        "density": engine.density_g_cm3,
        "energy": lambda _: potential_energy_kj_mol(simulation) / simulation.system.getNumParticles(),
        "coordination": coordination,
    }


def _stage(step: Equilibrate, run: PressureCoupled, watched: Mapping[str, Callable[[openmm.State], float]]) -> Stage:
    if step.cycle is not None:
        _cycle(step.cycle, step.temperature_k, run)
    samples: dict[str, list[float]] = {name: [] for name in watched}
    for _ in range(step.samples_per_stage):
        run.step(step.stage_steps // step.samples_per_stage)
        state = run.simulation.context.getState(positions=True)
        for name, quantity in watched.items():
            samples[name].append(quantity(state))
    return {name: np.array(values) for name, values in samples.items()}


def _cycle(cycle: AnnealingCycle, temperature_k: float, run: PressureCoupled) -> None:
    up = np.linspace(temperature_k, cycle.top_temperature_k, cycle.segments - cycle.segments // 2)
    down = np.linspace(cycle.top_temperature_k, temperature_k, cycle.segments // 2 + 1)[1:]
    for temperature in (*up, *down):
        set_temperature(run.simulation, float(temperature))
        run.step(cycle.steps // cycle.segments)
    set_temperature(run.simulation, temperature_k)


def _compared(step: Equilibrate, earlier: Stage, later: Stage) -> Mapping[str, Comparison]:
    tolerances = {
        "density": step.density_tolerance * float(later["density"].mean()),
        "energy": step.energy_tolerance_kj_mol,
        "coordination": step.coordination_tolerance,
    }
    return {name: compare(earlier[name], later[name], tolerance) for name, tolerance in tolerances.items()}


def _all_settled(test: Mapping[str, Comparison]) -> bool:
    return all(comparison.settled for comparison in test.values())


def _written(comparison: Comparison) -> Mapping[str, float | bool]:
    return {
        "difference": comparison.difference,
        "tolerance": comparison.tolerance,
        "noise": comparison.noise,
        "settled": comparison.settled,
    }
