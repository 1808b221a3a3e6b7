"""A second cation beside the first: which ones, and at which shares."""

import math

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ionlink.data.errors import InputError
from ionlink.data.naming import cation_name
from ionlink.optimize.variable import FractionRange


class SecondCation(BaseModel):
    """Cations that may come second, and their share."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cations: tuple[str, ...] = Field(min_length=1)

    fraction: FractionRange | None = None
    """Share of the cations that are the second one; needed unless the space is a pool that knows one share only."""

    alone: bool = True
    """Whether a cation may also come without a second one."""

    @field_validator("cations")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        found = tuple(cation_name(name) for name in names)
        repeated = sorted({name for name in found if found.count(name) > 1})
        if repeated:
            raise InputError(f"{name} is named twice" for name in repeated)
        return found

    def choices(self, first: tuple[str, ...], *, ordered: bool = False) -> tuple[tuple[str, str | None], ...]:
        """First and second cation of each possible choice.

        Where two cations may come in either order and the range of shares is symmetric, one order says it all, unless
        something else depends on which comes first (`ordered`).
        """
        symmetric = self.fraction is not None and math.isclose(self.fraction.lower + self.fraction.upper, 1.0)
        turned = symmetric and not ordered
        found: dict[tuple[str, str | None], None] = {}
        for cation in first:
            if self.alone:
                found[cation, None] = None
            for other in self.cations:
                if other != cation and not (turned and (other, cation) in found):
                    found[cation, other] = None
        return tuple(found)
