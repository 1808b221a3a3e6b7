"""A replicate from formulation to outcomes, interrupted or not."""

import json
import os
import re
import shutil
from dataclasses import replace

import numpy as np
import openmm
import pandas as pd
import pytest
from openmm import unit

from ionlink.data import Formulation, InputError, outcomes
from ionlink.simulate import SimulationFailed, molecular_dynamics_oracle
from ionlink.simulate.errors import NumericalBreakdown
from ionlink.simulate.nonbonded import nonbonded_force
from ionlink.simulate.steps import run_step

DAMAGED = ("system.xml", "groups.json", "topology.pdb", "identity.json", "step-05.json", "stress.csv")


def test_every_outcome_is_in_the_catalogue_and_within_its_range(finished, oracle):
    _, found = finished
    assert set(found) <= set(oracle.outcomes)
    too_far_for_this_box = {"oxygens_within_8_angstrom", "oxygens_beyond_8_angstrom"}
    undefined_without_cross_links = {"crosslink_retention"}
    longer_stretch = {"youngs_modulus"}  # the stress of a few femtoseconds may be all noise, and has no slope then
    longer_watch = {"residence_time"}  # no bond need break in a picosecond
    undefined = too_far_for_this_box | undefined_without_cross_links | longer_stretch | longer_watch
    assert set(oracle.outcomes) - set(found) <= undefined
    for name, value in found.items():
        outcome = outcomes()[name]
        assert outcome.kind != "measured"
        assert outcome.lower is None or value >= outcome.lower
        assert outcome.upper is None or value <= outcome.upper


def test_iron_binds_carboxylate_oxygen_at_a_chemical_distance(finished):
    _, found = finished
    assert 1.8 < found["cation_oxygen_distance"] < 2.3
    assert found["coordination_number"] > 2


def test_coordination_modes_are_shares_of_a_whole(finished):
    _, found = finished
    modes = ("monodentate_fraction", "chelating_fraction", "bridging_fraction")
    assert sum(found[mode] for mode in modes) == pytest.approx(1)


def test_strength_and_energy_per_charge_are_the_same_energy(finished, formulation):
    _, found = finished
    donor_groups_per_charge = formulation.ratio / 3
    assert found["crosslink_strength"] * donor_groups_per_charge == pytest.approx(-found["coulomb_per_charge"])


def test_the_rdf_ends_in_the_mean_number_of_oxygens(finished):
    directory, _ = finished
    rdf = pd.read_csv(directory / "rdf.csv")
    assert list(rdf.columns) == ["r_angstrom", "g_r", "coordination_number", "g_r_nearer", "g_r_farther"]
    assert rdf["coordination_number"].is_monotonic_increasing
    assert rdf.loc[rdf["r_angstrom"] < 1.5, "g_r"].max() == 0


def test_an_interrupted_replicate_ends_like_an_uninterrupted_one(finished, oracle, formulation, tmp_path):
    directory, whole = finished
    shutil.copytree(directory, tmp_path / "cut")
    for step in range(4, len(oracle.settings.steps)):
        (tmp_path / "cut" / f"step-{step:02d}.xml").unlink()
    (tmp_path / "cut" / "rest.dcd").write_bytes(b"half a frame")
    kept = (tmp_path / "cut" / "step-03.xml").stat().st_mtime_ns
    resumed = oracle.run_replicate(formulation, 0, tmp_path / "cut")
    assert (tmp_path / "cut" / "step-03.xml").stat().st_mtime_ns == kept
    assert resumed == whole


@pytest.mark.parametrize("name", ["rest", "stretched"])
def test_frames_that_were_deleted_to_make_room_are_sampled_again(finished, oracle, formulation, tmp_path, name):
    directory, whole = finished
    shutil.copytree(directory, tmp_path / "thin")
    (tmp_path / "thin" / f"{name}.dcd").unlink()
    assert oracle.run_replicate(formulation, 0, tmp_path / "thin") == whole


@pytest.mark.parametrize("left", [0.0, 0.5, 0.999])
def test_frames_that_are_not_all_there_are_sampled_again(finished, oracle, formulation, tmp_path, left):
    directory, whole = finished
    shutil.copytree(directory, tmp_path / "thin")
    frames = tmp_path / "thin" / "rest.dcd"
    os.truncate(frames, int(left * frames.stat().st_size))
    assert oracle.run_replicate(formulation, 0, tmp_path / "thin") == whole
    assert frames.stat().st_size == (directory / "rest.dcd").stat().st_size


@pytest.mark.parametrize(
    ("name", "way_out"),
    [
        ("step-03.xml", "delete it, then the same command makes it again"),
        ("start.xml", "delete it, then the same command makes it again"),
        *((name, "delete .*, then the same command runs this replicate again") for name in DAMAGED),
    ],
)
@pytest.mark.parametrize("left", [0.0, 0.5])
def test_a_damaged_file_is_named_and_held_against_the_machine(
    finished, oracle, formulation, tmp_path, name, way_out, left
):
    shutil.copytree(finished[0], tmp_path / "hurt")
    file = tmp_path / "hurt" / name
    os.truncate(file, int(left * file.stat().st_size))
    with pytest.raises(SimulationFailed, match=f"{re.escape(str(file))} is damaged or missing; {way_out}") as caught:
        oracle.run_replicate(formulation, 0, tmp_path / "hurt")
    assert caught.value.kind == "storage"


