"""Candidates: formulations that were proposed, and what became of them."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ionlink.data.formulation import Formulation

Status = Literal["pending", "done", "failed", "excluded"]

Kind = Literal["new", "replicate", "level"]
"""A formulation not yet observed, more replicates of one that was, or one that was at another level."""

FailureOf = Literal["formulation", "machine"]
"""Whether a failure says something of the formulation (it precipitated) or not (a disk was full)."""


class Prediction(BaseModel):
    """What the surrogate expected of one outcome when it proposed the candidate, in the outcome's unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mean: float
    standard_deviation: float


class Candidate(BaseModel):
    """A formulation to try next."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: int
    """Unique within a campaign, from 1."""

    formulation: Formulation

    round: int
    """Round it was proposed in, from 1."""

    level: str
    """Where it should be observed."""

    replicates: int = Field(default=1, ge=1)
    """How many independent replicates are asked for."""

    kind: Kind = "new"

    proposed_by: str
    """Method that proposed it, and why this one where it was a fallback."""

    status: Status = "pending"
    """`done`: an objective outcome was observed; `failed`: it was tried, so far in vain; `excluded`: it cannot be."""

    reason: str | None = None
    """Why it failed or was excluded."""

    failure_of: FailureOf | None = None
    """What the failure is one of; `None` where it did not fail."""

    settled_round: int | None = None
    """How many rounds were asked for when it ended; `None` while it is pending."""

    predicted: Mapping[str, Prediction] = {}
    """By outcome; empty where no surrogate could be fitted when it was proposed."""

    why: Mapping[str, Any] | None = None
    """Why it was proposed, in JSON's types; `Campaign.why` reads it."""

    @property
    def is_open(self) -> bool:
        """Whether an observation of it makes it done: that of one that failed shows that it can be observed."""
        return self.status in ("pending", "failed")

    def takes(self, level: str) -> bool:
        """Whether its formulation is not proposed again at a level: it was there, or it failed for its own reason."""
        return self.level == level or self.failure_of == "formulation"

    @property
    def no_failure(self) -> str | None:
        """Why it cannot have failed; `None` where it can, or has."""
        if self.is_open:
            return None
        reason = f"it was observed, {self.formulation}" if self.status == "done" else self.reason
        return f"{self.id} is {self.status}, so that it cannot fail: {reason}"
