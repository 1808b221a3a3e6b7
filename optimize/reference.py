"""The point that hypervolumes are measured from: worse than anything that counts."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from botorch.utils.multi_objective.hypervolume import infer_reference_point
from botorch.utils.multi_objective.pareto import is_non_dominated
from torch import Tensor

from ionlink.optimize.aim import Aim
from ionlink.optimize.objective import Objective
from ionlink.optimize.standing import observed_formulations

if TYPE_CHECKING:
    from ionlink.optimize.beliefs import Beliefs
    from ionlink.optimize.campaign_record import CampaignRecord


def reference_of(campaign: "CampaignRecord", beliefs: "Beliefs") -> Mapping[str, float] | None:
    """The campaign's own, as desirability by outcome, or else the one inferred now; `None` where one value counts."""
    if campaign.aim.dimension == 1:
        return None
    settled = campaign.reference()
    if settled is not None:
        return settled
    means = beliefs.means(beliefs.inputs(observed_formulations(campaign.counted())))
    return inferred_reference(campaign.objectives, means)


def inferred_reference(objectives: Sequence[Objective], means: Tensor) -> dict[str, float]:
    """Hypervolume reference by outcome, as desirability: an objective's own, else inferred from the front so far.

    The front is that of expected outcomes, `n x m`, of what was observed; its nadir is moved away by a tenth of its
    range (BoTorch's `infer_reference_point`). A front that lies inside a window has no range there: its reference is
    then half a window outside.
    """
    values = Aim(tuple(objectives)).desirability(means[:, : len(objectives)])
    inferred = infer_reference_point(values[is_non_dominated(values)])
    return {o.outcome: _reference(o, float(inferred[j])) for j, o in enumerate(objectives)}


def _reference(objective: Objective, inferred: float) -> float:
    if objective.worst_desirability is not None:
        return objective.worst_desirability
    return min(inferred, -1.0) if objective.goal == "window" else inferred
