"""Descriptors against known values, and what they must not depend on."""

import math
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem
from sklearn.base import clone
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from ionlink.data import Formulation, InputError, cations, formulation_of, ligands
from ionlink.data.repeat_unit import chain, read_repeat_unit
from ionlink.features import DESCRIPTORS, FormulationDescriptors
from ionlink.features.cation_descriptors import CATION_DESCRIPTORS, describe_cation
from ionlink.features.ligand_descriptors import LIGAND_DESCRIPTORS, describe_ligand, describe_repeat_unit

EVERY_PAIR = [(cation, ligand) for cation in cations() for ligand in ligands()]
MODEL_CASE = [formulation_of(cation, "PF-COO", 60) for cation in ("Mg2+", "Ca2+", "Fe3+", "In3+", "Zr4+")]
ALIKE = {"alginate-G": "alginate", "alginate-M": "alginate", "pectin": "alginate"}
"""Stereoisomers, which only their pKa can tell from another."""

EVERY_LIGAND = pytest.mark.parametrize("ligand", ligands().values(), ids=lambda ligand: ligand.name)


def described(formulations):
    return FormulationDescriptors().set_output(transform="pandas").fit_transform(formulations)


LIGAND_NAMES = [x.name for x in LIGAND_DESCRIPTORS]
PKA = LIGAND_NAMES.index("donor_pka")


def without_pka(name):
    values = describe_ligand(ligands()[name])
    return [*values[:PKA], *values[PKA + 1 :]]


def ligand_values(name):
    return dict(zip((x.name for x in LIGAND_DESCRIPTORS), describe_ligand(ligands()[name]), strict=True))


def test_known_values_of_iron_iii():
    (row,) = described([formulation_of("Fe3+", "PAA", 60)]).to_dict("records")
    assert row["ionic_potential"] == pytest.approx(3 / 0.645)
    assert row["z2_over_r"] == pytest.approx(9 / 0.645)
    assert row["log10_ratio"] == pytest.approx(math.log10(60))
    assert (row["charge"], row["coordination_number"]) == (3, 6)


def test_ionic_potentials_of_the_model_case():
    found = described(MODEL_CASE)["ionic_potential"].tolist()
    assert found == pytest.approx([2 / 0.72, 2 / 1.00, 3 / 0.645, 3 / 0.80, 4 / 0.84])


def test_known_values_of_poly_acrylic_acid():
    paa = ligand_values("PAA")
    assert paa["molar_mass_per_donor"] == pytest.approx(3 * 12.011 + 3 * 1.008 + 2 * 15.999, abs=0.01)  # C3H3O2
    assert paa["backbone_bonds_per_donor"] == 2
    assert paa["spacer_bonds"] == 1
    assert paa["rotatable_bonds_per_donor"] == 3  # two of the backbone, one to the carboxylate
    assert paa["aromatic_fraction"] == paa["hbond_donors_per_donor"] == 0


def test_known_values_of_the_polyfluorene():
    polyfluorene = ligand_values("PF-COO")
    assert polyfluorene["donors_per_anchor"] == 2  # both side chains sit on C9
    assert polyfluorene["spacer_bonds"] == 3
    assert polyfluorene["aromatic_fraction"] == pytest.approx(12 / 23)
    assert polyfluorene["backbone_bonds_per_donor"] == 3.5  # C2-C1-C9a-C9-C8a-C8-C7 and the bond to the next unit


def test_the_second_ring_way_does_not_push_the_donor_off_the_backbone():
    assert ligand_values("alginate")["spacer_bonds"] == 1
    assert ligand_values("alginate")["hbond_donors_per_donor"] == 2
    assert ligand_values("CMC")["spacer_bonds"] == 4


@EVERY_LIGAND
def test_the_spelling_of_the_smiles_does_not_matter(ligand):
    unit = Chem.MolFromSmiles(ligand.repeat_unit_smiles)
    expected = describe_repeat_unit(ligand.repeat_unit_smiles, ligand.donor_group)
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(unit.GetNumAtoms()).tolist()
        spelled = Chem.MolToSmiles(Chem.RenumberAtoms(unit, order), canonical=False)
        assert describe_repeat_unit(spelled, ligand.donor_group) == pytest.approx(expected)


@EVERY_LIGAND
def test_a_repeat_unit_drawn_twice_as_long_is_the_same_polymer(ligand):
    twice = Chem.MolToSmiles(chain(read_repeat_unit(ligand.repeat_unit_smiles), 2))
    expected = describe_repeat_unit(ligand.repeat_unit_smiles, ligand.donor_group)
    assert describe_repeat_unit(twice, ligand.donor_group) == pytest.approx(expected)


