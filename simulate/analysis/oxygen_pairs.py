"""The nearer and the farther oxygen of each coordinated donor group, and their parts of g(r)."""

from collections.abc import Mapping
from dataclasses import dataclass

import MDAnalysis
import numpy as np
from numpy.typing import NDArray

from ionlink.simulate.analysis.contacts import oxygen_distances
from ionlink.simulate.analysis.radial import Radial
from ionlink.simulate.groups import Groups


@dataclass(frozen=True)
class OxygenPairs:
    """Cation–oxygen distances of all pairs of a cation and a donor group that touches it, over all frames."""

    nearer_angstrom: NDArray[np.float64]
    """Distance of the group's nearest oxygen, `pairs`."""
    farther_angstrom: NDArray[np.float64]
    """Distance of the group's next oxygen, `pairs`: the other one of a carboxylate.

    Of the three of a sulfonate or a phosphonate the second nearest, which is the one that chelates where one does; the
    third is far away whatever the mode. Empty where groups have one oxygen.
    """


def oxygen_pairs(universe: MDAnalysis.Universe, groups: Groups, first_shell_angstrom: float) -> OxygenPairs:
    """Pairs of a cation and a donor group with an oxygen within `first_shell_angstrom` of it."""
    nearer, farther = [], []
    for frame in universe.trajectory:
        distances = np.sort(oxygen_distances(frame.positions, frame.dimensions, groups), axis=2)
        touching = distances[distances[:, :, 0] < first_shell_angstrom]
        nearer.append(touching[:, 0])
        farther.append(touching[:, 1:2].ravel())
    return OxygenPairs(np.concatenate(nearer), np.concatenate(farther))


def oxygen_pair_outcomes(pairs: OxygenPairs, groups: Groups) -> Mapping[str, float]:
    """Mean distances of the two nearest oxygens and of their difference; left out where no group of several touches.

    The difference is small for chelating carboxylates and large for monodentate ones (Deacon and Phillips,
    doi:10.1016/S0010-8545(00)80455-5). The model case (doi:10.1021/jacs.5c22740, Fig. 2b) compares the maxima of the
    g(r) of the two; a mean does not jump from one maximum to another when the shares of the modes change a little.
    """
    if not len(pairs.nearer_angstrom) or groups.donor_oxygens.shape[1] < 2:
        return {}
    return {
        "nearer_oxygen_distance": float(pairs.nearer_angstrom.mean()),
        "farther_oxygen_distance": float(pairs.farther_angstrom.mean()),
        "oxygen_distance_asymmetry": float((pairs.farther_angstrom - pairs.nearer_angstrom).mean()),
    }


def split_rdf(
    radial: Radial, pairs: OxygenPairs, universe: MDAnalysis.Universe, groups: Groups
) -> Mapping[str, NDArray[np.float64]]:
    """The parts of g(r) that the nearer and the farther oxygens of coordinated groups make, on its distances.

    The box must keep its volume over the trajectory. Within the first shell the two parts sum up to g(r), but for third
    oxygens of a group on the same cation.
    """
    width = radial.r_angstrom[1] - radial.r_angstrom[0]
    edges = np.append(radial.r_angstrom - width / 2.0, radial.r_angstrom[-1] + width / 2.0)
    shell_volumes = 4.0 / 3.0 * np.pi * np.diff(edges**3)
    density = groups.donor_oxygens.size / float(np.prod(universe.dimensions[:3].astype(np.float64)))
    expected = density * shell_volumes * len(groups.cations) * universe.trajectory.n_frames
    return {
        "g_r_nearer": np.histogram(pairs.nearer_angstrom, edges)[0] / expected,
        "g_r_farther": np.histogram(pairs.farther_angstrom, edges)[0] / expected,
    }
