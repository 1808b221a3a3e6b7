"""One process over levels: what it learns of their correlation, and what the source is worth to the target."""

import numpy as np
import pytest
import torch
from two_levels import LAB, OUTCOME, SCREEN, TwoLevels, log_score

from ionlink.data import InputError, Ranking
from ionlink.models import FitFailed, Surrogate
from ionlink.models.joint_process import JointProcess
from ionlink.models.task_rows import SOURCE_ROWS, OutcomeAtLevel

TARGET, SOURCE = OutcomeAtLevel(OUTCOME, LAB), OutcomeAtLevel(OUTCOME, SCREEN)
SEEDS = range(6)
RELATED = "cation_oxygen_distance"


def fitted(problem, **changes):
    return JointProcess.fit((OUTCOME, LAB), [*problem.screen_rows, *problem.lab_rows], **changes)


def compared(rho, **changes):
    """Learned correlation, and errors and log scores of the joint process and of the target alone, over seeds."""
    rows = []
    for seed in SEEDS:
        problem = TwoLevels(rho, seed, **changes)
        together, alone = fitted(problem), JointProcess.fit((OUTCOME, LAB), problem.lab_rows)
        row = [together.correlation(SOURCE)]
        for process in (together, alone):
            mean, variance = process.marginals(process.inputs(problem.questions))
            error = float(np.sqrt(((mean.numpy() - problem.answers) ** 2).mean()))
            row += [error, log_score(mean, variance, problem.answers)]
        rows.append(row)
    return np.array(rows).T


@pytest.fixture(scope="module")
def problem():
    return TwoLevels(0.9, 1)


@pytest.fixture(scope="module")
def process(problem):
    return fitted(problem)


def test_alone_the_target_is_what_a_surrogate_learns(observations, formulations):
    own = [o for o in observations if o.outcome == OUTCOME]
    surrogate = Surrogate.fit(own)
    level, protocol = own[0].level, own[0].protocol
    process = JointProcess.fit((OUTCOME, level), own)
    assert process.tasks == (OutcomeAtLevel(OUTCOME, level, protocol),)
    posterior = surrogate.models[OUTCOME].learned.posterior()
    inputs = process.inputs(formulations)
    assert torch.equal(inputs, surrogate.inputs(formulations))
    for one, other in zip(process.marginals(inputs), posterior.marginals(inputs), strict=True):
        assert torch.equal(one, other)
    for one, other in zip(process.joint(inputs), posterior.joint(inputs), strict=True):
        assert torch.equal(one, other)
    assert process.replicate_variance() == posterior.replicate_variance
    assert process.correlation(process.tasks[0]) == 1


def test_levels_that_agree_are_found_to_and_help(problem):
    correlation, error, score, error_alone, score_alone = compared(0.9)
    assert 0.7 < correlation.mean() < 0.97
    assert error.mean() < 0.8 * error_alone.mean()
    assert score.mean() > score_alone.mean() + 0.2


def test_levels_that_contradict_each_other_are_found_to_and_help():
    correlation, error, score, error_alone, score_alone = compared(-0.9, measured=15)
    assert correlation.mean() < -0.6
    assert error.mean() < 0.8 * error_alone.mean()
    assert score.mean() > score_alone.mean() + 0.2


def test_a_level_that_has_nothing_to_do_with_the_target_hurts_little():
    """At most a tenth of the error and 0.15 nats in six draws; in the mean of twelve, 3 % and nothing."""
    correlation, error, score, error_alone, score_alone = compared(0.0, measured=12)
    assert abs(correlation.mean()) < 0.3
    assert error.mean() < 1.1 * error_alone.mean()
    assert score.mean() > score_alone.mean() - 0.15


def test_intervals_nearly_cover_what_they_promise():
    """Of formulations that neither level has seen: most probable hyperparameters are somewhat too sure."""
    inside = []
    for seed in SEEDS:
        problem = TwoLevels(0.7, seed, measured=20)
        process = fitted(problem)
        for task, truth in ((SOURCE, problem.simulated[problem.asked]), (TARGET, problem.answers)):
            mean, variance = process.marginals(process.inputs(problem.questions, task))
            inside.append(np.abs(mean.numpy() - truth) < 1.645 * variance.sqrt().numpy())
    assert 0.77 < np.mean(inside) < 0.98


