"""How many solvent molecules a cation keeps in its first shell."""

from collections.abc import Mapping

import MDAnalysis
import numpy as np
from MDAnalysis.lib.distances import capped_distance
from numpy.typing import NDArray

from ionlink.simulate.groups import Groups


def solvation_outcomes(
    universe: MDAnalysis.Universe, groups: Groups, first_shell_angstrom: float
) -> Mapping[str, float]:
    """Oxygens of water and of other solvents per cation within the first shell of its donor oxygens.

    Nothing is said of what the box does not hold.
    """
    oxygens = {
        "water_coordination_number": groups.water_oxygens,
        "cosolvent_coordination_number": groups.cosolvent_oxygens,
    }
    return {
        outcome: _per_cation(universe, groups.cations, atoms, first_shell_angstrom)
        for outcome, atoms in oxygens.items()
        if len(atoms)
    }


def _per_cation(
    universe: MDAnalysis.Universe,
    cations: NDArray[np.int64],
    oxygens: NDArray[np.int64],
    first_shell_angstrom: float,
) -> float:
    contacts = [
        len(
            capped_distance(
                frame.positions[cations],
                frame.positions[oxygens],
                first_shell_angstrom,
                box=frame.dimensions,
                return_distances=False,
            )
        )
        for frame in universe.trajectory
    ]
    return float(np.mean(contacts)) / len(cations)
