"""Objectives: what is wanted of an outcome."""

import math
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ionlink.data import outcomes, targets
from ionlink.data.errors import InputError

Goal = Literal["maximise", "minimise", "window"]


class Objective(BaseModel):
    """An outcome and what is wanted of it; all numbers in the outcome's catalogue unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: str
    goal: Goal

    lower: float | None = Field(default=None, allow_inf_nan=False)
    """Lower edge of a window; without, it is open below ("at most")."""

    upper: float | None = Field(default=None, allow_inf_nan=False)
    """Upper edge of a window; without, it is open above ("at least")."""

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
            lower, upper = self._edges
            if (self.lower is None and self.upper is None) or lower >= upper:
                raise InputError("a window needs lower or upper, and with both lower < upper")
            if self.reference is not None and lower <= self.reference <= upper:
                raise InputError("the reference of a window is the worst acceptable value, and lies outside it")
        elif self.lower is not None or self.upper is not None:
            raise InputError(f"lower and upper belong to a window, not to {self.goal}")
        return self

    def desirability(self, value: Any) -> Any:  # noqa: ANN401 - float, NumPy array or torch tensor alike
        """How good `value` is; larger is better, differentiable almost everywhere, same shape as `value`.

        The value itself to maximise, its negative to minimise (in the outcome's unit); for a window 0 inside,
        outside minus the distance to it in units of its half width (of its edge, where it is open on one side).
        """
        if self.goal == "maximise":
            return value
        if self.goal == "minimise":
            return -value
        outside = sum(excess + abs(excess) for excess in self._excesses(value)) / 2
        return 0.0 - outside / self._unit_of_distance

    @property
    def _edges(self) -> tuple[float, float]:
        """Both edges of a window; an open one is infinitely far."""
        return -math.inf if self.lower is None else self.lower, math.inf if self.upper is None else self.upper

    @property
    def _unit_of_distance(self) -> float:
        """Half the width of a window, the magnitude of its one edge, or 1 where that is 0."""
        lower, upper = self._edges
        if math.isfinite(upper - lower):
            return (upper - lower) / 2
        return abs(lower if math.isfinite(lower) else upper) or 1.0

    def _excesses(self, value: Any) -> Iterator[Any]:  # noqa: ANN401 - float, NumPy array or torch tensor alike
        """How far `value` lies beyond each edge; negative on the inside."""
        if self.lower is not None:
            yield self.lower - value
        if self.upper is not None:
            yield value - self.upper

    @property
    def wanted(self) -> str:
        """What is wanted, such as `at most 0.5`, in the outcome's catalogue unit."""
        if self.goal != "window":
            return self.goal
        if self.lower is None:
            return f"at most {self.upper:g}"
        return f"at least {self.lower:g}" if self.upper is None else f"between {self.lower:g} and {self.upper:g}"

    def __str__(self) -> str:
        return f"{self.outcome} {self.wanted}" if self.goal == "window" else f"{self.wanted} {self.outcome}"


def objectives_of(preset: str) -> tuple[Objective, ...]:
    """The objectives of a named set of targets of the knowledge base, such as `elastomeric-binder`.

    Raises:
        InputError: when there is no such set.

    """
    if preset not in targets():
        raise InputError(f"'{preset}' is not a set of targets; the sets are {', '.join(targets())}")
    fields = {"outcome", "goal", "lower", "upper", "reference"}
    return tuple(Objective.model_validate(target.model_dump(include=fields)) for target in targets()[preset])
