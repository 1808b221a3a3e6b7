"""What a descriptor is: a named number with unit, meaning and origin."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Descriptor:
    """One column of the matrix that describes formulations."""

    name: str

    unit: str
    """Unit of every number in the column; `1` for a pure number."""

    meaning: str
    """One sentence with the definition."""

    citation: str
    """Where the definition comes from."""

    scale: Literal["linear", "log"] = "linear"
    """How a model should measure distances in the column: `log` where ratios count (positive numbers only)."""
