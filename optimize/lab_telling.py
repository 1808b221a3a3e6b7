"""Takes in what a laboratory measured: a lab table or a filled bench sheet, whole or not at all."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ionlink.data.bench_table import read_lab_file
from ionlink.data.errors import InputError
from ionlink.data.lab_table import Naming
from ionlink.optimize.candidate import Candidate
from ionlink.optimize.copied_table import copied
from ionlink.optimize.corrections import sort_out
from ionlink.optimize.made import deviation
from ionlink.optimize.samples import Samples

if TYPE_CHECKING:
    from ionlink.optimize.campaign import Campaign
    from ionlink.optimize.told import Told

Known = Mapping[int, Candidate]


def tell_file(campaign: "Campaign", path: Path, *, correct: bool, reason: str | None) -> "Told":
    """See `Campaign.tell_file`."""
    known = {candidate.id: candidate for candidate in campaign.candidates}
    file = read_lab_file(path, partial(_objections, known))
    samples = Samples(campaign.store.history(), {candidate.id: candidate.round for candidate in known.values()})
    if faults := list(copied(samples, file.results)):
        raise InputError(f"{path.name}: {fault}" for fault in faults)
    telling = sort_out(samples, file.results, correct=correct)
    named = samples.told(telling.results)
    told = campaign.tell(
        [observation for observation, _ in named],
        made_for=[candidate for _, candidate in named],
        corrections=telling.corrections,
        reason=reason or f"corrected by {path.name}",
    )
    reasons = {failure.candidate: failure.reason for failure in file.failures}
    failed = [c for c in campaign.candidates if c.id in reasons and c.reason != reasons[c.id]]
    for candidate in failed:
        campaign.fail(candidate, reasons[candidate.id])
    ended = {candidate.id for candidate in failed}
    return replace(
        told,
        repeated=told.repeated - (len(named) - len(telling.results)),
        failed=tuple(c for c in campaign.candidates if c.id in ended),
    )


def _objections(known: Known, row: Naming) -> Iterator[str]:
    """Why a row is not of the candidate that it names; it may be a little off, by what was weighed out."""
    candidate = known.get(row.candidate)
    if candidate is None:
        yield f"candidate: the campaign has no candidate {row.candidate}"
        return
    if row.failed and candidate.no_failure:
        yield f"failed_because: {candidate.no_failure}; leave the cell empty"
    if row.formulation is not None and deviation(row.formulation, candidate.formulation) > 1:
        yield (
            f"candidate: {row.candidate} is {candidate.formulation}, but the row is of {row.formulation}; "
            "leave the cell empty if that was made instead"
        )
