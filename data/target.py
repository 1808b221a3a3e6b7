"""Targets: named sets of objectives that the field pursues, each with its source."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Target(BaseModel):
    """What one use wants of one outcome; numbers in the outcome's catalogue unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    preset: str
    """Name of the set, such as `elastomeric-binder`."""

    outcome: str

    goal: Literal["maximise", "minimise", "window"]

    lower: float | None = None
    """Lower edge of a window; `None` where only the upper one matters."""

    upper: float | None = None
    """Upper edge of a window; `None` where only the lower one matters."""

    reference: float | None = None
    """Worst acceptable value, if one is known."""

    source: str
    """DOI or citation with section."""

    note: str | None = None
