import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ionlink.data import Formulation, InputError, cations, stability_constants
from ionlink.data.molecule import read_molecule
from ionlink.optimize import (
    Campaign,
    Combination,
    DesignSpace,
    Exclusion,
    FractionRange,
    Objective,
    PhRange,
    RatioRange,
    SecondCation,
    Start,
    TemperatureRange,
)
from ionlink.optimize.constraints import Linear
from ionlink.optimize.sameness import same_formulation
from ionlink.optimize.space_filling import spread

RANGE = RatioRange(lower=4, upper=100)
PEEL = Objective(outcome="peel_force", goal="maximise")


def test_names_become_canonical():
    space = DesignSpace(cations=("Fe(III)", "mg2+"), ligands=("poly(acrylic acid)",), ratio=RANGE)
    assert space.pairs() == (("Fe3+", "PAA"), ("Mg2+", "PAA"))


def test_every_wrong_name_is_reported_at_once():
    with pytest.raises(ValidationError) as caught:
        DesignSpace(cations=("Fe4+", "Fe3+", "Fe(III)"), ligands=("PEG", "nylon"), ratio=RANGE)
    text = str(caught.value)
    for part in ("Fe4+", "Fe3+ is named twice", "PEG", "nylon"):
        assert part in text


@pytest.mark.parametrize(
    "bad", [{"lower": 5, "upper": 4}, {"lower": 0, "upper": 5}, {"lower": -1, "upper": 5}, {"lower": 1, "upper": "nan"}]
)
def test_a_range_is_positive_and_ordered(bad):
    with pytest.raises(ValidationError):
        RatioRange(**bad)


def test_equal_ends_fix_a_value():
    fixed = {"ratio": {"lower": 60, "upper": 60}, "temperature_k": {"lower": 298, "upper": 298}}
    space = DesignSpace.model_validate(
        {"cations": ("Fe3+", "Mg2+"), "ligands": ("PAA",), "ph": {"lower": 2, "upper": 4}, **fixed}
    )
    assert str(space) == "2 cations × 1 ligands, ratio 60 donor groups per cation, pH 2 to 4, 298 K"
    formulation = space.formulation(Combination("Fe3+", "PAA"), [0.3, 0.5, 0.9])
    assert (formulation.ratio, formulation.ph, formulation.temperature_k) == (60.0, 3.0, 298.0)
    assert space.unit_of(formulation).tolist() == [0.0, 0.5, 0.0]
    assert space.fault(formulation.model_copy(update={"ratio": 61.0})) == "ratio 61; the space has ratio 60"
    chosen = spread(space, 6, taken=[], seed=0)
    assert {(f.ratio, f.temperature_k) for f in chosen} == {(60.0, 298.0)}
    assert len({f.ph for f in chosen}) == 6
    charges = space.model_copy(
        update={"ratio": RatioRange(lower=3, upper=3), "constraints": ({"kind": "charge_balance", "lower": 0.9},)}
    )
    assert charges.pairs() == (("Fe3+", "PAA"),)


def test_exclusions_are_left_out_and_must_apply():
    gone = Exclusion(cation="Fe3+", ligand="PAA", reason="gels at once")
    space = DesignSpace(cations=("Fe3+", "Mg2+"), ligands=("PAA",), ratio=RANGE, exclusions=(gone,))
    assert space.pairs() == (("Mg2+", "PAA"),)
    assert space.without([Exclusion(cation="Mg2+", ligand="PAA", reason="sinks")]).pairs() == ()
    with pytest.raises(ValidationError, match="Fe3\\+ is not in the space"):
        DesignSpace(cations=("Mg2+",), ligands=("PAA",), ratio=RANGE, exclusions=(gone,))
    with pytest.raises(ValidationError, match="leave nothing to propose"):
        DesignSpace(cations=("Fe3+",), ligands=("PAA",), ratio=RANGE, exclusions=(gone,))


