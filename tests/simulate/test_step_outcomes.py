"""What the records of steps say about a replicate."""

import pytest

from ionlink.simulate import load_protocol
from ionlink.simulate.step_outcomes import step_outcome_names, step_outcomes
from ionlink.simulate.stress import StressPoint, save_stress

TENSILE = load_protocol("screen-tensile")


def records(converged, density_settled):
    """Records of the tensile level's steps, by place."""
    tests = [{"density": {"settled": False}}, {"density": {"settled": density_settled}}]
    kinds = {"compress": {"density": 1.2, "converged": True}}
    kinds["equilibrate"] = {"density": 1.3, "converged": converged, "tests": tests}
    return lambda index: kinds[TENSILE.steps[index].kind]


def save_cycle(directory, strains):
    load = [StressPoint(strain, 1000 * strain, "load", 0.0, 4.0 - strain) for strain in strains]
    unload = [StressPoint(strain, 1000 * strain - 10, "unload", 0.0, 4.0 - strain) for strain in strains[::-1]]
    save_stress([*load, *unload], directory / "stress.csv")


def test_a_level_has_the_outcomes_that_its_steps_give():
    assert step_outcome_names(load_protocol("screen")) == ("density", "density_settled", "equilibrated")
    assert set(step_outcome_names(TENSILE)) == {
        "density",
        "density_settled",
        "equilibrated",
        "youngs_modulus",
        "dissipated_energy",
    }


@pytest.mark.parametrize(("converged", "density_settled"), [(True, True), (False, True), (False, False)])
def test_the_last_step_that_waited_says_whether_the_box_came_to_rest(converged, density_settled, tmp_path):
    save_cycle(tmp_path, [0.0, 0.05, 0.1, 0.3])
    found = step_outcomes(TENSILE, records(converged, density_settled), tmp_path)
    assert found["density"] == 1.3
    assert found["density_settled"] == float(density_settled)
    assert found["equilibrated"] == float(converged)


def test_what_waits_after_the_network_was_sampled_at_rest_says_nothing_of_it(tmp_path):
    save_cycle(tmp_path, [0.0, 0.05, 0.1, 0.3])
    compress = next(step for step in TENSILE.steps if step.kind == "compress")
    last = len(TENSILE.steps)
    protocol = TENSILE.model_copy(update={"steps": (*TENSILE.steps, compress)})
    of_rest = records(True, True)
    found = step_outcomes(
        protocol, lambda index: {"density": 0.9, "converged": False} if index == last else of_rest(index), tmp_path
    )
    assert (found["density"], found["density_settled"]) == (1.3, 1.0)


def test_mechanics_come_from_the_curve(tmp_path):
    save_cycle(tmp_path, [0.0, 0.05, 0.1, 0.3])
    found = step_outcomes(TENSILE, records(True, True), tmp_path)
    assert found["youngs_modulus"] == pytest.approx(1000)
    assert found["dissipated_energy"] == pytest.approx(10 * 0.3)


def test_what_the_curve_is_too_short_for_is_missing_and_not_guessed(tmp_path):
    save_cycle(tmp_path, [0.0, 0.3])
    found = step_outcomes(TENSILE, records(True, True), tmp_path)
    assert "youngs_modulus" not in found
    assert found["dissipated_energy"] == pytest.approx(10 * 0.3)
