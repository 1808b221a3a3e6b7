"""The hypervolume reference that a campaign has settled; the store keeps for which objectives."""

from collections.abc import Mapping, Sequence

from ionlink.data.outcome_scale import LINEAR
from ionlink.optimize.objective import Objective
from ionlink.optimize.store import Round

Reference = Mapping[str, float]


def for_store(reference: Reference | None, objectives: Sequence[Objective]) -> Reference | None:
    """A reference by outcome as the store keeps it: by all that each value depends on."""
    return None if reference is None else {o.scale: reference[o.outcome] for o in objectives}


def settled_reference(objectives: Sequence[Objective], rounds: Sequence[Round]) -> Reference | None:
    """Desirability by outcome: the objectives' own references, else what a round settled first for just these.

    Stores of earlier versions kept references by outcome alone, in its unit; those count as long as no later round knew
    better, and of what is compared by factors not at all.
    """
    given = {o.outcome: o.worst_desirability for o in objectives if o.worst_desirability is not None}
    if len(given) == len(objectives):
        return given
    scales = {o.scale: o.outcome for o in objectives}
    known = [r.reference for r in rounds if r.reference]
    found = next((reference for reference in known if reference.keys() == scales.keys()), None)
    if found is not None:
        return {scales[scale]: value for scale, value in found.items()}
    if any(o.counted_on is not LINEAR for o in objectives):
        return None
    outcomes = set(scales.values())
    return known[0] if known and all(reference.keys() == outcomes for reference in known) else None
