"""Values, bounds and rankings in one posterior, against what can be computed by hand."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ionlink.data import Formulation, InputError, Observation, Ranking
from ionlink.models import FitFailed, Surrogate
from ionlink.models.statements import UNSTATED_ERROR, StatementProcess, Statements

MAGNESIUM, CALCIUM, IRON, INDIUM = (
    Formulation(cation=c, ligand="PF-COO", ratio=60) for c in ("Mg2+", "Ca2+", "Fe3+", "In3+")
)


def said(formulation, value, bound="=", error=0.1, **more):
    return Observation(
        formulation=formulation,
        outcome="peel_force",
        value=value,
        bound=bound,
        standard_error=error,
        level="lab",
        source="test",
        **more,
    )


def ranked(higher, lower, relation=">", **more):
    return Ranking(
        outcome="peel_force", level="lab", source="test", higher=higher, lower=lower, relation=relation, **more
    )


def moments(process):
    with torch.no_grad():
        mean, covariance = process.moments(process.inputs)
    return mean.numpy(), covariance.numpy()


def test_values_alone_give_the_exact_gaussian_posterior():
    process = StatementProcess.learn("peel_force", [said(MAGNESIUM, 1.0), said(IRON, 3.0), said(CALCIUM, 1.4)])
    statements = process.statements
    with torch.no_grad():
        prior = process.kernel(process.inputs).to_dense().numpy()
    noisy = prior + np.diag(statements.error.numpy() ** 2)
    values = statements.threshold.numpy()
    mean, covariance = moments(process)
    exact = prior @ np.linalg.solve(noisy, values)
    assert mean == pytest.approx(statements.centre + statements.scale * exact, abs=1e-6)
    spread = prior - prior @ np.linalg.solve(noisy, prior)
    assert covariance == pytest.approx(statements.scale**2 * spread, abs=1e-6)
    n = len(values)
    density = -0.5 * (values @ np.linalg.solve(noisy, values) + np.linalg.slogdet(noisy)[1] + n * math.log(2 * math.pi))
    assert process.log_evidence == pytest.approx(density + n / 2 * math.log(2 * math.pi), abs=1e-4)


def test_a_bound_moves_the_mean_to_its_side_and_no_further_than_needed():
    values = [said(MAGNESIUM, 1.0), said(IRON, 3.0)]
    free = StatementProcess.learn("peel_force", [*values, said(CALCIUM, 2.0, error=50.0)])
    far, near = (StatementProcess.learn("peel_force", [*values, said(CALCIUM, limit, ">")]) for limit in (5.0, -5.0))
    place = free.statements.formulations.index(CALCIUM)
    at = [moments(process)[0][place] for process in (free, far, near)]
    assert at[1] > 4.5
    assert at[2] == pytest.approx(at[0], abs=0.1)


def test_rankings_order_what_no_value_is_known_of():
    process = StatementProcess.learn(
        "peel_force", rankings=[ranked(IRON, MAGNESIUM), ranked(IRON, CALCIUM), ranked(INDIUM, CALCIUM)]
    )
    by_name = dict(zip(process.statements.formulations, moments(process)[0], strict=True))
    assert by_name[IRON] > max(by_name[MAGNESIUM], by_name[CALCIUM])
    at = {f: process.inputs[j] for j, f in enumerate(process.statements.formulations)}
    with torch.no_grad():
        assert process.probability_higher(at[IRON], at[CALCIUM]) > 0.6
        forth, back = (process.probability_higher(at[a], at[b]) for a, b in ((IRON, INDIUM), (INDIUM, IRON)))
    assert forth + back == pytest.approx(1.0)


def test_a_repeated_ranking_convinces_more_and_a_distrusted_one_less():
    def gap(rankings):
        process = StatementProcess.learn("peel_force", rankings=rankings)
        by_name = dict(zip(process.statements.formulations, moments(process)[0], strict=True))
        return by_name[IRON] - by_name[MAGNESIUM]

    once = gap([ranked(IRON, MAGNESIUM)])
    assert gap([ranked(IRON, MAGNESIUM)] * 4) > once > gap([ranked(IRON, MAGNESIUM, evidence=("provisional",))]) > 0


def test_what_is_alike_comes_closer():
    values = [said(MAGNESIUM, 1.0), said(IRON, 3.0, error=1.0)]
    apart, alike = (
        StatementProcess.learn("peel_force", values, rankings) for rankings in ([], [ranked(IRON, MAGNESIUM, "≈")] * 5)
    )
    assert np.ptp(moments(alike)[0]) < np.ptp(moments(apart)[0])


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.sampled_from([MAGNESIUM, CALCIUM, IRON, INDIUM]), min_size=2, max_size=4, unique=True), st.booleans()
)
def test_derivatives_of_the_likelihood_are_right(order, with_values):
    rankings = [ranked(a, b) for a, b in itertools.pairwise(order)]
    observations = [said(order[0], 1.0), said(order[-1], 2.0, "<")] if with_values else []
    statements = Statements.of("peel_force", observations, rankings)
    latent = torch.linspace(-1, 1, len(statements.formulations), dtype=torch.float64)
    shift = torch.zeros(len(statements.threshold), dtype=torch.float64, requires_grad=True)

    def total(moved):
        margin = (statements.combinations @ latent + moved - statements.threshold) / statements.error
        gaussian = -0.5 * margin.square()
        return torch.where(
            statements.direction == 0, gaussian, torch.special.log_ndtr(statements.direction * margin)
        ).sum()

    (slope,) = torch.autograd.grad(total(shift), shift)
    curvature = -torch.autograd.functional.hessian(total, shift.detach()).diagonal()
    found = statements.slope_and_curvature(latent)
    assert found[0].numpy() == pytest.approx(slope.numpy(), rel=1e-6, abs=1e-9)
    assert found[1].numpy() == pytest.approx(curvature.numpy(), rel=1e-5, abs=1e-7)


def test_bounds_teach_what_a_surrogate_of_values_skips(observations):
    """Half of the values are replaced by true bounds close by: with them, predictions of these rows are nearer."""
    rows = [o for o in observations if o.outcome == "coulomb_spread"]
    values, hidden = rows[::2], rows[1::2]
    bounds = [o.model_copy(update={"bound": ">", "value": o.value - 0.01}) for o in hidden]
    bounds += [o.model_copy(update={"bound": "<", "value": o.value + 0.01}) for o in hidden]
    truth = np.array([o.value for o in hidden])
    plain = Surrogate.fit(values).predict([o.formulation for o in hidden])["mean"].to_numpy()
    process = StatementProcess.learn("coulomb_spread", [*values, *bounds])
    by_name = dict(zip(process.statements.formulations, moments(process)[0], strict=True))
    taught = np.array([by_name[o.formulation] for o in hidden])
    assert np.abs(taught - truth).mean() < np.abs(plain - truth).mean()


def test_it_is_a_model_that_botorch_can_sample():
    process = StatementProcess.learn("peel_force", [said(MAGNESIUM, 1.0), said(IRON, 3.0)], [ranked(INDIUM, IRON)])
    with torch.no_grad():
        posterior = process.posterior(process.inputs.expand(2, *process.inputs.shape))
        assert posterior.mean.shape == (2, 3, 1)
        assert posterior.rsample(torch.Size([4])).shape == (4, 2, 3, 1)


def test_an_error_that_is_not_stated_is_a_share_of_the_spread():
    statements = Statements.of("peel_force", [said(MAGNESIUM, 1.0, error=None), said(IRON, 3.0, error=None)])
    assert statements.error.numpy() == pytest.approx([UNSTATED_ERROR] * 2)


def test_bad_input_is_refused():
    with pytest.raises(FitFailed, match="nothing is said"):
        Statements.of("peel_force")
    with pytest.raises(InputError, match="about peel_force, not about film_roughness_rq"):
        Statements.of("film_roughness_rq", [said(IRON, 1.0)])
