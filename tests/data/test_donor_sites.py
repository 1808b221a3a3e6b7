"""Donor groups: each is found where it is, once, and by one kind only."""

from itertools import combinations

import numpy as np
import pytest
from rdkit import Chem

from ionlink.data import InputError
from ionlink.data.donor_group import DONOR_GROUPS, donor_group
from ionlink.data.donor_sites import (
    charge_per_repeat_unit,
    donor_atoms,
    donor_groups_per_repeat_unit,
    donor_sites,
)

MOLECULES = {
    # acids that are not deprotonated, and groups that look alike
    "CC(=O)O": {},
    "CC(=O)OC": {},
    "COC(=O)[O-]": {},
    "CNC(=O)[O-]": {},
    "CC(=O)NC": {},
    "CC(=O)NO": {},
    "Nc1ccccc1": {},
    "c1ccncc1": {},
    "CS(=O)(=O)NC": {},
    "NC(=[NH2+])N": {},
    "C[NH3+]": {},
    "[O-]c1ccccc1": {},
    "[O-]c1cccc([O-])c1": {},
    "[O-]CC[O-]": {},
    "OB(O)O": {},
    "C[B-](O)(O)O": {},
    "COS(=O)(=O)OC": {},
    "CP(=O)(O)O": {},
    # one, two, several of a kind
    "C=O": {},
    "[O-]C=O": {"carboxylate": 1},
    "[O-]C(=O)C(=O)[O-]": {"carboxylate": 2},
    "[O-]C(=O)c1ccccc1": {"carboxylate": 1},
    "O=C([O-])CC(O)(CC(=O)[O-])C(=O)[O-]": {"carboxylate": 3},
    "CN(C)C": {"amine": 1},
    "NCCN": {"amine": 2},
    "C1COCCN1": {"amine": 1},
    "CP(=O)(O)[O-]": {"phosphonate": 1},
    "COP(=O)(O)[O-]": {"phosphate": 1},
    "CN([O-])C(C)=O": {"hydroxamate": 1},
    "[O-]c1cccc(O)c1[O-]": {"catecholate": 1},
    "[O-]c1cccc([O-])c1[O-]": {"catecholate": 1},
    "[O-]c1ccc([O-])c([O-])c1[O-]": {"catecholate": 2},
    "[O-]c1c([O-])c([O-])c([O-])c([O-])c1[O-]": {"catecholate": 3},
    "Oc1ccccc1[O-]": {"catecholate": 1},
    "C1CO[B-]2(O1)OCCO2": {"borate_diol": 1},
    # several kinds
    "NCC(=O)[O-]": {"amine": 1, "carboxylate": 1},
    "NCCc1ccc([O-])c([O-])c1": {"amine": 1, "catecholate": 1},
    "[O-]C(=O)c1ccccc1S(=O)(=O)[O-]": {"carboxylate": 1, "sulfonate": 1},
    "[O-]S(=O)(=O)NCCOS(=O)(=O)[O-]": {"sulfamate": 1, "sulfate": 1},
}


def found(molecule):
    counts = {kind: len(donor_sites(molecule, kind)) for kind in DONOR_GROUPS}
    return {kind: count for kind, count in counts.items() if count}


@pytest.mark.parametrize("smiles", MOLECULES)
def test_each_group_is_found_once(smiles):
    molecule = Chem.MolFromSmiles(smiles)
    assert found(molecule) == MOLECULES[smiles]
    assert found(Chem.AddHs(molecule)) == MOLECULES[smiles]


@pytest.mark.parametrize("group", DONOR_GROUPS.values(), ids=lambda group: group.name)
def test_the_example_of_a_kind_bears_it_once_and_nothing_else(group):
    molecule = Chem.MolFromSmiles(group.example)
    assert found(molecule) == {group.name: 1}
    assert group.meaning.endswith(".")
    (donors,) = donor_atoms(molecule, group.name)
    expected = "N" if group.name == "amine" else "O"
    assert {molecule.GetAtomWithIdx(index).GetSymbol() for index in donors} == {expected}


@pytest.mark.parametrize("smiles", [*MOLECULES, *(group.example for group in DONOR_GROUPS.values())])
def test_no_two_groups_claim_a_donor_atom(smiles):
    molecule = Chem.MolFromSmiles(smiles)
    claimed = [set(atoms) for kind in DONOR_GROUPS for atoms in donor_atoms(molecule, kind)]
    assert all(one.isdisjoint(other) for one, other in combinations(claimed, 2))


@pytest.mark.parametrize("smiles", MOLECULES)
def test_the_spelling_does_not_change_what_is_found(smiles):
    molecule = Chem.MolFromSmiles(smiles)
    for seed in range(10):
        order = np.random.default_rng(seed).permutation(molecule.GetNumAtoms()).tolist()
        assert found(Chem.RenumberAtoms(molecule, order)) == MOLECULES[smiles]


def test_neighbours_in_the_chain_decide_what_a_group_is():
    assert donor_groups_per_repeat_unit("[*:1]NCC[*:2]") == {"amine": 1}
    assert donor_groups_per_repeat_unit("[*:1]NCC(=O)[*:2]") == {}
    assert donor_groups_per_repeat_unit("[*:1]N[C@@H](CC(=O)[O-])C(=O)[*:2]") == {"carboxylate": 1}


def test_a_unit_drawn_twice_as_long_bears_twice_as_much():
    once, twice = "[*:1]CC([*:2])P(=O)([O-])[O-]", "[*:1]CC(CC([*:2])P(=O)([O-])[O-])P(=O)([O-])[O-]"
    assert donor_groups_per_repeat_unit(once) == {"phosphonate": 1}
    assert donor_groups_per_repeat_unit(twice) == {"phosphonate": 2}
    assert (charge_per_repeat_unit(once), charge_per_repeat_unit(twice)) == (-2, -4)


def test_an_unknown_kind_is_refused_with_those_that_are_known():
    with pytest.raises(InputError, match=r"'thiolate' is not known; known are: amine, .*sulfonate"):
        donor_group("thiolate")
    with pytest.raises(InputError, match="'thiolate' is not known"):
        donor_sites(Chem.MolFromSmiles("CS"), "thiolate")
