"""The cation table against two independent compilations."""

import math
import re
import warnings
from functools import cache

import mendeleev
import pytest
from pymatgen.core import Element, Species
from scipy.stats import spearmanr

from ionlink.data import Cation, InputError, cation_properties, cations
from ionlink.data.cation_table import FIELDS, load_cations
from ionlink.data.spelling import cation_symbol

element = cache(mendeleev.element)  # each costs a database query of about a second

ROMAN = {4: "IV", 6: "VI", 8: "VIII", 9: "IX"}
SQUARE_PLANAR = {"Pd2+"}
SPIN_PYMATGEN = {"high": "High Spin", "low": "Low Spin", None: ""}
SPIN_MENDELEEV = {"high": "HS", "low": "LS", None: ""}
WITHOUT_RADIUS = {"Sn2+", "VO2+"}
"""Shannon gives none for tin(II), and radii are of single atoms."""

EVERY_CATION = pytest.mark.parametrize("cation", cations().values(), ids=lambda cation: cation.name)
EVERY_MONATOMIC = pytest.mark.parametrize(
    "cation", [x for x in cations().values() if x.name != "VO2+"], ids=lambda cation: cation.name
)
EVERY_RADIUS = pytest.mark.parametrize(
    ("cation", "site", "radius"),
    [
        pytest.param(cation, site, radius, id=f"{cation.name}-{site}")
        for cation in cations().values()
        if cation.name not in WITHOUT_RADIUS
        for site, radius in (
            (
                "IVSQ" if cation.name in SQUARE_PLANAR else ROMAN[cation.coordination_number],
                cation.ionic_radius_angstrom,
            ),
            ("VI", cation.octahedral_radius_angstrom),
        )
    ],
)


def pymatgen_radius_angstrom(cation: Cation, site: str, kind: str) -> float:
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*Shannon.*|.*spin.*")  # pymatgen would fall back to another spin
        return Species(cation.element, cation.charge).get_shannon_radius(site, SPIN_PYMATGEN[cation.spin], kind)


def mendeleev_radius_angstrom(cation: Cation, site: str) -> float:
    wanted = (cation.charge, site, SPIN_MENDELEEV[cation.spin])
    (found,) = (
        radius.ionic_radius
        for radius in element(cation.element).ionic_radii
        if (radius.charge, radius.coordination, radius.spin or "") == wanted
    )
    return found / 100  # pm


@EVERY_RADIUS
def test_radius_is_the_effective_ionic_one_of_shannon(cation, site, radius):
    assert radius == pytest.approx(pymatgen_radius_angstrom(cation, site, "ionic"), abs=1e-6)
    assert radius == pytest.approx(mendeleev_radius_angstrom(cation, site), abs=1e-6)


@EVERY_RADIUS
def test_radius_is_not_the_crystal_radius(cation, site, radius):
    assert pymatgen_radius_angstrom(cation, site, "crystal") - radius == pytest.approx(0.14, abs=1e-6)


def test_what_has_no_radius_has_none_and_nothing_that_follows_from_it():
    for cation in cations().values():
        derived = (
            cation.ionic_radius_angstrom,
            cation.octahedral_radius_angstrom,
            cation.ionic_potential_e_per_angstrom,
            cation.z2_over_r_e2_per_angstrom,
            cation.misono_softness_angstrom,
        )
        assert {value is None for value in derived} == {cation.name in WITHOUT_RADIUS}


@EVERY_MONATOMIC
def test_ionisation_energies_and_hardness_agree_with_mendeleev(cation):
    energies = element(cation.element).ionenergies
    assert cation.electron_affinity_ev == pytest.approx(energies[cation.charge], abs=1e-6)
    assert cation.ionisation_energy_ev == pytest.approx(energies[cation.charge + 1], abs=1e-6)
    assert cation.hardness_ev == pytest.approx(element(cation.element).hardness(charge=cation.charge), abs=1e-6)


@EVERY_MONATOMIC
def test_hardness_agrees_with_pymatgen(cation):
    energies = Element(cation.element).ionization_energies
    expected = (energies[cation.charge] - energies[cation.charge - 1]) / 2
    assert cation.hardness_ev == pytest.approx(expected, abs=1e-6)


