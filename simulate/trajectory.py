"""Opens the trajectories that a replicate leaves."""

import warnings
from pathlib import Path

import MDAnalysis


def load_trajectory(universe: MDAnalysis.Universe, trajectory: Path) -> None:
    """Give `universe` the frames of a DCD file.

    MDAnalysis 2.11 announces at every opening that its reader will change (mdanalysis#3889): nothing that who runs a
    simulation could do about, and no frame is kept here.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "DCDReader currently makes independent timesteps", DeprecationWarning)
        universe.load_new(str(trajectory))
