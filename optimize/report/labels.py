"""Puts short labels beside the points of a figure, where they hide neither each other nor the points."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Floats = npt.NDArray[np.float64]

FONT_PT = 7
PT_PER_INCH = 72
MARKER_PT = 4.0
"""Half the width of a marker; the largest are little more."""

BAR_PT = 0.8
"""Half the width of an error bar."""

REACHES_PT = (9.0, 13.0, 18.0, 24.0, 31.0)
"""How far from its point a label may stand; from the third on, a line leads to it."""

WAYS = 16
FIRST_WAY = np.pi / 4
"""Up and to the right, where nothing is in the way."""


def label_points(
    figure: Figure, axes: Axes, x: Floats, y: Floats, errors: tuple[Floats, Floats], names: Mapping[int, str]
) -> None:
    """Label some of `n` points, those with a name by their place; to be called when all else is drawn.

    Each label in turn takes the place around its point where it covers least of points, error bars (`errors` of x and
    of y, NaN for none) and earlier labels, of such places the nearest.
    """
    figure.draw_without_rendering()  # the layout decides where points lie
    points = _in_points(figure, axes, x, y)
    taken = _obstacles(figure, axes, x, y, errors)
    inside = np.array(axes.bbox.extents).reshape(2, 2) * PT_PER_INCH / figure.dpi
    offsets = _offsets()
    for place, name in names.items():
        half = np.array([0.33 * len(name), 0.55]) * FONT_PT
        centres = points[place] + offsets
        boxes = np.stack([centres - half, centres + half], axis=1)
        covered = _overlaps(boxes, taken).sum(axis=1)
        outside = (np.maximum(inside[0] - boxes[:, 0], 0) + np.maximum(boxes[:, 1] - inside[1], 0)).sum(axis=1)
        best = int(np.argmin(np.round(covered + 10 * outside, 3)))  # of equal ones the first: the nearest
        taken = np.concatenate([taken, boxes[best : best + 1]])
        far = np.hypot(*offsets[best]) >= REACHES_PT[2]
        axes.annotate(
            name,
            (x[place], y[place]),
            xytext=tuple(offsets[best]),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=FONT_PT,
            arrowprops={"arrowstyle": "-", "linewidth": 0.4, "shrinkA": 0, "shrinkB": 3} if far else None,
        )


def _in_points(figure: Figure, axes: Axes, x: Floats, y: Floats) -> Floats:
    """Data to typographic points from the lower left of the figure, `n x 2`."""
    return np.asarray(axes.transData.transform(np.column_stack([x, y])) * PT_PER_INCH / figure.dpi, dtype=np.float64)


def _obstacles(figure: Figure, axes: Axes, x: Floats, y: Floats, errors: tuple[Floats, Floats]) -> Floats:
    """Boxes of markers and error bars, `k x 2 x 2`: lower left and upper right, in points."""
    x_error, y_error = (np.nan_to_num(error) for error in errors)
    found = []
    for across, up, wide, high in (
        (np.zeros_like(x), np.zeros_like(y), MARKER_PT, MARKER_PT),
        (x_error, np.zeros_like(y), 0.0, BAR_PT),
        (np.zeros_like(x), y_error, BAR_PT, 0.0),
    ):
        margin = np.array([wide, high])
        lower = _in_points(figure, axes, x - across, y - up) - margin
        upper = _in_points(figure, axes, x + across, y + up) + margin
        found.append(np.stack([lower, upper], axis=1))
    return np.concatenate(found)


def _offsets() -> Floats:
    """Where a label may stand, `k x 2` in points from its point, the nearest and the most usual first."""
    turns = np.array([turn * sign for turn in range(WAYS // 2 + 1) for sign in (1, -1)][1:-1])
    angles = FIRST_WAY + turns * 2 * np.pi / WAYS
    around = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return np.concatenate([around * reach for reach in REACHES_PT])


def _overlaps(boxes: Floats, others: Floats) -> Floats:
    """Area that each of `k` boxes has in common with each of `m` others, `k x m`."""
    lower = np.maximum(boxes[:, None, 0], others[None, :, 0])
    upper = np.minimum(boxes[:, None, 1], others[None, :, 1])
    return np.asarray(np.clip(upper - lower, 0, None).prod(axis=-1), dtype=np.float64)
