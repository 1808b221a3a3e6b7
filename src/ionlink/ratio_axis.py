"""The axis of pictures over the ratio."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter, ScalarFormatter

MOST_TICKS = 6
_STEPS = ((1, 1.5, 2, 3, 4, 5, 6, 8), (1, 2, 3, 5), (1, 2, 5), (1,))
"""Where a decade has ticks, from many to few."""

_ROUNDING = 1e-6
"""Ratios come back from their logarithms a little off."""


def ratio_axis(axes: Axes, lowest: float, highest: float, only: Sequence[float] = ()) -> None:
    """A horizontal log axis with a few ticks that read as ratios: `only` these, where they are few, or round ones."""
    axes.set_xscale("log")
    axes.set_xticks(list(only) if 0 < len(only) <= MOST_TICKS else ratio_ticks(lowest, highest))
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_tick_params(which="minor", length=0)
    axes.set_xlabel("ratio (donor groups per cation)")


def ratio_ticks(lowest: float, highest: float) -> list[float]:
    """Round ratios, at most `MOST_TICKS`; both ends where there are no two round ones between them.

    >>> ratio_ticks(4, 100), ratio_ticks(61, 68)
    ([5.0, 10.0, 20.0, 30.0, 50.0, 100.0], [61, 68])
    """
    decades = range(math.floor(math.log10(lowest)), math.ceil(math.log10(highest)) + 1)
    ends = lowest * (1 - _ROUNDING), highest * (1 + _ROUNDING)
    for steps in _STEPS:
        every = [step * 10.0**decade for decade in decades for step in steps]
        ticks = [tick for tick in every if ends[0] <= tick <= ends[1]]
        if len(ticks) <= MOST_TICKS:
            break
    return ticks if len(ticks) > 1 else [lowest, highest]