def test_covariances_are_between_rows_of_any_task(problem, process):
    inputs = torch.cat([process.inputs(problem.questions[:20], SOURCE), process.inputs(problem.questions[:20])])
    mean, covariance = process.joint(inputs)
    deviation = covariance.diagonal().sqrt()
    correlation = covariance / deviation.unsqueeze(-1) / deviation
    assert torch.linalg.eigvalsh(correlation).min() > -1e-9
    assert correlation[:20, 20:].diagonal().mean() > 0.5  # the same formulation, simulated and measured
    for one, other in zip(process.marginals(inputs), (mean, covariance.diagonal()), strict=True):
        assert torch.allclose(one, other, rtol=1e-6)


def test_covariances_say_what_a_simulation_would_teach(problem, process):
    """Conditioning by the joint covariance is conditioning the process: the next screen row moves the laboratory's."""
    rows = problem.screen_rows
    known = JointProcess.fit((OUTCOME, LAB), [*rows[:-1], *problem.lab_rows])
    inputs = torch.cat([known.inputs([rows[-1].formulation], SOURCE), known.inputs(problem.questions)])
    mean, covariance = known.joint(inputs)
    gain = covariance[1:, 0] / (covariance[0, 0] + rows[-1].standard_error ** 2)
    expected = mean[1:] + gain * (rows[-1].value - mean[0])
    gp = known.posterior.gp
    gp.posterior(inputs)  # GPyTorch conditions only what has predicted
    more = gp.condition_on_observations(
        inputs[:1],
        torch.tensor([[(rows[-1].value - float(known.offsets[0])) / float(known.scales[0])]]).double(),
        noise=torch.tensor([[(rows[-1].standard_error / float(known.scales[0])) ** 2]]).double(),
    )
    with torch.no_grad():
        found = more.posterior(inputs[1:]).mean.squeeze(-1) * known.scales[-1] + known.offsets[-1]
    assert torch.allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_units_of_a_task_are_its_own(problem, process):
    """Measured in another unit and from another nought, the laboratory is predicted the same."""
    lab = [
        o.model_copy(update={"value": 1e4 - 300 * o.value, "standard_error": 300 * o.standard_error})
        for o in problem.lab_rows
    ]
    other = JointProcess.fit((OUTCOME, LAB), [*problem.screen_rows, *lab])
    assert other.correlation(SOURCE) == pytest.approx(-process.correlation(SOURCE), abs=0.6)
    assert other.replicate_variance() == pytest.approx(300**2 * process.replicate_variance(), rel=1e-6)
    assert other.replicate_variance(SOURCE) == pytest.approx(process.replicate_variance(SOURCE), rel=1e-6)


def test_noise_that_is_not_stated_is_learned_for_each_task():
    problem = TwoLevels(0.8, 0, screened=30, measured=15, error=1e-3)
    generator = np.random.default_rng(0)
    noise = {SCREEN: 0.3, LAB: 1.0}
    silent = [
        o.model_copy(update={"standard_error": None, "value": o.value + noise[o.level] * generator.standard_normal()})
        for o in (*problem.screen_rows, *problem.lab_rows) * 3
    ]
    process = JointProcess.fit((OUTCOME, LAB), silent)
    for task in (SOURCE, TARGET):
        assert process.replicate_variance(task) ** 0.5 == pytest.approx(noise[task.level], rel=0.3)


def test_one_replicate_is_noisier_than_a_mean(problem):
    three = [o.model_copy(update={"replicates": 3}) for o in problem.screen_rows]
    process = JointProcess.fit((OUTCOME, LAB), [*three, *problem.lab_rows])
    assert process.replicate_variance(SOURCE) == pytest.approx(3 * 0.1**2, rel=1e-3)


