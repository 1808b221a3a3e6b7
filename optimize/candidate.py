"""Candidates: formulations that were proposed, and what became of them."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from ionlink.data.formulation import Formulation

Status = Literal["pending", "done", "failed", "excluded"]


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

    proposed_by: str
    """Method that proposed it, and why this one where it was a fallback."""

    status: Status = "pending"
    """`done`: an objective outcome was observed; `failed`: it was tried in vain; `excluded`: it cannot be tried."""

    reason: str | None = None
    """Why it failed or was excluded."""

    predicted: Mapping[str, Prediction] = {}
    """By outcome; empty where no surrogate could be fitted when it was proposed."""
