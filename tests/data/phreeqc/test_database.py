"""Databases in PHREEQC's format: what is read of them, and what is refused."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionlink.data import InputError
from ionlink.data.phreeqc.database import read_database
from ionlink.data.phreeqc.formation import formations
from ionlink.data.phreeqc.formula import read_species
from ionlink.data.phreeqc.ligands import PhreeqcLigand, identity_faults, load_phreeqc_ligands
from ionlink.data.phreeqc.reaction import read_equation
from ionlink.data.phreeqc.stability import one_to_one_complexes

MASTERS = """
SOLUTION_MASTER_SPECIES
#element species alk gfw_formula element_gfw
H       H+           -1  H       1.0079
O       H2O           0  O       16
Ca      Ca+2          0  Ca      40.078
Cr      Cr(OH)2+      0  Cr      51.996
Acetate Acetate-      1  59.045  59.045
Sal     HSal-         1  136.107 136.107
SOLUTION_SPECIES
"""
IDENTITIES = "".join(f"{name} = {name}\n\tlog_k 0\n" for name in ("H+", "H2O", "Ca+2", "Cr(OH)2+", "Acetate-", "HSal-"))
ACETIC_ACID = PhreeqcLigand(database="x", species="Acetate-", smiles="CC(=O)O", name="acetic acid", source="here")
SALICYLIC_ACID = PhreeqcLigand(database="x", species="Sal-2", smiles="O=C(O)c1ccccc1O", name="x", source="here")


def database(reactions, head=MASTERS + IDENTITIES):
    return read_database(head + reactions, "x.dat")


@pytest.mark.parametrize(
    ("text", "elements", "charge"),
    [
        ("Ca+2", {"Ca": 1}, 2),
        ("OH-", {"O": 1, "H": 1}, -1),
        ("e-", {}, -1),
        ("Fe(OH)2(Edta)-3", {"Fe": 1, "O": 2, "H": 2, "Edta": 1}, -3),
        ("CoH2Citrate+", {"Co": 1, "H": 2, "Citrate": 1}, 1),
        ("Cu(Two_picoline)2+2", {"Cu": 1, "Two_picoline": 2}, 2),
        ("(UO2)2(Cit)(OH)2-", {"U": 2, "O": 6, "H": 2, "Cit": 1}, -1),
        ("UO2(OH)2", {"U": 1, "O": 4, "H": 2}, 0),
    ],
)
def test_species_are_read(text, elements, charge):
    species = read_species(text)
    assert (dict(species.elements), species.charge) == (elements, charge)


@pytest.mark.parametrize("text", ["", "ca+2", "Ca(OH", "Ca)2", "2Ca", "Ca++", "Ca+2 ", "Fe*"])
def test_what_is_no_species_is_refused(text):
    with pytest.raises(InputError, match="is not a species"):
        read_species(text)


@given(
    st.dictionaries(st.sampled_from(["Ca", "Fe", "Edta", "Two_picoline"]), st.integers(1, 9), min_size=1),
    st.integers(-6, 6),
)
def test_a_species_written_from_its_elements_reads_back(elements, charge):
    formula = "".join(f"({element}){count if count > 1 else ''}" for element, count in elements.items())
    species = read_species(f"{formula}{charge:+d}" if charge else formula)
    assert (dict(species.elements), species.charge) == (elements, charge)


@pytest.mark.parametrize(
    ("equation", "species", "reactants"),
    [
        ("Ca+2 + Edta-4 = Ca(Edta)-2", "Ca(Edta)-2", {"Ca+2": 1, "Edta-4": 1}),
        ("Al+3 - 2 H+ + Cit-3 + 2 H2O = X", "X", {"Al+3": 1, "H+": -2, "Cit-3": 1, "H2O": 2}),
        ("- H+ + Am+3 + H2O = Am(OH)+2", "Am(OH)+2", {"H+": -1, "Am+3": 1, "H2O": 1}),
        ("Hg(OH)2 + 2H+ = Hg+2 + 2H2O", "Hg+2", {"Hg(OH)2": 1, "H+": 2, "H2O": -2}),
        ("2 Cu+2 = 2 X + 1.0 H+", "X", {"Cu+2": 1, "H+": Fraction(-1, 2)}),
        ("H+ + e- = X", "X", {"H+": 1, "e-": 1}),
    ],
)
def test_equations_are_read(equation, species, reactants):
    assert read_equation(equation) == (species, reactants)


@pytest.mark.parametrize("equation", ["Ca+2 + Edta-4", "Ca+2 + = CaX", "Ca+2 Mg+2 = X", "Ca+2 ="])
def test_what_is_no_equation_is_refused(equation):
    with pytest.raises(InputError, match=r"is not (a reaction|an amount of a species)"):
        read_equation(equation)


@pytest.mark.parametrize(
    "spelling",
    ["log_k 1.18", "-log_k 1.18", "logk 1.18", "-logk  1.18", "log_K\t1.18", "-log_K +1.18", "LOG_K 118e-2 # NIST"],
)
def test_every_spelling_of_log_k_is_read(spelling):
    read = database(f"Ca+2 + Acetate- = Ca(Acetate)+\n    {spelling}\n    -gamma 0 0\n")
    assert read.reactions["Ca(Acetate)+"].log_k == Fraction("1.18")


def test_comments_and_enthalpy_are_kept():
    text = "Ca+2 + Acetate- = Ca(Acetate)+\n log_k 1.18 # 95DER/DIG\n delta_h 4 kJ\n # log K source: NIST46.4\n"
    reaction = database(text).reactions["Ca(Acetate)+"]
    assert (reaction.remark, reaction.remarks, reaction.delta_h) == ("95DER/DIG", ("log K source: NIST46.4",), 4)
    assert reaction.where == f"x.dat line {(MASTERS + IDENTITIES).count(chr(10)) + 1}"


def test_the_later_definition_of_a_species_holds():
    first, second = (f"Ca+2 + Acetate- = Ca(Acetate)+\n log_k {value}\n" for value in (1, 2))
    assert database(first + second).reactions["Ca(Acetate)+"].log_k == 2


def test_other_blocks_are_not_read():
    assert "Ca(Acetate)2" not in database("PHASES\nCalcium\n Ca(Acetate)2 = Ca+2 + 2 Acetate-\n log_k 1\n").reactions


def test_every_faulty_reaction_is_named_with_its_line():
    text = (
        "Ca+2 + Acetate- = Ca(Acetate)\n log_k 1\n"
        "Ca+2 + 2 Acetate- = Ca(Acetate)+\n log_k 1\n"
        "Ca+2 + 2 Acetate- = Ca(Acetate)2\n delta_h 1\n"
        "Ca+2 + Acetate- = ca(Acetate)+\n log_k 1\n"
        "Ca+2 + H2O = CaOH+ + H+\n log_k 1\n -add_logk other 1\n"
    )
    with pytest.raises(InputError) as error:
        database(text)
    expected = [
        "charge by -1",
        "Acetate by -1",
        "must have one line log_k",
        "is not a species",
        "none that adds others",
    ]
    assert len(error.value.faults) == len(expected)
    for fault, part in zip(error.value.faults, expected, strict=True):
        assert fault.startswith("x.dat line ")
        assert part in fault


def test_an_unbalanced_reaction_that_the_database_does_not_check_is_left_out():
    text = "Ca+2 + 2 Acetate- = Ca(Acetate)+\n log_k 1\n -no_check\n"
    assert "Ca(Acetate)+" not in database(text).reactions


def test_a_species_without_a_reaction_or_formed_from_itself_is_refused():
    with pytest.raises(InputError, match=r"'Mg\+2' has no reaction"):
        formations(database("Mg+2 + Acetate- = Mg(Acetate)+\n log_k 1\n"))
    circle = "Ca+2 + H2O = CaOH+ + H+\n log_k -12\nCaOH+ + H+ = Ca+2 + H2O\n log_k 12\n"
    with pytest.raises(InputError, match="formed from each other"):
        formations(database(circle))


def test_k1_is_of_the_bare_cation_and_the_fully_deprotonated_ligand():
    """ML written with another master species of the metal and with a protonated ligand."""
    text = (
        "Cr(OH)2+ + 2 H+ = Cr+3 + 2 H2O\n log_k 9.5\n"
        "HSal- = Sal-2 + H+\n log_k -13.5\n"
        "Cr(OH)2+ + HSal- + H+ = Cr(Sal)+ + 2 H2O\n log_k 10\n"
        "Cr(OH)2+ + HSal- = Cr(OH)(Sal) + H2O\n log_k 5\n"
        "Ca+2 + HSal- = Ca(HSal)+\n log_k 0.2\n"
    )
    (found,) = one_to_one_complexes(database(text), (SALICYLIC_ACID,))
    assert (found.cation, found.reaction.species) == ("Cr3+", "Cr(Sal)+")
    # Cr+3 + Sal-2 = Cr(Sal)+: 10 - 9.5 + 13.5
    assert found.log_k1 == 14
    assert found.written_with == ("Cr(OH)2+", "H+", "H2O", "HSal-")


def test_complexes_with_more_than_one_ligand_hydroxide_or_proton_are_no_k1():
    text = (
        "Ca+2 + Acetate- = Ca(Acetate)+\n log_k 1.18\n"
        "Ca+2 + 2 Acetate- = Ca(Acetate)2\n log_k 2\n"
        "Ca+2 + Acetate- + H+ = CaH(Acetate)+2\n log_k 3\n"
        "Ca+2 + Acetate- + H2O = CaOH(Acetate) + H+\n log_k -9\n"
        "2 Ca+2 + Acetate- = Ca2(Acetate)+3\n log_k 3\n"
        "H+ + Acetate- = H(Acetate)\n log_k 4.757\n"
    )
    (found,) = one_to_one_complexes(database(text), (ACETIC_ACID,))
    assert (found.cation, found.log_k1) == ("Ca2+", Fraction("1.18"))


def test_two_species_of_the_metal_that_fit_are_refused():
    text = "Ca+2 = (Ca)+2\n log_k 1\nCa+2 + Acetate- = Ca(Acetate)+\n log_k 1.18\n"
    with pytest.raises(InputError, match=r"may be of Ca\+2 or \(Ca\)\+2"):
        one_to_one_complexes(database(text), (ACETIC_ACID,))


def test_vanadyl_and_dioxovanadium_are_told_apart():
    """PHREEQC's VO2+ is the dioxovanadium(V) ion; ours is vanadyl(IV)."""
    text = "VO+2 = VO+2\n log_k 0\nVO2+ = VO2+\n log_k 0\n"
    text += "VO+2 + Acetate- = VO(Acetate)+\n log_k 2\nVO2+ + Acetate- = VO2(Acetate)\n log_k 3\n"
    named = {known.metal: known.cation for known in one_to_one_complexes(database(text), (ACETIC_ACID,))}
    assert named == {"VO+2": "VO2+", "VO2+": None}


