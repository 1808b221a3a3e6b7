import numpy as np
import pytest
from toy_campaigns import LAB, SPACE, observed

from ionlink.data import Formulation, InputError, Observation, Ranking
from ionlink.models.errors import FitFailed
from ionlink.optimize import Campaign
from ionlink.optimize.beliefs import Beliefs
from ionlink.optimize.closed_form import OBJECTIVES, ClosedFormOracle, outcomes_of
from ionlink.optimize.decision import Level
from ionlink.optimize.space_filling import spread

EXACT = ClosedFormOracle(noise=0.0)
OUTCOME = "chains_per_cation"
PLACES = spread(SPACE, 60, taken=[], seed=3)
UNSEEN = PLACES[30:]
CLOSED_FORM = Level(name="closed-form")


def values(formulations, level="closed-form", shift=0.0):
    """Of one outcome, at any level."""
    found = [o for o in observed(formulations, EXACT) if o.outcome == OUTCOME]
    return [o.model_copy(update={"level": level, "value": o.value + shift, "protocol": None}) for o in found]


def error(beliefs):
    truth = np.array([outcomes_of(f)[OUTCOME] for f in UNSEEN])
    means = beliefs.means(beliefs.inputs(UNSEEN))[:, 0].numpy()
    return float(np.sqrt(np.mean((means - truth) ** 2)))


def test_paths_have_the_moments_of_the_beliefs():
    beliefs = Beliefs.fit(values(PLACES[:10]), [OUTCOME], [CLOSED_FORM])
    inputs = beliefs.inputs(UNSEEN[:6])
    mean, covariance = beliefs.averages[OUTCOME].joint(inputs)
    paths = beliefs.joint_paths(inputs, 3000, seed=1)[:, :, 0]
    deviation = covariance.diagonal().sqrt()
    assert ((paths.mean(dim=0) - mean).abs() < 0.1 * deviation).all()
    assert np.allclose(np.cov(paths.numpy().T), covariance.numpy(), atol=0.15 * float(deviation.max()) ** 2)


def test_another_level_tells_of_what_was_never_observed_at_this_one():
    """Six values, and thirty of the same outcome elsewhere, all too high by as much."""
    alone = Beliefs.fit(values(PLACES[:6], "lab"), [OUTCOME], [LAB])
    elsewhere = values(PLACES[:30], "screen", shift=1.0)
    informed = Beliefs.fit([*values(PLACES[:6], "lab"), *elsewhere], [OUTCOME], [LAB])
    assert error(informed) < 0.8 * error(alone)


def test_rankings_move_what_is_believed():
    """Told that the strongest cation beats the weakest everywhere, the beliefs follow."""
    middle = [f for f in PLACES if f.cation not in ("Zr4+", "Ba2+")][:7]
    higher, lower = (Formulation(cation=c, ligand="PAA", ratio=30.0) for c in ("Zr4+", "Ba2+"))

    def gap(rankings):
        beliefs = Beliefs.fit(values(middle, "lab"), [OUTCOME], [LAB], rankings=rankings)
        one, other = beliefs.means(beliefs.inputs([higher, lower]))[:, 0].tolist()
        return one - other

    said = [
        Ranking(outcome=OUTCOME, level="lab", source="a", higher=up, lower=down, relation=">")
        for up, down in ((higher, lower), (higher.model_copy(update={"ratio": 60.0}), lower))
    ]
    reverse = [r.model_copy(update={"higher": r.lower, "lower": r.higher}) for r in said]
    assert gap(said) > gap(()) > gap(reverse)


def test_rankings_of_another_level_are_refused():
    one, other = PLACES[:2]
    ranking = Ranking(outcome=OUTCOME, level="literature", source="a", higher=one, lower=other, relation=">")
    with pytest.raises(InputError, match="rankings: are of level literature; the campaign learns at level lab"):
        Campaign(SPACE, OBJECTIVES, rankings=[ranking])


def test_too_few_values_are_no_beliefs():
    with pytest.raises(FitFailed, match="at least 5 needed"):
        Beliefs.fit(values(PLACES[:4]), [OUTCOME], [CLOSED_FORM])


def test_bounds_count():
    """An upper bound below what was believed pulls the belief down."""
    known, where = values(PLACES[:8]), UNSEEN[0]
    before = Beliefs.fit(known, [OUTCOME], [CLOSED_FORM])
    expected = float(before.means(before.inputs([where]))[0, 0])
    bound = Observation(
        formulation=where, outcome=OUTCOME, value=expected - 0.5, bound="<", level="closed-form", source="a"
    )
    after = Beliefs.fit([*known, bound], [OUTCOME], [CLOSED_FORM])
    assert float(after.means(after.inputs([where]))[0, 0]) < expected
