"""Which oxygen is in the first shell of which cation, frame by frame: what every count of bonds derives from."""

from dataclasses import dataclass

import MDAnalysis
import numpy as np
from MDAnalysis.lib.distances import distance_array
from numpy.typing import NDArray

from ionlink.simulate.groups import Groups


@dataclass(frozen=True)
class Contacts:
    """First-shell contacts over a trajectory."""

    bonded: NDArray[np.bool_]
    """`frames x cations x donor groups x oxygens`: whether the oxygen is in the first shell of the cation."""
    chain_of_group: NDArray[np.int64]
    """Chain of each donor group, `donor groups`."""
    chains: int
    """Chains in the box, whether they touch a cation or not."""
    frame_interval_ps: float
    """Time from one frame to the next."""

    @property
    def touches(self) -> NDArray[np.bool_]:
        """`frames x cations x donor groups`: whether the group has an oxygen in the first shell of the cation."""
        return np.asarray(self.bonded.any(axis=3))


def first_shell_contacts(universe: MDAnalysis.Universe, groups: Groups, first_shell_angstrom: float) -> Contacts:
    """Contacts in every frame of a trajectory.

    Args:
        universe: the trajectory.
        groups: which atoms are what.
        first_shell_angstrom: cation–oxygen distance up to which an oxygen is coordinated.

    """
    bonded = [
        oxygen_distances(frame.positions, frame.dimensions, groups) < first_shell_angstrom
        for frame in universe.trajectory
    ]
    return Contacts(
        bonded=np.array(bonded),
        chain_of_group=chain_of_group(groups),
        chains=int(groups.chain_of_atom[-1]) + 1,
        frame_interval_ps=float(universe.trajectory.dt),
    )


def oxygen_distances(
    positions_angstrom: NDArray[np.float32], box: NDArray[np.float32], groups: Groups
) -> NDArray[np.float64]:
    """Distance in Å of each donor oxygen to each cation, to its nearest image: `cations x donor groups x oxygens`.

    Args:
        positions_angstrom: `n_atoms x 3`.
        box: edges in Å and angles in degrees, `6`.
        groups: which atoms are what.

    """
    oxygens = groups.donor_oxygens.reshape(-1)
    distances = distance_array(positions_angstrom[groups.cations], positions_angstrom[oxygens], box=box)
    return np.asarray(distances.reshape(len(groups.cations), *groups.donor_oxygens.shape))


def chain_of_group(groups: Groups) -> NDArray[np.int64]:
    """Chain of each donor group, `donor groups`."""
    return groups.chain_of_atom[groups.donor_oxygens[:, 0]]
