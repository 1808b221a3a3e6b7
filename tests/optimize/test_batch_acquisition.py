"""The acquisition of each member of a batch, against what it means: what it adds on each path to all before it."""

import pytest
import torch
from botorch.utils.multi_objective.box_decompositions.dominated import DominatedPartitioning

from ionlink.optimize import Aim, Objective, OutcomeConstraint
from ionlink.optimize.acquisition import Table, greedy

OUTCOMES = ("peel_force", "crosslink_strength", "chains_per_cation")
BASELINE, PENDING, CANDIDATES, MEMBERS = 6, 2, 12, 7
LIMIT = OutcomeConstraint(outcome="film_roughness_rq", upper=1.2)


def table(objectives, limits, seed):
    """Paths on which no two rows are alike, most of them above the reference."""
    aim = Aim([Objective(outcome=name, goal="maximise") for name in OUTCOMES[:objectives]], constraints=limits)
    generator = torch.Generator().manual_seed(seed)
    rows = BASELINE + PENDING + CANDIDATES
    paths = 2 * torch.rand(16, rows, len(aim.outcomes), generator=generator, dtype=torch.float64)
    reference = torch.full((objectives,), 0.3, dtype=torch.float64) if objectives > 1 else None
    return Table(aim, paths, BASELINE, PENDING, reference)


def volume(aim, reference, paths):
    """Mean over paths of what feasible rows dominate."""
    total = 0.0
    for rows in paths:
        values = aim.desirability(rows)[aim.feasible(rows)]
        total += float(DominatedPartitioning(reference, values).compute_hypervolume()) if len(values) else 0.0
    return total / len(paths)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("limits", [(), (LIMIT,)], ids=["free", "limited"])
@pytest.mark.parametrize("objectives", [2, 3])
def test_each_member_is_judged_by_what_it_adds_to_those_before(objectives, limits, seed):
    its = table(objectives, limits, seed)
    first = BASELINE + PENDING
    before = list(range(first))
    bonus = torch.zeros(CANDIDATES, dtype=torch.float64)
    for values in greedy(its, MEMBERS, bonus, lambda row: [row], seed=0):
        reached = volume(its.aim, its.reference, its.paths[:, before])
        for row in (values > -torch.inf).nonzero().squeeze(-1).tolist():
            added = volume(its.aim, its.reference, its.paths[:, [*before, first + row]]) - reached
            # BoTorch counts a path by a sigmoid of how well its constraints hold.
            assert float(values[row].exp()) == pytest.approx(added, abs=0.02 if limits else 1e-9)
        before.append(first + int(values.argmax()))
    assert len(before) == first + MEMBERS


@pytest.mark.parametrize("seed", range(3))
def test_of_one_value_a_member_is_judged_by_how_far_it_exceeds_those_before(seed):
    its = table(1, (), seed)
    first = BASELINE + PENDING
    before = list(range(first))
    bonus = torch.zeros(CANDIDATES, dtype=torch.float64)
    for values in greedy(its, MEMBERS, bonus, lambda row: [row], seed=0):
        best = its.paths[:, before, 0].amax(dim=1)
        for row in (values > -torch.inf).nonzero().squeeze(-1).tolist():
            added = float((its.paths[:, first + row, 0] - best).clamp_min(0.0).mean())
            assert float(values[row].exp()) == pytest.approx(added, abs=1e-4)
        before.append(first + int(values.argmax()))