def test_a_target_with_few_values_takes_its_scale_from_the_other_level(problem):
    process = JointProcess.fit((OUTCOME, LAB), [*problem.screen_rows, *problem.lab_rows[:2]])
    assert float(process.scales[1]) == float(process.scales[0])
    mean, _ = process.marginals(process.inputs([o.formulation for o in problem.lab_rows[:2]]))
    assert np.abs(mean.numpy() - [o.value for o in problem.lab_rows[:2]]).max() < 1
    nothing = JointProcess.fit((OUTCOME, LAB), problem.screen_rows)
    assert nothing.tasks[-1] == TARGET
    _, unknown = nothing.marginals(nothing.inputs(problem.questions))
    assert (unknown > process.marginals(process.inputs(problem.questions))[1]).float().mean() > 0.9


def test_rankings_move_the_target(problem, process):
    """Of two formulations that the process takes for alike, the one that is said to exceed the other does."""
    mean, _ = process.marginals(process.inputs(problem.questions))
    order = mean.argsort().tolist()
    pairs = list(zip(order[20:32:4], order[22:32:4], strict=True))
    rankings = [
        Ranking(
            outcome=OUTCOME,
            level=LAB,
            source="test",
            higher=problem.questions[low],
            lower=problem.questions[high],
            relation=">",
        )
        for low, high in pairs
    ]
    elsewhere = [r.model_copy(update={"level": SCREEN}) for r in rankings]
    told, untouched = fitted(problem, rankings=rankings), fitted(problem, rankings=elsewhere)
    assert torch.allclose(untouched.marginals(untouched.inputs(problem.questions))[0], mean)
    after, _ = told.marginals(told.inputs(problem.questions))
    moved = [float((after[low] - after[high]) - (mean[low] - mean[high])) for low, high in pairs]
    assert min(moved) > 0
    assert told.correlation(SOURCE) == process.correlation(SOURCE)


def test_bounds_move_the_target(problem, process):
    question = problem.questions[:1]
    mean, variance = (float(part) for part in process.marginals(process.inputs(question)))
    bound = problem.lab_rows[0].model_copy(
        update={"formulation": question[0], "value": mean + 2 * variance**0.5, "bound": ">", "standard_error": 0.2}
    )
    told = JointProcess.fit((OUTCOME, LAB), [*problem.screen_rows, *problem.lab_rows, bound])
    after, spread = (float(part) for part in told.marginals(told.inputs(question)))
    assert after > mean + variance**0.5
    assert spread < variance


def test_a_bound_that_was_certain_before_changes_nothing(problem, process):
    """Values alone are the same by Laplace's approximation, which is exact for them."""
    question = problem.questions[0]
    mean, variance = (float(part) for part in process.marginals(process.inputs([question])))
    far_below = problem.lab_rows[0].model_copy(
        update={"formulation": question, "value": mean - 9 * variance**0.5, "bound": ">"}
    )
    told = JointProcess.fit((OUTCOME, LAB), [*problem.screen_rows, *problem.lab_rows, far_below])
    inputs = process.inputs(problem.questions)
    for one, other in zip(told.joint(inputs), process.joint(inputs), strict=True):
        assert torch.allclose(one, other, rtol=1e-4, atol=1e-4)


def test_related_outcomes_are_sources_where_they_are_asked_for_and_help(problem):
    other = [o.model_copy(update={"outcome": RELATED}) for o in problem.screen_rows]
    rows = [*other, *problem.lab_rows]
    assert len(JointProcess.fit((OUTCOME, LAB), rows).tasks) == 1
    process = JointProcess.fit((OUTCOME, LAB), rows, related=(RELATED,))
    assert process.tasks == (OutcomeAtLevel(RELATED, SCREEN), TARGET)
    assert process.correlation(process.tasks[0]) > 0.5


