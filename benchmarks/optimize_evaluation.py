"""What a problem of `optimize.py` is: what a method is told of it, and what an evaluation gives.

A method sees the declaration (`Problem.declaration`), then observations with noise. The noise-free truth is the
driver's alone.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from optimize_drawn import DrawnLandscape
from optimize_tabulated import Tabulated
from optimize_truths import HIGHEST_RATIO, LOWEST_RATIO, Landscape, cheaper

from ionlink.data import Formulation
from ionlink.features import FormulationDescriptors
from ionlink.features.cation_descriptors import CATION_DESCRIPTORS

Floats = NDArray[np.float64]

RATIO_DIGITS = 3
"""Significant digits of the ratio of an evaluation: what a chemist can weigh out."""

RATIOS_OF_TRUTH = 241
"""Ratios on a logarithmic grid on which the best possible is looked for, per cation and ligand."""


class Point(NamedTuple):
    """A formulation at a level."""

    cation: str
    ligand: str
    ratio: float | None
    level: str = "lab"


@dataclass(frozen=True)
class Goal:
    """What is wanted of an outcome, as of `ionlink.optimize.Objective`."""

    outcome: str
    goal: Literal["maximise", "minimise", "window"]
    reference: float
    """Worst acceptable value: the reference point of the hypervolume."""

    lower: float | None = None
    upper: float | None = None

    def desirability(self, values: Floats) -> Floats:
        """Larger is better, same shape; 0 inside a window and outside minus the distance in half widths."""
        if self.goal == "maximise":
            return values
        if self.goal == "minimise":
            return -values
        assert self.lower is not None and self.upper is not None
        outside = np.maximum(0, np.maximum(self.lower - values, values - self.upper))
        return np.asarray(-outside / ((self.upper - self.lower) / 2))


@dataclass(frozen=True)
class Limit:
    """An outcome that must hold, but is not optimised."""

    outcome: str
    upper: float


@dataclass(frozen=True)
class Level:
    """Where an evaluation is made, and what one costs."""

    name: str
    cost: float


@dataclass(frozen=True)
class Problem:
    """A space, what is wanted in it, and what an evaluation gives. The last level is the one that counts."""

    name: str
    cations: tuple[str, ...]
    ligands: tuple[str, ...]
    goals: tuple[Goal, ...]
    noise: Mapping[str, float]
    """Standard deviation of one replicate, by outcome; in a pool, where it has no entry, each point's own."""

    initial: int
    """Formulations that every method starts from, the same ones for a seed."""

    budget: float
    """Cost that may be spent after them."""

    batch: int = 4
    ratio: tuple[float, float] | None = (LOWEST_RATIO, HIGHEST_RATIO)
    """`None` for a pool."""

    limits: tuple[Limit, ...] = ()
    levels: tuple[Level, ...] = (Level("lab", 1.0),)
    minimum_ratio: Mapping[str, float] = field(default_factory=dict)
    """By cation; lower ratios are known to be impossible."""

    excluded: tuple[tuple[str, str], ...] = ()
    """Cation and ligand that are known to be impossible together."""

    pool: tuple[tuple[str, str, float | None], ...] = ()
    """All that can be evaluated, where that is a list."""

    pool_values: Mapping[str, Floats] = field(default_factory=dict)
    pool_errors: Mapping[str, Floats] = field(default_factory=dict)
    replicates: bool = False
    """Whether the number of replicates is a method's decision, and the budget counted in them."""

    precipitates: bool = False
    """Whether some formulations fail (`Landscape.fails`), which no method is told."""

    tabulated: Path | None = None
    """Table of the landscape, where it is not the one of `optimize_truths.py`."""

    drawn: int | None = None
    """Number of the landscape, where it is drawn anew for each seed."""

    papers: int = 0
    """Formulations that every method is told at the start as others published them, at no cost; of drawn landscapes."""

    start_without: tuple[str, ...] = ()
    """Cations of which nothing is known at the start."""

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Of goals, then of limits."""
        return (*(g.outcome for g in self.goals), *(limit.outcome for limit in self.limits))

    def cost(self, level: str) -> float:
        """Of one evaluation."""
        return next(known.cost for known in self.levels if known.name == level)

    @cached_property
    def declaration(self) -> dict[str, object]:
        """What a method is told, JSON-able."""
        return {
            "name": self.name,
            "cations": self.cations,
            "ligands": self.ligands,
            "ratio": self.ratio,
            "descriptors": descriptors(self.cations, self.ligands),
            "objectives": [vars(goal) for goal in self.goals],
            "constraints": [{"outcome": limit.outcome, "upper": limit.upper} for limit in self.limits],
            "levels": [vars(level) for level in self.levels],
            "minimum_ratio": dict(self.minimum_ratio),
            "excluded": self.excluded,
            "pool": self.pool or None,
            "replicates": self.replicates,
            "batch": self.batch,
        }

    @cached_property
    def fingerprint(self) -> str:
        """Differs where what is declared, the starts, the noise or the outcomes do."""
        starts = [point for seed in range(3) for point in self.start(seed)]
        values = {name: [float(f"{v:.9g}") for v in found] for name, found in self.truth(starts).items()}
        papers = self.published(0)
        told = (papers, self.observe(papers[0], 0, 0)) if papers else ()
        parts = (self.declaration, starts, values, self.observe(starts[0], 1, 0), self.initial, self.budget, *told)
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]

    def impossible(self, point: Point) -> str | None:
        """Why a method should have known that a point cannot be evaluated; `None` where it can."""
        if (point.cation, point.ligand) in self.excluded:
            return f"{point.cation} on {point.ligand} is excluded"
        if point.ratio is not None and point.ratio < self.minimum_ratio.get(point.cation, 0):
            return f"{point.cation} needs a ratio of {self.minimum_ratio[point.cation]:g}"
        if self.pool and (point.cation, point.ligand, point.ratio) not in self._rows:
            return "is not in the pool"
        return None

    def truth(self, points: Sequence[Point]) -> dict[str, Floats]:
        """Noise-free outcomes of `n` points at their levels, each `n`."""
        if self.pool:
            rows = [self._rows[p.cation, p.ligand, p.ratio] for p in points]
            return {name: self.pool_values[name][rows] for name in self.outcomes}
        cation, ligand = [p.cation for p in points], [p.ligand for p in points]
        ratio = np.array([p.ratio for p in points], dtype=np.float64)
        values = self._landscape.values(cation, ligand, ratio)
        if self.papers and (there := np.array([p.level == PAPER for p in points])).any():
            assert isinstance(self._landscape, DrawnLandscape)
            seen = self._landscape.elsewhere(cation, ligand, ratio)
            values = {name: np.where(there, seen[name], values[name]) for name in values}
        for level, share in SHARE_OF_TRUTH.items():
            here = np.array([p.level == level for p in points])
            if here.any():
                seen = cheaper(values, cation, ligand, ratio, share)
                values = {name: np.where(here, seen[name], values[name]) for name in values}
        return {name: values[name] for name in self.outcomes}

    def failure(self, point: Point) -> str | None:
        """Why evaluating a point gives nothing; `None` where it does."""
        if reason := self.impossible(point):
            return reason
        if not self.precipitates:
            return None
        failed = self._landscape.fails([point.cation], [point.ligand], np.array([point.ratio], dtype=np.float64))
        return "precipitated" if failed[0] else None

    def errors(self, point: Point) -> dict[str, float | None]:
        """Standard error that comes with an observation, by outcome; `None` where nobody knows it."""
        row = self._rows.get((point.cation, point.ligand, point.ratio))
        known = self.pool_errors
        return {name: float(known[name][row]) if name in known and row is not None else None for name in self.outcomes}

    def observe(self, point: Point, replicate: int, seed: int) -> dict[str, float]:
        """One replicate (from 0): the truth and noise that depends on seed, point, replicate and outcome alone."""
        stated = self.errors(point)
        found = {}
        for name, value in self.truth([point]).items():
            error = stated[name]
            draw = generator(seed, point, replicate, name).standard_normal()
            found[name] = float(value[0] + draw * (self.noise[name] if error is None else error))
        return found

    def start(self, seed: int) -> list[Point]:
        """The initial formulations of a seed, at the highest level: uniform among what gives an outcome.

        Problems on the same space start from the same ones.
        """
        draw = generator(seed, "start", self.cations, self.ligands, self.ratio)
        level = self.levels[-1].name
        if self.pool:
            members = [member for member in self.pool if member[0] not in self.start_without]
            chosen = draw.choice(len(members), self.initial, replace=False)
            return [Point(*members[int(k)], level) for k in chosen]
        assert self.ratio is not None
        found: list[Point] = []
        while len(found) < self.initial:
            ratio = float(np.exp(draw.uniform(*np.log(self.ratio))))
            point = rounded(Point(str(draw.choice(self.cations)), str(draw.choice(self.ligands)), ratio, level), self)
            if point.cation not in self.start_without and self.failure(point) is None:
                found.append(point)
        return found

    def published(self, seed: int) -> list[Point]:
        """The formulations of a seed that are known from elsewhere, at the level `PAPER`: uniform."""
        if not self.papers:
            return []
        assert self.ratio is not None
        draw = generator(seed, "published", self.cations, self.ligands, self.ratio)
        rows = zip(
            draw.choice(self.cations, self.papers).tolist(),
            draw.choice(self.ligands, self.papers).tolist(),
            np.exp(draw.uniform(*np.log(self.ratio), self.papers)).tolist(),
            strict=True,
        )
        return [rounded(Point(*row, PAPER), self) for row in rows]

    @cached_property
    def everything(self) -> list[Point]:
        """All of the pool, or of a dense grid, at the highest level, without what fails."""
        level = self.levels[-1].name
        if self.pool:
            return [Point(*member, level) for member in self.pool]
        assert self.ratio is not None
        ratios = np.geomspace(*self.ratio, RATIOS_OF_TRUTH).tolist()
        found = [Point(c, p, r, level) for c in self.cations for p in self.ligands for r in ratios]
        possible = np.array([self.impossible(point) is None for point in found])
        if self.precipitates:
            ratio = np.array([p.ratio for p in found])
            possible &= ~self._landscape.fails([p.cation for p in found], [p.ligand for p in found], ratio)
        return [point for point, keep in zip(found, possible, strict=True) if keep]

    @cached_property
    def _rows(self) -> dict[tuple[str, str, float | None], int]:
        return {member: k for k, member in enumerate(self.pool)}

    @cached_property
    def _landscape(self) -> Landscape | Tabulated | DrawnLandscape:
        assert self.ratio is not None
        if self.drawn is not None:
            return DrawnLandscape(self.drawn)
        return Tabulated(self.tabulated) if self.tabulated else Landscape()


PAPER = "literature"
"""Level of what others published."""

SHARE_OF_TRUTH = {"screen": 0.7, "explicit": 0.9}
"""Of the cheaper levels."""


def rounded(point: Point, of: Problem) -> Point:
    """With the ratio that is weighed out: `RATIO_DIGITS` significant digits, within the range."""
    if of.ratio is None or point.ratio is None:
        return point
    lower, upper = of.ratio
    return point._replace(ratio=min(max(float(f"{point.ratio:.{RATIO_DIGITS}g}"), lower), upper))


def descriptors(cation_names: Sequence[str], ligand_names: Sequence[str]) -> dict[str, dict[str, list[float]]]:
    """Descriptors that every method is offered, by cation and by ligand.

    Those of `ionlink.features` that vary over the members; gaps get the column's median. The ratio is no part of them.
    """
    cation_count, width = len(cation_names), len(CATION_DESCRIPTORS)
    first = [Formulation(cation=name, ligand=ligand_names[0], ratio=20) for name in cation_names]
    second = [Formulation(cation=cation_names[0], ligand=name, ratio=20) for name in ligand_names]
    rows = np.asarray(FormulationDescriptors().fit_transform([*first, *second]), dtype=np.float64)
    parts = {
        "cations": (cation_names, rows[:cation_count, :width]),
        "ligands": (ligand_names, rows[cation_count:, width:-1]),
    }
    found = {}
    for kind, (names, matrix) in parts.items():
        known = matrix[:, np.isfinite(matrix).any(axis=0)]
        filled = np.where(np.isfinite(known), known, np.nanmedian(known, axis=0))
        varies = filled[:, filled.std(axis=0) > 1e-9]
        found[kind] = {name: [round(v, 9) for v in row] for name, row in zip(names, varies.tolist(), strict=True)}
    return found


def generator(seed: int, *parts: object) -> np.random.Generator:
    """Random numbers that depend on a seed and names alone."""
    digest = hashlib.sha256(repr((seed, *(tuple(p) if isinstance(p, tuple) else p for p in parts))).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))
