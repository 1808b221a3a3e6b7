"""Constraints on outcomes: what must hold, but is not optimised."""

import math
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ionlink.data.outcome_scale import scale_of
from ionlink.optimize.objective import known_outcome
from ionlink.optimize.window import Window


class OutcomeConstraint(BaseModel):
    """An outcome that must be at least `lower`, at most `upper`, or between both; in its catalogue unit.

    More than enough is worth nothing. For what should be reached as nearly as possible, take a window as objective.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: str

    lower: float | None = Field(default=None, allow_inf_nan=False)
    """Smallest value that is allowed; without, it is open below ("at most")."""

    upper: float | None = Field(default=None, allow_inf_nan=False)
    """Largest value that is allowed; without, it is open above ("at least")."""

    _known = field_validator("outcome")(known_outcome)

    @model_validator(mode="after")
    def _edges(self) -> "OutcomeConstraint":
        _ = self.window  # raises
        return self

    @property
    def window(self) -> Window:
        """The values that are allowed."""
        return Window(self.lower, self.upper, scale_of(self.outcome))

    def violation(self, value: Any) -> Any:  # noqa: ANN401 - float, NumPy array or torch tensor alike
        """How far `value` is outside, above 0 where it is, negative inside; same shape as `value`.

        In units of the window's half width, of the magnitude of its edge (or in decades) where it is open on one side.
        """
        return self.window.excess(value) / self.window.unit

    def holds(self, least: float, most: float) -> bool | None:
        """Whether it holds of something that is at least `least` and at most `most`; `None` where these leave it open.

        Both are infinite where nothing is known, and the same where the value is.
        """
        lower = -math.inf if self.lower is None else self.lower
        upper = math.inf if self.upper is None else self.upper
        if lower <= least and most <= upper:
            return True
        return False if most <= lower or least >= upper else None

    def __str__(self) -> str:
        return f"{self.outcome} {self.window}"
