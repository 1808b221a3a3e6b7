import numpy as np
import pandas as pd
import pytest

import ionlink
from ionlink.data import InputError, Observation
from ionlink.models.conformal import coverage_band


@pytest.fixture
def predicted() -> pd.DataFrame:
    rows = [
        (c, "PAA", r, o)
        for c in ("Zr4+", "Fe3+", "Mg2+", "Ca2+")
        for r in (8.0, 20.0, 60.0)
        for o in ("density", "peel_force")
    ]
    frame = pd.DataFrame(rows, columns=["cation", "ligand", "ratio", "outcome"])
    mean = np.linspace(1, 2, len(frame))
    units = frame["outcome"].map({"density": "g/cm^3", "peel_force": "N"})
    return frame.assign(
        mean=mean,
        standard_deviation=0.1,
        lower=mean - 0.1644854,
        upper=mean + 0.1644854,
        unit=units,
        in_domain=frame["ratio"] < 60,
    )


@pytest.fixture
def validated() -> pd.DataFrame:
    random = np.random.default_rng(0)
    mean = random.normal(size=400)
    return pd.DataFrame(
        {
            "outcome": "density",
            "observed": mean + random.normal(size=400),
            "mean": mean,
            "standard_deviation": 1.0,
            "unit": "g/cm^3",
        }
    )


def test_effect_has_a_line_per_cation_and_units(predicted):
    fe = ionlink.Formulation(cation="Fe3+", ligand="PAA", ratio=20)
    seen = Observation(formulation=fe, outcome="density", value=1.4, standard_error=0.1, level="lab", source="test")
    figure = ionlink.plot.effect(predicted, outcome="density", observations=[seen])
    (axes,) = figure.axes
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names[:4] == ["Mg$^{2+}$", "Ca$^{2+}$", "Fe$^{3+}$", "Zr$^{4+}$"]
    assert axes.get_ylabel() == "density (g cm⁻³)"
    assert axes.get_xscale() == "log"
    assert "90 % intervals" in axes.get_title(loc="left")
    assert len(axes.containers) == 1


def test_units_on_axes_are_written_as_in_reports(predicted):
    frame = predicted.assign(outcome="cation_oxygen_distance", unit="angstrom").drop_duplicates(["cation", "ratio"])
    label = "cation oxygen distance (Å)"
    assert ionlink.plot.effect(frame).axes[0].get_ylabel() == label
    assert ionlink.plot.heat_map(frame).axes[1].get_ylabel() == label.replace(" (", "\n(")
    assert ionlink.plot.parity(frame.assign(observed=frame["mean"])).axes[0].get_title() == label


def test_heat_map_sorts_cations_and_marks_what_is_outside(predicted):
    figure = ionlink.plot.heat_map(predicted, outcome="peel_force", ligand="PAA")
    axes, bar = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "Mg$^{2+}$",
        "Ca$^{2+}$",
        "Fe$^{3+}$",
        "Zr$^{4+}$",
    ]
    assert bar.get_ylabel() == "peel force\n(N)"
    assert len(axes.patches) == 4
    mesh = axes.collections[0].get_array()
    last = predicted[(predicted["outcome"] == "peel_force") & (predicted["cation"] == "Mg2+")]
    assert np.asarray(mesh)[0].tolist() == last["mean"].tolist()


def test_calibration_of_a_calibrated_model_stays_in_the_band(validated):
    (axes,) = ionlink.plot.calibration(validated).axes
    curve = max(axes.get_lines(), key=lambda line: line.get_linewidth())
    assert np.abs(curve.get_ydata() - curve.get_xdata()).max() < 0.07
    too_sure = ionlink.plot.calibration(validated.assign(standard_deviation=0.5)).axes[0].get_lines()[-1]
    assert (too_sure.get_ydata() <= too_sure.get_xdata()).all()


def test_parity_has_a_panel_per_outcome(validated):
    both = pd.concat([validated, validated.assign(outcome="peel_force", unit="N")])
    figure = ionlink.plot.parity(both)
    assert [axes.get_title() for axes in figure.axes] == ["density (g cm⁻³)", "peel force (N)"]
    assert "n = 400" in figure.axes[0].texts[0].get_text()
    assert ionlink.plot.parity(validated.drop(columns="unit")).axes[0].get_title() == "density (g cm⁻³)"


def test_what_is_predicted_is_the_horizontal_place_and_hollow_outside_of_what_was_learned_from(validated):
    (axes,) = ionlink.plot.parity(validated.head(2).assign(in_domain=[True, False])).axes
    points = [line for line in axes.get_lines() if line.get_marker() == "o"]
    assert [line.get_xdata().tolist() for line in points] == [[mean] for mean in validated["mean"].head(2)]
    assert [line.get_markerfacecolor() == "white" for line in points] == [False, True]


def test_rows_of_one_group_count_once_in_the_band(validated):
    def band_at_half(frame):
        (axes,) = ionlink.plot.calibration(frame).axes
        corners = axes.collections[0].get_paths()[0].vertices
        return np.ptp(corners[np.isclose(corners[:, 0], 0.5), 1])

    four = validated.assign(group=[f"cation {row % 4}" for row in validated.index])
    low, high = coverage_band(0.5, 4)
    assert band_at_half(four) == pytest.approx(high - low)
    assert band_at_half(validated) < 0.2 * band_at_half(four)


@pytest.fixture
def in_splits(validated) -> pd.DataFrame:
    return pd.concat([validated.assign(split="formulation-folds"), validated.assign(split="leave-one-cation-out")])