def test_related_outcomes_that_mislead_are_left_out():
    """Values that jump with each formulation: no kernel for the laboratory's, which are smooth."""
    problem = TwoLevels(0.0, 4, measured=20)
    generator = np.random.default_rng(0)
    wild = [
        o.model_copy(update={"outcome": RELATED, "value": float(generator.standard_cauchy()), "standard_error": 1e-3})
        for o in problem.screen_rows
    ]
    process = JointProcess.fit((OUTCOME, LAB), [*wild, *problem.lab_rows], related=(RELATED,))
    alone = JointProcess.fit((OUTCOME, LAB), problem.lab_rows)
    assert process.tasks == (TARGET,)
    assert "does not help" in process.left_out[OutcomeAtLevel(RELATED, SCREEN)]
    for one, other in zip(*(p.marginals(p.inputs(problem.questions)) for p in (process, alone)), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("said", ["ranking", "bound"])
def test_bounds_and_rankings_move_a_target_that_is_alone(said):
    problem = TwoLevels(0.5, 5, measured=30)
    alone = JointProcess.fit((OUTCOME, LAB), problem.lab_rows)
    mean, variance = alone.marginals(alone.inputs(problem.questions))
    low, high = int(mean.argmin()), int(mean.argmax())
    lowest = problem.questions[low]
    ranking = Ranking(
        outcome=OUTCOME, level=LAB, source="test", higher=lowest, lower=problem.questions[high], relation=">"
    )
    bound = problem.lab_rows[0].model_copy(
        update={"formulation": lowest, "value": float(mean[low] + 2 * variance[low].sqrt()), "bound": ">"}
    )
    told = JointProcess.fit(
        (OUTCOME, LAB),
        [*problem.lab_rows, *([bound] if said == "bound" else [])],
        [ranking] if said == "ranking" else [],
    )
    after, spread = told.marginals(told.inputs(problem.questions))
    assert after[low] > mean[low] + 0.5 * variance[low].sqrt()
    assert spread[low] < variance[low]


def test_three_levels_make_three_tasks(problem):
    explicit = [o.model_copy(update={"level": "explicit"}) for o in problem.screen_rows[:20]]
    process = JointProcess.fit((OUTCOME, LAB), [*explicit, *problem.screen_rows, *problem.lab_rows])
    assert [task.level for task in process.tasks] == [SCREEN, "explicit", LAB]
    assert process.correlation(process.tasks[1]) > 0.5


def test_large_sources_are_thinned_and_keep_what_the_target_shares():
    problem = TwoLevels(0.9, 2, screened=SOURCE_ROWS + 50, measured=20)
    process = fitted(problem)
    inputs = process.posterior.gp.train_inputs[0]
    assert len(inputs) == SOURCE_ROWS + 20
    screened = {tuple(row) for row in inputs[inputs[:, -1] == 0, :-1].tolist()}
    shared = process.inputs([o.formulation for o in problem.lab_rows])[:, :-1].tolist()
    assert all(tuple(row) in screened for row in shared)
    again = fitted(problem)
    assert torch.equal(again.posterior.weights, process.posterior.weights)


def test_what_cannot_be_learned_is_refused_or_named(problem):
    with pytest.raises(FitFailed, match="at least 5"):
        JointProcess.fit((OUTCOME, LAB), problem.lab_rows[:3])
    process = JointProcess.fit((OUTCOME, LAB), [*problem.screen_rows[:3], *problem.lab_rows])
    assert process.tasks == (TARGET,)
    assert "at least 5" in process.left_out[SOURCE]
    with pytest.raises(InputError, match=r"coulomb_spread at level screen was not learned from; there are .* lab"):
        process.inputs(problem.questions, SOURCE)
    strange = [o.model_copy(update={"outcome": "log_k1"}) for o in problem.lab_rows[:2]]
    with pytest.raises(FitFailed, match="log_k1: 2 formulations observed, at least 5"):
        JointProcess.fit(("log_k1", LAB), [*problem.screen_rows, *strange], related=(OUTCOME,))


def test_protocols_are_different_tasks(problem):
    first, second = (
        [o.model_copy(update={"protocol": p}) for o in problem.screen_rows[part]]
        for p, part in (("a", slice(0, 30)), ("b", slice(30, 60)))
    )
    with pytest.raises(InputError, match=r"several protocols \(a, b\)"):
        JointProcess.fit((OUTCOME, SCREEN), [*first, *second])
    process = JointProcess.fit((OUTCOME, SCREEN, "b"), [*first, *second])
    assert process.tasks == (OutcomeAtLevel(OUTCOME, SCREEN, "a"), OutcomeAtLevel(OUTCOME, SCREEN, "b"))
