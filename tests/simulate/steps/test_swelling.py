"""Water is let into a box: nothing that was there changes, and the network is not cut."""

import numpy as np
import openmm
import pytest
from openmm import unit

from ionlink.data import Formulation
from ionlink.simulate import CannotSimulate, load_protocol
from ionlink.simulate.box import build_box, plan
from ionlink.simulate.conditions import conditions_of
from ionlink.simulate.contents import Contents, contents_files
from ionlink.simulate.cost import estimate
from ionlink.simulate.deformation import scale_box
from ionlink.simulate.engine import Engine, state_at
from ionlink.simulate.hydration import void_sites_nm, waters_at_nm, with_waters
from ionlink.simulate.oracle import MolecularDynamicsOracle
from ionlink.simulate.replicate import simulate_replicate
from ionlink.simulate.step_kinds import Compress, Swell
from ionlink.simulate.steps.swelling import bound_oxygen, centres_with_bound_cations, waters_after_rounds

FORMULATION = Formulation(cation="Fe3+", ligand="PAA", ratio=4)
SWELL = Swell(
    kind="swell",
    waters_per_donor_group=5,
    rounds=2,
    linear_increment=0.05,
    first_shell_nm=0.3,
    minimise_iterations=10,
    relax_steps=10,
    settle_steps=20,
    timestep_fs=1.0,
    temperature_k=300.0,
    pressure_bar=1.0,
)


@pytest.fixture(scope="module")
def protocol():
    """`smoke` with water let in before the box is watched."""
    smoke = load_protocol("smoke")
    (last,) = (index for index, step in enumerate(smoke.steps) if isinstance(step, Compress))
    return smoke.model_copy(
        update={"name": "smoke-swollen", "steps": (*smoke.steps[: last + 1], SWELL, *smoke.steps[last + 1 :])}
    )


@pytest.fixture(scope="module")
def dry():
    return build_box(FORMULATION, load_protocol("smoke"), seed=1)


@pytest.fixture(scope="module")
def finished(protocol, tmp_path_factory):
    """Directory and outcomes."""
    directory = tmp_path_factory.mktemp("swollen")
    return directory, simulate_replicate(FORMULATION, protocol, 0, directory)


def energy_kj_mol(system, positions_nm, edge_nm):
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), openmm.Platform.getPlatform("Reference"))
    context.setPeriodicBoxVectors(*(np.eye(3) * edge_nm))
    context.setPositions(positions_nm)
    return context.getState(energy=True).getPotentialEnergy().value_in_unit(unit.kilojoule_per_mole)


def test_a_box_with_water_let_in_has_the_energy_of_one_that_was_built_with_it():
    smoke = load_protocol("smoke")
    hydrated = smoke.model_copy(update={"box": smoke.box.model_copy(update={"waters_per_donor_group": 2})})
    built, dry = (build_box(FORMULATION, one, seed=1) for one in (hydrated, smoke))
    grown = with_waters(Contents(dry.topology, dry.system, dry.groups), built.composition.waters, smoke.physics)
    energies = [energy_kj_mol(system, built.positions_nm, built.edge_nm) for system in (built.system, grown.system)]
    assert energies[0] == pytest.approx(energies[1], rel=1e-9)
    assert grown.groups.water_oxygens.tolist() == built.groups.water_oxygens.tolist()
    assert [str(a) for a in grown.topology.atoms()] == [str(a) for a in built.topology.atoms()]
    assert dry.system.getNumParticles() == dry.topology.getNumAtoms()


def test_water_finds_the_voids_and_only_those():
    rng = np.random.default_rng(1)
    edges = np.array([2.0, 2.2, 2.4])
    atoms = rng.uniform(0.0, 1.0, (200, 3)) * [1.0, 2.2, 2.4]
    sites = void_sites_nm(atoms, edges, 1000, rng)
    everything = np.concatenate([atoms, sites])
    apart = sites[:, None] - everything[None]
    distances = np.linalg.norm(apart - edges * np.round(apart / edges), axis=2)
    distances[np.arange(len(sites)), len(atoms) + np.arange(len(sites))] = np.inf
    assert distances.min() >= 0.24
    half = 33.3 * edges.prod() / 2
    assert 0.7 * half < len(sites) < 1.5 * half
    assert len(void_sites_nm(atoms, edges, 7, rng)) == 7


def test_water_keeps_its_shape_wherever_it_is_put():
    waters = waters_at_nm(np.array([[0.0, 1.0, 2.0], [3.0, 1.0, 0.0]]), np.random.default_rng(2)).reshape(2, 3, 3)
    assert np.linalg.norm(waters[:, 1] - waters[:, 0], axis=1) == pytest.approx(0.1)
    assert waters[:, 0] == pytest.approx(np.array([[0.0, 1.0, 2.0], [3.0, 1.0, 0.0]]))


