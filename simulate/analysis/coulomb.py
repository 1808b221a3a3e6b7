"""Coulomb interaction of cations and chains."""

from collections.abc import Mapping
from dataclasses import dataclass

import MDAnalysis
import numpy as np
import openmm
from numpy.typing import NDArray
from openmm import unit

from ionlink.simulate.groups import Groups
from ionlink.simulate.nonbonded import nonbonded_force

COULOMB_KJ_MOL_ANGSTROM = 1389.35458
"""1/(4πε₀) in kJ mol⁻¹ Å e⁻² (CODATA 2018)."""

NEAR_ANGSTROM = 8.0
"""A chain is near a cation up to this distance of its closest atom (doi:10.1021/jacs.5c22740, section 2.2)."""


@dataclass(frozen=True)
class CoulombInteraction:
    """Interaction of each chain with each cation near it, in one frame."""

    energy_kj_mol: NDArray[np.float64]
    """`cations x chains`; zero where the two are not near each other."""
    near: NDArray[np.bool_]
    """`cations x chains`."""


def coulomb_interaction(
    positions_angstrom: NDArray[np.float32],
    edges_angstrom: NDArray[np.float64],
    charges_e: NDArray[np.float64],
    groups: Groups,
) -> CoulombInteraction:
    """Bare Coulomb energy between each cation and the whole of each chain that has an atom within 8 Å of it.

    The cation interacts with its chains through the image nearest to the chain's closest atom, so no energy is cut
    inside a molecule. Charges are those of the force field, scaling included.

    Args:
        positions_angstrom: `n_atoms x 3`, molecules whole.
        edges_angstrom: of the rectangular box, `3`.
        charges_e: of every atom, `n_atoms`.
        groups: which atoms are what.

    """
    chain_atoms = positions_angstrom[: len(groups.chain_of_atom)].astype(np.float64)
    starts = np.flatnonzero(np.diff(groups.chain_of_atom, prepend=-1))
    ends = np.append(starts[1:], len(chain_atoms))
    energy = np.zeros((len(groups.cations), len(starts)))
    near = np.zeros(energy.shape, dtype=bool)
    for row, cation in enumerate(groups.cations):
        offset = chain_atoms - positions_angstrom[cation]
        image = edges_angstrom * np.round(offset / edges_angstrom)
        distance = np.linalg.norm(offset - image, axis=1)
        for chain, (start, end) in enumerate(zip(starts, ends, strict=True)):
            closest = start + int(distance[start:end].argmin())
            if distance[closest] < NEAR_ANGSTROM:
                near[row, chain] = True
                separation = np.linalg.norm(offset[start:end] - image[closest], axis=1)
                potential = (charges_e[start:end] / separation).sum()
                energy[row, chain] = COULOMB_KJ_MOL_ANGSTROM * charges_e[cation] * potential
    return CoulombInteraction(energy, near)


def coulomb_outcomes(
    universe: MDAnalysis.Universe, charges_e: NDArray[np.float64], groups: Groups, charge: int
) -> Mapping[str, float]:
    """Means over the frames of a trajectory; `charge` is that of one cation, in e and not scaled.

    The spread is left out where no chain is near a cation.
    """
    frames = [
        coulomb_interaction(frame.positions, frame.dimensions[:3].astype(np.float64), charges_e, groups)
        for frame in universe.trajectory
    ]
    energy = np.mean([frame.energy_kj_mol for frame in frames], axis=0)
    per_chain = energy.sum(axis=0)
    return {
        "fraction_chains_near_cation": float(np.mean([frame.near.any(axis=0).mean() for frame in frames])),
        "coulomb_per_charge": float(energy.sum() / (len(groups.cations) * charge)),
        "crosslink_strength": float(-energy.sum() / len(groups.donor_oxygens)),
        **({"coulomb_spread": float(per_chain.std() / abs(per_chain.mean()))} if per_chain.any() else {}),
    }


def charges_of(system: openmm.System) -> NDArray[np.float64]:
    """Charge of every particle in e, scaling included, `n_atoms`."""
    force = nonbonded_force(system)
    charges = (force.getParticleParameters(index)[0] for index in range(force.getNumParticles()))
    return np.array([charge.value_in_unit(unit.elementary_charge) for charge in charges])
