"""The shipped stability constants: derived from the databases anew, against PHREEQC itself, and as chemistry."""

import csv
import importlib.util
import re

import pytest

from ionlink.data import cations, stability_constants
from ionlink.data.molecule import read_molecule
from ionlink.data.observation_table import load_observations
from ionlink.data.phreeqc.formula import read_species
from ionlink.data.phreeqc.ligands import load_phreeqc_ligands
from ionlink.data.phreeqc.sources import COMPILATIONS
from ionlink.data.phreeqc.table import TABLE, phreeqc_folder, read_complexes, stability_table

needs_phreeqc = pytest.mark.skipif(
    importlib.util.find_spec("phreeqc") is None, reason="the package phreeqc is not installed (extra dev)"
)

ACETATE = "CC(=O)O"
CITRATE = "O=C(O)CC(O)(CC(=O)O)C(=O)O"
EDTA = "O=C(O)CN(CCN(CC(=O)O)CC(=O)O)CC(=O)O"
GLYCINE = "NCC(=O)O"
SULFATE = "O=S(=O)(O)O"
AMMONIA = "N"
INORGANIC = {SULFATE, AMMONIA, "O=P(O)(O)OP(=O)(O)O"}
ETHYLENEDIAMINE = "NCCN"


@pytest.fixture(scope="module")
def shipped():
    return load_observations(TABLE)


def values(shipped, ligand, database="minteq"):
    return {
        known.formulation.cation: known.value
        for known in shipped
        if known.formulation.ligand == ligand and database in known.source
    }


@needs_phreeqc
def test_the_shipped_table_is_what_the_databases_give():
    assert stability_table(phreeqc_folder()).text == TABLE.read_text(encoding="utf-8")


@needs_phreeqc
@pytest.mark.parametrize("compilation", COMPILATIONS, ids=lambda compilation: compilation.file)
def test_every_constant_is_the_one_that_phreeqc_computes(compilation):
    """PHREEQC speciates a trace of everything; K1 is then a quotient of the activities it finds."""
    found = read_complexes(phreeqc_folder() / compilation.file, load_phreeqc_ligands())
    activity = log_activities(compilation.file, found)
    assert len(found) > 100
    for known in found:
        quotient = activity[known.reaction.species] - activity[known.metal] - activity[known.ligand.species]
        assert quotient == pytest.approx(float(known.log_k1), abs=1e-4), known.reaction.equation


def log_activities(file, complexes):
    """log10 of the activity of every species of `complexes` in a very dilute solution at 25 degC."""
    import phreeqc

    names = sorted(
        {name for known in complexes for name in (known.metal, known.ligand.species, known.reaction.species)}
    )
    elements = {element for name in names for element in read_species(name).elements} - {"H", "O"}
    lines = ["SOLUTION 1", "temp 25", "pH 7", "units mol/kgw", *(f"{element} 1e-12" for element in sorted(elements))]
    lines += ["SELECTED_OUTPUT 1", "-reset false", "-high_precision true"]
    lines += ["USER_PUNCH 1", f"-headings {' '.join(names)}", "-start"]
    lines += [f'{number} PUNCH LA("{name}")' for number, name in enumerate(names, start=1)]
    engine = phreeqc.Phreeqc()
    assert engine.LoadBuiltInDatabase(file) == 0
    assert engine.RunString("\n".join([*lines, "-end", "END\n"])) == 0, engine.GetErrorString()
    return {name: column[-1] for name, column in engine.GetSelectedOutput().items()}


@needs_phreeqc
def test_no_organic_complex_of_zirconium_hafnium_titanium_or_tin_four_is_known():
    """The data card says so: what a model predicts for them is extrapolation."""
    ligands = [ligand for ligand in load_phreeqc_ligands() if ligand.smiles not in INORGANIC]
    assert all("C" in read_molecule(ligand.smiles).formula for ligand in ligands)
    metals = {known.metal for c in COMPILATIONS for known in read_complexes(phreeqc_folder() / c.file, ligands)}
    assert {"Sn+2", "Th+4"} <= metals
    assert not metals & {"Zr+4", "Hf+4", "Ti+4", "Sn+4"}


def test_zirconium_and_hafnium_are_known_with_sulfate_only(shipped):
    of_four = [known.formulation for known in shipped if known.formulation.cation in {"Zr4+", "Hf4+", "Ti4+", "Sn4+"}]
    assert {(known.cation, known.ligand) for known in of_four} == {("Zr4+", SULFATE), ("Hf4+", SULFATE)}


def test_organic_complexes_of_tetravalent_cations_are_those_of_actinides(shipped):
    found = {
        known.formulation.cation
        for known in shipped
        if cations()[known.formulation.cation].charge == 4 and known.formulation.ligand not in INORGANIC
    }
    assert found == {"Th4+", "U4+", "Np4+", "Pu4+"}


@needs_phreeqc
def test_what_a_database_only_estimates_is_left_out():
    table = stability_table(phreeqc_folder())
    assert {"Eu(Edta)-", "Mg(HIsa)+"} <= set(table.estimated)
    assert "Eu(Edta)-" not in table.text
    assert not set(table.unknown_metals) & {"Fe+3", "Ca+2", "Cu+2"}


