"""The part of the ranges that known constraints leave to one combination of members.

What a constraint says of continuous variables is linear in them. So one variable after the other can be eliminated, the
last first (Fourier and Motzkin, without the rows that D. A. Kohler's rule shows to add nothing; H. P. Williams,
doi:10.1080/00029890.1986.11971923): what is left at each step says between which ends a variable may lie, given those
before it. Every point of the unit cube, as shares of the way between these ends, is a point of the part, however narrow
that is.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from ionlink.optimize.constraint import Limit
from ionlink.optimize.variable import Ends, Variable

Matrix = NDArray[np.float64]

ROUNDING = 1e-9
"""Share of a range by which a limit may be missed."""

NOTHING = 1e-12
"""Smaller coefficients, of shares of a range, are rounding errors."""

RATIO, LOG_RATIO = "ratio", "log10_ratio"

PARTS_KEPT = 2_000
"""Parts that are remembered: combinations with the same limits have the same one."""

FARTHEST = 300.0
"""Logarithm of a ratio that no range reaches."""


@dataclass(frozen=True, eq=False)
class Axis:
    """A variable, as a share of its range that limits are linear in, and the limits on it."""

    variable: Variable

    name: str
    """Of the variable, or of its logarithm."""

    limits: Matrix
    """`k x (j + 2)`: coefficients of the `j` variables before it and of it, then what their sum must not exceed."""

    def ends(self, before: Sequence[float]) -> Ends:
        """The lowest and the highest value, given shares of the variables before it."""
        return self._ends(np.array(before, dtype=np.float64)) if self._is_coupled else self._own_ends

    @cached_property
    def _is_coupled(self) -> bool:
        return bool(self.limits[:, :-2].any())

    @cached_property
    def _own_ends(self) -> Ends:
        return self._ends(np.zeros(self.limits.shape[1] - 2))

    def _ends(self, before: Matrix) -> Ends:
        edges = (self.limits[:, -1] - self.limits[:, :-2] @ before) / self.limits[:, -2]
        rising = self.limits[:, -2] > 0
        lower, upper = edges[~rising].max(initial=0.0), edges[rising].min(initial=1.0)
        if lower > upper:  # by a rounding error: a point is left
            lower = upper = (lower + upper) / 2
        first = self.variable.lower if lower <= 0 else self._value(lower)
        last = self.variable.upper if upper >= 1 else self._value(upper)
        return self.variable.rounded((first, last))

    def share_of(self, value: float) -> float:
        """Share of the range that limits are linear in."""
        lower, width = range_of(self.variable, self.name)
        return ((math.log10(value) if self.name == LOG_RATIO else value) - lower) / width if width else 0.0

    def _value(self, share: float) -> float:
        lower, width = range_of(self.variable, self.name)
        value = lower + share * width
        return 10.0**value if self.name == LOG_RATIO else value


@dataclass(frozen=True)
class Part:
    """Where the continuous variables of a combination may lie; everywhere in their ranges if `is_empty`."""

    axes: tuple[Axis, ...]
    is_empty: bool = False

    @classmethod
    @lru_cache(PARTS_KEPT)
    def of(cls, variables: tuple[Variable, ...], limits: tuple[Limit, ...]) -> "Part":
        """The part that limits leave.

        Where one of them couples the logarithm of the ratio to another variable, those that couple the ratio itself to
        one are left out: the part is then larger than what is allowed.
        """
        coupled = [{name for name, _ in coefficients} for coefficients, _ in limits]
        is_log = any(LOG_RATIO in names and names - {RATIO, LOG_RATIO} for names in coupled)
        names = [LOG_RATIO if v.name == RATIO and is_log else v.name for v in variables]
        ranges = [range_of(v, name) for v, name in zip(variables, names, strict=True)]
        rows = [_row(limit, names, ranges) for limit in _in_one_scale(limits, LOG_RATIO if is_log else RATIO)]
        steps = _eliminated(np.array(rows)) if rows else []
        if not steps or (steps[0][:, -1] < -ROUNDING).any():
            axes = (Axis(v, name, np.empty((0, 2))) for v, name in zip(variables, names, strict=True))
            return cls(tuple(axes), is_empty=bool(steps))
        return cls(tuple(map(Axis, variables, names, steps[1:])))

    def values(self, unit: Sequence[float]) -> dict[str, float]:
        """Values at a point of the unit cube, by variable, rounded to what can be weighed out where that is allowed."""
        before: list[float] = []
        values: dict[str, float] = {}
        for axis, share in zip(self.axes, unit, strict=True):
            value = axis.variable.at(float(share), axis.ends(before))
            before.append(axis.share_of(value))
            values[axis.variable.name] = value
        return values

    def unit_of(self, values: Mapping[str, float | None]) -> list[float]:
        """The point of the unit cube where values lie, 0 for one that is not known."""
        before: list[float] = []
        unit: list[float] = []
        for axis in self.axes:
            value = values[axis.variable.name]
            unit.append(0.0 if value is None else axis.variable.share_of(value, axis.ends(before)))
            before.append(0.0 if value is None else axis.share_of(value))
        return unit


def range_of(variable: Variable, name: str) -> tuple[float, float]:
    """Lower end and width of the range of a variable or of its logarithm."""
    ends = (variable.lower, variable.upper)
    lower, upper = (math.log10(end) for end in ends) if name == LOG_RATIO else ends
    return lower, upper - lower


def _in_one_scale(limits: Iterable[Limit], wanted: str) -> Iterator[Limit]:
    """Limits on the ratio, or on its logarithm; those on the other one by itself are turned into them."""
    other = RATIO if wanted == LOG_RATIO else LOG_RATIO
    for limit in limits:
        coefficients = dict(limit.coefficients)
        if other not in coefficients:
            yield limit
        elif len(coefficients) == 1:
            coefficient = coefficients[other]
            edge, sign = limit.upper / coefficient, math.copysign(1.0, coefficient)
            if wanted == RATIO:
                edge = 10.0 ** min(max(edge, -FARTHEST), FARTHEST)
            else:
                edge = math.log10(edge) if edge > 0 else -FARTHEST
            yield Limit.of({wanted: sign}, sign * edge)


def _row(limit: Limit, names: Sequence[str], ranges: Sequence[tuple[float, float]]) -> list[float]:
    """Coefficients of the shares of the ranges, then what their sum must not exceed."""
    given = dict(limit.coefficients)
    coefficients = [given.get(name, 0.0) for name in names]
    shares = [c * width for c, (_, width) in zip(coefficients, ranges, strict=True)]
    left = limit.upper - math.fsum(c * lower for c, (lower, _) in zip(coefficients, ranges, strict=True))
    return [*shares, left]


def _eliminated(rows: Matrix) -> list[Matrix]:
    """Limits on no variable, then on each and on those before it, from `k x (d + 1)` limits on shares from 0 to 1."""
    dimension = rows.shape[1] - 1
    corners = np.vstack([np.eye(dimension, dimension + 1), -np.eye(dimension, dimension + 1)])
    corners[:dimension, -1] = 1.0
    rows = np.vstack([rows, corners])
    origins = np.eye(len(rows), dtype=np.bool_)
    steps: list[Matrix] = []
    for gone, last in enumerate(reversed(range(dimension)), start=1):
        rows = _scaled(rows)
        signs = np.sign(rows[:, last])
        steps.append(rows[signs != 0])
        above, below = (rows[signs == s] / np.abs(rows[signs == s, last, None]) for s in (1, -1))
        pairs = (above[:, None] + below[None]).reshape(-1, last + 2)
        both = (origins[signs == 1][:, None] | origins[signs == -1][None]).reshape(-1, origins.shape[1])
        telling = both.sum(axis=1) <= gone + 1  # Kohler's rule
        rows = np.delete(np.vstack([rows[signs == 0], pairs[telling]]), last, axis=1)
        origins = np.vstack([origins[signs == 0], both[telling]])
    return [rows, *reversed(steps)]


def _scaled(rows: Matrix) -> Matrix:
    """The same limits with a largest coefficient of 1 each, and 0 for what only rounding errors are left of."""
    sizes = np.abs(rows[:, :-1]).max(axis=1, keepdims=True)
    rows = rows / np.where(sizes > NOTHING, sizes, 1.0)
    rows[:, :-1][np.abs(rows[:, :-1]) < NOTHING] = 0.0
    return rows
