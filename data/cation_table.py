"""Reads tables of cations, the shipped one and the user's own: each property with its source and uncertainty."""

import math
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from ionlink.data.cation import Cation
from ionlink.data.csv_table import DATA_FOLDER, Row, build, read_rows
from ionlink.data.errors import InputError
from ionlink.data.own_tables import load_table, own_tables, with_own
from ionlink.data.spelling import OXOCATIONS, cation_label, cation_symbol

SHIPPED = DATA_FOLDER / "cations.csv"

REQUIRED = ("cation", "property", "value", "unit", "uncertainty", "source")
OPTIONAL = ("note",)
NUMBERS = ("value", "uncertainty")
"""Columns that hold numbers, or text instead."""

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
    """One row of a table of cations: one property of one cation."""

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
    """Every cation by name: the shipped ones in the order of the table, then the user's own.

    Raises:
        InputError: when a table is faulty, with one line for each fault.

    """
    return MappingProxyType(_every_cation())


def cations_besides(besides: Path) -> Mapping[str, Cation]:
    """Every cation by name that is in another table than this one, which may be faulty.

    Raises:
        InputError: when another table is faulty, with one line for each fault.

    """
    return _every_cation(besides)


@cache
def cation_properties() -> tuple[CationProperty, ...]:
    """Every property of every cation with its source."""
    shipped = load_properties(SHIPPED)
    own = (row for path in own_tables("cations") for row in load_table(path, load_properties))
    return tuple(prop for _, prop in (*shipped, *own))


def _every_cation(besides: Path | None = None) -> dict[str, Cation]:
    return with_own("cations", load_cations(SHIPPED), load_cations, besides)


def load_properties(path: Path) -> list[tuple[Row, CationProperty]]:
    """Rows of a long cation table with what they say.

    Raises:
        InputError: with one line for each fault.

    """
    faults: list[str] = []
    properties = list(_properties(path, faults))
    if faults:
        raise InputError(faults)
    return properties


def _properties(path: Path, faults: list[str]) -> Iterator[tuple[Row, CationProperty]]:
    """Rows that say something; what is wrong with the others goes into `faults`."""
    for row in read_rows(path, REQUIRED, OPTIONAL):
        prop = build(CationProperty, row.cells, row.where, faults)
        if prop is not None:
            yield row, prop


def load_cations(path: Path, known: Mapping[str, Cation] = MappingProxyType({})) -> dict[str, Cation]:
    """Cations of a long table, none of which may be `known`.

    Raises:
        InputError: with one line for each fault.

    """
    faults: list[str] = []
    fields: dict[str, Fields] = {}
    for row, prop in _properties(path, faults):
        if prop.cation in known and prop.cation not in fields:
            faults.append(f"{row.where}, cation: {prop.cation} is known; leave out its rows")
        collect(prop, row.where, fields.setdefault(prop.cation, {}), faults)
    found = {name: build_cation(name, its, path.name, faults) for name, its in fields.items()}
    if faults:
        raise InputError(faults)
    return {name: cation for name, cation in found.items() if cation is not None}


def load_new_cations(path: Path, known: Mapping[str, Cation]) -> dict[str, Cation]:
    """The same of a table that nobody has checked: their elements exist.

    Raises:
        InputError: with one line for each fault.

    """
    found = load_cations(path, known)
    if faults := [f"{path.name}, {name}: there is no such element" for name in strangers(found)]:
        raise InputError(faults)
    return found


def strangers(known: Mapping[str, Cation]) -> list[str]:
    """Names of cations whose element does not exist."""
    found = []
    for name, cation in known.items():
        try:
            _ = cation.molar_mass_g_mol
        except InputError:
            found.append(name)
    return found


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
