"""Imports a user's own polymers: their structures checked, and none of them known already."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from ionlink.data.catalogue import ligands
from ionlink.data.errors import InputError
from ionlink.data.foreign_csv import open_foreign_csv
from ionlink.data.ligand import Ligand
from ionlink.data.ligand_table import OPTIONAL, REQUIRED, load_ligands, read_ligands
from ionlink.data.own_tables import write_own_table

NUMBERS = ("donor_pka", "donor_pka_uncertainty")


def import_ligands(path: Path, target: Path) -> dict[str, Ligand]:
    """Check a table of ligands in whichever CSV it comes, and write it to `target`.

    Raises:
        InputError: with one line for each fault of the table; nothing is written.

    """
    try:
        table = open_foreign_csv(path, REQUIRED, OPTIONAL, NUMBERS)
    except InputError as error:
        raise InputError(f"{path.name}: {fault}" for fault in error.faults) from error
    if table.faults:
        raise InputError(f"{path.name}: {fault}" for fault in table.faults)
    text = table.plain(NUMBERS)
    known = others(target)
    with TemporaryDirectory() as folder:
        plain = Path(folder) / path.name  # faults name the user's file
        plain.write_text(text, encoding="utf-8", newline="")
        found = load_ligands(plain, known)
    write_own_table(target, text, lambda written: read_ligands(written, known))
    return found


def others(target: Path) -> Mapping[str, Ligand]:
    """The known ligands besides those of a table that is about to be replaced."""
    replaced = read_ligands(target) if target.exists() else {}
    return {name: ligand for name, ligand in ligands().items() if name not in replaced}
