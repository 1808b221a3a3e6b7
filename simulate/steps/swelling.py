"""From a dry network to one swollen in water."""

import math
from dataclasses import replace

import numpy as np
import openmm
from numpy.typing import NDArray
from openmm import app, unit

from ionlink.simulate.contents import Contents
from ionlink.simulate.deformation import Centres, deform, edges_nm, molecule_centres
from ionlink.simulate.engine import Engine, state_at
from ionlink.simulate.errors import SimulationFailed
from ionlink.simulate.groups import Groups
from ionlink.simulate.hydration import WATERS_PER_NM3, void_sites_nm, waters_at_nm, with_waters
from ionlink.simulate.step_kinds import Swell, increments_to
from ionlink.simulate.steps.plain import coupled
from ionlink.simulate.steps.result import StepResult, snapshot

_MOST_TRIES = 20
"""How often the box grows by one more increment in a round where the voids do not hold its water."""


def swell(step: Swell, engine: Engine, state: openmm.State, seed: int) -> StepResult:
    """See `Swell`. The record's `series` holds the waters and the volume (nm³) after each round."""
    groups = groups_of(engine)
    rng = np.random.default_rng(seed)
    volume_nm3 = volume_of(state)
    series: dict[str, list[float]] = {"waters": [], "volume_nm3": []}
    placed = 0
    for waters in waters_after_rounds(step.waters_per_donor_group * len(groups.donor_oxygens), step.rounds, volume_nm3):
        engine, state = _round(step, engine, state, waters - placed, rng)
        placed = waters
        series["waters"].append(placed)
        series["volume_nm3"].append(volume_of(state))
    contents = Contents(engine.topology, engine.system, groups_of(engine))
    return StepResult(state, record={"series": series, "atoms": contents.topology.getNumAtoms()}, contents=contents)


def waters_after_rounds(waters: int, rounds: int, volume_nm3: float) -> list[int]:
    """How many are in the box after each round, all of which make it larger by the same factor; the last is `waters`.

    >>> waters_after_rounds(70, 3, 0.3)
    [10, 30, 70]

    """
    growth = (1.0 + waters / WATERS_PER_NM3 / volume_nm3) ** (1.0 / rounds)
    return [
        min(waters, math.ceil(volume_nm3 * (growth**done - 1.0) * WATERS_PER_NM3 - 1e-6))
        for done in range(1, rounds + 1)
    ]


def groups_of(engine: Engine) -> Groups:
    """Which atoms of its box are what.

    Raises:
        ValueError: it was not told.

    """
    if engine.groups is None:
        raise ValueError("groups: an engine that swells must be told which atoms are cations and donor oxygens")
    return engine.groups


def volume_of(state: openmm.State) -> float:
    """Volume of the box, in nm³."""
    return float(state.getPeriodicBoxVolume().value_in_unit(unit.nanometer**3))


def _round(
    step: Swell, engine: Engine, state: openmm.State, waters: int, rng: np.random.Generator
) -> tuple[Engine, openmm.State]:
    """Enlarge, fill, relax: the engine of the box with its new water, and its state."""
    state, sites = _room_for(step, engine, state, waters, rng)
    contents = Contents(engine.topology, engine.system, groups_of(engine))
    engine = replace(engine, **vars(with_waters(contents, waters, engine.physics)))
    positions = np.concatenate([_positions_nm(state), waters_at_nm(sites, rng)])
    vectors = state.getPeriodicBoxVectors(asNumpy=True).value_in_unit(unit.nanometer)
    simulation = engine.simulation(
        state_at(engine.system, positions, vectors), step.timestep_fs, step.temperature_k, _seed(rng)
    )
    simulation.minimizeEnergy(maxIterations=2 * step.minimise_iterations)
    simulation.context.setVelocitiesToTemperature(step.temperature_k * unit.kelvin, _seed(rng))
    coupled(simulation, engine, step.pressure_bar).step(step.settle_steps)
    return engine, snapshot(simulation)


