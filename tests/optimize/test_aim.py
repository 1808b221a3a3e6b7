import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ionlink.data import InputError, targets
from ionlink.optimize import Aim, Objective, OutcomeConstraint
from ionlink.optimize.objective import objectives_of

UP = Objective(outcome="chains_per_cation", goal="maximise", reference=1.0, best=3.0, weight=2.0)
DOWN = Objective(outcome="coulomb_spread", goal="minimise", reference=1.0, best=0.0)
WITHIN = Objective(outcome="crosslink_strength", goal="window", lower=200.0, upper=300.0, reference=100.0)
LIMIT = OutcomeConstraint(outcome="density", upper=2.0)
OWN = OutcomeConstraint(outcome="coulomb_spread", upper=0.5)

PLAIN = Aim((UP.model_copy(update={"weight": 1.0}), DOWN, WITHIN), (LIMIT, OWN))
OVERALL = Aim((UP, DOWN, WITHIN), (LIMIT, OWN), "desirability")
WEIGHED = Aim((UP, DOWN, WITHIN), (LIMIT, OWN), "weights")
AIMS = pytest.mark.parametrize("aim", [PLAIN, OVERALL, WEIGHED], ids=lambda aim: aim.combine)
VALUES = arrays(float, (3, 2, 4), elements=st.floats(-400, 400))


def test_outcomes_are_those_of_the_objectives_then_of_the_constraints():
    assert PLAIN.outcomes == ("chains_per_cation", "coulomb_spread", "crosslink_strength", "density")
    assert (PLAIN.dimension, OVERALL.dimension, WEIGHED.dimension) == (3, 1, 1)


@AIMS
@given(values=VALUES)
def test_arrays_and_tensors_give_the_same(aim, values):
    tensor = torch.tensor(values)
    for of in (aim.desirability, aim.violation, aim.feasible):
        np.testing.assert_allclose(of(tensor).numpy(), of(values), rtol=1e-12, atol=1e-12)
    assert aim.desirability(values).shape == (3, 2, aim.dimension)
    assert aim.violation(values).shape == (3, 2, 2)
    np.testing.assert_array_equal(aim.feasible(values), (values[..., 3] <= 2.0) & (values[..., 1] <= 0.5))


@AIMS
@given(values=VALUES, gain=st.floats(0.001, 100))
def test_better_in_one_objective_is_never_worse(aim, values, gain):
    before = aim.desirability(values)
    more_chains, less_spread = values + np.array([gain, 0, 0, 0]), values - np.array([0, gain, 0, 0])
    assert (aim.desirability(more_chains) >= before - 1e-12).all()
    assert (aim.desirability(less_spread) >= before - 1e-12).all()


@AIMS
@given(values=arrays(float, (5, 4), elements=st.floats(-400, 400)))
def test_gradients_are_finite(aim, values):
    tensor = torch.tensor(values, requires_grad=True)
    aim.desirability(tensor).sum().backward()
    assert torch.isfinite(tensor.grad).all()
    assert (tensor.grad[:, 3] == 0).all()


def test_without_constraints_everything_is_feasible():
    free = Aim((UP.model_copy(update={"weight": 1.0}),))
    assert free.violation(np.zeros((4, 1))).shape == (4, 0)
    assert free.feasible(np.full((4, 1), np.nan)).all()
    assert free.feasible(torch.zeros(4, 1)).all()


def test_what_is_missing_is_missing_in_the_value_and_does_not_hold():
    values = np.array([[2.0, np.nan, 250.0, 1.0], [2.0, 0.4, 250.0, np.nan]])
    assert np.isnan(PLAIN.desirability(values)).tolist() == [[False, True, False], [False, False, False]]
    for aim in (OVERALL, WEIGHED):
        assert np.isnan(aim.desirability(values)).tolist() == [[True], [False]]
    assert PLAIN.feasible(values).tolist() == [False, False]


