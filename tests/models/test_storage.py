import hashlib
import json
import pickle

import pandas as pd
import pytest
import torch

from ionlink.data import InputError
from ionlink.models import Surrogate
from ionlink.models.kinds import KINDS, learner
from ionlink.models.storage import FORMAT

PARTS = ("surrogate.json", "state.pt")


@pytest.fixture
def saved(surrogate, tmp_path):
    surrogate.save(tmp_path / "model")
    return tmp_path / "model"


def hash_anew(folder):
    """What someone does who edits a surrogate on purpose."""
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in PARTS]
    (folder / "SHA256SUMS").write_text("".join(lines))


def test_a_round_trip_predicts_exactly_the_same(surrogate, saved, formulations):
    loaded = Surrogate.load(saved)
    pd.testing.assert_frame_equal(loaded.predict(formulations), surrogate.predict(formulations), check_exact=True)
    assert loaded.observations == surrogate.observations
    assert loaded.seed == surrogate.seed


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_comes_back_exactly_as_it_was(observations, formulations, tmp_path, kind):
    fitted = Surrogate.fit(observations, outcomes=["coulomb_spread"], model=kind, seed=3)
    fitted.save(tmp_path)
    loaded = Surrogate.load(tmp_path)
    for noisy in (False, True):
        expected = fitted.predict(formulations, noisy=noisy)
        pd.testing.assert_frame_equal(loaded.predict(formulations, noisy=noisy), expected, check_exact=True)
    assert (loaded.kind, loaded.seed) == (kind, 3)
    kept = torch.load(tmp_path / "state.pt", weights_only=True)["coulomb_spread"]
    assert bool(kept) is not learner(kind).refitted


def test_a_model_that_would_be_another_after_fitting_again_is_refused(observations, tmp_path):
    Surrogate.fit(observations, outcomes=["coulomb_spread"], model="ridge").save(tmp_path)
    file = tmp_path / "surrogate.json"
    content = json.loads(file.read_text())
    content["means"]["coulomb_spread"][0] *= 1.1
    content["scikit_learn"] = "0.1"
    file.write_text(json.dumps(content))
    hash_anew(tmp_path)
    with pytest.raises(InputError, match=r"coulomb_spread: fitted again .* is not what scikit-learn 0\.1 fitted"):
        Surrogate.load(tmp_path)


def test_errors_that_are_partly_known_come_back(observations, formulations, tmp_path):
    rows = [o for o in observations if o.outcome == "coulomb_spread"]
    rows[::2] = [o.model_copy(update={"standard_error": None}) for o in rows[::2]]
    fitted = Surrogate.fit(rows)
    fitted.save(tmp_path)
    loaded = Surrogate.load(tmp_path)
    pd.testing.assert_frame_equal(loaded.predict(formulations), fitted.predict(formulations), check_exact=True)


def test_a_directory_may_be_given_as_text(surrogate, tmp_path):
    surrogate.save(str(tmp_path / "model"))
    assert Surrogate.load(str(tmp_path / "model")).outcomes == surrogate.outcomes


def test_where_a_surrogate_holds_is_stored_in_words(surrogate, saved):
    content = json.loads((saved / "surrogate.json").read_text())
    assert set(content["domains"]["coulomb_spread"]["ligands"]) == {"PAA", "PF-COO", "alginate"}


def test_names_are_stored_in_alphabetical_order_so_that_files_of_one_surrogate_are_equal(saved):
    domain = json.loads((saved / "surrogate.json").read_text())["domains"]["coulomb_spread"]
    named = [domain["cations"], domain["ligands"], *domain["sites"].values()]
    assert named == [sorted(names) for names in named]
    assert list(domain["sites"]) == sorted(domain["sites"])


def test_a_ligand_of_the_training_that_is_not_there_is_named_as_such(saved, tmp_path, monkeypatch):
    monkeypatch.setenv("IONLINK_DATA", str(tmp_path / "own"))
    file = saved / "surrogate.json"
    file.write_text(file.read_text().replace('"PF-COO"', '"MyPoly"'))
    hash_anew(saved)
    with pytest.raises(InputError) as caught:
        Surrogate.load(saved)
    (line,) = caught.value.faults
    assert line.startswith(f"{saved}: was trained with ligand MyPoly, which is neither shipped nor in the data folder")
    assert f"({tmp_path / 'own'})" in line


