"""Rows of the store's tables from values, and back."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Row

from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation
from ionlink.optimize.candidate import Candidate, Kind, Prediction

MOST_REMEMBERED = 2**15
"""Records that were read from a store and are kept, some 5 kB each: one round reads all of them several times, and to
make and check them takes nearly all of the time. Where there are more, none is found again."""

_OF_FORMULATION = tuple(Formulation.model_fields)
_PLAIN = tuple(name for name in Observation.model_fields if name not in ("formulation", "evidence"))
_SUPERSEDING = ("superseded_by", "superseded_at", "correction")
_formulation_cells, _plain_cells, _superseding_cells = (
    attrgetter(*names) for names in (_OF_FORMULATION, _PLAIN, _SUPERSEDING)
)


@dataclass(frozen=True)
class Proposal:
    """A formulation about to become a candidate."""

    formulation: Formulation
    proposed_by: str
    predicted: Mapping[str, Prediction]

    level: str
    """Where it should be observed."""

    refusal: str | None = None
    """Why it cannot be tried; it is then kept as an excluded candidate."""

    replicates: int = 1
    kind: Kind = "new"

    why: Mapping[str, Any] | None = None
    """Why it is proposed, in JSON's types."""


class Recorded(BaseModel):
    """An observation as a campaign's store holds it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: int
    """In the store."""

    observation: Observation

    told_at: datetime
    """UTC."""

    round: int
    """How many rounds the campaign had asked for when it learned it; 0 for initial data."""

    candidate: int | None = None
    """Id of the campaign's candidate that was named with it; `None` where none was."""

    superseded_by: int | None = None
    """Id of its correction, or of its withdrawal; `None` while it is in force."""

    superseded_at: datetime | None = None
    """UTC."""

    correction: str | None = None
    """Why it was corrected, or withdrawn."""

    withdrawn: bool = False
    """Whether it does not hold and nothing was told in its place."""

    superseded_round: int | None = None
    """How many rounds the campaign had asked for when it was corrected or withdrawn; `None` while it is in force."""

    since: int = 0
    """How many it had asked for when it learned it, or the oldest of what it was told in place of."""


class Lineage(NamedTuple):
    """Of an observation the fields of `Recorded` that depend on when a campaign learned it and what superseded it."""

    round: int
    since: int
    superseded_round: int | None
    withdrawn: bool


@dataclass(frozen=True)
class Correction:
    """An observation in place of others."""

    observation: Observation

    supersedes: tuple[int, ...]
    """Ids, in the store, of what it is told in place of."""

    candidate: int | None = None
    """Id of the candidate that it was made for; `None` for that of what it is told in place of, if it has one."""


def now() -> str:
    """The current time, UTC, ISO 8601."""
    return datetime.now(UTC).isoformat()


def fingerprint(observation: Observation) -> str:
    """Equal for equal observations; a field that is left at its default does not enter, so that new ones may come."""
    return hashlib.sha256(observation.model_dump_json(exclude_defaults=True).encode()).hexdigest()


def formulation_of(row: Row[Any]) -> Formulation:
    """The formulation in a row of `candidates` or `observations`."""
    return Formulation(**{name: getattr(row, name) for name in Formulation.model_fields})


def formulation_cells(formulation: Formulation) -> dict[str, Any]:
    """Cells of a formulation; open ones as well, since rows that are inserted together have the same columns."""
    return {name: getattr(formulation, name) for name in Formulation.model_fields}


def candidate_of(row: Row[Any]) -> Candidate:
    """A row of `candidates`."""
    plain = Candidate.model_fields.keys() - {"formulation", "predicted"}
    return Candidate(
        formulation=formulation_of(row),
        predicted={outcome: Prediction(**prediction) for outcome, prediction in row.predicted.items()},
        **{name: getattr(row, name) for name in plain},
    )


def candidate_row(candidate: Candidate) -> dict[str, Any]:
    """The row of a candidate, but for its campaign."""
    return {**formulation_cells(candidate.formulation), **candidate.model_dump(exclude={"formulation"})}


def proposed(proposal: Proposal, candidate_id: int, round_number: int) -> Candidate:
    """What a proposal of round `round_number` becomes."""
    refused = proposal.refusal is not None
    return Candidate(
        id=candidate_id,
        round=round_number,
        status="excluded" if refused else "pending",
        reason=proposal.refusal,
        settled_round=round_number if refused else None,
        formulation=proposal.formulation,
        predicted=proposal.predicted,
        proposed_by=proposal.proposed_by,
        level=proposal.level,
        replicates=proposal.replicates,
        kind=proposal.kind,
        why=proposal.why,
    )


def recorded_of(row: Row[Any], lineage: Lineage, candidate: int | None) -> Recorded:
    """A row of `observations` as a campaign knows it."""
    superseding = (None, None, None) if lineage.superseded_round is None else _superseding_cells(row)
    told = (row.id, row.told_at, candidate, *superseding, *lineage)
    return _recorded(told, _formulation_cells(row), _plain_cells(row), tuple(row.evidence))


@lru_cache(maxsize=MOST_REMEMBERED)
def _recorded(
    told: tuple[Any, ...], of_formulation: tuple[Any, ...], plain: tuple[Any, ...], evidence: tuple[str, ...]
) -> Recorded:
    observation = Observation(
        formulation=Formulation(**dict(zip(_OF_FORMULATION, of_formulation, strict=True))),
        evidence=evidence,
        **dict(zip(_PLAIN, plain, strict=True)),
    )
    names = ("id", "told_at", "candidate", *_SUPERSEDING, *Lineage._fields)
    return Recorded(observation=observation, **dict(zip(names, told, strict=True)))


def observation_row(observation: Observation, occurrence: int, told_at: str) -> dict[str, Any]:
    """The row of an observation; `occurrence` counts those equal to it, from 0."""
    return {
        "fingerprint": fingerprint(observation),
        "occurrence": occurrence,
        "told_at": told_at,
        **formulation_cells(observation.formulation),
        **observation.model_dump(exclude={"formulation"}),
    }


def withdrawal_row(observation: Observation, withdrawn: int, at: str) -> dict[str, Any]:
    """The row that says of an observation, by its id, no more than that it does not hold."""
    row = observation_row(observation, 0, at)
    return {**row, "fingerprint": f"withdraws {withdrawn}", "withdrawal": True}  # no hash, and so no observation's
