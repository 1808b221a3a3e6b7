"""Chains: their graph, their stereochemistry, their coordinates."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from ionlink.data.catalogue import ligands
from ionlink.data.errors import InputError
from ionlink.data.ligand import Ligand
from ionlink.simulate import chain as chain_module
from ionlink.simulate.chain import build_chain, embedded_positions_nm
from ionlink.simulate.errors import CannotSimulate
from ionlink.simulate.oligomer import oligomer, with_random_stereo

PAA = "[*:1]CC([*:2])C(=O)[O-]"
GAMMA_PGA = "[*:1]N[C@@H](CCC(=O)[*:2])C(=O)[O-]"
# (molecule, atoms of a unit, donor groups of a unit)
UNITS = {
    "PAA": (PAA, 8, 1),
    "gamma-PGA": (GAMMA_PGA, 15, 1),
    "PF-COO": ("[*:1]c1ccc2c(c1)C(CCC(=O)[O-])(CCC(=O)[O-])c1cc([*:2])ccc1-2", 37, 2),
}


def ligand(smiles, name="a polymer", donor_group="carboxylate"):
    return Ligand(name=name, full_name=name, repeat_unit_smiles=smiles, donor_group=donor_group, source="test")


def stereo_smiles(molecule):
    return Chem.MolToSmiles(Chem.RemoveHs(molecule))


@pytest.mark.parametrize("name", UNITS)
@pytest.mark.parametrize("repeat_units", [1, 2, 5])
def test_each_unit_is_a_residue_and_the_ends_are_hydrogens(name, repeat_units):
    smiles, atoms, donors = UNITS[name]
    chain = build_chain(ligand(smiles, name), repeat_units, seed=1)
    residues = list(chain.topology.residues())
    assert (chain.ligand, chain.repeat_units) == (name, repeat_units)
    assert len(residues) == repeat_units
    expected = np.full(repeat_units, atoms)
    expected[0] += 1
    expected[-1] += 1
    assert [len(list(residue.atoms())) for residue in residues] == expected.tolist()
    assert chain.positions_nm.shape == (chain.topology.getNumAtoms(), 3)
    assert len(chain.donor_oxygens) == donors * repeat_units


@settings(max_examples=12, deadline=None)
@given(repeat_units=st.integers(1, 12), seed=st.integers(0, 2**32 - 1))
def test_a_chain_is_one_molecule_with_sound_bonds_and_no_clash(repeat_units, seed):
    chain = build_chain(ligand(PAA), repeat_units, seed)
    distances = np.linalg.norm(chain.positions_nm[:, None] - chain.positions_nm[None], axis=-1)
    bonded = np.zeros_like(distances, dtype=bool)
    for one, other in chain.topology.bonds():
        bonded[one.index, other.index] = bonded[other.index, one.index] = True
    assert bonded.sum() // 2 == len(distances) - 1  # a tree: PAA has no ring
    assert 0.09 < distances[bonded].min() < distances[bonded].max() < 0.18
    assert distances[~bonded & ~np.eye(len(distances), dtype=bool)].min() > 0.13


def test_donors_are_the_two_oxygens_of_each_carboxylate():
    chain = build_chain(ligand(GAMMA_PGA), 3, seed=1)  # its amide oxygens are not donors
    atoms = list(chain.topology.atoms())
    carbons = []
    for group in chain.donor_oxygens:
        assert [atoms[i].element.symbol for i in group] == ["O", "O"]
        near = {
            b.index if a.index in group else a.index
            for a, b in chain.topology.bonds()
            if {a.index, b.index} & set(group)
        }
        assert len(near) == 1
        carbons += near
    assert len(set(carbons)) == 3


def test_atom_names_are_unique_within_a_residue():
    for residue in build_chain(ligand(UNITS["PF-COO"][0]), 2, seed=1).topology.residues():
        names = [atom.name for atom in residue.atoms()]
        assert len(set(names)) == len(names)


def test_equal_seeds_give_equal_chains_and_others_differ():
    first, again, other = (build_chain(ligand(PAA), 6, seed) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first.positions_nm, again.positions_nm)
    assert not np.allclose(first.positions_nm, other.positions_nm, atol=0.01)


def test_open_stereocentres_are_atactic():
    chains = {stereo_smiles(with_random_stereo(oligomer(PAA, 8), seed)) for seed in range(12)}
    assert len(chains) > 8  # of 2**7 sequences
    assert all(smiles.count("@") >= 7 for smiles in chains)


def test_specified_stereocentres_stay_in_graph_and_coordinates():
    chain = with_random_stereo(oligomer(GAMMA_PGA, 4), seed=3)
    labels = [label for _, label in Chem.FindMolChiralCenters(chain, useLegacyImplementation=False)]
    assert labels == ["S"] * 4  # L-glutamate
    embedded_positions_nm(chain, seed=3)
    from_coordinates = Chem.Mol(chain)
    Chem.AssignStereochemistryFrom3D(from_coordinates)
    assert stereo_smiles(from_coordinates) == stereo_smiles(chain)


def test_head_to_tail_bonds_only():
    heptanedioate = Chem.RemoveHs(oligomer("[*:1]CC([*:2])C(=O)[O-]", 2))
    assert Chem.MolToSmiles(heptanedioate) == Chem.CanonSmiles("CC(C(=O)[O-])CCC(=O)[O-]")


# As GLYCAM06 has them: its residues 0MB (β-D-mannose) and 0kA (α-L-gulose) with C6 oxidised, and 0GB (β-D-glucose).
MANNURONIC_ACID = "O=C(O)[C@H]1O[C@@H](O)[C@@H](O)[C@@H](O)[C@@H]1O"
GULURONIC_ACID = "O=C(O)[C@@H]1O[C@@H](O)[C@@H](O)[C@@H](O)[C@@H]1O"
CARBOXYMETHYL_GLUCOSE = "O=C(O)COC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O"


def hydrolysed(chain):
    """The sugars of a polysaccharide: every glycosidic bond gets its water back."""
    glycosidic = Chem.MolFromSmarts("[C;R]([O;R])-[O;!R;D2]-[C;R]")
    bonds = [chain.GetBondBetweenAtoms(c, o).GetIdx() for c, _, o, _ in chain.GetSubstructMatches(glycosidic)]
    cut = Chem.FragmentOnBonds(chain, bonds)
    for atom in cut.GetAtoms():
        if atom.GetAtomicNum() == 0:
            atom.SetIsotope(0)
            atom.SetNoImplicit(False)
            atom.SetAtomicNum(8 if atom.GetNeighbors()[0].GetAtomicNum() == 6 else 1)
        if atom.GetFormalCharge() == -1:
            atom.SetFormalCharge(0)
            atom.SetNoImplicit(False)
    Chem.SanitizeMol(cut)
    return {Chem.CanonSmiles(smiles) for smiles in Chem.MolToSmiles(Chem.RemoveHs(cut)).split(".")}


GALACTURONIC_ACID = "O=C(O)[C@H]1O[C@H](O)[C@H](O)[C@@H](O)[C@H]1O"  # alpha-D; 2S,3R,4S,5R,6S
GLUCURONIC_ACID = "O=C(O)[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O"  # beta-D; 2S,3S,4S,5R,6R
IDURONIC_ACID = "O=C(O)[C@@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O"  # alpha-L; 2R,3S,4S,5R,6R
GLUCOSE = "OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O"  # beta-D; 2R,3R,4S,5S,6R
RHAMNOSE = "C[C@@H]1O[C@@H](O)[C@H](O)[C@H](O)[C@H]1O"  # alpha-L; 2R,3R,4R,5R,6S
BETA_GLUCOSAMINE = "N[C@@H]1[C@@H](O)[C@H](O)[C@@H](CO)O[C@H]1O"  # beta-D; 2R,3R,4R,5S,6R
ALPHA_GLUCOSAMINE = "N[C@@H]1[C@@H](O)[C@H](O)[C@@H](CO)O[C@@H]1O"  # alpha-D; 2S,3R,4R,5S,6R
ACETYLGLUCOSAMINE = "CC(=O)N[C@@H]1[C@@H](O)[C@H](O)[C@@H](CO)O[C@H]1O"  # beta-D; 2R,3R,4R,5S,6R
ACETYLGALACTOSAMINE = "CC(=O)N[C@@H]1[C@@H](O)[C@@H](O)[C@@H](CO)O[C@H]1O"  # beta-D; 2R,3R,4R,5R,6R


def without_sulfate(molecule):
    cut = Chem.ReplaceSubstructs(molecule, Chem.MolFromSmarts("S(=O)(=O)[O-]"), Chem.MolFromSmiles("[H]"), True)[0]
    return Chem.MolFromSmiles(Chem.MolToSmiles(Chem.RemoveHs(cut)))


@pytest.mark.parametrize(
    ("name", "sugars"),
    [
        ("alginate", {MANNURONIC_ACID, GULURONIC_ACID}),
        ("alginate-G", {GULURONIC_ACID}),
        ("alginate-M", {MANNURONIC_ACID}),
        ("CMC", {CARBOXYMETHYL_GLUCOSE}),
        ("pectin", {GALACTURONIC_ACID}),
        ("hyaluronate", {GLUCURONIC_ACID, ACETYLGLUCOSAMINE}),
        ("chondroitin-sulfate", {GLUCURONIC_ACID, ACETYLGALACTOSAMINE}),
        ("heparin", {IDURONIC_ACID, ALPHA_GLUCOSAMINE}),
        ("gellan", {GLUCOSE, GLUCURONIC_ACID, RHAMNOSE}),
        ("chitosan", {BETA_GLUCOSAMINE}),
    ],
)
def test_hydrolysis_of_a_polysaccharide_gives_its_sugars(name, sugars):
    found = hydrolysed(without_sulfate(oligomer(ligands()[name].repeat_unit_smiles, 3)))
    assert {Chem.CanonSmiles(smiles) for smiles in sugars} <= found
    assert len(found) == len(sugars) + 1  # the last sugar has hydrogen in place of its anomeric oxygen


def test_a_chain_has_at_least_one_unit():
    with pytest.raises(InputError, match="at least 1"):
        build_chain(ligand(PAA), 0, seed=1)


def test_a_donor_group_that_is_not_known():
    with pytest.raises(InputError, match="known are: amine, borate_diol, carboxylate"):
        build_chain(ligand(PAA, donor_group="thiolate"), 1, seed=1)


def test_protonated_donors_are_refused():
    with pytest.raises(CannotSimulate, match="deprotonated"):
        build_chain(ligand("[*:1]CC([*:2])C(=O)O"), 1, seed=1)


def test_a_geometry_that_does_not_exist(monkeypatch):
    monkeypatch.setattr(chain_module, "_EMBEDDING_ATTEMPTS", 1)
    in_out = "[*:1]C[C@]12CC[C@@](C([*:2])C(=O)[O-])(CC1)C2"  # norbornane with one bridgehead turned inside
    with pytest.raises(CannotSimulate, match=r"no coordinates found.*TETRAHEDRAL"):
        build_chain(ligand(in_out), 1, seed=1)
