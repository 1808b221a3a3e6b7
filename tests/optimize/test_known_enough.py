"""Bounds that settle a constraint, and whether there is enough for a model."""

import pytest

from ionlink.data import Formulation, Observation, cations
from ionlink.models import FitFailed
from ionlink.optimize import Aim, Campaign, DesignSpace, Objective, OutcomeConstraint, RatioRange
from ionlink.optimize.standing import standing

PEEL = Objective(outcome="peel_force", goal="maximise")
THIN = OutcomeConstraint(outcome="solution_viscosity", upper=5000.0)
POOL = tuple(
    Formulation(cation=cation, ligand=ligand, ratio=ratio)
    for cation in ("Fe3+", "Al3+", "Ca2+", "Zn2+") for ligand in ("PAA", "alginate") for ratio in (10.0, 30.0)
)  # fmt: skip


def told(outcome: str, formulation: Formulation, value: float, bound: str = "=") -> Observation:
    fields = {"formulation": formulation, "outcome": outcome, "value": value, "bound": bound}
    return Observation(**fields, level="lab", source="notebook")


def campaign_of(*observations: Observation, constraint: OutcomeConstraint = THIN) -> Campaign:
    campaign = Campaign(DesignSpace.of_formulations(POOL), [PEEL], seed=0, constraints=[constraint])
    campaign.tell(observations)
    return campaign


@pytest.mark.parametrize(
    ("value", "bound", "holds"),
    [(900.0, "<", True), (5000.0, "<", True), (7000.0, "<", None), (7000.0, ">", False), (900.0, ">", None)],
)
def test_a_bound_settles_a_constraint_or_leaves_it_open(value: float, bound: str, holds: bool | None) -> None:
    observations = [told("peel_force", POOL[0], 3.0), told("solution_viscosity", POOL[0], value, bound)]
    (row,) = standing(observations, Aim((PEEL,), (THIN,))).to_dict("records")
    assert (row["holds"] if holds is not None else None) == holds
    assert bool(row["complete"]) is (holds is not None)
    assert bool(row["feasible"]) is bool(holds)
    assert bool(row["on_front"]) is bool(holds)
    assert row["solution_viscosity_below" if bound == "<" else "solution_viscosity_above"] == value


def test_several_bounds_count_together_and_a_value_before_them() -> None:
    window = OutcomeConstraint(outcome="solution_viscosity", lower=100.0, upper=5000.0)
    both = [told("solution_viscosity", POOL[0], 200.0, ">"), told("solution_viscosity", POOL[0], 900.0, "<")]
    aim = Aim((PEEL,), (window,))
    peel = told("peel_force", POOL[0], 3.0)
    assert standing([peel, *both], aim)["holds"].tolist() == [True]
    assert standing([peel, both[0]], aim)["holds"].isna().tolist() == [True]
    assert standing([peel, *both, told("solution_viscosity", POOL[0], 20.0)], aim)["holds"].tolist() == [False]


def test_what_is_known_by_bounds_alone_has_its_row() -> None:
    frame = standing([told("peel_force", POOL[0], 0.4, "<")], Aim((PEEL,)))
    assert frame["peel_force_below"].tolist() == [0.4]
    assert frame["complete"].tolist() == [False]
    assert "peel_force_above" not in frame


def test_a_constraint_that_every_bound_proves_needs_no_model() -> None:
    campaign = campaign_of(
        *(told("peel_force", f, 1.0 + k) for k, f in enumerate(POOL[:8])),
        *(told("solution_viscosity", f, 500.0, "<") for f in POOL[:8]),
    )
    (candidate,) = campaign.ask(1)
    assert candidate.proposed_by == "qLogNEI"
    assert set(candidate.predicted) == {"peel_force"}
    assert campaign.remaining_improvement().holding == 1.0


def test_a_constraint_of_which_only_bounds_are_known_is_learned_as_what_holds_and_what_does_not() -> None:
    """Alginate gels, whatever the cation: what is on PAA comes first, and what broke the limit does not count."""
    known = [f for f in POOL if f.cation != "Zn2+"]
    thick = {f: f.ligand == "alginate" for f in known}
    campaign = campaign_of(
        *(told("peel_force", f, 3.0 + 0.1 * (k % 5) + thick[f]) for k, f in enumerate(known)),
        *(told("solution_viscosity", f, *((9000.0, ">") if thick[f] else (500.0, "<"))) for f in known),
    )
    asked = campaign.ask(4)
    assert asked[0].proposed_by == "qLogNEI"
    chances = {c.formulation: campaign.why(c.id).chance_of_constraints or 0.0 for c in asked}
    assert min(p for f, p in chances.items() if f.ligand == "PAA") > 0.5
    assert max(p for f, p in chances.items() if f.ligand == "alginate") < 0.2
    assert campaign.pareto()["ligand"].unique().tolist() == ["PAA"]
    assert campaign.remaining_improvement().expected < 0.5, "what alginate would gain is no gain"


