"""The trajectories that a replicate leaves: where they lie, and how they are opened."""

import warnings
from pathlib import Path

import MDAnalysis
from MDAnalysis.lib.formats.libdcd import DCDFile


def trajectory_file(directory: Path, name: str) -> Path:
    """Where the trajectory `rest` or `stretched` of a replicate lies."""
    return directory / f"{name}.dcd"


def whole_frames(trajectory: Path) -> int:
    """How many frames a DCD file holds from beginning to end; 0 where there is no such file, or none that is one."""
    try:
        with DCDFile(str(trajectory)) as frames:
            return len(frames)
    except OSError:
        return 0


def load_trajectory(universe: MDAnalysis.Universe, trajectory: Path) -> None:
    """Give `universe` the frames of a DCD file.

    MDAnalysis 2.11 announces at every opening that its reader will change (mdanalysis#3889): nothing that who runs a
    simulation could do about, and no frame is kept here.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "DCDReader currently makes independent timesteps", DeprecationWarning)
        universe.load_new(str(trajectory))
