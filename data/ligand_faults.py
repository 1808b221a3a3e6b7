"""What can be wrong with a ligand beyond the type of a cell: a taken name, a faulty repeat unit, a known polymer."""

import re
from collections.abc import Iterator, Mapping, Sequence

from ionlink.data.csv_table import Row, split_list
from ionlink.data.donor_group import DONOR_GROUPS, donor_group
from ionlink.data.errors import InputError
from ionlink.data.ligand import Ligand
from ionlink.data.spelling import name_key

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
"""What may become part of a file name on every system."""


def name_faults(rows: Sequence[Row], known: Mapping[str, str]) -> Iterator[str]:
    """One line for each name or synonym that is taken, and each name that cannot stand in a file name.

    Args:
        rows: Rows of a table of ligands.
        known: Name of the ligand by each reduced spelling that is taken already.

    """
    taken = dict(known)
    for row in rows:
        name = row.cells.get("name", "")
        if name and not _NAME.fullmatch(name):
            yield f"{row.where}, name: '{name}' may only have letters A to Z, digits and . _ + - (it names files)"
        own: dict[str, str] = {}
        for field, text in _spellings(row):
            key = name_key(text)
            if key in taken:
                yield f"{row.where}, {field}: '{text}' means {taken[key]} already"
            own[key] = f"the ligand of {row.where}" if not name else f"{name} ({row.where})"
        taken = own | taken


def structure_faults(row: Row) -> Iterator[str]:
    """One line for each fault of the repeat unit and the donor group of a row."""
    from ionlink.data.donor_sites import donor_groups_per_repeat_unit

    kind, smiles = row.cells.get("donor_group"), row.cells.get("repeat_unit_smiles")
    if kind is not None and kind not in DONOR_GROUPS:
        yield f"{row.where}, donor_group: '{kind}' is not known; known are: {', '.join(sorted(DONOR_GROUPS))}"
    if smiles is None:
        return
    try:
        found = donor_groups_per_repeat_unit(smiles)
    except InputError as error:
        yield from (f"{row.where}, repeat_unit_smiles: {fault}" for fault in error.faults)
        return
    if kind in DONOR_GROUPS and kind not in found:
        bears = ", ".join(f"{count} {other}" for other, count in found.items()) or "no donor group"
        yield (
            f"{row.where}, repeat_unit_smiles: repeat unit '{smiles}': bears no {kind}, it bears {bears}; "
            f"write donor groups deprotonated, as in {donor_group(kind).example}"
        )


def polymer_faults(rows: Sequence[Row], known: Mapping[str, Ligand]) -> Iterator[str]:
    """One line for each repeat unit that stands for a polymer that is there already, however it is written."""
    taken: dict[str, str] = {}
    for name, ligand in known.items():
        taken.setdefault(_polymer(ligand.repeat_unit_smiles) or "", name)
    for row in rows:
        smiles = row.cells.get("repeat_unit_smiles", "")
        polymer = _polymer(smiles)
        if polymer is None:
            continue
        if polymer in taken:
            yield f"{row.where}, repeat_unit_smiles: '{smiles}' is the same polymer as {taken[polymer]}"
        taken.setdefault(polymer, f"{row.cells.get('name', 'the ligand')} ({row.where})")


def _spellings(row: Row) -> Iterator[tuple[str, str]]:
    """Field and text of each distinct way to call the ligand of a row."""
    seen = set()
    synonyms = split_list(row.cells.get("synonyms", ""))
    fields = ((field, row.cells.get(field)) for field in ("name", "full_name"))
    for field, text in (*fields, *(("synonyms", text) for text in synonyms)):
        if text is not None and name_key(text) not in seen:
            seen.add(name_key(text))
            yield field, text


def _polymer(smiles: str) -> str | None:
    """What tells polymers apart; `None` where the repeat unit cannot be read, which is another fault."""
    from ionlink.data.repeat_unit import polymer_key

    try:
        return polymer_key(smiles)
    except InputError:
        return None
