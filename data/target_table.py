"""Reads `targets.csv`: named sets of objectives."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from ionlink.data.catalogue import outcomes
from ionlink.data.csv_table import DATA_FOLDER, build, read_rows
from ionlink.data.errors import InputError
from ionlink.data.target import Target

COLUMNS = ("preset", "outcome", "goal", "unit", "source")
OPTIONAL = ("lower", "upper", "reference", "note")


@cache
def targets() -> Mapping[str, tuple[Target, ...]]:
    """Every set of targets by its name.

    Raises:
        InputError: when the table is faulty, with one line for each fault.

    """
    return MappingProxyType(load_targets(DATA_FOLDER / "targets.csv"))


def load_targets(path: Path) -> dict[str, tuple[Target, ...]]:
    """Sets of targets of one table.

    Raises:
        InputError: with one line for each fault.

    """
    faults: list[str] = []
    found: dict[str, tuple[Target, ...]] = {}
    for row in read_rows(path, COLUMNS, OPTIONAL):
        cells = dict(row.cells)
        unit, outcome = cells.pop("unit", ""), outcomes().get(cells.get("outcome", ""))
        if outcome is None:
            faults.append(f"{row.where}, outcome: '{cells.get('outcome', '')}' is not known")
        elif unit != outcome.unit:
            faults.append(f"{row.where}, unit: '{unit}' where {outcome.name} is kept in '{outcome.unit}'")
        target = build(Target, cells, row.where, faults)
        if target is not None:
            found[target.preset] = (*found.get(target.preset, ()), target)
    if faults:
        raise InputError(faults)
    return found
