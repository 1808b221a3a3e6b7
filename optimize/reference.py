"""The point that hypervolumes are measured from: worse than anything that counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botorch.utils.multi_objective.hypervolume import infer_reference_point
from botorch.utils.multi_objective.pareto import is_non_dominated
from torch import Tensor

from ionlink.data.observation import Observation
from ionlink.optimize.aim import Aim
from ionlink.optimize.known_enough import broken, classified, short_of
from ionlink.optimize.objective import Objective
from ionlink.optimize.standing import completely_observed, observed_formulations

if TYPE_CHECKING:
    from ionlink.optimize.beliefs import Beliefs
    from ionlink.optimize.campaign_record import CampaignRecord

FEWEST_ON_FRONT = 3
"""A front of fewer says little of how much of one objective another is worth: then the worst that was observed does."""


@dataclass(frozen=True)
class Reference:
    """A hypervolume reference."""

    point: Mapping[str, float]
    """Desirability by outcome."""

    lasts: bool = True
    """Whether it is to stay as long as the objectives do.

    Not while nothing is known that holds all constraints, nor while what is known comes from other levels.
    """


def reference_of(
    campaign: "CampaignRecord", observations: Sequence[Observation], beliefs: "Beliefs", aim: Aim
) -> Reference | None:
    """The campaign's own, or else the one inferred now; `None` where one value counts.

    It is inferred from expected outcomes of what was observed completely and holds the constraints of `aim`; from what
    breaks them, it would lie where nothing that holds them counts. While few formulations were observed at the
    campaign's level, those that are known elsewhere stand beside them.
    """
    if aim.dimension == 1:
        return None
    settled = campaign.reference()
    if settled is not None:
        return Reference(settled)
    elsewhere = campaign.elsewhere()
    tried = completely_observed(observations, aim.outcomes) or observed_formulations(observations)
    few = bool(short_of(observations, aim))
    if few:  # then what is known comes from other levels
        tried = observed_formulations([*observations, *elsewhere])
    bad = broken(classified(campaign.aim, observations, elsewhere))
    means = beliefs.means(beliefs.inputs([f for f in tried if f not in bad] or tried))
    holding = means[aim.feasible(means)]
    if len(holding):
        return Reference(inferred_reference(aim.objectives, holding), lasts=not few)
    return Reference(inferred_reference(aim.objectives, means, of_all=True), lasts=False)


def inferred_reference(objectives: Sequence[Objective], means: Tensor, *, of_all: bool = False) -> dict[str, float]:
    """Hypervolume reference by outcome, as desirability: an objective's own, else inferred from the front so far.

    The front is that of expected outcomes, `n x m`, of what was observed; its nadir is moved away by a tenth of its
    range (BoTorch's `infer_reference_point`). Of fewer than `FEWEST_ON_FRONT`, and `of_all`, the worst of all of them
    stand for the nadir. A front that lies inside a window has no range there: its reference is then half a window
    outside, and beyond a limit as far as what was observed spreads.
    """
    means = means[:, : len(objectives)]
    values = Aim(tuple(objectives)).desirability(means)
    places = [o.counted_on.learned(means[:, j]) for j, o in enumerate(objectives)]
    spread = [float(place.amax() - place.amin()) for place in places]
    front = values[is_non_dominated(values)]
    inferred = infer_reference_point(values if of_all or len(front) < FEWEST_ON_FRONT else front)
    return {o.outcome: _reference(o, float(inferred[j]), spread[j]) for j, o in enumerate(objectives)}


def _reference(objective: Objective, inferred: float, spread: float) -> float:
    """`spread` is that of the outcome, on the scale that it is counted on."""
    if objective.worst_desirability is not None:
        return objective.worst_desirability
    if objective.goal != "window":
        return inferred
    closed = None not in (objective.lower, objective.upper)
    return min(inferred, -1.0 if closed else -min(spread / objective.window.unit, 1.0))
