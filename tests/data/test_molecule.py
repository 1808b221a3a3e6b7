"""A molecule has one spelling, whichever way and in whichever protonation state it is written."""

import pytest
from rdkit import Chem

from ionlink.data import InputError
from ionlink.data.molecule import read_mol_block, read_molecule

SAME = [
    ("CC(=O)O", "OC(C)=O", "CC(=O)[O-]", "[O-]C(=O)C"),
    ("NCC(=O)O", "[NH3+]CC(=O)[O-]", "NCC(=O)[O-]", "[NH3+]CC(=O)O"),
    ("Oc1ccccc1O", "[O-]c1ccccc1[O-]", "C1=CC=CC(O)=C1O"),
    ("CC(O)C(=O)O", "C[C@H](O)C(=O)O", "C[C@@H](O)C(=O)[O-]"),
    ("C[N+](C)(C)CP(=O)(O)O", "C[N+](C)(C)CP(=O)([O-])[O-]"),
    ("CC(=O)O", "[CH3:1][C:2](=[O:3])[O-:4]", "C[13C](=O)O", "[2H]OC(C)=O"),
]


@pytest.mark.parametrize("spellings", SAME)
def test_spellings_of_one_molecule_meet(spellings):
    assert {read_molecule(text).smiles for text in spellings} == {spellings[0]}


@pytest.mark.parametrize("spellings", SAME)
def test_the_spelling_is_a_fixed_point_of_rdkit_and_of_the_reader(spellings):
    smiles = read_molecule(spellings[-1]).smiles
    assert smiles == Chem.CanonSmiles(smiles) == read_molecule(smiles).smiles


def test_cis_and_trans_stay_apart():
    maleic, fumaric, unknown = ("OC(=O)/C=C\\C(=O)O", "OC(=O)/C=C/C(=O)O", "OC(=O)C=CC(=O)O")
    assert len({read_molecule(text).smiles for text in (maleic, fumaric, unknown)}) == 3


@pytest.mark.parametrize(
    ("text", "charge", "written", "deprotonated"),
    [
        ("CC(=O)[O-]", 0, -1, True),
        ("CC(=O)O", 0, 0, False),
        ("NCC[NH3+]", 0, 1, False),
        ("[NH3+]CC(=O)[O-]", 0, 0, False),
        ("C[N+](C)(C)CP(=O)([O-])[O-]", 1, -1, True),
        ("C[N+](C)(C)CP(=O)(O)O", 1, 1, False),
    ],
)
def test_charge_as_written_and_as_neutral(text, charge, written, deprotonated):
    molecule = read_molecule(text)
    assert (molecule.charge, molecule.written_charge, molecule.deprotonated) == (charge, written, deprotonated)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "not a valid SMILES"),
        ("acetate", "not a valid SMILES"),
        ("C(C)(C)(C)(C)C", "not a valid SMILES"),
        ("C" * 1001, "1001 characters"),
        ("CC(=O)[O-].[Na+]", "more than one molecule"),
        ("[*:1]CC([*:2])C(=O)[O-]", "attachment points"),
        ("CCC", "no atom that can bind"),
        ("[Na+]", "no atom that can bind"),
        ("CC(=O)O[Na]", "is drawn with Na; give the ligand without its counter-ions"),
        ("CC(=O)[O]", "without proton and charge"),
        ("[S]c1ccccc1", "without proton and charge"),
        ("O", "is water"),
        ("[OH-]", "is water"),
    ],
)
def test_what_is_no_ligand_is_refused(text, fault):
    with pytest.raises(InputError, match=fault):
        read_molecule(text)


def test_a_mol_block_is_the_same_molecule():
    assert read_mol_block(Chem.MolToMolBlock(Chem.MolFromSmiles("CC(=O)[O-]"))) == read_molecule("CC(=O)[O-]")
    with pytest.raises(InputError, match="mol block"):
        read_mol_block("nothing of the kind")
