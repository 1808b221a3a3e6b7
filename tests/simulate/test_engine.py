"""The mesh of the electrostatics follows the box that is simulated, not the one that a system was made with."""

import numpy as np
import openmm
import pytest
from openmm import unit

from ionlink.simulate.engine import Engine
from ionlink.simulate.nonbonded import nonbonded_force
from ionlink.simulate.replicate_files import ReplicateFiles, load_state


@pytest.fixture(scope="module")
def last(oracle, finished):
    """What makes engines for a platform, and the last state of a replicate."""
    directory, _ = finished
    files = ReplicateFiles(directory)
    contents = files.contents(0)

    def engine(platform):
        return Engine(contents.topology, contents.system, oracle.settings.physics, 1, directory, platform=platform)

    return engine, load_state(files.step(len(oracle.settings.steps) - 1))


@pytest.fixture(scope="module")
def engine_and_state(last):
    """On a platform whose mesh can always be asked for; after some imports the CPU platform answers `bad_cast`."""
    engine, state = last
    return engine("Reference"), state


def mesh_of(simulation):
    return np.array(nonbonded_force(simulation.system).getPMEParametersInContext(simulation.context)[1:])


def forces_of(context):
    forces = context.getState(forces=True).getForces(asNumpy=True)
    return forces.value_in_unit(unit.kilojoule_per_mole / unit.nanometer)


def test_the_mesh_is_laid_for_the_box(engine_and_state):
    engine, state = engine_and_state
    edges = np.diag(state.getPeriodicBoxVectors(asNumpy=True).value_in_unit(unit.nanometer))
    spacing_nm = edges / mesh_of(engine.simulation(state, 1.0, 300.0, 1))
    # OpenMM's rule, user guide section "Coulomb interaction with particle mesh Ewald": 3 L tolerance^(1/5) / (2 alpha).
    tolerance = engine.physics.ewald_tolerance
    alpha = np.sqrt(-np.log(2 * tolerance)) / engine.physics.cutoff_nm
    wanted_nm = 3 * tolerance**0.2 / (2 * alpha)
    assert (spacing_nm <= wanted_nm).all()
    assert (spacing_nm > 0.75 * wanted_nm).all()


def test_a_box_that_will_grow_has_a_finer_mesh_along_that_edge(engine_and_state):
    engine, state = engine_and_state
    plain = mesh_of(engine.simulation(state, 1.0, 300.0, 1))
    grown = mesh_of(engine.simulation(state, 1.0, 300.0, 1, growth=(1.0, 1.0, 2.0)))
    np.testing.assert_array_equal(grown[:2], plain[:2])
    assert grown[2] >= 1.8 * plain[2]


def test_forces_are_those_of_a_far_finer_mesh(last):
    engine, state = last
    simulation = engine("CPU").simulation(state, 1.0, 300.0, 1)
    fine = openmm.XmlSerializer.clone(simulation.system)
    nonbonded_force(fine).setEwaldErrorTolerance(1e-5)
    context = openmm.Context(fine, openmm.VerletIntegrator(0.001), openmm.Platform.getPlatform("Reference"))
    context.setPeriodicBoxVectors(*state.getPeriodicBoxVectors())
    context.setPositions(state.getPositions())
    found, exact = forces_of(simulation.context), forces_of(context)
    relative = np.sqrt(((found - exact) ** 2).sum() / (exact**2).sum())
    assert relative < 5 * engine("CPU").physics.ewald_tolerance


def test_the_system_of_an_engine_stays_as_it_is(engine_and_state):
    engine, state = engine_and_state
    before = openmm.XmlSerializer.serialize(engine.system)
    engine.simulation(state, 1.0, 300.0, 1, growth=(2.0, 2.0, 2.0))
    assert openmm.XmlSerializer.serialize(engine.system) == before