def test_every_row_is_a_constant_of_a_known_cation_and_a_neutral_molecule(shipped):
    for known in shipped:
        assert (known.outcome, known.level, known.formulation.ratio) == ("log_k1", "equilibrium", None)
        assert known.formulation.cation in cations()
        assert read_molecule(known.formulation.ligand).smiles == known.formulation.ligand
        assert known.conditions.startswith("ionic_strength=0 mol/L; ligand_charge=")
        assert known.standard_error is None
        assert -1 < known.value < 45


def test_the_table_is_part_of_the_knowledge_base(shipped):
    assert set(shipped) <= set(stability_constants())


def test_how_many_pairs_are_known(shipped):
    assert len({(known.formulation.cation, known.formulation.ligand) for known in shipped}) >= 350


@pytest.mark.parametrize(
    ("cation", "ligand", "database", "log_k1"),
    [
        ("Ca2+", EDTA, "minteq", 12.42),
        ("Ca2+", EDTA, "sit.dat", 12.69),
        ("Cu2+", EDTA, "minteq", 20.5),
        ("Fe3+", EDTA, "minteq", 27.7),
        ("Ca2+", CITRATE, "minteq", 4.87),
        ("Ca2+", CITRATE, "sit.dat", 4.8),
        ("Cu2+", CITRATE, "minteq", 7.57),
        ("Fe3+", CITRATE, "minteq", 13.1),
        ("Ca2+", ACETATE, "minteq", 1.18),
        ("Cu2+", ACETATE, "minteq", 2.21),
        ("Fe3+", ACETATE, "minteq", 4.0234),
        # Hg(OH)2 + Edta-4 + 2 H+ = Hg(Edta)-2 + 2 H2O, 29.3; Hg(OH)2 + 2 H+ = Hg+2 + 2 H2O, 6.194
        ("Hg2+", EDTA, "minteq", 23.106),
        # Cr(OH)2+ + Edta-4 + 2 H+ = Cr(Edta)- + 2 H2O, 35.5; Cr(OH)2+ + 2 H+ = Cr+3 + 2 H2O, 9.5688
        ("Cr3+", EDTA, "minteq", 25.9312),
        # Cu+2 + NH4+ = CuNH3+2 + H+, -5.234; NH4+ = NH3 + H+, -9.244
        ("Cu2+", AMMONIA, "minteq", 4.01),
        ("VO2+", SULFATE, "minteq", 2.44),
        ("Zr4+", SULFATE, "sit.dat", 7.04),
        ("Pu4+", EDTA, "sit.dat", 31.8),
    ],
)
def test_constants_are_those_in_the_text_of_the_databases(shipped, cation, ligand, database, log_k1):
    assert values(shipped, ligand, database)[cation] == log_k1


@pytest.mark.parametrize("ligand", [GLYCINE, ETHYLENEDIAMINE, EDTA])
def test_divalent_metals_follow_irving_and_williams(shipped, ligand):
    """Mn < Fe < Co < Ni < Cu > Zn, doi:10.1039/jr9530003192."""
    log_k1 = values(shipped, ligand)
    series = [log_k1[cation] for cation in ("Mn2+", "Fe2+", "Co2+", "Ni2+", "Cu2+")]
    assert series == sorted(series)
    assert log_k1["Zn2+"] < log_k1["Cu2+"]


def test_iron_is_bound_more_strongly_when_it_has_one_charge_more(shipped):
    for ligand in (EDTA, CITRATE):
        log_k1 = values(shipped, ligand, "sit.dat")
        assert log_k1["Fe3+"] > log_k1["Fe2+"] + 5


def test_both_databases_are_kept_where_both_have_a_pair(shipped):
    both = [known for known in shipped if (known.formulation.cation, known.formulation.ligand) == ("Ni2+", EDTA)]
    assert [known.value for known in both] == [20.1, 20.54]


def test_what_contradicts_another_database_says_so(shipped):
    conflicting = {
        (known.formulation.cation, known.formulation.ligand) for known in shipped if "conflicting" in known.evidence
    }
    assert conflicting == {
        ("Fe3+", "O=C(O)CN(CC(=O)O)CC(=O)O"),
        ("Pb2+", EDTA),
        ("Sn2+", EDTA),
        ("Cr3+", SULFATE),
    }


def test_what_has_no_known_origin_or_conditions_is_trusted_less(shipped):
    untraced = [known for known in shipped if "SCD2.62" in known.source or "not stated" in known.source]
    assert len(untraced) == 44
    assert all("secondary" in known.evidence and known.trust < 1 for known in untraced)


def test_what_was_moved_from_beyond_the_davies_equation_is_trusted_less():
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    moved = [(row, re.search(r"measured at ([\d.]+) mol/L .* moved to 0 mol/L by", row["note"])) for row in rows]
    far = [row for row, strength in moved if strength and float(strength[1]) > 0.5]
    assert len(far) == 13
    assert far == [row for row in rows if "davies_extrapolated" in row["evidence"]]
    assert sum(1 for _, strength in moved if strength) > len(far)


def test_a_constant_that_could_not_be_moved_to_25_degrees_keeps_its_temperature(shipped):
    iron = next(known for known in shipped if (known.formulation.cation, known.formulation.ligand) == ("Fe3+", ACETATE))
    assert iron.conditions.endswith("temperature=20 degC")
    others = {known.conditions.rpartition("=")[2] for known in shipped}
    assert others == {"20 degC", "22 degC", "25 degC", "30 degC", "35 degC"}