@EVERY_LIGAND
def test_the_direction_of_the_chain_does_not_matter(ligand):
    swapped = ligand.repeat_unit_smiles.replace("[*:1]", "[*:9]").replace("[*:2]", "[*:1]").replace("[*:9]", "[*:2]")
    expected = describe_repeat_unit(ligand.repeat_unit_smiles, ligand.donor_group)
    assert describe_repeat_unit(swapped, ligand.donor_group) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("smiles", "fault"),
    [
        ("[*:1]CC([*:2]", "is not a SMILES that RDKit reads"),
        ("[*:1]CC(C(=O)[O-])C", r"exactly the attachment points \[\*:1\] and \[\*:2\]; it has \[\*:1\]$"),
        ("[*:1]CC([*:1])C(=O)[O-]", r"it has \[\*:1\], \[\*:1\]$"),
        ("[*:1]CC([*:2])C(=O)O", "bears no carboxylate"),
    ],
)
def test_a_faulty_repeat_unit_is_refused(smiles, fault):
    with pytest.raises(InputError, match=fault):
        describe_repeat_unit(smiles, "carboxylate")


def test_what_nobody_measured_is_nan():
    unknown = {"ionisation_energy_ev": None, "electronegativity_pauling": None, "ionic_radius_angstrom": None}
    unmeasured = cations()["Fe3+"].model_copy(update=unknown)
    values = dict(zip((x.name for x in CATION_DESCRIPTORS), describe_cation(unmeasured), strict=True))
    missing = {name for name, value in values.items() if math.isnan(value)}
    assert {"hardness", "electronegativity", "ionic_radius", "ionic_potential", "z2_over_r"} <= missing
    ligand = ligands()["PAA"]
    assert math.isnan(describe_ligand(ligand.model_copy(update={"donor_pka": None}))[PKA])
    assert describe_ligand(ligand.model_copy(update={"donor_pka": 4.5}))[PKA] == 4.5


RADIUS = {"ionic_radius", "octahedral_radius", "ionic_potential", "z2_over_r", "misono_softness"}
ENERGIES = {"hardness", "ionisation_energy", "electron_affinity"}
MISSING = {
    "Sn2+": {*RADIUS, "coordination_number"},
    "VO2+": {*RADIUS, *ENERGIES, "hydration_free_energy"},
    "Ti4+": {"log_k_hydrolysis", "hydration_free_energy"},
    **{cation: {"electronegativity"} for cation in ("Eu3+", "Tb3+", "Yb3+")},
    **{cation: {"electronegativity", "hydration_free_energy"} for cation in ("Am3+", "Cm3+")},
    **{cation: {"log_k_hydrolysis"} for cation in ("Rb+", "Cs+", "Tl+", "Cr2+", "V3+", "Co3+", "Lu3+", "Sn4+", "Ce4+")},
    **{cation: {"hydration_free_energy"} for cation in ("Be2+", "Np3+", "Pu3+", "Hf4+", "U4+", "Np4+", "Pu4+")},
}
"""Shannon has no radius of tin(II) and of an oxocation, Pauling's scale leaves out some f elements, and of rare cations
nobody compiled hydrolysis or hydration."""


@pytest.mark.parametrize("cation", cations())
def test_what_is_missing_from_the_cation_table_is_nan(cation):
    values = dict(zip((x.name for x in CATION_DESCRIPTORS), describe_cation(cations()[cation]), strict=True))
    assert {name for name, value in values.items() if math.isnan(value)} == MISSING.get(cation, set())


def test_only_the_pka_is_missing_from_the_ligand_table():
    matrix = described([formulation_of("Fe3+", ligand, 10) for ligand in ligands()])
    assert set(matrix.columns[matrix.isna().any()]) <= {"donor_pka"}


def test_every_pair_is_told_apart():
    matrix = described([formulation_of(cation, ligand, 10) for cation, ligand in EVERY_PAIR]).drop(columns="donor_pka")
    assert len(matrix.round(9).drop_duplicates()) == len(cations()) * (len(ligands()) - len(ALIKE))


def test_what_the_descriptors_do_not_see():
    """Stereochemistry, as of the residues of alginate and of pectin."""
    for name, twin in ALIKE.items():
        assert without_pka(name) == pytest.approx(without_pka(twin))


