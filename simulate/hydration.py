"""Water let into a box that exists: places for it, and the box's contents with it."""

import copy
from dataclasses import replace

import numpy as np
import openmm
from numpy.typing import NDArray
from openmm import app, unit
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from ionlink.simulate.contents import Contents
from ionlink.simulate.nonbonded import nonbonded_force
from ionlink.simulate.protocol import Physics
from ionlink.simulate.water import ATOMS_PER_WATER, add_waters, water_positions_nm

WATERS_PER_NM3 = 33.3
"""Of the liquid: 0.997 g/cm³ and 18.015 g/mol."""

_SEPARATION_NM = 0.24
"""Least distance of an inserted oxygen to any atom that was there: below that of two oxygens in the liquid, 0.28 nm."""

_OFFSETS = 8
"""Lattices tried one after the other, each shifted at random, so that voids between the sites of one are filled too."""


def void_sites_nm(
    positions_nm: NDArray[np.float64], edges_nm: NDArray[np.float64], most: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Places for oxygens of water, away from all atoms and from each other.

    Args:
        positions_nm: of all atoms, `n_atoms x 3`.
        edges_nm: of the rectangular periodic box, `3`.
        most: as many places are found, where there is room for them.
        rng: source of every random choice.

    Returns:
        Places inside the box, `n x 3` with n up to `most`.

    """
    found = np.empty((0, 3))
    counts = np.maximum(1, np.floor(edges_nm * WATERS_PER_NM3 ** (1 / 3))).astype(int)
    axes = [np.arange(count) / count * edge for count, edge in zip(counts, edges_nm, strict=True)]
    lattice = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    for _ in range(_OFFSETS):
        occupied = np.concatenate([positions_nm, found]) % edges_nm
        sites = (lattice + rng.uniform(0.0, edges_nm)) % edges_nm
        distances, _ = cKDTree(occupied, boxsize=edges_nm).query(sites, distance_upper_bound=_SEPARATION_NM)
        free = rng.permutation(sites[np.isinf(distances)])
        found = np.concatenate([found, free[: most - len(found)]])
    return found


def waters_at_nm(sites_nm: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Atoms (O, H, H) of one water at each of the `n x 3` sites, turned at random: `3n x 3`."""
    turned = [Rotation.random(rng=rng).apply(water_positions_nm()) + site for site in sites_nm]
    return np.concatenate(turned) if turned else np.empty((0, 3))


def with_waters(contents: Contents, waters: int, physics: Physics) -> Contents:
    """The contents of a box with more water; what was there keeps its indices and its forces.

    12-6 ions only: the attraction of 12-6-4 is a force of its own, which is not extended.
    """
    topology = _copy(contents.topology)
    system = copy.deepcopy(contents.system)
    first = system.getNumParticles()
    add_waters(topology, waters)
    water = _one_water(physics)
    for index in range(waters):
        _append(system, water, first + ATOMS_PER_WATER * index)
    oxygens = first + ATOMS_PER_WATER * np.arange(waters)
    groups = replace(contents.groups, water_oxygens=np.concatenate([contents.groups.water_oxygens, oxygens]))
    return Contents(topology, system, groups)


def _copy(topology: app.Topology) -> app.Topology:
    modeller = app.Modeller(app.Topology(), [] * unit.nanometer)
    modeller.add(topology, np.zeros((topology.getNumAtoms(), 3)) * unit.nanometer)
    # Without them trajectories would be written without the box.
    modeller.topology.setPeriodicBoxVectors(topology.getPeriodicBoxVectors())
    return modeller.topology


def _one_water(physics: Physics) -> openmm.System:
    """A single molecule as the protocol's force field has it; water keeps its charges."""
    topology = app.Topology()
    add_waters(topology, 1)
    force_field = app.ForceField(physics.ion_force_field)
    return force_field.createSystem(topology, constraints=app.HBonds, hydrogenMass=physics.hydrogen_mass_amu * unit.amu)


def _append(system: openmm.System, water: openmm.System, first: int) -> None:
    """Add the particles of `water` to `system`; their indices begin with `first`."""
    source, target = nonbonded_force(water), nonbonded_force(system)
    for index in range(water.getNumParticles()):
        system.addParticle(water.getParticleMass(index))
        target.addParticle(*source.getParticleParameters(index))
    for index in range(water.getNumConstraints()):
        one, other, distance = water.getConstraintParameters(index)
        system.addConstraint(first + one, first + other, distance)
    for index in range(source.getNumExceptions()):
        one, other, *parameters = source.getExceptionParameters(index)
        target.addException(first + one, first + other, *parameters)
