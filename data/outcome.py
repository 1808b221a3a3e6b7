"""Outcomes: the catalogue of what can be observed."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from ionlink.data.errors import InputError
from ionlink.data.prose import axis_label

DECADES = "decades"
"""Unit of differences between decimal logarithms."""

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise InputError(f"'{text}' is no name of an outcome; write small letters, digits and _, such as peel_force")
    return text


class Outcome(BaseModel):
    """A named quantity with unit and meaning, or a named kind with its categories."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, AfterValidator(_name)]
    """Such as `peel_force`."""

    unit: str
    """Unit of every stored value, such as `N`; `1` for a pure number and for categories."""

    kind: Literal["simulated", "measured", "diagnostic"]
    """A diagnostic is what a simulation says of itself: whether its other outcomes can be trusted."""

    lower: float | None = Field(default=None, allow_inf_nan=False)
    """Smallest possible value, in `unit`."""

    upper: float | None = Field(default=None, allow_inf_nan=False)
    """Largest possible value, in `unit`."""

    scale: Literal["linear", "logarithmic"] = "linear"
    """How values are compared: by differences, or by factors where they span decades; such values are above 0."""

    better: Literal["higher", "lower"] | None = None
    """The direction that is better for every use; `None` where it depends, or where a window is wanted."""

    categories: tuple[str, ...] = ()
    """What it can be, for an outcome that is a kind; empty for a number."""

    related: tuple[str, ...] = ()
    """Outcomes of other levels that tell about this one, such as the simulated share of a measured mode."""

    meaning: str
    """One sentence with the definition, and how it relates to `related`."""

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        if self.lower is not None and self.upper is not None and self.lower >= self.upper:
            raise InputError(f"lower: {self.lower:g} is not below upper, {self.upper:g}; leave out what has no limit")
        if self.scale == "logarithmic" and self.upper is not None and self.upper <= 0:
            raise InputError(f"upper: {self.upper:g}, where values that are compared by factors are above 0")
        return self

    @property
    def learned_unit(self) -> str:
        """Unit of differences on the scale: that of the values, or decades."""
        return DECADES if self.scale == "logarithmic" else self.unit

    @property
    def learned_label(self) -> str:
        """The outcome as an axis of its scale names it.

        >>> fields = {"name": "ionic_conductivity", "unit": "S/cm", "kind": "measured", "meaning": "of the binder"}
        >>> Outcome(**fields, scale="logarithmic").learned_label
        'log₁₀ ionic conductivity (S/cm)'
        """
        label = axis_label(self.name, self.unit)
        return f"log₁₀ {label}" if self.scale == "logarithmic" else label

    def nearest_possible(self, value: float) -> float:
        """The possible value nearest to one, in `unit`; a quantile of clipped draws is the clipped quantile."""
        above = value if self.lower is None else max(value, self.lower)
        return above if self.upper is None else min(above, self.upper)
