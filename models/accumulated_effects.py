"""Accumulated local effects: how an outcome goes with one descriptor, the others being what they are.

Apley & Zhu 2020, doi:10.1111/rssb.12377: differences over short steps, averaged over the formulations that lie there,
then summed. Other than a partial dependence, no formulation is moved further than to the next value, so that
correlated descriptors are not taken far from what exists.

A formulation with one descriptor moved exists nowhere, and a kernel that knows cations and ligands by themselves as
well (`IDENTITY_TERMS`) takes it for a new one, of which it has forgotten all that is the old one's own: every step
would seem to have an effect. But an effect is of the descriptor, and whose descriptor it is stays as it was. Those
terms are the same at both ends of a step, so they are left out (`DescriptorEffect.without`), in mean and intervals.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ionlink.features.formulation_descriptors import DESCRIPTORS
from ionlink.models.descriptor_groups import RATIO, part_of
from ionlink.models.inputs import InputScaling
from ionlink.models.pair_terms import IDENTITY_TERMS
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

LOGARITHMIC = frozenset(descriptor.name for descriptor in DESCRIPTORS if descriptor.scale == "log")
"""Descriptors whose logarithm is a model's input."""


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

    without: tuple[str, ...]
    """Terms of the kernel that a step leaves as they are."""


def descriptor_effects(inputs: Matrix, scaling: InputScaling, used: Sequence[int]) -> list[DescriptorEffect]:
    """Effects of the descriptors that vary over the formulations with model inputs `n x d`.

    Formulations whose value is unknown are left out, and so are the descriptors of `FOLLOWING`: they have no effect
    that is not one of charge or of radius. So are those that move none of the inputs that are `used` by the model.
    """
    effects = []
    for name in scaling.columns:
        if name in FOLLOWING and set(DEFINING) <= set(scaling.columns):
            continue
        if not set(scaling.positions(_involved(name, scaling))) & set(used):
            continue
        known = inputs[_known(inputs, name, scaling)]
        values = _values(known, name, scaling).round(9)
        if len(np.unique(values)) < 2:
            continue
        steps = curve_steps(values) if part_of(name) == RATIO else steps_of(values)
        asked = accumulated_rows(known, values, steps, _mover(name, scaling))
        behind = [len(places) for places in steps.members]
        effects.append(
            DescriptorEffect(name, steps.values, (behind[0], *behind), asked, IDENTITY_TERMS.get(part_of(name), ()))
        )
    return effects


def _values(rows: Matrix, name: str, scaling: InputScaling) -> Matrix:
    """A descriptor in its unit, from scaled inputs."""
    number = scaling.columns.index(name)
    values = rows[:, scaling.positions([name])[0]] * scaling.width[number] + scaling.lower[number]
    return np.asarray(10**values if name in LOGARITHMIC else values)


def _known(inputs: Matrix, name: str, scaling: InputScaling) -> NDArray[np.bool_]:
    """Rows where the descriptor, and what defines or follows it, is known.

    Several descriptors may share a flag: of one without its own, what tells is that something is flagged and it has
    exactly the value that stands in for an unknown one.
    """
    flags = scaling.positions([f"{flagged}_unknown" for flagged in scaling.flagged])
    flagged = (inputs[:, flags] > 0).any(axis=1)
    unknown = np.zeros(len(inputs), dtype=bool)
    for involved in _involved(name, scaling):
        if involved in scaling.flagged:
            unknown |= inputs[:, scaling.positions([f"{involved}_unknown"])[0]] > 0
            continue
        number = scaling.columns.index(involved)
        filled = (np.float64(scaling.fill[number]) - scaling.lower[number]) / scaling.width[number]
        unknown |= flagged & (inputs[:, scaling.positions([involved])[0]] == filled)
    return np.asarray(~unknown)


def _involved(name: str, scaling: InputScaling) -> Sequence[str]:
    if name not in DEFINING or not set(DEFINING) <= set(scaling.columns):
        return [name]
    return [*DEFINING, *(other for other in FOLLOWING if other in scaling.columns)]


def _mover(name: str, scaling: InputScaling) -> Callable[[Matrix, float], Matrix]:
    """Sets a descriptor to a value in its unit, and what follows from it by definition."""
    following = [other for other in _involved(name, scaling) if other in FOLLOWING]

    def moved(rows: Matrix, value: float) -> Matrix:
        rows = rows.copy()
        _set(rows, name, value, scaling)
        for other in following:
            _set(rows, other, FOLLOWING[other](*(_values(rows, part, scaling) for part in DEFINING)), scaling)
        return rows

    return moved


def _set(rows: Matrix, name: str, value: "float | Matrix", scaling: InputScaling) -> None:
    number = scaling.columns.index(name)
    value = np.log10(value) if name in LOGARITHMIC else value
    rows[:, scaling.positions([name])[0]] = (value - scaling.lower[number]) / scaling.width[number]
