import numpy as np
import pytest
import torch
from botorch.utils.multi_objective.pareto import is_non_dominated
from hypothesis import given
from hypothesis import strategies as st

from ionlink.data import Formulation, Observation
from ionlink.optimize import Aim, Objective, OutcomeConstraint
from ionlink.optimize.standing import best_desirability, formulations_of, hypervolume, non_dominated, standing

UP = Objective(outcome="chains_per_cation", goal="maximise")
DOWN = Objective(outcome="coulomb_spread", goal="minimise")


def seen(ratio, **values):
    formulation = Formulation(cation="Fe3+", ligand="PAA", ratio=ratio)
    return [
        Observation(formulation=formulation, outcome=o, value=v, standard_error=0.1, level="lab", source="test")
        for o, v in values.items()
    ]


TOLD = [
    *seen(10, chains_per_cation=3.0, coulomb_spread=0.3),
    *seen(20, chains_per_cation=2.0, coulomb_spread=0.1),
    *seen(30, chains_per_cation=1.5, coulomb_spread=0.2),
    *seen(40, chains_per_cation=9.0),
    *seen(50, density=1.0),
]


def test_the_front_comes_first_and_incomplete_rows_last():
    frame = standing(TOLD, Aim((UP, DOWN)))
    assert frame["ratio"].tolist()[2:] == [30, 40]
    assert set(frame["ratio"].tolist()[:2]) == {10, 20}
    assert frame["on_front"].tolist() == [True, True, False, False]
    assert frame["complete"].tolist() == [True, True, True, False]
    assert frame["rank"].tolist() == [1, 2, 3, 4]
    assert np.isnan(frame["coulomb_spread"].iloc[3])
    assert (frame["chains_per_cation_standard_error"] == 0.1).all()


def test_a_limit_counts_as_the_worst_that_it_leaves():
    def limit(value, bound, outcome="coulomb_spread"):
        return [o.model_copy(update={"bound": bound}) for o in seen(60, **{outcome: value})]

    aim = Aim((UP, DOWN))
    sure = standing([*TOLD, *seen(60, chains_per_cation=3.5), *limit(0.1, "<")], aim)
    assert sure.loc[sure["on_front"], "ratio"].tolist() == [60], "it is better than all others for certain"
    assert np.isnan(sure["coulomb_spread"].iloc[0])
    open_end = standing([*TOLD, *seen(60, chains_per_cation=3.5), *limit(0.01, ">")], aim)
    assert not open_end.loc[open_end["ratio"] == 60, "complete"].any(), "it may be anything above"
    reference = {"chains_per_cation": 1.0, "coulomb_spread": -0.5}
    assert hypervolume([*seen(60, chains_per_cation=3.0), *limit(0.1, "<")], aim, reference) == pytest.approx(2 * 0.4)
    assert best_desirability(limit(0.1, "<"), Aim((DOWN,))) == pytest.approx(-0.1)


def test_hypervolume_is_an_area():
    # Over the reference (1, −0.5): 2 × 0.2 of the first point, and 1 × 0.2 more of the second.
    reached = hypervolume(TOLD, Aim((UP, DOWN)), {"chains_per_cation": 1.0, "coulomb_spread": -0.5})
    assert reached == pytest.approx(2 * 0.2 + 1 * 0.2)
    assert hypervolume([], Aim((UP, DOWN)), {"chains_per_cation": 1.0, "coulomb_spread": -0.5}) == 0.0


def test_nothing_observed_is_an_empty_table():
    frame = standing([], Aim((UP, DOWN)))
    assert len(frame) == 0
    assert "coulomb_spread_desirability" in frame.columns


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=12))
def test_the_front_is_that_of_botorch(rows):
    matrix = np.array(rows, dtype=float)
    assert non_dominated(matrix).tolist() == is_non_dominated(torch.as_tensor(matrix), deduplicate=False).tolist()


def test_what_is_worse_than_a_given_reference_is_not_on_the_front():
    least = UP.model_copy(update={"reference": 2.5})
    frame = standing(TOLD, Aim((least, DOWN))).set_index("ratio")
    assert frame["on_front"].to_dict() == {10.0: True, 20.0: False, 30.0: False, 40.0: False}
    nothing = standing(TOLD, Aim((UP.model_copy(update={"reference": 5.0}), DOWN)))
    assert not nothing["on_front"].any()
    assert hypervolume(TOLD, Aim((least, DOWN)), {"chains_per_cation": 2.5, "coulomb_spread": -1.0}) == pytest.approx(
        0.35
    )


LIMIT = OutcomeConstraint(outcome="density", upper=1.2)


def test_what_breaks_a_constraint_is_not_on_the_front_and_comes_after_what_holds_it():
    told = [*TOLD, *seen(10, density=1.5), *seen(20, density=1.0), *seen(30, density=1.1)]
    frame = standing(told, Aim((UP, DOWN), (LIMIT,))).set_index("ratio")
    assert frame["feasible"].to_dict() == {20: True, 30: True, 10: False, 40: False, 50: True}
    assert frame["on_front"].to_dict() == {20: True, 30: False, 10: False, 40: False, 50: False}
    assert frame["complete"].to_dict() == {20: True, 30: True, 10: True, 40: False, 50: False}
    assert frame.index.tolist()[:3] == [20, 30, 10]
    assert "density_standard_error" in frame.columns
    assert "density_desirability" not in frame.columns


def test_volume_and_best_value_count_only_what_holds_the_constraints():
    told = [*TOLD, *seen(10, density=1.5), *seen(20, density=1.0)]
    reference = {"chains_per_cation": 1.0, "coulomb_spread": -0.5}
    assert hypervolume(told, Aim((UP, DOWN), (LIMIT,)), reference) == pytest.approx(1 * 0.4)
    assert best_desirability(told, Aim((UP,))) == 9.0
    assert best_desirability(told, Aim((UP,), (LIMIT,))) == 2.0
    assert best_desirability(seen(10, density=1.5), Aim((UP,), (LIMIT,))) is None


def test_combined_objectives_are_ranked_by_their_one_value():
    up, down = UP.model_copy(update={"spread": 1.0, "weight": 3.0}), DOWN.model_copy(update={"spread": 0.1})
    aim = Aim((up, down), combine="weights")
    frame = standing(TOLD, aim)
    assert frame["ratio"].tolist() == [10, 20, 30, 40]
    assert frame["score"].tolist()[:3] == pytest.approx([(9 - 3) / 4, (6 - 1) / 4, (4.5 - 2) / 4])
    assert np.isnan(frame["score"].iloc[3])
    assert frame["on_front"].tolist() == [True, False, False, False]
    assert best_desirability(TOLD, aim) == pytest.approx(1.5)
    assert "score" not in standing(TOLD, Aim((UP, DOWN))).columns


def test_formulations_that_differ_in_other_fields_stay_apart():
    mixed = Formulation(cation="Fe3+", ligand="PAA", ratio=10, second_cation="Mg2+", second_fraction=0.5)
    plain = mixed.model_copy(update={"second_cation": None, "second_fraction": None, "ph": 5.0})
    told = [o.model_copy(update={"formulation": f}) for f in (mixed, plain) for o in TOLD[:2]]
    frame = standing(told, Aim((UP, DOWN)))
    assert [*frame.columns[:6]] == ["rank", "cation", "ligand", "ratio", "second_cation", "second_fraction"]
    assert set(formulations_of(frame)) == {mixed, plain}
    assert "temperature_k" not in frame.columns
    assert "ph" not in standing(TOLD, Aim((UP, DOWN))).columns
