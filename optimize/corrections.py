"""What is told in place of something else: which observations are corrections, and which contradict."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from ionlink.data.csv_table import build
from ionlink.data.errors import InputError
from ionlink.data.lab_rows import same_value
from ionlink.data.lab_table import LabResult
from ionlink.data.mixtures import mixtures_named_alike
from ionlink.data.observation import Observation, measurand, sourced_subject
from ionlink.data.observation_writing import written
from ionlink.optimize.moved_rows import moved, moving
from ionlink.optimize.queries import in_force
from ionlink.optimize.rows import Correction, Recorded, fingerprint
from ionlink.optimize.samples import Samples

REMEDY = (
    "where the table is right, tell all of it as a correction (--correct); of a value alone, give the earlier one in a "
    "column `corrects`; where both are measurements of their own, name their sources apart, or the candidate that the "
    "new one was made for"
)


@dataclass(frozen=True)
class Telling:
    """What to do with the results of a table."""

    results: list[LabResult]
    """To be told as they are; some may be known already."""

    corrections: list[Correction]


def told_as(history: Sequence[Recorded], observation: Observation | int) -> Recorded:
    """The record in force of an observation, whichever cation of a mixture it names first, or with that id.

    Raises:
        InputError: it was never told, or was corrected or withdrawn before.

    """
    observation = _as_told(history, observation)
    found = [record for record in in_force(history) if observation in (record.id, record.observation)]
    if not found:
        raise InputError(_not_in_force(history, observation))
    return found[0]


def all_told_as(history: Sequence[Recorded], observations: Iterable[Observation | int]) -> list[Recorded]:
    """The same of several; of those that are equal another record each.

    Raises:
        InputError: with a line for each that was never told, was corrected or withdrawn before, or is named twice.

    """
    left, found, faults = list(history), list[Recorded](), list[str]()
    for one in observations:
        try:
            found.append(told_as(left, one))
            left.remove(found[-1])
        except InputError:
            faults.append(_not_in_force(history, one))
    if faults:
        raise InputError(faults)
    return found


def _as_told(history: Sequence[Recorded], observation: Observation | int) -> Observation | int:
    """An observation with its mixture named as in the history; an id as it is."""
    return _named_as_told(history, observation) if isinstance(observation, Observation) else observation


def _named_as_told(history: Sequence[Recorded], observation: Observation) -> Observation:
    (named,) = mixtures_named_alike([observation], (record.observation.formulation for record in history))
    return named


def _not_in_force(history: Sequence[Recorded], observation: Observation | int) -> str:
    """Why an observation cannot be corrected or withdrawn, and where to look."""
    look = "the campaign's history lists what was told, with its ids"
    record = next((r for r in history if observation in (r.id, r.observation)), None)
    if isinstance(observation, Observation):
        what = f"{observation.formulation}, {written(observation)}"
    else:
        what = f"observation {observation}"
    if record is None and isinstance(observation, Observation):
        return f"{what}: was never told; {look}"
    if record is None:
        return f"there is no {what}; {look}"
    if record.withdrawn:
        return f"{what}: is not in force, since it was withdrawn; {look}"
    if record.superseded_by is not None:
        return f"{what}: is not in force, since observation {record.superseded_by} is told in its place; {look}"
    return f"observation {record.id}: is named twice; name it once"


def correction_of(history: Sequence[Recorded], wrong: Recorded, changes: Mapping[str, object]) -> Correction:
    """What was told with other fields of `Observation`; where it moves, it is of the same candidate if it can be.

    Raises:
        InputError: the fields cannot be, or are as they were; a simulation would be of another level or formulation; or
            where it moves, the same is in force already, and would count twice.

    """
    where, moved = f"observation {wrong.id}", sorted({"formulation", "level"} & changes.keys())
    if moved and wrong.observation.protocol is not None:
        raise InputError(f"{where}, {' and '.join(moved)}: is of a simulation, which says itself what was simulated")
    fields = {name: getattr(wrong.observation, name) for name in Observation.model_fields}
    faults: list[str] = []
    right = build(Observation, {**fields, **changes}, where, faults)
    if right is None:
        raise InputError(faults)
    right = _named_as_told([wrong, *history], right)
    if right == wrong.observation:
        raise InputError(f"{where}: is as it was told, {right.formulation}, {written(right)}; say what else is right")
    if moved and (twin := next((r for r in in_force(history) if r.observation == right), None)):
        raise InputError(f"{where}: observation {twin.id} says so already, and both would count; withdraw one of them")
    return Correction(right, (wrong.id,))


def corrections_of(
    history: Sequence[Recorded], right: Mapping[Observation | int, Mapping[str, object]]
) -> list[Correction]:
    """Of several observations, each with the fields that are right; raises `InputError` with every fault."""
    wrong = all_told_as(history, right)
    ids = [record.id for record in wrong]
    left = [record for record in history if record.id not in ids]
    found: dict[int, Correction] = {}
    moved: set[int] = set()
    faults: list[str] = []
    for record, changes in zip(wrong, right.values(), strict=True):
        try:
            correction = correction_of(left, record, changes)
        except InputError as error:
            faults += error.faults
            continue
        twin = next((n for n, other in found.items() if other.observation == correction.observation), None)
        if {"formulation", "level"} & changes.keys():
            moved.add(record.id)
        if twin is not None and moved & {record.id, twin}:
            faults.append(f"observation {record.id}: would say the same as {twin}, and both would count; withdraw one")
        found[record.id] = correction
    if faults:
        raise InputError(faults)
    return list(found.values())


def sort_out(samples: Samples, results: Sequence[LabResult], *, correct: bool) -> Telling:
    """Tell corrections from what is told for the first time or again.

    A result with `corrects` supersedes the observation of the same formulation and outcome that has this value, and
    may be of the sample of the candidate that the result names. Any other result contradicts one in force of the same
    formulation, outcome and source where the table has a new value and no longer the old one, and where both may be of
    one sample. So does one that says of another candidate what was told of one, and one that moved (see `moving`).
    These are corrections as well where `correct` says so.

    Raises:
        InputError: with a line for each result that contradicts, or that corrects what was never told.

    """
    faults: list[str] = []
    corrections, kept = _explicit(samples, results, faults)
    _take(samples.renamed(kept), _renaming, corrections, kept, faults, correct=correct)
    rest = _left(samples, corrections)
    _take(moved(rest, kept, results, samples.history), moving, corrections, kept, faults, correct=correct)
    rest, told = _left(samples, corrections), list(kept)
    known = [*rest, *(r for r in samples.history if r.withdrawn)] if correct else samples.history
    for old, new in _conflicts(rest, kept, known, samples):
        if not correct:
            faults += [_contradiction(result, old) for result in new]
            continue
        corrections += _paired(old, new)
        for result in new[: len(old)]:
            told.remove(result)
    if faults:
        raise InputError([*faults, REMEDY] if not correct else faults)
    return Telling(told, corrections)


def _take(
    changed: Iterable[tuple[Recorded, LabResult]],
    worded: Callable[[LabResult, Recorded], str],
    corrections: list[Correction],
    kept: list[LabResult],
    faults: list[str],
    *,
    correct: bool,
) -> None:
    """Make corrections of results that are told in place of a record each, or else faults."""
    for record, result in list(changed):
        if correct:
            corrections.append(Correction(result.observation, (record.id,), result.candidate))
            kept.remove(result)
        else:
            faults.append(worded(result, record))


def _left(samples: Samples, corrections: Iterable[Correction]) -> list[Recorded]:
    """What is in force beside what is corrected."""
    gone = {old for correction in corrections for old in correction.supersedes}
    return [record for record in in_force(samples.history) if record.id not in gone]


def _explicit(
    samples: Samples, results: Sequence[LabResult], faults: list[str]
) -> tuple[list[Correction], list[LabResult]]:
    """Corrections by the column `corrects`, and the results that are none (any more)."""
    open_records, told = list(in_force(samples.history)), _told_instead(samples.history)
    known = [(fingerprint(record.observation), record) for record in open_records]
    corrections, rest = [], []
    for result in results:
        if result.corrects is None:
            rest.append(result)
            continue
        key = fingerprint(result.observation)
        subject = [r for r in open_records if measurand(r.observation) == measurand(result.observation)]
        alike = sorted((r for r in subject if samples.may_share(r, result)), key=partial(_strangeness, result))
        old = [r for r in alike if same_value(r.observation.value, result.corrects)]
        before = [
            (correction, wrong)
            for correction, wrong in told[key]
            if samples.may_share(correction, result) and any(same_value(value, result.corrects) for value in wrong)
        ]
        if before:
            # Told again: what it corrected then was one value, and an equal repeat is another.
            told[key].remove(before[0])
            rest.append(result)
        elif old:
            corrections.append(Correction(result.observation, (old[0].id,), result.candidate))
            open_records.remove(old[0])
        elif any(key == its and samples.may_share(record, result) for its, record in known):
            rest.append(result)
        else:
            faults.append(_nothing_to_correct(result, subject))
    return corrections, rest


def _strangeness(result: LabResult, record: Recorded) -> tuple[bool, ...]:
    """What a row most likely corrects comes first: what was told of the candidate that it names, or of its source."""
    renamed = record.candidate != result.candidate
    return renamed and result.candidate is not None, record.observation.source != result.observation.source, renamed


def _told_instead(history: Sequence[Recorded]) -> dict[str, list[tuple[Recorded, list[float]]]]:
    """Each correction, by its fingerprint, with the values in whose place it was told."""
    values: dict[int, list[float]] = defaultdict(list)
    for record in history:
        if record.superseded_by is not None:
            values[record.superseded_by].append(record.observation.value)
    found = defaultdict(list)
    for record in history:
        if record.id in values:
            found[fingerprint(record.observation)].append((record, values[record.id]))
    return found


def _conflicts(
    records: Sequence[Recorded], results: Sequence[LabResult], known: Sequence[Recorded], samples: Samples
) -> Iterator[tuple[list[Recorded], list[LabResult]]]:
    """Of the `records` those that are not in the table any more, with what it has instead and was not `known`."""
    old, told, before = defaultdict(list), defaultdict(list), defaultdict(list)
    for record in records:
        old[sourced_subject(record.observation)].append(record)
    for record in known:
        before[fingerprint(record.observation)].append(record)
    for result in results:
        told[sourced_subject(result.observation)].append(result)
    for key, here in told.items():
        said = {fingerprint(result.observation) for result in here}
        gone = [record for record in old[key] if fingerprint(record.observation) not in said]
        new = [r for r in here if not any(samples.may_share(k, r) for k in before[fingerprint(r.observation)])]
        for sample in sorted({samples.of(result) for result in new}, reverse=True):
            mine = [result for result in new if samples.of(result) == sample]
            its = [record for record in gone if samples.may_share(record, mine[0])]
            if its:
                gone = [record for record in gone if record not in its]
                yield its, mine


def _paired(old: Sequence[Recorded], new: Sequence[LabResult]) -> Iterator[Correction]:
    """Old and new in their order; where there are more old ones, the last new one supersedes the rest of them."""
    for place, result in enumerate(new[: len(old)]):
        superseded = old[place:] if place == len(new) - 1 else old[place : place + 1]
        yield Correction(result.observation, tuple(record.id for record in superseded), result.candidate)


def _contradiction(result: LabResult, old: Sequence[Recorded]) -> str:
    new = result.observation
    before = ", ".join(f"{written(r.observation)} (told {r.told_at:%Y-%m-%d %H:%M} UTC)" for r in old)
    return (
        f"{result.where}: {new.formulation}, {new.outcome} is {written(new)} here, but was {before} "
        f"from the same source, {new.source}"
    )


def _renaming(result: LabResult, old: Recorded) -> str:
    new = result.observation
    return (
        f"{result.where}, candidate: {new.formulation}, {new.outcome} {written(new)} is of {result.candidate} here, "
        f"but was of {old.candidate} (told {old.told_at:%Y-%m-%d %H:%M} UTC) from the same source, {new.source}"
    )


def _nothing_to_correct(result: LabResult, alike: Sequence[Recorded]) -> str:
    new = result.observation
    there = ", ".join(f"{written(r.observation)}{_of(r.candidate)}" for r in alike) or "none"
    wanted = new.model_copy(update={"value": result.corrects, "bound": "=", "standard_error": None})
    return (
        f"{result.where}, corrects: no {new.outcome} of {new.formulation} in force is {written(wanted)}"
        f"{_of(result.candidate)}; "
        f"those in force: {there}"
    )


def _of(candidate: int | None) -> str:
    return "" if candidate is None else f" of candidate {candidate}"