def test_chelate_rings_tell_head_to_head_polyacids_apart():
    """Carboxylates on neighbouring carbons close rings of seven, on every second carbon of eight."""
    for name, other in (("PEMA", "PAA"), ("PIMA", "PMAA")):
        assert ligand_values(name)["chelate_rings_7"] > 0 == ligand_values(other)["chelate_rings_7"]


@settings(deadline=None)
@given(st.sampled_from(EVERY_PAIR), st.floats(1e-3, 1e6), st.floats(1e-3, 1e6))
def test_only_the_last_column_depends_on_the_ratio(pair, first, second):
    matrix = FormulationDescriptors().transform([formulation_of(*pair, ratio) for ratio in (first, second)])
    np.testing.assert_array_equal(matrix[0, :-1], matrix[1, :-1])
    assert 10 ** matrix[:, -1] == pytest.approx([first, second])


def test_formulations_and_tables_give_the_same():
    table = pd.DataFrame([x.model_dump() for x in MODEL_CASE], index=list("abcde"))
    table["note"] = "left alone"
    typed = table.assign(
        cation=["Mg(II)", "ca+2", "Fe³⁺", "In3+", "Zr(IV)"], ligand="polyfluorene carboxylate", ratio=60
    )
    expected = FormulationDescriptors().transform(MODEL_CASE)
    np.testing.assert_array_equal(FormulationDescriptors().transform(table), expected)
    np.testing.assert_array_equal(FormulationDescriptors().transform(typed), expected)
    assert described(table).index.tolist() == list("abcde")


def test_rows_keep_their_order_and_number():
    numbers = np.random.default_rng(0).integers(len(EVERY_PAIR), size=200)
    formulations = [formulation_of(*EVERY_PAIR[number], 5) for number in numbers]
    together = FormulationDescriptors().transform(formulations)
    one_by_one = np.vstack([FormulationDescriptors().transform([x]) for x in formulations])
    np.testing.assert_array_equal(together, one_by_one)
    assert FormulationDescriptors().transform([]).shape == (0, len(DESCRIPTORS))


def test_the_columns_have_names_units_and_citations():
    transformer = FormulationDescriptors()
    names = transformer.get_feature_names_out().tolist()
    assert names[-1] == "log10_ratio"
    assert len(set(names)) == len(names) == transformer.transform(MODEL_CASE).shape[1]
    crossed = FormulationDescriptors(cross_terms=True, conditions=True).get_feature_names_out().tolist()
    simulated = FormulationDescriptors(cross_terms=True, simulated=True).get_feature_names_out().tolist()
    assert set(transformer.units) == set(transformer.citations) == {*crossed, *simulated}
    assert crossed[: len(names)] == names
    assert transformer.units["ionic_potential"] == "e/angstrom"
    assert all(transformer.citations.values())
    assert transformer.transform(MODEL_CASE).dtype == np.float64


def test_it_behaves_as_a_scikit_learn_transformer():
    transformer = FormulationDescriptors()
    check_is_fitted(transformer)
    assert transformer.get_params() == {"cross_terms": False, "conditions": False, "simulated": False}
    for copy in (clone(transformer), pickle.loads(pickle.dumps(transformer))):
        np.testing.assert_array_equal(copy.fit_transform(MODEL_CASE), transformer.transform(MODEL_CASE))
    assert described(MODEL_CASE).columns.tolist() == transformer.get_feature_names_out().tolist()
    filled = SimpleImputer(keep_empty_features=True)  # the pKa of this polymer is not known
    scaled = make_pipeline(FormulationDescriptors(), filled, StandardScaler()).set_output(transform="pandas")
    assert scaled.fit_transform(MODEL_CASE)["ionic_radius"].mean() == pytest.approx(0, abs=1e-12)
    assert scaled.get_feature_names_out()[-1] == "log10_ratio"


