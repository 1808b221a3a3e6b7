"""Arrangements of donor groups and cations that can be counted by hand."""

import MDAnalysis
import numpy as np
import pytest

from ionlink.simulate.analysis.contacts import Contacts
from ionlink.simulate.groups import Groups


@pytest.fixture
def arrangement():
    """Chains made of nothing but the oxygens of each donor group, then the cations: positions and groups."""

    def make(cations, donor_groups, chain_of_group):
        positions = np.array([oxygen for group in donor_groups for oxygen in group] + cations, dtype=np.float32)
        oxygens = len(positions) - len(cations)
        return positions, Groups(
            chain_of_atom=np.repeat(chain_of_group, len(donor_groups[0])),
            donor_oxygens=np.arange(oxygens).reshape(len(donor_groups), -1),
            cations=np.arange(oxygens, len(positions)),
        )

    return make


@pytest.fixture
def universe():
    """A trajectory in memory from one array of positions per frame, in a cubic box."""

    def make(frames, edge_angstrom):
        made = MDAnalysis.Universe.empty(len(frames[0]), trajectory=True)
        dimensions = np.array([edge_angstrom] * 3 + [90.0] * 3)
        return made.load_new(np.array(frames, dtype=np.float32), dimensions=dimensions, dt=0.1)

    return make


@pytest.fixture
def contacts():
    """Contacts over frames from the oxygens that each cation holds, given as (donor group, oxygen)."""

    def make(frames, chain_of_group, chains=None, frame_interval_ps=0.1):
        cations = max(map(len, frames))
        bonded = np.zeros((len(frames), cations, len(chain_of_group), 2), dtype=bool)
        for frame, held in enumerate(frames):
            for cation, oxygens in enumerate(held):
                for group, oxygen in oxygens:
                    bonded[frame, cation, group, oxygen] = True
        known = max(chain_of_group, default=-1) + 1
        return Contacts(bonded, np.array(chain_of_group), known if chains is None else chains, frame_interval_ps)

    return make
