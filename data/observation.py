"""What is known of a formulation's outcomes: values, bounds and rankings, each with its source."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ionlink.data.formulation import Formulation

Relation = Literal["=", "<", ">"]


class Observation(BaseModel):
    """One outcome of one formulation: a value (`=`) or a bound (`<`, `>`), in the outcome's catalogue unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    formulation: Formulation

    outcome: str
    """Name in the catalogue of outcomes (`data/outcomes.csv`), which fixes the unit of `value`."""

    value: float = Field(allow_inf_nan=False)

    standard_error: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """One standard error of `value`, in its unit; `None` where the source gives none."""

    bound: Relation = "="
    """`<`: the outcome is below `value`; `>`: above it."""

    level: str
    """Where it comes from: `screen` (molecular dynamics), `literature`, `lab`, …"""

    source: str
    """DOI with figure or section, file name, or what produced it."""

    protocol: str | None = None
    """Hash of the simulation protocol; `None` for what was measured or read."""

    replicates: int | None = Field(default=None, ge=1)
    """How many independent replicates `value` is the mean of."""


class Ranking(BaseModel):
    """One ordering statement: the outcome of `higher` exceeds that of `lower`, or the two are alike."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    higher: Formulation
    lower: Formulation
    relation: Literal[">", "≈"]
    outcome: str
    level: str
    source: str
