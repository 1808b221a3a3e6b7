"""What space filling has to say for its proposals: there is no model, but there is a hunch, or a part that is new."""

from collections.abc import Sequence

import numpy as np

from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation
from ionlink.models.inputs import InputScaling
from ionlink.models.noise import merged
from ionlink.optimize.news import news
from ionlink.optimize.sameness import is_among
from ionlink.optimize.start import Start, prominence
from ionlink.optimize.why import Neighbour, Why

NEIGHBOURS = 2


def spreading_reasons(
    formulations: Sequence[Formulation],
    observations: Sequence[Observation],
    proposed: Sequence[Formulation],
    start: Start,
    counted: Sequence[str],
) -> list[Why]:
    """Why each was proposed: as the user's hunch, or for what it adds to what was observed or proposed before it.

    Args:
        formulations: In the order in which they were chosen.
        observations: What was known.
        proposed: Formulations of earlier candidates.
        start: The user's hunch.
        counted: Outcomes of the aim, whose observed means are shown of neighbours.

    """
    means: dict[Formulation, dict[str, float]] = {o.formulation: {} for o in observations}
    for point in merged([o for o in observations if o.outcome in counted and o.bound == "="]):
        means[point.formulation][point.outcome] = point.mean
    found = []
    for place, formulation in enumerate(formulations):
        earlier = list(dict.fromkeys([*means, *proposed, *formulations[:place]]))
        found.append(
            Why(
                reason=_reason(formulation, earlier, start),
                new=news(formulation, earlier, "tried") if earlier else (),
                neighbours=tuple(
                    Neighbour(formulation=f, observed=means.get(f, {})) for f in _nearest(formulation, earlier)
                ),
            )
        )
    return found


def _reason(formulation: Formulation, earlier: Sequence[Formulation], start: Start) -> str:
    if is_among(formulation, start.formulations):
        return "to be tried first, as the campaign's start asks"
    hunch = [
        name
        for name in start.cations
        if prominence(name, formulation) > max((prominence(name, f) for f in earlier), default=0)
    ]
    if hunch:
        return f"with {hunch[0]}, which the campaign's start asks to be tried first"
    if not earlier:
        return "space filling, which begins with what is typical of the design space"
    return "space filling, far from what was tried"


def _nearest(formulation: Formulation, others: Sequence[Formulation]) -> list[Formulation]:
    """By distance in scaled descriptors, the nearest first."""
    if not others:
        return []
    rows = InputScaling.of([formulation, *others]).transform([formulation, *others])
    order = np.argsort(np.square(rows[1:] - rows[0]).sum(axis=1), kind="stable")[:NEIGHBOURS]
    return [others[int(i)] for i in order]
