"""Takes in what a laboratory measured: a lab table or a filled bench sheet, whole or not at all."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ionlink.data.bench_table import read_lab_file
from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.data.lab_rows import named_alike
from ionlink.data.lab_table import Naming
from ionlink.data.observation import Observation
from ionlink.optimize.candidate import Candidate
from ionlink.optimize.copied_table import copied
from ionlink.optimize.corrections import sort_out
from ionlink.optimize.errors import ToldMeanwhile
from ionlink.optimize.observed_levels import ObservedLevels
from ionlink.optimize.sameness import deviation
from ionlink.optimize.samples import Samples
from ionlink.optimize.unusual import unusual

if TYPE_CHECKING:
    from ionlink.optimize.campaign import Campaign
    from ionlink.optimize.told import Told


ATTEMPTS = 5
"""So often a table is judged anew because another process told something meanwhile."""


def tell_file(campaign: "Campaign", path: Path, *, correct: bool, reason: str | None) -> "Told":
    """See `Campaign.tell_file`."""
    for _ in range(ATTEMPTS - 1):
        with suppress(ToldMeanwhile):
            return _tell_file(campaign, path, correct=correct, reason=reason)
    return _tell_file(campaign, path, correct=correct, reason=reason)


def _tell_file(campaign: "Campaign", path: Path, *, correct: bool, reason: str | None) -> "Told":
    """Judge the table by what is known, and tell it if nothing else was told in between."""
    told_before = campaign.store.last_observation()
    known = {candidate.id: candidate for candidate in campaign.candidates}
    history = campaign.history()
    levels = {str(candidate.id): candidate.level for candidate in known.values()}
    file = read_lab_file(path, _Objections(known, ObservedLevels.of(campaign)).to, levels)
    file = replace(file, results=tuple(named_alike(file.results, campaign.named())))
    samples = Samples(history, {candidate.id: candidate.round for candidate in known.values()})
    if faults := list(copied(samples, file.results)):
        raise InputError(f"{path.name}: {fault}" for fault in faults)
    telling = sort_out(samples, file.results, correct=correct)
    named = samples.told(telling.results)
    reasons = {failure.candidate: failure.reason for failure in file.failures}
    failed = {n: why for n, why in reasons.items() if known[n].reason != why}
    known_before = {record.observation for record in history}
    told = campaign.tell(
        [observation for observation, _ in named],
        made_for=[candidate for _, candidate in named],
        corrections=telling.corrections,
        reason=reason or f"corrected by {path.name}",
        failures=failed,
        told_before=told_before,
    )
    return replace(
        told,
        repeated=told.repeated - (len(named) - len(telling.results)),
        failed=tuple(c for c in campaign.candidates if c.id in failed),
        unusual=tuple(unusual(history, file.results)),
        near=_near(campaign.pending, [o for o, name in named if name is None and o not in known_before]),
    )


def _near(pending: Sequence[Candidate], unnamed: Sequence[Observation]) -> dict[int, Formulation]:
    """Of each candidate the one that comes nearest to what it asked for, where one is near enough to be named as it."""
    found = {}
    for candidate in pending:
        there = [o.formulation for o in unnamed if o.level == candidate.level]
        off = [deviation(made, candidate.formulation) for made in there]
        if min(off, default=math.inf) <= 1:
            found[candidate.id] = there[off.index(min(off))]
    return found


@dataclass(frozen=True)
class _Objections:
    """What a campaign has against rows."""

    candidates: Mapping[int, Candidate]
    """By id."""

    levels: ObservedLevels

    def to(self, row: Naming) -> Iterator[str]:
        """Why a row cannot be taken; it may be a little off what was asked for, by what was weighed out."""
        if fault := self.levels.fault(row.level):
            yield fault
        if row.candidate is not None:
            yield from self._to_naming(row, row.candidate)

    def _to_naming(self, row: Naming, number: int) -> Iterator[str]:
        candidate = self.candidates.get(number)
        if candidate is None:
            yield f"candidate: the campaign has no candidate {number}"
            return
        if row.failed and candidate.no_failure:
            yield f"failed_because: {candidate.no_failure}; leave the cell empty"
        if row.level != candidate.level:
            yield (
                f"candidate: {number} is to be observed at level {candidate.level}, but the row is of level "
                f"{row.level}; leave the cell of the candidate empty if that was done instead"
            )
        if row.formulation is not None and deviation(row.formulation, candidate.formulation) > 1:
            yield (
                f"candidate: {number} is {candidate.formulation}, but the row is of {row.formulation}; "
                "leave the cell empty if that was made instead"
            )
