"""What is known of a formulation's outcomes: values, bounds, rankings and categories, each with its source."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ionlink.data.errors import InputError
from ionlink.data.evidence import known_evidence, trust_of
from ionlink.data.formulation import Formulation

Relation = Literal["=", "<", ">"]

CONDITION = re.compile(r"(?P<name>[a-z][a-z0-9_]*)=(?P<value>[^;=]*[^;=\s])")


def canonical_conditions(text: str | None) -> str | None:
    """Conditions in alphabetical order, one spelling for equal ones.

    Raises:
        InputError: when a part does not read as `name=value`, or a name stands twice.

    >>> canonical_conditions("temperature=25 degC; cell=half")
    'cell=half; temperature=25 degC'

    """
    parts = [part.strip() for part in (text or "").split(";") if part.strip()]
    matches = {part: CONDITION.fullmatch(part) for part in parts}
    faults = [
        f"'{part}' is not a condition; write name=value, such as temperature=25 degC"
        for part, match in matches.items()
        if match is None
    ]
    names = [match["name"] for match in matches.values() if match]
    faults += [f"condition '{name}' stands twice" for name in sorted({n for n in names if names.count(n) > 1})]
    if faults:
        raise InputError(faults)
    return "; ".join(sorted(matches)) or None


Conditions = Annotated[str | None, AfterValidator(canonical_conditions)]
Evidence = Annotated[tuple[str, ...], AfterValidator(known_evidence)]


class Statement(BaseModel):
    """What every statement about an outcome has: where it comes from, and how far it is to be trusted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: str
    """Name in the catalogue of outcomes (`data/outcomes.csv`)."""

    level: str
    """Such as `screen` (molecular dynamics), `literature`, `equilibrium` (stability constants), `lab`."""

    source: str
    """DOI with figure or section, file name, or what produced it."""

    conditions: Conditions = None
    """What it was observed under, as `name=value` separated by `;`, such as `cell=half; current=0.2C`."""

    evidence: Evidence = ()
    """Marks of how it was found out (`data/evidence.csv`); none for what is as good as its standard error says."""

    @property
    def trust(self) -> float:
        """How far to trust it, above 0 and at most 1: the product over `evidence`.

        A model divides the standard error by it: at 0.5 the noise is twice as wide.
        """
        return trust_of(self.evidence)

    def condition(self, name: str) -> str | None:
        """What `conditions` say of one of them, `None` where they say nothing.

        >>> from ionlink.data import observations
        >>> observations()[0].condition("nobody_says")

        """
        found = CONDITION.finditer(self.conditions or "")
        return next((match["value"] for match in found if match["name"] == name), None)


class Observation(Statement):
    """One outcome of one formulation: a value (`=`) or a bound (`<`, `>`), in the outcome's catalogue unit."""

    formulation: Formulation

    value: float = Field(allow_inf_nan=False)

    standard_error: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """One standard error of `value`, in its unit; `None` where the source gives none."""

    bound: Relation = "="
    """`<`: the outcome is below `value`; `>`: above it."""

    protocol: str | None = None
    """Hash of the simulation protocol; `None` for what was measured or read."""

    replicates: int | None = Field(default=None, ge=1)
    """How many independent replicates `value` is the mean of."""


def measurand(observation: Observation) -> tuple[Formulation, str, str]:
    """What a value is of, whoever found it out: formulation, outcome and level."""
    return observation.formulation, observation.outcome, observation.level


def sourced_subject(observation: Observation) -> tuple[object, ...]:
    """What values of one sample have in common, one of which is wrong where they differ: source and conditions too."""
    return (*measurand(observation), observation.source, observation.conditions)


class Ranking(Statement):
    """One ordering statement: the outcome of `higher` exceeds that of `lower`, or the two are alike."""

    higher: Formulation
    lower: Formulation
    relation: Literal[">", "≈"]


class Category(Statement):
    """One outcome of one formulation that is a kind, not a number, such as a coordination mode."""

    formulation: Formulation

    category: str
    """One of the outcome's `categories`."""
