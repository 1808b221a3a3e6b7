"""The SQL export of NIST SRD 46 is read as it is laid out; the rows here are made up in that layout."""

import base64
import zipfile
import zlib
from urllib.parse import quote

import pytest
from rdkit import Chem

from ionlink.data import InputError
from ionlink.data.log_k.importer import import_log_k
from ionlink.data.log_k.table import Assumptions

SCHEMA = {
    "verkn_ligand_metal": (
        "verkn_ligand_metalID ligandenNr metalNr beta_definitionNr constanttypNr temperature ionicstrength constant "
        "constant_sic error footnoteNr solventNr electrolyte comment Importhilfe Acc_feld"
    ),
    "liganden": (
        "ligandenID name_ligand formula link_pictures pictures_description figure_definition ligand_classNr comment "
        "Importhilfe Acc_feld"
    ),
    "metal": "metalID name_metal name_metal_pur type order part_of preselection comment Acc_feld",
    "beta_definition": "beta_definitionID name_beta_definition comment Acc_feld",
    "constanttyp": "constanttypID name_constanttyp comment Acc_feld",
    "mol_data": "mol_dataID ligandenNR mol_string_encoded Acc_feld",
}
TIME = "2008-01-06 19:00:51"


def encoded(smiles):
    mol_block = Chem.MolToMolBlock(Chem.MolFromSmiles(smiles))
    return quote(base64.b64encode(zlib.compress(mol_block.encode())), safe="")


def constant(number, ligand, metal, value, *, definition=812, kind=3, temperature="25", strength="0.0", error="0"):
    columns = (number, ligand, metal, definition, kind, temperature, strength, value, value, error)
    return (*columns, None, 1, None, None, None, TIME)


def ligand(number, name, formula, acid):
    return (number, name, formula, None, None, acid, 1, None, 1, TIME)


ROWS = {
    "metal": [
        (1, "Ca<sup>2+</sup>", "Ca", 1, 20, None, 0, None, TIME),
        (2, "VO<sup>2+</sup>", "VO", 2, 4, 5, 0, None, TIME),
        (3, "VO<sub>2</sub><sup>+</sup>", "VO2", 2, 5, 5, 0, None, TIME),
        (4, "Na<sup>+</sup>", "Na", 1, 11, None, 0, None, TIME),
        (5, "Po", "Po", 1, 84, None, 0, None, TIME),
    ],
    "beta_definition": [
        (779, "[MHL]/[M][HL]", None, TIME),
        (812, "[ML]/[M][L]", None, TIME),
        (840, "[ML<sub>2</sub>]/[M][L]<sup>2</sup>", None, TIME),
    ],
    "constanttyp": [(2, "H", None, TIME), (3, "K", None, TIME)],
    "liganden": [
        ligand(10, "Malonic acid", "C3H4O4", "H2L"),
        ligand(11, "Ethylenediamine", "C2H8N2", "L"),
        ligand(12, "Drawn wrongly", "C2H4O2", "HL"),
        ligand(13, "Not drawn (µ)", "C2H4O2", "HL"),
        ligand(14, "Spoilt", "C2H4O2", "HL"),
        ligand(15, "Not critical", "********", "***"),
    ],
    "mol_data": [
        (1, 10, encoded("OC(=O)CC(=O)O"), TIME),
        (2, 11, encoded("NCCN"), TIME),
        (3, 12, encoded("CCC(=O)O"), TIME),
        (4, 14, "bm8gc3RydWN0dXJl", TIME),
        (5, 15, encoded("CC(=O)O"), TIME),
    ],
    "verkn_ligand_metal": [
        constant(100, 10, 1, "1.50", strength="0.1", error="+/-5"),
        constant(101, 11, 2, "3.6"),
        constant(102, 10, 1, "-9.9", kind=2),
        constant(103, 10, 1, "0.6", definition=779),
        constant(104, 10, 1, "4.4", definition=840),
        constant(105, 10, 4, "(0.7)"),
        constant(106, 10, 3, "3.6"),
        constant(107, 12, 1, "1.2"),
        constant(108, 13, 1, "1.2"),
        constant(109, 14, 1, "1.2"),
        constant(110, 15, 1, "1.2"),
        constant(111, 10, 5, "1.2"),
        constant(112, 10, 4, "1.2", strength="var"),
        constant(113, 10, 4, "1.2", temperature=None),
        constant(114, 10, 4, "0.8", strength="1.0"),
        constant(115, 99, 4, "0.8"),
    ],
}


