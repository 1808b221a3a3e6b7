"""Reads `outcomes.csv` and `ligands.csv`: what can be observed, and on which polymers."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from ionlink.data.csv_table import DATA_FOLDER, Model, build, read_rows, repeated
from ionlink.data.errors import InputError
from ionlink.data.ligand import Ligand
from ionlink.data.outcome import Outcome
from ionlink.data.spelling import name_key


@cache
def outcomes() -> Mapping[str, Outcome]:
    """Every outcome by name, in the order of the table.

    Raises:
        InputError: when the table is faulty, with one line for each fault.

    """
    columns = ("name", "unit", "kind", "lower", "upper", "meaning")
    return MappingProxyType(load_named(DATA_FOLDER / "outcomes.csv", Outcome, columns))


@cache
def ligands() -> Mapping[str, Ligand]:
    """Every ligand by name, in the order of the table.

    Raises:
        InputError: when the table is faulty, with one line for each fault.

    """
    return MappingProxyType(load_ligands(DATA_FOLDER / "ligands.csv"))


def load_ligands(path: Path) -> dict[str, Ligand]:
    """Ligands of a table; names and synonyms must tell them apart.

    Raises:
        InputError: with one line for each fault.

    """
    columns = ("name", "full_name", "repeat_unit_smiles", "donor_group", "donor_pka", "synonyms", "source")
    found = load_named(path, Ligand, columns)
    keys = [key for ligand in found.values() for key in ligand_keys(ligand)]
    if repeated(keys):
        raise InputError(f"{path.name}: '{key}' means more than one ligand" for key in repeated(keys))
    return found


def ligand_keys(ligand: Ligand) -> set[str]:
    """Every spelling under which a ligand is found, reduced to its letters and digits."""
    return {name_key(name) for name in (ligand.name, ligand.full_name, *ligand.synonyms)}


def load_named(path: Path, model: type[Model], columns: tuple[str, ...]) -> dict[str, Model]:
    """Values of a table with one row each and a `name` column, by that name.

    Raises:
        InputError: with one line for each fault.

    """
    faults: list[str] = []
    found: dict[str, Model] = {}
    for row in read_rows(path, columns):
        fields: dict[str, object] = dict(row.cells)
        if "synonyms" in columns:
            fields["synonyms"] = tuple(
                name.strip() for name in row.cells.get("synonyms", "").split(";") if name.strip()
            )
        value = build(model, fields, row.where, faults)
        if row.cells.get("name") in found:
            faults.append(f"{row.where}, name: {row.cells['name']} stands in the table twice")
        if value is not None:
            found[row.cells["name"]] = value
    if faults:
        raise InputError(faults)
    return found
