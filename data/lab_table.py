"""Reads what a laboratory measured from a CSV; refuses it whole when anything is wrong."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, get_args

from ionlink.data.catalogue import outcome_named
from ionlink.data.csv_table import build
from ionlink.data.errors import InputError
from ionlink.data.foreign_csv import ForeignCsv, open_foreign_csv
from ionlink.data.formulation import CONDITIONS, Formulation
from ionlink.data.lab_rows import corrected, named_alike
from ionlink.data.naming import (
    UNKNOWN,
    cation_name,
    conditions_of,
    ligand_or_molecule_name,
    ratio_faults,
    second_cation_name,
)
from ionlink.data.observation import Observation, Relation
from ionlink.data.observation_table import kind_fault, range_faults
from ionlink.data.outcome import Outcome
from ionlink.data.spreadsheet import parse_number
from ionlink.data.units import conversion_factor
from ionlink.data.value_cell import parse_value

LAB_TABLE_COLUMNS = ("cation", "ligand", "ratio", "outcome", "value", "unit")
LAB_TABLE_OPTIONAL = ("standard_error", "bound", "source", *CONDITIONS, "level", "candidate", "corrects")
LAB_TABLE_NUMBERS = ("ratio", "value", "standard_error", "second_fraction", "ph", "temperature_k", "corrects")

LAB_LEVEL = "lab"
"""Level of what a laboratory measured, where it does not tell several apart."""

LITERATURE_LEVEL = "literature"
"""Level of what others published."""

COMMON_LEVELS = (LAB_LEVEL, LITERATURE_LEVEL, "equilibrium")
"""Levels that the knowledge base has beside simulations; they may be written in capitals."""

_BETWEEN_LETTERS = re.compile(r"(?<=[^\W\d_])[\s_-]+(?=[^\W\d_])")

CANDIDATE = re.compile(r"0*(?P<id>[1-9][0-9]*)(?:[.,]0*)?")
"""An id; programs that leave some cells of a column empty write whole numbers as `1.0`."""

MOST_FAULTS = 10_000
"""After as many a table is not the one that was meant; looking for what was meant by each name takes its time."""

Read = TypeVar("Read")


@dataclass(frozen=True)
class Naming:
    """What a row says that only a campaign can check."""

    candidate: int | None
    """Id of the candidate that it names; `None` where it names none."""

    formulation: Formulation | None
    """What was made; `None` where that cannot be read."""

    level: str
    """Where it was observed."""

    failed: bool = False
    """Whether nothing could be observed."""


Objections = Callable[[Naming], Iterable[str]]
"""What a campaign finds wrong with that, each line beginning with the column."""


def no_objections(_: Naming) -> Iterable[str]:
    """Where there is no campaign."""
    return ()


@dataclass(frozen=True)
class LabResult:
    """What one row of a lab table says."""

    where: str
    """File and row, as a spreadsheet counts."""

    observation: Observation

    candidate: int | None = None
    """Id of the campaign's candidate that it is of; `None` where the table does not say."""

    corrects: float | None = None
    """Value that was told before and is wrong, in the outcome's catalogue unit; `None` where nothing is corrected."""

    names_source: bool = True
    """Whether the row says where it is from; else its source is the file's name."""


def lab_table_template() -> str:
    """Header line of a lab table, the optional columns included."""
    return ",".join([*LAB_TABLE_COLUMNS, *LAB_TABLE_OPTIONAL]) + "\n"


def read_lab_table(path: str | Path, level: str = LAB_LEVEL) -> list[Observation]:
    """Observations of a lab table, in catalogue units and with canonical names.

    A ligand is a polymer, or a small molecule by name or as SMILES, such as one of a campaign's library.
    The table is a CSV in UTF-8 with the columns `cation,ligand,ratio,outcome,value,unit` and, where wanted,
    `standard_error` (in the same unit), `bound` (`<` or `>` for a value that is only a limit, which may also be
    written before the value: `<0.4`), `source`, of the formulation `second_cation` with `second_fraction` (between
    0 and 1), `ph` and `temperature_k`, and `level` for rows that are not of the given `level`: what others published
    is of level `literature`, and whoever tells a quick test from a thorough one names each. A row that has in a column
    `corrects` the value of a row above, in its own unit, is there instead of it.
    Any unit that converts to the outcome's is taken; a pure number has the unit `1` or `%`.

    Raises:
        InputError: with one line for each fault, by row as a spreadsheet counts (the header is row 1).

    """
    return [result.observation for result in read_corrected_results(path, level)]