@given(st.floats(0, 1))
def test_proposed_ratios_are_in_range_and_can_be_typed_back(share):
    ratio = RANGE.at(share)
    assert 4 <= ratio <= 100
    assert float(f"{ratio:.3g}") == ratio


@given(st.floats(1, 1000), st.floats(0.9, 1.1))
def test_sameness_is_symmetric_and_means_two_per_cent(ratio, factor):
    one, other = (Formulation(cation="Fe3+", ligand="PAA", ratio=r) for r in (ratio, ratio * factor))
    assert same_formulation(one, other) == same_formulation(other, one)
    assert same_formulation(one, one)
    if abs(factor - 1) < 0.019:
        assert same_formulation(one, other)
    if abs(factor - 1) > 0.021:
        assert not same_formulation(one, other)


def test_another_cation_is_another_formulation():
    assert not same_formulation(
        Formulation(cation="Fe3+", ligand="PAA", ratio=60), Formulation(cation="In3+", ligand="PAA", ratio=60)
    )


WIDE = DesignSpace(
    cations=("Fe3+", "Al3+", "Mg2+"),
    ligands=("PAA", "CC(=O)[O-]"),
    ratio=RANGE,
    second_cation=SecondCation(cations=("Al3+", "Ca2+"), fraction=FractionRange(lower=0.1, upper=0.4)),
    ph=PhRange(lower=2, upper=6),
    temperature_k=TemperatureRange(lower=290, upper=350),
)
SHARES = st.floats(0, 1)


@given(st.integers(0, len(WIDE.combinations) - 1), st.tuples(SHARES, SHARES, SHARES, SHARES))
def test_points_of_the_unit_cube_become_formulations_and_come_back(index, unit):
    combination = WIDE.combinations[index]
    formulation = WIDE.formulation(combination, unit)
    assert WIDE.fault(formulation) is None
    assert Combination.of(formulation) == combination
    again = WIDE.unit_of(formulation)
    mixes = combination.second_cation is not None
    assert all(
        abs(a - u) < 0.02
        for v, a, u in zip(WIDE.variables, again, unit, strict=True)
        if mixes or v.name != "second_fraction"
    )
    assert WIDE.formulation(combination, again) == formulation


def test_combinations_are_a_sequence_with_every_choice_once():
    found = list(WIDE.combinations)
    assert len(found) == len(set(found)) == len(WIDE.combinations)
    assert {c.cations for c in found} == {
        *(("Fe3+",), ("Al3+",), ("Mg2+",)),
        *(("Fe3+", "Al3+"), ("Fe3+", "Ca2+"), ("Al3+", "Ca2+"), ("Mg2+", "Al3+"), ("Mg2+", "Ca2+")),
    }
    assert found[-1] == WIDE.combinations[-1]
    assert tuple(found[2:5]) == WIDE.combinations[2:5]
    with pytest.raises(IndexError):
        WIDE.combinations[len(found)]


def test_variables_come_with_the_ratio_first():
    assert [v.name for v in WIDE.variables] == ["ratio", "second_fraction", "ph", "temperature_k"]
    assert [v.scale for v in WIDE.variables] == ["log", "linear", "linear", "linear"]


def test_a_molecule_is_a_ligand_by_its_neutral_smiles():
    assert WIDE.ligands == ("PAA", "CC(=O)O")
    assert DesignSpace(cations=("Fe3+",), ligands=("acetate",), ratio=RANGE).ligands == ("CC(=O)O",)


def test_either_order_of_two_cations_is_one_choice_where_shares_are_symmetric():
    both = SecondCation(cations=("Fe3+", "Al3+"), fraction=FractionRange(lower=0.2, upper=0.8), alone=False)
    space = DesignSpace(cations=("Fe3+", "Al3+"), ligands=("PAA",), ratio=RANGE, second_cation=both)
    assert [c.cations for c in space.combinations] == [("Fe3+", "Al3+")]


