"""Reads `cations.csv`: the cations ionlink knows, each property with its source and uncertainty."""

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from ionlink.data.cation import Cation
from ionlink.data.csv_table import DATA_FOLDER, Row, build, read_rows
from ionlink.data.errors import InputError
from ionlink.data.spelling import OXOCATIONS, cation_label, cation_symbol

COLUMNS = ("cation", "property", "value", "unit", "uncertainty", "source", "note")

FIELDS = {
    "charge": ("charge", "e"),
    "coordination_number": ("coordination_number", "1"),
    "spin": ("spin", None),
    "ionic_radius": ("ionic_radius_angstrom", "angstrom"),
    "octahedral_radius": ("octahedral_radius_angstrom", "angstrom"),
    "lennard_jones_radius": ("lennard_jones_radius_angstrom", "angstrom"),
    "ionisation_energy": ("ionisation_energy_ev", "eV"),
    "electron_affinity": ("electron_affinity_ev", "eV"),
    "electronegativity": ("electronegativity_pauling", "1"),
    "hydration_free_energy": ("hydration_free_energy_kj_mol", "kJ/mol"),
    "log_k_hydrolysis": ("log_k_hydrolysis", "1"),
    "d_electrons": ("d_electrons", "1"),
    "water_exchange_rate": ("water_exchange_rate_per_s", "1/s"),
    "reduction_potential": ("reduction_potential_v", "V"),
    "reduction_product": ("reduction_product", None),
    "oxidation_potential": ("oxidation_potential_v", "V"),
    "toxicity_class": ("toxicity_class", None),
    "crustal_abundance": ("crustal_abundance_mg_kg", "mg/kg"),
    "soluble_salt": ("soluble_salt", None),
}
"""Property in the table -> field of `Cation` and the unit that field is in; text has none."""

PROPERTY_OF = {field: name for name, (field, _) in FIELDS.items()}

Fields = dict[str, tuple[str, str]]
"""Text and row of each field that a cation has in the table."""


class CationProperty(BaseModel):
    """One row of `cations.csv`: one property of one cation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cation: str
    property: str
    value: str
    """As written in the table."""

    unit: str | None = None

    uncertainty: float | Literal["exact", "unknown"]
    """Standard uncertainty in `unit`; `exact` for counts, definitions, classes; `unknown` if the source gives none."""

    source: str
    """DOI or full citation, or `definition`."""

    note: str | None = None

    @field_validator("uncertainty", mode="before")
    @classmethod
    def _number_or_mark(cls, written: object) -> object:
        """One fault for what is neither a number above 0 nor one of the two words."""
        if written in {"exact", "unknown"}:
            return written
        try:
            number = float(str(written))
        except ValueError:
            number = math.nan
        if not (math.isfinite(number) and number > 0):
            raise InputError(f"'{written}' is no uncertainty; give a number above 0, exact or unknown")
        return number


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
    for row in read_rows(path, COLUMNS):
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
    fields: dict[str, Fields] = {}
    for row, prop in load_properties(path):
        collect(prop, row.where, fields.setdefault(prop.cation, {}), faults)
    found = {name: build_cation(name, known, path.name, faults) for name, known in fields.items()}
    if faults:
        raise InputError(faults)
    return {name: cation for name, cation in found.items() if cation is not None}


def collect(prop: CationProperty, where: str, fields: Fields, faults: list[str]) -> None:
    """Put one property into the fields of its cation, or its faults into `faults`."""
    if prop.property not in FIELDS:
        faults.append(f"{where}, property: '{prop.property}' is unknown; the properties are {', '.join(FIELDS)}")
        return
    field, unit = FIELDS[prop.property]
    if prop.unit != unit:
        faults.append(f"{where}, unit: '{prop.unit or ''}' where {prop.property} is in '{unit or ''}'")
    if unit is None and isinstance(prop.uncertainty, float):
        faults.append(f"{where}, uncertainty: {prop.property} is text; give exact or unknown")
    if field in fields:
        faults.append(f"{where}, property: {prop.cation} has {prop.property} twice")
    fields[field] = (prop.value, where)


def build_cation(name: str, fields: Fields, file: str, faults: list[str]) -> Cation | None:
    """The cation, or `None` with its faults appended to `faults`."""
    symbol = cation_symbol(name)
    element = OXOCATIONS.get(symbol, symbol)
    values = {field: text for field, (text, _) in fields.items()}
    try:
        cation = Cation.model_validate({"name": name, "element": element, **values})
    except ValidationError as error:
        faults.extend(value_faults(error, fields, f"{file}, {name}"))
        return None
    label = cation_label(symbol, cation.charge)
    if name != label:
        _, where = fields["charge"]
        faults.append(f"{where}, cation: is named {name} but its charge is {cation.charge}; write {label}")
    return cation


def value_faults(error: ValidationError, fields: Fields, cation: str) -> list[str]:
    """One line for each value that cannot be, with its row, and one for each that is missing."""
    lines = []
    for fault in error.errors(include_url=False):
        field = str(fault["loc"][0])
        if field in fields:
            text, where = fields[field]
            lines.append(f"{where}, value: {PROPERTY_OF[field]}: {fault['msg']} (found '{text}')")
        else:
            lines.append(f"{cation}, {PROPERTY_OF.get(field, field)}: is missing")
    return lines
