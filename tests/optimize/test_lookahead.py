import math

import pytest
import torch
from botorch.utils.multi_objective.hypervolume import Hypervolume
from botorch.utils.multi_objective.pareto import is_non_dominated

from ionlink.optimize import Aim, Objective, OutcomeConstraint
from ionlink.optimize.lookahead import Lookahead, Options

UP = Objective(outcome="chains_per_cation", goal="maximise")
DOWN = Objective(outcome="coulomb_spread", goal="minimise")
LIMIT = OutcomeConstraint(outcome="density", upper=1.0)


def tensor(*values):
    return torch.tensor(values, dtype=torch.float64)


def look(means, covariances, recommended, aim, reference=None, at_target=None):
    means = tensor(*means)
    everywhere = torch.ones(len(means), dtype=torch.bool)
    return Lookahead(
        aim,
        means,
        torch.stack(covariances),
        torch.tensor(recommended),
        everywhere if at_target is None else torch.tensor(at_target),
        reference,
        seed=3,
    )


def options(rows, noise, own=None):
    rows = torch.tensor(rows)
    return Options(rows, tensor(*noise).expand(len(rows), -1), rows if own is None else torch.tensor(own))


def smooth(n, scale=1.0):
    place = torch.arange(n, dtype=torch.float64)
    return scale**2 * torch.exp(-0.5 * (place[:, None] - place) ** 2 / 1.5**2)


def conditioned(covariance, row, noise, seen, mean):
    """Posterior mean of Gaussian values once a noisy one of them was seen."""
    return mean + covariance[:, row] / (covariance[row, row] + noise) * (seen - mean[row])


def test_one_value_is_that_of_looking_ahead_by_brute_force():
    """Draw what is seen, learn from it, recommend the best of what was observed."""
    means, covariance, noise = tensor(0.3, 0.0, 0.2, -0.1, 0.1), smooth(5), 0.3
    ahead = look([[m] for m in means.tolist()], [covariance], [True, True, True, False, False], Aim((UP,)))
    found = ahead.gains(options([0, 3, 4], [[noise]]))
    generator = torch.Generator().manual_seed(0)
    for gain, row in zip(found.tolist(), [0, 3, 4], strict=True):
        deviation = math.sqrt(float(covariance[row, row]) + noise)
        seen = means[row] + deviation * torch.randn(20000, generator=generator, dtype=torch.float64)
        known = [0, 1, 2, row]
        best = [float(conditioned(covariance, row, noise, s, means)[known].max()) for s in seen[:4000]]
        assert gain == pytest.approx(sum(best) / len(best) - 0.3, abs=0.03)


def test_hypervolumes_by_brute_force():
    """The ratios of gains are those of BoTorch's hypervolume of posterior means."""
    generator = torch.Generator().manual_seed(1)
    means = torch.rand(5, 2, generator=generator, dtype=torch.float64)
    covariances = [smooth(5, 0.5), smooth(5, 0.4)]
    reference, volume = tensor(-0.5, -1.5), Hypervolume(tensor(-0.5, -1.5))
    ahead = look(means.tolist(), covariances, [True, True, True, False, False], Aim((UP, DOWN)), reference)
    rows, noise = [3, 4], tensor(0.05, 0.02)
    found = ahead.gains(options(rows, [noise.tolist()]))

    def hypervolume(values, known):
        counted = torch.stack([values[known, 0], -values[known, 1]], dim=-1)
        counted = counted[(counted > reference).all(dim=-1)]
        return float(volume.compute(counted[is_non_dominated(counted)])) if len(counted) else 0.0

    expected = []
    for row in rows:
        gains = []
        for _ in range(1500):
            columns = []
            for j, covariance in enumerate(covariances):
                deviation = (covariance[row, row] + noise[j]).sqrt()
                seen = means[row, j] + deviation * torch.randn((), generator=generator, dtype=torch.float64)
                columns.append(conditioned(covariance, row, noise[j], seen, means[:, j]))
            after = torch.stack(columns, dim=-1)
            gains.append(hypervolume(after, [0, 1, 2, row]) - hypervolume(means, [0, 1, 2]))
        expected.append(sum(gains) / len(gains))
    shares = (found / found.sum()).tolist()
    assert shares == pytest.approx([e / sum(expected) for e in expected], abs=0.06)


