"""Which candidates' names go with observations that are told again: what has a name keeps it."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from ionlink.data.errors import InputError
from ionlink.data.observation import Observation
from ionlink.optimize.rows import Recorded, fingerprint


def new_names(
    told: Sequence[Observation], made_for: Sequence[int | None], history: Sequence[Recorded]
) -> list[int | None]:
    """Of each observation the id of the candidate that it is named with now; `None` where it has a name, or gets none.

    Equal observations are samples that came out the same: each keeps its name, in whatever order they are told again.

    Raises:
        InputError: something is told of another candidate than before, with a line for each.

    """
    known, places = defaultdict(list), defaultdict(list)
    for record in sorted(history, key=lambda record: record.id):
        known[fingerprint(record.observation)].append(record.candidate)
    for place, observation in enumerate(told):
        places[fingerprint(observation)].append(place)
    names: list[int | None] = [None] * len(told)
    faults = []
    for key, its in places.items():
        left = [*(Counter(made_for[p] for p in its if made_for[p] is not None) - Counter(known[key])).elements()]
        before = [*known[key], *[None] * len(its)]
        for place, name in zip(its, before, strict=False):
            if name is None and left:
                names[place] = left.pop(0)
        faults += [_renamed(told[its[0]], known[key], name) for name in left]
    if faults:
        raise InputError(faults)
    return names


def _renamed(observation: Observation, before: Sequence[int | None], now: int | None) -> str:
    was = " and ".join(str(name) for name in dict.fromkeys(before) if name is not None)
    return (
        f"made_for: {observation.formulation}, {observation.outcome} {observation.value:g} is of {now} here, but was "
        f"of {was} from the same source, {observation.source}; where both came out the same, tell both together or "
        "name their sources apart"
    )