def test_a_neighbour_of_what_broke_a_limit_is_not_proposed() -> None:
    """The strongest of all broke it, alone of eight: nothing much like it comes next."""
    space = DesignSpace(
        cations=("Al3+", "Ca2+", "Zn2+"), ligands=("PAA", "alginate"), ratio=RatioRange(lower=8, upper=100)
    )
    tried = [
        *(("Al3+", "PAA", 11), ("Al3+", "PAA", 60), ("Ca2+", "PAA", 30), ("Ca2+", "alginate", 39)),
        *(("Zn2+", "PAA", 20), ("Zn2+", "alginate", 62), ("Ca2+", "alginate", 12), ("Al3+", "alginate", 47)),
    ]
    points = [Formulation(cation=c, ligand=p, ratio=r) for c, p, r in tried]
    campaign = Campaign(space, [PEEL], seed=0, constraints=[THIN])
    campaign.tell([told("peel_force", f, 2.0 + 0.2 * k) for k, f in enumerate(points)])
    campaign.tell([told("solution_viscosity", f, 500.0, "<") for f in points[:-1]])
    campaign.tell([told("solution_viscosity", points[-1], 7000.0, ">")])
    for candidate in campaign.ask(3):
        formulation = candidate.formulation
        alike = (formulation.cation, formulation.ligand) == ("Al3+", "alginate")
        assert not (alike and 30 < (formulation.ratio or 0) < 70)


@pytest.mark.parametrize("bound", [">", None], ids=["all-break-it", "too-few-settled"])
def test_where_that_cannot_be_told_it_needs_values(bound: str | None) -> None:
    peel = [told("peel_force", f, 1.0 + k) for k, f in enumerate(POOL[:8])]
    settled = POOL[:8] if bound else POOL[:5]
    campaign = campaign_of(
        *peel, *(told("solution_viscosity", f, 9000.0 if bound else 500.0, bound or "<") for f in settled)
    )
    (candidate,) = campaign.ask(1)
    assert candidate.proposed_by.startswith("space filling: observed are solution_viscosity of 0 formulations")


def test_what_is_still_to_gain_is_told_by_the_model_that_would_propose_or_not_at_all() -> None:
    campaign = Campaign(DesignSpace.of_formulations(POOL), [PEEL], seed=0)
    campaign.tell([told("peel_force", f, 1.0 + k) for k, f in enumerate(POOL[:5])])
    with pytest.raises(FitFailed, match="peel_force: 5 formulations observed, at least 6 needed"):
        campaign.remaining_improvement()
    campaign.tell([told("peel_force", POOL[5], 2.5)])
    assert campaign.remaining_improvement().expected >= 0


def test_where_nothing_holds_the_constraints_proposals_come_nearer_and_nothing_says_stop() -> None:
    """All known are too weak for the limit, and stronger ones lie where nothing was tried."""
    from ionlink.optimize.stopping import RemainingImprovement

    def modulus(formulation: Formulation) -> float:
        charge = cations()[formulation.cation].charge
        return 40.0 * charge * 10.0 / formulation.ratio

    space = DesignSpace(
        cations=("Na+", "Ca2+", "Zn2+", "Al3+", "Fe3+", "Zr4+"),
        ligands=("PAA", "alginate"),
        ratio=RatioRange(lower=5, upper=150),
    )
    stiff = OutcomeConstraint(outcome="elastic_modulus", lower=150.0)
    known = [
        Formulation(cation=c, ligand=p, ratio=r)
        for c, p, r in [("Ca2+", "PAA", 60), ("Ca2+", "alginate", 80), ("Zn2+", "PAA", 70), ("Al3+", "PAA", 120),
                        ("Fe3+", "alginate", 100), ("Zr4+", "alginate", 140), ("Zn2+", "alginate", 100)]
    ]  # fmt: skip
    campaign = Campaign(space, [PEEL], seed=0, constraints=[stiff])
    campaign.tell([told("elastic_modulus", f, modulus(f)) for f in known])
    campaign.tell([told("peel_force", f, 2.0 + 0.01 * f.ratio) for f in known])

    remaining = campaign.remaining_improvement()
    assert remaining.holding < 0.5
    assert "nothing is known in all outcomes and believed to hold all constraints" in str(remaining)
    assert not RemainingImprovement(below=0.5).verdict(campaign).stops

    asked = campaign.ask(4)
    assert all("nothing that was observed holds all constraints yet" in campaign.why(c.id).reason for c in asked)
    assert max(modulus(c.formulation) for c in asked) > 2 * max(map(modulus, known))
    assert len({(c.formulation.cation, c.formulation.ligand, round(c.formulation.ratio / 20)) for c in asked}) >= 3


