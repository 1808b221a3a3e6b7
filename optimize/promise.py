"""How much a formulation promises by itself: the first look, at any number of candidates."""

from collections.abc import Callable

import torch
from botorch.acquisition.acquisition import AcquisitionFunction
from botorch.acquisition.logei import qLogExpectedImprovement
from botorch.acquisition.multi_objective.logei import qLogExpectedHypervolumeImprovement
from botorch.utils.multi_objective.box_decompositions.non_dominated import FastNondominatedPartitioning
from torch import Tensor

from ionlink.optimize.acquisition import (
    MOST_OBJECTIVES,
    ROWS_AT_ONCE,
    Desirabilities,
    Desirability,
    constraints_of,
)
from ionlink.optimize.aim import Aim
from ionlink.optimize.paths import PathModel, as_inputs


def promise(aim: Aim, paths: Tensor, known: Tensor, reference: Tensor | None) -> Tensor:
    """Logarithm of the expected improvement by each of `n` candidates alone over what is expected of known ones, `n`.

    Args:
        aim: What counts.
        paths: Draws of the outcomes at the candidates, `count x n x m`.
        known: Expected outcomes of what was observed or is pending, `k x m`.
        reference: Hypervolume reference; needed for two values and more.

    """
    model = PathModel(paths)
    function = _improvement(aim, model, known, reference)
    rows = as_inputs(torch.arange(paths.shape[1])).unsqueeze(-2)
    with torch.no_grad():
        return torch.cat([function(chunk) for chunk in torch.split(rows, ROWS_AT_ONCE)])


def _improvement(
    aim: Aim, model: PathModel, known: Tensor, reference: Tensor | None
) -> AcquisitionFunction | Callable[[Tensor], Tensor]:
    values: Tensor = aim.desirability(known)
    feasible = aim.feasible(known) if aim.constraints else torch.ones(len(known), dtype=torch.bool)
    if aim.dimension > MOST_OBJECTIVES:
        return _mean_share(aim, model, values)
    if aim.dimension == 1:
        best = values[feasible] if bool(feasible.any()) else values.min(dim=0).values
        return qLogExpectedImprovement(
            model,
            best_f=best.max(),
            sampler=model.sampler,
            objective=Desirability(aim),
            constraints=constraints_of(aim),
        )
    assert reference is not None
    return qLogExpectedHypervolumeImprovement(
        model,
        ref_point=reference,
        partitioning=FastNondominatedPartitioning(reference, values[feasible]),  # type: ignore[arg-type]
        sampler=model.sampler,
        objective=Desirabilities(aim),
        constraints=constraints_of(aim),
    )


def _mean_share(aim: Aim, model: PathModel, known: Tensor) -> Callable[[Tensor], Tensor]:
    """Of many objectives: the upper end of what is believed, as a share of the range of what is known.

    Only to choose what gets a closer look.
    """
    lowest = known.min(dim=0).values
    width = (known.max(dim=0).values - lowest).clamp_min(1e-12)

    def function(rows: Tensor) -> Tensor:
        values: Tensor = aim.desirability(model.posterior(rows).values)
        upper = values.mean(dim=0) + values.std(dim=0)
        return ((upper - lowest) / width).mean(dim=-1).squeeze(-1)

    return function