def test_a_ligand_of_plain_elements_is_told_from_oxygen_in_the_metal_and_from_what_it_forms():
    """VO+2 shares oxygen with sulfate and is a cation; FeSO4+ is a complex, to which acetate makes a ternary one."""
    masters = "".join(f"{name} = {name}\n log_k 0\n" for name in ("VO+2", "Fe+3", "SO4-2", "Acetate-", "H2O", "H+"))
    text = (
        "Fe+3 + SO4-2 = FeSO4+\n log_k 4\nVO+2 + SO4-2 = VOSO4\n log_k 2.4\nVO+2 + Acetate- = VO(Acetate)+\n log_k 2\n"
        "Fe+3 + SO4-2 + Acetate- = FeSO4(Acetate)\n log_k 7\nSO4-2 + H+ = HSO4-\n log_k 2\n"
    )
    sulfuric_acid = PhreeqcLigand(database="x", species="SO4-2", smiles="O=S(=O)(O)O", name="x", source="here")
    found = one_to_one_complexes(database(text, "SOLUTION_SPECIES\n" + masters), (sulfuric_acid, ACETIC_ACID))
    assert {(known.cation, known.reaction.species) for known in found} == {
        ("Fe3+", "FeSO4+"),
        ("VO2+", "VOSO4"),
        ("VO2+", "VO(Acetate)+"),
    }