def _room_for(
    step: Swell, engine: Engine, state: openmm.State, waters: int, rng: np.random.Generator
) -> tuple[openmm.State, NDArray[np.float64]]:
    """The box, enlarged until its voids hold the water, and the places for it, `waters x 3`."""
    simulation = engine.simulation(state, step.timestep_fs, step.temperature_k, _seed(rng))
    needed = (1.0 + waters / WATERS_PER_NM3 / volume_of(state)) ** (1.0 / 3.0)
    increments = increments_to(needed, step.linear_increment)
    _enlarge(step, engine, simulation, needed ** (1.0 / increments), increments)
    for _ in range(_MOST_TRIES):
        enlarged = snapshot(simulation)
        sites = void_sites_nm(_positions_nm(enlarged), edges_nm(simulation), waters, rng)
        if len(sites) == waters:
            return enlarged, sites
        _enlarge(step, engine, simulation, 1.0 + step.linear_increment, 1)
    raise SimulationFailed(
        f"swell: the voids hold {len(sites)} of {waters} waters after {_MOST_TRIES} more increments; use more rounds"
    )


def _enlarge(step: Swell, engine: Engine, simulation: app.Simulation, factor: float, increments: int) -> None:
    deform(
        simulation,
        np.full(3, factor),
        increments,
        step.minimise_iterations,
        lambda: simulation.step(step.relax_steps),
        centres_with_bound_cations(groups_of(engine), step.first_shell_nm),
    )


def centres_with_bound_cations(groups: Groups, first_shell_nm: float) -> Centres:
    """Centres of molecules, but for a cation that of the chain which most of its donor oxygens belong to."""

    def centres_of(simulation: app.Simulation, positions_nm: NDArray[np.float64]) -> NDArray[np.float64]:
        centres = molecule_centres(simulation, positions_nm)
        edges = edges_nm(simulation)
        oxygens = np.unique(groups.donor_oxygens)
        for cation in groups.cations:
            oxygen = bound_oxygen(positions_nm, int(cation), oxygens, groups.chain_of_atom, edges, first_shell_nm)
            if oxygen is not None:
                # The chain's image that the cation is bound to, which need not be the one with the coordinates.
                image = edges * np.round((positions_nm[cation] - positions_nm[oxygen]) / edges)
                centres[cation] = centres[oxygen] + image
        return centres

    return centres_of


def bound_oxygen(
    positions_nm: NDArray[np.float64],
    cation: int,
    oxygens: NDArray[np.int64],
    chain_of_atom: NDArray[np.int64],
    edges_nm: NDArray[np.float64],
    first_shell_nm: float,
) -> int | None:
    """The nearest oxygen of the chain that holds most of a cation's contacts; `None` where it has none.

    Args:
        positions_nm: of all atoms, `n_atoms x 3`.
        cation: index of the cation.
        oxygens: indices of the donor oxygens.
        chain_of_atom: chain of each chain atom.
        edges_nm: of the rectangular periodic box, `3`.
        first_shell_nm: distance up to which an oxygen is a contact.

    """
    apart = positions_nm[oxygens] - positions_nm[cation]
    distances = np.linalg.norm(apart - edges_nm * np.round(apart / edges_nm), axis=1)
    chains = chain_of_atom[oxygens]
    contacts = np.bincount(chains[distances < first_shell_nm], minlength=int(chains.max()) + 1)
    if not contacts.any():
        return None
    of_chain = np.where(chains == contacts.argmax(), distances, np.inf)
    return int(oxygens[of_chain.argmin()])


def _positions_nm(state: openmm.State) -> NDArray[np.float64]:
    positions: NDArray[np.float64] = state.getPositions(asNumpy=True).value_in_unit(unit.nanometer)
    return positions


def _seed(rng: np.random.Generator) -> int:
    """For OpenMM, which takes 0 as "choose one yourself"."""
    return int(rng.integers(1, 2**31 - 1))
