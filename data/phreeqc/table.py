"""Writes `observations_stability.csv` anew: the stability constants of the databases that the phreeqc package ships.

    python -m ionlink.data.phreeqc.table

Left out are cations that `cations.csv` does not have, constants that a database marks as estimated, complexes with
hydroxide or a proton more, and ligands that `phreeqc_ligands.csv` does not have.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ionlink.data.cation_table import cations
from ionlink.data.csv_table import DATA_FOLDER
from ionlink.data.errors import InputError
from ionlink.data.log_k.davies import HIGHEST_IONIC_STRENGTH_MOL_PER_L
from ionlink.data.observation import canonical_conditions
from ionlink.data.observation_table import (
    EQUILIBRIUM_LEVEL,
    OBSERVATION_COLUMNS,
    STABILITY_CONSTANT,
    equilibrium_conditions,
)
from ionlink.data.phreeqc.database import Database, read_database
from ionlink.data.phreeqc.ligands import PhreeqcLigand, identity_faults, load_phreeqc_ligands
from ionlink.data.phreeqc.sources import (
    COMPILATIONS,
    Compilation,
    is_estimated,
    is_untraced,
    measured_at,
    temperature_degc,
)
from ionlink.data.phreeqc.stability import Complex, one_to_one_complexes
from ionlink.data.spreadsheet import csv_text
from ionlink.data.whole_file import write_whole

LOGGER = logging.getLogger(__name__)

TABLE = DATA_FOLDER / "observations_stability.csv"
COLUMNS = (*OBSERVATION_COLUMNS, "conditions", "evidence", "note")

CONFLICT_LOG_UNITS = 0.75
"""Constants of one pair that differ by more cannot both hold: about twice the noise of a difference, since critically
selected constants agree to 0.2 to 0.3."""


@dataclass(frozen=True)
class StabilityTable:
    """What was derived, and what was not taken."""

    text: str
    """The table as CSV."""

    rows: int

    pairs: int
    """Different pairs of cation and molecule."""

    estimated: tuple[str, ...]
    """Complexes whose constant the database marks as estimated."""

    unknown_metals: Mapping[str, int]
    """Bare metal ions that `cations.csv` does not have, with the number of their complexes."""


def stability_table(folder: Path) -> StabilityTable:
    """The stability constants of the databases in a folder.

    Raises:
        InputError: with one line for each fault in a database or in `phreeqc_ligands.csv`.

    """
    ligands = load_phreeqc_ligands()
    complexes = [
        (compilation, known)
        for compilation in COMPILATIONS
        for known in read_complexes(folder / compilation.file, ligands)
    ]
    measured = [(source, known) for source, known in complexes if not is_estimated(known.reaction)]
    taken = [(source, known) for source, known in measured if known.cation in cations()]
    rows = [row_of(source, known, rivals(known, (other for _, other in taken))) for source, known in taken]
    return StabilityTable(
        text=csv_text(COLUMNS, rows),
        rows=len(rows),
        pairs=len({(known.cation, known.ligand.smiles) for _, known in taken}),
        estimated=tuple(known.reaction.species for _, known in complexes if is_estimated(known.reaction)),
        unknown_metals=Counter(known.metal for _, known in measured if known.cation not in cations()),
    )


def read_complexes(path: Path, ligands: Iterable[PhreeqcLigand]) -> list[Complex]:
    """1:1 complexes of one database, by ligand, then by cation.

    Raises:
        InputError: with one line for each fault.

    """
    database = read_database(path.read_text(encoding="utf-8"), path.name)
    of_database = tuple(ligand for ligand in ligands if ligand.database == path.name)
    check_identities(of_database, database)
    order = {ligand.species: place for place, ligand in enumerate(of_database)}
    found = one_to_one_complexes(database, of_database)
    return sorted(found, key=lambda known: (order[known.ligand.species], known.cation or known.metal))


def check_identities(ligands: Iterable[PhreeqcLigand], database: Database) -> None:
    """Refuse ligands that are not what the database means.

    Raises:
        InputError: with one line for each fault.

    """
    faults = [fault for ligand in ligands for fault in identity_faults(ligand, database)]
    if faults:
        raise InputError(faults)


def rivals(known: Complex, others: Iterable[Complex]) -> list[Complex]:
    """Those of `others` that state something else of the same cation and molecule."""
    return [
        other
        for other in others
        if (other.cation, other.ligand.smiles) == (known.cation, known.ligand.smiles)
        and abs(other.log_k1 - known.log_k1) > CONFLICT_LOG_UNITS
    ]


def row_of(compilation: Compilation, known: Complex, conflicting: list[Complex]) -> dict[str, str]:
    """One row of the table."""
    conditions = equilibrium_conditions(known.ligand.charge, temperature_degc(known.reaction))
    return {
        "cation": known.cation or known.metal,
        "ligand": known.ligand.smiles,
        "ratio": "",
        "outcome": STABILITY_CONSTANT,
        "value": repr(float(known.log_k1)),
        "unit": "1",
        "level": EQUILIBRIUM_LEVEL,
        "source": f"{compilation.title}, {known.reaction.species}, {compilation.reference(known.reaction)}",
        "conditions": canonical_conditions(conditions) or "",
        "evidence": ";".join(marks_on(compilation, known, conflicting)),
        "note": "; ".join([*notes_on(compilation, known), *(conflict(other) for other in conflicting)]),
    }


def marks_on(compilation: Compilation, known: Complex, conflicting: list[Complex]) -> Iterable[str]:
    """Marks of `evidence.csv` that apply."""
    if is_untraced(compilation, known.reaction):
        yield "secondary"
    if is_extrapolated(known):
        yield "davies_extrapolated"
    if conflicting:
        yield "conflicting"


def is_extrapolated(known: Complex) -> bool:
    """Whether the Davies equation moved it from beyond its range; it does not move those of uncharged ligands."""
    measured = measured_at(known.reaction)
    return bool(measured and measured[0] > HIGHEST_IONIC_STRENGTH_MOL_PER_L and known.ligand.charge)


def notes_on(compilation: Compilation, known: Complex) -> Iterable[str]:
    """What a reader of the row should know: derivation and extrapolation."""
    if known.written_with:
        yield f"derived: the reaction is written with {', '.join(known.written_with)}"
    if is_untraced(compilation, known.reaction):
        yield "conditions of the measurement not stated, may not be corrected to zero ionic strength"
    measured = measured_at(known.reaction)
    if measured and measured[0]:
        moved = "moved to 0 mol/L by the database" if known.ligand.charge else "uncharged, so not moved to 0 mol/L"
        yield f"measured at {measured[0]:g} mol/L and {measured[1]:g} degC; {moved}"


def conflict(other: Complex) -> str:
    """What another database states."""
    return f"{other.ligand.database} has {float(other.log_k1):g}"


def phreeqc_folder() -> Path:
    """Where the installed phreeqc package has its databases.

    Raises:
        InputError: when it is not installed.

    """
    found = find_spec("phreeqc")
    if found is None or found.origin is None:
        raise InputError("the package phreeqc is not installed; it comes with the extra: pip install -e '.[dev]'")
    return Path(found.origin).parent / "databases"


def main() -> None:
    """Write the table anew and report what it holds."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    table = stability_table(phreeqc_folder())
    write_whole(TABLE, table.text)
    LOGGER.info("%d constants of %d pairs of cation and molecule", table.rows, table.pairs)
    LOGGER.info("left out as estimated by the database: %s", ", ".join(table.estimated))
    LOGGER.info(
        "left out because cations.csv does not have the metal: %s",
        ", ".join(f"{metal} ({count})" for metal, count in table.unknown_metals.items()),
    )


if __name__ == "__main__":
    main()