COMPILATIONS_DIFFER = {"Tl": 1.62, "Hg": 2.00, "Pb": 2.33, "Lu": 1.27, "Bi": 2.02, "U": 1.38, "Np": 1.36, "Pu": 1.28}
"""What pymatgen has where it differs from the handbook that the table and mendeleev follow; the notes say so."""


@EVERY_CATION
def test_electronegativity_agrees_with_mendeleev_and_pymatgen(cation):
    known = element(cation.element).en_pauling
    assert (cation.electronegativity_pauling is None) == (known is None)
    if known is not None:
        assert cation.electronegativity_pauling == pytest.approx(known, abs=0.006)
        other = COMPILATIONS_DIFFER.get(cation.element, cation.electronegativity_pauling)
        assert other == pytest.approx(Element(cation.element).X, abs=0.006)


@EVERY_CATION
def test_d_electrons_are_those_of_the_configuration(cation):
    oxidation_state = 4 if cation.name == "VO2+" else cation.charge
    assert cation.d_electrons == valence_d_electrons(cation.element, oxidation_state)


def valence_d_electrons(symbol: str, oxidation_state: int) -> int:
    """By counting: electrons beyond the noble gas and a full f shell, s electrons leaving first."""
    core = max(z for z in (2, 10, 18, 36, 54, 86) if z < element(symbol).atomic_number)
    left = element(symbol).atomic_number - core - oxidation_state
    if left <= 0 or (core in (54, 86) and left < 14):
        return 0
    if core == 54:
        left -= 14
    return left if left <= 10 else 10


def named(*names: str) -> list[Cation]:
    return [cations()[name] for name in names]


def test_acidity_of_the_aqua_ions_follows_charge_and_size():
    acidity = [cation.log_k_hydrolysis for cation in named("Fe3+", "Al3+", "Zn2+", "Mg2+", "Ca2+", "Ba2+", "Na+")]
    assert acidity == sorted(acidity, reverse=True)
    known = [x for x in cations().values() if x.log_k_hydrolysis is not None and x.z2_over_r_e2_per_angstrom]
    rank = spearmanr([x.z2_over_r_e2_per_angstrom for x in known], [x.log_k_hydrolysis for x in known]).statistic
    assert rank > 0.75


def test_hydration_energy_grows_with_the_born_energy():
    known = [x for x in cations().values() if x.hydration_free_energy_kj_mol and x.octahedral_radius_angstrom]
    born = [x.charge**2 / x.octahedral_radius_angstrom for x in known]
    assert spearmanr(born, [-x.hydration_free_energy_kj_mol for x in known]).statistic > 0.95


def test_hydration_energies_have_the_double_hump_of_the_first_transition_row():
    """Two values of Mn2+ are in circulation, and two of Cr3+; the ligand field tells which are right."""
    calcium, manganese, nickel, zinc = (-x.hydration_free_energy_kj_mol for x in named("Ca2+", "Mn2+", "Ni2+", "Zn2+"))
    assert calcium < manganese < zinc < nickel
    scandium, chromium, iron = (-x.hydration_free_energy_kj_mol for x in named("Sc3+", "Cr3+", "Fe3+"))
    assert scandium < iron < chromium


def test_mercury_ii_is_reduced_to_mercury_i_first():
    """0.911 V (CRC Handbook: 0.920), where 0.853 V is of the metal."""
    (mercury,) = named("Hg2+")
    assert (mercury.reduction_product, mercury.reduction_potential_v) == ("Hg+", pytest.approx(0.92, abs=0.02))


def test_noble_metals_are_reduced_and_alkali_metals_are_not():
    assert all(x.reduction_potential_v > 0.7 for x in named("Ag+", "Hg2+", "Pd2+", "Fe3+", "Ce4+"))
    assert all(x.reduction_potential_v < -2 for x in named("Li+", "Na+", "K+", "Mg2+", "Ca2+", "La3+"))


