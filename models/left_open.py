"""Formulations that do not say their ratio, pH or temperature, though all training formulations do.

What is left open may be anything that was seen: such a formulation is predicted at the values that the training data
have of it, and the prediction is the mixture of these. Where some training formulations leave it open as well, the
model has learned what that means, and nothing is filled in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ionlink.data.formulation import Formulation
from ionlink.models.formulation_table import Floats, FormulationTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ionlink.models.inputs import InputScaling

MOST_VALUES = 16
"""Values, or combinations of values, that are tried."""

RATIO = "ratio"


def always_said(scaling: "InputScaling") -> tuple[str, ...]:
    """The ratio and the conditions that the training formulations all say."""
    ratio = (RATIO,) if scaling.knows_ratio and scaling.columns[-1] not in scaling.flagged else ()
    stated = (name for name in scaling.conditions if name not in scaling.flagged and name != "second_fraction")
    return (*ratio, *stated)


def alike(table: FormulationTable, scaling: "InputScaling") -> "Iterator[tuple[tuple[str, ...], NDArray[np.int64]]]":
    """Of what is left open together: the names, and in which of `n` formulations."""
    names = always_said(scaling)
    if not names:
        return
    left = np.column_stack([~np.isfinite(_column(table, name)) for name in names])
    for pattern in np.unique(left, axis=0):
        if pattern.any():
            own = tuple(name for name, missing in zip(names, pattern, strict=True) if missing)
            yield own, np.flatnonzero((left == pattern).all(axis=1))


def completions(
    table: FormulationTable, names: Sequence[str], trained: Sequence[Formulation]
) -> Iterator[FormulationTable]:
    """The table with these filled in, once for each of the different combinations that training formulations have.

    Of more than `MOST_VALUES`, values of one name are taken evenly from the least to the greatest. Combinations of
    several are drawn, always the same: an even stride could pass by all values of one of them.
    """
    said = [[getattr(f, name) for name in names] for f in trained]
    seen = sorted({tuple(map(float, values)) for values in said if None not in values})
    if len(seen) > MOST_VALUES and len(names) > 1:
        seen = [seen[place] for place in np.random.default_rng(0).permutation(len(seen))]
        kept = np.arange(MOST_VALUES)
    else:
        kept = np.linspace(0, len(seen) - 1, min(len(seen), MOST_VALUES)).round().astype(int)
    for place in kept.tolist():
        yield _filled(table, dict(zip(names, seen[place], strict=True)))


def mixture(means: Sequence[Floats], variances: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Mean and variance of the even mixture of distributions with these."""
    every = np.array(means)
    return every.mean(axis=0), np.array(variances).mean(axis=0) + every.var(axis=0)


def _filled(table: FormulationTable, values: Mapping[str, float]) -> FormulationTable:
    columns = {name: np.where(np.isfinite(c := _column(table, name)), c, value) for name, value in values.items()}
    ratio = columns.pop(RATIO, table.ratio)
    return replace(table, ratio=ratio, conditions={**table.conditions, **columns})


def _column(table: FormulationTable, name: str) -> Floats:
    if name == RATIO:
        return table.ratio
    found: Floats = np.asarray(table.conditions.get(name, np.full(len(table), np.nan)), dtype=np.float64)
    return found
