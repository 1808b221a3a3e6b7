"""How carboxylates meet cations: coordination numbers, modes and cross-links, frame by frame."""

from dataclasses import dataclass

import numpy as np
from MDAnalysis.lib.distances import distance_array
from numpy.typing import NDArray

from ionlink.simulate.groups import Groups


@dataclass(frozen=True)
class Coordination:
    """First-shell coordination of one frame."""

    coordination_number: float
    """Oxygens of donor groups per cation."""
    monodentate: int
    """Donor groups with one oxygen on one cation."""
    chelating: int
    """Donor groups with two oxygens or more on the same cation, and none on another."""
    bridging: int
    """Donor groups whose oxygens are on two or more cations."""
    chains_per_cation: float
    """Distinct chains with an oxygen in the first shell, mean over cations."""


def coordination(
    positions_angstrom: NDArray[np.float32], box: NDArray[np.float32], groups: Groups, first_shell_angstrom: float
) -> Coordination:
    """Count the first shell of every cation.

    Modes follow Deacon and Phillips, doi:10.1016/S0010-8545(00)80455-5: a carboxylate is bridging as soon as it touches
    two cations, whatever else it does.

    Args:
        positions_angstrom: `n_atoms x 3`.
        box: edges in Å and angles in degrees, `6`.
        groups: which atoms are what.
        first_shell_angstrom: cation–oxygen distance up to which an oxygen is coordinated.

    """
    oxygens = groups.donor_oxygens.reshape(-1)
    distance = distance_array(positions_angstrom[groups.cations], positions_angstrom[oxygens], box=box)
    contact = (distance < first_shell_angstrom).reshape(len(groups.cations), *groups.donor_oxygens.shape)
    cations_touched = contact.any(axis=2).sum(axis=0)
    chelated = (contact.sum(axis=2) >= 2).any(axis=0)
    return Coordination(
        coordination_number=float(contact.sum() / len(groups.cations)),
        monodentate=int(((cations_touched == 1) & ~chelated).sum()),
        chelating=int(((cations_touched == 1) & chelated).sum()),
        bridging=int((cations_touched >= 2).sum()),
        chains_per_cation=_chains_per_cation(contact.any(axis=2), groups),
    )


def _chains_per_cation(touches: NDArray[np.bool_], groups: Groups) -> float:
    """Mean number of distinct chains in `touches`, `cations x donor groups`."""
    chain_of_group = groups.chain_of_atom[groups.donor_oxygens[:, 0]]
    return float(np.mean([len(np.unique(chain_of_group[row])) for row in touches]))