def escaped(cell):
    return r"\N" if cell is None else str(cell).replace("\\", "\\\\").replace("\t", "\\\t").replace("\n", "\\\n")


@pytest.fixture
def export(tmp_path):
    folder = tmp_path / "SRD 46 SQL"
    folder.mkdir()
    for table, columns in SCHEMA.items():
        lines = "".join(f"  `{name}` text DEFAULT NULL,\n" for name in columns.split())
        key = columns.split()[0]
        schema = f"-- MySQL dump 10.13\nCREATE TABLE `{table}` (\n{lines}  PRIMARY KEY (`{key}`)\n) ENGINE=MyISAM;\n"
        (folder / f"{table}.sql").write_text(schema, encoding="cp1252")
        text = "".join("\t".join(map(escaped, row)) + "\n" for row in ROWS[table])
        (folder / f"{table}.txt").write_bytes(text.encode("cp1252"))
    return folder


def test_first_constants_are_taken_with_structure_and_charge(export):
    found = import_log_k(export, Assumptions())
    calcium, vanadyl = (constant.observation for constant in found.constants)
    assert str(calcium.formulation) == "Ca2+ / O=C(O)CC(=O)O"
    assert calcium.value == pytest.approx(1.5 + 8 * 0.107, abs=2e-3)
    assert calcium.standard_error == pytest.approx(0.05)
    assert calcium.conditions == "ionic_strength=0 mol/L; ligand_charge=-2; temperature=25 degC"
    assert "10.18434/M32154" in calcium.source
    assert (str(vanadyl.formulation), vanadyl.value, vanadyl.standard_error) == ("VO2+ / NCCN", 3.6, None)
    assert "ligand_charge=0" in vanadyl.conditions


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (105, "log_k1: (0.7) stands in brackets"),
        (106, "metal: 'VO2' with charge 1 is not a cation"),
        (107, "ligand_smiles: is drawn with another formula than the export states: C3H6O2 for C2H4O2"),
        (108, "ligand_smiles: the export has no structure of it"),
        (109, "ligand_smiles: its structure in the export cannot be decoded"),
        (110, "ligand_smiles: is drawn with another formula than the export states: C2H4O2 for ********"),
        (111, "charge: is missing"),
        (112, "ionic_strength_m: 'var' is not a number"),
        (113, "temperature_c: is missing"),
        (114, "ionic_strength_m: an ionic strength of 1 mol/L is outside"),
        (115, "ligand_smiles: the export has no structure of it"),
    ],
)
def test_what_cannot_be_used_is_listed_by_its_number(export, number, reason):
    rejected = {row.number: row.reasons for row in import_log_k(export, Assumptions()).rejected}
    assert any(line.startswith(reason) for line in rejected[number]), rejected[number]


def test_other_quantities_and_equilibria_are_not_read(export):
    found = import_log_k(export, Assumptions())
    assert found.rows_read == len(ROWS["verkn_ligand_metal"]) - 3


def test_the_zip_archive_says_the_same(export):
    path = export.parent / "SRD 46 SQL.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in export.iterdir():
            archive.write(file, f"SRD 46 SQL/{file.name}")
    assert import_log_k(path, Assumptions()) == import_log_k(export, Assumptions())


def test_cells_with_tabs_and_line_ends_are_read(export):
    text = (export / "liganden.txt").read_text("cp1252")
    (export / "liganden.txt").write_text(text.replace("Spoilt", "Spo\\\tilt\\\n\\\\N"), "cp1252", newline="\n")
    rejected = {row.number: row.cells for row in import_log_k(export, Assumptions()).rejected}
    assert rejected[109]["ligand_name"] == "Spo\tilt\n\\N"
    assert rejected[108]["ligand_name"] == "Not drawn (µ)"


def test_what_is_no_export_is_refused(export, tmp_path):
    (export / "metal.txt").unlink()
    with pytest.raises(InputError, match=r"is not the SQL export of NIST SRD 46 .*metal\.txt missing"):
        import_log_k(export, Assumptions())
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(InputError, match="cannot be read as a zip archive"):
        import_log_k(broken, Assumptions())


def test_a_row_that_does_not_fit_its_schema_is_refused(export):
    with (export / "metal.txt").open("a", encoding="cp1252") as file:
        file.write("6\tFe<sup>3+</sup>\n")
    with pytest.raises(InputError, match=r"metal\.txt: row 6 has 2 cells where metal\.sql has 9 columns"):
        import_log_k(export, Assumptions())
