"""Starting conformations are embedded once, kept, and drawn from."""

import numpy as np
import pytest

from ionlink.data import Formulation
from ionlink.data.catalogue import ligands
from ionlink.simulate import conformer_pool, load_protocol
from ionlink.simulate.box import build_box
from ionlink.simulate.chain import build_chain
from ionlink.simulate.conformer_pool import pooled_chains


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(conformer_pool, "cache_folder", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def never_embed(monkeypatch):
    def embed():
        def refuse(*_):
            raise AssertionError("embedded again")

        monkeypatch.setattr(conformer_pool, "embedded_positions_nm", refuse)

    return embed


def test_the_first_use_embeds_the_whole_pool_and_no_later_one_does(cache, never_embed):
    first = pooled_chains(ligands()["PAA"], 4, 3, [1])
    never_embed()
    again = pooled_chains(ligands()["PAA"], 4, 3, [0, 1, 2])
    np.testing.assert_array_equal(again[1].positions_nm, first[0].positions_nm)
    assert len(list(cache.rglob("*.json"))) == 3
    assert not np.allclose(again[0].positions_nm, again[2].positions_nm, atol=0.01)


def test_where_nothing_can_be_kept_the_same_chains_are_embedded_anew(cache, monkeypatch, tmp_path, caplog):
    (kept,) = pooled_chains(ligands()["PAA"], 4, 3, [2])
    (tmp_path / "file").touch()
    monkeypatch.setattr(conformer_pool, "cache_folder", lambda: tmp_path / "file")
    (anew,) = pooled_chains(ligands()["PAA"], 4, 3, [2])
    np.testing.assert_array_equal(anew.positions_nm, kept.positions_nm)
    assert "let XDG_CACHE_HOME name a folder that can be written" in caplog.text
    assert len(caplog.records) == 2  # one to see that it cannot be kept, and the one that is wanted


def test_a_kept_chain_is_the_chain_that_would_be_built(cache):
    for _ in range(2):  # embedded, then read
        (kept,) = pooled_chains(ligands()["PAA"], 5, 1, [0])
        built = build_chain(ligands()["PAA"], 5, 0)
        np.testing.assert_array_equal(kept.positions_nm, built.positions_nm)
        assert kept.donor_oxygens == built.donor_oxygens


def test_another_length_and_another_polymer_are_other_files(cache):
    for name, repeat_units in (("PAA", 2), ("PAA", 3), ("PMAA", 2)):
        pooled_chains(ligands()[name], repeat_units, 1, [0])
    assert len(list(cache.rglob("*.json"))) == 3


def test_boxes_of_equal_seeds_are_equal_whether_the_pool_was_there_or_not(cache):
    smoke = load_protocol("smoke")
    box = smoke.box.model_copy(update={"conformers": 2, "conformer_pool": 4})
    protocol = smoke.model_copy(update={"box": box})
    formulation = Formulation(cation="Fe3+", ligand="PAA", ratio=4)
    first, again, other = (build_box(formulation, protocol, seed).positions_nm for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other, atol=0.01)