def mixtures(lower, upper, **fields):
    """Of iron and aluminium, either of which may come first."""
    both = SecondCation(cations=("Fe3+", "Al3+"), fraction=FractionRange(lower=lower, upper=upper), alone=False)
    return DesignSpace(cations=("Fe3+", "Al3+"), ligands=("PAA",), ratio=RANGE, second_cation=both, **fields)


IRON = Formulation(cation="Fe3+", ligand="PAA", ratio=20, second_cation="Al3+", second_fraction=0.2)
ALUMINIUM = Formulation(cation="Al3+", ligand="PAA", ratio=20, second_cation="Fe3+", second_fraction=0.1)
HALVES = IRON.model_copy(update={"second_fraction": 0.5})


def test_a_limit_on_the_share_holds_in_either_order_of_two_cations():
    space = mixtures(0.1, 0.9, constraints=(Linear(coefficients={"second_fraction": 1.0}, upper=0.3),))
    assert {c.cations for c in space.combinations} == {("Fe3+", "Al3+"), ("Al3+", "Fe3+")}
    assert [space.fault(f) for f in (IRON, IRON.turned, ALUMINIUM, ALUMINIUM.turned)] == [None] * 4
    assert space.fault(HALVES).endswith("it is 0.5")
    first = {f.cation for f in spread(space, 6, taken=[], seed=0)}
    assert first == {"Fe3+", "Al3+"}


@pytest.mark.parametrize("upper", [0.9, 0.4])
def test_a_mixture_is_in_the_space_in_whichever_order_it_is_named(upper):
    space = mixtures(0.1, upper)
    for mixture in (IRON, ALUMINIUM):
        assert mixture.turned.turned == mixture
        assert [space.fault(mixture), space.fault(mixture.turned)] == [None, None]
    rare = ALUMINIUM.model_copy(update={"second_fraction": 0.05})
    assert "second_fraction" in space.fault(rare)
    assert "second_fraction" in space.fault(rare.turned)
    pool = DesignSpace.of_formulations([IRON, IRON.model_copy(update={"ratio": 30})])
    assert pool.fault(IRON.turned) is None


def test_a_hunch_may_name_a_mixture_in_its_own_order():
    campaign = Campaign(mixtures(0.1, 0.9), [PEEL], start=Start(formulations=(ALUMINIUM,)))
    assert [c.formulation for c in campaign.ask(1)] == [ALUMINIUM]


@pytest.mark.parametrize(
    ("formulation", "reason"),
    [
        (Formulation(cation="Zr4+", ligand="PAA", ratio=20, ph=4, temperature_k=300), "Zr4+: is not in the space"),
        (Formulation(cation="Fe3+", ligand="PVPA", ratio=20, ph=4, temperature_k=300), "PVPA: is not in the space"),
        (Formulation(cation="Fe3+", ligand="PAA", ratio=200, ph=4, temperature_k=300), "ratio 200; the space has"),
        (Formulation(cation="Fe3+", ligand="PAA", ratio=20, temperature_k=300), "ph is missing"),
        (Formulation(cation="Fe3+", ligand="PAA", ratio=20, ph=4, temperature_k=300), None),
    ],
)
def test_what_lies_outside_is_told(formulation, reason):
    fault = WIDE.fault(formulation)
    assert fault is None if reason is None else fault.startswith(reason)


def test_an_exclusion_holds_in_mixtures_too():
    space = WIDE.without([Exclusion(cation="Al3+", ligand="PAA", reason="sinks")])
    assert space.combination_fault(Combination("Fe3+", "PAA", "Al3+")) == "sinks"
    assert space.combination_fault(Combination("Fe3+", "PAA", "Ca2+")) is None
    assert WIDE.combination_fault(Combination("Fe3+", "PAA", "Al3+")) is None


def test_a_ratio_is_needed_and_so_is_a_share_of_a_second_cation():
    with pytest.raises(ValidationError, match="ratio: is missing"):
        DesignSpace(cations=("Fe3+",), ligands=("PAA",))
    with pytest.raises(ValidationError, match=r"second_cation\.fraction: is missing"):
        DesignSpace(cations=("Fe3+",), ligands=("PAA",), ratio=RANGE, second_cation=SecondCation(cations=("Al3+",)))


