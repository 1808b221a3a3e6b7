"""Imports tables of stability constants: what is taken, what is rejected and why."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from ionlink.data.errors import InputError
from ionlink.data.foreign_csv import open_foreign_csv
from ionlink.data.log_k.merging import MergedConstant, merge_constants
from ionlink.data.log_k.srd46 import Srd46
from ionlink.data.log_k.srd46_dump import open_srd46
from ionlink.data.log_k.table import NUMBERS, OPTIONAL, REQUIRED, Assumptions, Constant, LogKRow
from ionlink.data.observation import Observation
from ionlink.data.observation_table import STABILITY_CONSTANT, observations_besides
from ionlink.data.observation_writing import observation_table
from ionlink.data.spreadsheet import csv_text

COLUMNS = (*REQUIRED, *OPTIONAL)
REMARKS = ("row", "reason")
"""What a table of rejected rows has besides; not read, so that it can be mended and imported."""

LEADING_VALUE = re.compile(r"^(?:'.*'|[-+\d.e()]+|an ionic strength of \S+ mol/L)(?: with charge -?\d+)? ")


@dataclass(frozen=True)
class RejectedRow:
    """A row that was not taken."""

    number: int
    """As a spreadsheet counts (the header is row 1); in NIST SRD 46 the number of the constant."""

    cells: Mapping[str, str]
    reasons: tuple[str, ...]
    """Each as `column: what is wrong`."""


@dataclass(frozen=True)
class LogKImport:
    """What a table of stability constants comes to."""

    constants: tuple[MergedConstant, ...]
    rejected: tuple[RejectedRow, ...]
    """In the order of the table."""

    @property
    def rows_read(self) -> int:
        """Rows that state a log10 K1."""
        return len(self.rejected) + self.rows_taken

    @property
    def rows_taken(self) -> int:
        """Rows that went into an observation."""
        return sum(len(constant.rows) for constant in self.constants)

    def reasons(self) -> Counter[str]:
        """How many rows were rejected, by reason, without what differs from row to row."""
        return Counter(general(reason) for row in self.rejected for reason in row.reasons)

    def pairs(self) -> set[tuple[str, str]]:
        """Cations and ligands that constants were taken of."""
        return {pair_of(constant.observation) for constant in self.constants}

    def table(self) -> str:
        """The constants as a table of observations."""
        return observation_table((constant.observation, constant.note) for constant in self.constants)

    def rejected_table(self) -> str:
        """The rejected rows as CSV: number, reason, cells, all with a decimal point; it can be mended and imported."""
        columns = [name for name in COLUMNS if any(name in row.cells for row in self.rejected)]
        return csv_text(
            (*REMARKS, *columns),
            ({"row": row.number, "reason": "; ".join(row.reasons), **row.cells} for row in self.rejected),
        )


def known_pairs(besides: Path) -> set[tuple[str, str]]:
    """Cation and ligand of the stability constants in all tables but one.

    Raises:
        InputError: when a table is faulty.

    """
    known = chain.from_iterable(observations_besides(besides).values())
    return {pair_of(observation) for observation in known if observation.outcome == STABILITY_CONSTANT}


def pair_of(observation: Observation) -> tuple[str, str]:
    """Cation and ligand."""
    return observation.formulation.cation, observation.formulation.ligand


def import_log_k(path: Path, assumed: Assumptions) -> LogKImport:
    """Stability constants of a table, moved to zero ionic strength and merged.

    Two forms are read: a CSV with the columns `metal,charge,ligand_smiles,log_k1`, and `sources,temperature_c,
    ionic_strength_m` where nothing is assumed of all rows, and where known
    `standard_deviation,n_sources,ligand_charge,ligand_name`; and the SQL export
    of NIST SRD 46, as folder or zip archive (`ionlink.data.log_k.srd46` says what of it was checked). Of the export
    only log10 K1 = [ML]/([M][L]) is read, not other equilibria, enthalpies and entropies.

    Args:
        path: The file, or the folder of an SRD 46 export.
        assumed: What holds for all rows that do not say it.

    Raises:
        InputError: when it is no such table; rows that cannot be used are no error but `rejected`.

    """
    try:
        rows = srd46_rows(path, assumed) if path.is_dir() or path.suffix == ".zip" else csv_rows(path, assumed)
        return gathered(rows)
    except InputError as error:
        raise InputError(f"{path.name}: {fault}" for fault in error.faults) from error


def csv_rows(path: Path, assumed: Assumptions) -> Iterator[LogKRow]:
    """Rows of a CSV.

    Raises:
        InputError: when the file is malformed anywhere, with one line for each fault.

    """
    table = open_foreign_csv(path, REQUIRED, (*OPTIONAL, *REMARKS), NUMBERS)
    if table.faults:
        raise InputError(table.faults)
    for number, cells in table.rows:
        stated = {name: text for name, text in cells.items() if name not in REMARKS}
        yield LogKRow(number, stated, table.decimal_comma, assumed)


def srd46_rows(path: Path, assumed: Assumptions) -> Iterator[LogKRow]:
    """Rows of an SRD 46 export.

    Raises:
        InputError: when it is none.

    """
    for number, cells, reasons in Srd46(open_srd46(path)).rows():
        yield LogKRow(number, cells, decimal_comma=False, assumed=assumed, reasons=reasons)


def gathered(rows: Iterable[LogKRow]) -> LogKImport:
    """What rows come to."""
    cells: dict[int, Mapping[str, str]] = {}
    constants: list[Constant] = []
    reasons: dict[int, tuple[str, ...]] = {}
    for row in rows:
        cells[row.number] = row.plain_cells
        try:
            constants.append(row.constant())
        except InputError as error:
            reasons[row.number] = error.faults
    merged, contradicting = merge_constants(constants)
    reasons |= {number: (reason,) for number, reason in contradicting.items()}
    rejected = (RejectedRow(number, cells[number], reasons[number]) for number in sorted(reasons))
    return LogKImport(tuple(merged), tuple(rejected))


def general(reason: str) -> str:
    """A reason without the values it names, so that equal ones count together.

    >>> general("metal: 'Am' with charge 3 is not a cation that ionlink knows")
    'metal: is not a cation that ionlink knows'

    """
    column, _, what = reason.partition(": ")
    return f"{column}: {LEADING_VALUE.sub('', what).partition(': ')[0]}"
