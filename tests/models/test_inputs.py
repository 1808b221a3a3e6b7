import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionlink.data import Formulation, cations, ligands, observations
from ionlink.models import inputs
from ionlink.models.inputs import NOT_SIMULATED, InputScaling, all_simulated

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
    def without_hardness_of_lanthanum(formulations, **options):
        names, matrix = describe(formulations, **options)
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


def test_hardness_is_measured_by_ratios():
    """Twice as hard is as far anywhere on the scale."""
    hardness = {name: cation.hardness_ev for name, cation in cations().items() if cation.hardness_ev}
    column = SCALING.columns.index("hardness")
    rows = SCALING.transform([Formulation(cation=c, ligand="PAA", ratio=60) for c in hardness])
    logarithms = np.log10(list(hardness.values()))
    assert rows[:, column] == pytest.approx((logarithms - logarithms.min()) / np.ptp(logarithms))


def test_columns_that_say_nothing_of_their_own_are_dropped_with_the_reason():
    assert set(SCALING.columns).isdisjoint(SCALING.dropped)
    assert all(
        reason.startswith(("constant (", "goes with ", "unknown throughout")) for reason in SCALING.dropped.values()
    )
    every = [Formulation(cation=c, ligand=p, ratio=60) for c in cations() for p in ligands()]
    names, matrix = inputs._descriptors(every)
    for name, reason in SCALING.dropped.items():
        values = matrix[:, names.index(name)]
        known = np.isfinite(values)
        if reason.startswith("constant"):
            assert np.ptp(values[known]) == pytest.approx(0)
        elif reason.startswith("goes with"):
            twin = matrix[:, names.index(reason.split()[2])]
            assert abs(np.corrcoef(values[known], twin[known])[0, 1]) > 0.98


def test_what_kernels_name_is_never_dropped():
    molecules = InputScaling.of([Formulation(cation="Fe3+", ligand="CC(=O)O")])
    for scaling in (SCALING, molecules):
        assert set(inputs.ANCHORS) <= set(scaling.columns)


def test_molecules_have_their_own_ranges_and_no_ratio():
    acids = [
        Formulation(cation="Fe3+", ligand=smiles) for smiles in ("CC(=O)O", "OC(=O)CN(CCN(CC(=O)O)CC(=O)O)CC(=O)O")
    ]
    scaling = InputScaling.of(acids)
    assert not scaling.knows_ratio
    assert SCALING.knows_ratio
    rows = scaling.transform(acids)
    assert np.isfinite(rows).all()
    denticity = scaling.columns.index("denticity")
    assert rows[0, denticity] < rows[1, denticity] <= 1


def test_what_was_simulated_is_compared_by_what_a_simulation_knows():
    scaling = InputScaling.of(ONE_RATIO, simulated=True)
    of_cations = [name for name in scaling.columns if name in inputs.CATION_COLUMNS]
    assert of_cations == ["charge", "lennard_jones_radius", "cation_molar_mass"]
    assert scaling.dropped["electron_affinity"] == scaling.dropped["octahedral_radius"] == NOT_SIMULATED
    assert "lennard_jones_radius" in scaling.flagged  # not all ions have parameters
    assert InputScaling.model_validate_json(scaling.model_dump_json()) == scaling
    every = scaling.transform([Formulation(cation=c, ligand="PAA", ratio=60) for c in cations()])
    assert np.isfinite(every).all()
    assert len({tuple(row) for row in every.round(9).tolist()}) == len(cations())


def test_conditions_say_whether_all_was_simulated_with_ions_that_have_no_more_than_charge_and_radius():
    screen = [o for o in observations() if o.level == "screen"]
    assert all_simulated(screen)
    assert not all_simulated([])
    other = screen[0].model_copy(update={"conditions": "ion_model=12-6-4"})
    silent = screen[0].model_copy(update={"conditions": None})
    for more in (other, silent):
        assert not all_simulated([*screen, more])


def test_positions_are_those_of_the_columns_of_transform():
    names = ("denticity", "charge", "nonsense", "log10_ratio")
    assert SCALING.positions(names) == [SCALING.names.index(name) for name in names if name != "nonsense"]
    assert len(SCALING.names) == SCALING.dimension
    flags = [name for name in SCALING.names if name.endswith("_unknown")]
    blocks = SCALING.block(inputs.CATION_COLUMNS), SCALING.block(inputs.LIGAND_COLUMNS)
    assert sorted([*blocks[0], *blocks[1], SCALING.names.index("log10_ratio")]) == list(range(SCALING.dimension))
    assert flags
