"""Reads `outcomes.csv` and `ligands.csv`: what can be observed, and on which polymers, the user's own included."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias, TypeVar

from ionlink.data.cation import Cation
from ionlink.data.cation_table import cations, strangers
from ionlink.data.csv_table import DATA_FOLDER
from ionlink.data.errors import InputError
from ionlink.data.ligand import Ligand
from ionlink.data.ligand_table import load_ligands, read_ligands
from ionlink.data.outcome import Outcome
from ionlink.data.outcome_table import load_outcomes, load_shipped_outcomes, read_outcomes
from ionlink.data.own_tables import load_table, own_folder, with_own
from ionlink.data.spelling import did_you_mean

Entry = TypeVar("Entry", Cation, Ligand, Outcome)

Load: TypeAlias = Callable[[Path, Mapping[str, Entry]], dict[str, Entry]]
"""Reads a table of entries that differ from those that are known."""


@cache
def outcomes() -> Mapping[str, Outcome]:
    """Every outcome by name: the shipped ones in the order of the table, then the user's own.

    Raises:
        InputError: when a table is faulty, with one line for each fault.

    """
    return MappingProxyType(_every_outcome(read_outcomes))


def outcome_named(name: str) -> Outcome:
    """The outcome of that name.

    Raises:
        InputError: there is none; with what comes closest, and where those of the user's own would be.

    """
    if name in outcomes():
        return outcomes()[name]
    raise InputError(
        f"'{name}' is not known; {did_you_mean(name, outcomes())}ionlink data show outcomes lists what is, ionlink "
        f"data import outcomes adds your own to {own_folder()}"
    )


def outcomes_besides(besides: Path) -> Mapping[str, Outcome]:
    """Every outcome by name that is in another table than this one, which may be faulty.

    Raises:
        InputError: when another table is faulty, with one line for each fault.

    """
    return _every_outcome(read_outcomes, besides)


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


def check_trusted() -> None:
    """Check what is trusted for speed: structures of ligands, elements of cations, units of the user's own outcomes.

    Raises:
        InputError: when a table is faulty, with one line for each fault.

    """
    _every_ligand(load_ligands)
    _every_outcome(load_outcomes)
    if faults := [f"cation: of {name} there is no such element" for name in strangers(cations())]:
        raise InputError(faults)


def _every_ligand(load: Load[Ligand], besides: Path | None = None) -> dict[str, Ligand]:
    shipped = load_table(DATA_FOLDER / "ligands.csv", load, {})
    return with_own("ligands", shipped, load, besides)


def _every_outcome(load: Load[Outcome], besides: Path | None = None) -> dict[str, Outcome]:
    return with_own("outcomes", load_shipped_outcomes(DATA_FOLDER / "outcomes.csv"), load, besides)
