import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionlink.data import Formulation, cations, ligands
from ionlink.models import inputs
from ionlink.models.inputs import InputScaling

STEREOISOMERS = {"alginate-G", "alginate-M"}
"""Of alginate's two residues: descriptors do not see stereochemistry, and no pKa of them is known."""

ONE_RATIO = [Formulation(cation=c, ligand="PAA", ratio=60) for c in ("Mg2+", "Fe3+")]
SCALING = InputScaling.of([Formulation(cation="Fe3+", ligand="PAA", ratio=r) for r in (4, 100)])


def test_the_knowledge_base_lies_in_the_unit_cube_without_gaps():
    everything = [Formulation(cation=c, ligand=p, ratio=r) for c in cations() for p in ligands() for r in (4, 100)]
    matrix = SCALING.transform(everything)
    assert matrix.shape == (len(everything), SCALING.dimension)
    assert matrix.dtype == np.float64
    assert np.isfinite(matrix).all()
    assert matrix.min() >= -1e-12
    assert matrix.max() <= 1 + 1e-12


def test_only_the_last_column_depends_on_the_ratio():
    low, high = SCALING.transform([Formulation(cation="Fe3+", ligand="PAA", ratio=r) for r in (5, 50)])
    assert (low[:-1] == high[:-1]).all()
    assert low[-1] < high[-1]


@given(st.floats(0.1, 1e4))
def test_ratio_and_its_scaled_value_are_inverse(ratio):
    assert SCALING.ratio_of(SCALING.scaled_ratio(ratio)) == pytest.approx(ratio)
    column = SCALING.transform([Formulation(cation="Fe3+", ligand="PAA", ratio=ratio)])[0, -1]
    assert column == pytest.approx(SCALING.scaled_ratio(ratio))


def test_different_cations_and_ligands_stay_different():
    pairs = [Formulation(cation=c, ligand=p, ratio=60) for c in cations() for p in ligands() if p not in STEREOISOMERS]
    rows = {tuple(row) for row in SCALING.transform(pairs).round(9).tolist()}
    assert len(rows) == len(pairs)


def test_training_at_one_ratio_still_knows_that_ratios_differ():
    scaling = InputScaling.of(ONE_RATIO)
    assert scaling.scaled_ratio(600) - scaling.scaled_ratio(60) == pytest.approx(1.0)


def test_a_ratio_that_the_source_does_not_say_is_filled_and_flagged():
    silent = Formulation(cation="Fe3+", ligand="PAA")
    scaling = InputScaling.of([*ONE_RATIO, silent])
    flag = scaling.dimension - 2
    filled, known = scaling.transform([silent, ONE_RATIO[0]])
    assert scaling.flagged[-1] == "log10_ratio"
    assert (filled[flag], known[flag]) == (1, 0)
    assert filled[-1] == known[-1]
    assert np.isfinite(InputScaling.of([silent]).transform([silent])).all()


def test_unknown_properties_are_filled_and_flagged(monkeypatch):
    def without_hardness_of_lanthanum(formulations):
        names, matrix = describe(formulations)
        lanthanum = [f.cation == "La3+" for f in formulations]
        matrix[lanthanum, names.index("hardness")] = np.nan
        return names, matrix

    describe = inputs._descriptors
    monkeypatch.setattr(inputs, "_descriptors", without_hardness_of_lanthanum)
    scaling = InputScaling.of(ONE_RATIO)
    assert "hardness" in scaling.flagged
    rows = scaling.transform([Formulation(cation=c, ligand="PAA", ratio=60) for c in ("La3+", "Fe3+")])
    flag = len(scaling.columns) - 1 + scaling.flagged.index("hardness")
    assert rows[:, flag].tolist() == [1.0, 0.0]
    assert 0 < rows[0, scaling.columns.index("hardness")] < 1
    assert np.isfinite(rows).all()


def test_what_the_cation_table_leaves_out_is_flagged():
    rows = SCALING.transform([Formulation(cation=c, ligand="PAA", ratio=60) for c in ("VO2+", "Sn2+", "Fe3+")])
    flags = {name: len(SCALING.columns) - 1 + SCALING.flagged.index(name) for name in SCALING.flagged}
    assert rows[:, flags["ionic_radius"]].tolist() == [1.0, 1.0, 0.0]
    assert rows[:, flags["hardness"]].tolist() == [1.0, 0.0, 0.0]
    assert np.isfinite(rows).all()
