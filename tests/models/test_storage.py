import json

import pandas as pd
import pytest

from ionlink.data import InputError
from ionlink.models import Surrogate


@pytest.fixture
def saved(surrogate, tmp_path):
    surrogate.save(tmp_path / "model")
    return tmp_path / "model"


def test_a_round_trip_predicts_exactly_the_same(surrogate, saved, formulations):
    loaded = Surrogate.load(saved)
    pd.testing.assert_frame_equal(loaded.predict(formulations), surrogate.predict(formulations), check_exact=True)
    assert loaded.observations == surrogate.observations
    assert loaded.seed == surrogate.seed


def test_nothing_is_pickled_but_tensors(saved):
    assert sorted(p.name for p in saved.iterdir()) == ["state.pt", "surrogate.json"]
    json.loads((saved / "surrogate.json").read_text())


def test_a_surrogate_is_not_overwritten(surrogate, saved):
    with pytest.raises(InputError, match="already holds"):
        surrogate.save(saved)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text[:-20], "not JSON"),
        (lambda text: text.replace('"format": 1', '"format": 99'), "format 99"),
        (lambda text: text.replace('"seed"', '"sead"'), "sead"),
    ],
)
def test_a_damaged_description_is_refused(saved, change, message):
    file = saved / "surrogate.json"
    file.write_text(change(file.read_text()))
    with pytest.raises(InputError, match=message):
        Surrogate.load(saved)


def test_changed_descriptors_are_noticed(saved):
    file = saved / "surrogate.json"
    content = json.loads(file.read_text())
    content["inputs"]["coulomb_spread"][0][0] += 0.01
    file.write_text(json.dumps(content))
    with pytest.raises(InputError, match="descriptors of coulomb_spread"):
        Surrogate.load(saved)


def test_an_empty_directory_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no surrogate"):
        Surrogate.load(tmp_path)
