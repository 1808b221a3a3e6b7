"""Nothing of the test fold reaches the training: these tests must fail when something does."""

from functools import partial

import numpy as np
import pytest
from predictors import CATIONS, Constant, Nearest, mean_fit, observation, points

from ionlink.data import InputError
from ionlink.data.formulation import SAME_RATIO
from ionlink.models import FitFailed, Surrogate
from ionlink.models.cross_validation import HELD_OUT_COLUMNS, SelectedModel, cross_validate, select_model
from ionlink.models.metrics import metrics
from ionlink.models.splits import (
    Split,
    cation_folds,
    formulation_folds,
    leave_one_cation_out,
    leave_one_ligand_out,
)


@pytest.fixture(scope="module")
def repeated():
    """Every formulation three times: twice as it is, once at nearly the same ratio; noise between formulations only."""
    noise = np.random.default_rng(7)
    rows = []
    for point in points():
        value = noise.normal()
        near = point.model_copy(update={"ratio": point.ratio * (1 + 0.9 * SAME_RATIO)})
        rows += [observation(p, value) for p in (point, point, near)]
    return [rows[k] for k in noise.permutation(len(rows))]


def leaky_rows(rows) -> Split:
    """What must not be done: folds of rows, as if repeats were independent."""
    return Split("formulation-folds", tuple(str(k % 5) for k in range(len(rows))), tuple(map(str, range(len(rows)))))


def overlap(trained, tested, what) -> bool:
    """Whether training rows hold a formulation of the test fold, or one nearly equal, or its cation or ligand."""
    if what != "formulation":
        return bool({getattr(o.formulation, what) for o in trained} & {getattr(f, what) for f in tested})
    return any(
        (o.formulation.cation, o.formulation.ligand) == (f.cation, f.ligand)
        and max(o.formulation.ratio, f.ratio) / min(o.formulation.ratio, f.ratio) <= 1 + SAME_RATIO
        for o in trained
        for f in tested
    )


def leaks(rows, split, what) -> int:
    """Folds in which `fit` was given something of what it is asked to predict."""
    found = []

    class Spy(Constant):
        def __init__(self, trained):
            super().__init__(0.0, 1.0)
            self.trained = trained

        def predict(self, formulations, *, interval=0.9, noisy=False):
            found.append(overlap(self.trained, formulations, what))
            return super().predict(formulations)

    cross_validate(rows, Spy, [split])
    assert len(found) == len(split.fold_names)
    return sum(found)


@pytest.mark.parametrize(
    ("make", "what"),
    [(formulation_folds, "formulation"), (leave_one_cation_out, "cation"), (leave_one_ligand_out, "ligand")],
)
def test_no_training_row_is_of_what_is_held_out(repeated, make, what):
    assert leaks(repeated, make(repeated), what) == 0


def test_the_spy_sees_a_leak(repeated):
    assert leaks(repeated, leaky_rows(repeated), "formulation") == 5


@pytest.mark.parametrize("make", [formulation_folds, leave_one_cation_out, leave_one_ligand_out])
@pytest.mark.parametrize("fit", [Nearest, mean_fit])
def test_pure_noise_cannot_be_predicted(repeated, make, fit):
    assert q2(cross_validate(repeated, fit, [make(repeated)])) <= 0


def test_a_split_over_rows_would_have_predicted_noise(repeated):
    assert q2(cross_validate(repeated, Nearest, [leaky_rows(repeated)])) > 0.9


def q2(result) -> float:
    found = metrics(result.predictions, resamples=1)
    return float(found.loc[found["metric"] == "q2", "value"].iloc[0])


def test_the_process_learns_nothing_from_noise(repeated):
    rows = [o for o in repeated if o.formulation.ligand in ("PAA", "PF-COO")]
    assert q2(cross_validate(rows, Surrogate.fit, [cation_folds(rows, folds=3)])) <= 0.05


def changed_by_test_values(rows, fit_of, split) -> bool:
    """Whether predictions of a fold depend on the observed values of that fold."""
    fold = split.fold_names[0]
    held = split.held_out(fold)
    other = [o.model_copy(update={"value": 5 * o.value + 3}) if h else o for o, h in zip(rows, held, strict=True)]
    first, second = (cross_validate(r, fit_of(r), [split], folds=[fold]).predictions for r in (rows, other))
    assert first["observed"].tolist() != second["observed"].tolist()
    return not first[["mean", "standard_deviation"]].equals(second[["mean", "standard_deviation"]])


def test_values_of_the_test_fold_change_none_of_its_predictions(observations):
    for split in (formulation_folds(observations, folds=3), leave_one_cation_out(observations)):
        assert not changed_by_test_values(observations, lambda rows: Surrogate.fit, split)


def test_a_scale_learned_from_all_rows_is_caught(repeated):
    def scaled_by_all(rows):
        return partial(Nearest, scale=float(np.std([o.value for o in rows])))

    assert changed_by_test_values(repeated, scaled_by_all, formulation_folds(repeated))


