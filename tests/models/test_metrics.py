"""Metrics against what they are by definition."""

import math

import numpy as np
import pandas as pd
import pytest
from predictors import held_out

from ionlink.models.metrics import METRIC_COLUMNS, interval_score, metrics


def values(predictions, **options) -> dict[str, float]:
    found = metrics(predictions, resamples=50, **options)
    return dict(zip(found["metric"], found["value"], strict=True))


def test_metrics_of_a_worked_example():
    found = values(held_out([1.0, -2.0, 3.0, 0.0], deviation=2.0))
    assert found["rmse"] == pytest.approx(math.sqrt(14 / 4))
    assert found["mae"] == pytest.approx(1.5)
    assert found["q2"] == pytest.approx(1 - 14 / (0.25 + 6.25 + 6.25 + 0.25))
    expected = -0.5 * (14 / 4) / 4 - math.log(2 * math.sqrt(2 * math.pi))
    assert found["log_score"] == pytest.approx(expected)
    assert found["coverage_50"] == 0.5  # half width 1.349
    assert found["coverage_80"] == 0.75  # 2.563
    assert found["coverage_90"] == 1.0  # 3.290
    assert found["width_90"] == pytest.approx(2 * 2 * 1.644854, rel=1e-6)
    assert math.isnan(found["spearman"])  # the prediction never varies


def test_rank_correlation_sees_order_only():
    table = held_out([1.0, 2.0, 4.0, 8.0]).assign(mean=[0.0, 0.1, 0.2, 0.3])
    assert values(table)["spearman"] == pytest.approx(1.0)


def test_predicting_the_training_mean_has_q2_zero():
    assert values(held_out([1.0, -2.0, 3.0]).assign(mean=0.5))["q2"] == pytest.approx(0.0)


def test_a_well_specified_gaussian_covers_what_it_promises():
    noise = np.random.default_rng(3)
    deviation = noise.uniform(0.2, 3.0, 20000)
    found = values(held_out(noise.normal(scale=deviation), deviation=deviation), seed=1)
    for nominal in (50, 80, 90):
        assert found[f"coverage_{nominal}"] == pytest.approx(nominal / 100, abs=0.012)
    assert found["crps"] == pytest.approx(deviation.mean() / math.sqrt(math.pi), rel=0.02)


def test_confidence_is_lost_where_errors_go_together():
    noise = np.random.default_rng(4)
    shared = np.repeat(noise.normal(size=20), 30)
    single = metrics(held_out(shared), seed=2, resamples=300).set_index("metric").loc["rmse"]
    grouped = metrics(held_out(shared, groups=np.repeat(np.arange(20), 30)), seed=2, resamples=300)
    together = grouped.set_index("metric").loc["rmse"]
    assert together["value"] == pytest.approx(single["value"])
    assert together["lower"] < together["value"] < together["upper"]
    assert together["upper"] - together["lower"] > 3 * (single["upper"] - single["lower"])


def test_a_confidence_interval_holds_the_truth_as_often_as_it_says():
    noise = np.random.default_rng(5)
    hits = 0
    for seed in range(60):
        found = metrics(held_out(noise.normal(size=60)), seed=seed, resamples=200, intervals=()).set_index("metric")
        hits += found.loc["mae", "lower"] <= math.sqrt(2 / math.pi) <= found.loc["mae", "upper"]
    assert 50 <= hits <= 60


def test_few_groups_give_no_confidence_interval_and_none_give_no_rows():
    found = metrics(held_out(np.arange(8.0), groups=np.repeat([0, 1, 2, 3], 2)))
    assert found[["lower", "upper"]].isna().all(axis=None)
    assert (found["groups"] == 4).all()
    empty = metrics(held_out([]))
    assert list(empty.columns) == list(METRIC_COLUMNS)
    assert empty.empty


def test_metrics_know_their_units():
    table = held_out([1.0, 2.0]).assign(outcome="cation_oxygen_distance")
    units = metrics(table).set_index("metric")["unit"]
    assert isinstance(units, pd.Series)
    assert units["rmse"] == units["crps"] == units["width_50"] == "angstrom"
    assert units["coverage_90"] == units["q2"] == units["spearman"] == "1"


def test_the_interval_score_is_width_plus_penalty():
    assert interval_score([5.0, 12.0], [0.0, 0.0], [10.0, 10.0], 0.9) == pytest.approx([10.0, 10.0 + 2 / 0.1 * 2.0])