@pytest.mark.parametrize(
    ("ligand", "fault"),
    [
        (ACETIC_ACID.model_copy(update={"smiles": "O=CO"}), "weighs 59.05 g/mol there, O=CO with charge -1"),
        (ACETIC_ACID.model_copy(update={"species": "Acetat-"}), "the database has no such species"),
        (SALICYLIC_ACID.model_copy(update={"species": "HSal-"}), "Sal-2 has fewer hydrogens"),
    ],
)
def test_a_molecule_that_is_not_the_ligand_is_refused(ligand, fault):
    read = database("HSal- = Sal-2 + H+\n log_k -13.5\n")
    assert any(fault in line for line in identity_faults(ligand, read))


def test_the_right_molecules_are_not_refused():
    read = database("HSal- = Sal-2 + H+\n log_k -13.5\n")
    assert not [fault for ligand in (ACETIC_ACID, SALICYLIC_ACID) for fault in identity_faults(ligand, read)]


@pytest.mark.parametrize("smiles", ["CC(=O)[O-]", "OC(C)=O", "C(", "[Na+].CC(=O)[O-]"])
def test_a_smiles_that_is_not_canonical_and_neutral_is_refused_by_row(tmp_path, smiles):
    path = tmp_path / "ligands.csv"
    path.write_text(f"database,species,smiles,name,source\nx.dat,Acetate-,{smiles},acetic acid,here\n", "utf-8")
    with pytest.raises(InputError, match=r"ligands.csv row 2, smiles: "):
        load_phreeqc_ligands(path)
