"""Merges constants that state the same equilibrium: one observation each, its spread the error."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from ionlink.data.formulation import Formulation
from ionlink.data.log_k.table import LARGEST_SPREAD, Constant
from ionlink.data.observation import Observation
from ionlink.data.observation_table import EQUILIBRIUM_LEVEL, STABILITY_CONSTANT, equilibrium_conditions


@dataclass(frozen=True)
class MergedConstant:
    """One observation and how it came about."""

    observation: Observation
    note: str | None
    """How many rows it is the mean of, and from which ionic strengths they were moved."""

    rows: tuple[int, ...]


def merge_constants(constants: Iterable[Constant]) -> tuple[list[MergedConstant], dict[int, str]]:
    """One observation for each cation, ligand, charge of the ligand and temperature; and rejected rows with the reason.

    The value is the mean of the rows. Its standard error is the larger of their standard deviation and the largest
    one stated, not divided by √n: compilations repeat each other's measurements, so that rows which agree are not
    independent. Rows that lie further apart than `LARGEST_SPREAD` are all rejected: a mean of two different
    equilibria is the constant of neither.
    """
    groups: dict[tuple[object, ...], list[Constant]] = defaultdict(list)
    for c in constants:
        groups[c.cation, c.smiles, c.ligand_charge, c.temperature_c].append(c)
    rejected = {
        c.row: contradiction(group) for group in groups.values() if spread(group) > LARGEST_SPREAD for c in group
    }
    return [merged(group) for group in groups.values() if group[0].row not in rejected], rejected


def spread(group: Sequence[Constant]) -> float:
    """Standard deviation of the constants of a group, in log units; 0 for a single one."""
    return stdev(c.log_k for c in group) if len(group) > 1 else 0.0


def contradiction(group: Sequence[Constant]) -> str:
    """Why the rows of a group cannot be merged."""
    values = ", ".join(f"{c.log_k:.4g} (row {c.row})" for c in group)
    return f"log_k1: rows of the same equilibrium contradict each other: {values} at zero ionic strength"


def merged(group: Sequence[Constant]) -> MergedConstant:
    """The one observation that a group of constants makes."""
    first = group[0]
    error = max([spread(group), *(c.standard_deviation or 0.0 for c in group)])
    observation = Observation(
        formulation=Formulation(cation=first.cation, ligand=first.smiles),
        outcome=STABILITY_CONSTANT,
        value=fmean(c.log_k for c in group),
        standard_error=error or None,
        level=EQUILIBRIUM_LEVEL,
        source="; ".join(dict.fromkeys(c.sources for c in group)),
        conditions=equilibrium_conditions(first.ligand_charge, first.temperature_c),
    )
    return MergedConstant(observation, note_of(group), tuple(c.row for c in group))


def note_of(group: Sequence[Constant]) -> str | None:
    """What happened to the rows, for who reads the table."""
    moved = sorted({c.ionic_strength_mol_per_l for c in group if c.ionic_strength_mol_per_l})
    parts = [f"mean of {len(group)} rows"] if len(group) > 1 else []
    parts += [f"moved from I = {', '.join(f'{i:g}' for i in moved)} mol/L by the Davies equation"] if moved else []
    return "; ".join(parts) or None