def test_a_level_that_knows_an_outcome_well_stands_in_for_the_campaigns_own() -> None:
    """Nothing was measured yet; papers say that Fe3+ holds best, alginate better than PAA."""
    strength = {"Fe3+": 4.0, "Al3+": 3.0, "Zn2+": 2.0, "Ca2+": 1.0}
    papers = [
        Observation(
            formulation=f,
            outcome="peel_force",
            value=strength[f.cation] + (f.ligand == "alginate"),
            level="literature",
            source="a paper",
        )
        for f in POOL
    ]
    campaign = Campaign(DesignSpace.of_formulations(POOL), [PEEL], seed=0)
    campaign.tell(papers)

    first = campaign.ask(4)

    assert {c.proposed_by for c in first} == {"qLogNEI"}
    assert first[0].formulation.cation == "Fe3+"
    why = campaign.why(first[0].id)
    assert why.reason == ("peel force is known of 0 formulations at level lab: what is expected rests on other levels")
    assert why.expected[0].observed is None
    assert why.neighbours == ()
    assert why.least_sure is None
    assert why.gain is None
    assert why.chance_of_front is None, "there is nothing yet that it could be better than"
    assert len(why.sentences()) == 2
    assert campaign.remaining_improvement().is_settled is False

    # The laboratory knows better: it is the other way round.
    tried = [f for f in POOL if f.cation in ("Fe3+", "Al3+")]
    campaign.tell([told("peel_force", f, 5.0 - strength[f.cation]) for f in tried])
    assert campaign.ask(1)[0].formulation.cation == "Ca2+"


def test_a_hunch_comes_before_what_other_levels_promise() -> None:
    from ionlink.optimize import Start

    papers = [
        Observation(formulation=f, outcome="peel_force", value=float(k), level="literature", source="a paper")
        for k, f in enumerate(POOL)
    ]
    space, start = DesignSpace.of_formulations(POOL), Start(cations=["Zn2+", "Ca2+"])
    campaign = Campaign(space, [PEEL], seed=0, start=start)
    campaign.tell(papers)

    first = campaign.ask(2)

    assert [c.formulation.cation for c in first] == ["Zn2+", "Ca2+"]
    assert first[0].proposed_by == "space filling: what the campaign's start asks for comes first"
    campaign.tell([told("peel_force", c.formulation, 1.0) for c in first])
    assert campaign.ask(1)[0].proposed_by == "qLogNEI"


@pytest.mark.parametrize("objectives", [2, 5])
def test_a_reference_that_rests_on_other_levels_does_not_last(objectives: int) -> None:
    names = ("peel_force", "dmt_modulus_spread", "density", "film_roughness_rq", "solution_viscosity")[:objectives]
    aims = [Objective(outcome=name, goal="minimise") for name in names]
    campaign = Campaign(DesignSpace.of_formulations(POOL), aims, seed=0)
    campaign.tell(
        [
            Observation(formulation=f, outcome=name, value=1.0 + (7 * k + 3 * j) % 11, level="literature", source="x")
            for k, f in enumerate(POOL)
            for j, name in enumerate(names)
        ]
    )
    for _ in range(2):
        asked = campaign.ask(3)
        assert not asked[0].proposed_by.startswith("space filling")
        assert campaign.reference() is None
        campaign.tell([told(name, c.formulation, 1.0 + c.id + j) for c in asked for j, name in enumerate(names)])
    campaign.ask(1)
    assert campaign.reference() is not None


def test_a_hunch_that_was_excluded_since_is_not_proposed_and_holds_nothing_up() -> None:
    from ionlink.optimize import Start

    iron = Formulation(cation="Fe3+", ligand="PAA", ratio=10.0)
    start = Start(formulations=[iron], cations=["Al3+"])
    campaign = Campaign(DesignSpace.of_formulations(POOL), [PEEL], seed=0, start=start)
    for cation, ligand in (("Fe3+", "PAA"), ("Al3+", "PAA"), ("Al3+", "alginate")):
        campaign.exclude(cation, ligand, "it precipitates at once")
    campaign.tell(
        [
            Observation(formulation=f, outcome="peel_force", value=float(k), level="literature", source="a paper")
            for k, f in enumerate(POOL)
        ]
    )
    (candidate,) = campaign.ask(1)
    assert candidate.proposed_by == "qLogNEI"
    assert campaign.open_space.fault(candidate.formulation) is None


def test_where_nothing_was_observed_and_nothing_is_left_what_is_to_gain_is_not_known() -> None:
    from ionlink.optimize import SpaceExhausted
    from ionlink.optimize.stopping import still_to_gain

    campaign = Campaign(DesignSpace.of_formulations(POOL[:2]), [PEEL], seed=0)
    campaign.tell([told("peel_force", f, float(k)).model_copy(update={"level": "x"}) for k, f in enumerate(POOL)])
    campaign.exclude("Fe3+", "PAA", "it precipitates at once")
    with pytest.raises(SpaceExhausted, match="nothing is left that may be proposed"):
        campaign.remaining_improvement()
    assert str(still_to_gain(campaign)).startswith("not known: nothing that counts was observed")


def test_what_holds_the_constraints_by_itself_is_not_said_to_break_them() -> None:
    campaign = Campaign(DesignSpace.of_formulations(POOL), [PEEL], seed=0, constraints=[THIN])
    campaign.tell([told("solution_viscosity", f, 100.0 + k) for k, f in enumerate(POOL[:8])])
    campaign.tell(
        [told("peel_force", f, float(k)).model_copy(update={"level": "literature"}) for k, f in enumerate(POOL)]
    )
    why = campaign.why(campaign.ask(1)[0].id)
    assert "nothing that was observed holds" not in (why.reason or "")
