"""The design space: which cations, on which ligands, over which range of ratios."""

import math
from collections.abc import Callable, Iterable

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.data.naming import cation_name, ligand_name

SAME_RATIO = 0.02
"""Two ratios closer than this, relative to the larger, are the same formulation in practice."""

RATIO_DIGITS = 3
"""Significant digits of a proposed ratio: what a chemist can weigh out, and type back."""

Pair = tuple[str, str]
"""A cation and a ligand."""


class RatioRange(BaseModel):
    """Range of ratios, in donor groups per cation, searched on a log scale."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lower: float = Field(gt=0, allow_inf_nan=False)
    upper: float = Field(gt=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _ordered(self) -> "RatioRange":
        if self.lower >= self.upper:
            raise InputError(f"lower ({self.lower:g}) must be below upper ({self.upper:g})")
        return self

    def at(self, share: float) -> float:
        """Ratio at a share (0 to 1) of the logarithmic range, rounded to `RATIO_DIGITS`, never outside."""
        ratio = math.exp(math.log(self.lower) + share * math.log(self.upper / self.lower))
        return self.rounded(ratio)

    def rounded(self, ratio: float) -> float:
        """`ratio` with `RATIO_DIGITS` significant digits, moved into the range where it lies outside."""
        return min(max(float(f"{ratio:.{RATIO_DIGITS}g}"), self.lower), self.upper)


class Exclusion(BaseModel):
    """A cation that must not be proposed on a ligand, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cation: str
    ligand: str
    reason: str = Field(min_length=1)

    @field_validator("cation")
    @classmethod
    def _known_cation(cls, name: str) -> str:
        return cation_name(name)

    @field_validator("ligand")
    @classmethod
    def _known_ligand(cls, name: str) -> str:
        return ligand_name(name)


class DesignSpace(BaseModel):
    """All combinations of `cations` and `ligands` but the excluded ones, each at any ratio of the range.

    Names may be typed as for `ionlink.data.formulation_of` and are kept in their canonical form.
    Raises `pydantic.ValidationError` (a `ValueError`) that lists every unknown or repeated name at once.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cations: tuple[str, ...] = Field(min_length=1)
    ligands: tuple[str, ...] = Field(min_length=1)
    ratio: RatioRange
    exclusions: tuple[Exclusion, ...] = ()

    @field_validator("cations")
    @classmethod
    def _known_cations(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return _canonical(names, cation_name)

    @field_validator("ligands")
    @classmethod
    def _known_ligands(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return _canonical(names, ligand_name)

    @model_validator(mode="after")
    def _exclusions_apply(self) -> "DesignSpace":
        faults = [
            f"exclusion of {e.cation} on {e.ligand}: {name} is not in the space"
            for e in self.exclusions
            for name, members in ((e.cation, self.cations), (e.ligand, self.ligands))
            if name not in members
        ]
        if not faults and not self.pairs():
            faults = ["the exclusions leave nothing to propose"]
        if faults:
            raise InputError(faults)
        return self

    def pairs(self, excluded: Iterable[Pair] = ()) -> tuple[Pair, ...]:
        """Cation-ligand pairs that are excluded neither here nor in `excluded`."""
        gone = {(e.cation, e.ligand) for e in self.exclusions} | set(excluded)
        return tuple((c, p) for c in self.cations for p in self.ligands if (c, p) not in gone)


def same_formulation(one: Formulation, other: Formulation) -> bool:
    """Whether two formulations are the same in practice: cation and ligand equal, ratios within `SAME_RATIO`.

    A ratio that is not known is like no other.
    """
    if (one.cation, one.ligand) != (other.cation, other.ligand) or one.ratio is None or other.ratio is None:
        return False
    return math.isclose(one.ratio, other.ratio, rel_tol=SAME_RATIO)


def _canonical(names: tuple[str, ...], find: Callable[[str], str]) -> tuple[str, ...]:
    """Canonical names; raises `InputError` with a line for each unknown and each repeated one."""
    found: list[str] = []
    faults: list[str] = []
    for name in names:
        try:
            found.append(find(name))
        except InputError as error:
            faults.extend(error.faults)
    faults += [f"{name} is named twice" for name in sorted({name for name in found if found.count(name) > 1})]
    if faults:
        raise InputError(faults)
    return tuple(found)
