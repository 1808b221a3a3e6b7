"""Solvents beside water: what the box holds, how it is charged, what comes out, what is refused."""

import numpy as np
import openmm
import pytest
from openmm import app, unit
from pydantic import ValidationError

from ionlink.data import Formulation
from ionlink.data.solvent import solvents
from ionlink.simulate import CannotSimulate, load_protocol, molecular_dynamics_oracle
from ionlink.simulate.box import build_box, plan
from ionlink.simulate.conditions import conditions_of
from ionlink.simulate.cost import estimate
from ionlink.simulate.nonbonded import nonbonded_force
from ionlink.simulate.oracle import MolecularDynamicsOracle
from ionlink.simulate.protocol import BoxRules, Cosolvent
from ionlink.simulate.solvents import add_solvent, solvent_file, solvent_positions_nm

FORMULATION = Formulation(cation="Fe3+", ligand="PAA", ratio=4)


def mixture(*cosolvents, waters=1, **physics):
    smoke = load_protocol("smoke")
    box = {"waters_per_donor_group": waters, "cosolvents": cosolvents}
    return smoke.model_copy(
        update={
            "name": "smoke-mixture",
            "box": smoke.box.model_copy(update=box),
            "physics": smoke.physics.model_copy(update=physics),
        }
    )


NMP = Cosolvent(name="NMP", per_donor_group=0.5)
ETHANOL = Cosolvent(name="ethanol", per_donor_group=1)


@pytest.fixture(scope="module")
def box():
    return build_box(FORMULATION, mixture(NMP, ETHANOL), 1)


def residues(box, name):
    return [residue for residue in box.topology.residues() if residue.name == name]


def test_the_box_holds_what_was_asked_for_with_water_last(box):
    donors = box.composition.donor_groups
    assert len(residues(box, "ethanol")) == len(residues(box, "HOH")) == donors
    assert len(residues(box, "NMP")) == round(donors / 2)
    assert list(box.topology.residues())[-1].name == "HOH"
    assert estimate(FORMULATION, mixture(NMP, ETHANOL)).atoms == box.topology.getNumAtoms()


def test_the_box_is_neutral_and_solvents_keep_their_charges(box):
    force = nonbonded_force(box.system)
    charges = np.array(
        [force.getParticleParameters(i)[0].value_in_unit(unit.elementary_charge) for i in range(len(box.positions_nm))]
    )
    assert charges.sum() == pytest.approx(0, abs=1e-4)
    oxygen = next(atom.index for atom in residues(box, "ethanol")[0].atoms() if atom.name == "O1")
    assert charges[oxygen] == pytest.approx(-0.6028)


def test_their_oxygens_are_known(box):
    atoms = list(box.topology.atoms())
    found = [atoms[index] for index in box.groups.cosolvent_oxygens]
    assert len(found) == len(residues(box, "NMP")) + len(residues(box, "ethanol"))
    assert {(atom.element.symbol, atom.residue.name) for atom in found} == {("O", "NMP"), ("O", "ethanol")}


def test_a_whole_replicate_counts_them(tmp_path):
    oracle = MolecularDynamicsOracle(mixture(NMP, ETHANOL), replicates=2)
    outcomes = oracle.run_replicate(FORMULATION, 0, tmp_path)
    assert set(outcomes) <= set(oracle.outcomes)
    assert 0 <= outcomes["cosolvent_coordination_number"] < 10
    assert "water_coordination_number" in outcomes


def test_conditions_name_them_and_say_nothing_where_there_are_none():
    assert "cosolvents=0.5 NMP and 1 ethanol per donor group" in conditions_of(mixture(NMP, ETHANOL))
    assert "cosolvents" not in conditions_of(load_protocol("screen"))
    assert "cosolvent_coordination_number" not in molecular_dynamics_oracle("screen").outcomes


def test_protocols_without_them_keep_their_hash():
    smoke = load_protocol("smoke")
    assert "cosolvents" not in smoke.model_dump_json()
    assert mixture(NMP).hash != mixture().hash


def test_a_solvent_without_a_force_field_is_refused_with_those_there_are():
    with pytest.raises(CannotSimulate, match="solvent `acetone`; there are ethanol, NMP"):
        plan(FORMULATION, mixture(Cosolvent(name="acetone", per_donor_group=1)))


def test_12_6_4_ions_are_attracted_to_them_by_their_polarisability():
    every = (Cosolvent(name=name, per_donor_group=0.01) for name in solvents())
    box = build_box(FORMULATION, mixture(*every, ion_model="12-6-4"), seed=1)
    (force,) = (force for force in box.system.getForces() if isinstance(force, openmm.CustomNonbondedForce))
    found = [force.getParticleParameters(int(index)) for index in box.groups.cosolvent_oxygens]
    assert len(found) == 1 + 1 + 1 + 3 + 3
    assert all(c4 == 0 and polarisability > 0 for c4, polarisability in found)


def test_a_solvent_twice_is_refused():
    fields = load_protocol("smoke").box.model_dump()
    with pytest.raises(ValidationError, match="NMP stands there twice"):
        BoxRules.model_validate({**fields, "cosolvents": [NMP, NMP]})


@pytest.mark.parametrize("solvent", solvents().values(), ids=lambda solvent: solvent.name)
def test_a_shipped_molecule_is_neutral_and_has_the_bonds_of_its_kind(solvent):
    """Minimised alone: C=O 1.18 to 1.25 Å, S=O 1.44 to 1.54 Å, C–O of alcohols and esters 1.32 to 1.46 Å."""
    topology = app.Topology()
    add_solvent(topology, solvent, 1)
    system = app.ForceField(str(solvent_file(solvent.name))).createSystem(topology)
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), openmm.Platform.getPlatform("Reference"))
    context.setPositions(solvent_positions_nm(solvent))
    openmm.LocalEnergyMinimizer.minimize(context, 0.1)
    positions = context.getState(positions=True).getPositions(asNumpy=True).value_in_unit(unit.angstrom)
    force = nonbonded_force(system)
    charges = [force.getParticleParameters(i)[0].value_in_unit(unit.elementary_charge) for i in range(len(positions))]
    assert sum(charges) == pytest.approx(0, abs=1e-6)
    ranges = {"C=O": (1.18, 1.25), "S=O": (1.44, 1.54), "C-O": (1.32, 1.46)}
    for one, other in topology.bonds():
        length = float(np.linalg.norm(positions[one.index] - positions[other.index]))
        terminal = any(sum(atom in bond for bond in topology.bonds()) == 1 for atom in (one, other))
        kind = "".join(sorted({one.element.symbol, other.element.symbol} - {"O"})) + ("=" if terminal else "-") + "O"
        if "O" in {one.element.symbol, other.element.symbol} and kind in ranges:
            low, high = ranges[kind]
            assert low < length < high, (kind, length)
