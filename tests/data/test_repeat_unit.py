"""Repeat units: what is read, what is refused, and when two are of the same polymer."""

import numpy as np
import pytest
from rdkit import Chem

from ionlink.data import InputError
from ionlink.data.repeat_unit import (
    attachments,
    canonical_repeat_unit,
    chain,
    polymer_key,
    read_repeat_unit,
    unit_atom_of,
    unit_of,
)

PAA = "[*:1]CC([*:2])C(=O)[O-]"
GAMMA_PGA = "[*:1]N[C@@H](CCC(=O)[*:2])C(=O)[O-]"
GAMMA_PGA_D = "[*:1]N[C@H](CCC(=O)[*:2])C(=O)[O-]"


@pytest.mark.parametrize(
    ("smiles", "fault"),
    [
        ("not a smiles", "is not a SMILES"),
        ("CCC(=O)[O-]", "it has none"),
        ("[*:1]CCC(=O)[O-]", "it has [*:1]"),
        ("[*:1]CC([*:1])C(=O)[O-]", "it has [*:1], [*:1]"),
        ("[*:1]CC([*:2])([*:3])C(=O)[O-]", "it has [*:1], [*:2], [*:3]"),
        ("[*:1]CC(=[*:2])C(=O)[O-]", "[*:2] must have one single bond"),
        ("*CC(*)C(=O)[O-]", "it has *, *"),
        ("[*:1]CC([*:2])C(=O)[O-].[Na+]", "one piece; leave out counter-ions"),
    ],
)
def test_repeat_units_that_cannot_be_used(smiles, fault):
    with pytest.raises(InputError) as error:
        read_repeat_unit(smiles)
    assert fault in str(error.value)
    assert f"repeat unit '{smiles}': " in str(error.value)


def test_every_fault_of_a_repeat_unit_comes_at_once():
    with pytest.raises(InputError) as error:
        read_repeat_unit("[*:1]=CC([*:3])C(=O)[O-].[Na+]")
    assert [fault.split("': ")[1].split(" ")[:2] for fault in error.value.faults] == [
        ["must", "have"],
        ["attachment", "point"],
        ["must", "be"],
    ]


@pytest.mark.parametrize("other", ["C([*:1])C([*:2])C(=O)[O-]", "O=C([O-])C([*:2])C[*:1]"])
def test_a_repeat_unit_has_one_canonical_form(other):
    assert canonical_repeat_unit(PAA) == canonical_repeat_unit(other)
    assert canonical_repeat_unit(PAA) != canonical_repeat_unit("[*:2]CC([*:1])C(=O)[O-]")


def test_a_polymer_is_the_same_from_its_other_end_and_cut_elsewhere():
    assert polymer_key(PAA) == polymer_key("[*:2]CC([*:1])C(=O)[O-]")
    assert polymer_key("[*:1]OCC[*:2]") == polymer_key("[*:1]COC[*:2]") == polymer_key("[*:2]OCC[*:1]")
    assert polymer_key(GAMMA_PGA) == polymer_key("[*:1]C(=O)CC[C@H](N[*:2])C(=O)[O-]")


@pytest.mark.parametrize(
    "smiles", ["[*:1]CC([*:2])C(=O)[O-:3]", "[*:1][13CH2]C([*:2])C(=O)[O-]", "[*:1]CC([2H])([*:2])C(=O)[O-]"]
)
def test_a_polymer_is_the_same_whatever_numbers_its_atoms_have(smiles):
    assert polymer_key(smiles) == polymer_key(PAA)


def test_other_polymers_have_other_keys():
    different = [PAA, "[*:1]CC(C)([*:2])C(=O)[O-]", GAMMA_PGA, GAMMA_PGA_D, "[*:1]N[C@@H](CCC(=O)[O-])C(=O)[*:2]"]
    assert len({polymer_key(smiles) for smiles in different}) == len(different)


@pytest.mark.parametrize("smiles", [PAA, GAMMA_PGA])
def test_the_spelling_does_not_change_the_key(smiles):
    unit = read_repeat_unit(smiles)
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(unit.GetNumAtoms()).tolist()
        spelled = Chem.MolToSmiles(Chem.RenumberAtoms(unit, order), canonical=False)
        assert polymer_key(spelled) == polymer_key(smiles)


@pytest.mark.parametrize("length", [1, 2, 5])
def test_a_chain_keeps_every_atom_and_both_ends(length):
    unit = read_repeat_unit(PAA)
    joined = chain(unit, length)
    assert joined.GetNumAtoms() == length * (unit.GetNumAtoms() - 2) + 2
    assert (len(attachments(joined, 1)), len(attachments(joined, 2))) == (1, 1)
    copies = [(unit_of(atom), unit_atom_of(atom)) for atom in joined.GetAtoms()]
    assert len(set(copies)) == len(copies)
    assert {number for number, _ in copies} == set(range(length))


def test_a_chain_keeps_stereocentres_however_the_unit_is_written():
    unit = read_repeat_unit(GAMMA_PGA)
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(unit.GetNumAtoms()).tolist()
        three = chain(Chem.RenumberAtoms(unit, order), 3)
        assert Chem.MolToSmiles(three) == Chem.MolToSmiles(chain(unit, 3))
    labels = [label for _, label in Chem.FindMolChiralCenters(chain(unit, 3), useLegacyImplementation=False)]
    assert labels == ["S"] * 3
