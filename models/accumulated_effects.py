"""Accumulated local effects: how an outcome goes with one descriptor, the others being what they are.

Apley & Zhu 2020, doi:10.1111/rssb.12377: differences over short steps, averaged over the formulations that lie there,
then summed. Other than a partial dependence, no formulation is moved further than to the next value, so that
correlated descriptors are not taken far from what exists.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ionlink.models.descriptor_groups import SPATIAL_CONFIGURATION, group_of, input_descriptors
from ionlink.models.inputs import InputScaling
from ionlink.models.weighted_sums import Matrix, WeightedRows

MOST_STEPS = 10
"""More different values than this are joined into intervals of equal counts."""

CURVE_STEPS = 20
"""Steps of the curve along the ratio."""

FOLLOWING: Mapping[str, Callable[[Matrix, Matrix], Matrix]] = MappingProxyType(
    {"ionic_potential": lambda charge, radius: charge / radius, "z2_over_r": lambda charge, radius: charge**2 / radius}
)
"""Descriptors that charge (e) and ionic radius (Å) define. They move along: no ion has
z = 3, r = 1 Å and z/r = 2 e/Å."""

DEFINING = ("charge", "ionic_radius")


@dataclass(frozen=True, eq=False)
class Steps:
    """The values of one descriptor between which differences are taken."""

    values: Matrix
    """`k` values, ascending, in the descriptor's unit."""

    members: tuple[NDArray[np.intp], ...]
    """For each of the `k - 1` steps the places of the formulations that are moved over it."""


def steps_of(values: Matrix) -> Steps:
    """Steps over `n` values: from each different value to the next if they are few, else quantiles.

    Over a step between two different values go the formulations at either (the discrete form); over an interval those
    within it.
    """
    different = np.unique(values)
    if len(different) <= MOST_STEPS + 1:
        reached = [np.flatnonzero((values == low) | (values == high)) for low, high in _between(different)]
        return Steps(different, tuple(reached))
    edges = np.unique(np.quantile(values, np.linspace(0, 1, MOST_STEPS + 1), method="inverted_cdf"))
    within = [np.flatnonzero((values > low) & (values <= high)) for low, high in _between(edges)]
    within[0] = np.flatnonzero(values <= edges[1])
    return Steps(edges, tuple(within))


def curve_steps(values: Matrix) -> Steps:
    """Even steps that every formulation takes part in: for a descriptor that is set freely, such as the ratio."""
    grid = np.linspace(values.min(), values.max(), CURVE_STEPS + 1)
    return Steps(grid, (np.arange(len(values)),) * CURVE_STEPS)


def _between(edges: Matrix) -> list[tuple[float, float]]:
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


def accumulated_rows(
    inputs: Matrix, values: Matrix, steps: Steps, moved: Callable[[Matrix, float], Matrix]
) -> WeightedRows:
    """Rows and weights whose `k` sums are the effect at each of `steps.values`, with mean 0 over the formulations.

    Args:
        inputs: Model inputs of the formulations, `n x d`.
        values: Their values of the descriptor, `n`.
        steps: Over which values.
        moved: Gives rows, `m x d`, with the descriptor at another value.

    """
    count = len(steps.values)
    parts, signed = [], []
    for step, (ends, places) in enumerate(zip(_between(steps.values), steps.members, strict=True), start=1):
        for end, sign in zip(ends, (-1.0, 1.0), strict=True):
            parts.append(moved(inputs[places], end))
            weights = np.zeros((count, len(places)))
            weights[step:] = sign / len(places)
            signed.append(weights)
    different, inverse = np.unique(np.vstack(parts), axis=0, return_inverse=True)
    weights = np.zeros((count, len(different)))
    np.add.at(weights.T, inverse.reshape(-1), np.hstack(signed).T)
    centre = np.array([np.interp(values, steps.values, unit).mean() for unit in np.eye(count)])
    return WeightedRows(different, weights - centre @ weights)


@dataclass(frozen=True, eq=False)
class DescriptorEffect:
    """What must be asked of a model for the effect of one descriptor."""

    descriptor: str

    at: Matrix
    """Where the effect is given, `k`, in the descriptor's unit."""

    formulations: tuple[int, ...]
    """How many stand behind the step that ends at each value, `k`; at the first one, that begins."""

    asked: WeightedRows


def descriptor_effects(inputs: Matrix, scaling: InputScaling) -> list[DescriptorEffect]:
    """Effects of all descriptors that vary over the formulations with model inputs `n x d`.

    Formulations whose value is unknown are left out, and so are the descriptors of `FOLLOWING`: they have no effect
    that is not one of charge or of radius.
    """
    effects = []
    for name in scaling.columns:
        if name in FOLLOWING and set(DEFINING) <= set(scaling.columns):
            continue
        known = inputs[_known(inputs, name, scaling)]
        values = _values(known, name, scaling).round(9)
        if len(np.unique(values)) < 2:
            continue
        steps = curve_steps(values) if group_of(name) == SPATIAL_CONFIGURATION else steps_of(values)
        asked = accumulated_rows(known, values, steps, _mover(name, scaling))
        behind = [len(places) for places in steps.members]
        effects.append(DescriptorEffect(name, steps.values, (behind[0], *behind), asked))
    return effects


def _place(name: str, scaling: InputScaling) -> int:
    """Place of a descriptor's value among the inputs."""
    return len(input_descriptors(scaling)) - 1 if name == scaling.columns[-1] else scaling.columns.index(name)


def _values(rows: Matrix, name: str, scaling: InputScaling) -> Matrix:
    """A descriptor in its unit, from scaled inputs."""
    number = scaling.columns.index(name)
    return np.asarray(rows[:, _place(name, scaling)] * scaling.width[number] + scaling.lower[number])


def _known(inputs: Matrix, name: str, scaling: InputScaling) -> NDArray[np.bool_]:
    """Rows where the descriptor, and what defines or follows it, is known."""
    involved = _involved(name, scaling)
    flags = [len(scaling.columns) - 1 + number for number, flagged in enumerate(scaling.flagged) if flagged in involved]
    return np.asarray((inputs[:, flags] == 0).all(axis=1))


def _involved(name: str, scaling: InputScaling) -> Sequence[str]:
    return [name, *DEFINING, *FOLLOWING] if name in DEFINING and set(DEFINING) <= set(scaling.columns) else [name]


def _mover(name: str, scaling: InputScaling) -> Callable[[Matrix, float], Matrix]:
    """Sets a descriptor to a value in its unit, and what follows from it by definition."""
    following = [other for other in _involved(name, scaling) if other in FOLLOWING and other in scaling.columns]

    def moved(rows: Matrix, value: float) -> Matrix:
        rows = rows.copy()
        _set(rows, name, value, scaling)
        for other in following:
            _set(rows, other, FOLLOWING[other](*(_values(rows, part, scaling) for part in DEFINING)), scaling)
        return rows

    return moved


def _set(rows: Matrix, name: str, value: "float | Matrix", scaling: InputScaling) -> None:
    number = scaling.columns.index(name)
    rows[:, _place(name, scaling)] = (value - scaling.lower[number]) / scaling.width[number]
