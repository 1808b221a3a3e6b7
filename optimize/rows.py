"""Rows of the store's tables from values, and back."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row

from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation
from ionlink.optimize.candidate import Candidate, Prediction


@dataclass(frozen=True)
class Proposal:
    """A formulation about to become a candidate."""

    formulation: Formulation
    proposed_by: str
    predicted: Mapping[str, Prediction]

    refusal: str | None = None
    """Why it cannot be tried; it is then kept as an excluded candidate."""


def now() -> str:
    """The current time, UTC, ISO 8601."""
    return datetime.now(UTC).isoformat()


def candidate_of(row: Row[Any]) -> Candidate:
    """A row of `candidates`."""
    return Candidate(
        id=row.id,
        formulation=Formulation(cation=row.cation, ligand=row.ligand, ratio=row.ratio),
        round=row.round,
        proposed_by=row.proposed_by,
        status=row.status,
        reason=row.reason,
        predicted={outcome: Prediction(**prediction) for outcome, prediction in row.predicted.items()},
    )


def candidate_row(number: int, proposal: Proposal) -> dict[str, Any]:
    """What becomes a candidate of round `number`."""
    return {
        "round": number,
        **proposal.formulation.model_dump(),
        "proposed_by": proposal.proposed_by,
        "status": "excluded" if proposal.refusal else "pending",
        "reason": proposal.refusal,
        "predicted": {outcome: p.model_dump() for outcome, p in proposal.predicted.items()},
    }


def observation_of(row: Row[Any]) -> Observation:
    """A row of `observations`."""
    return Observation(
        formulation=Formulation(cation=row.cation, ligand=row.ligand, ratio=row.ratio),
        outcome=row.outcome,
        value=row.value,
        standard_error=row.standard_error,
        bound=row.bound,
        level=row.level,
        source=row.source,
        conditions=row.conditions,
        evidence=tuple(row.evidence),
        protocol=row.protocol,
        replicates=row.replicates,
    )


def observation_rows(observations: Sequence[Observation], round_number: int) -> list[dict[str, Any]]:
    """What is told together; equal observations are counted, so that each keeps a row of its own."""
    seen: Counter[str] = Counter()
    rows = []
    for observation in observations:
        fingerprint = hashlib.sha256(observation.model_dump_json().encode()).hexdigest()
        rows.append(
            {
                "fingerprint": fingerprint,
                "occurrence": seen[fingerprint],
                "round": round_number,
                "told_at": now(),
                **observation.formulation.model_dump(),
                **observation.model_dump(exclude={"formulation"}),
            }
        )
        seen[fingerprint] += 1
    return rows
