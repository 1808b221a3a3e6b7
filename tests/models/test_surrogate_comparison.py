"""`benchmarks/surrogates.py`: its data sets, what peers see, its arithmetic on errors known by hand, and going on."""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ionlink.data import Formulation, InputError, Observation
from ionlink.models.splits import formulation_folds, leave_one_cation_out, leave_one_ligand_out

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
NAMES = (
    *("surrogate_data", "surrogate_methods", "surrogate_comparison", "surrogate_report", "surrogate_figure"),
    "surrogates",
)


@pytest.fixture(scope="module")
def scripts():
    sys.path.insert(0, str(BENCHMARKS))
    yield {name: importlib.import_module(name) for name in NAMES}
    sys.path.remove(str(BENCHMARKS))
    for name in NAMES:
        del sys.modules[name]


@pytest.fixture(scope="module")
def data(scripts):
    """Six cations with two acids; log K1 is what the charges say."""
    found = [
        Observation(
            formulation=Formulation(cation=cation, ligand=ligand),
            outcome="log_k1",
            value=charge * strength + 0.01 * number,
            level="equilibrium",
            source="made up",
        )
        for number, (cation, charge) in enumerate(
            [("Na+", 1), ("Mg2+", 2), ("Ca2+", 2), ("Al3+", 3), ("Fe3+", 3), ("Th4+", 4)]
        )
        for ligand, strength in (("CC(=O)O", 0.7), ("O=C(O)CC(=O)O", 1.5))
    ]
    splits = {
        "random": [formulation_folds(found), formulation_folds(found, seed=1)],
        "new cation": [leave_one_cation_out(found)],
        "new ligand": [leave_one_ligand_out(found)],
    }
    return scripts["surrogate_data"].DataSet("log-k-shipped", tuple((o,) for o in found), splits)


@pytest.fixture
def mean_method(scripts):
    """Predicts the training mean, and remembers how often it was asked."""

    class Mean:
        asked = 0

        def __call__(self, fold):
            self.asked += 1
            mean = np.tile(fold.data.observed[fold.training].mean(axis=0), (len(fold.held), 1))
            return scripts["surrogate_methods"].Predicted(mean, np.ones_like(mean), 0.5, 0.1)

    return Mean()


@pytest.mark.parametrize(
    ("smiles", "only_oxygen"),
    [
        ("CC(=O)O", True),
        ("CS(=O)(=O)O", True),
        ("CP(=O)(O)O", True),
        ("OC(=O)CCl", True),
        ("NCC(=O)O", False),
        ("SCC(=O)O", False),
        ("CSCC(=O)O", False),
        ("CS(C)=O", False),
        ("CP(C)C", False),
        ("[SeH]CC(=O)O", False),
    ],
)
def test_which_ligands_bind_through_oxygen_alone(scripts, smiles, only_oxygen):
    assert scripts["surrogate_data"].oxygen_donors_only(smiles) is only_oxygen


def test_columns_that_never_vary_in_training_are_not_shown(scripts, data):
    fold = scripts["surrogate_data"].Fold(data, data.splits["new ligand"][0], "CC(=O)O")
    training, held = fold.informative()
    assert training.shape[1] == held.shape[1] < data.descriptors.shape[1]
    assert all(len(np.unique(column[np.isfinite(column)])) > 1 for column in training.T)
    assert set(fold.training).isdisjoint(fold.held)
    assert {data.formulations[row].ligand for row in fold.held} == {"CC(=O)O"}


@pytest.mark.parametrize(
    "name", ["ridge", "extra trees", "random forest", "histogram boosting", "Gaussian process", "ionlink"]
)
def test_every_method_predicts_what_is_held_out(scripts, data, name):
    fold = scripts["surrogate_data"].Fold(data, data.splits["random"][0], "1 of 5")
    found = scripts["surrogate_methods"].method(name, {})(fold)
    observed = data.observed[fold.held]
    assert found.mean.shape == found.deviation.shape == observed.shape
    assert np.isfinite(found.mean).all()
    assert np.isnan(found.deviation).all() if name == "histogram boosting" else (found.deviation > 0).all()


def test_a_peer_without_its_environment_is_not_there(scripts):
    assert scripts["surrogate_methods"].method("CatBoost", {}) is None


def test_a_peer_that_fails_says_so(scripts, data):
    fold = scripts["surrogate_data"].Fold(data, data.splits["random"][0], "1 of 5")
    learn = scripts["surrogate_methods"].PeerMethod("no-such-method", Path(sys.executable))
    with pytest.raises(RuntimeError, match="no-such-method"):
        learn(fold)


