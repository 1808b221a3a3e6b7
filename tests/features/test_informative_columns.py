import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import estimator_checks_generator

from ionlink.features.informative_columns import CORRELATED, InformativeColumns, dropped_columns

NAN = np.nan


def table():
    random = np.random.default_rng(0)
    one, other = random.normal(size=(2, 40))
    frame = pd.DataFrame({"one": one, "other": other})
    return frame.assign(same=3.0, minus=2 - 5 * one, nearly=one + 0.3 * other, never=NAN)


def test_what_is_dropped_is_reported_with_the_reason():
    found = InformativeColumns().fit(table())
    assert found.dropped_ == {
        "same": "constant (3)",
        "minus": "goes with one (|r| = 1.000)",
        "never": "unknown throughout",
    }
    assert found.get_feature_names_out().tolist() == ["one", "other", "nearly"]
    np.testing.assert_array_equal(found.transform(table()), table()[["one", "other", "nearly"]])


def test_the_earlier_of_two_stays():
    turned = table()[["minus", "one"]]
    assert list(InformativeColumns().fit(turned).dropped_) == ["one"]


def test_how_much_is_alike_is_a_choice():
    assert "nearly" in InformativeColumns(correlated=0.9).fit(table()).dropped_
    assert InformativeColumns().correlated == CORRELATED


def test_unknown_values_pass_through():
    frame = table()[["one", "other"]]
    frame.loc[3, "other"] = NAN
    found = InformativeColumns().fit_transform(frame)
    assert np.isnan(found[3, 1])
    assert np.isnan(found).sum() == 1


def test_columns_that_are_unknown_in_other_rows_are_not_the_same():
    """What is missing tells them apart."""
    frame = pd.DataFrame({"a": np.arange(6.0), "b": np.arange(6.0)})
    assert list(dropped_columns(list(frame), frame.to_numpy())) == ["b"]
    frame.loc[2, "b"] = NAN
    assert not dropped_columns(list(frame), frame.to_numpy())
    frame.loc[2, "a"] = NAN
    assert list(dropped_columns(list(frame), frame.to_numpy())) == ["b"]


def test_rounding_is_no_information():
    values = np.array([0.1 + 0.2, 0.3, 0.3, 0.1 + 0.2])
    assert dropped_columns(["x"], values[:, None]) == {"x": "constant (0.3)"}


def test_columns_are_decided_by_the_rows_of_fit():
    frame = table()
    found = InformativeColumns().fit(frame)
    later = frame.assign(same=np.arange(40.0), minus=np.arange(40.0))
    assert found.transform(later).shape[1] == 3


def test_it_is_not_used_before_it_is_fitted():
    with pytest.raises(NotFittedError):
        InformativeColumns().transform(table())


def test_it_stands_in_a_pipeline():
    frame = table()[["one", "other", "same"]]
    pipeline = make_pipeline(InformativeColumns(), Ridge()).fit(frame, frame["one"])
    assert pipeline[-1].coef_.shape == (2,)
    named = InformativeColumns().set_output(transform="pandas").fit_transform(frame)
    assert named.columns.tolist() == ["one", "other"]
    for copy in (clone(InformativeColumns(0.5)), pickle.loads(pickle.dumps(InformativeColumns(0.5)))):
        assert copy.get_params() == {"correlated": 0.5}


@pytest.mark.parametrize(
    ("estimator", "check"),
    [pytest.param(*pair, id=pair[1].func.__name__) for pair in estimator_checks_generator(InformativeColumns())],
)
def test_it_keeps_the_conventions_of_scikit_learn(estimator, check):
    check(estimator)