def test_the_same_observations_in_two_splits_are_not_pooled(in_splits, validated):
    panels = ionlink.plot.parity(in_splits).axes
    names = ["formulation-folds", "leave-one-cation-out"]
    assert [axes.get_title() for axes in panels] == [f"density (g cm⁻³)\n{name}" for name in names]
    assert all("n = 400" in axes.texts[0].get_text() for axes in panels)
    curves = ionlink.plot.calibration(in_splits).axes
    assert [axes.get_title() for axes in curves] == names
    alone = ionlink.plot.calibration(validated.assign(split="formulation-folds")).axes
    assert [axes.get_title() for axes in alone] == [""]
    for axes in curves:
        assert axes.get_lines()[-1].get_ydata().tolist() == alone[0].get_lines()[-1].get_ydata().tolist()


def test_only_what_was_observed_at_the_conditions_that_are_drawn_is_drawn(predicted):
    at_6 = ionlink.Formulation(cation="Fe3+", ligand="PAA", ratio=20, ph=6)
    seen = Observation(formulation=at_6, outcome="density", value=1.4, standard_error=0.1, level="lab", source="test")
    for ph, shown in ((6.0, 1), (4.0, 0), (np.nan, 0)):
        figure = ionlink.plot.effect(predicted.assign(ph=ph), outcome="density", observations=[seen])
        assert len(figure.axes[0].containers) == shown


@pytest.mark.parametrize(
    "conditions", [{"ph": 6}, {"temperature_k": 310}, {"second_cation": "Al3+", "second_fraction": 0.3}]
)
def test_what_was_observed_at_a_condition_is_no_point_of_a_table_without_it(predicted, conditions):
    made = ionlink.Formulation(cation="Fe3+", ligand="PAA", ratio=20, **conditions)
    seen = Observation(formulation=made, outcome="density", value=1.4, level="lab", source="test")
    assert not ionlink.plot.effect(predicted, outcome="density", observations=[seen]).axes[0].containers


def test_a_mixture_is_drawn_whichever_cation_is_named_first(predicted):
    made = ionlink.Formulation(cation="Al3+", ligand="PAA", ratio=20, second_cation="Fe3+", second_fraction=0.7)
    rows = predicted.assign(second_cation="Al3+", second_fraction=0.3)
    for formulation in (made, made.turned):
        seen = Observation(formulation=formulation, outcome="density", value=1.4, level="lab", source="test")
        (axes,) = ionlink.plot.effect(rows, outcome="density", observations=[seen]).axes
        assert len(axes.containers) == 1


def test_bounds_are_drawn_as_triangles_that_point_to_where_the_outcome_lies(predicted):
    made = ionlink.Formulation(cation="Fe3+", ligand="PAA", ratio=20)
    given = {"formulation": made, "outcome": "density", "level": "lab", "source": "test"}
    seen = [Observation(value=value, bound=bound, **given) for value, bound in ((1.2, ">"), (1.4, "="), (1.6, "<"))]
    (axes,) = ionlink.plot.effect(predicted, outcome="density", observations=seen).axes
    drawn = {points.get_marker(): points.get_ydata().tolist() for points, *_ in axes.containers}
    assert drawn == {"^": [1.2], "o": [1.4], "v": [1.6]}


@pytest.mark.parametrize("draw", [ionlink.plot.parity, ionlink.plot.calibration])
def test_rows_without_a_number_are_refused(validated, draw):
    frame = validated.assign(observed=validated["observed"].where(validated.index > 1))
    with pytest.raises(InputError, match=r"^table: 2 rows have no finite number in observed; leave them out$"):
        draw(frame)


def test_figures_show_in_notebooks_and_are_saved(predicted, tmp_path):
    figure = ionlink.plot.effect(predicted, outcome="density")
    assert figure._repr_png_().startswith(b"\x89PNG")
    figure.savefig(tmp_path / "effect.svg")
    assert (tmp_path / "effect.svg").stat().st_size > 1000


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (ionlink.plot.effect, "outcome: the table has 2; choose one of density, peel_force"),
        (lambda frame: ionlink.plot.effect(frame, outcome="colour"), "'colour' is not in the table"),
        (lambda frame: ionlink.plot.effect(frame.drop(columns="unit")), "column unit is missing"),
        (lambda frame: ionlink.plot.heat_map(frame.iloc[1:], outcome="density"), "the table is no grid"),
        (lambda frame: ionlink.plot.heat_map(frame[frame["ratio"] == 8], outcome="density"), "there is one ratio"),
        (
            lambda frame: ionlink.plot.effect(frame[frame["ratio"] == 8], outcome="density"),
            r"effect: there is one ratio of Zr4\+, Fe3\+, Mg2\+, Ca2\+; give two or more",
        ),
        (
            lambda frame: ionlink.plot.effect(
                pd.concat([frame.assign(ph=4.0), frame.assign(ph=np.nan)]), outcome="density"
            ),
            r"ph: the table has 2 \(4\.0, open\); give the rows of one of them",
        ),
        (
            lambda frame: ionlink.plot.heat_map(pd.concat([frame.assign(ph=4), frame.assign(ph=6)]), outcome="density"),
            r"ph: the table has 2 \(4, 6\)",
        ),
        (
            lambda frame: ionlink.plot.effect(pd.concat([frame, frame]), outcome="density"),
            r"effect: Zr4\+ stands at ratio 8 more than once",
        ),
        (ionlink.plot.parity, "column observed is missing"),
        (ionlink.plot.calibration, "column observed is missing"),
    ],
)
def test_a_table_that_cannot_be_drawn_is_refused(predicted, draw, message):
    with pytest.raises(InputError, match=message):
        draw(predicted.iloc[1:] if "grid" in message else predicted)