@pytest.mark.parametrize("name", DAMAGED[:3] + DAMAGED[4:])
def test_a_missing_file_is_named_and_held_against_the_machine(finished, oracle, formulation, tmp_path, name):
    shutil.copytree(finished[0], tmp_path / "hurt")
    (tmp_path / "hurt" / name).unlink()
    with pytest.raises(SimulationFailed, match=rf"{re.escape(name)} is damaged or missing; delete .*hurt, ") as caught:
        oracle.run_replicate(formulation, 0, tmp_path / "hurt")
    assert caught.value.kind == "storage"


@pytest.mark.parametrize("name", ["step-03.xml", "start.xml"])
def test_a_state_that_was_deleted_is_made_again(finished, oracle, formulation, tmp_path, name):
    directory, whole = finished
    shutil.copytree(directory, tmp_path / "hurt")
    (tmp_path / "hurt" / name).unlink()
    assert oracle.run_replicate(formulation, 0, tmp_path / "hurt") == whole
    assert (tmp_path / "hurt" / name).read_bytes() == (directory / name).read_bytes()


def test_frames_are_on_the_disk_before_the_state_that_says_so(finished, oracle, formulation, tmp_path, monkeypatch):
    directory, _ = finished
    shutil.copytree(directory, tmp_path / "cut")
    (tmp_path / "cut" / "step-08.xml").unlink()
    reached, fsync = [], os.fsync

    def noted(descriptor):
        reached.append((os.fstat(descriptor).st_ino, os.fstat(descriptor).st_size))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    oracle.run_replicate(formulation, 0, tmp_path / "cut")
    frames, state = ((tmp_path / "cut" / name).stat() for name in ("stretched.dcd", "step-08.xml"))
    order = [inode for inode, _ in reached]
    assert (frames.st_ino, frames.st_size) in reached
    assert order.index(frames.st_ino) < order.index(state.st_ino)


@pytest.mark.parametrize("change", [{"cation": "Mg2+"}, {"ratio": 5.0}])
def test_a_directory_of_another_formulation_is_refused(finished, oracle, formulation, change):
    directory, _ = finished
    with pytest.raises(InputError, match=r"holds another simulation .*; name another directory"):
        oracle.run_replicate(formulation.model_copy(update=change), 0, directory)


def test_a_directory_of_another_protocol_is_refused(finished, formulation):
    directory, _ = finished
    with pytest.raises(InputError, match="holds another simulation"):
        molecular_dynamics_oracle("screen").run_replicate(formulation, 0, directory)


def test_a_directory_of_a_polymer_that_was_defined_otherwise_is_refused(oracle, tmp_path, define_polymer):
    mine = Formulation(cation="Fe3+", ligand="Mine", ratio=4)
    define_polymer("[*:1]CC([*:2])C(=O)[O-]")
    found = oracle.run_replicate(mine, 0, tmp_path)
    define_polymer("[O-]C(=O)C([*:2])C[*:1]")
    assert oracle.run_replicate(mine, 0, tmp_path) == found
    define_polymer("[*:1]CC(C)([*:2])C(=O)[O-]")
    with pytest.raises(InputError, match=r"identity\.json: is of another polymer of the name `Mine`, .*name another"):
        oracle.run_replicate(mine, 0, tmp_path)


def test_a_directory_that_was_begun_before_polymers_were_kept_goes_on(finished, oracle, formulation, tmp_path):
    directory, found = finished
    shutil.copytree(directory, tmp_path / "old")
    path = tmp_path / "old" / "identity.json"
    identity = json.loads(path.read_text("utf-8"))
    assert identity.pop("polymer")["donor_group"] == "carboxylate"
    path.write_text(json.dumps(identity), "utf-8")
    assert oracle.run_replicate(formulation, 0, tmp_path / "old") == found


