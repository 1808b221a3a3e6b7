"""Reads stability constants from the SQL export of NIST SRD 46 (doi:10.18434/M32154) as rows of a log K table.

What was checked: the layout, against excerpts of the export of 30 August 2011 (`SRD 46 SQL.zip`) with some hundred
constants, some hundred ligands, all metals and a part of the definitions of equilibria; this reader, on a dozen rows
and one structure of them. What was not: a whole archive was never imported. That `+/-5` counts units of the last
digit of the constant was not looked up in the users' guide; its values leave no other reading.
NIST itself warns that the export was made by others and that its structures contain errors: each is held against the
formula of its ligand, and refused where they differ.
"""

import base64
import binascii
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

from ionlink.data.errors import InputError
from ionlink.data.log_k.srd46_dump import Cells, Dump
from ionlink.data.molecule import Molecule, read_mol_block

FIRST_CONSTANT = "[ML]/[M][L]"
"""K1 as the table of definitions writes it; constants of other equilibria are not read."""

LARGEST_MOL_BLOCK = 1_000_000
TAG = re.compile(r"<[^>]*>")
METAL = re.compile(r"(?P<symbol>.+)<sup>(?P<charge>\d*)\+</sup>")
ACID = re.compile(r"(?:H(?P<protons>\d*))?L")
ERROR_IN_LAST_DIGIT = re.compile(r"\+/-(?P<units>\d+)")
ELEMENT_COUNT = re.compile(r"([A-Z][a-z]?)(\d*)")


@dataclass(frozen=True)
class Srd46:
    """The tables of an export that its constants refer to."""

    dump: Dump

    @cached_property
    def metals(self) -> Mapping[str, Cells]:
        """Metals by number."""
        return {row["metalID"]: row for row in self.dump.rows("metal")}

    @cached_property
    def ligands(self) -> Mapping[str, Cells]:
        """Ligands by number."""
        return {row["ligandenID"]: row for row in self.dump.rows("liganden")}

    @cached_property
    def structures(self) -> Mapping[str, str]:
        """Encoded structures by number of their ligand."""
        rows = self.dump.rows("mol_data")
        return {row["ligandenNR"]: row.get("mol_string_encoded", "") for row in rows if "ligandenNR" in row}

    @cached_property
    def first_constants(self) -> tuple[Cells, ...]:
        """Rows that state a log10 K1 in water."""
        kinds = {row["constanttypID"] for row in self.dump.rows("constanttyp") if row.get("name_constanttyp") == "K"}
        definitions = {
            row["beta_definitionID"]
            for row in self.dump.rows("beta_definition")
            if TAG.sub("", row.get("name_beta_definition", "")).strip() == FIRST_CONSTANT
        }
        return tuple(
            row
            for row in self.dump.rows("verkn_ligand_metal")
            if row.get("constanttypNr") in kinds and row.get("beta_definitionNr") in definitions
        )

    def rows(self) -> Iterator[tuple[int, dict[str, str], list[str]]]:
        """Number in the export, cells of a log K table, and what is wrong with the ligand, of each first constant."""
        ligands: dict[str, tuple[dict[str, str], list[str]]] = {}
        for row in self.first_constants:
            number = row.get("ligandenNr", "")
            if number not in ligands:
                ligands[number] = self.ligand_cells(number)
            cells, reasons = ligands[number]
            measured, doubts = constant_cells(row)
            yield (
                int(row["verkn_ligand_metalID"]),
                {**metal_cells(self.metals.get(row.get("metalNr", ""), {})), **cells, **measured},
                [*reasons, *doubts],
            )

    def ligand_cells(self, number: str) -> tuple[dict[str, str], list[str]]:
        """Name, structure and charge of a ligand, and what is wrong with it."""
        row = self.ligands.get(number, {})
        cells = {"ligand_name": row["name_ligand"]} if "name_ligand" in row else {}
        try:
            molecule = self.structure(number, row.get("formula"))
        except InputError as error:
            return cells, [f"ligand_smiles: {fault}" for fault in error.faults]
        acid = ACID.fullmatch(TAG.sub("", row.get("figure_definition", "")))
        charge = {} if acid is None else {"ligand_charge": str(molecule.charge - protons(acid))}
        return {**cells, "ligand_smiles": molecule.smiles, **charge}, []

    def structure(self, number: str, formula: str | None) -> Molecule:
        """The drawn structure of a ligand.

        Raises:
            InputError: when there is none, it cannot be read, or its formula is not the stated one.

        """
        if number not in self.structures:
            raise InputError("the export has no structure of it")
        molecule = read_mol_block(decode_structure(self.structures[number]))
        if elements(formula or "") != elements(molecule.formula):
            raise InputError(f"is drawn with another formula than the export states: {molecule.formula} for {formula}")
        return molecule


def protons(acid: re.Match[str]) -> int:
    """Protons that the acid loses to become L: 0 for `L`, 1 for `HL`, 2 for `H2L`."""
    if not acid[0].startswith("H"):
        return 0
    return int(acid["protons"] or 1)


def metal_cells(row: Cells) -> dict[str, str]:
    """Symbol and charge of a metal: `VO<sup>2+</sup>` is VO with charge 2."""
    name = row.get("name_metal", "")
    match = METAL.fullmatch(name)
    if match is None:
        return {"metal": TAG.sub("", name)}
    return {"metal": TAG.sub("", match["symbol"]), "charge": match["charge"] or "1"}


def constant_cells(row: Cells) -> tuple[dict[str, str], list[str]]:
    """Value, error and conditions of a constant, and what rules the value out."""
    constant = row.get("constant", "")
    cells = {
        "log_k1": constant,
        "temperature_c": row.get("temperature", ""),
        "ionic_strength_m": row.get("ionicstrength", ""),
        "sources": "NIST SRD 46, doi:10.18434/M32154",
    }
    error = ERROR_IN_LAST_DIGIT.fullmatch(row.get("error", ""))
    if error is not None:
        decimals = len(constant.partition(".")[2])
        cells["standard_deviation"] = f"{int(error['units']) / 10**decimals:.{decimals}f}"
    bracketed = constant.startswith("(")
    doubts = [f"log_k1: {constant} stands in brackets; only constants without are taken"] if bracketed else []
    return {name: text for name, text in cells.items() if text}, doubts


def decode_structure(text: str) -> str:
    """The mol block of a structure: compressed by zlib, then written in base 64, then percent-encoded.

    Raises:
        InputError: when it is not.

    """
    try:
        return zlib.decompressobj().decompress(base64.b64decode(unquote(text)), LARGEST_MOL_BLOCK).decode()
    except (binascii.Error, zlib.error, UnicodeDecodeError) as error:
        raise InputError(f"its structure in the export cannot be decoded: {error}") from error


def elements(formula: str) -> Counter[str]:
    """How many atoms of each element a formula such as `C4H9N1O3` has."""
    counts: Counter[str] = Counter()
    for element, count in ELEMENT_COUNT.findall(formula):
        counts[element] += int(count or 1)
    return counts
