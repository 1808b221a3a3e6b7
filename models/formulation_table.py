"""Many formulations as columns: which pair of cation and ligand under which conditions, and which ratio."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ionlink.data.errors import InputError
from ionlink.data.formulation import CONDITIONS, Formulation

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]

COLUMNS = ("cation", "ligand", "ratio")

WORTH_GATHERING = 0.8
"""Share of different rows up to which each is predicted once and then copied."""


@dataclass(frozen=True)
class Named:
    """A column of names as positions in a list of different ones."""

    names: tuple[str, ...]
    """Canonical; one may stand twice, where two spellings mean it."""

    codes: Integers
    """`n` positions in `names`."""


@dataclass(frozen=True, eq=False)
class FormulationTable:
    """`n` formulations; 24 bytes a row, where a `Formulation` takes some 500."""

    pairs: tuple[Formulation, ...]
    """Different cations on ligands, conditions included, with the ratio 1, or `None` where rows have none."""

    pair: Integers
    """`n` positions in `pairs`."""

    ratio: Floats
    """`n` ratios in donor groups per cation; NaN where there is none."""

    conditions: tuple[str, ...] = ()
    """Conditions that were given, for any row or for none."""

    def __len__(self) -> int:
        return len(self.pair)

    @classmethod
    def of(cls, formulations: "Sequence[Formulation] | pd.DataFrame") -> "FormulationTable":
        """From formulations, or from a table with the columns cation and ligand (canonical names) and ratio.

        It may have columns of conditions as well; a cell that is NaN or `None` leaves one open.
        """
        if isinstance(formulations, pd.DataFrame):
            absent = [name for name in COLUMNS if name not in formulations.columns]
            if absent:
                raise InputError(f"table: column {name} is missing; it has {', '.join(COLUMNS)}" for name in absent)
            columns = {name: formulations[name] for name in (*COLUMNS, *CONDITIONS) if name in formulations.columns}
        else:
            used = [name for name in CONDITIONS if any(getattr(f, name) is not None for f in formulations)]
            columns = {name: pd.Series([getattr(f, name) for f in formulations]) for name in (*COLUMNS, *used)}
        ratio = columns["ratio"].to_numpy(dtype=np.float64)
        conditions = {name: columns[name] for name in CONDITIONS if name in columns}
        return cls.of_columns(named(columns["cation"]), named(columns["ligand"]), ratio, conditions)

    @classmethod
    def of_columns(
        cls, cations: Named, ligands: Named, ratio: Floats, conditions: "Mapping[str, pd.Series] | None" = None
    ) -> "FormulationTable":
        """From columns of `n` rows each, those of conditions by name."""
        known = np.isfinite(ratio)
        under, open_ones = _conditions(conditions or {}, len(ratio))
        joint = ((under * len(cations.names) + cations.codes) * len(ligands.names) + ligands.codes) * 2 + known
        pair, different = pd.factorize(joint)
        pairs = tuple(
            Formulation(
                cation=cations.names[code // 2 // len(ligands.names) % len(cations.names)],
                ligand=ligands.names[code // 2 % len(ligands.names)],
                ratio=1.0 if code % 2 else None,
                **open_ones[code // 2 // len(ligands.names) // len(cations.names)],
            )
            for code in different.tolist()
        )
        return cls(pairs, pair, ratio, tuple(conditions or ()))

    def rows(self, start: int, stop: int) -> "FormulationTable":
        """Rows `start` up to `stop`, without a copy."""
        return replace(self, pair=self.pair[start:stop], ratio=self.ratio[start:stop])

    def without_repeats(self) -> "tuple[FormulationTable, Integers | None]":
        """The different rows, and for each of the `n` its place among them; itself and `None` where few repeat."""
        ratio_codes, ratios = pd.factorize(self.ratio, use_na_sentinel=False)
        place, different = pd.factorize(self.pair * len(ratios) + ratio_codes)
        if len(different) > WORTH_GATHERING * len(self):
            return self, None
        return replace(self, pair=different // len(ratios), ratio=ratios[different % len(ratios)]), place


def _conditions(columns: "Mapping[str, pd.Series]", count: int) -> tuple[Integers, list[dict[str, Any]]]:
    """For each of `count` rows which of the different conditions it has, and these as fields of `Formulation`."""
    if not columns:
        return np.zeros(count, dtype=np.int64), [{}]
    rows = [tuple(None if pd.isna(cell) else cell for cell in row) for row in zip(*columns.values(), strict=True)]
    codes, different = pd.factorize(pd.Series(rows, dtype=object))
    return codes, [dict(zip(columns, cells, strict=True)) for cells in different]


def named(column: "pd.Series[str]") -> Named:
    """A column of names, each different one looked at once."""
    codes, names = pd.factorize(column, use_na_sentinel=False)
    return Named(tuple(names), codes)
