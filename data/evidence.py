"""Evidence: marks of how something was found out, and how far each lets it be trusted."""

from collections.abc import Mapping
from functools import cache
from math import prod
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, Field

from ionlink.data.csv_table import DATA_FOLDER, load_named
from ionlink.data.errors import InputError


class EvidenceMark(BaseModel):
    """One row of `evidence.csv`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str

    trust: float = Field(gt=0, le=1)
    """Share of the full trust; the standard error of a value is divided by it."""

    meaning: str
    """When the mark applies."""

    reason: str
    """Why it lowers the trust by that much; the number is a choice of ours."""


@cache
def evidence_marks() -> Mapping[str, EvidenceMark]:
    """Every mark by name.

    Raises:
        InputError: when the table is faulty, with one line for each fault.

    """
    columns = ("name", "trust", "meaning", "reason")
    return MappingProxyType(load_named(DATA_FOLDER / "evidence.csv", EvidenceMark, columns))


def trust_of(evidence: tuple[str, ...]) -> float:
    """Product of the marks' trust, 1 for none."""
    return prod(evidence_marks()[name].trust for name in evidence)


def known_evidence(evidence: tuple[str, ...]) -> tuple[str, ...]:
    """The marks without repeats.

    Raises:
        InputError: when one is not in the table.

    """
    unknown = [name for name in evidence if name not in evidence_marks()]
    if unknown:
        known = ", ".join(evidence_marks())
        raise InputError(f"'{name}' is not a mark of evidence; the marks are {known}" for name in unknown)
    return tuple(dict.fromkeys(evidence))
