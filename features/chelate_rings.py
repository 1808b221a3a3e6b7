"""Chelate rings: how far donors lie apart for a cation that is to reach both, and which rings it closes with them."""

from collections.abc import Iterable, Sequence
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from ionlink.features.sites import Site

CHELATE_RINGS = (4, 5, 6, 7)
"""Sizes of chelate rings that are counted, the cation included."""

STABLE_RINGS = (5, 6)
"""Sizes of the rings that join sites to one chelate."""

OUTSIDE_RINGS = frozenset({"alkene", "nitrile", "thiocyanate", "cyanate", "cyanide", "azide"})
"""Sites that close no chelate ring: a double bond binds sideways on, and the others end in a straight line."""

LARGEST_FLAT_RING = 7
"""In rings of up to so many atoms what hangs on two planar atoms that are no neighbours points apart."""

CIS = frozenset({Chem.BondStereo.STEREOZ, Chem.BondStereo.STEREOCIS})
TRANS = frozenset({Chem.BondStereo.STEREOE, Chem.BondStereo.STEREOTRANS})

Distances = NDArray[np.float64]
"""Bonds between atoms, an `n x n` matrix."""


def chelate_distances(molecule: Chem.Mol) -> Distances:
    """Bonds between atoms that one cation can reach; infinite where a flat piece spreads them.

    A shortest path over three atoms or more of one aromatic ring leaves it in two directions that never meet:
    picolinate closes a chelate ring and nicotinate does not, catecholate does and resorcinolate does not. So does one
    between two planar atoms of any small ring, such as the carbonyls of barbiturate, and one across a double bond from
    one side to the other: maleate closes one and fumarate does not.
    """
    distance = np.asarray(Chem.GetDistanceMatrix(molecule))
    spread = np.zeros_like(distance, dtype=bool)
    for ring in molecule.GetRingInfo().AtomRings():
        if all(molecule.GetAtomWithIdx(atom).GetIsAromatic() for atom in ring):
            spread |= _steps_between(distance, ring) >= 2
        elif len(ring) <= LARGEST_FLAT_RING:
            for pair in combinations([atom for atom in ring if is_planar(molecule.GetAtomWithIdx(atom))], 2):
                spread |= _steps_between(distance, pair) >= 2
    for pair in _trans_pairs(molecule):
        spread |= _steps_between(distance, pair) >= 2
    return np.where(spread, np.inf, distance)


def is_planar(atom: Chem.Atom) -> bool:
    """Whether its bonds lie in one plane."""
    return bool(atom.GetIsAromatic() or atom.GetHybridization() == Chem.HybridizationType.SP2)


def bonds_between(one: Sequence[int], other: Sequence[int], distance: Distances) -> float:
    """Bonds from one group of atoms to another, by the nearest two."""
    return float(distance[np.ix_(one, other)].min())


def own_rings(site: Site, distance: Distances) -> list[float]:
    """Sizes of the stable rings that a site closes by itself, with two of its donor atoms: five in a catecholate."""
    sizes = [float(distance[a, b]) + 2 for a, b in combinations(site.atoms, 2)]
    return [size for size in sizes if size in STABLE_RINGS]


def teeth(site: Site, distance: Distances) -> int:
    """Donor atoms by which a site holds one cation: one, or those of its own stable rings."""
    return 1 + len(own_rings(site, distance))


def _steps_between(distance: Distances, atoms: Sequence[int]) -> Distances:
    """Bonds from the first to the last of these atoms on shortest paths, `n x n`; below 0 where there is none."""
    steps = distance[:, list(atoms)]
    on_path = steps[:, None] + steps[None] == distance[..., None]
    first = np.where(on_path, steps[:, None], np.inf).min(axis=-1)
    last = np.where(on_path, steps[:, None], -np.inf).max(axis=-1)
    return np.asarray(last - first)


def _trans_pairs(molecule: Chem.Mol) -> Iterable[tuple[int, int]]:
    """Atoms on opposite sides of a double bond, one beside either end, where its geometry is known."""
    for bond in molecule.GetBonds():
        if bond.GetStereo() not in CIS | TRANS:
            continue
        begin, end = bond.GetBeginAtom(), bond.GetEndAtom()
        one, other = bond.GetStereoAtoms()
        for a, b in product(begin.GetNeighbors(), end.GetNeighbors()):
            marked = (a.GetIdx() == one) == (b.GetIdx() == other)
            if a.GetIdx() != end.GetIdx() and b.GetIdx() != begin.GetIdx() and marked == (bond.GetStereo() in TRANS):
                yield a.GetIdx(), b.GetIdx()
