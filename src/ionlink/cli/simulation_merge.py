"""Puts what is finished into tables that hold more: rows stay unless a run has as many replicates of the same."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from ionlink.data.formulation import Formulation
    from ionlink.data.observation import Observation

Noted: TypeAlias = "tuple[Observation, str | None]"
"""An observation with the note that stands beside it in its table."""
Cells: TypeAlias = Mapping[str, object]


def merged_observations(path: Path, found: "Sequence[Observation]") -> list[Noted]:
    """The observations of the table at `path`, those of `found` in the place of older ones, or after them.

    What is known of a formulation by a protocol is replaced as a whole, and only by as many replicates or more: a
    run that has just begun does not push out one that is finished.

    Raises:
        InputError: the table is faulty, with one line for each fault.

    """
    if not path.exists():
        return [(observation, None) for observation in found]
    before = _noted(path)
    known = {_made_by(observation): observation.replicates or 0 for observation, _ in before}
    new = [o for o in found if (o.replicates or 0) >= known.get(_made_by(o), 0)]
    renewed = {_made_by(o) for o in new}
    return [*(noted for noted in before if _made_by(noted[0]) not in renewed), *((o, None) for o in new)]


def merged_records(path: Path, rows: Sequence[Cells], columns: Sequence[str]) -> list[Cells]:
    """The rows of the record at `path` with those of `rows` in the place of the same replicate's, or after them.

    A failure does not replace a replicate that was finished elsewhere.

    Raises:
        InputError: the table is faulty, with one line for each fault.

    """
    from ionlink.data import outcomes
    from ionlink.data.csv_table import read_rows

    if not path.exists():
        return list(rows)
    before = {_replicate(row.cells): row.cells for row in read_rows(path, columns, tuple(outcomes()))}
    finished = {replicate for replicate, cells in before.items() if "failure" not in cells}
    new = [row for row in rows if "failure" not in row or _replicate(row) not in finished]
    renewed = {_replicate(row) for row in new}
    return [*(cells for replicate, cells in before.items() if replicate not in renewed), *new]


def _noted(path: Path) -> list[Noted]:
    from ionlink.data.csv_table import read_rows
    from ionlink.data.observation_table import OBSERVATION_COLUMNS, OBSERVATION_OPTIONAL, load_observations

    rows = read_rows(path, OBSERVATION_COLUMNS, OBSERVATION_OPTIONAL)
    return [(known, row.cells.get("note")) for known, row in zip(load_observations(path), rows, strict=True)]


def _made_by(observation: "Observation") -> "tuple[Formulation, str | None]":
    return observation.formulation, observation.protocol


def _replicate(cells: Cells) -> tuple[str, ...]:
    """What tells one replicate from all others; a ratio of `8` is the one of `8.0`."""
    names = (str(cells.get(name)) for name in ("cation", "ligand", "protocol", "replicate"))
    return (*names, f"{float(str(cells.get('ratio'))):g}")
