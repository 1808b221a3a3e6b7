"""Conditions tell the physics of two protocols apart, in the form that observations take."""

import re

import pytest

from ionlink.data.observation import canonical_conditions
from ionlink.simulate import CannotSimulate, load_protocol, protocol_names
from ionlink.simulate.ambertools import find_ambertools
from ionlink.simulate.conditions import conditions_of
from ionlink.simulate.ions import element_and_charge, ion_parameters, ion_types, openmm_data_file


@pytest.mark.parametrize("name", protocol_names())
def test_conditions_are_written_as_an_observation_has_them(name):
    conditions = conditions_of(load_protocol(name))
    assert canonical_conditions(conditions) == conditions


def test_every_part_of_the_physics_that_matters_shows():
    protocol = load_protocol("screen")
    physics, box = protocol.physics, protocol.box
    others = [
        protocol.model_copy(update={"physics": physics.model_copy(update={"charge_scaling": 1.0})}),
        protocol.model_copy(update={"physics": physics.model_copy(update={"ion_model": "12-6-4"})}),
        protocol.model_copy(update={"physics": physics.model_copy(update={"ion_force_field": "amber14/opc3.xml"})}),
        protocol.model_copy(update={"box": box.model_copy(update={"waters_per_donor_group": 3})}),
    ]
    assert len({conditions_of(one) for one in (protocol, *others)}) == 5


def test_a_file_whose_sets_are_not_known_is_named_alone():
    assert ion_parameters("amber14/tip3p.xml", "12-6") == "amber14/tip3p.xml"


AMBER_FILES = {
    "amber14/spce.xml": ("frcmod.ionsjc_spce", "frcmod.ions234lm_126_spce"),
    "amber14/opc3.xml": ("frcmod.ionslm_126_opc3",),
}


def amber_ions(names):
    """Rmin/2 (Å) and what the comment says, by ion, of AmberTools' own files."""
    try:
        folder = find_ambertools().gaff2.parent
    except CannotSimulate:
        pytest.skip("AmberTools is not installed (extra new-ligands)")
    row = re.compile(r"([A-Z][a-z]?\d?[+-])\s+([\d.]+)\s+[\d.]+\s*(.*)")
    lines = [line for name in names for line in (folder / name).read_text().split("NONB")[1].splitlines()]
    return {m[1]: (float(m[2]), m[3]) for line in lines if (m := row.match(line))}


@pytest.mark.parametrize("file", AMBER_FILES)
def test_ions_of_openmm_are_of_the_sets_that_the_conditions_name(file):
    text = openmm_data_file(file).read_text()
    compared = 0
    for ion, (rmin_half_angstrom, comment) in amber_ions(AMBER_FILES[file]).items():
        kind = ion_types(file).get(element_and_charge(ion))
        if kind is None:
            continue
        attributes = next(line for line in text.splitlines() if f'type="{kind}"' in line and "sigma" in line)
        sigma_nm = float(re.search(r'sigma="([^"]+)"', attributes)[1])
        assert sigma_nm == pytest.approx(0.2 * rmin_half_angstrom / 2 ** (1 / 6), rel=1e-4), ion
        charge = element_and_charge(ion)[1]
        expected = {2: "CM set", 3: "IOD set", 4: "IOD set"}.get(charge)
        assert expected is None or comment.startswith(expected), (ion, comment)
        compared += 1
    assert compared > 40