@EVERY_CATION
def test_a_reduction_has_a_product_of_the_same_element_in_a_lower_state(cation):
    assert (cation.reduction_potential_v is None) == (cation.reduction_product is None)
    if cation.reduction_product is not None:
        assert cation_symbol(cation.reduction_product) == cation.element
        # A metal keeps its symbol alone; what is left of it is the charge.
        charge = cation.reduction_product.removeprefix(cation.element).rstrip("+") or "0"
        assert int(charge) < (4 if cation.name == "VO2+" else cation.charge)


@EVERY_CATION
def test_what_is_oxidised_is_not_in_its_highest_state_and_above_its_own_reduction(cation):
    if cation.oxidation_potential_v is not None:
        assert not cation.in_highest_state
        # Monovalent copper disproportionates.
        assert cation.name == "Cu+" or cation.oxidation_potential_v > (cation.reduction_potential_v or -math.inf)


def test_lanthanides_are_oxidised_by_nothing_that_water_bears():
    ions = named("Pr3+", "Nd3+", "Gd3+", "Tb3+", "Yb3+")
    assert all(x.oxidation_potential_v > 3 for x in ions)


def test_the_cations_that_a_campaign_needs_are_there():
    model_case = {"Mg2+", "Ca2+", "Fe3+", "In3+", "Zr4+"}
    without_ion_parameters = {"Ti4+", "Sn4+", "VO2+"}
    light = {"Li+", "Na+", "K+", "Sr2+", "Ba2+", "Al3+"}
    first_row = {"Sc3+", "Ti3+", "V3+", "Cr3+", "Mn2+", "Fe2+", "Co2+", "Ni2+", "Cu2+", "Zn2+", "Ga3+"}
    heavy = {"Y3+", "La3+", "Ce3+", "Ce4+", "Nd3+", "Eu3+", "Gd3+", "Yb3+", "Hf4+", "Bi3+", "Pb2+", "Cd2+", "Ag+"}
    assert model_case | without_ion_parameters | light | first_row | heavy <= set(cations())
    assert len(cations()) >= 40


def test_iron_iii_is_high_spin_and_what_is_derived_follows():
    iron = cations()["Fe3+"]
    assert (iron.spin, iron.coordination_number) == ("high", 6)
    assert iron.ionic_potential_e_per_angstrom == pytest.approx(3 / 0.645)
    assert iron.z2_over_r_e2_per_angstrom == pytest.approx(9 / 0.645)
    assert iron.hardness_ev == pytest.approx((54.91 - 30.651) / 2)
    assert iron.absolute_electronegativity_ev == pytest.approx((54.91 + 30.651) / 2)
    assert iron.misono_softness_angstrom == pytest.approx(10 * 30.651 / 54.91 * 0.645 / 3**0.5)


def test_soft_cations_are_softer_than_hard_ones():
    softness = [x.misono_softness_angstrom for x in named("Be2+", "Mg2+", "Fe3+", "Cu2+", "Hg2+")]
    assert softness == sorted(softness)


SOURCE = re.compile(r"definition$|doi:10\.\d{4,}/|https://|.*\b(19|20)\d\d\b")
"""DOI, address, or a citation with its year."""


def test_every_value_has_a_source_and_an_uncertainty_mark():
    assert {prop.property for prop in cation_properties()} == set(FIELDS)
    for prop in cation_properties():
        assert SOURCE.match(prop.source), prop
        assert prop.uncertainty in {"exact", "unknown"} or prop.uncertainty <= abs(float(prop.value))


def test_the_table_cannot_be_changed_by_who_reads_it():
    with pytest.raises(TypeError):
        cations()["Fe4+"] = cations()["Fe3+"]
    with pytest.raises(ValueError, match="frozen"):
        cations()["Fe3+"].charge = 4


def write(tmp_path, *rows):
    path = tmp_path / "cations.csv"
    path.write_text("\n".join(["cation,property,value,unit,uncertainty,source,note", *rows]) + "\n", encoding="utf-8")
    return path