def test_the_table_is_tidy_and_complete(observations):
    seen = []
    split = leave_one_cation_out(observations)
    result = cross_validate(
        observations, Surrogate.fit, [split], outcomes=["coulomb_spread"], progress=lambda *step: seen.append(step)
    )
    table = result.predictions
    own = [o for o in observations if o.outcome == "coulomb_spread"]
    assert list(table.columns) == list(HELD_OUT_COLUMNS)
    assert result.failures == ()
    assert sorted(table["observed"]) == sorted(o.value for o in own)
    assert (table["fold"] == table["cation"]).all()
    assert not table["in_domain"].any()  # a cation that was left out is outside of the domain
    assert result.chosen.empty
    assert seen[-1] == (6, 6, "coulomb_spread, leave-one-cation-out")
    outside = table.loc[table["cation"] == "Fe3+", "training_mean"].unique()
    assert outside == pytest.approx([np.mean([o.value for o in own if o.formulation.cation != "Fe3+"])])


def test_rows_that_differ_in_their_conditions_alone_can_be_told_apart():
    first, *others = points(CATIONS[:3])
    mixed = first.model_copy(update={"second_cation": "Sc3+", "second_fraction": 0.25, "temperature_k": 310.0})
    rows = [observation(p, k) for k, p in enumerate([first.model_copy(update={"ph": 4.5}), mixed, *others])]
    table = cross_validate(rows, mean_fit, [formulation_folds(rows, folds=2)]).predictions
    told = {
        (point.cation, point.second_cation, point.second_fraction, point.ph, point.temperature_k)
        for point in (o.formulation for o in rows)
    }
    columns = table[["cation", "second_cation", "second_fraction", "ph", "temperature_k"]].astype(object)
    assert set(columns.where(columns.notna(), None).itertuples(index=False, name=None)) == told


def test_a_prediction_of_an_observation_includes_its_noise(observations):
    split = formulation_folds(observations, folds=3)
    (fold, *_) = split.fold_names
    table = cross_validate(observations, Surrogate.fit, [split], outcomes=["coulomb_spread"], folds=[fold]).predictions
    training = [o for o, held in zip(observations, split.held_out(fold), strict=True) if not held]
    surrogate = Surrogate.fit([o for o in training if o.outcome == "coulomb_spread"])
    held = [o.formulation for o, h in zip(observations, split.held_out(fold), strict=True) if h]
    smooth = surrogate.predict(list(dict.fromkeys(held)))
    assert (table["standard_deviation"].to_numpy() > smooth["standard_deviation"].to_numpy()).all()


def test_a_fold_that_fails_keeps_its_reason():
    rows = [observation(p, k) for k, p in enumerate(points(CATIONS[:3]))]

    def fit(training):
        if "Ca2+" not in {o.formulation.cation for o in training}:
            raise FitFailed("chains_per_cation", "calcium is what it rests on")
        return mean_fit(training)

    result = cross_validate(rows, fit, [leave_one_cation_out(rows)])
    (failure,) = result.failures
    assert (failure.fold, failure.held_out) == ("Ca2+", 8)
    assert "calcium" in failure.reason
    assert set(result.predictions["cation"]) == {"Mg2+", "Zn2+"}


def test_what_is_left_without_training_data_fails_and_bounds_are_not_predicted():
    one = [observation(p, k) for k, p in enumerate(points(CATIONS[:1]))]
    bound = [observation(p, 9.0, bound="<") for p in points(CATIONS[1:3])]
    result = cross_validate([*one, *bound], mean_fit, [leave_one_cation_out([*one, *bound])])
    assert [f.fold for f in result.failures] == ["Mg2+"]
    assert "no value is left" in result.failures[0].reason
    assert result.predictions.empty


@pytest.mark.parametrize("deviation", [0.0, float("nan"), float("inf")])
def test_a_prediction_without_an_honest_deviation_is_a_failure(deviation):
    rows = [observation(p, k) for k, p in enumerate(points(CATIONS[:3]))]
    result = cross_validate(rows, lambda _: Constant(1.0, deviation), [leave_one_cation_out(rows)])
    assert len(result.failures) == 3
    assert "standard deviation" in result.failures[0].reason


def test_faults_of_the_call_are_all_named():
    rows = [observation(p, 1.0) for p in points()]
    with pytest.raises(InputError) as caught:
        cross_validate(rows, mean_fit, [leave_one_cation_out(rows[:-1])], outcomes=["peel_force"])
    assert len(caught.value.faults) == 2


def test_the_choice_of_a_model_never_sees_the_outer_fold():
    rows = [observation(p, len(p.cation)) for p in points()]
    outer, seen = leave_one_cation_out(rows), set()

    def watched(training):
        seen.add(frozenset(o.formulation.cation for o in training))
        return mean_fit(training)

    def broken(training):
        raise FitFailed("chains_per_cation", "never fits")

    choose = select_model(
        {"far off": lambda _: Constant(50.0, 1.0), "mean": watched, "broken": broken}, partial(cation_folds, folds=3)
    )
    result = cross_validate(rows, choose, [outer], folds=["Mg2+"])
    assert seen
    assert not any("Mg2+" in cations for cations in seen)
    assert result.chosen.to_dict("records") == [
        {"outcome": "chains_per_cation", "split": "leave-one-cation-out", "fold": "Mg2+", "model": "mean"}
    ]
    selected = choose(rows)
    assert isinstance(selected, SelectedModel)
    assert selected.name == "mean"
    hopeless = select_model({"broken": broken}, partial(cation_folds, folds=3))
    with pytest.raises(FitFailed, match=r"no model could be chosen: broken, fold .*never fits"):
        hopeless(rows)