def test_the_ratio_of_errors_is_paired(scripts):
    ratio = scripts["surrogate_comparison"].rmse_ratio
    theirs = np.random.default_rng(0).exponential(size=(40, 2))
    groups = [str(i // 4) for i in range(40)]
    half = ratio(theirs / 4, theirs, groups)
    assert (half.value, half.lower, half.upper) == pytest.approx((0.5, 0.5, 0.5))  # whichever groups are drawn
    assert np.isnan(ratio(theirs[:4], theirs[:4], ["a", "a", "b", "b"]).lower)


def test_the_ratio_over_outcomes_is_a_geometric_mean(scripts):
    errors = np.ones((6, 2))
    found = scripts["surrogate_comparison"].rmse_ratio(errors * [4.0, 1.0], errors, list("abcdef"))
    assert found.value == pytest.approx(2**0.5)


def test_the_group_with_most_of_the_error_is_named(scripts):
    ours, theirs = np.ones((6, 1)), np.full((6, 1), 4.0)
    ours[4:] = 98.0
    found = scripts["surrogate_comparison"].hardest(ours, theirs, ["a", "a", "b", "b", "c", "c"])
    assert (found.group, found.share, found.ratio_without) == ("c", pytest.approx(0.98), pytest.approx(0.5))


def test_the_training_mean_is_known_from_a_peer_alone(scripts):
    rows = pd.DataFrame(
        {
            "method": "ridge",
            "row": [0, 0, 1, 1],
            "outcome": ["a", "b"] * 2,
            "observed": [1.0, 10.0, 3.0, 10.0],
            "mean": [1.0, 10.0, 3.0, 12.0],
            "training_mean": [2.0, 10.0, 2.0, 10.0],
        }
    )
    errors = scripts["surrogate_comparison"].squared_errors
    assert errors(rows, "mean").tolist() == [[1.0, 0.0], [1.0, 0.0]]
    assert errors(rows, "ridge").tolist() == [[0.0, 0.0], [0.0, 4.0]]


def test_what_is_finished_is_not_done_again_and_is_reported(scripts, data, mean_method, tmp_path):
    main = scripts["surrogates"]
    main.check_same_data(data, tmp_path)
    main.run(data, ["new cation"], "ridge", mean_method, tmp_path)
    assert mean_method.asked == 6
    next(tmp_path.rglob("03.csv")).unlink()
    main.run(data, ["new cation"], "ridge", mean_method, tmp_path)
    assert mean_method.asked == 7

    table = scripts["surrogate_report"].report(tmp_path, None)
    predictions = pd.read_csv(tmp_path / "predictions.csv")
    rmse = ((predictions["observed"] - predictions["training_mean"]) ** 2).mean() ** 0.5
    assert f"| ridge | {rmse:.2f} (" in table
    assert json.loads((tmp_path / "results.json").read_text())["cost"][0]["fit_s"] == 0.5


def test_errors_of_several_divisions_are_taken_together(scripts, data, mean_method, tmp_path):
    main = scripts["surrogates"]
    main.check_same_data(data, tmp_path)
    main.run(data, ["random"], "ridge", mean_method, tmp_path)
    assert mean_method.asked == 10
    table = scripts["surrogate_report"].report(tmp_path, None)
    predictions = pd.read_csv(tmp_path / "predictions.csv")
    assert (predictions.groupby("row").size() == 2).all()
    assert len(predictions.drop_duplicates(["row", "training_mean"])) > len(data.rows)  # divided in two ways
    rmse = ((predictions["observed"] - predictions["training_mean"]) ** 2).mean() ** 0.5
    assert f"| ridge | {rmse:.2f} (" in table
    assert "5 folds, 2 divisions, 12 rows" in table


def test_what_is_not_finished_is_not_reported(scripts, data, mean_method, tmp_path):
    main = scripts["surrogates"]
    main.check_same_data(data, tmp_path)
    main.run(data, ["new cation"], "ridge", mean_method, tmp_path)
    next(tmp_path.rglob("03.csv")).unlink()
    assert "nothing is finished" in scripts["surrogate_report"].report(tmp_path, None)


def test_predictions_of_other_data_are_refused(scripts, data, tmp_path):
    other = scripts["surrogate_data"].DataSet(data.name, data.rows[::-1], data.splits)
    scripts["surrogates"].check_same_data(data, tmp_path)
    with pytest.raises(InputError, match="give another --out"):
        scripts["surrogates"].check_same_data(other, tmp_path)


def test_the_figure_shows_every_data_set_and_split(scripts, data, mean_method, tmp_path):
    main, reports = scripts["surrogates"], scripts["surrogate_report"]
    main.check_same_data(data, tmp_path)
    for name in ("ionlink", "ridge"):
        main.run(data, ["random", "new cation"], name, mean_method, tmp_path)
    text = reports.report(tmp_path, tmp_path / "figure.svg")
    assert "1.00 (1.00–1.00)" in text  # the two are the same method
    assert (tmp_path / "figure.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_tables_go_below_their_mark(scripts, tmp_path):
    reports, document = scripts["surrogate_report"], tmp_path / "document.md"
    document.write_text(f"Words.\n{reports.MARK}\nold\n", encoding="utf-8")
    reports.write_into(document, "new")
    assert document.read_text(encoding="utf-8") == f"Words.\n{reports.MARK}\n\nnew\n"
    document.write_text("Words.\n", encoding="utf-8")
    with pytest.raises(InputError, match="has no line"):
        reports.write_into(document, "new")


def test_errors_as_large_as_the_noise_of_what_was_held_out_leave_nothing_to_predict(scripts):
    share = scripts["surrogate_comparison"].noise_share
    rows = pd.DataFrame({"outcome": "density", "observed": [1.0, 2.0], "mean": [1.1, 1.9], "standard_error": 0.1})
    assert share(rows) == pytest.approx(1.0)
    worse = rows.assign(outcome="chains_per_cation", mean=[1.4, 1.6])
    assert share(worse) == pytest.approx(0.25)
    assert share(pd.concat([rows, worse])) == pytest.approx(0.5)
    assert np.isnan(share(rows.assign(standard_error=np.nan)))
