"""The table of ligands as shipped, and what a user's own table gets told."""

import csv

import pytest
from pydantic import ValidationError

from ionlink.data import InputError, Ligand, ligands
from ionlink.data.catalogue import ligands as catalogue
from ionlink.data.csv_table import DATA_FOLDER
from ionlink.data.donor_group import DONOR_GROUPS
from ionlink.data.donor_sites import charge_per_repeat_unit, donor_groups_per_repeat_unit
from ionlink.data.ligand_table import OPTIONAL, REQUIRED, load_ligands, read_ligands
from ionlink.data.naming import ligand_name

SHIPPED = DATA_FOLDER / "ligands.csv"
EVERY_LIGAND = pytest.mark.parametrize("ligand", ligands().values(), ids=lambda ligand: ligand.name)

CHARGES = {
    "PAA": -1,
    "PF-COO": -2,
    "alginate": -2,
    "alginate-G": -1,
    "heparin": -4,
    "iota-carrageenan": -2,
    "chitosan": 0,
    "gelatin": 0,
    "poly-maleate": -2,
    "PVPA": -2,
    "Nafion": -1,
    "PHA": -1,
    "PAA-catechol": -3,
    "alginate-borax": -3,
}
"""In elementary charges, counted by hand from the structures."""

PKA = {
    "PAA": (4.25, 0.03),
    "PMAA": (4.8, 0.1),
    "CMC": (3.42, "unknown"),
    "pectin": (2.90, 0.15),
    "heparin": (3.13, "unknown"),
    "chitosan": (6.2, "unknown"),
    "alpha-PGA": (4.40, "unknown"),
    "PEMA": (4.2, "unknown"),
    "PIMA": (3.0, "unknown"),
}
"""As printed in the abstracts of their sources."""

USED = {
    "PAA", "PMAA", "PF-COO", "alginate", "alginate-G", "alginate-M", "CMC", "pectin", "hyaluronate", "gamma-PGA",
    "alpha-PGA", "PAsp", "poly-maleate", "poly-itaconate", "PSS", "PEDOT-PSS", "Nafion", "SPEEK", "PVPA",
    "PAA-catechol", "TA-PAA", "PHA", "alginate-borax", "CMC-borax", "PVA-borate", "gelatin", "chitosan",
    "kappa-carrageenan", "iota-carrageenan", "PDA",
}  # fmt: skip


def test_what_the_field_uses_is_there():
    assert set(ligands()) >= USED
    assert {ligand.donor_group for ligand in ligands().values()} >= {
        "carboxylate",
        "sulfonate",
        "sulfate",
        "phosphonate",
        "catecholate",
        "hydroxamate",
        "borate_diol",
        "amine",
    }


def test_the_shipped_table_passes_the_checks_of_a_new_one():
    assert load_ligands(SHIPPED) == dict(ligands())
    with SHIPPED.open(encoding="utf-8", newline="") as file:
        assert set(next(csv.reader(file))) == {*REQUIRED, *OPTIONAL}


@EVERY_LIGAND
def test_every_ligand_has_its_classes_and_its_source(ligand):
    assert ligand.backbone is not None
    conducts_electrons = ligand.conductivity in {"electronic", "mixed"}
    assert conducts_electrons == (ligand.backbone == "conjugated")
    assert ligand.source.startswith("doi:10.") or ligand.source == "definition" or len(ligand.source) > 20
    if ligand.source == "definition" or ligand.conductivity is None or ligand.donor_pka is not None:
        assert ligand.note
    assert donor_groups_per_repeat_unit(ligand.repeat_unit_smiles)[ligand.donor_group] >= 1


def test_charges_follow_from_the_structure():
    found = {name: charge_per_repeat_unit(ligands()[name].repeat_unit_smiles) for name in CHARGES}
    assert found == CHARGES


def test_donor_groups_follow_from_the_structure():
    found = {name: dict(donor_groups_per_repeat_unit(x.repeat_unit_smiles)) for name, x in ligands().items()}
    assert found["heparin"] == {"carboxylate": 1, "sulfate": 2, "sulfamate": 1}
    assert found["alginate-borax"] == {"carboxylate": 2, "borate_diol": 1}
    assert found["PAA-catechol"] == found["TA-PAA"] == {"carboxylate": 1, "catecholate": 1}
    assert found["gelatin"] == {"carboxylate": 1}  # no amide, no guanidinium counts as amine


def test_no_pka_but_those_of_the_sources():
    found = {x.name: (x.donor_pka, x.donor_pka_uncertainty) for x in ligands().values() if x.donor_pka is not None}
    assert found == PKA
    assert all(ligands()[name].donor_pka_source for name in PKA)


