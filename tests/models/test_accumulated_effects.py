"""Accumulated local effects of functions whose answers are known."""

import numpy as np
import pytest

from ionlink.data import Formulation, cations
from ionlink.models.accumulated_effects import MOST_STEPS, accumulated_rows, curve_steps, descriptor_effects, steps_of
from ionlink.models.inputs import InputScaling


def effect(function, inputs, column, steps):
    def moved(rows, value):
        rows = rows.copy()
        rows[:, column] = value
        return rows

    asked = accumulated_rows(inputs, inputs[:, column], steps, moved)
    return asked.of(function(asked.rows))


@pytest.fixture
def inputs():
    """Two inputs that go together: 0.9 correlated."""
    first = np.random.default_rng(2).standard_normal(400)
    return np.column_stack([first, 0.9 * first + 0.4 * np.random.default_rng(3).standard_normal(400)])


@pytest.mark.parametrize("steps", [steps_of, curve_steps])
def test_the_effect_in_a_linear_function_is_the_line(inputs, steps):
    over = steps(inputs[:, 0])
    found = effect(lambda x: 3 * x[:, 0] - 5 * x[:, 1] + 7, inputs, 0, over)
    assert np.diff(found) == pytest.approx(3 * np.diff(over.values))
    assert np.interp(inputs[:, 0], over.values, found).mean() == pytest.approx(0, abs=1e-12)


def test_correlation_lends_no_effect(inputs):
    assert effect(lambda x: x[:, 1] ** 3, inputs, 0, steps_of(inputs[:, 0])) == pytest.approx(0, abs=1e-12)


def test_few_values_take_the_discrete_form():
    charges = np.array([2.0, 2, 2, 3, 3, 4])
    steps = steps_of(charges)
    assert steps.values.tolist() == [2, 3, 4]
    assert [places.tolist() for places in steps.members] == [[0, 1, 2, 3, 4], [3, 4, 5]]
    found = effect(lambda x: x[:, 0] ** 2, charges[:, None], 0, steps)
    assert np.diff(found) == pytest.approx([5, 7])
    assert (found[[0, 0, 0, 1, 1, 2]]).mean() == pytest.approx(0, abs=1e-12)


def test_many_values_are_joined_and_nobody_is_lost(inputs):
    steps = steps_of(inputs[:, 0])
    assert len(steps.values) == MOST_STEPS + 1
    assert sorted(np.concatenate(steps.members)) == list(range(len(inputs)))


def test_each_different_row_is_asked_for_once():
    same = np.ones((5, 1)) * np.array([[1.0, 2.0]])
    same[3:, 0] = 2.0
    asked = accumulated_rows(
        same, same[:, 0], steps_of(same[:, 0]), lambda rows, v: np.column_stack([rows[:, 1] * 0 + v, rows[:, 1]])
    )
    assert len(asked.rows) == 2


def observed():
    return [
        Formulation(cation=c, ligand=p, ratio=r)
        for c in ("Mg2+", "Ca2+", "Fe3+", "Zr4+")
        for p in ("PAA", "alginate")
        for r in (8, 60)
    ]


def every(scaling):
    """Places of all inputs, for a model that depends on each."""
    return range(scaling.dimension)


def test_descriptors_are_given_in_their_unit_and_only_those_that_vary():
    scaling = InputScaling.of(observed())
    effects = {e.descriptor: e for e in descriptor_effects(scaling.transform(observed()), scaling, every(scaling))}
    assert effects["charge"].at == pytest.approx([2, 3, 4])
    radii = sorted(cations()[name].ionic_radius_angstrom for name in ("Mg2+", "Ca2+", "Fe3+", "Zr4+"))
    assert effects["ionic_radius"].at == pytest.approx(radii)
    assert 10 ** effects["log10_ratio"].at[[0, -1]] == pytest.approx([8, 60])
    assert effects["log10_ratio"].formulations[0] == len(observed())
    assert "aromatic_fraction" not in effects
    hardness = sorted(cations()[name].hardness_ev for name in ("Mg2+", "Ca2+", "Fe3+", "Zr4+"))
    assert effects["hardness"].at == pytest.approx(hardness)  # in eV, though its logarithm is the input


def test_what_charge_and_radius_define_moves_with_them():
    scaling = InputScaling.of(observed())
    effects = {e.descriptor: e for e in descriptor_effects(scaling.transform(observed()), scaling, every(scaling))}
    assert not {"ionic_potential", "z2_over_r"} & set(effects)
    for name in ("charge", "ionic_radius"):
        rows = effects[name].asked.rows
        unit = {
            n: rows[:, k] * scaling.width[k] + scaling.lower[k]
            for k, n in enumerate(scaling.columns)
            if n in ("charge", "ionic_radius", "ionic_potential", "z2_over_r")
        }
        assert unit["ionic_potential"] == pytest.approx(unit["charge"] / unit["ionic_radius"])
        assert unit["z2_over_r"] == pytest.approx(unit["charge"] ** 2 / unit["ionic_radius"])


def test_formulations_with_an_unknown_value_stand_behind_no_step():
    formulations = [*observed(), Formulation(cation="VO2+", ligand="PAA", ratio=8)]
    scaling = InputScaling.of(formulations)
    effects = {e.descriptor: e for e in descriptor_effects(scaling.transform(formulations), scaling, every(scaling))}
    assert max(effects["ionic_radius"].formulations) < len(formulations)
    assert effects["log10_ratio"].formulations[0] == len(formulations)


def test_descriptors_that_the_model_does_not_use_have_no_effect():
    scaling = InputScaling.of(observed())
    used = scaling.positions(["ionic_potential", "hardness"])
    effects = descriptor_effects(scaling.transform(observed()), scaling, used)
    assert {e.descriptor for e in effects} == {"charge", "ionic_radius", "hardness"}  # z/r moves with the first two


def test_an_unknown_value_that_shares_its_flag_is_known_as_unknown():
    formulations = [*observed(), Formulation(cation="VO2+", ligand="PAA", ratio=8)]
    scaling = InputScaling.of(formulations)
    assert "octahedral_radius" not in scaling.flagged  # unknown where the ionic radius is, and that is flagged
    effects = {e.descriptor: e for e in descriptor_effects(scaling.transform(formulations), scaling, every(scaling))}
    assert cations()["VO2+"].octahedral_radius_angstrom is None
    assert effects["octahedral_radius"].at == pytest.approx([0.645, 0.72, 1.0])  # Fe3+; Mg2+ and Zr4+; Ca2+


def test_whose_descriptor_is_moved_stays_who_it_was():
    scaling = InputScaling.of(observed())
    effects = {e.descriptor: e for e in descriptor_effects(scaling.transform(observed()), scaling, every(scaling))}
    assert effects["charge"].without == ("own_cation",)
    assert effects["molar_mass_per_donor"].without == ("own_ligand",)
    assert effects["log10_ratio"].without == ()
