"""Coulomb energies against formulas: two charges in vacuum and in a periodic box, and a cation beside a chain."""

import numpy as np
import openmm
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openmm import app, unit

from ionlink.data import ligands
from ionlink.simulate.analysis.coulomb import COULOMB_KJ_MOL_ANGSTROM, coulomb_interaction
from ionlink.simulate.chain import build_chain
from ionlink.simulate.groups import Groups
from ionlink.simulate.nonbonded import nonbonded_force
from ionlink.simulate.parametrise import force_field_file
from ionlink.simulate.protocol import load_protocol

ELEMENTARY_CHARGE_C = 1.602176634e-19
AVOGADRO_PER_MOL = 6.02214076e23
VACUUM_PERMITTIVITY_F_M = 8.8541878128e-12
"""CODATA 2018; the first two are exact."""

CHARGES_E = st.floats(0.5, 4.0)


def point_charges(charges_e, method, edge_nm=10.0):
    """Charges without size; particles of 1 u."""
    system, force = openmm.System(), openmm.NonbondedForce()
    for charge in charges_e:
        system.addParticle(1.0)
        force.addParticle(charge, 0.1, 0.0)
    system.setDefaultPeriodicBoxVectors(*(np.eye(3) * edge_nm))
    force.setNonbondedMethod(method)
    physics = load_protocol("screen").physics
    force.setCutoffDistance(physics.cutoff_nm)
    force.setEwaldErrorTolerance(physics.ewald_tolerance)
    system.addForce(force)
    return system


def energy_kj_mol(system, positions_nm):
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), openmm.Platform.getPlatform("Reference"))
    context.setPositions(positions_nm)
    return context.getState(energy=True).getPotentialEnergy().value_in_unit(unit.kilojoule_per_mole)


def pair(distance_nm):
    """Two places off the grid of PME."""
    start = np.array([3.21, 4.37, 5.13])
    return np.array([start, start + distance_nm * np.array([0.48, 0.6, 0.64])])


def by_pipeline(charges_e, positions_angstrom, edge_angstrom=100.0):
    """Energy of one cation (last) and one chain (all others)."""
    groups = Groups(
        chain_of_atom=np.zeros(len(charges_e) - 1, dtype=np.int64),
        donor_oxygens=np.empty((0, 2), dtype=np.int64),
        cations=np.array([len(charges_e) - 1]),
    )
    found = coulomb_interaction(
        np.float32(positions_angstrom), np.full(3, edge_angstrom), np.asarray(charges_e, dtype=float), groups
    )
    return float(found.energy_kj_mol[0, 0])


def test_the_constant_is_that_of_codata():
    per_molecule = ELEMENTARY_CHARGE_C**2 / (4 * np.pi * VACUUM_PERMITTIVITY_F_M * 1e-10)
    assert pytest.approx(per_molecule * AVOGADRO_PER_MOL / 1000, rel=1e-8) == COULOMB_KJ_MOL_ANGSTROM


@given(cation=CHARGES_E, anion=CHARGES_E, distance_nm=st.floats(0.15, 0.79))
def test_two_charges_have_the_energy_of_coulombs_law(cation, anion, distance_nm):
    expected = -COULOMB_KJ_MOL_ANGSTROM * cation * anion / (10 * distance_nm)
    positions = pair(distance_nm)
    assert by_pipeline([-anion, cation], 10 * positions) == pytest.approx(expected, rel=1e-5)
    vacuum = point_charges([-anion, cation], openmm.NonbondedForce.NoCutoff)
    assert energy_kj_mol(vacuum, positions) == pytest.approx(expected, rel=1e-6)


def test_a_pair_across_the_boundary_of_the_box_has_the_energy_of_its_nearest_images():
    here = np.array([[0.2, 5.0, 5.0], [9.9, 5.0, 5.0]])
    expected = -COULOMB_KJ_MOL_ANGSTROM * 3 / 3.0
    assert by_pipeline([-1.0, 3.0], 10 * here) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("distance_nm", [0.2, 0.4, 0.6])
@pytest.mark.parametrize("edge_nm", [2.5, 3.5])
def test_a_pair_in_a_periodic_box_has_the_energy_of_a_lattice_of_dipoles(distance_nm, edge_nm):
    """Ewald's sum with a conducting boundary over dipoles in a cube: -2πμ²/(3V) from the images; the next order is
    r⁴/L⁵, so the pairs are short against the box.

    With the cutoff and the tolerance of `screen`, hence the tolerance of this test.
    """
    charge = 3.0
    bare = -COULOMB_KJ_MOL_ANGSTROM * charge**2 / (10 * distance_nm)
    dipole = COULOMB_KJ_MOL_ANGSTROM / 10 * (charge * distance_nm) ** 2
    expected = bare - 2 * np.pi / 3 * dipole / edge_nm**3
    system = point_charges([-charge, charge], openmm.NonbondedForce.PME, edge_nm)
    assert energy_kj_mol(system, pair(distance_nm)) == pytest.approx(expected, rel=2e-3)


def test_a_cation_beside_a_chain_has_the_energy_that_openmm_gives_it():
    """The energy with all charges less those of the chain alone and of the cation alone is their interaction."""
    chain = build_chain(ligands()["PAA"], 4, seed=1)
    atoms = len(chain.positions_nm)
    modeller = app.Modeller(chain.topology, chain.positions_nm * unit.nanometer)
    ion = app.Topology()
    ion.addAtom("IN", app.Element.getBySymbol("In"), ion.addResidue("IN", ion.addChain()))
    beside = chain.positions_nm[chain.donor_oxygens[0][0]] + [0.0, 0.0, 0.25]
    modeller.add(ion, beside[None] * unit.nanometer)
    force_field = app.ForceField("amber14/spce.xml", str(force_field_file(ligands()["PAA"])))
    system = force_field.createSystem(modeller.topology)
    charges = charges_e(system)
    positions = np.vstack([chain.positions_nm, beside])
    expected = (
        energy_with_charges(system, positions, charges)
        - energy_with_charges(system, positions, np.where(np.arange(atoms + 1) < atoms, charges, 0.0))
        - energy_with_charges(system, positions, np.where(np.arange(atoms + 1) < atoms, 0.0, charges))
        + energy_with_charges(system, positions, np.zeros(atoms + 1))
    )
    assert expected < -1000
    assert by_pipeline(charges, 10 * (positions - positions.mean(axis=0) + 5.0)) == pytest.approx(expected, rel=1e-5)


def charges_e(system):
    force = nonbonded_force(system)
    found = (force.getParticleParameters(index)[0] for index in range(force.getNumParticles()))
    return np.array([charge.value_in_unit(unit.elementary_charge) for charge in found])


def energy_with_charges(system, positions_nm, charges):
    changed = openmm.XmlSerializer.clone(system)
    force = nonbonded_force(changed)
    for index, charge in enumerate(charges):
        force.setParticleParameters(index, charge, *force.getParticleParameters(index)[1:])
    # The 1-4 interactions keep the charges that they were made with, in all four energies alike.
    return energy_kj_mol(changed, positions_nm)