def test_synonyms_of_the_field_are_found():
    typed = {
        "PEDOT:PSS": "PEDOT-PSS",
        "polygalacturonic acid": "pectin",
        "TA-c-PAA": "TA-PAA",
        "SA@Borax": "alginate-borax",
        "hyaluronic acid": "hyaluronate",
        "κ-carrageenan": "kappa-carrageenan",
        "NaPSS": "PSS",
        "poly(vinylphosphonic acid)": "PVPA",
        "polydopamine": "PDA",
    }
    assert {text: ligand_name(text) for text in typed} == typed


HEADER = "name,full_name,repeat_unit_smiles,donor_group,source"
POLYCROTONATE = "PCA,poly(crotonic acid),[*:1]C(C)C([*:2])C(=O)[O-],carboxylate,definition"


def table(tmp_path, *lines, name="ligands_mine.csv"):
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def faults(path, known=None):
    with pytest.raises(InputError) as error:
        load_ligands(path, known)
    return error.value.faults


def test_a_user_adds_a_ligand_by_a_row_of_five_cells(tmp_path):
    (found,) = load_ligands(table(tmp_path, HEADER, POLYCROTONATE), ligands()).values()
    assert (found.name, found.donor_group, found.backbone, found.donor_pka) == ("PCA", "carboxylate", None, None)


def test_every_column_is_read(tmp_path):
    header = f"{HEADER},donor_pka,donor_pka_uncertainty,donor_pka_source,backbone,conductivity,synonyms,note"
    row = f"{POLYCROTONATE},4.9,0.1,lab book 3,vinyl,insulating,polycrotonate; x,made here"
    (found,) = load_ligands(table(tmp_path, header, row)).values()
    assert (found.donor_pka, found.donor_pka_uncertainty, found.donor_pka_source) == (4.9, 0.1, "lab book 3")
    assert (found.backbone, found.conductivity, found.synonyms) == ("vinyl", "insulating", ("polycrotonate", "x"))
    assert found.note == "made here"


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("X,x,nonsense(,carboxylate,s", "row 2, repeat_unit_smiles: repeat unit 'nonsense(': is not a SMILES"),
        ("X,x,CCC(=O)[O-],carboxylate,s", "row 2, repeat_unit_smiles: repeat unit 'CCC(=O)[O-]': must have exactly"),
        ("X,x,[*:1]CC([*:2])([*:3])C(=O)[O-],carboxylate,s", "it has [*:1], [*:2], [*:3]"),
        ("X,x,[*:1]CC([*:2])C(=O)O,carboxylate,s", "bears no carboxylate, it bears no donor group; write donor groups"),
        ("X,x,[*:1]CC([*:2])C(=O)[O-],sulfonate,s", "bears no sulfonate, it bears 1 carboxylate; write donor groups"),
        ("X,x,[*:1]CC([*:2])C(=O)[O-],thiolate,s", "row 2, donor_group: 'thiolate' is not known; known are: amine,"),
        ("X,x,[*:1]CC([*:2])C(=O)[O-].[Na+],carboxylate,s", "must be one piece; leave out counter-ions"),
        ("a/b,x,[*:1]CC([*:2])C(=O)[O-],carboxylate,s", "row 2, name: 'a/b' may only have letters"),
        ("..,x,[*:1]CC([*:2])C(=O)[O-],carboxylate,s", "row 2, name: '..' may only have letters"),
        ("X,x,[*:1]CC([*:2])C(=O)[O-],carboxylate,", "row 2, source: is missing"),
        (",x,[*:1]CC([*:2])C(=O)[O-],carboxylate,s", "row 2, name: is missing"),
        ("X,x,,carboxylate,s", "row 2, repeat_unit_smiles: is missing"),
    ],
)
def test_a_faulty_ligand_is_refused_with_file_row_and_field(tmp_path, row, fault):
    (found,) = faults(table(tmp_path, HEADER, row))
    assert found.startswith("ligands_mine.csv row 2")
    assert fault in found


@pytest.mark.parametrize(
    ("columns", "cells", "fault"),
    [
        ("backbone", "protein", "row 2, backbone: Input should be 'vinyl',"),
        ("conductivity", "semi", "row 2, conductivity: Input should be 'insulating',"),
        ("donor_pka", "low", "row 2, donor_pka: Input should be a valid number"),
        ("donor_pka", "400", "row 2, donor_pka: Input should be less than"),
        ("donor_pka", "4.5", "a donor_pka needs a donor_pka_source and a donor_pka_uncertainty"),
        ("donor_pka,donor_pka_source", "4.5,s", "a donor_pka needs a donor_pka_source and a donor_pka_uncertainty"),
        ("donor_pka_source", "s", "need a donor_pka"),
        ("donor_pka,donor_pka_source,donor_pka_uncertainty", "4.5,s,-1", "must be above 0, or 'unknown'"),
        ("pka", "4.5", "column 'pka' is unknown; the columns are name, full_name"),
    ],
)
def test_faulty_optional_cells_are_refused(tmp_path, columns, cells, fault):
    (found,) = faults(table(tmp_path, f"{HEADER},{columns}", f"{POLYCROTONATE},{cells}"))
    assert fault in found


