"""The scale on which an outcome is learned: its unit, or the decimal logarithm of what spans decades.

A conductivity, a viscosity or a modulus differs between formulations by factors, and so does its error: on its
logarithm both are even, no interval reaches below 0, and ten times too high is as wrong as ten times too low (E.
Limpert, W. A. Stahel and M. Abbt, BioScience 2001, doi:10.1641/0006-3568(2001)051[0341:LNDATS]2.0.CO;2). Models see
observations on that scale (`learned`) and know nothing of it; who asks them brings back what they say.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, Literal

import numpy as np

from ionlink.data.catalogue import outcomes
from ionlink.data.errors import InputError
from ionlink.data.observation import Observation

DECADE = math.log(10)
"""Natural logarithm of a decade."""


class OutcomeScale(ABC):
    """Between values in an outcome's unit and values on the scale that models learn it on, element by element."""

    @abstractmethod
    def learned(self, values: Any) -> Any:  # noqa: ANN401 - float, NumPy array or torch tensor alike
        """Values in the unit to values on the scale, minus infinity where they have no place on it."""

    @abstractmethod
    def has(self, value: float) -> bool:
        """Whether a value has a place on the scale."""

    @abstractmethod
    def unit_of(self, value: float) -> float:
        """What distances from a value are counted in, on the scale, where nothing else says it."""

    @abstractmethod
    def error(self, value: float, error: float) -> float:
        """Standard error on the scale of a value with a standard error, both in the unit."""

    @abstractmethod
    def in_unit(self, values: Any) -> Any:  # noqa: ANN401 - float, NumPy array or torch tensor alike
        """Values on the scale to values in the unit: growing, so that quantiles stay quantiles."""

    @abstractmethod
    def deviation(self, mean: Any, deviation: Any) -> Any:  # noqa: ANN401 - float or NumPy array
        """Of a Gaussian on the scale, half of what lies between one deviation below and above its mean, in the unit."""

    @abstractmethod
    def learned_deviation(self, mean: Any, deviation: Any) -> Any:  # noqa: ANN401 - float or NumPy array
        """What `deviation` makes of it, taken back: from the median and that half, both in the unit."""


class Linear(OutcomeScale):
    """The unit itself."""

    def has(self, value: float) -> bool:  # noqa: ARG002
        """Every one."""
        return True

    def unit_of(self, value: float) -> float:
        """The magnitude of the value, or 1 where that is 0."""
        return abs(value) or 1.0

    def learned(self, values: Any) -> Any:  # noqa: ANN401
        """The same."""
        return values

    def error(self, value: float, error: float) -> float:  # noqa: ARG002
        """The same."""
        return error

    def in_unit(self, values: Any) -> Any:  # noqa: ANN401
        """The same."""
        return values

    def deviation(self, mean: Any, deviation: Any) -> Any:  # noqa: ANN401, ARG002
        """The standard deviation."""
        return deviation

    def learned_deviation(self, mean: Any, deviation: Any) -> Any:  # noqa: ANN401, ARG002
        """The standard deviation."""
        return deviation


class Logarithmic(OutcomeScale):
    """Decades: the decimal logarithm of the value in its unit."""

    def has(self, value: float) -> bool:
        """Those above 0."""
        return value > 0

    def unit_of(self, value: float) -> float:  # noqa: ARG002
        """A decade."""
        return 1.0

    def learned(self, values: Any) -> Any:  # noqa: ANN401
        """Minus infinity for 0 and below."""
        if hasattr(values, "log10"):
            return values.clamp_min(0.0).log10()
        with np.errstate(divide="ignore"):
            return np.log10(np.maximum(values, 0.0))

    def error(self, value: float, error: float) -> float:
        """To first order: the relative error."""
        return error / abs(value) / DECADE

    def in_unit(self, values: Any) -> Any:  # noqa: ANN401
        """Powers of ten."""
        return 10.0**values

    def deviation(self, mean: Any, deviation: Any) -> Any:  # noqa: ANN401
        """Of a small deviation the relative one times the median; a mean of the values themselves would be all tail."""
        return self.in_unit(mean) * np.sinh(DECADE * deviation)

    def learned_deviation(self, mean: Any, deviation: Any) -> Any:  # noqa: ANN401
        """The inverse hyperbolic sine of the relative deviation."""
        return np.arcsinh(deviation / mean) / DECADE


LINEAR, LOGARITHMIC = Linear(), Logarithmic()


def scale_of(outcome: str) -> OutcomeScale:
    """The scale that the catalogue says an outcome is learned on; in its unit where it is not in the catalogue."""
    known = outcomes().get(outcome)
    return LOGARITHMIC if known and known.scale == "logarithmic" else LINEAR


def axis_scale(outcome: str) -> Literal["linear", "log"]:
    """How Matplotlib calls it, for axes and colours."""
    return "linear" if scale_of(outcome) is LINEAR else "log"


def learned(observations: Iterable[Observation]) -> tuple[Observation, ...]:
    """Observations with value and standard error on the scale that their outcome is learned on, all else as it is.

    Raises:
        InputError: with a line for each value that has no place on it.

    """
    given = tuple(observations)
    faults = [
        f"{o.formulation}, {o.outcome}: {o.value:g} is not above 0, and is compared by factors; where nothing was "
        "found, give a bound, such as < and the limit of detection"
        for o in given
        if not scale_of(o.outcome).has(o.value)
    ]
    if faults:
        raise InputError(faults)
    return tuple(_learned(o) if scale_of(o.outcome) is LOGARITHMIC else o for o in given)


def _learned(observation: Observation) -> Observation:
    scale, error = scale_of(observation.outcome), observation.standard_error
    on_scale = {
        "value": float(scale.learned(observation.value)),
        "standard_error": None if error is None else scale.error(observation.value, error),
    }
    return observation.model_copy(update=on_scale)