def test_a_cation_goes_to_the_chain_that_holds_most_of_its_oxygens_also_across_the_boundary():
    positions = np.array([[0.1, 0, 0], [0.2, 0.1, 0], [2.85, 0, 0], [0.0, 0, 0]])
    chains = np.array([0, 0, 1])
    arguments = (3, np.array([0, 1, 2]), chains, np.full(3, 3.0))
    assert bound_oxygen(positions, *arguments, 0.3) == 0
    assert bound_oxygen(positions, *arguments, 0.16) == 0
    assert bound_oxygen(positions[[2, 1, 0, 3]], *arguments, 0.12) == 2
    assert bound_oxygen(positions, *arguments, 0.05) is None


def test_a_bound_cation_keeps_its_distance_when_the_box_grows(dry):
    positions = dry.positions_nm.copy()
    cation, oxygen = dry.groups.cations[0], dry.groups.donor_oxygens[0, 0]
    # Bound to an image of the chain three boxes away.
    positions[cation] = positions[oxygen] + [0.2 + 3 * dry.edge_nm, 0.0, 0.0]
    physics = load_protocol("smoke").physics
    engine = Engine(dry.topology, dry.system, physics, 1, None, dry.groups, "Reference")
    simulation = engine.simulation(state_at(dry.system, positions, np.eye(3) * dry.edge_nm), 1.0, 300.0, 1)
    scale_box(simulation, np.full(3, 1.1), centres_with_bound_cations(dry.groups, 0.25))
    after = simulation.context.getState(positions=True).getPositions(asNumpy=True)._value
    grown = 3 * 1.1 * dry.edge_nm
    assert after[cation] - after[oxygen] == pytest.approx([0.2 + grown, 0.0, 0.0], abs=1e-4)


@pytest.mark.parametrize(("waters", "rounds", "volume"), [(1600, 8, 7.5), (5, 8, 7.5), (1, 1, 100.0)])
def test_rounds_end_with_all_the_water(waters, rounds, volume):
    after = waters_after_rounds(waters, rounds, volume)
    assert len(after) == rounds
    assert after == sorted(after)
    assert after[-1] == waters


def test_the_swollen_box_holds_what_the_protocol_says(finished, protocol):
    directory, outcomes = finished
    composition = plan(FORMULATION, protocol)
    contents = contents_files(directory).load()
    assert len(contents.groups.water_oxygens) == 5 * composition.donor_groups
    assert contents.topology.getNumAtoms() == contents.system.getNumParticles() == estimate(FORMULATION, protocol).atoms
    assert set(outcomes) <= set(MolecularDynamicsOracle(protocol, 1).outcomes)
    assert outcomes["water_coordination_number"] > 0


def test_chains_and_cations_are_those_of_the_dry_box(finished):
    directory, _ = finished
    before, after = (contents_files(directory, steps).load() for steps in (0, 99))
    assert after.groups.cations.tolist() == before.groups.cations.tolist()
    dry, wet = ([str(atom) for atom in one.topology.atoms()] for one in (before, after))
    assert wet[: len(dry)] == dry
    assert len(list(before.topology.bonds())) + 2 * len(after.groups.water_oxygens) == len(list(after.topology.bonds()))


@pytest.mark.parametrize("first_lost", ["swell", "unload"])
def test_after_an_interruption_in_or_after_the_swelling_it_ends_with_the_same(finished, protocol, first_lost):
    directory, outcomes = finished
    kinds = [step.kind for step in protocol.steps]
    for index in range(kinds.index(first_lost), len(kinds)):
        (directory / f"step-{index:02d}.xml").unlink()
    assert simulate_replicate(FORMULATION, protocol, 0, directory) == outcomes


def test_12_6_4_ions_are_refused(protocol):
    other = protocol.model_copy(update={"physics": protocol.physics.model_copy(update={"ion_model": "12-6-4"})})
    with pytest.raises(CannotSimulate, match="lets water into the box"):
        plan(FORMULATION, other)


def test_a_swollen_box_that_is_too_large_is_refused_before_it_is_built(protocol):
    small = protocol.model_copy(update={"box": protocol.box.model_copy(update={"max_atoms": 150})})
    with pytest.raises(CannotSimulate, match="needs a box of about"):
        plan(FORMULATION, small)


def test_the_shipped_level_differs_from_screen_by_water_alone():
    screen, explicit = load_protocol("screen"), load_protocol("explicit")
    assert explicit.physics == screen.physics
    assert explicit.box == screen.box.model_copy(update={"max_atoms": explicit.box.max_atoms})
    (swelling,) = (index for index, step in enumerate(explicit.steps) if isinstance(step, Swell))
    assert explicit.steps[:swelling] == screen.steps[:swelling]
    assert "hydration=20 waters per donor group" in conditions_of(explicit)