def test_duplicates_are_found_however_they_are_written(tmp_path):
    rows = (
        POLYCROTONATE,
        "same,the same from its other end,O=C([O-])C([*:1])C(C)[*:2],carboxylate,s",
        "known,PAA written otherwise,C([*:2])C([*:1])C(=O)[O-],carboxylate,s",
        "paa,another,[*:1]CC([*:2])(CC)C(=O)[O-],carboxylate,s",
        "P-C-A,yet another,[*:1]CC([*:2])(CCC)C(=O)[O-],carboxylate,s",
    )
    assert [fault.removeprefix("ligands_mine.csv ") for fault in faults(table(tmp_path, HEADER, *rows), ligands())] == [
        "row 5, name: 'paa' means PAA already",
        "row 6, name: 'P-C-A' means PCA (ligands_mine.csv row 2) already",
        "row 3, repeat_unit_smiles: 'O=C([O-])C([*:1])C(C)[*:2]' is the same polymer as PCA (ligands_mine.csv row 2)",
        "row 4, repeat_unit_smiles: 'C([*:2])C([*:1])C(=O)[O-]' is the same polymer as PAA",
    ]


def test_synonyms_are_told_apart_as_well(tmp_path):
    rows = (f"{POLYCROTONATE},Alg", "Y,y,[*:1]CC([*:2])(CC)C(=O)[O-],carboxylate,s,polycrotonic acid;Z")
    assert faults(table(tmp_path, f"{HEADER},synonyms", *rows), ligands()) == (
        "ligands_mine.csv row 2, synonyms: 'Alg' means alginate already",
        "ligands_mine.csv row 3, synonyms: 'polycrotonic acid' means PCA (ligands_mine.csv row 2) already",
    )


def test_every_fault_of_a_file_comes_at_once(tmp_path):
    rows = (
        "X,x,nonsense(,thiolate,s",
        "X,poly-x,[*:1]CC([*:2])C(=O)O,carboxylate,",
        "Y,poly-y,[*:1]CC([*:2])C(=O)[O-],carboxylate,s",
    )
    found = faults(table(tmp_path, HEADER, *rows), ligands())
    assert len(found) == 6
    assert {fault.split(", ")[1].split(":")[0] for fault in found} == {
        "source",
        "name",
        "donor_group",
        "repeat_unit_smiles",
    }


def test_a_table_that_was_checked_is_read_without_rdkit(tmp_path):
    path = table(tmp_path, HEADER, "X,x,nonsense(,carboxylate,s")
    assert list(read_ligands(path)) == ["X"]
    with pytest.raises(InputError, match="'X' means PAA already"):
        read_ligands(path, {"PAA": ligands()["PAA"].model_copy(update={"synonyms": ("X",)})})


def test_own_tables_come_after_the_shipped_one(tmp_path, monkeypatch):
    table(tmp_path, HEADER, POLYCROTONATE)
    monkeypatch.setenv("IONLINK_DATA", str(tmp_path))
    found = catalogue.__wrapped__()
    assert [*found] == [*ligands(), "PCA"]
    table(tmp_path, HEADER, POLYCROTONATE.replace("PCA", "PAA"))
    with pytest.raises(InputError, match=r"ligands_mine.csv row 2, name: 'PAA' means PAA already"):
        catalogue.__wrapped__()


def test_an_own_table_that_is_no_text_is_named(tmp_path, monkeypatch):
    (tmp_path / "ligands_mine.csv").write_bytes("name,full_name".encode("utf-16"))
    monkeypatch.setenv("IONLINK_DATA", str(tmp_path))
    with pytest.raises(InputError, match=r"ligands_mine.csv: is not text in UTF-8; save it as 'CSV UTF-8'"):
        catalogue.__wrapped__()


def test_a_pka_without_source_is_no_ligand():
    with pytest.raises(ValidationError, match="needs a donor_pka_source"):
        Ligand(
            name="A",
            full_name="a",
            repeat_unit_smiles=DONOR_GROUPS["amine"].example,
            donor_group="amine",
            donor_pka=9.0,
            source="s",
        )
