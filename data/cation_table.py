"""Reads `cations.csv`: the cations ionlink knows, each property with its source."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict

from ionlink.data.cation import Cation
from ionlink.data.csv_table import DATA_FOLDER, Row, build, read_rows
from ionlink.data.errors import InputError

FIELDS = {
    "charge": ("charge", "e"),
    "coordination_number": ("coordination_number", "1"),
    "spin": ("spin", None),
    "ionic_radius": ("ionic_radius_angstrom", "angstrom"),
    "hardness": ("hardness_ev", "eV"),
    "electronegativity": ("electronegativity_pauling", "1"),
}
"""Property in the table -> field of `Cation` and the unit that field is in."""


class CationProperty(BaseModel):
    """One row of `cations.csv`: one property of one cation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cation: str
    property: str
    value: str
    """As written in the table."""

    unit: str | None = None
    source: str
    """DOI, or `definition`."""

    note: str | None = None


@cache
def cations() -> Mapping[str, Cation]:
    """Every cation by name, in the order of the table.

    Raises:
        InputError: when the table is faulty, with one line for each fault.

    """
    return MappingProxyType(load_cations(DATA_FOLDER / "cations.csv"))


@cache
def cation_properties() -> tuple[CationProperty, ...]:
    """Every property of every cation with its source."""
    return tuple(prop for _, prop in load_properties(DATA_FOLDER / "cations.csv"))


def load_properties(path: Path) -> list[tuple[Row, CationProperty]]:
    """Rows of a long cation table with what they say.

    Raises:
        InputError: with one line for each fault.

    """
    faults: list[str] = []
    properties = []
    for row in read_rows(path, ("cation", "property", "value", "unit", "source", "note")):
        prop = build(CationProperty, row.cells, row.where, faults)
        if prop is not None:
            properties.append((row, prop))
    if faults:
        raise InputError(faults)
    return properties


def load_cations(path: Path) -> dict[str, Cation]:
    """Cations of a long table.

    Raises:
        InputError: with one line for each fault.

    """
    faults: list[str] = []
    fields: dict[str, dict[str, Any]] = {}
    for row, prop in load_properties(path):
        collect(prop, row.where, fields.setdefault(prop.cation, {}), faults)
    found = {name: build_cation(name, values, path.name, faults) for name, values in fields.items()}
    if faults:
        raise InputError(faults)
    return {name: cation for name, cation in found.items() if cation is not None}


def collect(prop: CationProperty, where: str, fields: dict[str, Any], faults: list[str]) -> None:
    """Put one property into the fields of its cation, or its fault into `faults`."""
    if prop.property not in FIELDS:
        faults.append(f"{where}, property: '{prop.property}' is unknown; the properties are {', '.join(FIELDS)}")
        return
    field, unit = FIELDS[prop.property]
    if prop.unit != unit:
        faults.append(f"{where}, unit: '{prop.unit or ''}' where {prop.property} is in '{unit or ''}'")
    if field in fields:
        faults.append(f"{where}, property: {prop.cation} has {prop.property} twice")
    fields[field] = prop.value


def build_cation(name: str, fields: dict[str, Any], file: str, faults: list[str]) -> Cation | None:
    """The cation, or `None` with its faults appended to `faults`."""
    element = name.rstrip("+").rstrip("0123456789")
    where = f"{file}, {name}"
    cation = build(Cation, {"name": name, "element": element, **fields}, where, faults)
    if cation is not None and name != f"{element}{cation.charge}+":
        faults.append(f"{where}: is named {name} but its charge is {cation.charge}")
    return cation
