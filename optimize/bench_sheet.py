"""The bench sheet: what to weigh for each candidate that waits for something, with room for what comes out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ionlink.data import outcomes
from ionlink.data.bench_table import AMOUNT_COLUMNS, ANSWER_COLUMNS, POINT_COLUMNS, outcome_columns
from ionlink.data.errors import InputError
from ionlink.data.formulation import CONDITIONS
from ionlink.data.lab_table import LAB_LEVEL
from ionlink.data.polymer_solution import PolymerSolution
from ionlink.data.spreadsheet import csv_text
from ionlink.optimize.candidate import Candidate

if TYPE_CHECKING:
    from ionlink.optimize.campaign import Campaign

DIGITS = 4
"""Significant digits of an amount: what a balance or a pipette resolves."""

SECOND = "second_"

Cells = Mapping[str, object]


@dataclass(frozen=True)
class BenchSheet:
    """A table with a row for each sample; `ionlink.data.bench_table` reads it back."""

    columns: tuple[str, ...]
    rows: tuple[Cells, ...]

    def csv(self) -> str:
        """For a spreadsheet."""
        return csv_text(self.columns, self.rows)

    def markdown(self) -> str:
        """For a notebook."""
        lines = [self.columns, ["---"] * len(self.columns), *self.texts()]
        return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n" for line in lines)

    def html(self) -> str:
        """For the printer, one file."""
        import pandas as pd

        table = pd.DataFrame(list(self.texts()), columns=list(self.columns)).to_html(index=False, border=1)
        style = "table{border-collapse:collapse;font:11px sans-serif}td,th{padding:4px;min-width:4em}"
        return f'<!doctype html><meta charset="utf-8"><title>Bench sheet</title><style>{style}</style>\n{table}\n'

    def texts(self) -> Iterator[list[str]]:
        """The text of every cell; empty where there is nothing."""
        for row in self.rows:
            yield ["" if row.get(name) is None else str(row[name]) for name in self.columns]


def bench_sheet(campaign: "Campaign", solution: PolymerSolution, *, missing: bool = False) -> BenchSheet:
    """See `Campaign.bench_sheet`."""
    if missing:
        # What was observed cannot fail any more, so that there is no column for it.
        return _sheet(campaign.aim.outcomes, list(_missing_rows(campaign, solution)), ANSWER_COLUMNS[:1])
    by_people = _observed_by_people(campaign)
    candidates = [candidate for candidate in campaign.pending if candidate.level in by_people]
    if not candidates:
        raise InputError("no candidate is waiting for the laboratory; ask for some first")
    return _sheet(
        campaign.aim.outcomes, [_row(c, solution) for c in candidates for _ in range(c.replicates)], ANSWER_COLUMNS
    )


def _missing_rows(campaign: "Campaign", solution: PolymerSolution) -> Iterator[Cells]:
    """Of candidates that are done, with a remark that says what of them was not observed."""
    by_people = _observed_by_people(campaign)
    missing = {n: names for n, names in campaign.missing().items() if campaign.candidate(n).level in by_people}
    if not missing:
        raise InputError(
            "nothing is missing: of each candidate that is done in the laboratory, all that is wanted of its level was "
            "observed"
        )
    for number, names in missing.items():
        row = _row(campaign.candidate(number), solution)
        wanted = f"wanted: {', '.join(names)}"
        yield row | {"remark": f"{wanted}; {row['remark']}" if row["remark"] else wanted}


def _observed_by_people(campaign: "Campaign") -> set[str]:
    """Levels that no simulation's protocol belongs to."""
    return {level.name for level in campaign.known_levels if level.protocol is None}


def _sheet(wanted: Iterable[str], rows: Sequence[Cells], filled_in: Sequence[str]) -> BenchSheet:
    filled = {name for row in rows for name, value in row.items() if value is not None}
    if all(row["level"] == LAB_LEVEL for row in rows):
        filled.remove("level")
    answers = [name for o in wanted for name in outcome_columns(o, outcomes()[o].unit)]
    fixed = (name for name in (*POINT_COLUMNS, *AMOUNT_COLUMNS) if name in filled)
    return BenchSheet((*fixed, *answers, *filled_in), tuple(rows))


def _row(candidate: Candidate, solution: PolymerSolution) -> dict[str, object]:
    formulation = candidate.formulation
    row: dict[str, object] = {
        "candidate": candidate.id,
        **{name: getattr(formulation, name) for name in ("cation", "ligand", "ratio", *CONDITIONS)},
        "level": candidate.level,
        "polymer_solution_g": _text(solution.mass_g),
        "polymer_solids_percent": _text(solution.solids_percent),
        "polymer_form": solution.form,
        "salt_stock_mol_l": None if solution.salt_stock_mol_l is None else _text(solution.salt_stock_mol_l),
    }
    try:
        donors = solution.donor_groups_mmol(formulation.ligand)
    except InputError as error:
        return row | {"remark": str(error)}
    unit = solution.repeat_unit(formulation.ligand)
    row |= {"repeat_unit": unit.formula, "repeat_unit_g_mol": unit.molar_mass_g_mol, "donor_groups_mmol": _text(donors)}
    remarks: list[str] = []
    total = donors / formulation.known_ratio
    for prefix, (cation, share) in zip(("", SECOND), formulation.shares.items(), strict=False):
        row |= _salt_cells(prefix, cation, total * share, solution, remarks)
    return row | {"remark": "; ".join(remarks) or None}


def _salt_cells(
    prefix: str, cation: str, cation_mmol: float, solution: PolymerSolution, remarks: list[str]
) -> dict[str, object]:
    cells: dict[str, object] = {f"{prefix}cation_mmol": _text(cation_mmol)}
    salt = solution.salt(cation)
    if salt is None:
        remarks.append(f"the knowledge base has no soluble salt of {cation}: name one by --salt {cation}=FORMULA")
        return cells
    if cation not in solution.salts:
        remarks.append(f"{salt.formula} is taken: name the salt you have, with its water, by --salt {cation}=FORMULA")
    if salt.unchecked:
        unknown = ", ".join(salt.unchecked)
        remarks.append(f"check that {salt.formula} is a salt of {cation}: the charge of {unknown} in it is not known")
    salt_mmol = cation_mmol / salt.cations
    cells |= {
        f"{prefix}salt": salt.formula,
        f"{prefix}salt_g_mol": salt.molar_mass_g_mol,
        f"{prefix}salt_mg": _text(salt_mmol * salt.molar_mass_g_mol),
    }
    if solution.salt_stock_mol_l is not None:
        cells[f"{prefix}salt_stock_ml"] = _text(salt_mmol / solution.salt_stock_mol_l)
    return cells


def _text(number: float) -> str:
    """With `DIGITS` significant digits, never as a power of ten."""
    return np.format_float_positional(number, precision=DIGITS, fractional=False, trim="-")
