"""Objectives: what is wanted of an outcome."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ionlink.data import targets
from ionlink.data.catalogue import outcome_named
from ionlink.data.errors import InputError
from ionlink.data.outcome_scale import LINEAR, OutcomeScale, scale_of
from ionlink.optimize.window import Window

Goal = Literal["maximise", "minimise", "window"]

ONE_SIDED = {"at_least": "lower", "at_most": "upper"}
"""Goals that are windows with this edge alone."""


def known_outcome(name: str) -> str:
    """`name`, if the catalogue has it as a number; raises `InputError` that names the nearest ones."""
    if kinds := outcome_named(name).categories:
        raise InputError(f"'{name}' is a kind ({', '.join(kinds)}), not a number: nothing can be wanted of it")
    return name


class Objective(BaseModel):
    """An outcome and what is wanted of it; all numbers in the outcome's catalogue unit.

    What the catalogue compares by factors, such as a conductivity, counts by its decimal logarithm: from 1e-6 to 1e-5
    S/cm is as much as from 1e-5 to 1e-4.

    `goal="at_least", lower=…` and `goal="at_most", upper=…` may be written for windows that are open on one side, and
    are kept as such.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: str
    goal: Goal

    lower: float | None = Field(default=None, allow_inf_nan=False)
    """Lower edge of a window; without, it is open below ("at most")."""

    upper: float | None = Field(default=None, allow_inf_nan=False)
    """Upper edge of a window; without, it is open above ("at least")."""

    reference: float | None = Field(default=None, allow_inf_nan=False)
    """Worst acceptable value: what is worse adds nothing to the hypervolume; inferred from the data if `None`."""

    best: float | None = Field(default=None, allow_inf_nan=False)
    """Target of what is maximised or minimised: there nothing is left to wish. The target of a window is its inside."""

    spread: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """A difference that matters as much as those of the other objectives, in decades of what is compared by factors;
    for weighted sums."""

    weight: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    """Importance beside the other objectives, where they are combined into one value."""

    _known = field_validator("outcome")(known_outcome)

    @model_validator(mode="before")
    @classmethod
    def _one_sided(cls, given: object) -> object:
        """`at_least` and `at_most` as windows."""
        if not isinstance(given, Mapping) or given.get("goal") not in ONE_SIDED:
            return given
        edge = ONE_SIDED[str(given["goal"])]
        (other,) = {"lower", "upper"} - {edge}
        faults = [f"{given['goal']} needs {edge}"] if given.get(edge) is None else []
        faults += (
            [f"{given['goal']} has no {other}; for both edges write window"] if given.get(other) is not None else []
        )
        if faults:
            raise InputError(faults)
        return {**given, "goal": "window"}

    @model_validator(mode="after")
    def _consistent(self) -> "Objective":
        faults = [
            f"{name} must be above 0, not {value:g}: {self.outcome} is compared by factors"
            for name, value in (("reference", self.reference), ("best", self.best))
            if value is not None and not self.counted_on.has(value)
        ]
        faults = faults or (self._faults_of_window() if self.goal == "window" else self._faults_of_direction())
        if faults:
            raise InputError(faults)
        return self

    def _faults_of_window(self) -> list[str]:
        try:
            window = self.window
        except InputError as error:
            return [f"a window {fault}" for fault in error.faults]
        faults = []
        if self.reference is not None and self.reference in window:
            faults.append("the reference of a window is the worst acceptable value, and lies outside it")
        if self.best is not None:
            faults.append("best belongs to maximise and minimise; in a window all values are equally good")
        return faults

    def _faults_of_direction(self) -> list[str]:
        faults = []
        if self.lower is not None or self.upper is not None:
            faults.append(f"lower and upper belong to a window, not to {self.goal}")
        best, worst = self.best_desirability, self.worst_desirability
        if best is not None and worst is not None and best <= worst:
            faults.append(f"best ({self.best:g}) must be better than the reference ({self.reference:g})")
        return faults

    @property
    def window(self) -> Window:
        """Of a window, its values; raises `InputError` for other goals."""
        return Window(self.lower, self.upper, self.counted_on)

    @property
    def counted_on(self) -> OutcomeScale:
        """The scale on which values of the outcome are compared."""
        return scale_of(self.outcome)

    def desirability(self, value: Any) -> Any:  # noqa: ANN401 - float, NumPy array or torch tensor alike
        """How good `value` is; larger is better, differentiable almost everywhere, same shape as `value`.

        The value itself to maximise, its negative to minimise (in the outcome's unit, or of its decimal logarithm where
        it is compared by factors); for a window 0 inside, outside minus the distance to it in units of its half width
        (of its edge, or in decades, where it is open on one side).
        """
        if self.goal == "maximise":
            return self.counted_on.learned(value)
        if self.goal == "minimise":
            return -self.counted_on.learned(value)
        excess = self.window.excess(value)
        return 0.0 - (excess + abs(excess)) / 2 / self.window.unit

    def values_at(self, desirability: float) -> tuple[float, ...]:
        """The values that are so desirable, in the outcome's unit: one, or one beyond each edge of a window."""
        return tuple(float(self.counted_on.in_unit(place)) for place in self._places_at(desirability))

    def _places_at(self, desirability: float) -> tuple[float, ...]:
        """The same on the scale."""
        if self.goal != "window":
            return (desirability if self.goal == "maximise" else 0.0 - desirability,)
        beyond = -desirability * self.window.unit
        lower, upper = self.window.edges
        return tuple(edge + distance for edge, distance in ((lower, -beyond), (upper, beyond)) if edge is not None)

    @property
    def worst_desirability(self) -> float | None:
        """Desirability of the reference; `None` without one."""
        return None if self.reference is None else float(self.desirability(self.reference))

    @property
    def scale(self) -> str:
        """All that its desirability and its reference depend on, as text: equal where objectives agree in that."""
        fields = {"outcome", "goal", "lower", "upper", "reference"}
        counted = "" if self.counted_on is LINEAR else " by factors"
        return self.model_dump_json(include=fields, exclude_none=True) + counted

    @property
    def best_desirability(self) -> float | None:
        """Desirability of the target: 0 for a window; `None` without a target."""
        if self.goal == "window":
            return 0.0
        return None if self.best is None else float(self.desirability(self.best))

    @property
    def desirability_spread(self) -> float | None:
        """Difference of desirability that counts as 1 in a weighted sum; `None` where nothing says it.

        That of `spread`, else that between best and reference, else the unit of a window.
        """
        unit = self.window.unit if self.goal == "window" else 1.0
        if self.spread is not None:
            return self.spread / unit
        if self.best_desirability is not None and self.worst_desirability is not None:
            return self.best_desirability - self.worst_desirability
        return 1.0 if self.goal == "window" else None

    @property
    def wanted(self) -> str:
        """What is wanted, such as `at most 0.5`, in the outcome's catalogue unit."""
        return str(self.window) if self.goal == "window" else self.goal

    def __str__(self) -> str:
        return f"{self.outcome} {self.wanted}" if self.goal == "window" else f"{self.wanted} {self.outcome}"


def objectives_of(preset: str) -> tuple[Objective, ...]:
    """The objectives of a named set of targets of the knowledge base, such as `elastomeric-binder`.

    Raises:
        InputError: when there is no such set.

    """
    if preset not in targets():
        raise InputError(f"'{preset}' is not a set of targets; the sets are {', '.join(targets())}")
    fields = {"outcome", "goal", "lower", "upper", "reference"}
    return tuple(Objective.model_validate(target.model_dump(include=fields)) for target in targets()[preset])
