"""Structures for other programs: PDB and XTC for VMD and OVITO, and a view for notebooks."""

from pathlib import Path
from typing import Any, Literal

import MDAnalysis
import numpy as np
from MDAnalysis.coordinates.base import Timestep
from numpy.typing import NDArray
from openmm import app

from ionlink.data.errors import InputError
from ionlink.data.whole_file import moved_into_place
from ionlink.simulate.contents import contents_files
from ionlink.simulate.groups import Groups
from ionlink.simulate.trajectory import load_trajectory, trajectory_file

Trajectory = Literal["rest", "stretched"]

MOST_BONDED_ATOMS = 99_999
"""A PDB file cannot name the bonds of atoms beyond; those that read it guess them from distances."""

_BLANK_COLUMNS = ("altLocs", "icodes", "tempfactors", "formalcharges")
"""What a PDB file has columns for, and a simulation nothing to say of: a force field has partial charges only."""

TRAJECTORY_ENDINGS = (".pdb", ".xtc")
"""A PDB file holds one model per frame. VMD and OVITO read both."""


def export_structure(replicate: Path, out: Path, trajectory: Trajectory = "rest") -> Path:
    """Write the last frame of a trajectory as a PDB file, with bonds, the box, and every molecule in one piece.

    Args:
        replicate: directory of a finished replicate.
        out: the file to write, `.pdb`; it must not exist.
        trajectory: the network at rest or stretched.

    Returns:
        `out`.

    Raises:
        InputError: the directory holds no such trajectory, or `out` exists or has another ending.

    """
    _refuse(out, (".pdb",))
    frame = _last_frame(replicate, trajectory)
    with moved_into_place(out, out.suffix) as new:
        frame.atoms.write(new)
    return out


def export_trajectory(replicate: Path, out: Path, trajectory: Trajectory = "rest") -> Path:
    """Write all frames of a trajectory, by the ending of `out` as `.pdb` (one model per frame) or `.xtc`.

    An XTC file has no topology: load the PDB file of `export_structure` first.

    Raises:
        InputError: the directory holds no such trajectory, or `out` exists or has another ending.

    """
    _refuse(out, TRAJECTORY_ENDINGS)
    universe = _universe(replicate, trajectory)
    with moved_into_place(out, out.suffix) as new:
        universe.atoms.write(new, frames="all")
    return out


def view_structure(replicate: Path, trajectory: Trajectory = "rest") -> Any:  # noqa: ANN401 - py3Dmol has no types
    """The last frame of a trajectory in a notebook: chains as sticks, cations as spheres, the box as lines.

    Returns:
        A `py3Dmol.view`, which a notebook shows.

    Raises:
        ImportError: py3Dmol is not installed.
        InputError: the directory holds no such trajectory.

    """
    try:
        import py3Dmol
    except ImportError as error:
        raise ImportError(
            "a view needs py3Dmol; install it with `pip install -e '.[notebook]'` in ionlink's folder, or use "
            "export_structure and open the PDB file in VMD or OVITO"
        ) from error
    universe = _last_frame(replicate, trajectory)
    view = py3Dmol.view(width=640, height=480)
    view.addModel(_pdb_text(universe), "pdb")
    view.setStyle({}, {"stick": {"radius": 0.12}})
    cations = (contents_files(replicate).load_groups().cations + 1).tolist()  # PDB counts atoms from 1
    view.setStyle({"serial": cations}, {"sphere": {"radius": 1.0}})
    view.addUnitCell()
    view.zoomTo()
    return view


def _refuse(out: Path, endings: tuple[str, ...]) -> None:
    faults = []
    if out.suffix.lower() not in endings:
        faults.append(f"{out}: '{out.suffix}' cannot be written; use {' or '.join(endings)}")
    if out.exists():
        faults.append(f"{out}: exists; name a file that does not, or move it away")
    if faults:
        raise InputError(faults)


def _last_frame(replicate: Path, trajectory: Trajectory) -> MDAnalysis.Universe:
    universe = _universe(replicate, trajectory)
    universe.trajectory[-1]
    return universe


def _universe(replicate: Path, trajectory: Trajectory) -> MDAnalysis.Universe:
    """A trajectory whose molecules are whole, with their centres in the box."""
    frames, topology = trajectory_file(replicate, trajectory), contents_files(replicate).topology
    missing = [str(path) for path in (frames, topology) if not path.exists()]
    if missing:
        raise InputError(f"{replicate}: is no finished replicate, {' and '.join(missing)} missing")
    # OpenMM has written it, and counts beyond the columns of the format in a way of its own: MDAnalysis would take all
    # residues from the ten thousandth on for one, and stop at the bonds of an atom from the hundred thousandth on.
    universe = MDAnalysis.Universe(app.PDBFile(str(topology)))
    load_trajectory(universe, frames)
    for column in _BLANK_COLUMNS:
        universe.add_TopologyAttr(column)
    universe.add_TopologyAttr("occupancies", np.ones(len(universe.atoms)))
    universe.add_TopologyAttr("record_types", np.full(len(universe.atoms), "HETATM"))
    universe.delete_bonds(universe.bonds[universe.bonds.indices.max(axis=1) >= MOST_BONDED_ATOMS])
    molecule_of_atom = _molecules(universe, contents_files(replicate).load_groups())
    universe.trajectory.add_transformations(lambda frame: _wrapped(frame, molecule_of_atom))
    return universe


def _molecules(universe: MDAnalysis.Universe, groups: Groups) -> NDArray[np.int64]:
    """Molecule of each atom: chains first, then each residue (an ion, a water) is one."""
    chains = groups.chain_of_atom
    others = universe.atoms[len(chains) :].resindices
    _, molecule = np.unique(others, return_inverse=True)
    return np.concatenate([chains, chains[-1] + 1 + molecule])


def _wrapped(frame: Timestep, molecule_of_atom: NDArray[np.int64]) -> Timestep:
    # Frames are written with molecules in one piece, so each needs to be moved as a whole only.
    edges = frame.dimensions[:3].astype(np.float64)
    sizes = np.bincount(molecule_of_atom)
    centres = np.stack([np.bincount(molecule_of_atom, axis) for axis in frame.positions.T], axis=1) / sizes[:, None]
    shifts = np.floor(centres / edges) * edges
    frame.positions = frame.positions - shifts[molecule_of_atom]
    return frame


def _pdb_text(universe: MDAnalysis.Universe) -> str:
    from io import StringIO

    from MDAnalysis.lib.util import NamedStream

    text = NamedStream(StringIO(), "view.pdb")
    universe.atoms.write(text)
    return str(text.getvalue())
