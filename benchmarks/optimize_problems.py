"""The problems of `optimize.py`: what a method is told of them, and what an evaluation gives.

A method sees the declaration (`Problem.declaration`), then observations with noise. The noise-free truth is the
driver's alone. Every number that defines a problem stands here or in `optimize_truths.py`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from optimize_truths import (
    CATIONS,
    HIGHEST_RATIO,
    LIGANDS,
    LOWEST_RATIO,
    ROUGHNESS,
    SPREAD,
    STRENGTH,
    Landscape,
    cheaper,
)

from ionlink.data import Formulation, cations, observations, stability_constants
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
            chosen = draw.choice(len(self.pool), self.initial, replace=False)
            return [Point(*self.pool[int(k)], level) for k in chosen]
        assert self.ratio is not None
        found: list[Point] = []
        while len(found) < self.initial:
            ratio = float(np.exp(draw.uniform(*np.log(self.ratio))))
            point = rounded(Point(str(draw.choice(self.cations)), str(draw.choice(self.ligands)), ratio, level), self)
            if self.failure(point) is None:
                found.append(point)
        return found

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
    def _landscape(self) -> Landscape:
        assert self.ratio is not None
        return Landscape()


SHARE_OF_TRUTH = {"screen": 0.7, "explicit": 0.9}
"""Of the cheaper levels."""

GOALS = (Goal(STRENGTH, "maximise", reference=2.5), Goal(SPREAD, "minimise", reference=1.1))
"""The references are near the lower third of the force and the upper quarter of the spread over the space."""

NOISE = {STRENGTH: 0.1, SPREAD: 0.025, ROUGHNESS: 1.3}
"""A tenth of the standard deviation over the space."""

NOISE_OF_MD = {STRENGTH: 0.62, SPREAD: 0.057}
"""Per replicate: as large beside the standard deviation over the space (0.99 and 0.23) as in the shipped simulations,
where it is 0.62 of it for chains per cation and 0.25 for the Coulomb spread."""


def synthetic() -> Problem:
    """Two conflicting objectives with an interior optimum: 8 + 24 evaluations."""
    return Problem("synthetic", CATIONS, LIGANDS, GOALS, NOISE, initial=8, budget=24)


def levels() -> Problem:
    """The same with two cheaper levels: the cost of 8 + 16 evaluations at the highest."""
    costs = (Level("screen", 1), Level("explicit", 5), Level("lab", 25))
    return Problem("levels", CATIONS, LIGANDS, GOALS, NOISE, initial=8, budget=400, levels=costs)


def constraints() -> Problem:
    """The same with ratios down to 2, a limit on roughness, known impossibilities and an unknown region of failure."""
    return Problem(
        "constraints",
        CATIONS,
        LIGANDS,
        GOALS,
        NOISE,
        initial=8,
        budget=24,
        ratio=(2.0, HIGHEST_RATIO),
        limits=(Limit(ROUGHNESS, 30.0),),
        minimum_ratio={name: float(cations()[name].charge) for name in CATIONS if cations()[name].charge > 2},
        excluded=tuple(
            (c, p)
            for c, p in [(c, p) for c in CATIONS for p in LIGANDS]
            if (c in ("Hg2+", "Cd2+", "Pb2+", "Th4+")) or (p in ("PAA-catechol", "PDA") and c in ("Ag+", "Pd2+"))
        ),
        precipitates=True,
    )


def replicates() -> Problem:
    """The space of `synthetic` with the noise of the shipped simulations: 16 + 32 replicates."""
    return Problem("replicates", CATIONS, LIGANDS, GOALS, NOISE_OF_MD, initial=8, budget=32, replicates=True)


def md_replay() -> Problem:
    """The 60 formulations of the shipped molecular dynamics: 6 + 20 evaluations with their standard errors.

    The goals are those of the targets `balanced-network`. An evaluation is the shipped mean with noise of its standard
    error: the mean counts as the truth.
    """
    goals = (
        Goal("chains_per_cation", "maximise", reference=2.3),
        Goal("coulomb_spread", "minimise", reference=0.6),
        Goal("crosslink_strength", "window", reference=1000.0, lower=204.0, upper=292.0),
    )
    names = [goal.outcome for goal in goals]
    table = pd.DataFrame(
        [
            {"point": (o.formulation.cation, o.formulation.ligand, o.formulation.ratio), "outcome": o.outcome}
            | {"value": o.value, "error": o.standard_error}
            for o in observations()
            if o.level == "screen" and o.outcome in names
        ]
    ).pivot_table(index="point", columns="outcome", values=["value", "error"])
    pool = tuple(table.index)
    return Problem(
        "md-replay",
        *_members(pool),
        goals,
        noise={},
        initial=6,
        budget=20,
        ratio=None,
        pool=pool,
        pool_values={name: table["value", name].to_numpy(dtype=np.float64) for name in names},
        pool_errors={name: table["error", name].to_numpy(dtype=np.float64) for name in names},
    )


def log_k_replay() -> Problem:
    """Pairs of the shipped stability constants that are selective and of middling strength: 8 + 24 evaluations.

    Strong enough to hold and weak enough to exchange: log K1 in a window. (With both outcomes maximised one pair, Co3+
    on EDTA, is the whole front.) Ligands with at least 3 cations; selectivity is log K1 minus the median of the
    ligand's other cations. Pairs with several constants have their mean; the noise is the pooled scatter of those. Of
    ligands that no descriptor tells apart, which BayBE does not take, only the one with most cations is there.
    """
    rows = [(o.formulation.cation, o.formulation.ligand, o.value) for o in stability_constants() if o.bound == "="]
    table = pd.DataFrame(rows, columns=["cation", "ligand", "value"])
    scatter = float(np.sqrt(table.groupby(["cation", "ligand"])["value"].var().mean()))
    table = table.groupby(["cation", "ligand"], as_index=False)["value"].mean()
    table = table[table.groupby("ligand")["value"].transform("size") >= 3].reset_index(drop=True)
    table = table[table["ligand"].isin(_told_apart(table["ligand"]))].reset_index(drop=True)
    other = np.array(
        [
            table.loc[(table["ligand"] == row.ligand) & (table.index != row.Index), "value"].median()
            for row in table.itertuples()
        ]
    )
    pool = tuple((str(c), str(p), None) for c, p in zip(table["cation"], table["ligand"], strict=True))
    strength = table["value"].to_numpy(dtype=np.float64)
    return Problem(
        "log-k-replay",
        *_members(pool),
        (
            Goal("log_k1", "window", reference=20.0, lower=8.0, upper=14.0),
            Goal("log_k1_selectivity", "maximise", reference=5.0),
        ),
        noise={"log_k1": scatter, "log_k1_selectivity": scatter},
        initial=8,
        budget=24,
        ratio=None,
        pool=pool,
        pool_values={"log_k1": strength, "log_k1_selectivity": strength - other},
    )


def _told_apart(ligands: "pd.Series[str]") -> list[str]:
    """Different ligands, without those that have the descriptors of one that occurs more often."""
    names = ligands.value_counts(sort=False).sort_values(ascending=False, kind="stable").index.tolist()
    different: dict[tuple[float, ...], str] = {}
    for name, row in descriptors(["Fe3+"], names)["ligands"].items():
        different.setdefault(tuple(row), name)
    return list(different.values())


@cache
def problem(name: str) -> Problem:
    """By name, one of `PROBLEMS`."""
    return PROBLEMS[name]()


PROBLEMS = {
    "synthetic": synthetic,
    "constraints": constraints,
    "md-replay": md_replay,
    "log-k-replay": log_k_replay,
    "replicates": replicates,
    "levels": levels,
}


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


def _members(pool: Sequence[tuple[str, str, float | None]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(sorted({c for c, _, _ in pool})), tuple(sorted({p for _, p, _ in pool}))