def test_repeating_what_is_known_exactly_is_worth_nothing():
    covariance = torch.diag(tensor(0.0, 1.0))
    ahead = look([[0.0], [0.0]], [covariance], [True, True], Aim((UP,)))
    certain, uncertain = ahead.gains(options([0, 1], [[0.0]])).tolist()
    assert certain == 0.0
    assert uncertain == pytest.approx(0.3989, abs=0.03)  # E[max(z, 0)]


def test_a_promising_noisy_value_is_repeated_before_a_hopeless_new_one_is_tried():
    """The best two are nearly equal and unsure; what is new lies five deviations below."""
    covariance = torch.diag(tensor(0.25, 0.25, 1.0))
    ahead = look([[1.0], [0.9], [-4.0]], [covariance], [True, True, False], Aim((UP,)))
    repeat, _, new = ahead.gains(options([0, 1, 2], [[0.25]])).tolist()
    assert repeat > 100 * new
    hopeful = look([[1.0], [0.9], [0.9]], [covariance], [True, True, False], Aim((UP,)))
    repeat, _, new = hopeful.gains(options([0, 1, 2], [[0.25]])).tolist()
    assert new > repeat


def test_more_replicates_are_worth_more_but_not_in_proportion():
    ahead = look([[1.0], [1.0]], [torch.diag(tensor(0.25, 0.25))], [True, True], Aim((UP,)))
    one, two, three = (float(ahead.gains(options([0], [[0.25 / n]]))) for n in (1, 2, 3))
    assert one < two < three
    assert one > two / 2 > three / 3


@pytest.mark.parametrize(("correlation", "preferred"), [(1.0, True), (0.0, False)])
def test_a_cheaper_level_is_preferred_where_it_tells_as_much_and_never_where_it_tells_nothing(correlation, preferred):
    """Rows: an observed formulation, a new one, and the new one at the other level, at a tenth of the cost."""
    covariance = torch.eye(3, dtype=torch.float64)
    covariance[1, 2] = covariance[2, 1] = correlation
    ahead = look([[0.0], [0.0], [5.0]], [covariance], [True, False, False], Aim((UP,)), at_target=[True, True, False])
    direct, cheap = ahead.gains(options([1, 2], [[1e-4]], own=[1, 1])).tolist()
    assert (cheap / 0.1 > direct / 1.0) == preferred
    if not preferred:
        assert cheap == 0.0


def test_what_likely_breaks_a_constraint_is_worth_little():
    covariances = [torch.diag(tensor(1e-9, 1.0, 1.0)), torch.diag(tensor(1e-9, 0.01, 0.01))]
    means = [[0.0, 0.5], [0.0, 0.5], [0.0, 1.5]]
    ahead = look(means, covariances, [True, False, False], Aim((UP,), (LIMIT,)))
    allowed, broken = ahead.gains(options([1, 2], [[0.1, 0.001]])).tolist()
    assert allowed > 0.2
    assert broken < 1e-6


def test_what_is_under_way_is_not_worth_doing_again():
    """Its variance is what conditioning leaves, by the textbook formula."""
    covariance = smooth(3)
    ahead = look([[0.0], [0.0], [0.0]], [covariance], [True, False, False], Aim((UP,)))
    asked = options([1, 2], [[0.5]])
    after = ahead.given(asked, 0)
    expected = covariance - covariance[:, 1:2] @ covariance[1:2] / (covariance[1, 1] + 0.5)
    assert torch.allclose(after.covariances[0], expected)
    assert after.recommended.tolist() == [True, True, False]
    assert float(after.gains(asked)[0]) < float(ahead.gains(asked)[0])


def test_nothing_observed_yet_is_no_obstacle():
    ahead = look([[0.0], [1.0]], [torch.eye(2, dtype=torch.float64)], [False, False], Aim((UP,)))
    low, high = ahead.gains(options([0, 1], [[0.1]])).tolist()
    assert high > low
