"""A box whose cations are all free is a result: what is defined there is given, the rest left out."""

import MDAnalysis
import openmm
import pytest

from ionlink.data import Formulation
from ionlink.simulate.analysis import analyse

CATION = (15.0, 15.0, 15.0)
NEAR = ((15.0, 17.0, 15.0), (15.0, 19.2, 15.0))
APART = ((15.0, 21.0, 15.0), (15.0, 23.2, 15.0))
FAR = ((15.0, 29.0, 15.0), (15.0, 29.5, 15.0))


@pytest.fixture
def outcomes(arrangement, universe, tmp_path):
    """Outcomes of one Fe3+ and one carboxylate that lies as given, at rest and stretched alike."""

    def found(carboxylate):
        positions, groups = arrangement([CATION], [carboxylate], [0])
        system, force = openmm.System(), openmm.NonbondedForce()
        for charge in (-0.5, -0.5, 3.0):
            system.addParticle(16.0)
            force.addParticle(charge, 0.1, 0.0)
        system.addForce(force)
        for name in ("rest", "stretched"):
            moving = universe([positions] * 20, 30.0)
            with MDAnalysis.Writer(str(tmp_path / f"{name}.dcd"), len(positions), dt=0.1) as writer:
                for _ in moving.trajectory:
                    writer.write(moving.atoms)
        return analyse(tmp_path, system, groups, Formulation(cation="Fe3+", ligand="PAA", ratio=1))

    return found


@pytest.mark.parametrize("carboxylate", [APART, FAR])
def test_free_cations_hold_nothing(outcomes, carboxylate):
    found = outcomes(carboxylate)
    for outcome in (
        "coordination_number",
        "chains_per_cation",
        "crosslinking_cation_fraction",
        "interchain_crosslinks_per_cation",
        "exchange_events_per_cation_ns",
    ):
        assert found[outcome] == 0
    assert found["free_cation_fraction"] == 1


def test_what_is_said_of_a_first_shell_or_of_coordinated_groups_is_left_out_without_one(outcomes):
    lost = set(outcomes(NEAR)) - set(outcomes(APART))
    assert lost == {
        "cation_oxygen_distance",
        "first_shell_resolved",
        "nearer_oxygen_distance",
        "farther_oxygen_distance",
        "oxygen_distance_asymmetry",
        *(f"{mode}_fraction" for mode in ("monodentate", "chelating", "bridging", "chain_bridging")),
        *(f"cation_{mode}_share" for mode in ("monodentate", "chelating", "bridging")),
        "bond_survival",
        "residence_time_at_least",
        "coordination_retention",
    }


def test_without_a_chain_near_a_cation_there_is_no_attraction_to_be_spread(outcomes):
    found = outcomes(FAR)
    assert found["crosslink_strength"] == 0
    assert {"coulomb_spread", "coulomb_retention"} & set(found) == set()
    assert {"coulomb_spread", "coulomb_retention"} <= set(outcomes(APART))
