"""Reads `outcomes.csv` and `ligands.csv`: what can be observed, and on which polymers."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from ionlink.data.csv_table import DATA_FOLDER, load_named, repeated
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
    columns = ("name", "unit", "kind", "lower", "upper", "better", "categories", "related", "meaning")
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
