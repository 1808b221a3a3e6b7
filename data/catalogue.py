"""Reads `outcomes.csv` and `ligands.csv`: what can be observed, and on which polymers."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from ionlink.data.csv_table import DATA_FOLDER, load_named
from ionlink.data.ligand import Ligand
from ionlink.data.ligand_table import load_ligands, read_ligands
from ionlink.data.outcome import Outcome
from ionlink.data.own_tables import load_table, own_tables


@cache
def outcomes() -> Mapping[str, Outcome]:
    """Every outcome by name, in the order of the table.

    Raises:
        InputError: when the table is faulty, with one line for each fault.

    """
    columns = ("name", "unit", "kind", "lower", "upper", "scale", "better", "categories", "related", "meaning")
    return MappingProxyType(load_named(DATA_FOLDER / "outcomes.csv", Outcome, columns))


@cache
def ligands() -> Mapping[str, Ligand]:
    """Every ligand by name: the shipped ones in the order of the table, then the user's own.

    Raises:
        InputError: when a table is faulty, with one line for each fault.

    """
    return MappingProxyType(_every_ligand(read_ligands))


@cache
def shipped_ligands() -> Mapping[str, Ligand]:
    """Every shipped ligand by name, in the order of the table.

    Raises:
        InputError: when the table is faulty, with one line for each fault.

    """
    return MappingProxyType(read_ligands(DATA_FOLDER / "ligands.csv"))


def ligands_besides(besides: Path) -> Mapping[str, Ligand]:
    """Every ligand by name that is in another table than this one, which may be faulty.

    Raises:
        InputError: when another table is faulty, with one line for each fault.

    """
    return _every_ligand(read_ligands, besides)


def check_structures() -> None:
    """Check the structure of every ligand, which `ligands` trusts for speed.

    Raises:
        InputError: when a table is faulty, with one line for each fault.

    """
    _every_ligand(load_ligands)


def _every_ligand(
    load: Callable[[Path, Mapping[str, Ligand]], dict[str, Ligand]], besides: Path | None = None
) -> dict[str, Ligand]:
    found: dict[str, Ligand] = {}
    for path in (DATA_FOLDER / "ligands.csv", *own_tables("ligands")):
        if path != besides:
            found |= load_table(path, load, found)
    return found