def test_a_step_that_breaks_down_is_tried_again_with_other_random_numbers(finished, oracle, formulation, tmp_path):
    directory, _ = finished
    last = len(oracle.settings.steps) - 1
    shutil.copytree(directory, tmp_path / "nan")
    (tmp_path / "nan" / f"step-{last:02d}.xml").unlink()
    seeds = []

    def breaks_once(step, engine, state, seed):
        seeds.append(seed)
        if len(seeds) == 1:
            raise NumericalBreakdown("Particle coordinate is NaN")
        return run_step(step, engine, state, seed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ionlink.simulate.steps.attempts.run_step", breaks_once)
        oracle.run_replicate(formulation, 0, tmp_path / "nan")
    assert len(set(seeds)) == 2
    assert json.loads((tmp_path / "nan" / f"step-{last:02d}.json").read_text())["attempts"] == 2


def test_a_step_that_always_breaks_down_fails_with_the_step_and_the_reason(
    finished, oracle, formulation, tmp_path, monkeypatch
):
    directory, _ = finished
    shutil.copytree(directory, tmp_path / "nan")
    (tmp_path / "nan" / "step-08.xml").unlink()

    def breaks(*_):
        raise NumericalBreakdown("Particle coordinate is NaN")

    monkeypatch.setattr("ionlink.simulate.steps.attempts.run_step", breaks)
    with pytest.raises(SimulationFailed, match=r"step 8 \(produce\) broke down 3 times.*NaN"):
        oracle.run_replicate(formulation, 0, tmp_path / "nan")


def test_the_call_that_tries_it_again_has_other_random_numbers(finished, oracle, formulation, tmp_path, monkeypatch):
    directory, _ = finished
    shutil.copytree(directory, tmp_path / "nan")
    (tmp_path / "nan" / "step-08.xml").unlink()
    seeds = []

    def breaks(step, engine, state, seed):
        seeds.append(seed)
        raise NumericalBreakdown("Particle coordinate is NaN")

    monkeypatch.setattr("ionlink.simulate.steps.attempts.run_step", breaks)
    for attempts in (3, 6):
        with pytest.raises(SimulationFailed, match=f"broke down {attempts} times"):
            oracle.run_replicate(formulation, 0, tmp_path / "nan")
    assert len(set(seeds)) == 6


def test_replicates_differ(finished, oracle, formulation, tmp_path):
    _, first = finished
    second = oracle.run_replicate(formulation, 1, tmp_path)
    assert second["coulomb_per_charge"] != first["coulomb_per_charge"]
    observed = {o.outcome: o for o in oracle.observations(formulation, [first, second])}
    distance = observed["coulomb_per_charge"]
    values = np.array([first["coulomb_per_charge"], second["coulomb_per_charge"]])
    assert distance.value == pytest.approx(values.mean())
    assert distance.standard_error == pytest.approx(np.abs(np.diff(values)).item() / 2)
    assert distance.replicates == 2
    assert distance.protocol == oracle.protocol


def test_the_box_is_neutral_and_its_charges_scaled(finished, oracle):
    directory, _ = finished
    system = openmm.XmlSerializer.deserialize((directory / "system.xml").read_text())
    force = nonbonded_force(system)
    charges = [
        force.getParticleParameters(index)[0].value_in_unit(unit.elementary_charge)
        for index in range(force.getNumParticles())
    ]
    assert sum(charges) == pytest.approx(0, abs=1e-4)
    assert max(charges) == pytest.approx(3 * oracle.settings.physics.charge_scaling)


def test_stretching_lengthens_the_box_by_the_strain(finished, oracle):
    directory, _ = finished
    stretch = [step.kind for step in oracle.settings.steps].index("stretch")
    before, after = (
        openmm.XmlSerializer.deserialize((directory / f"step-{step:02d}.xml").read_text())
        for step in (stretch - 1, stretch)
    )
    volume_ratio = after.getPeriodicBoxVolume() / before.getPeriodicBoxVolume()
    assert volume_ratio == pytest.approx(1.3, rel=1e-6)


def test_more_cations_than_charge_balance_get_chloride(oracle, tmp_path):
    found = oracle.run_replicate(Formulation(cation="Mg2+", ligand="PAA", ratio=1), 0, tmp_path)
    assert "Cl" in (tmp_path / "topology.pdb").read_text()
    assert found["coulomb_per_charge"] < 0


@pytest.mark.parametrize(
    ("formulation", "reason"),
    [
        (Formulation(cation="Ti4+", ligand="PAA", ratio=10), "Ti4\\+ has no parameters"),
        (Formulation(cation="Fe3+", ligand="chitosan", ratio=10), "binds by the N of its amine"),
        (Formulation(cation="Fe3+", ligand="PVA-borate", ratio=10), "GAFF2 has no parameters for B"),
        (Formulation(cation="Fe3+", ligand="PF-COO", ratio=500), "atoms and `smoke` allows .*; use a smaller ratio"),
        (Formulation(cation="Fe3+", ligand="PAA", ratio=0.01), "atoms and `smoke` allows .*; use a larger ratio"),
    ],
)
def test_what_cannot_be_simulated_is_refused_with_a_reason(oracle, formulation, reason):
    assert re.search(reason, oracle.refusal(formulation) or "not refused")


def test_a_box_that_no_ratio_makes_small_enough_needs_another_protocol(oracle, formulation):
    settings = oracle.settings.model_copy(update={"box": oracle.settings.box.model_copy(update={"max_atoms": 50})})
    assert "; use a protocol that allows more" in (replace(oracle, settings=settings).refusal(formulation) or "")


def test_what_can_be_simulated_is_not_refused(oracle, formulation):
    assert oracle.refusal(formulation) is None
