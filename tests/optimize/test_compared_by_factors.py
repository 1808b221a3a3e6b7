"""Campaigns for what spans decades count by factors."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from ionlink.data import Formulation, InputError, Observation, cations
from ionlink.optimize import Aim, Campaign, DesignSpace, Objective, OutcomeConstraint, RatioRange
from ionlink.optimize.beliefs import Beliefs
from ionlink.optimize.decision import Level
from ionlink.optimize.lookahead import Lookahead, Options
from ionlink.optimize.settled_reference import for_store, settled_reference

UP = Objective(outcome="ionic_conductivity", goal="maximise", reference=1e-9)
DOWN = Objective(outcome="elastic_modulus", goal="minimise")
CATIONS = ("Mg2+", "Ca2+", "Sr2+", "Ba2+", "Zn2+", "Ni2+", "Fe3+", "Al3+", "La3+", "Y3+")


def conductivity(formulation):
    """In S/cm, five decades over the cations; highest at a ratio of 25."""
    potential = cations()[formulation.cation].ionic_potential_e_per_angstrom
    return 10 ** (-3.0 - 0.9 * potential - 2 * (math.log10(formulation.known_ratio) - 1.4) ** 2)


def told(formulations, level="lab"):
    return [
        Observation(
            formulation=f,
            outcome="ionic_conductivity",
            value=conductivity(f),
            standard_error=0.1 * conductivity(f),
            level=level,
            source="cell",
            replicates=3,
        )
        for f in formulations
    ]


POOR = [Formulation(cation=c, ligand="PAA", ratio=r) for c in ("Al3+", "Fe3+", "Zn2+", "Mg2+") for r in (8, 60)]


@pytest.mark.parametrize("at", [1e-8, 1e-5, 1e-2])
def test_a_factor_counts_alike_wherever_it_is(at):
    assert UP.desirability(10 * at) - UP.desirability(at) == pytest.approx(1)
    assert DOWN.desirability(at) - DOWN.desirability(10 * at) == pytest.approx(1)
    least = Objective(outcome="ionic_conductivity", goal="at_least", lower=1.0)
    assert least.desirability(at) == pytest.approx(math.log10(at))
    assert least.desirability(3.0) == 0


def test_a_window_is_as_wide_as_its_factor():
    window = Objective(outcome="elastic_modulus", goal="window", lower=1, upper=100, reference=1000)
    assert window.desirability(10) == window.desirability(1) == window.desirability(100) == 0
    assert window.desirability(1000) == window.desirability(0.1) == pytest.approx(-1)
    assert window.worst_desirability == pytest.approx(-1)
    assert window.values_at(-2) == pytest.approx((0.01, 10_000))
    assert UP.values_at(-6) == pytest.approx((1e-6,))
    assert DOWN.values_at(-2) == pytest.approx((100,))


def test_arrays_and_tensors_agree():
    values = np.array([1e-7, 3e-4, 0.0, np.nan])
    window = Objective(outcome="ionic_conductivity", goal="window", lower=1e-5, upper=1e-3)
    for objective in (UP, window):
        np.testing.assert_allclose(objective.desirability(torch.tensor(values)).numpy(), objective.desirability(values))


def test_what_has_no_logarithm_is_refused():
    for fields in (
        {"goal": "maximise", "reference": 0.0},
        {"goal": "minimise", "best": -1.0},
        {"goal": "at_least", "lower": 0.0},
        {"goal": "window", "lower": -1.0, "upper": 1.0},
    ):
        with pytest.raises((ValidationError, InputError), match="above 0"):
            Objective(outcome="ionic_conductivity", **fields)
    with pytest.raises((ValidationError, InputError), match="above 0"):
        OutcomeConstraint(outcome="elastic_modulus", lower=0.0)


def test_a_constraint_is_broken_by_decades():
    constraint = OutcomeConstraint(outcome="elastic_modulus", upper=10.0)
    assert constraint.violation(1000.0) == pytest.approx(2)
    assert constraint.violation(1.0) == pytest.approx(-1)


def test_references_of_before_are_not_taken_for_decades():
    assert settled_reference([DOWN], [SimpleNamespace(reference={"elastic_modulus": -50.0})]) is None
    kept = for_store({"elastic_modulus": -2.0}, [DOWN])
    assert settled_reference([DOWN], [SimpleNamespace(reference=kept)]) == {"elastic_modulus": -2.0}


def test_beliefs_are_in_units_and_above_zero():
    beliefs = Beliefs.fit(told(POOR), ["ionic_conductivity"], [Level(name="lab")])
    asked = [Formulation(cation=c, ligand="CMC", ratio=25) for c in CATIONS]
    inputs = beliefs.inputs(asked)
    for paths in (beliefs.joint_paths(inputs, 256, 1), beliefs.marginal_paths(inputs, 256, 1)):
        assert bool((paths > 0).all())
        middle = paths[..., 0].log10().mean(dim=0)
        np.testing.assert_allclose(middle, beliefs.means(inputs)[:, 0].log10(), atol=0.3)
    predictions = beliefs.predictions(asked)
    means = [p["ionic_conductivity"].mean for p in predictions]
    np.testing.assert_allclose(means, beliefs.means(inputs)[:, 0])
    assert all(p["ionic_conductivity"].standard_deviation > 0 for p in predictions)


def test_looking_ahead_is_the_same_as_for_the_logarithm():
    """What an observation of a conductivity is worth is what one of its logarithm would be."""
    means, covariance = torch.tensor([[-6.0], [-5.0], [-5.5]]).double(), torch.eye(3).double().unsqueeze(0)
    options = Options(torch.tensor([0, 2]), torch.full((2, 1), 0.1).double(), torch.tensor([0, 2]))
    everywhere = torch.ones(3, dtype=torch.bool)
    known = torch.tensor([True, True, False])
    plain = Objective(outcome="log_k1", goal="maximise")
    for aims in (
        (Aim((UP,)), Aim((plain,))),
        (
            Aim((UP,), (OutcomeConstraint(outcome="ionic_conductivity", upper=1e-4),)),
            Aim((plain,), (OutcomeConstraint(outcome="log_k1", upper=-4.0),)),
        ),
    ):
        found, expected = (
            Lookahead(aim, means, covariance, known, everywhere, None, seed=1).gains(options) for aim in aims
        )
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_campaign_climbs_decades():
    """Told of poor conductors alone, it finds one ten times as good as the best of them within two batches."""
    space = DesignSpace(cations=CATIONS, ligands=("PAA", "CMC"), ratio=RatioRange(lower=8, upper=60))
    campaign = Campaign(space, [UP], seed=0)
    campaign.tell(told(POOR))
    for _ in range(2):
        candidates = campaign.ask(4)
        expected = [c.why["expected"][0] for c in candidates]
        assert all(0 < e["lower"] < e["mean"] < e["upper"] for e in expected)
        campaign.tell(told([c.formulation for c in candidates]))
    best = campaign.ranking()["ionic_conductivity"].max()
    assert best > 10 * max(conductivity(f) for f in POOR)
