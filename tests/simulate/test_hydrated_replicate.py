"""A hydrated replicate with 12-6-4 ions goes through every step and the analysis."""

import openmm
import pytest

from ionlink.data import Formulation
from ionlink.simulate import load_protocol
from ionlink.simulate.groups import Groups
from ionlink.simulate.replicate import simulate_replicate


@pytest.fixture(scope="module")
def replicate(tmp_path_factory):
    """Directory and outcomes."""
    smoke = load_protocol("smoke")
    protocol = smoke.model_copy(
        update={
            "name": "smoke-hydrated",
            "box": smoke.box.model_copy(update={"waters_per_donor_group": 3}),
            "physics": smoke.physics.model_copy(update={"ion_model": "12-6-4"}),
        }
    )
    directory = tmp_path_factory.mktemp("hydrated")
    return directory, simulate_replicate(Formulation(cation="Ca2+", ligand="PAA", ratio=4), protocol, 0, directory)


def test_outcomes_count_the_oxygens_of_the_chains_alone(replicate):
    directory, outcomes = replicate
    groups = Groups.load(directory / "groups.json")
    assert len(groups.water_oxygens) == 3 * len(groups.donor_oxygens)
    assert 0 < outcomes["coordination_number"] < 10
    assert 2.0 < outcomes["cation_oxygen_distance"] < 3.0


def test_what_is_read_again_from_disk_still_has_the_attraction(replicate):
    system = openmm.XmlSerializer.deserialize((replicate[0] / "system.xml").read_text())
    assert sum(isinstance(force, openmm.CustomNonbondedForce) for force in system.getForces()) == 1
