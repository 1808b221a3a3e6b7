"""How much a formulation promises by itself: the first look, at any number of candidates."""

from functools import partial
from typing import Any

import torch
from botorch.acquisition.logei import qLogExpectedImprovement, qLogProbabilityOfFeasibility
from botorch.acquisition.multi_objective.logei import qLogExpectedHypervolumeImprovement
from botorch.acquisition.multi_objective.monte_carlo import qExpectedHypervolumeImprovement
from botorch.utils.multi_objective.box_decompositions.non_dominated import FastNondominatedPartitioning
from torch import Tensor

from ionlink.optimize.acquisition import (
    MOST_OBJECTIVES,
    Desirabilities,
    Desirability,
    LeastViolation,
    Logarithm,
    constraints_of,
    evaluated,
    hardly_feasible,
    log_improvement,
    smoothing,
    unsmoothed,
    violated,
)
from ionlink.optimize.aim import Aim
from ionlink.optimize.paths import PathModel, as_inputs

FEWEST_PROMISING = 256
"""Where fewer formulations improve anything in any draw, the logarithmic form ranks the others."""


def promise(aim: Aim, paths: Tensor, known: Tensor, reference: Tensor | None) -> Tensor:
    """Logarithm of the expected improvement by each of `n` candidates alone over what is expected of known ones, `n`.

    Args:
        aim: What counts.
        paths: Draws of the outcomes at the candidates, `count x n x m`.
        known: Expected outcomes of what was observed or is pending, `k x m`.
        reference: Hypervolume reference; needed for two values and more.

    """
    with torch.no_grad():
        return _improvement(aim, PathModel(paths), known, reference, len(paths))(torch.arange(paths.shape[1]))


def _improvement(aim: Aim, model: PathModel, known: Tensor, reference: Tensor | None, count: int) -> Logarithm:
    if hardly_feasible(aim, model.paths):
        return partial(evaluated, _towards_holding(aim, model, known), count=count)
    values: Tensor = aim.desirability(known)
    feasible = aim.feasible(known) if aim.constraints else torch.ones(len(known), dtype=torch.bool)
    if aim.dimension > MOST_OBJECTIVES:
        return partial(_mean_share, aim, model, values)
    if aim.dimension == 1:
        # Where nothing known is feasible, whatever is feasible improves.
        drawn: Tensor = aim.desirability(model.paths)
        function = qLogExpectedImprovement(
            model,
            best_f=values[feasible].max() if bool(feasible.any()) else drawn.min(),
            sampler=model.sampler,
            objective=Desirability(aim),
            constraints=constraints_of(aim),
            tau_relu=smoothing(drawn),
        )
        return partial(evaluated, function, count=count)
    assert reference is not None
    return partial(_log_hypervolume, aim, model, values[feasible], reference, count)


def _towards_holding(aim: Aim, model: PathModel, known: Tensor) -> qLogExpectedImprovement:
    """Expected fall of the least violation, see `acquisition`."""
    nearest = (known if len(known) else model.paths.flatten(0, 1)).unsqueeze(0)
    best = -violated(aim, nearest)
    return qLogExpectedImprovement(
        model,
        best_f=best.max() if len(known) else best.min(),
        sampler=model.sampler,
        objective=LeastViolation(aim),
    )


def _log_hypervolume(aim: Aim, model: PathModel, known: Tensor, reference: Tensor, count: int, rows: Tensor) -> Tensor:
    arguments: dict[str, Any] = {
        "model": model,
        "ref_point": reference,
        "partitioning": FastNondominatedPartitioning(reference, known),
        "sampler": model.sampler,
        "objective": Desirabilities(aim),
        "constraints": constraints_of(aim),
    }
    function = unsmoothed(qExpectedHypervolumeImprovement, arguments)
    smoothed = partial(qLogExpectedHypervolumeImprovement, **arguments)
    return log_improvement(function, smoothed, rows, count, FEWEST_PROMISING)


def _mean_share(aim: Aim, model: PathModel, known: Tensor, rows: Tensor) -> Tensor:
    """Of many objectives: the upper end of what is believed, as a share of the range of what is known, or expected.

    To it comes the logarithm of the chance that the constraints hold. Only to choose what gets a closer look.
    """
    values: Tensor = aim.desirability(model.posterior(as_inputs(rows).unsqueeze(-2)).values)
    seen = known if len(known) else values.mean(dim=0).squeeze(-2)
    lowest = seen.min(dim=0).values
    width = (seen.max(dim=0).values - lowest).clamp_min(1e-12)
    upper = values.mean(dim=0) + values.std(dim=0)
    shares = ((upper - lowest) / width).mean(dim=-1).squeeze(-1)
    constraints = constraints_of(aim)
    if constraints is None:
        return shares
    chance = qLogProbabilityOfFeasibility(model, constraints, sampler=model.sampler)
    return shares + evaluated(chance, rows, len(model.paths))