def test_overall_desirability_is_the_weighted_geometric_mean():
    """Half of the way with weight 2, all of it but a quarter with weight 1, and inside of the window."""
    value = OVERALL.desirability(np.array([2.0, 0.25, 250.0, 0.0]))
    assert value == pytest.approx((0.5**2 * 0.75 * 1.0) ** (1 / 4))
    assert OVERALL.desirability(np.array([9.0, 0.0, 300.0, 0.0])) == pytest.approx(1.0)


def test_nothing_makes_up_for_an_objective_that_fails():
    """At the worst or beyond it the value is 0 or less, and tells by its slope which way is better."""
    failing = np.array([[1.0, 0.0, 250.0, 0.0], [0.0, 0.0, 250.0, 0.0], [-4.0, 0.0, 250.0, 0.0]])
    values = OVERALL.desirability(failing)[:, 0]
    assert values[0] == 0
    assert 0 > values[1] > values[2] > -0.05
    outside = torch.tensor([0.0, 5.0, 20.0, 0.0], dtype=torch.float64, requires_grad=True)
    OVERALL.desirability(outside).sum().backward()
    assert (outside.grad * torch.tensor([1.0, -1.0, 1.0, 0.0])).tolist()[:3] > [0, 0, 0]


def test_a_weighted_sum_counts_each_objective_in_its_spread():
    value = WEIGHED.desirability(np.array([2.0, 0.25, 400.0, 0.0]))
    assert value == pytest.approx((2 * 2.0 / 2.0 - 0.25 / 1.0 - 100 / 100) / 4)


@pytest.mark.parametrize(
    ("objectives", "constraints", "combine", "faults"),
    [
        ((), (), "pareto", ["no objective given"]),
        ((DOWN, DOWN), (LIMIT, LIMIT), "pareto", ["coulomb_spread is the outcome of two objectives", "density is"]),
        ((DOWN,), (), "sum", ["combine: 'sum' is not known; write one of pareto, desirability, weights"]),
        ((UP, DOWN), (), "pareto", ["chains_per_cation has a weight"]),
    ],
)
def test_what_does_not_go_together_is_refused(objectives, constraints, combine, faults):
    with pytest.raises(InputError) as caught:
        Aim(objectives, constraints, combine)
    assert len(caught.value.faults) == len(faults)
    for said, expected in zip(caught.value.faults, faults, strict=True):
        assert said.startswith(expected)


def test_every_lack_is_told_at_once():
    bare = tuple(
        Objective(outcome=o, goal=g, **edges)
        for o, g, edges in (
            ("density", "maximise", {}),
            ("coulomb_spread", "minimise", {"reference": 1.0}),
            ("crosslink_strength", "at_least", {"lower": 3.0}),
        )
    )
    with pytest.raises(InputError) as caught:
        Aim(bare, combine="desirability")
    assert caught.value.faults == (
        "density needs reference and best to be combined by desirability",
        "coulomb_spread needs best to be combined by desirability",
        "crosslink_strength needs reference to be combined by desirability",
    )
    with pytest.raises(InputError) as caught:
        Aim(bare, combine="weights")
    assert [fault.split()[0] for fault in caught.value.faults] == ["density", "coulomb_spread"]


@pytest.mark.parametrize("combine", ["pareto", "desirability", "weights"])
@pytest.mark.parametrize("preset", targets())
def test_every_set_of_targets_is_an_aim_or_says_which_of_its_outcomes_lack_what(preset, combine):
    """No set has a best value, so only windows with a reference can be shared out between worst and best."""
    objectives = objectives_of(preset)
    directed = [o for o in objectives if o.goal != "window"]
    lacking = {"pareto": [], "weights": directed, "desirability": [o for o in objectives if o.reference is None]}
    lacking["desirability"] += [o for o in directed if o.reference is not None]
    wanted = sorted(o.outcome for o in lacking[combine])
    if not wanted:
        aim = Aim(objectives, combine=combine)
        assert np.isfinite(aim.desirability(np.ones((2, len(objectives))))).all()
        return
    with pytest.raises(InputError) as caught:
        Aim(objectives, combine=combine)
    assert sorted(fault.split()[0] for fault in caught.value.faults) == wanted
