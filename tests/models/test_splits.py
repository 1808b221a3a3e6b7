"""What is held out together, and that nothing is held out twice or never."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionlink.data import Formulation, InputError, Observation
from ionlink.data.formulation import SAME_RATIO
from ionlink.models.splits import (
    SPLIT_NAMES,
    cation_folds,
    formulation_folds,
    formulation_groups,
    leave_one_cation_out,
    leave_one_ligand_out,
    ligand_folds,
    main_cation,
    possible_splits,
    split_by_name,
)


def observation(cation="Fe3+", ligand="PAA", ratio=8.0, value=1.0):
    point = Formulation(cation=cation, ligand=ligand, ratio=ratio)
    return Observation(formulation=point, outcome="chains_per_cation", value=value, level="lab", source="test")


tables = st.lists(
    st.builds(
        observation,
        cation=st.sampled_from(["Mg2+", "Ca2+", "Fe3+", "Zr4+"]),
        ligand=st.sampled_from(["PAA", "PF-COO", "alginate"]),
        ratio=st.none() | st.floats(4, 100),
    ),
    min_size=1,
    max_size=40,
)


@given(tables, st.sampled_from(SPLIT_NAMES), st.integers(2, 5), st.integers(0, 100))
def test_each_observation_is_held_out_once_and_no_group_is_divided(rows, name, folds, seed):
    try:
        split = split_by_name(name, rows, folds=folds, seed=seed)
    except InputError:
        return
    held = [sum(split.held_out(fold)[k] for fold in split.fold_names) for k in range(len(rows))]
    assert held == [1] * len(rows)
    assert len(set(split.folds)) > 1
    for group in set(split.groups):
        assert len({f for f, g in zip(split.folds, split.groups, strict=True) if g == group}) == 1
    for what in ("cation", "ligand"):
        if what in name:
            assert split.groups == tuple(getattr(o.formulation, what) for o in rows)


@given(tables)
def test_formulations_that_are_nearly_equal_share_a_group(rows):
    groups = formulation_groups([o.formulation for o in rows])
    for a, first in zip(rows, groups, strict=True):
        for b, second in zip(rows, groups, strict=True):
            p, q = a.formulation, b.formulation
            if (p.cation, p.ligand) != (q.cation, q.ligand):
                assert first != second
            elif p.ratio is None or q.ratio is None or max(p.ratio, q.ratio) / min(p.ratio, q.ratio) <= 1 + SAME_RATIO:
                assert first == second


def test_ratios_are_chained_but_no_further():
    groups = formulation_groups([observation(ratio=r).formulation for r in (60.0, 8.0, 61.0, 62.0, 60.0, 20.0)])
    assert groups[0] == groups[2] == groups[3] == groups[4]
    assert len(set(groups)) == 3


def test_a_series_in_ph_is_as_many_formulations():
    series = [Formulation(cation="Fe3+", ligand="PAA", ratio=20, ph=ph) for ph in (3.0, 5.0, 5.0, 7.0)]
    groups = formulation_groups(series)
    assert groups[1] == groups[2]
    assert len(set(groups)) == 3
    unsaid = Formulation(cation="Fe3+", ligand="PAA", ratio=20)
    assert len(set(formulation_groups([*series, unsaid]))) == 1  # it may have been any of them


def mixture(first, second, share, **more):
    point = {"cation": first, "ligand": "PAA", "ratio": 8, "second_cation": second, "second_fraction": share, **more}
    return observation().model_copy(update={"formulation": Formulation(**point)})


def test_a_mixture_is_the_same_whichever_cation_is_named_first():
    one, other = mixture("Fe3+", "Al3+", 0.1), mixture("Al3+", "Fe3+", 0.9)
    assert len(set(formulation_groups([one.formulation, other.formulation]))) == 1
    assert main_cation(one.formulation) == main_cation(other.formulation) == "Fe3+"
    even = [mixture("Fe3+", "Al3+", 0.5), mixture("Al3+", "Fe3+", 0.5)]
    assert [main_cation(o.formulation) for o in even] == ["Al3+", "Al3+"]


@pytest.mark.parametrize("make", [leave_one_cation_out, lambda rows: cation_folds(rows, folds=2)])
def test_nothing_is_learned_of_a_left_out_cation_in_mixtures(make):
    rows = [observation(cation="Fe3+"), observation(cation="Al3+"), observation(cation="Ca2+")]
    rows += [mixture("Fe3+", "Al3+", 0.1), mixture("Ca2+", "Al3+", 0.4)]
    split = make(rows)
    assert sum(sum(split.held_out(fold)) for fold in split.fold_names) == len(rows)
    for fold in split.fold_names:
        held = {group for group, out in zip(split.groups, split.held_out(fold), strict=True) if out}
        learned = [o for o, kept in zip(rows, split.learned_from(fold), strict=True) if kept]
        assert learned
        assert not any(held & o.formulation.shares.keys() for o in learned)


def test_folds_of_formulations_follow_the_seed():
    rows = [observation(ratio=4.0 * 1.1**k) for k in range(20)]
    assert formulation_folds(rows, seed=3) == formulation_folds(rows, seed=3)
    assert formulation_folds(rows, seed=3) != formulation_folds(rows, seed=4)
    sizes = [formulation_folds(rows).folds.count(f"{k} of 5") for k in range(1, 6)]
    assert sizes == [4] * 5


def test_a_left_out_cation_gives_its_fold_the_name():
    rows = [observation(c) for c in ("Fe3+", "Mg2+", "Fe3+")]
    assert leave_one_cation_out(rows).folds == ("Fe3+", "Mg2+", "Fe3+")


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (leave_one_ligand_out, "leave-one-ligand-out: observed was one ligand only, PAA"),
        (leave_one_cation_out, "leave-one-cation-out: observed was one cation only, Fe3.; nothing"),
        (ligand_folds, "ligand-folds: 5 folds need as many different ligands; observed: 1"),
        (cation_folds, "cation-folds: 5 folds need as many different cations; observed: 1"),
        (formulation_folds, "formulation-folds: 5 folds need as many different formulations; observed: 1"),
    ],
)
def test_an_impossible_split_says_why(make, line):
    with pytest.raises(InputError, match=line):
        make([observation(), observation()])


def test_impossible_splits_are_listed_beside_the_possible_ones():
    rows = [observation("Fe3+"), observation("Mg2+")]
    possible, impossible = possible_splits(["leave-one-cation-out", "leave-one-ligand-out"], rows)
    assert [split.name for split in possible] == ["leave-one-cation-out"]
    assert "one ligand only" in impossible["leave-one-ligand-out"]
    with pytest.raises(InputError, match="there is no 'rows'; there are formulation-folds"):
        split_by_name("rows", rows)
    with pytest.raises(InputError, match="1 folds; at least 2"):
        formulation_folds(rows, folds=1)
