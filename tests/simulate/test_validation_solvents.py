"""Shipped force fields of solvents: computed again, and held against the densities of the liquids."""

import importlib.util
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from openmm import app, unit

from ionlink.data.solvent import solvents
from ionlink.simulate import CannotSimulate, load_protocol
from ionlink.simulate.ambertools import find_ambertools
from ionlink.simulate.deformation import manometer
from ionlink.simulate.engine import AMU_PER_NM3_IN_G_CM3, Engine, state_at
from ionlink.simulate.packing import pack
from ionlink.simulate.parametrise_solvent import computed_solvent
from ionlink.simulate.solvents import add_solvent, solvent_file, solvent_molecule, solvent_positions_nm
from ionlink.simulate.step_kinds import Compress, Minimise, Squeeze
from ionlink.simulate.steps import run_step

MOLECULES = 80
PUBLISHED_G_CM3 = {"ethanol": 0.785, "NMP": 1.028, "DMSO": 1.096, "EC": 1.32, "DEC": 0.970}
"""At 25 °C, of EC at 40 °C: CRC Handbook of Chemistry and Physics, physical constants of organic compounds."""
STEPS = (
    Minimise(kind="minimise", force_tolerance_kj_mol_nm=100.0, max_iterations=300),
    Squeeze(
        kind="squeeze",
        density_g_cm3=0.75,
        linear_increment=0.005,
        minimise_iterations=0,
        relax_steps=20,
        timestep_fs=2.0,
        temperature_k=400.0,
    ),
    Compress(
        kind="compress",
        chunk_steps=4000,
        max_chunks=10,
        density_tolerance=0.01,
        timestep_fs=2.0,
        temperature_k=298.15,
        pressure_bar=1.0,
    ),
)


def installed():
    try:
        return find_ambertools()
    except CannotSimulate:
        return None


def charges_and_rest(text):
    root = ET.fromstring(text)
    charges = [float(atom.attrib.pop("charge")) for atom in root.iter("Atom") if "charge" in atom.attrib]
    root.remove(root.find("Info"))
    return np.array(charges), ET.tostring(root)


@pytest.mark.skipif(installed() is None, reason="AmberTools is not installed (extra new-ligands)")
@pytest.mark.parametrize(
    "name", [name if name == "ethanol" else pytest.param(name, marks=pytest.mark.long) for name in solvents()]
)
def test_a_shipped_force_field_is_what_the_route_gives(name):
    shipped, rest = charges_and_rest(solvent_file(name).read_text("utf-8"))
    again, rest_again = charges_and_rest(computed_solvent(solvents()[name]))
    np.testing.assert_allclose(again, shipped, atol=1e-3)
    assert rest_again == rest


@pytest.fixture(scope="module")
def script():
    path = Path(__file__).parents[2] / "benchmarks" / "oligomer_energies.py"
    specification = importlib.util.spec_from_file_location("oligomer_energies", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.skipif(installed() is None, reason="AmberTools is not installed (extra new-ligands)")
@pytest.mark.parametrize("name", solvents())
def test_energies_equal_those_of_tleap(script, name, tmp_path):
    """Every atom displaced at random, so that every term is strained."""
    topology = app.Topology()
    add_solvent(topology, solvents()[name], 1)
    here = app.ForceField(str(solvent_file(name))).createSystem(topology)
    there = script.tleap_system(solvent_molecule(solvents()[name]), script.charges_e(here), tmp_path)
    positions = solvent_positions_nm(solvents()[name])
    positions = positions + np.random.default_rng(1).normal(0, script.DISTORTION_NM, positions.shape)
    found, expected = (script.energies_kj_mol(system, positions) for system in (here, there))
    for term in script.TERMS:
        assert found[term] == pytest.approx(expected[term], abs=0.01), term
    assert abs(expected["HarmonicBondForce"]) > 10


@pytest.mark.long
@pytest.mark.parametrize("name", solvents())
def test_the_liquid_has_its_density(name, tmp_path, record_property):
    screen = load_protocol("screen")
    topology = app.Topology()
    add_solvent(topology, solvents()[name], MOLECULES)
    topology.setUnitCellDimensions((8.0, 8.0, 8.0) * unit.nanometer)
    mass_amu = sum(atom.element.mass.value_in_unit(unit.amu) for atom in topology.atoms())
    system = app.ForceField(str(solvent_file(name))).createSystem(
        topology,
        nonbondedMethod=app.PME,
        nonbondedCutoff=screen.physics.cutoff_nm * unit.nanometer,
        ewaldErrorTolerance=screen.physics.ewald_tolerance,
        constraints=app.HBonds,
        hydrogenMass=screen.physics.hydrogen_mass_amu * unit.amu,
    )
    system.addForce(manometer())
    edge_nm = (mass_amu * AMU_PER_NM3_IN_G_CM3 / screen.physics.start_density_g_cm3) ** (1 / 3)
    molecules = [solvent_positions_nm(solvents()[name])] * MOLECULES
    positions, edge_nm = pack(molecules, edge_nm, np.random.default_rng(1))
    state = state_at(system, positions, np.eye(3) * edge_nm)
    engine = Engine(topology, system, screen.physics, 1, tmp_path)
    for seed, step in enumerate(STEPS, start=1):
        result = run_step(step, engine, state, seed)
        state = result.state
    density = float(np.mean(result.record["series"]["density"][-3:]))
    record_property("density_g_cm3", density)
    assert density == pytest.approx(PUBLISHED_G_CM3[name], rel=0.06)
