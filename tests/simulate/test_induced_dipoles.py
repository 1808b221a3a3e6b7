"""The 12-6-4 model: the energy of a pair is the published formula, and its table is ParmEd's."""

import csv
from importlib import resources

import numpy as np
import openmm
import pytest
from openmm import app, unit
from parmed.tools.add1264 import DEFAULT_C4_PARAMS, WATER_POL

from ionlink.data import Formulation, ligands
from ionlink.simulate import CannotSimulate, load_protocol
from ionlink.simulate.box import build_box, refusal
from ionlink.simulate.induced_dipoles import attraction_xml, inducing_ion, use_12_6_4
from ionlink.simulate.ions import element_and_charge, ion_template
from ionlink.simulate.nonbonded import nonbonded_force
from ionlink.simulate.parametrise import force_field_file
from ionlink.simulate.water import add_waters, water_positions_nm

FILE = "amber14/spce.xml"
KJ_NM4 = 4.184e-4
"""1 kcal mol⁻¹ Å⁴ in kJ mol⁻¹ nm⁴."""


def table():
    with (resources.files("ionlink.simulate") / "ions_12-6-4.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", table(), ids=lambda row: f"{row['water']} {row['ion']}")
def test_c4_is_that_of_parmed(row):
    element, charge = element_and_charge(row["ion"])
    shipped = DEFAULT_C4_PARAMS[row["water"].replace("/", "")]
    assert float(row["c4_kcal_mol_angstrom4"]) == shipped[f"{element}{charge}"]


def ion_and_water(ion):
    """Topology of one ion and one water molecule, and the residue templates that it needs."""
    topology = app.Topology()
    residue = topology.addResidue(ion_template(ion, FILE), topology.addChain())
    topology.addAtom(ion, app.Element.getBySymbol(element_and_charge(ion)[0]), residue)
    add_waters(topology, 1)
    topology.setUnitCellDimensions(openmm.Vec3(10, 10, 10) * unit.nanometer)
    return topology, {residue: residue.name}


def pair_energy_kj_mol(ion, distance_nm, model):
    """Lennard-Jones and induced-dipole energy of an ion and a water molecule, charges taken away."""
    topology, templates = ion_and_water(ion)
    paa = force_field_file(ligands()["PAA"])
    system = app.ForceField(FILE, str(paa)).createSystem(
        topology, nonbondedMethod=app.PME, nonbondedCutoff=3 * unit.nanometer, residueTemplates=templates
    )
    if model == "12-6-4":
        use_12_6_4(system, topology, FILE, paa)
    force = nonbonded_force(system)
    force.setUseDispersionCorrection(False)
    for index in range(4):
        _, sigma, epsilon = force.getParticleParameters(index)
        force.setParticleParameters(index, 0, sigma, epsilon)
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), openmm.Platform.getPlatform("Reference"))
    context.setPositions(np.vstack([[0, -distance_nm, 0], water_positions_nm()]) + 5)
    return context.getState(energy=True).getPotentialEnergy().value_in_unit(unit.kilojoule_per_mole)


@pytest.mark.parametrize("ion", ["Mg2+", "Ca2+", "Fe3+", "In3+", "Zr4+", "Na+", "Cl-"])
@pytest.mark.parametrize("distance_nm", [0.18, 0.25, 0.6])
def test_the_energy_of_an_ion_and_a_water_is_the_formula(ion, distance_nm):
    of_ion = next(row for row in table() if row["ion"] == ion and row["water"] == "SPC/E")
    oxygen_rmin_half_angstrom, oxygen_epsilon_kcal_mol = 1.7767, 0.1553  # SPC/E in AmberTools' frcmod.spce
    rmin = 0.1 * (float(of_ion["rmin_half_angstrom"]) + oxygen_rmin_half_angstrom)
    epsilon = 4.184 * np.sqrt(float(of_ion["epsilon_kcal_mol"]) * oxygen_epsilon_kcal_mol)
    lennard_jones = epsilon * ((rmin / distance_nm) ** 12 - 2 * (rmin / distance_nm) ** 6)
    expected = lennard_jones - KJ_NM4 * float(of_ion["c4_kcal_mol_angstrom4"]) / distance_nm**4
    assert pair_energy_kj_mol(ion, distance_nm, "12-6-4") == pytest.approx(expected, rel=1e-3)


def test_the_12_6_ion_stays_what_the_force_field_says():
    assert pair_energy_kj_mol("Fe3+", 0.2, "12-6") != pytest.approx(pair_energy_kj_mol("Fe3+", 0.2, "12-6-4"), rel=0.1)


def test_a_carboxylate_oxygen_gets_c4_by_its_polarisability():
    text = attraction_xml(["Fe3+"], FILE, force_field_file(ligands()["PAA"]))
    assert WATER_POL == 1.444
    assert f'type="PAA-o" c4="0.0" polarisability="{0.569 / 1.444!r}"' in text


@pytest.fixture(scope="module")
def protocol():
    smoke = load_protocol("smoke")
    return smoke.model_copy(update={"physics": smoke.physics.model_copy(update={"ion_model": "12-6-4"})})


def test_a_box_with_the_model_attracts_cations_to_oxygens_within_the_cutoff(protocol):
    box = build_box(Formulation(cation="Fe3+", ligand="PAA", ratio=4), protocol, seed=1)
    (force,) = (force for force in box.system.getForces() if isinstance(force, openmm.CustomNonbondedForce))
    assert force.getCutoffDistance() == protocol.physics.cutoff_nm * unit.nanometer
    assert force.getNumExclusions() == nonbonded_force(box.system).getNumExceptions()
    c4, polarisability = force.getParticleParameters(int(box.groups.cations[0]))
    assert c4 == pytest.approx(442 * KJ_NM4)
    assert polarisability == pytest.approx(0.297 / 1.444)
    assert force.getParticleParameters(int(box.groups.donor_oxygens[0, 0])) == pytest.approx((0, 0.569 / 1.444))
    _, sigma, _ = nonbonded_force(box.system).getParticleParameters(int(box.groups.cations[0]))
    assert sigma.value_in_unit(unit.nanometer) == pytest.approx(inducing_ion("Fe3+", "SPC/E").sigma_nm)


def test_an_ion_without_12_6_4_parameters_is_refused_with_the_way_out(protocol):
    reason = refusal(Formulation(cation="Pd2+", ligand="PAA", ratio=4), protocol)
    assert reason is not None
    assert "use a protocol with the 12-6 model" in reason
    with pytest.raises(CannotSimulate, match=r"Pd2\+ has no 12-6-4 parameters for SPC/E"):
        inducing_ion("Pd2+", "SPC/E")