def test_an_outcome_of_the_training_that_is_not_there_is_named_as_such(saved):
    file = saved / "surrogate.json"
    file.write_text(file.read_text().replace('"coulomb_spread"', '"lap_shear_strength"'))
    hash_anew(saved)
    with pytest.raises(InputError, match="was trained with outcome lap_shear_strength, which is neither shipped nor"):
        Surrogate.load(saved)


def test_nothing_is_pickled_but_tensors(saved):
    assert sorted(p.name for p in saved.iterdir()) == ["SHA256SUMS", "state.pt", "surrogate.json"]
    json.loads((saved / "surrogate.json").read_text())


def test_a_surrogate_is_not_overwritten(surrogate, saved):
    with pytest.raises(InputError, match="already holds"):
        surrogate.save(saved)


def test_a_file_is_no_place_for_a_surrogate(surrogate, tmp_path):
    (tmp_path / "lab.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"lab\.csv is a file; choose another name for the directory"):
        surrogate.save(tmp_path / "lab.csv")
    assert (tmp_path / "lab.csv").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text[:-20], "not JSON"),
        (lambda text: text.replace(f'"format": {FORMAT}', '"format": 99'), "format 99"),
        (lambda text: text.replace('"seed"', '"sead"'), "sead"),
        (lambda text: text.replace('"pooled"', '"oracle"'), "no model 'oracle'.* there are pooled"),
    ],
)
def test_a_damaged_description_is_refused(saved, change, message):
    file = saved / "surrogate.json"
    file.write_text(change(file.read_text()))
    hash_anew(saved)
    with pytest.raises(InputError, match=message):
        Surrogate.load(saved)


def edit_values(folder):
    content = json.loads((folder / "surrogate.json").read_text())
    for rows in content["rows"].values():
        for row in rows:
            row["value"] *= -1
    (folder / "surrogate.json").write_text(json.dumps(content))


def put_not_a_number(folder):
    states = torch.load(folder / "state.pt", weights_only=True)
    torch.save({o: {k: v * float("nan") for k, v in s.items()} for o, s in states.items()}, folder / "state.pt")


@pytest.mark.parametrize(
    ("damage", "changed"),
    [
        (edit_values, "surrogate.json"),
        (put_not_a_number, "state.pt"),
        (lambda folder: (folder / "state.pt").write_bytes(b"junk"), "state.pt"),
        (lambda folder: torch.save({}, folder / "state.pt"), "state.pt"),
        (lambda folder: (folder / "SHA256SUMS").write_text("0" * 64), "surrogate.json and state.pt"),
    ],
)
def test_a_file_that_is_not_as_saved_is_refused_with_one_line(saved, damage, changed):
    damage(saved)
    with pytest.raises(InputError, match=f"{changed} not as saved") as error:
        Surrogate.load(saved)
    assert len(error.value.faults) == 1
    assert "\n" not in error.value.faults[0]


@pytest.mark.parametrize("name", ["state.pt", "SHA256SUMS"])
def test_a_file_that_is_missing_is_named(saved, name):
    (saved / name).unlink()
    with pytest.raises(InputError, match=f"{name} missing; copy the whole folder"):
        Surrogate.load(saved)


def test_a_description_of_something_else_is_refused(saved):
    (saved / "surrogate.json").write_text("[1, 2]")
    with pytest.raises(InputError, match=f"format None, this version reads format {FORMAT}"):
        Surrogate.load(saved)


class Planted:
    """Calls a function when it is unpickled."""

    def __reduce__(self):
        return print, ("planted code was run",)


def test_code_in_place_of_tensors_is_neither_run_nor_recommended(saved, capsys):
    (saved / "state.pt").write_bytes(pickle.dumps(Planted(), protocol=2))
    hash_anew(saved)
    with pytest.raises(InputError, match="holds more than tensors") as error:
        Surrogate.load(saved)
    assert "weights_only" not in str(error.value)
    assert not capsys.readouterr().out


def test_changed_descriptors_are_noticed(saved):
    file = saved / "surrogate.json"
    content = json.loads(file.read_text())
    content["inputs"]["coulomb_spread"][0][0] += 0.01
    file.write_text(json.dumps(content))
    hash_anew(saved)
    with pytest.raises(InputError, match="descriptors of coulomb_spread"):
        Surrogate.load(saved)


def test_an_empty_directory_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no surrogate"):
        Surrogate.load(tmp_path)
