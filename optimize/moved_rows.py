"""Rows of a table that was told before and now says that one thing of what was made, or its level, was wrong."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from ionlink.data.formulation import Formulation
from ionlink.data.lab_table import LabResult
from ionlink.data.observation import Observation, sourced_subject
from ionlink.data.observation_writing import written
from ionlink.optimize.rows import Recorded, fingerprint

LEVEL = "level"
MOVABLE = (LEVEL, "ratio", "second_fraction", "ph", "temperature_k")
"""What may have been wrong, where all the rest of a row is as it was told."""

_Key = tuple[object, ...]


def moved(
    left: Sequence[Recorded], kept: Sequence[LabResult], table: Sequence[LabResult], history: Sequence[Recorded]
) -> Iterator[tuple[Recorded, LabResult]]:
    """Records in force (`left`), each with the row of those `kept` that is told in its place, of the whole `table`.

    The table has neither the record any more, nor what it corrected, nor another value of the same subject. Where the
    source is the file's name and nothing else is left of what that had, it is another file of the same name; where the
    rows name their source, of which there may be other tables, only levels move.
    """
    there = {fingerprint(result.observation) for result in table}
    known = {fingerprint(record.observation) for record in history}
    subjects = {sourced_subject(result.observation) for result in table}
    stand = {record.superseded_by for record in history if fingerprint(record.observation) in there}
    gone = [r for r in left if fingerprint(r.observation) not in there and r.id not in stand]
    free = _by_keys(record for record in gone if sourced_subject(record.observation) not in subjects)
    old_sources = {record.observation.source for record in left if fingerprint(record.observation) in there}
    taken: set[int] = set()
    pairs = []
    for result in (r for r in kept if fingerprint(r.observation) not in known):
        names = [LEVEL] if result.names_source else MOVABLE
        found = (r for name in names for r in free[name, *_but_for(name, result.observation)])
        record = next((r for r in found if r.id not in taken and r.candidate == result.candidate), None)
        if record is not None:
            taken.add(record.id)
            pairs.append((record, result))
    whole = {r.observation.source for r in left} - {r.observation.source for r in left if r.id not in taken}
    for record, result in pairs:
        if result.names_source or result.observation.source in old_sources | whole:
            yield record, result


def moving(result: LabResult, old: Recorded) -> str:
    """That a row moved, in a line."""
    new, before = result.observation, old.observation
    name = next(name for name in MOVABLE if _but_for(name, new) == _but_for(name, before))
    here, there = (str(new.formulation), str(before.formulation))
    if name == LEVEL:
        here, there = f"{new.formulation} at level {new.level}", f"level {before.level}"
    return (
        f"{result.where}, {name}: {new.outcome} {written(new)} is of {here} here, but was of {there} "
        f"(told {old.told_at:%Y-%m-%d %H:%M} UTC) from the same source, {new.source}"
    )


def _by_keys(records: Iterator[Recorded]) -> dict[_Key, list[Recorded]]:
    found = defaultdict(list)
    for record in records:
        for name in MOVABLE:
            found[name, *_but_for(name, record.observation)].append(record)
    return found


def _but_for(name: str, observation: Observation) -> _Key:
    """Equal for observations that may differ in no more than that."""
    made = (getattr(observation.formulation, field) for field in Formulation.model_fields if field != name)
    rest = (getattr(observation, field) for field in Observation.model_fields if field not in (name, "formulation"))
    return (*made, *rest)
