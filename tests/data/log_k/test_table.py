"""Tables of stability constants: what is taken, moved and merged, and why a row is not."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionlink.data import InputError
from ionlink.data.log_k.importer import general, import_log_k, known_pairs
from ionlink.data.log_k.table import Assumptions, cation_by_symbol
from ionlink.data.observation_table import load_observations

COLUMNS = (
    *("metal", "charge", "ligand_smiles", "log_k1", "standard_deviation", "sources"),
    *("temperature_c", "ionic_strength_m", "ligand_charge"),
)
NOTHING = Assumptions()
GOOD = {
    "metal": "Ca",
    "charge": "2",
    "ligand_smiles": "CC(=O)O",
    "log_k1": "1.2",
    "sources": "doi:10.1000/1",
    "temperature_c": "25",
    "ionic_strength_m": "0",
}


@pytest.fixture
def import_rows(tmp_path):
    def run(*changes, assumed=NOTHING):
        path = tmp_path / "table.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows({**GOOD, **change} for change in changes)
        return import_log_k(path, assumed)

    return run


def only(found):
    (constant,) = found.constants
    assert found.rejected == ()
    return constant.observation


def reasons(found):
    (row,) = found.rejected
    assert found.constants == ()
    return row.reasons


def test_a_row_becomes_an_observation_of_the_neutral_molecule(import_rows):
    known = only(import_rows({"ligand_smiles": "[O-]C(C)=O", "standard_deviation": "0.05"}))
    assert (known.formulation.cation, known.formulation.ligand, known.formulation.ratio) == ("Ca2+", "CC(=O)O", None)
    assert (known.outcome, known.value, known.standard_error, known.level) == ("log_k1", 1.2, 0.05, "equilibrium")
    assert known.source == "doi:10.1000/1"
    assert known.conditions == "ionic_strength=0 mol/L; ligand_charge=-1; temperature=25 degC"


def test_a_charge_that_is_not_stated_is_not_guessed(import_rows):
    assert only(import_rows({})).conditions == "ionic_strength=0 mol/L; temperature=25 degC"


@pytest.mark.parametrize(
    ("metal", "charge", "name"),
    [
        ("VO", "2", "VO2+"),
        ("Fe", "3", "Fe3+"),
        ("Ag", "1.0", "Ag+"),
        ("Cu", "+2", "Cu2+"),
        ("Fe3+", "3", "Fe3+"),
        ("Fe(III)", "3", "Fe3+"),
    ],
)
def test_cations_are_found_by_symbol_and_charge(import_rows, metal, charge, name):
    assert only(import_rows({"metal": metal, "charge": charge})).formulation.cation == name


def test_vanadyl_is_no_vanadium_with_charge_two():
    assert cation_by_symbol()["VO", 2] == "VO2+"
    assert ("V", 2) not in cation_by_symbol()


@pytest.mark.parametrize(
    "charge",
    [
        {"ligand_charge": "-1"},
        {"ligand_charge": "\N{MINUS SIGN}1"},
        {"ligand_smiles": "CC(=O)[O-]"},
        {"ligand_smiles": "CC([O-])=O", "ligand_charge": "-1"},
    ],
)
def test_constants_move_to_zero_ionic_strength(import_rows, charge):
    found = import_rows({"ionic_strength_m": "0.1", **charge})
    assert only(found).value == pytest.approx(1.2 + 4 * 0.107, abs=1e-3)
    assert "ionic_strength=0 mol/L" in only(found).conditions
    assert found.constants[0].note == "moved from I = 0.1 mol/L by the Davies equation"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"metal": "Xx"}, "metal: 'Xx' with charge 2 is not a cation that ionlink knows"),
        ({"charge": "3"}, "metal: 'Ca' with charge 3 is not a cation"),
        ({"metal": "Ca2+", "charge": "3"}, "metal: 'Ca2+' contradicts the charge, 3"),
        ({"charge": "two"}, "charge: 'two' is not a charge"),
        ({"charge": ""}, "charge: is missing"),
        ({"ligand_smiles": "acetate"}, "ligand_smiles: 'acetate' is not a valid SMILES"),
        ({"ligand_smiles": ""}, "ligand_smiles: is missing"),
        ({"ligand_smiles": "CCC"}, "ligand_smiles: 'CCC' has no atom that can bind"),
        ({"ligand_smiles": "O"}, "ligand_smiles: 'O' is water"),
        ({"log_k1": "high"}, "log_k1: 'high' is not a number"),
        ({"log_k1": "nan"}, "log_k1: 'nan' is not a number"),
        ({"log_k1": "-5.1"}, "log_k1: -5.1 is outside -5 to 60"),
        ({"log_k1": "120"}, "log_k1: 120 is outside -5 to 60"),
        ({"standard_deviation": "-0.1"}, "standard_deviation: -0.1 is negative"),
        ({"standard_deviation": "8.7"}, "standard_deviation: 8.7 is above 2: its sources disagree"),
        ({"sources": ""}, "sources: is missing"),
        ({"temperature_c": ""}, "temperature_c: is missing"),
        ({"temperature_c": "37"}, "temperature_c: 37 is outside 20 to 30 °C"),
        ({"ionic_strength_m": ""}, "ionic_strength_m: is missing"),
        ({"ionic_strength_m": "-0.1"}, "ionic_strength_m: -0.1 is negative"),
        ({"ionic_strength_m": "0.1"}, "ligand_charge: is missing, but needed to correct to zero ionic strength"),
        ({"ionic_strength_m": "1", "ligand_charge": "-1"}, "ionic_strength_m: an ionic strength of 1 mol/L is outside"),
        ({"ligand_charge": "-2", "ligand_smiles": "CC(=O)[O-]"}, "ligand_charge: contradicts ligand_smiles"),
        (
            {"ligand_charge": "1"},
            "ligand_charge: 1 is no charge of the ligand at usual pH: CC(=O)O has -1 to 0; did you mean -1?",
        ),
        (
            {"ligand_charge": "-4"},
            "ligand_charge: -4 is no charge of the ligand at usual pH: CC(=O)O has -1 to 0; "
            "write that of the species that binds",
        ),
        (
            {"ligand_charge": "1", "ligand_smiles": "NCC(=O)O"},  # glycinium exists, in strong acid
            "ligand_charge: 1 is no charge of the ligand at usual pH: NCC(=O)O has -1 to 0; did you mean -1?",
        ),
        ({"ligand_charge": "minus"}, "ligand_charge: 'minus' is not a charge"),
    ],
)
def test_a_row_that_cannot_be_used_says_why(import_rows, change, reason):
    (found,) = reasons(import_rows(change))
    assert found.startswith(reason)


@pytest.mark.parametrize(
    ("smiles", "lowest", "highest"),
    [
        ("CC(=O)O", -1, 0),
        ("OC(=O)CC(O)(C(=O)O)CC(=O)O", -4, 0),  # citrate, which can lose the proton of its alcohol
        ("O=C(O)CN(CCN(CC(=O)O)CC(=O)O)CC(=O)O", -4, 0),  # EDTA
        ("NCC(=O)O", -1, 0),
        ("NCCN", 0, 2),
        ("NCCS", -1, 1),
        ("N", 0, 1),
        ("c1ccncc1", 0, 1),
        ("c1c[nH]cn1", -1, 1),
        ("CC(N)=O", -2, 0),
        ("C[N+](C)(C)CC(=O)O", 0, 1),
        ("CC(=O)CC(C)=O", -1, 0),  # acetylacetone, an acid at carbon
        ("C#N", -1, 0),
        ("O=[N+]([O-])O", -1, 0),
        ("COCCOC", 0, 0),
    ],
)
def test_a_ligand_has_the_charges_that_its_protons_allow(import_rows, smiles, lowest, highest):
    for charge in range(lowest, highest + 1):
        assert (
            f"ligand_charge={charge};"
            in only(import_rows({"ligand_smiles": smiles, "ligand_charge": str(charge)})).conditions
        )
    for charge in (lowest - 1, highest + 1):
        assert (
            "is no charge of the ligand at usual pH"
            in reasons(import_rows({"ligand_smiles": smiles, "ligand_charge": str(charge)}))[0]
        )


def test_impossible_charges_count_together(import_rows):
    found = import_rows({"ligand_charge": "1"}, {"ligand_charge": "-4", "ligand_smiles": "OC=O"})
    assert found.reasons() == {"ligand_charge: is no charge of the ligand at usual pH": 2}


def test_a_row_says_everything_that_is_wrong_with_it(import_rows):
    found = reasons(import_rows({"metal": "Xx", "ligand_smiles": "?", "log_k1": "", "temperature_c": "80"}))
    assert [reason.split(":")[0] for reason in found] == ["ligand_smiles", "metal", "log_k1", "temperature_c"]


def test_what_holds_for_the_whole_table_is_stated_once(import_rows):
    silent = {"sources": "", "temperature_c": "", "ionic_strength_m": ""}
    known = only(import_rows(silent, assumed=Assumptions(0.0, 20.0, "a book")))
    assert (known.source, known.conditions) == ("a book", "ionic_strength=0 mol/L; temperature=20 degC")


def test_a_row_prevails_over_what_holds_for_the_table(import_rows):
    assert "temperature=25" in only(import_rows({}, assumed=Assumptions(0.3, 20.0, "a book"))).conditions


def test_other_temperatures_are_taken_when_asked_for_but_not_corrected(import_rows):
    asked = Assumptions(any_temperature=True)
    assert "temperature=37 degC" in only(import_rows({"temperature_c": "37"}, assumed=asked)).conditions
    salty = {"temperature_c": "37", "ionic_strength_m": "0.1", "ligand_charge": "-1"}
    assert "where the Davies equation holds" in reasons(import_rows(salty, assumed=asked))[0]


def test_duplicates_are_merged_with_their_spread(import_rows):
    found = import_rows({}, {"ligand_smiles": "OC(C)=O", "log_k1": "1.6", "sources": "doi:10.1000/2"})
    known = only(found)
    assert known.value == pytest.approx(1.4)
    assert known.standard_error == pytest.approx(0.4 / 2**0.5)
    assert known.source == "doi:10.1000/1; doi:10.1000/2"
    assert (found.rows_read, found.rows_taken, found.constants[0].rows) == (2, 2, (2, 3))
    assert found.constants[0].note == "mean of 2 rows"


def test_the_larger_error_counts(import_rows):
    assert only(import_rows({}, {"log_k1": "1.3", "standard_deviation": "0.5"})).standard_error == 0.5


def test_agreement_to_the_last_digit_is_not_an_error_of_zero(import_rows):
    assert only(import_rows({"standard_deviation": "0"}, {})).standard_error is None


def test_different_equilibria_are_not_merged(import_rows):
    found = import_rows({}, {"temperature_c": "20"}, {"charge": "2", "metal": "Mg"}, {"ligand_charge": "-1"})
    assert len(found.constants) == 4


def test_rows_that_contradict_each_other_are_all_rejected(import_rows):
    found = import_rows({}, {"log_k1": "9"}, {"metal": "Mg"})
    assert [row.number for row in found.rejected] == [2, 3]
    assert found.rejected[0].reasons[0].startswith("log_k1: rows of the same equilibrium contradict")
    assert len(found.constants) == 1


def test_rejected_rows_come_with_their_cells_and_reasons(import_rows):
    found = import_rows({"metal": "Xx"}, {}, {"log_k1": "?"})
    rows = list(csv.DictReader(io.StringIO(found.rejected_table())))
    assert [(row["row"], row["metal"], row["log_k1"]) for row in rows] == [("2", "Xx", "1.2"), ("4", "Ca", "?")]
    assert rows[1]["reason"] == "log_k1: '?' is not a number"


def test_reasons_are_counted_without_their_values(import_rows):
    found = import_rows({"metal": "Xx"}, {"metal": "Yy"}, {"log_k1": "99"})
    assert found.reasons() == {"metal: is not a cation that ionlink knows": 2, "log_k1: is outside -5 to 60": 1}
    assert general("standard_deviation: 8.7 is above 2: its sources disagree") == "standard_deviation: is above 2"


def test_what_is_written_is_read_back(import_rows, tmp_path):
    found = import_rows({"standard_deviation": "0.1"}, {"metal": "Mg"}, {"metal": "Cu", "log_k1": "2.22"})
    path = tmp_path / "observations_log_k_table.csv"
    path.write_text(found.table(), encoding="utf-8")
    assert load_observations(path) == tuple(constant.observation for constant in found.constants)


def test_pairs_known_before_do_not_count_the_table_itself(import_rows, tmp_path, monkeypatch):
    monkeypatch.setenv("IONLINK_DATA", str(tmp_path))
    found = import_rows({"ligand_smiles": "CCCCCCCCCCCCC(=O)O"})
    own = tmp_path / "observations_log_k_table.csv"
    own.write_text(found.table(), encoding="utf-8")
    assert not found.pairs() & known_pairs(besides=own)
    assert found.pairs() <= known_pairs(besides=tmp_path / "another.csv")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("metal,charge\nCa,2\n", "table.csv: row 1: column 'ligand_smiles' is missing"),
        ("metal,charge,ligand_smiles,log_k1,colour\nCa,2,CC(=O)O,1,red\n", "row 1: column 'colour' is unknown"),
        (
            "metal,charge,ligand_smiles,log_k1,sources\nCa,2,CC(=O)O,1,=1+1\n",
            "row 2, sources: '=1+1' runs as a formula",
        ),
        ("metal,charge,ligand_smiles,log_k1\nCa,2,CC(=O)O\n", "row 2: has 3 cells where the header has 4"),
        ("", "table.csv: is empty"),
    ],
)
def test_a_malformed_table_is_refused_whole(tmp_path, text, fault):
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        import_log_k(path, Assumptions(0.0, 25.0, "a book"))
    assert any(fault in line for line in error.value.faults), error.value.faults


def test_semicolons_and_decimal_commas_are_read(tmp_path):
    path = tmp_path / "table.csv"
    text = "\ufeffmetal;charge;ligand_smiles;log_k1;sources;temperature_c;ionic_strength_m;ligand_charge\r\n"
    path.write_text(text + "Ca;2;CC(=O)O;1,2;a book;25,0;0,1;-1\r\n", encoding="utf-8")
    assert only(import_log_k(path, Assumptions())).value == pytest.approx(1.628, abs=1e-3)


cells = st.one_of(st.sampled_from(["Ca", "2", "CC(=O)O", "25", "0.1", "-1", "1e9"]), st.text(max_size=6))


@given(st.lists(st.lists(cells, min_size=9, max_size=9), min_size=1, max_size=3))
def test_no_row_breaks_the_import(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("log_k") / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    try:
        found = import_log_k(path, Assumptions())
    except InputError as error:
        assert all(fault.startswith("table.csv: ") for fault in error.faults)
    else:
        assert found.rows_read == found.rows_taken + len(found.rejected) > 0
        assert all(row.reasons for row in found.rejected)
