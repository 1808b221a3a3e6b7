"""Imports a user's own polymers: their structures checked, and none of them known already."""

from collections import defaultdict
from collections.abc import Iterator, Set
from pathlib import Path
from tempfile import TemporaryDirectory

from ionlink.data.catalogue import ligands_besides
from ionlink.data.csv_table import read_rows
from ionlink.data.errors import InputError
from ionlink.data.foreign_csv import open_foreign_csv
from ionlink.data.ligand import Ligand
from ionlink.data.ligand_table import OPTIONAL, REQUIRED, load_ligands, read_ligands
from ionlink.data.observation_table import STATEMENT_TABLES
from ionlink.data.own_tables import load_table, own_tables, write_own_table

NUMBERS = ("donor_pka", "donor_pka_uncertainty")


def import_ligands(path: Path, target: Path) -> dict[str, Ligand]:
    """Check a table of ligands in whichever CSV it comes, and write it to `target`.

    Raises:
        InputError: with one line for each fault of the table, and for each polymer that `target` had, the table no
            longer has and another one of the user's tables names; nothing is written.

    """
    try:
        table = open_foreign_csv(path, REQUIRED, OPTIONAL, NUMBERS)
    except InputError as error:
        raise InputError(f"{path.name}: {fault}" for fault in error.faults) from error
    if table.faults:
        raise InputError(f"{path.name}: {fault}" for fault in table.faults)
    text = table.plain(NUMBERS)
    known = ligands_besides(target)
    with TemporaryDirectory() as folder:
        plain = Path(folder) / path.name  # faults name the user's file
        plain.write_text(text, encoding="utf-8", newline="")
        found = load_ligands(plain, known)
    lost = _names_in(target) - found.keys()
    if lost and (faults := list(lost_faults(lost))):
        raise InputError(f"{path.name}: {fault}" for fault in faults)
    write_own_table(target, text, lambda written: read_ligands(written, known))
    return found


def _names_in(target: Path) -> Set[str]:
    """Names of what a table that is about to be replaced has; none where it is faulty, as nobody could use it."""
    try:
        return read_ligands(target).keys() if target.exists() else set()
    except InputError:
        return set()


def lost_faults(lost: Set[str]) -> Iterator[str]:
    """One line for each ligand that would be lost, for each of the user's tables that names it."""
    for kind, columns in STATEMENT_TABLES.items():
        for path in own_tables(kind):
            named = defaultdict(list)
            for row in load_table(path, read_rows, *columns):
                named[row.cells.get("ligand")].append(row.where.rpartition(" ")[2])
            for name in sorted(lost & named.keys()):
                rows = f"row{'s' if len(named[name]) > 1 else ''} {', '.join(named[name])}"
                yield f"has no '{name}' any more, which {path} needs in {rows}; keep it, or delete that table first"
