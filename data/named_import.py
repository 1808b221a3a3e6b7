"""Imports tables of a user's own cations, polymers and outcomes: each checked, and none of them known already."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Generic, TypeVar

from ionlink.data import cation_table, ligand_table, outcome_table
from ionlink.data.catalogue import Load, ligands_besides, outcomes_besides
from ionlink.data.cation import Cation
from ionlink.data.csv_table import read_rows
from ionlink.data.errors import InputError
from ionlink.data.foreign_csv import open_foreign_csv
from ionlink.data.ligand import Ligand
from ionlink.data.observation_table import STATEMENT_TABLES
from ionlink.data.outcome import Outcome
from ionlink.data.own_tables import load_table, own_tables, write_own_table

Entry = TypeVar("Entry", Cation, Ligand, Outcome)


@dataclass(frozen=True)
class Kind(Generic[Entry]):
    """What tables of a kind have, and how they are read."""

    name: str
    """As tables and commands call it, such as `ligands`."""

    required: tuple[str, ...]
    optional: tuple[str, ...]
    numbers: tuple[str, ...]

    besides: Callable[[Path], Mapping[str, Entry]]
    """What other tables have than one of the user's own."""

    load: Load[Entry]
    """Of a table that nobody has checked."""

    read: Load[Entry]
    """Of one that has passed that."""

    columns: tuple[str, ...]
    """Of the tables of observations and other statements that name an entry."""

    kept: Callable[[Entry], str] = lambda _: ""
    """What must stay as it is, because numbers that lie elsewhere are told in it."""


CATIONS = Kind(
    name="cations",
    required=cation_table.REQUIRED,
    optional=cation_table.OPTIONAL,
    numbers=cation_table.NUMBERS,
    besides=cation_table.cations_besides,
    load=cation_table.load_new_cations,
    read=cation_table.load_cations,
    columns=("cation", "second_cation", "higher", "lower"),
)
LIGANDS = Kind(
    name="ligands",
    required=ligand_table.REQUIRED,
    optional=ligand_table.OPTIONAL,
    numbers=("donor_pka", "donor_pka_uncertainty"),
    besides=ligands_besides,
    load=ligand_table.load_ligands,
    read=ligand_table.read_ligands,
    columns=("ligand",),
)
OUTCOMES = Kind(
    name="outcomes",
    required=outcome_table.REQUIRED,
    optional=outcome_table.OPTIONAL,
    numbers=outcome_table.NUMBERS,
    besides=outcomes_besides,
    load=outcome_table.load_outcomes,
    read=outcome_table.read_outcomes,
    columns=("outcome",),
    kept=lambda outcome: f"{outcome.unit}, {outcome.scale}",
)


def import_named(kind: Kind[Entry], path: Path, target: Path) -> dict[str, Entry]:
    """Check a table in whichever CSV it comes, and write it to `target`.

    Raises:
        InputError: with one line for each fault of the table, for each entry that `target` had, the table no longer
            has and another one of the user's tables names, and for each that is told in another unit; nothing is
            written.

    """
    try:
        table = open_foreign_csv(path, kind.required, kind.optional, kind.numbers)
    except InputError as error:
        raise InputError(f"{path.name}: {fault}" for fault in error.faults) from error
    if table.faults:
        raise InputError(f"{path.name}: {fault}" for fault in table.faults)
    text = table.plain(kind.numbers)
    known = kind.besides(target)
    with TemporaryDirectory() as folder:
        plain = Path(folder) / path.name  # faults name the user's file
        plain.write_text(text, encoding="utf-8", newline="")
        found = kind.load(plain, known)
    before = _entries_of(kind, target, known)
    faults = list(_changed_faults(kind, before, found))
    if lost := before.keys() - found.keys():
        faults += _lost_faults(kind.columns, lost)
    if faults:
        raise InputError(f"{path.name}: {fault}" for fault in faults)
    write_own_table(target, text, lambda written: kind.read(written, known))
    return found


def _entries_of(kind: Kind[Entry], target: Path, known: Mapping[str, Entry]) -> Mapping[str, Entry]:
    """What a table that is about to be replaced has; nothing where it is faulty, as nobody could use it."""
    try:
        return kind.read(target, known) if target.exists() else {}
    except InputError:
        return {}


def _changed_faults(kind: Kind[Entry], before: Mapping[str, Entry], found: Mapping[str, Entry]) -> Iterator[str]:
    for name in before.keys() & found.keys():
        was, now = kind.kept(before[name]), kind.kept(found[name])
        if was != now:
            yield (
                f"{name} was in {was}, and is in {now} now: what campaigns and surrogates keep of it would change its "
                "meaning; give what is told in that another name"
            )


def _lost_faults(columns: Sequence[str], lost: Set[str]) -> Iterator[str]:
    """One line for each entry that would be lost, for each of the user's tables that names it."""
    for kind, table_columns in STATEMENT_TABLES.items():
        for path in own_tables(kind):
            named = defaultdict(list)
            for row in load_table(path, read_rows, *table_columns):
                for name in {row.cells.get(column) for column in columns}:
                    named[name].append(row.where.rpartition(" ")[2])
            for name in sorted(lost & named.keys()):
                rows = f"row{'s' if len(named[name]) > 1 else ''} {', '.join(named[name])}"
                yield f"has no '{name}' any more, which {path} needs in {rows}; keep it, or delete that table first"
