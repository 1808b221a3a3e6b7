"""Values that lie far from all that is known of their outcome, as slips of units and decimal points do."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

from ionlink.data import outcomes
from ionlink.data.lab_table import LabResult
from ionlink.data.observation_writing import written
from ionlink.optimize.queries import in_force
from ionlink.optimize.rows import Recorded

ENOUGH = 6
"""So many values have to be known before one can be unusual."""

FAR = 3.0
"""A value is far off that lies outside of what is known by more than so many times the whole range of that.

By differences and, where all are above 0, by factors as well, or 2 would be as near to 1500 to 2500 as 4000 is. A
factor has to be as large as this at least.
"""


def unusual(history: Sequence[Recorded], results: Sequence[LabResult]) -> Iterator[str]:
    """A line for each value of a table that was not known before and is far from all that were, at whatever level."""
    known = defaultdict(list)
    for record in in_force(history):
        if record.observation.bound == "=":
            known[record.observation.outcome].append(record.observation.value)
    told = {record.observation for record in history}
    for result in (r for r in results if r.observation not in told and r.observation.bound == "="):
        seen, its = result.observation, known[result.observation.outcome]
        if len(its) < ENOUGH:
            continue
        if _far(seen.value, its) or _far_by_factors(seen.value, its):
            lowest, highest = min(its), max(its)
            usual = f"{lowest:g} to {highest:g} {outcomes()[seen.outcome].unit}"
            yield (
                f"{result.where}: {seen.formulation}, {seen.outcome} {written(seen)} is far from all {len(its)} "
                f"that were known, {usual}; if it is a slip, correct it"
            )


def _far(value: float, known: Sequence[float], least: float = 0.0) -> bool:
    beyond = max(FAR * (max(known) - min(known)), least)
    return not min(known) - beyond <= value <= max(known) + beyond


def _far_by_factors(value: float, known: Sequence[float]) -> bool:
    if value <= 0 or min(known) <= 0:
        return False
    return _far(math.log(value), [math.log(number) for number in known], math.log(FAR))
