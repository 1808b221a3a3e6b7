"""Outcomes: the catalogue of what can be observed."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Outcome(BaseModel):
    """A named quantity with unit and meaning."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """Such as `peel_force`."""

    unit: str
    """Unit of every stored value, such as `N`; `1` for a pure number."""

    kind: Literal["simulated", "measured"]

    lower: float | None = None
    """Smallest possible value, in `unit`."""

    upper: float | None = None
    """Largest possible value, in `unit`."""

    meaning: str
    """One sentence with the definition."""
