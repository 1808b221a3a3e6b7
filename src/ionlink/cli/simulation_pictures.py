"""What `ionlink simulate` leaves to look at: pictures of the outcomes, and structures for VMD or OVITO."""

from pathlib import Path
from typing import Literal

FORMATS = ("pdb",)
TRAJECTORIES: tuple[Literal["rest"], Literal["stretched"]] = ("rest", "stretched")


def check_format(export: str | None) -> None:
    """See that a structure can be written in that format.

    Raises:
        InputError: it cannot.

    """
    from ionlink.data import InputError

    if export is not None and export not in FORMATS:
        raise InputError(f"--export: '{export}' is not a format that is written; there is {', '.join(FORMATS)}")


def draw(directory: Path) -> list[Path]:
    """Draw what the replicates in `directory` found; gives back the files."""
    from ionlink.simulate.plots import draw_run

    return draw_run(directory, directory / "plots")


def export_structures(directory: Path, replicates: int, ending: str) -> list[Path]:
    """Write the last frames, at rest and stretched, of each finished replicate, where they are not yet; gives them."""
    from ionlink.data.result_file import RESULT_FILE
    from ionlink.simulate.export import export_structure

    places = [directory / f"replicate-{replicate}" for replicate in range(replicates)]
    wanted = [(place, trajectory) for place in places if (place / RESULT_FILE).exists() for trajectory in TRAJECTORIES]
    return [
        file if (file := place / f"{trajectory}.{ending}").exists() else export_structure(place, file, trajectory)
        for place, trajectory in wanted
    ]
