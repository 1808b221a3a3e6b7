"""A window of values, which may be open on one side."""

import math
from dataclasses import dataclass
from typing import Any

from ionlink.data.errors import InputError
from ionlink.optimize.arrays import larger


@dataclass(frozen=True)
class Window:
    """All values from `lower` to `upper`, both included; without one of them it is open on that side.

    Raises:
        InputError: when there is no edge, or the edges are the wrong way round.

    """

    lower: float | None
    upper: float | None

    def __post_init__(self) -> None:
        if self.lower is None and self.upper is None:
            raise InputError("needs lower or upper, or both")
        if self.lower is not None and self.upper is not None and self.lower >= self.upper:
            raise InputError(f"needs lower < upper, not {self.lower:g} and {self.upper:g}")

    @property
    def unit(self) -> float:
        """What distances are counted in: half the width, the magnitude of the one edge, or 1 where that is 0."""
        if self.lower is not None and self.upper is not None:
            return (self.upper - self.lower) / 2
        edge = self.upper if self.lower is None else self.lower
        return abs(edge or 0.0) or 1.0

    def excess(self, value: Any) -> Any:  # noqa: ANN401 - float, NumPy array or torch tensor alike
        """How far `value` lies beyond the nearer edge, in its own unit and shape; negative inside."""
        if self.lower is None:
            return value - self.upper
        if self.upper is None:
            return self.lower - value
        return larger(self.lower - value, value - self.upper)

    def __contains__(self, value: float) -> bool:
        lower = -math.inf if self.lower is None else self.lower
        upper = math.inf if self.upper is None else self.upper
        return lower <= value <= upper

    def __str__(self) -> str:
        if self.lower is None:
            return f"at most {self.upper:g}"
        return f"at least {self.lower:g}" if self.upper is None else f"between {self.lower:g} and {self.upper:g}"
