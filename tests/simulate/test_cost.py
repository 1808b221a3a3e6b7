"""The cost is known before the run: atoms exactly, time by what was measured."""

import pytest

from ionlink.data import Formulation
from ionlink.simulate import CannotSimulate, load_protocol, protocol_names
from ionlink.simulate.box import build_box
from ionlink.simulate.cost import Recorded, estimate, steps_of
from ionlink.simulate.protocol import swollen_waters_per_donor_group
from ionlink.simulate.step_kinds import Squeeze

PAA = Formulation(cation="Fe3+", ligand="PAA", ratio=8)


@pytest.mark.parametrize("level", protocol_names())
@pytest.mark.parametrize(("cation", "ratio"), [("Fe3+", 4), ("Mg2+", 9.5), ("Zr4+", 2)])
def test_atoms_are_those_of_the_box(level, cation, ratio):
    formulation = Formulation(cation=cation, ligand="PAA", ratio=ratio)
    protocol = load_protocol(level)
    box = build_box(formulation, protocol, 1)
    let_in = 3 * swollen_waters_per_donor_group(protocol) * box.composition.donor_groups
    assert estimate(formulation, protocol).atoms == box.system.getNumParticles() + let_in


@pytest.mark.parametrize(
    ("level", "processor_s"),
    # Processor time of whole replicates of PAA 8:1, on a busy machine: fifteen of `screen`, one of the others.
    [("screen", 48), ("screen-hydrated", 110), ("explicit", 401)],
)
def test_the_expected_time_is_near_what_replicates_took(level, processor_s):
    expected = estimate(PAA, load_protocol(level)).expected_wall_s
    assert processor_s / 1.5 < expected < processor_s * 1.5


def test_more_atoms_take_longer():
    times = [estimate(PAA.model_copy(update={"ratio": r}), load_protocol("screen")).expected_wall_s for r in (8, 60)]
    assert times[0] < times[1]


def test_recorded_times_correct_the_expectation():
    screen = load_protocol("screen")
    before = estimate(PAA, screen)
    recorded = [Recorded(before.atoms, before.steps, factor * before.expected_wall_s) for factor in (1.9, 2.0, 30.0)]
    assert estimate(PAA, screen, recorded=recorded).expected_wall_s == pytest.approx(2 * before.expected_wall_s)


def test_a_platform_that_was_not_measured_has_no_expectation_until_something_was_recorded():
    screen = load_protocol("screen")
    unknown = estimate(PAA, screen, "CUDA")
    assert unknown.expected_wall_s is None
    recorded = [Recorded(unknown.atoms, unknown.steps, 12.0)]
    assert estimate(PAA, screen, "CUDA", recorded).expected_wall_s == pytest.approx(12.0)


def test_a_squeeze_takes_as_many_increments_as_the_densities_ask_for():
    screen = load_protocol("screen")
    (squeeze,) = (step for step in screen.steps if isinstance(step, Squeeze))
    increments = steps_of(squeeze, screen) / (squeeze.minimise_iterations + squeeze.relax_steps)
    reached = screen.physics.start_density_g_cm3 / (1 - squeeze.linear_increment) ** (3 * increments)
    assert reached >= squeeze.density_g_cm3 > reached * (1 - squeeze.linear_increment) ** 3


def test_what_cannot_be_simulated_has_no_cost():
    with pytest.raises(CannotSimulate, match="Ti4"):
        estimate(PAA.model_copy(update={"cation": "Ti4+"}), load_protocol("screen"))