def read_corrected_results(path: str | Path, level: str = LAB_LEVEL) -> list[LabResult]:
    """As `read_lab_table`, with the row of each observation; a mixture has its cations in the order of its first row.

    Raises:
        InputError: as `read_lab_table`.

    """
    return corrected(named_alike(read_lab_results(path, level=level)))


def read_lab_results(
    path: str | Path,
    objections: Objections = no_objections,
    level: str = LAB_LEVEL,
    levels: Mapping[str, str] = MappingProxyType({}),
) -> list[LabResult]:
    """As `read_lab_table`, and what only a campaign can use.

    That is in the column `candidate` the id of the candidate that was observed, and in the column `corrects` the value,
    in the row's unit, that was told before and is wrong. A campaign may have `objections` to rows, and say at which of
    the `levels` each candidate, by its id as text, is to be observed: a row that names it and no level is of that one.

    Raises:
        InputError: as `read_lab_table`.

    """
    path = Path(path)
    try:
        table = open_foreign_csv(path, LAB_TABLE_COLUMNS, LAB_TABLE_OPTIONAL, LAB_TABLE_NUMBERS)
        return results_of(table, path.name, objections, level, levels)
    except InputError as error:
        raise InputError(f"{path.name}: {fault}" for fault in error.faults) from error


def results_of(
    table: ForeignCsv, file: str, objections: Objections, level: str, levels: Mapping[str, str]
) -> list[LabResult]:
    """What the rows of a table say; those that name neither their level nor a candidate are of the given level.

    Raises:
        InputError: with one line for each fault of the whole table.

    """
    faults = list(table.faults)
    found = []
    spelt: dict[str, str] = {}
    for number, cells in table.rows:
        row = LabRow(number, with_level(cells, levels, level), table.decimal_comma, objections)
        before = spelt.setdefault(_letters(row.level), row.level)
        if before != row.level:
            row.fault("level", f"'{row.level}' was '{before}' in a row above; spell one level in one way")
        found.append(row.result(file))
        faults.extend(row.faults)
        if len(faults) > MOST_FAULTS:
            stopped = f"row {number}: reading stopped here, after {len(faults)} faults"
            raise InputError([*sorted(faults, key=row_number), stopped])
    if faults:
        raise InputError(sorted(faults, key=row_number))
    return [result for result in found if result is not None]


def with_level(cells: Mapping[str, str], levels: Mapping[str, str], level: str = LAB_LEVEL) -> dict[str, str]:
    """Cells of a row with the level that it names, else that of the candidate that it names, else the given one."""
    named = CANDIDATE.fullmatch(cells.get("candidate", ""))
    return {"level": levels.get(named["id"], level) if named else level, **cells}


def row_number(fault: str) -> int:
    """The row that a fault line is about."""
    return int(fault.removeprefix("row ").partition(":")[0].partition(",")[0])


