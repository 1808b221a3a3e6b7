"""Solvents other than water: small neutral molecules that a box can hold beside its chains."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict

from ionlink.data.csv_table import DATA_FOLDER, load_named


class Solvent(BaseModel):
    """A solvent, given by its molecule."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """Short name used everywhere, such as `NMP`."""

    full_name: str

    smiles: str

    meaning: str
    """What it is used for."""


@cache
def solvents() -> Mapping[str, Solvent]:
    """Every solvent by name, in the order of the table.

    Raises:
        InputError: when the table is faulty, with one line for each fault.

    """
    return MappingProxyType(load_named(DATA_FOLDER / "solvents.csv", Solvent, tuple(Solvent.model_fields)))
