"""A formulation: one point of the design space."""

import math
from collections.abc import Iterator
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from ionlink.data.errors import InputError

CONDITIONS = ("second_cation", "second_fraction", "ph", "temperature_k")
"""Fields that most formulations leave open."""

SURROUNDINGS = ("ph", "temperature_k")
"""Those of them that say nothing of what a formulation is made of."""

LOWEST_TEMPERATURE_K = 180.0
"""Below it usual solvents are frozen: water (273 K), NMP (249 K), DMF (213 K), acetone (179 K), if not ethanol.

As numbers of degrees Celsius nearly all temperatures of a laboratory lie below it.
"""

CELSIUS_ZERO_K = 273.15

SHARE_DIGITS = 12
"""Decimals that are kept where a share is what another one leaves of 1: 1 - 0.9 is 0.1 then."""


SAME_RATIO = 0.02
"""Two ratios that differ by no more than this fraction of the smaller are the same in practice."""


def same_ratio(one: float, other: float) -> bool:
    """Whether two numbers of donor groups per cation are the same in practice: nobody weighs more exactly.

    >>> same_ratio(60, 61), same_ratio(60, 62)
    (True, False)

    """
    return math.log(max(one, other) / min(one, other)) <= math.log1p(SAME_RATIO)


def temperature_faults(temperature_k: object) -> list[str]:
    """What is wrong with a temperature that somebody wrote, if it is a possible one; empty when nothing is.

    A formulation takes any above 0, so that what was stored stays readable.

    >>> temperature_faults(25)
    ['25 K is below 180 K, where usual solvents are frozen; if it is in °C, write 298.15']

    """
    if not isinstance(temperature_k, int | float) or not 0 < temperature_k < LOWEST_TEMPERATURE_K:
        return []
    return [
        f"{temperature_k:g} K is below {LOWEST_TEMPERATURE_K:g} K, where usual solvents are frozen; if it is in °C, "
        f"write {temperature_k + CELSIUS_ZERO_K:g}"
    ]


class Formulation(BaseModel):
    """A cation on a ligand at a ratio, and where they matter a second cation, the pH and the temperature.

    A value: two formulations with equal fields are the same formulation. Names are canonical
    (`Fe3+`, not `Fe(III)`; `PAA`, not `poly(acrylic acid)`); `ionlink.data.formulation_of`
    builds one from what a user typed. A dump leaves out `CONDITIONS` that are open, so that what was written, hashed or
    seeded of a formulation without them does not change.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cation: str
    """Element and charge, such as `Fe3+`."""

    ligand: str
    """Name of a polymer of the knowledge base, such as `PF-COO`; of a small molecule its canonical neutral SMILES."""

    ratio: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Donor groups per cation (60 means COO⁻:M = 60:1), of both cations together where there are two.

    `None` where a source does not say it, and for a stability constant, which has none. What is proposed,
    simulated or predicted always has one: see `known_ratio`.
    """

    second_cation: str | None = None
    """Of a mixture of two cations the other one."""

    second_fraction: float | None = Field(default=None, gt=0, lt=1)
    """Share of the cations (by amount of substance) that are the second one."""

    ph: float | None = Field(default=None, ge=-2, le=16)
    """pH of the solution in which they met; `None` where it is not said."""

    temperature_k: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Temperature at which the outcome is meant, in kelvin; `None` where it is not said."""

    @model_validator(mode="after")
    def _mixture_is_whole(self) -> Self:
        if (self.second_cation is None) != (self.second_fraction is None):
            absent = "second_fraction" if self.second_fraction is None else "second_cation"
            raise InputError(
                f"{absent}: is missing; a mixture needs a second_cation and its second_fraction, or neither"
            )
        if self.second_cation == self.cation:
            raise InputError(f"second_cation: {self.cation} is the first cation already; give another one, or none")
        return self

    @model_serializer(mode="wrap")
    def _without_open_conditions(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields: dict[str, Any] = dump(self)
        return {name: value for name, value in fields.items() if value is not None or name not in CONDITIONS}

    @property
    def known_ratio(self) -> float:
        """The ratio, where there must be one.

        Raises:
            InputError: when there is none.

        """
        if self.ratio is None:
            raise InputError(f"ratio: {self.cation} / {self.ligand} has none; give donor groups per cation, such as 60")
        return self.ratio

    @property
    def shares(self) -> dict[str, float]:
        """Share of each cation by amount of substance; they add up to 1."""
        if self.second_cation is None or self.second_fraction is None:
            return {self.cation: 1.0}
        return {self.cation: 1.0 - self.second_fraction, self.second_cation: self.second_fraction}

    @property
    def turned(self) -> "Formulation":
        """The same mixture with its other cation named first; a cation alone stays as it is."""
        if self.second_cation is None or self.second_fraction is None:
            return self
        share = round(1.0 - self.second_fraction, SHARE_DIGITS)
        return self.model_copy(
            update={"cation": self.second_cation, "second_cation": self.cation, "second_fraction": share}
        )

    @property
    def cations_text(self) -> str:
        """Such as `Fe3+`, or `Fe3+ + 30 % Al3+`."""
        if self.second_fraction is None:
            return self.cation
        return f"{self.cation} + {100 * self.second_fraction:.3g} % {self.second_cation}"

    @property
    def surroundings_text(self) -> str:
        """Ligand, and where they are known pH and temperature: such as `PAA`, or `PAA, pH 4.5, 298 K`."""
        return ", ".join([self.ligand, *self._conditions])

    @property
    def _conditions(self) -> list[str]:
        acidity = [] if self.ph is None else [f"pH {self.ph:.3g}"]
        return acidity if self.temperature_k is None else [*acidity, f"{self.temperature_k:.4g} K"]

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """What most formulations leave open is left out."""
        return (part for part in super().__repr_args__() if part[1] is not None or part[0] not in CONDITIONS)

    def __str__(self) -> str:
        ratio = [] if self.ratio is None else [f"{self.ratio:.4g}:1"]
        return " / ".join([self.cations_text, self.ligand, *ratio, *self._conditions])

    @property
    def slug(self) -> str:
        """Name for files and directories, such as `Fe3+-PF-COO-60` or `Fe3+-PAA-60-0.3Al3+-pH4.5-298K`."""
        parts = [self.cation, self.ligand, f"{self.known_ratio:.4g}"]
        if self.second_fraction is not None:
            parts.append(f"{self.second_fraction:.3g}{self.second_cation}")
        if self.ph is not None:
            parts.append(f"pH{self.ph:.3g}")
        if self.temperature_k is not None:
            parts.append(f"{self.temperature_k:.4g}K")
        return "-".join(parts)
