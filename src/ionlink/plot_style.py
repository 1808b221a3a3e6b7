"""What all pictures of predictions share: what they are made of, and which tables they take.

Matplotlib's objects are used directly: no pyplot, hence no global figure.
"""

import io
from collections.abc import Callable, Sequence
from functools import wraps
from typing import ParamSpec

import matplotlib.style
import pandas as pd
from matplotlib.figure import Figure

from ionlink.data.errors import InputError
from ionlink.data.palette import STYLE

P = ParamSpec("P")


def styled(draw: "Callable[P, Plot]") -> "Callable[P, Plot]":
    """Draw in the style that all figures share: Matplotlib reads it when axes and legends are made."""

    @wraps(draw)
    def within(*args: P.args, **kwargs: P.kwargs) -> "Plot":
        with matplotlib.style.context(STYLE):
            return draw(*args, **kwargs)

    return within


class Plot(Figure):
    """A figure that a notebook shows, also where pyplot was never imported."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=150)
        return buffer.getvalue()


def sized(width_inch: float, height_inch: float) -> Plot:
    """An empty figure of that size, which lays itself out."""
    return Plot(figsize=(width_inch, height_inch), layout="constrained")


def check_columns(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Raise `InputError` with a line for each of `columns` that is missing, or where there are no rows."""
    absent = [name for name in columns if name not in frame.columns]
    if absent:
        raise InputError(f"table: column {name} is missing; needed are {', '.join(columns)}" for name in absent)
    if frame.empty:
        raise InputError("table: there are no rows")
