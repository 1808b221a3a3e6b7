"""What a joint process learns from: the rows of each task, and the unit in which they are told."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ionlink.data.errors import InputError
from ionlink.data.observation import Observation
from ionlink.models.errors import FitFailed
from ionlink.models.gaussian_process import MINIMUM_FORMULATIONS, check_learnable, training_rows

MOST_SOURCES = 4
"""Tasks beside the target, those with most rows: correlations are as many as pairs of tasks."""

SOURCE_ROWS = 200
"""Rows of all sources together; the cost grows with the cube of all rows. At 200 rows of the target, a fit to 400 rows
took 2 s on one of two busy cores."""


class OutcomeAtLevel(NamedTuple):
    """One task: an outcome as it is observed at one level, by one protocol."""

    outcome: str
    level: str
    protocol: str | None = None
    """Of the simulation; `None` for what was measured or read."""

    def __str__(self) -> str:
        """In one line."""
        return f"{self.outcome} at level {self.level}" + (f" (protocol {self.protocol})" if self.protocol else "")


@dataclass(frozen=True, eq=False)
class TaskRows:
    """What was observed in one task."""

    task: OutcomeAtLevel

    rows: tuple[Observation, ...]
    """As of `ionlink.models.gaussian_process.training_rows`; none where nothing but bounds and rankings is known."""

    offset: float
    scale: float
    """What 0 and 1 are, in the outcome's unit."""


@dataclass(frozen=True, eq=False)
class Grouped:
    """Tasks with their rows, before they have a unit."""

    rows: Mapping[OutcomeAtLevel, list[Observation]]
    """Of the sources, the same outcome and then the most rows first, and of the target, last."""

    left_out: Mapping[OutcomeAtLevel, str]
    """Other tasks, and why they are not learned from."""


def named_task(target: Sequence[str | None], observations: Sequence[Observation]) -> OutcomeAtLevel:
    """The task of an outcome and a level, and of the one protocol that these observations have there.

    Raises `InputError` where there are several protocols and none is named.
    """
    if len(target) > 2:
        return OutcomeAtLevel(*target)  # type: ignore[arg-type]  # three names
    outcome, level = target
    protocols = {o.protocol for o in observations if o.outcome == outcome and o.level == level}
    if len(protocols) > 1:
        listed = ", ".join(sorted(str(protocol) for protocol in protocols))
        raise InputError(
            f"target: {outcome} at level {level} was observed by several protocols ({listed}); "
            "name one as (outcome, level, protocol)"
        )
    return OutcomeAtLevel(str(outcome), str(level), next(iter(protocols), None))


def grouped(
    target: OutcomeAtLevel, observations: Sequence[Observation], related: Collection[str], seed: int
) -> Grouped:
    """Values of the target, and of its own and `related` outcomes at other levels, where those can be learned."""
    values: dict[OutcomeAtLevel, list[Observation]] = defaultdict(list)
    for o in observations:
        if o.bound == "=" and (o.outcome == target.outcome or o.outcome in related):
            values[OutcomeAtLevel(o.outcome, o.level, o.protocol)].append(o)
    own = training_rows(values.pop(target, []))
    sources: dict[OutcomeAtLevel, list[Observation]] = {}
    left_out: dict[OutcomeAtLevel, str] = {}
    for task in sorted(values, key=lambda task: (task.outcome != target.outcome, -len(values[task]))):
        rows = training_rows(values[task])
        try:
            check_learnable(task.outcome, rows)
        except FitFailed as failure:
            left_out[task] = failure.reason
            continue
        if len(sources) == MOST_SOURCES:
            left_out[task] = f"{MOST_SOURCES} others have more rows"
        else:
            sources[task] = rows
    generator = np.random.default_rng(seed)
    kept = {task: _drawn(rows, own, SOURCE_ROWS // len(sources), generator) for task, rows in sources.items()}
    return Grouped({**kept, target: own}, left_out)


def of_outcome(groups: Grouped, outcome: str, reason: str) -> Grouped:
    """The tasks of one outcome; all others are left out for that reason."""
    kept = {task: rows for task, rows in groups.rows.items() if task.outcome == outcome}
    others = {task: reason for task in groups.rows if task.outcome != outcome}
    return Grouped(kept, {**groups.left_out, **others})


def in_units(rows: Mapping[OutcomeAtLevel, Sequence[Observation]]) -> list[TaskRows]:
    """Each task told by its own mean and deviation; where it has too few rows, with the deviation at another level.

    That is the one of the same outcome with most rows.
    """
    return [_in_unit(task, own, _most_of(task.outcome, rows)) for task, own in rows.items()]


def _most_of(outcome: str, rows: Mapping[OutcomeAtLevel, Sequence[Observation]]) -> Sequence[Observation]:
    return max((own for task, own in rows.items() if task.outcome == outcome), key=len)


def _in_unit(task: OutcomeAtLevel, own: Sequence[Observation], most: Sequence[Observation]) -> TaskRows:
    values, others = [o.value for o in own], [o.value for o in most]
    enough = len({o.formulation for o in own}) >= MINIMUM_FORMULATIONS and np.ptp(values) > 0
    scale = float(np.std(values if enough else others, ddof=1))
    return TaskRows(task, tuple(own), float(np.mean(values or others)), scale)


def _drawn(
    rows: Sequence[Observation], target: Sequence[Observation], most: int, generator: np.random.Generator
) -> list[Observation]:
    """At most so many rows: first those of formulations that the target has, which tell the correlation."""
    if len(rows) <= most:
        return list(rows)
    shared = {o.formulation for o in target}
    order = sorted(generator.permutation(len(rows)), key=lambda row: rows[row].formulation not in shared)
    return [rows[row] for row in sorted(order[:most])]
