"""The cation table against two independent compilations."""

import warnings
from functools import cache

import mendeleev
import pytest
from pymatgen.core import Species

from ionlink.data import Cation, InputError, cation_properties, cations
from ionlink.data.cation_table import FIELDS, load_cations

element = cache(mendeleev.element)  # each costs a database query of about a second

ROMAN = {4: "IV", 6: "VI", 8: "VIII", 9: "IX"}
EVERY_CATION = pytest.mark.parametrize("cation", cations().values(), ids=lambda cation: cation.name)


def pymatgen_radius_angstrom(cation: Cation, kind: str) -> float:
    spin = {"high": "High Spin", "low": "Low Spin", None: ""}[cation.spin]
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*Shannon.*|.*spin.*")  # pymatgen would fall back to another spin
        return Species(cation.element, cation.charge).get_shannon_radius(ROMAN[cation.coordination_number], spin, kind)


def mendeleev_radius_angstrom(cation: Cation) -> float:
    spin = {"high": "HS", "low": "LS", None: ""}[cation.spin]
    (found,) = (
        radius.ionic_radius
        for radius in element(cation.element).ionic_radii
        if (radius.charge, radius.coordination, radius.spin or "")
        == (cation.charge, ROMAN[cation.coordination_number], spin)
    )
    return found / 100  # pm


@EVERY_CATION
def test_radius_is_the_effective_ionic_one_of_shannon(cation):
    assert cation.ionic_radius_angstrom == pytest.approx(pymatgen_radius_angstrom(cation, "ionic"), abs=1e-6)
    assert cation.ionic_radius_angstrom == pytest.approx(mendeleev_radius_angstrom(cation), abs=1e-6)


@EVERY_CATION
def test_radius_is_not_the_crystal_radius(cation):
    assert pymatgen_radius_angstrom(cation, "crystal") - cation.ionic_radius_angstrom == pytest.approx(0.14, abs=1e-6)


@EVERY_CATION
def test_hardness_and_electronegativity_agree_with_mendeleev(cation):
    assert cation.hardness_ev == pytest.approx(element(cation.element).hardness(charge=cation.charge), abs=0.006)
    assert cation.electronegativity_pauling == pytest.approx(element(cation.element).en_pauling, abs=0.006)


def test_the_cations_that_a_campaign_needs_are_there():
    model_case = {"Mg2+", "Ca2+", "Fe3+", "In3+", "Zr4+"}
    without_ion_parameters = {"Ti4+", "Sn4+"}
    assert model_case | without_ion_parameters | {"Al3+", "Zn2+"} <= set(cations())
    assert len(cations()) >= 12


def test_iron_iii_is_high_spin_and_its_ionic_potential_follows():
    iron = cations()["Fe3+"]
    assert (iron.spin, iron.coordination_number) == ("high", 6)
    assert iron.ionic_potential_e_per_angstrom == pytest.approx(3 / 0.645)


def test_every_property_has_a_source():
    assert {prop.property for prop in cation_properties()} == set(FIELDS)
    assert all(prop.source == "definition" or prop.source.startswith("doi:10.") for prop in cation_properties())


def test_the_table_cannot_be_changed_by_who_reads_it():
    with pytest.raises(TypeError):
        cations()["Fe4+"] = cations()["Fe3+"]
    with pytest.raises(ValueError, match="frozen"):
        cations()["Fe3+"].charge = 4


def write(tmp_path, *rows):
    path = tmp_path / "cations.csv"
    path.write_text("\n".join(["cation,property,value,unit,source,note", *rows]) + "\n", encoding="utf-8")
    return path


GOOD = ("Fe3+,charge,3,e,s,", "Fe3+,coordination_number,6,1,s,", "Fe3+,ionic_radius,0.645,angstrom,s,")


def test_what_nobody_measured_is_missing(tmp_path):
    iron = load_cations(write(tmp_path, *GOOD))["Fe3+"]
    assert iron.hardness_ev is None
    assert iron.electronegativity_pauling is None


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("Fe3+,hardnes,12,eV,s,", "row 5, property: 'hardnes' is unknown"),
        ("Fe3+,hardness,12,kJ/mol,s,", "row 5, unit: 'kJ/mol' where hardness is in 'eV'"),
        ("Fe3+,charge,3,e,s,", "row 5, property: Fe3+ has charge twice"),
        ("Fe3+,hardness,12,eV,,", "row 5, source: is missing"),
        ("Fe3+,hardness,twelve,eV,s,", "Fe3+, hardness_ev: Input should be a valid number"),
        ("Fe3+,spin,up,,s,", "Fe3+, spin: Input should be 'high' or 'low'"),
        ("Ca2+,charge,2,e,s,", "Ca2+, coordination_number: is missing"),
        ("Fe3+,hardness,12,eV", "row 5: has 4 cells where the header has 6"),
    ],
)
def test_a_faulty_table_is_refused_with_file_row_and_field(tmp_path, row, fault):
    with pytest.raises(InputError) as error:
        load_cations(write(tmp_path, *GOOD, row))
    assert any(fault in line and line.startswith("cations.csv") for line in error.value.faults), error.value.faults


def test_a_name_that_contradicts_the_charge_is_refused(tmp_path):
    rows = [row.replace("Fe3+", "Fe2+") for row in GOOD]
    with pytest.raises(InputError, match="named Fe2\\+ but its charge is 3"):
        load_cations(write(tmp_path, *rows))


def test_all_faults_come_at_once(tmp_path):
    with pytest.raises(InputError) as error:
        load_cations(write(tmp_path, *GOOD, "Fe3+,a,1,e,s,", "Fe3+,b,1,e,s,", "Fe3+,spin,up,,s,"))
    assert len(error.value.faults) == 3
