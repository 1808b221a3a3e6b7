"""Reads tables of ligands: the shipped `ligands.csv` and the user's own."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ionlink.data.csv_table import Row, build, read_rows, with_lists
from ionlink.data.errors import InputError
from ionlink.data.ligand import Ligand
from ionlink.data.ligand_faults import name_faults, polymer_faults, structure_faults
from ionlink.data.spelling import name_key

REQUIRED = ("name", "full_name", "repeat_unit_smiles", "donor_group", "source")
OPTIONAL = tuple(field for field in Ligand.model_fields if field not in REQUIRED)


def load_ligands(path: Path, known: Mapping[str, Ligand] | None = None) -> dict[str, Ligand]:
    """Ligands of a table by name, their structures checked: for tables that nobody has checked yet.

    Args:
        path: UTF-8 file with a column for each of `REQUIRED` and any of `OPTIONAL`; synonyms separated by `;`.
        known: Ligands by name that those of the table must differ from, in name, synonyms and polymer.

    Raises:
        InputError: with one line for each fault of the file.

    """
    return _load(path, known or {}, check_structures=True)


def read_ligands(path: Path, known: Mapping[str, Ligand] | None = None) -> dict[str, Ligand]:
    """As `load_ligands`, without the checks that need RDKit: for tables that have passed them before.

    Raises:
        InputError: with one line for each fault that shows without reading the SMILES.

    """
    return _load(path, known or {}, check_structures=False)


def ligand_keys(ligand: Ligand) -> set[str]:
    """Every spelling under which a ligand is found, reduced to its letters and digits."""
    return {name_key(name) for name in (ligand.name, ligand.full_name, *ligand.synonyms)}


def _load(path: Path, known: Mapping[str, Ligand], *, check_structures: bool) -> dict[str, Ligand]:
    faults: list[str] = []
    rows = read_rows(path, REQUIRED, OPTIONAL)
    found = [build(Ligand, with_lists(Ligand, row.cells), row.where, faults) for row in rows]
    faults.extend(_faults(rows, known, check_structures=check_structures))
    if faults:
        raise InputError(faults)
    return {ligand.name: ligand for ligand in found if ligand is not None}


def _faults(rows: Sequence[Row], known: Mapping[str, Ligand], *, check_structures: bool) -> Iterator[str]:
    yield from name_faults(rows, {key: name for name, ligand in known.items() for key in ligand_keys(ligand)})
    if check_structures:
        for row in rows:
            yield from structure_faults(row)
        yield from polymer_faults(rows, known)