def test_cross_terms_are_what_chemistry_multiplies():
    names = FormulationDescriptors(cross_terms=True).get_feature_names_out().tolist()
    transformer = FormulationDescriptors(cross_terms=True).set_output(transform="pandas")
    asked = [formulation_of("Fe3+", ligand, 60) for ligand in ("PAA", "PVPA")]
    matrix = transformer.transform(asked)
    assert matrix.columns.tolist() == names
    assert len(names) == len(DESCRIPTORS) + 4
    basicity = matrix["chelate_pka_sum"].to_numpy()
    assert basicity == pytest.approx([4.5, 9.3], abs=0.2)
    assert matrix["charge_product"].tolist() == [3 * 1, 3 * 2]
    assert matrix["ionic_potential_times_basicity"].tolist() == pytest.approx(3 / 0.645 * basicity)
    assert matrix["hydrolysis_times_basicity"][0] == pytest.approx(-matrix["log_k_hydrolysis"][0] * basicity[0])
    assert matrix["log10_charge_ratio"].tolist() == pytest.approx([math.log10(60 / 3), math.log10(60 * 2 / 3)])
    np.testing.assert_array_equal(matrix.iloc[:, : len(DESCRIPTORS)], FormulationDescriptors().transform(asked))


def test_what_was_simulated_is_described_by_what_a_simulation_knows_of_a_cation():
    transformer = FormulationDescriptors(cross_terms=True, simulated=True).set_output(transform="pandas")
    asked = [formulation_of(cation, "PAA", 60) for cation in ("Fe3+", "Cr3+", "VO2+", "Sc3+")]
    matrix, full = transformer.transform(asked), described(asked)
    assert matrix.columns.tolist()[:3] == ["charge", "lennard_jones_radius", "cation_molar_mass"]
    assert matrix["charge"].tolist() == [3, 3, 2, 3]
    assert matrix["cation_molar_mass"].tolist() == pytest.approx([55.845, 51.996, 50.944 + 15.999, 44.956])
    assert matrix["lennard_jones_radius"].isna().tolist() == [False, False, True, True]  # two without parameters
    # Chromium is the smaller of the two in a simulation as it is in crystals.
    assert matrix["lennard_jones_radius"][1] < matrix["lennard_jones_radius"][0]
    assert matrix["log10_charge_ratio"].tolist() == pytest.approx([math.log10(60 / q) for q in (3, 3, 2, 3)])
    assert not {"hardness", "ionic_radius", "hydrolysis_times_basicity"} & set(matrix.columns)
    ligand = [name for name in full.columns if name in matrix.columns and name != "charge"]
    pd.testing.assert_frame_equal(matrix[ligand], full[ligand])


def test_a_mixture_is_simulated_with_ions_of_both_kinds():
    pure = [formulation_of(cation, "PAA", 20) for cation in ("Ca2+", "Fe3+")]
    both = Formulation(cation="Ca2+", second_cation="Fe3+", second_fraction=0.25, ligand="PAA", ratio=20)
    calcium, iron, mixed = FormulationDescriptors(simulated=True).transform([*pure, both])[:, :3]
    np.testing.assert_allclose(mixed, 0.75 * calcium + 0.25 * iron)


def test_every_fault_comes_at_once():
    table = pd.DataFrame({"cation": ["Fe3+", "Fe4+"], "ligand": ["nylon", "PAA"], "ratio": [1.0, math.nan]})
    with pytest.raises(InputError) as error:
        FormulationDescriptors().fit(table)
    assert [fault.split(":")[0] for fault in error.value.faults] == [
        "formulation 1, cation",
        "formulation 0, ligand",
        "formulation 1, ratio",
    ]


def test_a_table_of_pairs_needs_no_ratio():
    pairs = pd.DataFrame({"Cation": ["Fe3+", "Ca2+"], "ligand": ["CC(=O)O", "PAA"]})
    expected = FormulationDescriptors().transform(
        [Formulation(cation=c, ligand=p) for c, p in pairs.itertuples(index=False)]
    )
    for table in (pairs, pairs.assign(ratio=math.nan)):
        np.testing.assert_array_equal(FormulationDescriptors().transform(table), expected)
    assert np.isnan(expected[:, -1]).all()


def test_what_is_no_formulation_is_refused():
    with pytest.raises(InputError, match="column ligand is missing"):
        FormulationDescriptors().transform(pd.DataFrame({"cation": ["Fe3+"], "ratio": [20]}))
    for wrong in (3, np.zeros((2, 3)), [1, 2], "Fe3+"):
        with pytest.raises(InputError, match="give a sequence of Formulation or a DataFrame"):
            FormulationDescriptors().transform(wrong)
    with pytest.raises(InputError, match=r"'Xx9\+' is not known; the cations are"):
        FormulationDescriptors().transform([Formulation(cation="Xx9+", ligand="PAA", ratio=1)])


def test_importing_needs_no_torch_and_no_engine():
    script = "import sys, ionlink.features; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert set(loaded) & {"torch", "openmm", "mlflow", "mendeleev", "pymatgen", "pint"} == set()
