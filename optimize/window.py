"""A window of values, which may be open on one side."""

import math
from dataclasses import dataclass
from typing import Any

from ionlink.data.arrays import larger
from ionlink.data.errors import InputError
from ionlink.data.outcome_scale import LINEAR, OutcomeScale


@dataclass(frozen=True)
class Window:
    """All values from `lower` to `upper`, both included; without one of them it is open on that side.

    Raises:
        InputError: when there is no edge, the edges are the wrong way round, or have no place on the scale.

    """

    lower: float | None
    upper: float | None

    scale: OutcomeScale = LINEAR
    """On which distances from it are counted."""

    def __post_init__(self) -> None:
        if self.lower is None and self.upper is None:
            raise InputError("needs lower or upper, or both")
        if self.lower is not None and self.upper is not None and self.lower >= self.upper:
            raise InputError(f"needs lower < upper, not {self.lower:g} and {self.upper:g}")
        beyond = [edge for edge in (self.lower, self.upper) if edge is not None and not self.scale.has(edge)]
        if beyond:
            raise InputError(f"needs edges above 0, not {beyond[0]:g}, where values are compared by factors")

    @property
    def unit(self) -> float:
        """What distances are counted in, on the scale: half the width; where it is open, see `OutcomeScale.unit_of`."""
        lower, upper = self.edges
        if lower is not None and upper is not None:
            return (upper - lower) / 2
        edge = self.upper if self.lower is None else self.lower
        return self.scale.unit_of(edge or 0.0)

    @property
    def edges(self) -> tuple[float | None, float | None]:
        """Lower and upper edge on the scale."""
        lower, upper = (None if e is None else float(self.scale.learned(e)) for e in (self.lower, self.upper))
        return lower, upper

    def excess(self, value: Any) -> Any:  # noqa: ANN401 - float, NumPy array or torch tensor alike
        """How far `value` lies beyond the nearer edge, on the scale and in its own shape; negative inside."""
        place, (lower, upper) = self.scale.learned(value), self.edges
        if lower is None:
            return place - upper
        if upper is None:
            return lower - place
        return larger(lower - place, place - upper)

    def __contains__(self, value: float) -> bool:
        lower = -math.inf if self.lower is None else self.lower
        upper = math.inf if self.upper is None else self.upper
        return lower <= value <= upper

    def __str__(self) -> str:
        if self.lower is None:
            return f"at most {self.upper:g}"
        return f"at least {self.lower:g}" if self.upper is None else f"between {self.lower:g} and {self.upper:g}"
