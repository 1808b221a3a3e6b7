"""Starting coordinates: molecules placed at random in a dilute periodic box."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

Positions = NDArray[np.float64]

_SEPARATION_NM = 0.25
"""Least distance between atoms of different molecules; the minimisation removes what tension is left."""

_ATTEMPTS = 200
_GROWTH = 1.05


def pack(molecules: Sequence[Positions], edge_nm: float, rng: np.random.Generator) -> tuple[Positions, float]:
    """Place molecules one after the other at random position and orientation, without contact.

    Args:
        molecules: positions of each molecule in nm, `n_atoms x 3` each; an ion is a molecule of one atom.
        edge_nm: edge of the cubic box to try first; it grows by 5 % as often as a molecule finds no room.
        rng: source of every random choice.

    Returns:
        Positions in nm, `(sum of n_atoms) x 3`, in the order given, molecules whole; and the edge of the box in nm.

    """
    placed = _try_pack(molecules, edge_nm, rng)
    while placed is None:
        edge_nm *= _GROWTH
        placed = _try_pack(molecules, edge_nm, rng)
    return placed, edge_nm


def _try_pack(molecules: Sequence[Positions], edge_nm: float, rng: np.random.Generator) -> Positions | None:
    placed = np.empty((0, 3))
    for molecule in molecules:
        trial = _place(molecule, placed, edge_nm, rng)
        if trial is None:
            return None
        placed = np.concatenate([placed, trial])
    return placed


def _place(molecule: Positions, placed: Positions, edge_nm: float, rng: np.random.Generator) -> Positions | None:
    """`molecule` where it touches neither what is placed nor its own periodic images; `None` where no room is found."""
    centred = molecule - molecule.mean(axis=0)
    tree = cKDTree(placed % edge_nm, boxsize=edge_nm) if len(placed) else None
    for _ in range(_ATTEMPTS):
        trial: Positions = Rotation.random(rng=rng).apply(centred) + rng.uniform(0.0, edge_nm, 3)
        if np.ptp(trial, axis=0).max() > edge_nm - _SEPARATION_NM:
            continue
        if tree is None or np.isinf(tree.query(trial % edge_nm, distance_upper_bound=_SEPARATION_NM)[0]).all():
            return trial
    return None
