"""Ions are found by element and charge, or refused with a reason."""

from xml.etree import ElementTree

import pytest

from ionlink.data import InputError, cations
from ionlink.simulate import CannotSimulate, load_protocol
from ionlink.simulate.ions import element_and_charge, ion_template, ion_templates, ion_types, openmm_data_file

FORCE_FIELD = load_protocol("screen").physics.ion_force_field


def test_both_charges_of_iron_have_their_own_template():
    assert ion_template("Fe2+", FORCE_FIELD) != ion_template("Fe3+", FORCE_FIELD)


def test_the_five_cations_of_the_model_case_have_parameters():
    for ion in ("Mg2+", "Ca2+", "Fe3+", "In3+", "Zr4+"):
        assert ion_template(ion, FORCE_FIELD)


@pytest.mark.parametrize("ion", ["Ti4+", "Sn4+", "Fe4+", "VO2+"])
def test_an_ion_without_parameters_is_refused_with_a_way_out(ion):
    with pytest.raises(CannotSimulate, match=rf"{ion[:2]}.*no parameters.*leave it out"):
        ion_template(ion, FORCE_FIELD)


def test_every_template_is_one_ion_with_a_charge():
    assert all(charge != 0 for _, charge in ion_templates(FORCE_FIELD))


def test_the_cation_table_has_the_radii_that_simulations_take():
    root = ElementTree.parse(openmm_data_file(FORCE_FIELD)).getroot()
    sigma_nm = {x.get("type"): float(x.get("sigma")) for x in root.iterfind("NonbondedForce/Atom") if x.get("type")}
    taken = {ion: sigma_nm[kind] * 10 * 2 ** (1 / 6) / 2 for ion, kind in ion_types(FORCE_FIELD).items()}
    monatomic = [x for x in cations().values() if x.name != "VO2+"]
    assert {x.name for x in monatomic if x.lennard_jones_radius_angstrom is None} == {
        x.name for x in monatomic if (x.element, x.charge) not in taken
    }
    for x in monatomic:
        if x.lennard_jones_radius_angstrom is not None:
            assert x.lennard_jones_radius_angstrom == pytest.approx(taken[x.element, x.charge], abs=5e-4), x.name
    assert cations()["VO2+"].lennard_jones_radius_angstrom is None


@pytest.mark.parametrize("name", ["Fe", "fe3+", "3+", "Fe(III)"])
def test_other_spellings_are_refused(name):
    with pytest.raises(InputError, match="is not an element with a charge"):
        element_and_charge(name)
