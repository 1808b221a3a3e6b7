"""What can be decided beside the formulation: where it is observed, and how often."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.optimize.candidate import Kind


class Level(BaseModel):
    """Where formulations can be observed: a simulation protocol, or the laboratory."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    """As observations name it."""

    cost: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    """Of one replicate or measurement there, before anything is recorded. In hours of a simulation, or what is worth as
    much, where several levels are to be compared; else any unit."""

    protocol: str | None = None
    """Hash of the simulation's protocol; `None` for measurements, or until a simulation has begun."""


class Place(NamedTuple):
    """A formulation at a level: what an observation is of."""

    formulation: Formulation
    level: str


@dataclass(frozen=True)
class Decide:
    """How much a campaign decides by itself."""

    first: int = 1
    """Replicates of what was not observed at its level before. A simulation needs 2 to tell its errors."""

    more: int = 3
    """At most so many more of what was, at a time; 0 leaves it at the first ones."""

    def __post_init__(self) -> None:
        faults = []
        if self.first < 1:
            faults.append(f"first: {self.first} replicates cannot be observed; give at least 1")
        if self.more < 0:
            faults.append(f"more: {self.more} replicates cannot be added; give 0 or more")
        if faults:
            raise InputError(faults)


@dataclass(frozen=True)
class Decision:
    """An observation to make."""

    formulation: Formulation
    level: str
    replicates: int
    kind: Kind = "new"

    method: str | None = None
    """How it was decided, where that is not as all others of its round."""

    @property
    def place(self) -> Place:
        """What is observed."""
        return Place(self.formulation, self.level)


_DIGITS = re.compile(r"\d+")

NEAR_MISS = 0.8
"""Names of levels more alike than this (of 1) are taken for one, mistyped."""


def meant_level(name: str, known: Iterable[str]) -> str | None:
    """Which of the known levels was probably meant by one that is none of them; `None` where it may be one of its own.

    Capitals tell no levels apart, numbers do.

    >>> meant_level("Halfcell", ["half-cell", "lab"]), meant_level("lab2", ["half-cell", "lab"])
    ('half-cell', None)

    """
    spelt = {level.casefold(): level for level in known}
    near = get_close_matches(name.casefold(), spelt, n=len(spelt) or 1, cutoff=NEAR_MISS)
    alike = (
        text for text in near if text == name.casefold() or _DIGITS.sub("", text) != _DIGITS.sub("", name.casefold())
    )
    return next((spelt[text] for text in alike), None)


def level_faults(levels: Sequence[Level], target: str) -> list[str]:
    """A line for each thing that is wrong with the levels of a campaign whose own level is `target`."""
    if not levels:
        return []
    names = [level.name for level in levels]
    alike = [name.casefold() for name in names]
    faults = [f"levels: {n} is there twice" for n, spelt in zip(names, alike, strict=True) if alike.count(spelt) > 1]
    faults = list(dict.fromkeys(faults)) + [f"levels: '{n}' has blanks around it" for n in names if n != n.strip()]
    if names[-1] != target:
        faults.append(f"levels: the last is {names[-1]}; it must be the campaign's own level, {target}")
    return faults
