"""How many waters a cation keeps in its first shell."""

from collections.abc import Mapping

import MDAnalysis
import numpy as np
from MDAnalysis.lib.distances import capped_distance

from ionlink.simulate.groups import Groups


def water_outcomes(universe: MDAnalysis.Universe, groups: Groups, first_shell_angstrom: float) -> Mapping[str, float]:
    """Water oxygens per cation within the first shell of its donor oxygens; nothing where the box has no water."""
    if not len(groups.water_oxygens):
        return {}
    contacts = [
        len(
            capped_distance(
                frame.positions[groups.cations],
                frame.positions[groups.water_oxygens],
                first_shell_angstrom,
                box=frame.dimensions,
                return_distances=False,
            )
        )
        for frame in universe.trajectory
    ]
    return {"water_coordination_number": float(np.mean(contacts)) / len(groups.cations)}