GOOD = (
    "Fe3+,charge,3,e,exact,s,",
    "Fe3+,coordination_number,6,1,unknown,s,",
    "Fe3+,ionic_radius,0.645,angstrom,0.01,s,",
)


def test_what_nobody_measured_is_missing(tmp_path):
    iron = load_cations(write(tmp_path, GOOD[0]))["Fe3+"]
    assert iron.ionic_radius_angstrom is iron.ionic_potential_e_per_angstrom is None
    assert iron.hardness_ev is iron.absolute_electronegativity_ev is iron.misono_softness_angstrom is None
    assert iron.coordination_number is iron.electronegativity_pauling is None


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("Fe3+,hardnes,12,eV,unknown,s,", "row 5, property: 'hardnes' is unknown"),
        ("Fe3+,ionisation_energy,12,kJ/mol,unknown,s,", "row 5, unit: 'kJ/mol' where ionisation_energy is in 'eV'"),
        ("Fe3+,charge,3,e,exact,s,", "row 5, property: Fe3+ has charge twice"),
        ("Fe3+,electronegativity,1.8,1,unknown,,", "row 5, source: is missing"),
        ("Fe3+,electronegativity,1.8,1,,s,", "row 5, uncertainty: is missing"),
        (
            "Fe3+,electronegativity,1.8,1,small,s,",
            "row 5, uncertainty: 'small' is no uncertainty; give a number above 0",
        ),
        ("Fe3+,electronegativity,1.8,1,-0.1,s,", "row 5, uncertainty: '-0.1' is no uncertainty; give a number above 0"),
        ("Fe3+,electronegativity,1.8,1,nan,s,", "row 5, uncertainty: 'nan' is no uncertainty; give a number above 0"),
        ("Fe3+,spin,high,,0.5,s,", "row 5, uncertainty: spin is text"),
        (
            "Fe3+,ionisation_energy,twelve,eV,unknown,s,",
            "row 5, value: ionisation_energy: Input should be a valid number",
        ),
        (
            "Fe3+,ionisation_energy,inf,eV,unknown,s,",
            "row 5, value: ionisation_energy: Input should be a finite number",
        ),
        ("Fe3+,octahedral_radius,-1,angstrom,unknown,s,", "row 5, value: octahedral_radius: Input should be greater"),
        ("Fe3+,spin,up,,exact,s,", "row 5, value: spin: Input should be 'high' or 'low'"),
        ("Fe3+,toxicity_class,4,,exact,s,", "row 5, value: toxicity_class: Input should be '1', '2A'"),
        ("Ca2+,coordination_number,6,1,exact,s,", ", Ca2+, charge: is missing"),
        ("Ag1+,charge,1,e,exact,s,", "row 5, cation: is named Ag1+ but its charge is 1; write Ag+"),
        ("Fe2+,charge,3,e,exact,s,", "row 5, cation: is named Fe2+ but its charge is 3; write Fe3+"),
        ("Fe3+,electronegativity,12,1", "row 5: has 4 cells where the header has 7"),
    ],
)
def test_a_faulty_table_is_refused_with_file_row_and_column(tmp_path, row, fault):
    with pytest.raises(InputError) as error:
        load_cations(write(tmp_path, *GOOD, row))
    assert any(fault in line and line.startswith("cations.csv") for line in error.value.faults), error.value.faults


def test_all_faults_come_at_once(tmp_path):
    faulty = ("Fe3+,a,1,e,exact,s,", "Fe3+,b,1,e,exact,s,", "Fe3+,spin,up,,exact,s,", "Ca2+,charge,3,e,exact,s,")
    with pytest.raises(InputError) as error:
        load_cations(write(tmp_path, *GOOD, *faulty))
    assert len(error.value.faults) == 4


def test_an_oxocation_knows_its_metal(tmp_path):
    vanadyl = load_cations(write(tmp_path, "VO2+,charge,2,e,exact,s,"))["VO2+"]
    assert (vanadyl.element, vanadyl.charge) == ("V", 2)


@EVERY_CATION
def test_what_has_no_stable_isotope_says_so(cation):
    assert cation.radioactive == bool(element(cation.element).is_radioactive)