def test_a_space_survives_json():
    assert DesignSpace.model_validate_json(WIDE.model_dump_json()) == WIDE
    pool = DesignSpace.of_formulations(POOL)
    assert DesignSpace.model_validate_json(pool.model_dump_json()) == pool


def test_draws_are_different_allowed_and_by_chance():
    generator = np.random.default_rng(0)
    found = WIDE.draw(10, generator)
    assert len(set(found)) == 10
    assert set(WIDE.draw(10_000, generator)) == set(WIDE.combinations)
    fewer = WIDE.without([Exclusion(cation="Al3+", ligand="PAA", reason="sinks")])
    allowed = {c for c in WIDE.combinations if not ("Al3+" in c.cations and c.ligand == "PAA")}
    assert set(fewer.draw(10_000, generator)) == allowed
    first = [WIDE.draw(1, np.random.default_rng(seed))[0] for seed in range(200)]
    assert len(set(first)) > 10


def test_ten_million_combinations_take_the_memory_of_their_names():
    library = [f"OC(=O)C{'C' * (n % 400)}N{'C' * (n // 400)}O" for n in range(160_000)]
    tracemalloc.start()
    space = DesignSpace(cations=tuple(cations()), ligands=tuple(library), ratio=RANGE)
    found = space.draw(50, np.random.default_rng(0))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(space.combinations) == len(cations()) * 160_000 > 10_000_000
    assert len(set(found)) == 50
    assert peak < 100e6
    assert all(read_molecule(c.ligand).smiles == c.ligand for c in found)


def test_what_cannot_be_read_in_a_large_library_is_never_proposed():
    library = [*("C" * n + "(=O)(=O)(=O)(=O)O" for n in range(1, 2100)), "CC(=O)[O-]"]
    space = DesignSpace(cations=("Fe3+",), ligands=tuple(library), ratio=RANGE)
    assert space.draw(5, np.random.default_rng(0)) == [Combination("Fe3+", "CC(=O)O")]
    assert "not a valid SMILES" in space.combination_fault(space.combinations[0])
    typed = Combination("Fe3+", space.ligands[-1])
    assert typed.ligand == "CC(=O)[O-]"
    assert space.formulation(typed, [0.5]).ligand == "CC(=O)O"


POOL = [
    Formulation(cation="Fe3+", ligand="PAA", ratio=10),
    Formulation(cation="Fe3+", ligand="PAA", ratio=40),
    Formulation(cation="Mg2+", ligand="alginate", ratio=20),
]


def test_a_pool_is_these_formulations_and_no_others():
    space = DesignSpace.of_formulations([*POOL, POOL[0]])
    assert space.pool == tuple(POOL)
    assert list(space.combinations) == [Combination("Fe3+", "PAA"), Combination("Mg2+", "alginate")]
    assert [str(v) for v in space.variables] == ["ratio from 10 to 40"]
    assert space.formulation(space.combinations[0], [0.1]) == POOL[0]
    assert space.formulation(space.combinations[0], [0.9]) == POOL[1]
    assert space.ends(space.combinations[0]) == (POOL[0], POOL[1])
    assert space.fault(POOL[2]) is None
    assert "not in the pool" in space.fault(POOL[2].model_copy(update={"ratio": 21.0}))


def test_constraints_hold_in_a_pool():
    space = DesignSpace.of_formulations(POOL, constraints=({"kind": "hydrolysis", "ph": 7},))
    assert space.draw(5, np.random.default_rng(0)) == [Combination("Mg2+", "alginate")]
    with pytest.raises(InputError, match="leave nothing"):
        DesignSpace.of_formulations(POOL[:2], constraints=({"kind": "hydrolysis", "ph": 7},))


