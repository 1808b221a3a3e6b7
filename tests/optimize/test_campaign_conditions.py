import numpy as np
import pytest

from ionlink.data import Formulation, InputError, Observation, cations, stability_constants
from ionlink.optimize import (
    Campaign,
    DesignSpace,
    FractionRange,
    Objective,
    PhRange,
    RatioRange,
    SecondCation,
    Store,
)

SPACE = DesignSpace(
    cations=("Mg2+", "Fe3+", "Zn2+"),
    ligands=("PAA", "alginate"),
    ratio=RatioRange(lower=4, upper=100),
    second_cation=SecondCation(cations=("Al3+",), fraction=FractionRange(lower=0.1, upper=0.5)),
    ph=PhRange(lower=2, upper=8),
    constraints=({"kind": "hydrolysis"},),
)
STIFF = Objective(outcome="elastic_modulus", goal="maximise")


def measured(formulation: Formulation) -> Observation:
    charge = sum(share * cations()[name].charge for name, share in formulation.shares.items())
    value = 10 + charge + (0 if formulation.ph is None else -((formulation.ph - 3) ** 2) / 5)
    return Observation(formulation=formulation, outcome="elastic_modulus", value=value, level="lab", source="toy")


@pytest.fixture(scope="module")
def played(tmp_path_factory) -> Campaign:
    campaign = Campaign(SPACE, [STIFF], store=Store(tmp_path_factory.mktemp("store") / "store.sqlite"))
    for _ in range(3):
        campaign.tell([measured(c.formulation) for c in campaign.ask(4)])
    return campaign


def test_mixtures_and_ph_are_proposed_within_the_known_constraints(played):
    asked = [c.formulation for c in played.candidates]
    assert len(asked) == 12
    assert all(SPACE.fault(f) is None for f in asked)
    assert any(f.second_cation for f in asked)
    assert any(f.second_cation is None for f in asked)
    assert all(f.ph is not None for f in asked)
    assert "space filling" not in played.candidates[-1].proposed_by


def test_what_is_told_of_a_mixture_stands_there_as_it_was_asked_for(played):
    campaign = played.fork("turned", store=Store())
    asked = next(c.formulation for c in campaign.ask(12) if c.formulation.second_cation)
    assert campaign.tell([measured(asked.turned)]).done[0].formulation == asked
    assert asked in {o.formulation for o in campaign.observations()}


def test_they_come_back_from_the_store_and_are_ranked_with_their_conditions(played):
    again = Campaign(SPACE, [STIFF], store=Store(played.store.path))
    assert [c.formulation for c in again.candidates] == [c.formulation for c in played.candidates]
    assert again.pending == ()
    frame = again.ranking()
    assert {"second_cation", "second_fraction", "ph"} <= set(frame.columns)
    assert frame["candidate"].notna().all()
    best = max(again.observations(), key=lambda o: o.value).formulation
    assert frame["ph"][0] == best.ph


def test_it_survives_json(played):
    again = Campaign.from_json(played.to_json())
    assert again.space == SPACE
    assert [c.formulation for c in again.candidates] == [c.formulation for c in played.candidates]


def test_a_temperature_in_degrees_celsius_is_not_learned_from():
    cold = Formulation(cation="Fe3+", ligand="PAA", ratio=20, temperature_k=25)
    with pytest.raises(InputError, match=r"elastic_modulus: 25 K is below 180 K.*write 298\.15"):
        Campaign(SPACE, [STIFF]).tell([measured(cold)])
    with pytest.raises(InputError, match=r"pool\[1\], temperature_k: 25 K is below"):
        DesignSpace.of_formulations([cold])


def test_a_pool_of_stability_constants_is_optimised_to_its_end():
    known = {o.formulation: o for o in stability_constants()[:60]}
    pool = list(known)[:16]
    campaign = Campaign(
        DesignSpace.of_formulations(pool), [Objective(outcome="log_k1", goal="maximise")], level="equilibrium"
    )
    while len(campaign.candidates) < len(pool):
        asked = campaign.ask(4)
        assert {c.formulation for c in asked} <= set(pool)
        told = campaign.tell([known[c.formulation] for c in asked])
        assert len(told.done) == 4
    assert {c.formulation for c in campaign.candidates} == set(pool)
    assert campaign.ranking()["log_k1"][0] == max(known[f].value for f in pool)


def test_pairs_found_to_be_impossible_are_not_drawn_any_more():
    campaign = Campaign(SPACE, [STIFF])
    campaign.exclude("Al3+", "PAA", "sinks")
    drawn = campaign.open_space.draw(1000, np.random.default_rng(0))
    assert drawn
    assert not any("Al3+" in c.cations and c.ligand == "PAA" for c in drawn)


def test_a_kind_is_told_as_no_number():
    kind = measured(Formulation(cation="Fe3+", ligand="PAA", ratio=20)).model_copy(
        update={"outcome": "coordination_mode"}
    )
    with pytest.raises(InputError, match="coordination_mode is a kind, not a number"):
        Campaign(SPACE, [STIFF]).tell([kind])
