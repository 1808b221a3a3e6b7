import time
from collections import Counter

import numpy as np
import pytest
from toy_campaigns import SPACE

from ionlink.data import Formulation, InputError, cations
from ionlink.models.inputs import CATION_COLUMNS, InputScaling
from ionlink.optimize import (
    Campaign,
    DesignSpace,
    Exclusion,
    FractionRange,
    Objective,
    PhRange,
    RatioRange,
    SecondCation,
    SpaceExhausted,
    Start,
)
from ionlink.optimize.sameness import same_formulation
from ionlink.optimize.space_filling import spread

MANY = DesignSpace(
    cations=tuple(c.name for c in cations().values() if not c.radioactive),
    ligands=("PAA", "alginate", "PVPA", "PEI", "SPEEK", "heparin"),
    ratio=RatioRange(lower=4, upper=100),
)


def by_chance(space: DesignSpace, n: int, seed: int) -> list[Formulation]:
    generator = np.random.default_rng(seed)
    combinations = space.combinations
    return [
        space.formulation(combinations[int(generator.integers(len(combinations)))], generator.random(1).tolist())
        for _ in range(n)
    ]


def cation_coverage(space: DesignSpace, chosen: list[Formulation]) -> float:
    """Mean distance of every cation of the space to the nearest chosen one, in scaled descriptors."""
    every = [Formulation(cation=c, ligand="PAA", ratio=20) for c in space.cations]
    scaling = InputScaling.of(every)
    rows, columns = scaling.transform(every), scaling.block(CATION_COLUMNS)
    places = [space.cations.index(f.cation) for f in chosen]
    distances = np.linalg.norm(rows[:, None, columns] - rows[places][None, :, columns], axis=2)
    return float(distances.min(axis=1).mean())


def test_they_are_new_and_in_the_space():
    chosen = spread(SPACE, 18, taken=[], seed=4)
    assert len(chosen) == 18
    assert all(SPACE.fault(f) is None for f in chosen)
    assert not any(same_formulation(a, b) for i, a in enumerate(chosen) for b in chosen[:i])


def test_cations_are_covered_by_what_they_are_like_better_than_by_chance():
    random = [cation_coverage(MANY, by_chance(MANY, 8, seed)) for seed in range(20)]
    spread_out = [cation_coverage(MANY, spread(MANY, 8, taken=[], seed=seed)) for seed in range(3)]
    assert max(spread_out) < np.mean(random)


def test_few_members_are_all_met_early():
    chosen = spread(SPACE, 9, taken=[], seed=4)
    assert set(Counter(f.ligand for f in chosen)) == set(SPACE.ligands)
    assert len({f.cation for f in chosen}) >= 5


def test_log_ratios_are_spread():
    chosen = spread(SPACE, 32, taken=[], seed=4)
    counts, _ = np.histogram([SPACE.unit_of(f)[0] for f in chosen], bins=4, range=(0, 1))
    assert counts.min() >= 4


def test_it_goes_on_where_earlier_rounds_ended():
    first = spread(SPACE, 4, taken=[], seed=4)
    second = spread(SPACE, 4, taken=first, seed=4)
    assert [*first, *second] == spread(SPACE, 8, taken=[], seed=4)


def test_the_seed_decides():
    assert spread(SPACE, 5, taken=[], seed=4) == spread(SPACE, 5, taken=[], seed=4)
    assert spread(SPACE, 5, taken=[], seed=4) != spread(SPACE, 5, taken=[], seed=5)


def test_what_was_tried_elsewhere_is_kept_away_from():
    first = spread(MANY, 1, taken=[], seed=0)[0]
    taken = [first.model_copy(update={"ratio": r}) for r in (4.0, 10.0, 25.0, 60.0, 100.0)]
    assert first.cation not in {f.cation for f in spread(MANY, 3, taken=taken, seed=0)}


def test_a_space_can_be_exhausted():
    narrow = DesignSpace(cations=("Fe3+",), ligands=("PAA",), ratio=RatioRange(lower=10, upper=10.1))
    taken = [Formulation(cation="Fe3+", ligand="PAA", ratio=10.05)]
    with pytest.raises(
        SpaceExhausted, match=r"1 formulations were asked for; 0 were found .*; a wider space may have more$"
    ):
        spread(narrow, 1, taken=taken, seed=0)
    with pytest.raises(
        SpaceExhausted, match=r"2 formulations were asked for; 1 were found .* each other.*; ask for 1 \(-n 1\)$"
    ):
        spread(narrow, 2, taken=[], seed=0)
    with pytest.raises(SpaceExhausted, match="excluded"):
        spread(narrow.without([Exclusion(cation="Fe3+", ligand="PAA", reason="gels")]), 1, taken=[], seed=0)


def test_a_pool_is_met_to_its_last_formulation():
    pool = [Formulation(cation=c, ligand=p) for c in SPACE.cations for p in SPACE.ligands]
    space = DesignSpace.of_formulations(pool)
    assert set(spread(space, len(pool), taken=[], seed=1)) == set(pool)
    with pytest.raises(SpaceExhausted):
        spread(space, 1, taken=pool, seed=1)


