"""The default kind: a Gaussian process, and beside many rows networks with it."""

import numpy as np
import pytest
from scipy.stats import norm

from ionlink.known import known_observations
from ionlink.models import Surrogate
from ionlink.models.kinds import DEFAULT_KIND, PROCESS_ALONE
from ionlink.models.pooled import ROWS_FOR_NETWORKS, SHARE_OF_NETWORKS

OUTCOME = "log_k1"


@pytest.fixture(scope="module")
def constants():
    """Training rows, and those of a fifth of the pairs."""
    known = [o for o in known_observations(None, "equilibrium") if o.outcome == OUTCOME]
    pairs = list(dict.fromkeys(o.formulation for o in known))
    held = {pairs[place] for place in np.random.default_rng(0).permutation(len(pairs))[: len(pairs) // 5]}
    return [o for o in known if o.formulation not in held], [o for o in known if o.formulation in held]


@pytest.fixture(scope="module")
def fitted(constants):
    kinds = (DEFAULT_KIND, PROCESS_ALONE, "deep-ensemble")
    return {kind: Surrogate.fit(constants[0], outcomes=[OUTCOME], model=kind) for kind in kinds}


@pytest.fixture(scope="module")
def predicted(constants, fitted):
    asked = [o.formulation for o in constants[1]]
    return {kind: surrogate.predict(asked, noisy=True) for kind, surrogate in fitted.items()}


def test_of_few_rows_the_process_is_alone(observations, formulations):
    known = [o for o in observations if o.outcome == "coulomb_spread"]
    assert len(known) < ROWS_FOR_NETWORKS
    pooled, alone = (Surrogate.fit(known, model=kind).predict(formulations) for kind in (DEFAULT_KIND, PROCESS_ALONE))
    np.testing.assert_array_equal(pooled["mean"], alone["mean"])
    np.testing.assert_array_equal(pooled["standard_deviation"], alone["standard_deviation"])


def test_of_many_rows_means_are_averaged_and_deviations_lie_between(predicted):
    pooled, *parts = predicted.values()
    process, networks = (frame["mean"] for frame in parts)
    np.testing.assert_allclose(pooled["mean"], (1 - SHARE_OF_NETWORKS) * process + SHARE_OF_NETWORKS * networks)
    process, networks = (frame["standard_deviation"] for frame in parts)
    assert (pooled["standard_deviation"] >= 0.999 * (1 - SHARE_OF_NETWORKS) * process).all()
    wider = pooled["standard_deviation"] > process
    assert (wider == (networks > process)).mean() > 0.8  # the process's calibration widens both


def test_both_together_foretell_better_than_either(constants, predicted):
    """On pairs that neither saw."""
    observed = np.array([o.value for o in constants[1]])
    scores = {
        kind: norm.logpdf(observed, frame["mean"], frame["standard_deviation"]).mean()
        for kind, frame in predicted.items()
    }
    assert max(scores, key=scores.get) == DEFAULT_KIND
    inside = [(frame["lower"] < observed) & (observed < frame["upper"]) for frame in predicted.values()]
    assert 0.85 < inside[0].mean() < 0.98


def test_the_joint_posterior_is_what_is_predicted(constants, fitted):
    """Of repeated formulations as well, whose covariance is singular."""
    asked = [o.formulation for o in constants[1][:20]] * 2
    frame, joint = fitted[DEFAULT_KIND].predict(asked), fitted[DEFAULT_KIND].posterior(OUTCOME, asked)
    np.testing.assert_allclose(joint.mean.flatten(), frame["mean"])
    np.testing.assert_allclose(joint.variance.sqrt().flatten(), frame["standard_deviation"])
    drawn = joint.rsample().flatten()
    np.testing.assert_allclose(drawn[:20], drawn[20:], atol=1e-2)


def test_saved_it_predicts_as_before(constants, fitted, tmp_path):
    fitted[DEFAULT_KIND].save(tmp_path / "s")
    read = Surrogate.load(tmp_path / "s")
    asked = [o.formulation for o in constants[1]]
    before, after = (surrogate.predict(asked) for surrogate in (fitted[DEFAULT_KIND], read))
    np.testing.assert_allclose(after["mean"], before["mean"], rtol=1e-9)
    np.testing.assert_allclose(after["standard_deviation"], before["standard_deviation"], rtol=1e-9)
