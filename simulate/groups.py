"""Which atoms of a box are what."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ionlink.data.whole_file import write_whole


@dataclass(frozen=True)
class Groups:
    """Which atoms are what; chains come first, then cations, counter-ions, other solvents, water."""

    chain_of_atom: NDArray[np.int64]
    """Index of the chain that each chain atom belongs to, non-decreasing; chain atoms come first in the box."""
    donor_oxygens: NDArray[np.int64]
    """Atom indices of the oxygens of each donor group, `donor_groups x oxygens`.

    Two of a carboxylate, a catecholate or a hydroxamate, three of a sulfonate, a sulfate or a phosphonate.
    """
    cations: NDArray[np.int64]
    """Atom indices of the cations."""
    water_oxygens: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """Atom indices of the oxygens of water; none in a dry box, and in files written before there was water."""
    cosolvent_oxygens: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """Atom indices of the oxygens of other solvents; none where there are no others."""

    def save(self, path: Path) -> None:
        """Write as JSON, whole."""
        write_whole(path, json.dumps({name: array.tolist() for name, array in asdict(self).items()}))

    @classmethod
    def load(cls, path: Path) -> "Groups":
        """Read what `save` wrote."""
        arrays = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{name: np.array(values, dtype=np.int64) for name, values in arrays.items()})
