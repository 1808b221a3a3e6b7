"""Starting conformations of a ligand that are embedded once and kept, so that later boxes begin at once.

A pool holds chains of different tacticity and conformation. A replicate draws some of them at random, turns and places
them at random and melts them; what it shares with another replicate are sequences of stereocentres.
"""

import hashlib
import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ionlink.data.ligand import Ligand
from ionlink.data.whole_file import write_whole
from ionlink.simulate.cache_folder import CACHE_WAY_OUT, cache_folder
from ionlink.simulate.chain import Chain, build_chain, embedded_positions_nm

if TYPE_CHECKING:
    from rdkit.Chem import Mol

_log = logging.getLogger(__name__)

VERSION = 1
"""Part of what a kept file is found by; a change of how chains are built or embedded changes it."""


def pooled_chains(ligand: Ligand, repeat_units: int, pool: int, members: Iterable[int]) -> list[Chain]:
    """Some chains of a pool; the first use of a pool embeds all of it, so that no later one has to.

    Where nothing can be kept (a home that is full, or read-only as on some clusters), they are embedded anew each time.

    Args:
        ligand: what the chains are of.
        repeat_units: of each chain.
        pool: how many chains the pool has.
        members: which of them, from 0.

    Raises:
        InputError, CannotSimulate: see `build_chain`.

    """
    kept = [_Kept(ligand, repeat_units, member) for member in range(pool)]
    for one in kept:
        if not one.path.exists():
            one.chain()
        if not one.path.exists():
            break
    return [kept[member].chain() for member in members]


class _Kept:
    """A member of a pool, whose coordinates are kept in a file named by all that they follow from."""

    def __init__(self, ligand: Ligand, repeat_units: int, member: int) -> None:
        import rdkit

        self._ligand, self._repeat_units, self._member = ligand, repeat_units, member
        # The order of atoms is that of the SMILES as it is written, the conformation that of a release of RDKit.
        origin = [VERSION, rdkit.__version__, ligand.repeat_unit_smiles, repeat_units, member]
        key = hashlib.sha256(json.dumps(origin).encode()).hexdigest()[:32]
        self.path: Path = cache_folder() / "conformers" / f"{key}.json"

    def chain(self) -> Chain:
        """The chain, its coordinates read or, the first time, embedded and written."""
        return build_chain(self._ligand, self._repeat_units, self._member, self._positions_nm)

    def _positions_nm(self, molecule: "Mol", seed: int) -> NDArray[np.float64]:
        if self.path.exists():
            return np.array(json.loads(self.path.read_text("utf-8")))
        positions = embedded_positions_nm(molecule, seed)
        try:
            write_whole(self.path, json.dumps(positions.tolist()))
        except OSError as error:
            _log.warning("%s; conformations are not kept; %s", error, CACHE_WAY_OUT)
        return positions
