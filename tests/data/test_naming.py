"""What people type becomes canonical names, or an error that helps."""

import math
import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionlink.data import Formulation, InputError, cations, formulation_of, ligands
from ionlink.data.naming import cation_name, ligand_or_molecule_name
from ionlink.data.spelling import ROMAN, name_key, parse_cation

SPELLINGS = (
    "{element}{charge}+",
    "{element}+{charge}",
    "{element}({roman})",
    "{element} ({roman})",
    "{element} {roman}",
    "{element}^{charge}+",
    "{element}^{{{charge}+}}",
    "{element}({charge}+)",
    "{element}{pluses}",
)


MONATOMIC = sorted(set(cations()) - {"VO2+"})


@settings(deadline=None)
@given(st.sampled_from(MONATOMIC), st.sampled_from(SPELLINGS), st.booleans())
def test_every_spelling_of_a_cation_means_it(name, spelling, lower):
    cation = cations()[name]
    roman = next(text for text, charge in ROMAN.items() if charge == cation.charge).upper()
    typed = spelling.format(element=cation.element, charge=cation.charge, roman=roman, pluses="+" * cation.charge)
    assert formulation_of(typed.lower() if lower else typed, "PAA", 8).cation == name


@pytest.mark.parametrize("typed", ["VO2+", "VO^2+", "vo2+", "VO²⁺", "VO(2+)", "VO++", "vanadyl", "Vanadyl(IV)"])
def test_every_spelling_of_vanadyl_means_it(typed):
    assert formulation_of(typed, "PAA", 8).cation == "VO2+"


@pytest.mark.parametrize("typed", ["UO2+", "UO2^2+", "VO2^+", "VO3+", "VO(IV)"])
def test_other_oxocations_are_not_guessed(typed):
    with pytest.raises(InputError, match=r"^cation: .* is not known"):
        formulation_of(typed, "PAA", 8)


def test_a_charge_of_vanadium_that_is_not_there_names_vanadyl_too():
    with pytest.raises(InputError, match="of V ionlink knows VO2\\+ and V3\\+"):
        formulation_of("V4+", "PAA", 8)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        *(
            (text, "Fe3\\+")
            for text in ("iron(III)", "iron III", "Iron 3+", "ferric", "Ferric ion", "FeCl3", "Fe(NO3)3·9H2O")
        ),
        ("iron", "Fe2\\+ or Fe3\\+"),
        ("ferrous", "Fe2\\+"),
        ("aluminium", "Al3\\+"),
        ("NaCl", "Na\\+"),
    ],
)
def test_what_is_meant_by_a_name_or_a_salt_is_suggested(typed, meant):
    with pytest.raises(InputError, match=rf"^cation: '.*' is not known; did you mean {meant}\?$"):
        formulation_of(typed, "PAA", 8)


@pytest.mark.parametrize("typed", ["Ag+", "Ag1+", "Ag(I)", "ag +1"])
def test_a_single_charge_is_not_counted(typed):
    assert formulation_of(typed, "PAA", 8).cation == "Ag+"


def test_superscripts_and_spaces_do_no_harm():
    assert formulation_of(" Fe³⁺ ", "PF‑COO⁻", 60) == Formulation(cation="Fe3+", ligand="PF-COO", ratio=60)


@pytest.mark.parametrize("ligand", ligands().values(), ids=lambda ligand: ligand.name)
def test_every_synonym_means_its_ligand(ligand):
    for name in (ligand.name, ligand.full_name, *ligand.synonyms):
        for typed in (name, name.upper(), name.replace(" ", ""), f" {name} "):
            assert formulation_of("Fe3+", typed, 1).ligand == ligand.name


def test_canonical_names_are_fixed_points():
    for cation in cations():
        for ligand in ligands():
            made = formulation_of(cation, ligand, 12.5)
            assert made == Formulation(cation=cation, ligand=ligand, ratio=12.5)


def test_a_charge_that_the_element_does_not_have_names_those_it_has():
    with pytest.raises(InputError, match="'Fe4\\+' is not known; of Fe ionlink knows Fe2\\+ and Fe3\\+"):
        formulation_of("Fe4+", "PAA", 8)


@pytest.mark.parametrize(("typed", "known"), [("Ca2", "Ca2+"), ("Fe3", "Fe2+ and Fe3+"), ("mg 2", "Mg2+")])
def test_a_charge_whose_sign_was_forgotten_names_those_of_the_element(typed, known):
    with pytest.raises(InputError, match=rf"'{typed}' is not known; of \w\w ionlink knows {re.escape(known)}$"):
        cation_name(typed)


def test_an_element_without_charge_is_not_guessed():
    with pytest.raises(InputError, match="of Fe ionlink knows Fe2\\+ and Fe3\\+"):
        formulation_of("Fe", "PAA", 8)


@pytest.mark.parametrize("typed", ["Au1+", "Xx3+", "ironic", "", "+", "Fe3-", "Fe 3+ Ca2+"])
def test_an_unknown_cation_is_refused_with_those_that_exist(typed):
    with pytest.raises(InputError, match="the cations are Li\\+, Na\\+"):
        formulation_of(typed, "PAA", 8)


def test_a_mistyped_ligand_is_refused_with_the_closest():
    with pytest.raises(InputError, match="did you mean alginate"):
        formulation_of("Fe3+", "alginat", 8)
    with pytest.raises(InputError, match="the ligands are PAA, "):
        formulation_of("Fe3+", "nylon", 8)


@pytest.mark.parametrize(
    ("typed", "smiles"),
    [
        ("acetate", "CC(=O)O"),
        ("Acetic acid", "CC(=O)O"),
        ("EDTA", "O=C(O)CN(CCN(CC(=O)O)CC(=O)O)CC(=O)O"),
        ("oxalate", "O=C(O)C(=O)O"),
    ],
)
def test_small_molecules_have_names(typed, smiles):
    assert ligand_or_molecule_name(typed) == smiles
    with pytest.raises(InputError) as error:
        formulation_of("Fe3+", typed, 8)
    assert error.value.faults == (f"ligand: '{typed}' is the small molecule {smiles}; give a polymer, such as PAA",)


@pytest.mark.parametrize("ratio", [0, -1, math.nan, math.inf, -math.inf, "60", None, True])
def test_an_impossible_ratio_is_refused(ratio):
    with pytest.raises(InputError, match=r"^ratio: .*donor groups per cation"):
        formulation_of("Fe3+", "PAA", ratio)


def test_all_faults_come_at_once():
    with pytest.raises(InputError) as error:
        formulation_of("Fe4+", "nylon", 0)
    assert [fault.partition(":")[0] for fault in error.value.faults] == ["cation", "ligand", "ratio"]


@settings(deadline=None)
@given(st.text(alphabet=string.printable + "³⁺₂−γ", max_size=12))
def test_any_text_either_reads_as_a_cation_or_does_not(text):
    parsed = parse_cation(text)
    assert parsed is None or (parsed[0].isalpha() and 0 <= parsed[1] <= 12)
    assert name_key(text) == name_key(name_key(text))