def test_a_pool_may_have_no_ratios():
    pool = [o.formulation for o in stability_constants()[:20]]
    space = DesignSpace.of_formulations(pool)
    assert space.variables == ()
    assert [space.formulation(c, []) for c in space.combinations] == list(dict.fromkeys(pool))
    assert same_formulation(pool[0], pool[0])


@pytest.mark.parametrize(
    ("pool", "fields", "line"),
    [
        ([], {}, "it is empty"),
        ([POOL[0], Formulation(cation="Fe3+", ligand="alginate")], {}, "some formulations have ratio"),
        (POOL, {"cations": ("Fe3+",)}, "cations: is decided by the pool"),
        ([{"cation": "Fe4+", "ligand": "nylon", "ratio": 3}], {}, "pool\\[1\\], cation: 'Fe4\\+'"),
        ([{"cation": "Fe3+", "ligand": "PAA", "ratio": -3}], {}, "pool\\[1\\], ratio"),
    ],
)
def test_a_faulty_pool_is_refused(pool, fields, line):
    with pytest.raises(ValidationError, match=line):
        DesignSpace.model_validate({"pool": pool, **fields})


def test_what_is_wrong_with_formulations_is_said_in_one_line_each():
    acid = POOL[0].model_copy(update={"ph": 4.0})
    with pytest.raises(InputError) as caught:
        DesignSpace.of_formulations([acid, *POOL], cations=("Fe3+",))
    assert str(caught.value).splitlines() == [
        "cations: is decided by the pool; leave it out",
        "pool: some formulations have ph and others have none; give it for all, or for none",
    ]
    with pytest.raises(InputError, match=r"^constraints\[1\]\.kind: "):
        DesignSpace.of_formulations(POOL, constraints=({"kind": "hydrolisis"},))


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"ph": 4.02}, True),
        ({"ph": 4.2}, False),
        ({"ph": None}, False),
        ({"temperature_k": 300.5}, True),
        ({"temperature_k": 305.0}, False),
        ({"second_fraction": 0.305}, True),
        ({"second_fraction": 0.4}, False),
        ({"cation": "Al3+", "second_cation": "Fe3+", "second_fraction": 0.7}, True),
        ({"second_cation": None, "second_fraction": None}, False),
        ({"second_cation": "Ca2+"}, False),
    ],
)
def test_sameness_looks_at_conditions_but_not_at_the_order_of_cations(change, same):
    one = Formulation(
        cation="Fe3+", ligand="PAA", ratio=20, second_cation="Al3+", second_fraction=0.3, ph=4.0, temperature_k=300.0
    )
    other = one.model_copy(update=change)
    assert same_formulation(one, other) == same_formulation(other, one) == same


def test_ligands_may_come_from_a_file(tmp_path):
    file = tmp_path / "library.smi"
    file.write_text("# acids\nCC(=O)[O-] acetate\n\nPAA\nCC(=O)[O-]\n")
    fields = {"cations": ["Fe3+"], "ratio": {"lower": 4, "upper": 100}}
    assert DesignSpace.model_validate({**fields, "ligands": {"file": str(file)}}).ligands == ("CC(=O)O", "PAA")
    file.write_text("# nothing\n")
    for bad, line in (
        ({"file": str(file)}, "holds no ligands"),
        ({"file": "library.smi"}, "not absolute"),
        ({"file": str(tmp_path / "other")}, "cannot be read"),
        ({"path": str(file)}, "give a list"),
    ):
        with pytest.raises(ValidationError, match=line):
            DesignSpace.model_validate({**fields, "ligands": bad})


def test_a_pool_holds_its_mixtures_in_either_order():
    third = Formulation(cation="Fe3+", ligand="PAA", ratio=50, second_cation="Al3+", second_fraction=1 / 3)
    space = DesignSpace.of_formulations([third])
    assert space.fault(third) is None
    assert space.fault(third.turned) is None
    assert "is not in the pool" in space.fault(third.model_copy(update={"second_fraction": 0.3}))