def test_constraints_and_every_variable_are_respected():
    space = SPACE.model_copy(
        update={"ph": PhRange(lower=1, upper=9), "constraints": ({"kind": "hydrolysis", "unknown": "allow"},)}
    )
    chosen = spread(space, 24, taken=[], seed=0)
    assert all(space.fault(f) is None for f in chosen)
    assert max(f.ph for f in chosen if f.cation == "Fe3+") <= 2.2
    assert max(f.ph for f in chosen) > 7


def test_a_hunch_comes_first_and_the_space_after_it():
    hunch = Start(
        formulations=(Formulation(cation="Zr4+", ligand="PAA", ratio=60),), cations=("Fe(III)", "Al3+", "Fe3+")
    )
    chosen = spread(SPACE, 8, taken=[], seed=0, start=hunch)
    assert chosen[0] == hunch.formulations[0]
    assert [f.cation for f in chosen[1:3]] == ["Fe3+", "Al3+"]
    assert len({f.cation for f in chosen[3:]}) >= 3
    again = spread(SPACE, 2, taken=chosen[:1], seed=0, start=hunch)
    assert again == chosen[1:3]


def mixtures(cations, ligands=("PAA",), **fields):
    second = SecondCation(cations=("Ca2+", "Al3+"), fraction=FractionRange(lower=0.1, upper=0.5), **fields)
    return DesignSpace(cations=cations, ligands=ligands, ratio=RatioRange(lower=4, upper=100), second_cation=second)


@pytest.mark.parametrize("seed", range(4))
def test_a_hunch_is_tried_as_prominently_as_the_space_allows(seed):
    four = ("Fe3+", "Al3+", "Mg2+", "Zn2+")
    hunch = Start(cations=("Fe3+", "Al3+", "Ca2+"))
    alone = spread(mixtures(four), 3, taken=[], seed=seed, start=hunch)
    assert [(f.cation, f.second_cation) for f in alone[:2]] == [("Fe3+", None), ("Al3+", None)]
    assert alone[2].second_cation == "Ca2+"
    mixed = spread(mixtures(four, alone=False), 3, taken=[], seed=seed, start=hunch)
    assert [f.cation for f in mixed[:2]] == ["Fe3+", "Al3+"]
    minority = [Formulation(cation="Mg2+", ligand="PAA", ratio=20, second_cation="Al3+", second_fraction=0.2)]
    assert spread(mixtures(four), 1, taken=minority, seed=seed, start=Start(cations=("Al3+",)))[0].cation == "Al3+"


def test_a_hunch_is_tried_alone_in_a_large_space_too():
    space = mixtures(MANY.cations, tuple("C" * n + "(=O)O" for n in range(1, 200)))
    assert len(space.combinations) > 20_000
    chosen = spread(space, 2, taken=[], seed=0, start=Start(cations=("Fe3+", "Al3+")))
    assert [f.shares for f in chosen] == [{"Fe3+": 1.0}, {"Al3+": 1.0}]


def test_a_hunch_of_a_campaign_must_lie_in_its_space():
    wanted = [Objective(outcome="chains_per_cation", goal="maximise")]
    start = Start(formulations=(Formulation(cation="Zr4+", ligand="PAA", ratio=6000),), cations=("La3+",))
    with pytest.raises(InputError) as caught:
        Campaign(SPACE, wanted, start=start)
    assert [fault.split(":")[0] for fault in caught.value.faults] == ["start.formulations", "start.cations"]
    asked = Campaign(SPACE, wanted, start=Start(cations=("Zr4+",))).ask(3)
    assert asked[0].formulation.cation == "Zr4+"


def test_ten_million_combinations_are_spread_over_in_seconds():
    library = tuple(f"OC(=O)C{'C' * (n % 30)}N{'C' * (n // 30)}O" for n in range(2400))
    space = DesignSpace(cations=tuple(cations()), ligands=library, ratio=RatioRange(lower=1, upper=10))
    began = time.process_time()
    chosen = spread(space, 8, taken=[], seed=0)
    assert len({f.ligand for f in chosen}) >= 6
    assert time.process_time() - began < 60


def test_a_hunch_that_no_constraint_allows_is_refused_with_the_reason():
    acid = DesignSpace(
        cations=("Mg2+", "Fe3+"),
        ligands=("PAA",),
        ratio={"lower": 8, "upper": 60},
        ph={"lower": 5, "upper": 7},
        constraints=[{"kind": "hydrolysis"}],
    )
    with pytest.raises(InputError, match=r"start.cations: Fe3\+ cannot be proposed: .*hydroly"):
        Campaign(acid, [Objective(outcome="peel_force", goal="maximise")], start=Start(cations=("Fe3+",)))
    assert Campaign(acid, [Objective(outcome="peel_force", goal="maximise")], start=Start(cations=("Mg2+",)))
