"""Packed molecules keep their shape and do not touch."""

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import pdist

from ionlink.simulate.packing import pack

RNG_SEED = 5


def molecules():
    rng = np.random.default_rng(RNG_SEED)
    chains = [np.cumsum(rng.normal(scale=0.1, size=(40, 3)), axis=0) for _ in range(10)]
    return [*chains, *([np.zeros((1, 3))] * 20)]


def test_molecules_keep_their_shape_and_do_not_touch_through_the_boundary():
    packed, edge_nm = pack(molecules(), 4.0, np.random.default_rng(RNG_SEED))
    sizes = [len(molecule) for molecule in molecules()]
    parts = np.split(packed, np.cumsum(sizes)[:-1])
    for part, molecule in zip(parts, molecules(), strict=True):
        np.testing.assert_allclose(pdist(part), pdist(molecule), atol=1e-9)
    owner = np.repeat(np.arange(len(parts)), sizes)
    pairs = cKDTree(packed % edge_nm, boxsize=edge_nm).query_pairs(0.249, output_type="ndarray")
    assert (owner[pairs[:, 0]] == owner[pairs[:, 1]]).all()


def test_a_box_too_small_grows():
    _, edge_nm = pack(molecules(), 1.0, np.random.default_rng(RNG_SEED))
    assert edge_nm > 1.0


def test_equal_seeds_pack_equally():
    first, second = (pack(molecules(), 4.0, np.random.default_rng(RNG_SEED))[0] for _ in range(2))
    np.testing.assert_array_equal(first, second)
