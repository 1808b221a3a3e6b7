"""The continuous variables of a design space: ratio, share of a second cation, pH, temperature; each a range."""

import math
from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation

VariableName = Literal["ratio", "second_fraction", "ph", "temperature_k"]


class Variable(BaseModel):
    """A range of a field of `Formulation`, seen as the unit interval, on a logarithmic or linear scale."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[VariableName]
    """Field of `Formulation`."""

    scale: ClassVar[Literal["log", "linear"]]
    digits: ClassVar[int]
    """Significant digits of a proposed value: what a chemist can weigh out or adjust, and type back."""

    meaning: ClassVar[str]
    """Format for both ends, for a reader."""

    widest: ClassVar[tuple[float, float]]
    """Beyond these no range is of use."""

    lower: float = Field(allow_inf_nan=False)
    upper: float = Field(allow_inf_nan=False)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.lower >= self.upper:
            raise InputError(f"lower ({self.lower:g}) must be below upper ({self.upper:g})")
        return self

    def at(self, share: float) -> float:
        """Value at a share (0 to 1) of the range on its scale, rounded to `digits`, never outside."""
        if self.scale == "log":
            return self.rounded(math.exp(math.log(self.lower) + share * math.log(self.upper / self.lower)))
        return self.rounded(self.lower + share * (self.upper - self.lower))

    def share_of(self, value: float) -> float:
        """Where a value lies in the range on its scale: 0 at `lower`, 1 at `upper`, beyond them outside of both."""
        if self.scale == "log":
            return math.log(value / self.lower) / math.log(self.upper / self.lower)
        return (value - self.lower) / (self.upper - self.lower)

    def rounded(self, value: float) -> float:
        """`value` with `digits` significant digits, moved into the range where it lies outside."""
        return min(max(float(f"{value:.{self.digits}g}"), self.lower), self.upper)

    def fault(self, formulation: Formulation) -> str | None:
        """Why a formulation lies outside of the range; one without a second cation needs no share of it."""
        value = getattr(formulation, self.name)
        if self.name == "second_fraction" and formulation.second_cation is None:
            return None
        if value is not None and self.lower <= value <= self.upper:
            return None
        return f"{self.name} {'is missing' if value is None else f'{value:g}'}; the space has {self}"

    def __str__(self) -> str:
        return f"{self.name} from {self.lower:g} to {self.upper:g}"


class RatioRange(Variable):
    """Range of ratios, in donor groups per cation, searched on a log scale."""

    name = "ratio"
    meaning = "ratio {:g} to {:g} donor groups per cation"
    scale = "log"
    digits = 3
    widest = (1e-3, 1e6)

    lower: float = Field(gt=0, allow_inf_nan=False)
    upper: float = Field(gt=0, allow_inf_nan=False)


class FractionRange(Variable):
    """Range of shares of the cations that are the second one, by amount of substance."""

    name = "second_fraction"
    meaning = "its share {:g} to {:g}"
    scale = "linear"
    digits = 2
    widest = (0.001, 0.999)

    lower: float = Field(gt=0, lt=1)
    upper: float = Field(gt=0, lt=1)


class PhRange(Variable):
    """Range of pH."""

    name = "ph"
    meaning = "pH {:g} to {:g}"
    scale = "linear"
    digits = 3
    widest = (-2.0, 16.0)

    lower: float = Field(ge=-2, le=16)
    upper: float = Field(ge=-2, le=16)


class TemperatureRange(Variable):
    """Range of temperatures, in kelvin."""

    name = "temperature_k"
    meaning = "{:g} to {:g} K"
    scale = "linear"
    digits = 3
    widest = (1.0, 2000.0)

    lower: float = Field(gt=0, allow_inf_nan=False)
    upper: float = Field(gt=0, allow_inf_nan=False)
