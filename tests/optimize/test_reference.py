"""The hypervolume reference that a campaign infers."""

import pytest
import torch

from ionlink.data import Formulation, Observation
from ionlink.optimize import Campaign, DesignSpace, Objective, OutcomeConstraint
from ionlink.optimize.outlook import reference_words
from ionlink.optimize.reference import inferred_reference
from ionlink.optimize.stopping import Stagnation

STRONG = Objective(outcome="peel_force", goal="maximise")
STIFF = Objective(outcome="tensile_strength", goal="maximise")
THIN = OutcomeConstraint(outcome="solution_viscosity", upper=600.0)
POOL = [
    Formulation(cation=cation, ligand=ligand, ratio=ratio)
    for cation in ("Fe3+", "Al3+", "Ca2+", "Zn2+", "Zr4+") for ligand in ("PAA", "alginate") for ratio in (10.0, 30.0)
]  # fmt: skip


def told(formulation: Formulation, **values: float) -> list[Observation]:
    fields = {"formulation": formulation, "level": "lab", "source": "notebook"}
    return [Observation(outcome=outcome, value=value, **fields) for outcome, value in values.items()]


def campaign_of(viscosity: tuple[float, ...]) -> Campaign:
    """The better in both objectives, the thicker."""
    campaign = Campaign(DesignSpace.of_formulations(POOL), [STRONG, STIFF], seed=0, constraints=[THIN])
    for k, (formulation, thick) in enumerate(zip(POOL, viscosity, strict=False)):
        scale = thick / 300
        campaign.tell(
            told(formulation, peel_force=scale + 0.1 * k, tensile_strength=40 * scale - k, solution_viscosity=thick)
        )
    return campaign


def test_it_is_of_what_holds_the_constraints() -> None:
    campaign = campaign_of((300, 400, 500, 550, 900, 1500, 2000, 2500, 3000, 3500))
    campaign.ask(2)
    reference = campaign.reference()
    assert reference is not None
    assert reference["tensile_strength"] < 60
    assert (campaign.hypervolume() or 0.0) > 0


def test_while_nothing_holds_them_none_is_settled() -> None:
    campaign = campaign_of((900, 1200, 1500, 1800, 2000, 2500, 3000))
    campaign.ask(2)
    assert campaign.reference() is None
    assert campaign.hypervolume() is None
    campaign.tell(told(POOL[-1], peel_force=1.0, tensile_strength=20.0, solution_viscosity=300.0))
    for candidate in campaign.pending:
        campaign.tell(told(candidate.formulation, peel_force=2.0, tensile_strength=25.0, solution_viscosity=500.0))
    campaign.ask(2)
    assert campaign.reference() is not None


def test_stagnation_is_not_of_what_never_began() -> None:
    given = [STRONG.model_copy(update={"reference": 50.0}), STIFF.model_copy(update={"reference": 500.0})]
    campaign = Campaign(DesignSpace.of_formulations(POOL), given, seed=0)
    for _ in range(3):
        (candidate,) = campaign.ask(1)
        campaign.tell(told(candidate.formulation, peel_force=1.0, tensile_strength=20.0))
    verdict = Stagnation(rounds=2).verdict(campaign)
    assert not verdict.stops
    assert verdict.reason == "nothing that was observed is above the hypervolume reference yet"


def test_a_front_of_two_leaves_room_for_trade_offs() -> None:
    """Of nine observed formulations two beat all others: their own range is not that of the trade-off."""
    means = torch.tensor([[10.0, 9.0], [9.0, 10.0], *([float(k), 8.0 - k] for k in range(7))], dtype=torch.float64)
    reference = inferred_reference([STRONG, STIFF], means)
    assert reference == pytest.approx({"peel_force": -1.0, "tensile_strength": 2.0 - 0.8})


def test_stagnation_without_a_reference_says_so() -> None:
    campaign = campaign_of((900, 1200, 1500, 1800, 2000, 2500, 3000))
    for _ in range(2):
        (candidate,) = campaign.ask(1)
        campaign.tell(told(candidate.formulation, peel_force=2.0, tensile_strength=25.0, solution_viscosity=1500.0))
    assert Stagnation(rounds=2).verdict(campaign).reason == "there is no hypervolume reference yet"
    assert "inferred for now" in reference_words(campaign, campaign.remaining_improvement())


def test_an_open_window_is_missed_by_no_more_than_what_was_observed_spreads() -> None:
    """Of a limit of 1.25 g/cm³, of which 1.19 to 1.41 were seen, twice the limit says nothing."""
    light = Objective(outcome="density", goal="at_most", upper=1.25)
    means = torch.tensor([[1.0, 1.19], [1.2, 1.2], [1.4, 1.22], [2.0, 1.41]], dtype=torch.float64)
    reference = inferred_reference([STRONG, light], means)
    (worst,) = light.values_at(reference["density"])
    assert 1.41 < worst < 1.25 + 2 * (1.41 - 1.19)
    within = Objective(outcome="density", goal="window", lower=1.18, upper=1.42)
    assert inferred_reference([STRONG, within], means)["density"] == -1.0