@dataclass
class LabRow:
    """One row of a lab table on its way to an observation; collects what is wrong with it."""

    number: int
    cells: Mapping[str, str]
    decimal_comma: bool
    objections: Objections = no_objections
    faults: list[str] = field(default_factory=list)

    def result(self, file: str) -> LabResult | None:
        """What the row says, or `None` with the reasons in `faults`."""
        formulation = self.formulation()
        outcome = self.read("outcome", outcome_of)
        value, bound = self.value_and_bound()
        error, wrong = self.number_in("standard_error"), self.corrected_value()
        candidate = self.candidate(formulation)
        factor = self.read("unit", lambda text: conversion_factor(text, outcome.unit)) if outcome else None
        if outcome is None and "unit" not in self.cells:
            self.fault("unit", "is missing")
        if error is not None and error < 0:
            self.fault("standard_error", f"{error:g} is negative")
        if outcome and value is not None and factor is not None:
            self.faults.extend(range_faults(value * factor, outcome, f"row {self.number}"))
        if self.faults or not (formulation and outcome and factor) or value is None:
            return None
        fields: dict[str, Any] = {
            "formulation": formulation,
            "outcome": outcome.name,
            "value": converted(value, factor),
            "standard_error": None if error is None else converted(error, factor),
            "bound": bound,
            "level": self.level,
            "source": self.cells.get("source", file),
        }
        observation = build(Observation, fields, f"row {self.number}", self.faults)
        if observation is None:
            return None
        wrong = None if wrong is None else converted(wrong, factor)
        return LabResult(f"{file}: row {self.number}", observation, candidate, wrong, "source" in self.cells)

    def formulation(self) -> Formulation | None:
        """Cation, ligand, ratio and conditions of the row."""
        cation, ligand = self.read("cation", cation_name), self.read("ligand", ligand_or_molecule_name)
        ratio = self.number_in("ratio")
        if ratio is not None:
            self.extend(ratio_faults(ratio))
        conditions, faults = conditions_of(cation, self.conditions())
        self.extend(faults)
        if self.faults or cation is None or ligand is None or ratio is None:
            return None
        return Formulation.model_validate({"cation": cation, "ligand": ligand, "ratio": ratio, **conditions})

    def conditions(self) -> dict[str, object]:
        """Conditions of the row that can be read; of a mixture also what cannot, so that nothing is called missing."""
        given: dict[str, object] = {}
        if "second_cation" in self.cells:
            given["second_cation"] = self.read("second_cation", second_cation_name) or UNKNOWN
        numbers = {name: self.number_in(name) for name in CONDITIONS[1:] if name in self.cells}
        if "second_fraction" in numbers and numbers["second_fraction"] is None:
            numbers["second_fraction"] = 0.5
        return given | {name: number for name, number in numbers.items() if number is not None}

    @property
    def level(self) -> str:
        """Where it was observed."""
        return level_of(self.cells.get("level", LAB_LEVEL))

    def value_and_bound(self) -> tuple[float | None, str]:
        """The value, and how the true outcome relates to it, as its cell or the column `bound` says."""
        value, bound = self.read("value", lambda text: parse_value(text, self.decimal_comma)) or (None, "=")
        said = self.read("bound", bound_of) if "bound" in self.cells else None
        if said is not None and bound not in ("=", said):
            self.fault("bound", f"'{said}' contradicts the value, '{self.cells['value']}'")
        return value, said or bound

    def corrected_value(self) -> float | None:
        """The value that the row corrects, which may be written as the limit that it was."""
        if "corrects" not in self.cells:
            return None
        known = self.read("corrects", lambda text: parse_value(text, self.decimal_comma))
        return None if known is None else known.value

    def candidate(self, formulation: Formulation | None, *, failed: bool = False) -> int | None:
        """Id of the candidate that the row names, if it names one; what the campaign has against the row is noted."""
        found = self.read("candidate", candidate_id) if failed or "candidate" in self.cells else None
        self.extend(self.objections(Naming(found, formulation, self.level, failed)))
        return found

    def number_in(self, column: str) -> float | None:
        """The number in a cell; an optional cell may be empty."""
        if column in LAB_TABLE_OPTIONAL and column not in self.cells:
            return None
        return self.read(column, lambda text: parse_number(text, self.decimal_comma))

    def read(self, column: str, parse: Callable[[str], Read]) -> Read | None:
        """What a cell says, or `None` with the reason in `faults`."""
        if column not in self.cells:
            self.fault(column, "is missing")
            return None
        try:
            return parse(self.cells[column])
        except InputError as error:
            self.extend(fault if fault.startswith(f"{column}: ") else f"{column}: {fault}" for fault in error.faults)
            return None

    def fault(self, column: str, what: str) -> None:
        """Note what is wrong with a cell."""
        self.extend([f"{column}: {what}"])

    def extend(self, faults: Iterable[str]) -> None:
        """Note what is wrong, as `column: what`."""
        self.faults.extend(f"row {self.number}, {fault}" for fault in faults)


def converted(value: float, factor: float) -> float:
    """`value` in the unit that is `factor` times smaller; 2100 mN are 2.1 N, not 2.1 and a rounding error.

    >>> converted(2300, 0.001)
    2.3

    """
    return value if factor == 1 else float(f"{value * factor:.15g}")


def outcome_of(text: str) -> Outcome:
    """The outcome of that name, which has to be a number.

    Raises:
        InputError: when the catalogue has none, with what comes closest, or when it is a kind.

    """
    found = outcome_named(text.lower().replace(" ", "_"))
    if found.categories:
        raise InputError(kind_fault(found))
    return found


def level_of(text: str) -> str:
    """A level as it is written, but those of the knowledge base in small letters.

    >>> level_of("Literature"), level_of("half-cell")
    ('literature', 'half-cell')

    """
    return text.lower() if text.lower() in COMMON_LEVELS else text


def _letters(level: str) -> str:
    """Equal for spellings of one level, such as `half-cell` and `Half cell`; signs beside numbers tell levels apart."""
    return _BETWEEN_LETTERS.sub("", level.casefold())


def candidate_id(text: str) -> int:
    """The id of a candidate.

    Raises:
        InputError: when it is not a whole number from 1.

    """
    found = CANDIDATE.fullmatch(text)
    if found is None:
        raise InputError(f"'{text}' is not the number of a candidate; the campaign's status lists them")
    return int(found["id"])


def bound_of(text: str) -> str:
    """The relation of the true outcome to the value.

    Raises:
        InputError: when it is none of the three.

    """
    if text not in get_args(Relation):
        raise InputError(f"'{text}' is not one of = (or empty), < and >")
    return text
