"""Takes in what a laboratory measured: a lab table or a filled bench sheet, whole or not at all."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ionlink.data.bench_table import LabFailure, read_lab_file
from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.data.lab_table import LabResult
from ionlink.optimize.candidate import Candidate
from ionlink.optimize.corrections import sort_out
from ionlink.optimize.samples import Samples

if TYPE_CHECKING:
    from ionlink.optimize.campaign import Campaign
    from ionlink.optimize.told import Told

Known = Mapping[int, Candidate]


def tell_file(campaign: "Campaign", path: Path, *, correct: bool, reason: str | None) -> "Told":
    """See `Campaign.tell_file`."""
    file = read_lab_file(path)
    known = {candidate.id: candidate for candidate in campaign.candidates}
    rows: list[LabResult | LabFailure] = [*file.results, *file.failures]
    faults = [fault for row in rows for fault in _strangers(row, known)]
    if faults:
        raise InputError(faults)
    asked = {candidate.id: candidate.round for candidate in campaign.candidates}
    telling = sort_out(Samples(campaign.store.history(), asked), file.results, correct=correct)
    told = campaign.tell(
        [*telling.equals, *telling.observations],
        corrections=telling.corrections,
        reason=reason or f"corrected by {path.name}",
        observed=set(_observed(campaign, file.results, known)),
    )
    reasons = {failure.candidate: failure.reason for failure in file.failures}
    failed = [candidate for candidate in campaign.pending if candidate.id in reasons]
    for candidate in failed:
        campaign.fail(candidate, reasons[candidate.id])
    ended = {candidate.id for candidate in failed}
    return replace(
        told,
        repeated=told.repeated - len(telling.equals),
        failed=tuple(c for c in campaign.candidates if c.id in ended),
    )


def _observed(campaign: "Campaign", results: Iterable[LabResult], known: Known) -> Iterator[int]:
    """Ids that rows name, of candidates that wait for what the rows say."""
    for result in results:
        candidate = known.get(result.candidate or 0)
        if candidate and candidate.level == result.observation.level and campaign.settles(result.observation):
            yield candidate.id


def _strangers(told: LabResult | LabFailure, known: Known) -> Iterator[str]:
    """Why a row is not of the candidate that it names; the ratio may be another one, it is what was weighed out."""
    if told.candidate is None:
        return
    candidate = known.get(told.candidate)
    if candidate is None:
        yield f"{told.where}, candidate: the campaign has no candidate {told.candidate}"
    elif isinstance(told, LabResult) and _parts(told.observation.formulation) != _parts(candidate.formulation):
        yield (
            f"{told.where}, candidate: {told.candidate} is {candidate.formulation}, but the row is of "
            f"{told.observation.formulation}"
        )


def _parts(formulation: Formulation) -> tuple[str, str, str | None]:
    return formulation.cation, formulation.ligand, formulation.second_cation
