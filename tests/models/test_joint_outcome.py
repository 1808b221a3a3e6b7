"""A surrogate that learns from everything: other levels, bounds and rankings beside the values of its own level."""

import numpy as np
import pandas as pd
import pytest
from two_levels import LAB, OUTCOME, TwoLevels

from ionlink.data import Formulation, InputError, Observation, Ranking
from ionlink.models import Beside, FitFailed, Surrogate

SEEDS = range(6)


def joint(problem, observations=None, **beside):
    known = Beside(tuple(problem.screen_rows), **beside)
    return Surrogate.fit(observations or problem.lab_rows, model="joint", beside=known)


def bound(formulation, value, sign):
    fields = {"formulation": formulation, "outcome": OUTCOME, "value": value, "standard_error": 0.1}
    return Observation(**fields, bound=sign, level=LAB, source="test")


@pytest.fixture(scope="module")
def problem():
    return TwoLevels(0.9, 1)


@pytest.fixture(scope="module")
def learned(problem):
    return joint(problem)


def test_a_cheaper_level_makes_predictions_better_and_their_intervals_hold():
    errors, inside = [], []
    for seed in SEEDS:
        problem = TwoLevels(0.9, seed)
        for surrogate in (joint(problem), Surrogate.fit(problem.lab_rows)):
            frame = surrogate.predict(problem.questions)
            errors.append(np.sqrt(np.mean((frame["mean"] - problem.answers) ** 2)))
            inside.append(np.mean((frame["lower"] <= problem.answers) & (problem.answers <= frame["upper"])))
    together, alone = np.array(errors).reshape(-1, 2).T
    assert together.mean() < 0.75 * alone.mean()
    assert np.mean(inside[::2]) > 0.8


def test_the_level_and_unit_are_those_of_the_observations(problem, learned):
    frame = learned.predict(problem.questions)
    assert set(frame["level"]) == {LAB}
    assert frame["mean"].mean() == pytest.approx(np.mean(problem.answers), abs=1.0)
    assert not frame.loc[~frame["cation"].isin({o.formulation.cation for o in problem.lab_rows}), "in_domain"].any()


def test_of_one_level_it_is_the_default_model(problem):
    one = Surrogate.fit(problem.lab_rows).predict(problem.questions, noisy=True)
    other = Surrogate.fit(problem.lab_rows, model="joint").predict(problem.questions, noisy=True)
    pd.testing.assert_frame_equal(one, other, rtol=1e-9)


def test_of_many_rows_it_is_calibrated_by_learning_again_without_what_it_is_asked():
    problem = TwoLevels(0.9, 3, screened=150, measured=60, asked=60)
    frame = joint(problem).predict(problem.questions)
    inside = (frame["lower"] <= problem.answers) & (problem.answers <= frame["upper"])
    assert inside.mean() > 0.8


def test_bounds_and_rankings_move_what_is_predicted(problem, learned):
    asked, other = problem.questions[:2]
    before = learned.predict([asked, other])["mean"]
    above = joint(problem, [*problem.lab_rows, bound(asked, before[0] + 3, ">")])
    assert above.predict([asked])["mean"][0] > before[0] + 1
    assert above.bounds_skipped == 0
    higher, lower = (asked, other) if before[0] < before[1] else (other, asked)
    told = Ranking(outcome=OUTCOME, level=LAB, source="test", higher=higher, lower=lower, relation=">")
    after = joint(problem, rankings=(told,)).predict([asked, other])["mean"]
    assert abs(after[0] - after[1]) < abs(before[0] - before[1])


def test_bounds_alone_are_enough_beside_another_level(problem):
    spoken = [
        bound(f, 3.0, ">" if value > 3 else "<") for f, value in zip(problem.questions, problem.answers, strict=True)
    ]
    surrogate = joint(problem, spoken[:30])
    frame = surrogate.predict(problem.questions[30:])
    assert np.corrcoef(frame["mean"], problem.answers[30:])[0, 1] > 0.5
    assert surrogate.models[OUTCOME].rows == ()


@pytest.mark.parametrize("values", [True, False], ids=["values", "bounds-alone"])
def test_a_round_trip_predicts_exactly_the_same(problem, tmp_path, values):
    told = Ranking(
        outcome=OUTCOME, level=LAB, source="test", higher=problem.questions[0], lower=problem.questions[1], relation=">"
    )
    observations = [*(problem.lab_rows if values else ()), bound(problem.questions[2], 4.0, ">")]
    surrogate = joint(problem, observations, rankings=(told,))
    surrogate.save(tmp_path / "model")
    loaded = Surrogate.load(tmp_path / "model")
    assert loaded.beside == surrogate.beside
    for noisy in (True, False):
        one, other = (s.predict(problem.questions, noisy=noisy) for s in (surrogate, loaded))
        pd.testing.assert_frame_equal(one, other, rtol=1e-9)


def test_its_posterior_has_the_deviations_of_its_predictions(learned, problem):
    posterior = learned.posterior(OUTCOME, problem.questions)
    frame = learned.predict(problem.questions)
    assert posterior.mean.squeeze(-1).numpy() == pytest.approx(frame["mean"].to_numpy())
    assert posterior.variance.sqrt().squeeze(-1).numpy() == pytest.approx(
        frame["standard_deviation"].to_numpy(), rel=1e-4
    )


def test_what_cannot_be_learned_is_said(problem):
    with pytest.raises(InputError, match="model: ridge learns from values of one level alone; from more learns joint"):
        Surrogate.fit(problem.lab_rows, model="ridge", beside=Beside(tuple(problem.screen_rows)))
    with pytest.raises(InputError, match=f"beside: {OUTCOME} at level lab is among the observations as well"):
        Surrogate.fit(problem.lab_rows, model="joint", beside=Beside(tuple(problem.lab_rows)))
    with pytest.raises(FitFailed, match="3 formulations observed, at least 5 needed"):
        Surrogate.fit(problem.lab_rows[:3], model="joint")
    with pytest.raises(InputError, match="is no Gaussian process"):
        joint(problem).botorch_model([OUTCOME])
    with pytest.raises(FitFailed, match="density: nothing was observed at level lab"):
        Surrogate.fit(problem.lab_rows, model="joint", outcomes=["density"], beside=Beside(tuple(problem.screen_rows)))


def test_intervals_widen_beyond_what_any_level_knows_and_the_mark_is_of_its_own(problem):
    """A ratio that only the cheaper level knows is out of the domain, and not as if nothing were known there."""
    narrow = [o for o in problem.lab_rows if o.formulation.ratio < 40]
    inside, beyond = (Formulation(cation="Mg2+", ligand="PAA", ratio=r) for r in (20.0, 70.0))
    surrogate = joint(problem, narrow)
    assert max(o.formulation.ratio for o in problem.screen_rows) > 70
    frame = surrogate.predict([inside, beyond])
    assert "ratio outside the trained" in frame["domain_reason"][1]
    assert frame["standard_deviation"][1] < 1.3 * frame["standard_deviation"][0]
