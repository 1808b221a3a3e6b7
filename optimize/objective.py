"""Objectives: what is wanted of an outcome."""

from difflib import get_close_matches
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ionlink.data import outcomes
from ionlink.data.errors import InputError

Goal = Literal["maximise", "minimise", "window"]


class Objective(BaseModel):
    """An outcome and what is wanted of it; all numbers in the outcome's catalogue unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: str
    goal: Goal

    lower: float | None = Field(default=None, allow_inf_nan=False)
    """Lower edge of a window."""

    upper: float | None = Field(default=None, allow_inf_nan=False)
    """Upper edge of a window."""

    reference: float | None = Field(default=None, allow_inf_nan=False)
    """Worst acceptable value: what is worse adds nothing to the hypervolume; inferred from the data if `None`."""

    @field_validator("outcome")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in outcomes():
            close = get_close_matches(name, outcomes(), n=3) or outcomes()
            raise InputError(f"'{name}' is not a known outcome; known are {', '.join(close)}")
        return name

    @model_validator(mode="after")
    def _window_edges(self) -> "Objective":
        if self.goal == "window":
            if self.lower is None or self.upper is None or self.lower >= self.upper:
                raise InputError("a window needs lower and upper, with lower < upper")
            if self.reference is not None and self.lower <= self.reference <= self.upper:
                raise InputError("the reference of a window is the worst acceptable value, and lies outside it")
        elif self.lower is not None or self.upper is not None:
            raise InputError(f"lower and upper belong to a window, not to {self.goal}")
        return self

    def desirability(self, value: Any) -> Any:  # noqa: ANN401 - float, NumPy array or torch tensor alike
        """How good `value` is; larger is better, differentiable almost everywhere, same shape as `value`.

        The value itself to maximise, its negative to minimise (in the outcome's unit); for a window 0 inside,
        outside minus the distance to it in units of its half width.
        """
        if self.goal == "maximise":
            return value
        if self.goal == "minimise":
            return -value
        assert self.lower is not None
        assert self.upper is not None
        half = (self.upper - self.lower) / 2
        excess = abs(value - (self.lower + half)) - half
        return 0.0 - (excess + abs(excess)) / (2 * half)

    def __str__(self) -> str:
        if self.goal != "window":
            return f"{self.goal} {self.outcome}"
        return f"{self.outcome} between {self.lower:g} and {self.upper:g}"
