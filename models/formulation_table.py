"""Many formulations as columns: which pair of cation and ligand, and which ratio."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation

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
    """Different cations on ligands, with the ratio 1, or `None` where rows have none."""

    pair: Integers
    """`n` positions in `pairs`."""

    ratio: Floats
    """`n` ratios in donor groups per cation; NaN where there is none."""

    def __len__(self) -> int:
        return len(self.pair)

    @classmethod
    def of(cls, formulations: "Sequence[Formulation] | pd.DataFrame") -> "FormulationTable":
        """From formulations, or from a table with the columns cation and ligand (canonical names) and ratio."""
        if isinstance(formulations, pd.DataFrame):
            absent = [name for name in COLUMNS if name not in formulations.columns]
            if absent:
                raise InputError(f"table: column {name} is missing; it has {', '.join(COLUMNS)}" for name in absent)
            columns = [formulations[name] for name in COLUMNS]
        else:
            columns = [pd.Series([getattr(f, name) for f in formulations]) for name in COLUMNS]
        return cls.of_columns(named(columns[0]), named(columns[1]), columns[2].to_numpy(dtype=np.float64))

    @classmethod
    def of_columns(cls, cations: Named, ligands: Named, ratio: Floats) -> "FormulationTable":
        """From columns of `n` rows each."""
        known = np.isfinite(ratio)
        joint = (cations.codes * len(ligands.names) + ligands.codes) * 2 + known
        pair, different = pd.factorize(joint)
        pairs = tuple(
            Formulation(
                cation=cations.names[code // 2 // len(ligands.names)],
                ligand=ligands.names[code // 2 % len(ligands.names)],
                ratio=1.0 if code % 2 else None,
            )
            for code in different.tolist()
        )
        return cls(pairs, pair, ratio)

    def rows(self, start: int, stop: int) -> "FormulationTable":
        """Rows `start` up to `stop`, without a copy."""
        return FormulationTable(self.pairs, self.pair[start:stop], self.ratio[start:stop])

    def without_repeats(self) -> "tuple[FormulationTable, Integers | None]":
        """The different rows, and for each of the `n` its place among them; itself and `None` where few repeat."""
        ratio_codes, ratios = pd.factorize(self.ratio, use_na_sentinel=False)
        place, different = pd.factorize(self.pair * len(ratios) + ratio_codes)
        if len(different) > WORTH_GATHERING * len(self):
            return self, None
        return FormulationTable(self.pairs, different // len(ratios), ratios[different % len(ratios)]), place


def named(column: "pd.Series[str]") -> Named:
    """A column of names, each different one looked at once."""
    codes, names = pd.factorize(column, use_na_sentinel=False)
    return Named(tuple(names), codes)
