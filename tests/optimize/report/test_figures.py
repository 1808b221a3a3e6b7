"""Figures draw what they are given."""

import itertools
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.text import Text

from ionlink.optimize.report import figures
from ionlink.optimize.report.labels import label_points

NAN = float("nan")


def quantity(label: str, *values: float, errors: tuple[float, ...] | None = None, window=None) -> figures.Quantity:
    return figures.Quantity(label, np.array(values), np.array(errors or [0.1] * len(values)), window)


def assert_is_self_contained(svg: str) -> None:
    root = ElementTree.fromstring(svg)
    assert root.tag.endswith("svg")
    links = [value for element in root.iter() for name, value in element.attrib.items() if name.endswith("href")]
    assert all(link.startswith("#") for link in links)


@pytest.mark.parametrize("errors", [(0.1, 0.2, 0.3), (NAN, NAN, NAN), (0.1, NAN, 0.3)])
def test_scatter_draws_with_and_without_errors(errors):
    x = quantity("x (Å)", 1, 2, 3, errors=errors, window=(1.5, 2.5))
    y = quantity("y (N)", 3, 2, 1)
    svg = figures.objective_scatter(x, y, ["a", "b", "c"], [True, True, False], [True, False, False])
    assert_is_self_contained(svg)


def extent(path: ElementTree.Element) -> tuple[float, float, float, float]:
    """Left, right, top and bottom of a path of an SVG."""
    numbers = [float(number) for number in re.findall(r"-?[0-9.]+", path.attrib["d"])]
    return min(numbers[::2]), max(numbers[::2]), min(numbers[1::2]), max(numbers[1::2])


def wanted_and_axes(svg: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """What is shaded, and where the axes are."""
    root = ElementTree.fromstring(svg)
    groups = {e.attrib.get("id"): e.find("{*}path") for e in root.iter() if e.tag.endswith("}g")}
    shaded = [e for e in root.iter() if "#009e73" in e.attrib.get("style", "") and "clip-path" in e.attrib]
    return extent(shaded[0]), extent(groups["patch_2"])


@pytest.mark.parametrize(
    ("window", "left", "right"),
    [((None, 2.5), True, False), ((1.5, None), False, True), ((None, 9), True, False), ((1.5, 2.5), False, False)],
)
def test_what_is_wanted_is_shaded_to_the_end_of_the_axis_where_it_is_open(window, left, right):
    x, y = quantity("x (Å)", 1, 2, 3, window=window), quantity("y (N)", 3, 2, 1)
    about = (["a", "b", "c"], [True, True, False], [True, False, False])
    for svg in (figures.objective_scatter(x, y, *about), figures.objective_strip(x, *about)):
        shaded, axes = wanted_and_axes(svg)
        assert shaded[0] >= axes[0]
        assert shaded[1] <= axes[1]
        assert (shaded[0] == pytest.approx(axes[0]), shaded[1] == pytest.approx(axes[1])) == (left, right)
    shaded, axes = wanted_and_axes(figures.objective_scatter(y, x, *about))
    assert (shaded[3] == pytest.approx(axes[3]), shaded[2] == pytest.approx(axes[2])) == (left, right)


def test_the_same_data_give_the_same_bytes():
    def draw() -> str:
        x = quantity("x (Å)", 1, 2)
        return figures.objective_scatter(x, x, ["a", "b"], [True, False], [False, True])

    assert draw() == draw()


def test_strip_prediction_progress_and_rdf_draw():
    x = quantity("x (Å)", 1, 2)
    curve = figures.Curve("Fe3+", np.linspace(0, 8, 50), np.ones(50))
    for svg in (
        figures.objective_strip(x, ["a", "b"], [True, False], [False, True]),
        figures.predicted_against_observed(x, x, ["a", "b"]),
        figures.progress_per_round([0, 1], [0.0, 1.5], "hypervolume"),
        figures.radial_distribution([curve] * 9),
    ):
        assert_is_self_contained(svg)


def test_drawing_leaves_matplotlib_as_it_was():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    figures.progress_per_round([0, 1], [0.0, 1.5], "hypervolume")
    assert dict(mpl.rcParams) == before


def test_labels_of_crowded_points_hide_neither_each_other_nor_the_points():
    generator = np.random.default_rng(4)
    x, y = generator.normal(0, [[1.0], [0.3]], (2, 14))
    figure, axes = figures.new_figure(5.0, 4.0)
    axes.plot(x, y, "o", markersize=5)
    axes.set(xlim=(-8, 8), ylim=(-4, 4))
    names = {place: str(place) for place in range(14)}
    label_points(figure, axes, x, y, (np.full(14, 0.3), np.full(14, np.nan)), names)
    figure.draw_without_rendering()
    boxes = [Text.get_window_extent(text) for text in axes.texts]  # that of an annotation has its line as well
    assert [text.get_text() for text in axes.texts] == list(names.values())
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
    markers = axes.transData.transform(np.column_stack([x, y]))
    assert not any(box.contains(*marker) for box in boxes for marker in markers)
