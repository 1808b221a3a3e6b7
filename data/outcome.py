"""Outcomes: the catalogue of what can be observed."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Outcome(BaseModel):
    """A named quantity with unit and meaning, or a named kind with its categories."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """Such as `peel_force`."""

    unit: str
    """Unit of every stored value, such as `N`; `1` for a pure number and for categories."""

    kind: Literal["simulated", "measured", "diagnostic"]
    """A diagnostic is what a simulation says of itself: whether its other outcomes can be trusted."""

    lower: float | None = None
    """Smallest possible value, in `unit`."""

    upper: float | None = None
    """Largest possible value, in `unit`."""

    better: Literal["higher", "lower"] | None = None
    """The direction that is better for every use; `None` where it depends, or where a window is wanted."""

    categories: tuple[str, ...] = ()
    """What it can be, for an outcome that is a kind; empty for a number."""

    related: tuple[str, ...] = ()
    """Outcomes of other levels that tell about this one, such as the simulated share of a measured mode."""

    meaning: str
    """One sentence with the definition, and how it relates to `related`."""

    def nearest_possible(self, value: float) -> float:
        """The possible value nearest to one, in `unit`; a quantile of clipped draws is the clipped quantile."""
        above = value if self.lower is None else max(value, self.lower)
        return above if self.upper is None else min(above, self.upper)
