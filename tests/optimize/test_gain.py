import math
from statistics import NormalDist

import pytest
import torch
from botorch.utils.multi_objective.hypervolume import Hypervolume

from ionlink.optimize import Aim, Objective, OutcomeConstraint
from ionlink.optimize.gain import front_chance, improvements
from ionlink.optimize.paths import joint_paths, marginal_paths

MORE = Objective(outcome="chains_per_cation", goal="maximise")
LESS = Objective(outcome="coulomb_spread", goal="minimise")
NORMAL = NormalDist()
COUNT = 4096


def tensor(rows):
    return torch.tensor(rows, dtype=torch.float64)


def paths(means, deviations):
    """Draws of independent Gaussian outcomes, rows of candidates."""
    columns = zip(tensor(means).T, tensor(deviations).square().T, strict=True)
    return marginal_paths([[moments] for moments in columns], COUNT, seed=0)


def expected_improvement(mean, deviation, best):
    z = (mean - best) / deviation
    return (mean - best) * NORMAL.cdf(z) + deviation * NORMAL.pdf(z)


@pytest.mark.parametrize(("mean", "deviation"), [(2.0, 0.5), (3.2, 0.1), (1.0, 2.0)])
def test_of_one_outcome_it_is_the_textbooks_expected_improvement(mean, deviation):
    added, reached = improvements(Aim((MORE,)), paths([[mean]], [[deviation]]), tensor([[3.0], [1.0], [2.5]]), None)
    assert float(added.mean()) == pytest.approx(expected_improvement(mean, deviation, 3.0), rel=0.02, abs=1e-4)
    assert reached == pytest.approx(0.5)


def test_of_two_outcomes_over_nothing_it_is_a_product():
    reference = tensor([0.0, -1.0])
    drawn = paths([[0.3, 0.8]], [[0.6, 0.5]])
    added, reached = improvements(Aim((MORE, LESS)), drawn, tensor([[-1.0, 3.0]]), reference)
    one, other = expected_improvement(0.3, 0.6, 0.0), expected_improvement(-0.8, 0.5, -1.0)
    assert float(added.mean()) == pytest.approx(one * other, rel=0.02)
    assert reached == 0.0


def test_it_is_what_the_hypervolume_grows_by():
    front, point = tensor([[3.0, 0.9], [2.0, 0.4], [1.0, 0.1]]), tensor([[2.5, 0.3]])
    reference = tensor([0.0, -1.0])
    added, reached = improvements(Aim((MORE, LESS)), point.unsqueeze(0), front, reference)
    volume, sign = Hypervolume(reference), tensor([1.0, -1.0])
    before, after = (volume.compute(values * sign) for values in (front, torch.cat([front, point])[[0, 3, 2]]))
    assert reached == pytest.approx(before)
    assert float(added) == pytest.approx(after - before)


def test_of_five_objectives_it_is_near_the_volume():
    names = ("chains_per_cation", "cation_oxygen_distance", "coulomb_per_charge", "peel_force", "youngs_modulus")
    aim = Aim(tuple(Objective(outcome=name, goal="maximise") for name in names))
    added, reached = improvements(aim, tensor([[[2.0] * 5]]), tensor([[1.0] * 5]), tensor([0.0] * 5))
    assert reached == pytest.approx(1.0, rel=0.2)
    assert float(added) == pytest.approx(31.0, rel=0.2)


def test_what_breaks_a_constraint_adds_nothing():
    aim = Aim((MORE,), (OutcomeConstraint(outcome="coulomb_spread", upper=0.5),))
    drawn = paths([[4.0, 0.5]], [[0.1, 0.1]])
    added, _ = improvements(aim, drawn, tensor([[3.0, 0.2], [9.0, 0.9]]), None)
    assert float((added > 0).double().mean()) == pytest.approx(0.5, abs=0.01)
    assert float(added.mean()) == pytest.approx(0.5, abs=0.02)


def test_where_nothing_known_holds_all_constraints_everything_counts_from_the_reference():
    aim = Aim((MORE, LESS), (OutcomeConstraint(outcome="cation_oxygen_distance", upper=2.1),))
    points = tensor([[[2.0, 0.5, 2.0], [2.0, 0.5, 2.2]]])
    added, reached = improvements(aim, points, tensor([[3.0, 0.1, 2.5]]), tensor([0.0, -1.0]))
    assert added.tolist() == [[pytest.approx(1.0), 0.0]]
    assert reached == 0.0


def test_the_chance_to_beat_the_best_knows_what_goes_together():
    mean = tensor([3.0, 3.2])
    apart, together = (tensor([[0.04, c], [c, 0.04]]) for c in (0.0, 0.0384))
    chances = [
        float(front_chance(Aim((MORE,)), joint_paths([[(mean, covariance)]], COUNT, 0), 1, None)[0])
        for covariance in (apart, together)
    ]
    truth = [NORMAL.cdf(0.2 / math.sqrt(0.08 - 2 * c)) for c in (0.0, 0.0384)]
    assert chances == pytest.approx(truth, abs=0.01)


def test_the_front_is_joined_where_nothing_known_beats_it_and_all_is_acceptable():
    known = [[3.0, 0.9], [1.0, 0.1]]
    asked = [[2.0, 0.5], [2.0, 0.95], [5.0, 1.5]]
    chances = front_chance(Aim((MORE, LESS)), tensor([known + asked]), 2, tensor([0.0, -1.0]))
    assert chances.tolist() == [1.0, 0.0, 0.0]
