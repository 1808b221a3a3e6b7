"""The continuous variables of a design space: ratio, share of a second cation, pH, temperature; each a range."""

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Context
from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ionlink.data.errors import InputError
from ionlink.data.formulation import LOWEST_TEMPERATURE_K, Formulation, temperature_faults

VariableName = Literal["ratio", "second_fraction", "ph", "temperature_k"]

Ends = tuple[float, float]
"""The lowest and the highest value of a part of a range."""

ROUNDING_ERROR = 1e-12
"""Of the ends of a part, relative: a round number that lies beyond them by so little is an end."""


class Variable(BaseModel):
    """A range of a field of `Formulation`, seen as the unit interval, on a logarithmic or linear scale.

    Where both ends are the same, the value is fixed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[VariableName]
    """Field of `Formulation`."""

    scale: ClassVar[Literal["log", "linear"]]
    digits: ClassVar[int]
    """Significant digits of a proposed value: what a chemist can weigh out or adjust, and type back."""

    meaning: ClassVar[str]
    """Format for the range, for a reader."""

    widest: ClassVar[tuple[float, float]]
    """Beyond these no range is of use."""

    lower: float = Field(allow_inf_nan=False)
    upper: float = Field(allow_inf_nan=False)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.lower > self.upper:
            raise InputError(f"lower ({self.lower:g}) must not be above upper ({self.upper:g}); equal ends fix a value")
        return self

    def at(self, share: float, ends: Ends | None = None) -> float:
        """Value at a share (0 to 1) of the range or a part of it on its scale, rounded to `digits`, never outside."""
        lower, upper = ends or (self.lower, self.upper)
        if self.scale == "log":
            value = math.exp(math.log(lower) + share * math.log(upper / lower))
        else:
            value = lower + share * (upper - lower)
        return min(max(float(f"{value:.{self.digits}g}"), lower), upper)

    def share_of(self, value: float, ends: Ends | None = None) -> float:
        """Where a value lies in the range, or in a part of it, on its scale: 0 at the lower end, 1 at the upper one.

        Beyond them it is outside of both; where the ends are the same, it is 0.
        """
        lower, upper = ends or (self.lower, self.upper)
        if lower == upper:
            return 0.0
        if self.scale == "log":
            return math.log(value / lower) / math.log(upper / lower)
        return (value - lower) / (upper - lower)

    def rounded(self, ends: Ends) -> Ends:
        """Ends of a part moved inwards to what has `digits` significant digits, if such a value lies between them."""
        lower, upper = first, last = ends
        if lower != self.lower:
            up = Context(self.digits, ROUND_CEILING)
            first = float(up.create_decimal_from_float(lower - ROUNDING_ERROR * abs(lower)))
        if upper != self.upper:
            down = Context(self.digits, ROUND_FLOOR)
            last = float(down.create_decimal_from_float(upper + ROUNDING_ERROR * abs(upper)))
        return (first, last) if first <= last else ends

    def fault(self, formulation: Formulation) -> str | None:
        """Why a formulation lies outside of the range; one without a second cation needs no share of it."""
        value = getattr(formulation, self.name)
        if self.name == "second_fraction" and formulation.second_cation is None:
            return None
        if value is not None and self.lower <= value <= self.upper:
            return None
        return f"{self.name} {'is missing' if value is None else f'{value:g}'}; the space has {self}"

    def __str__(self) -> str:
        return f"{self.name} {self.lower:g}" if self.is_fixed else f"{self.name} from {self.lower:g} to {self.upper:g}"

    @property
    def is_fixed(self) -> bool:
        """Whether there is one value only."""
        return self.lower == self.upper

    @property
    def described(self) -> str:
        """What it is and its range, for a reader."""
        return self.meaning.format(f"{self.lower:g}" if self.is_fixed else f"{self.lower:g} to {self.upper:g}")


class RatioRange(Variable):
    """Range of ratios, in donor groups per cation, searched on a log scale."""

    name = "ratio"
    meaning = "ratio {} donor groups per cation"
    scale = "log"
    digits = 3
    widest = (1e-3, 1e6)

    lower: float = Field(gt=0, allow_inf_nan=False)
    upper: float = Field(gt=0, allow_inf_nan=False)


class FractionRange(Variable):
    """Range of shares of the cations that are the second one, by amount of substance."""

    name = "second_fraction"
    meaning = "its share {}"
    scale = "linear"
    digits = 2
    widest = (0.001, 0.999)

    lower: float = Field(gt=0, lt=1)
    upper: float = Field(gt=0, lt=1)


class PhRange(Variable):
    """Range of pH."""

    name = "ph"
    meaning = "pH {}"
    scale = "linear"
    digits = 3
    widest = (-2.0, 16.0)

    lower: float = Field(ge=-2, le=16)
    upper: float = Field(ge=-2, le=16)


class TemperatureRange(Variable):
    """Range of temperatures, in kelvin."""

    name = "temperature_k"
    meaning = "{} K"
    scale = "linear"
    digits = 3
    widest = (LOWEST_TEMPERATURE_K, 2000.0)

    lower: float = Field(gt=0, allow_inf_nan=False)
    upper: float = Field(gt=0, allow_inf_nan=False)

    @field_validator("lower", "upper")
    @classmethod
    def _in_kelvin(cls, temperature_k: float) -> float:
        if faults := temperature_faults(temperature_k):
            raise InputError(faults)
        return temperature_k
