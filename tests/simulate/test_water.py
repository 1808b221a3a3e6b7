"""Hydrated boxes: the stated water, rigid, with the charges of its model."""

import itertools

import numpy as np
import openmm
import pytest
from openmm import app, unit
from scipy.spatial import cKDTree

from ionlink.data import Formulation
from ionlink.simulate import CannotSimulate, load_protocol
from ionlink.simulate.box import build_box, refusal
from ionlink.simulate.groups import Groups
from ionlink.simulate.ions import openmm_data_file
from ionlink.simulate.nonbonded import nonbonded_force
from ionlink.simulate.water import WATER_MODELS, add_waters, water_model, water_positions_nm, water_types

FORMULATION = Formulation(cation="Fe3+", ligand="PAA", ratio=4)


def hydrated(**physics):
    smoke = load_protocol("smoke")
    rules = smoke.box.model_copy(update={"waters_per_donor_group": 3})
    return smoke.model_copy(update={"box": rules, "physics": smoke.physics.model_copy(update=physics)})


@pytest.fixture(scope="module")
def box():
    return build_box(FORMULATION, hydrated(), seed=1)


def test_the_box_holds_the_stated_water(box):
    assert box.composition.waters == 3 * box.composition.donor_groups == len(box.groups.water_oxygens)
    elements = [atom.element.symbol for atom in box.topology.atoms()]
    for oxygen in box.groups.water_oxygens:
        assert elements[oxygen : oxygen + 3] == ["O", "H", "H"]
    assert len(box.positions_nm) == box.system.getNumParticles() == len(elements)


def test_water_is_rigid(box):
    first = min(box.groups.water_oxygens)
    constraints = [box.system.getConstraintParameters(i)[:2] for i in range(box.system.getNumConstraints())]
    assert sum(min(pair) >= first for pair in constraints) == 3 * box.composition.waters


def test_water_keeps_the_charges_of_its_model_and_the_ions_are_scaled(box):
    force = nonbonded_force(box.system)
    quantities = [force.getParticleParameters(index)[0] for index in range(force.getNumParticles())]
    charges = [quantity.value_in_unit(unit.elementary_charge) for quantity in quantities]
    oxygen = box.groups.water_oxygens[0]
    assert charges[oxygen : oxygen + 3] == [-0.8476, 0.4238, 0.4238]
    assert charges[box.groups.cations[0]] == pytest.approx(3 * hydrated().physics.charge_scaling)
    assert sum(charges) == pytest.approx(0, abs=1e-9)


def test_water_touches_nothing_when_packed(box):
    edge = box.edge_nm
    positions = box.positions_nm % edge
    tree = cKDTree(positions, boxsize=edge)
    molecules = openmm.Context(
        box.system, openmm.VerletIntegrator(0.001), openmm.Platform.getPlatform("Reference")
    ).getMolecules()
    molecule_of = {atom: number for number, molecule in enumerate(molecules) for atom in molecule}
    assert all(molecule_of[a] == molecule_of[b] for a, b in tree.query_pairs(0.2499))


def test_groups_with_and_without_water_are_read_again(box, tmp_path):
    path = tmp_path / "groups.json"
    box.groups.save(path)
    np.testing.assert_array_equal(Groups.load(path).water_oxygens, box.groups.water_oxygens)
    text = path.read_text().split(', "water_oxygens"')[0] + "}"
    path.write_text(text)
    assert len(Groups.load(path).water_oxygens) == 0


def test_one_water_has_the_shape_that_its_constraints_ask_for():
    topology = app.Topology()
    add_waters(topology, 1)
    system = app.ForceField("amber14/spce.xml").createSystem(topology)
    positions = water_positions_nm()
    for index in range(system.getNumConstraints()):
        first, second, length = system.getConstraintParameters(index)
        found = np.linalg.norm(positions[first] - positions[second])
        assert found == pytest.approx(length.value_in_unit(unit.nanometer), abs=1e-4)


@pytest.mark.parametrize("file", sorted(WATER_MODELS))
def test_every_named_file_has_a_water_of_three_atoms(file):
    assert openmm_data_file(file).exists()
    assert len(set(water_types(file))) == 2


def test_water_with_virtual_sites_is_refused_with_the_files_that_can_be_used():
    with pytest.raises(CannotSimulate, match=r"no rigid water of three atoms; use one of .*amber14/spce\.xml"):
        water_model("amber14/opc.xml")
    reason = refusal(FORMULATION, hydrated(ion_force_field="amber14/opc.xml"))
    assert reason is not None
    assert "no rigid water" in reason


def test_hydrated_screen_differs_from_screen_in_water_and_temperature_alone():
    dry, wet = load_protocol("screen"), load_protocol("screen-hydrated")
    assert wet.physics == dry.physics
    assert wet.box == dry.box.model_copy(update={"waters_per_donor_group": 3})
    for one, other in itertools.zip_longest(dry.steps, wet.steps):
        changed = {name for name, value in one.model_dump().items() if other.model_dump()[name] != value}
        assert all(name.endswith("temperature_k") for name in changed)
