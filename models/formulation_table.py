"""Many formulations as columns: which pair of cation and ligand under which conditions, and which ratio."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ionlink.data.formulation import CONDITIONS, Formulation

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]

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
    """`n` formulations as columns; 24 bytes a row and 8 for each condition, where a `Formulation` takes some 500."""

    cations: Named

    ligands: Named

    ratio: Floats
    """`n` ratios in donor groups per cation; NaN where there is none."""

    conditions: Mapping[str, NDArray[Any]]
    """Those that were given, for any row or for none, `n` each: float64 with NaN where one is left open, and of the
    second cation its canonical name or `None`."""

    def __len__(self) -> int:
        return len(self.ratio)

    @classmethod
    def of(cls, formulations: Sequence[Formulation]) -> "FormulationTable":
        """From formulations with canonical names."""
        used = [name for name in CONDITIONS if any(getattr(f, name) is not None for f in formulations)]
        return cls(
            named(pd.Series([f.cation for f in formulations], dtype="str")),
            named(pd.Series([f.ligand for f in formulations], dtype="str")),
            np.array([f.ratio for f in formulations], dtype=np.float64),
            {name: condition([getattr(f, name) for f in formulations], name) for name in used},
        )

    @property
    def pairs(self) -> tuple[Formulation, ...]:
        """Different cations on ligands, conditions included, with the ratio 1, or `None` where rows have none."""
        return self._pairs[0]

    @property
    def pair(self) -> Integers:
        """`n` positions in `pairs`."""
        return self._pairs[1]

    @cached_property
    def _pairs(self) -> tuple[tuple[Formulation, ...], Integers]:
        known = np.isfinite(self.ratio)
        pair, first = different_rows([self.cations.codes, self.ligands.codes, known, *self.conditions.values()])
        given = {name: column[first] for name, column in self.conditions.items()}
        pairs = (
            Formulation(
                cation=self.cations.names[self.cations.codes[row]],
                ligand=self.ligands.names[self.ligands.codes[row]],
                ratio=1.0 if known[row] else None,
                **{name: None if pd.isna(column[place]) else column[place] for name, column in given.items()},
            )
            for place, row in enumerate(first)
        )
        return tuple(pairs), pair

    def rows(self, start: int, stop: int) -> "FormulationTable":
        """Rows `start` up to `stop`, without a copy, and with the pairs of these alone."""
        return self.at(slice(start, stop))

    def without_repeats(self) -> "tuple[FormulationTable, Integers | None]":
        """The different rows, and for each of the `n` its place among them; itself and `None` where few repeat."""
        place, first = different_rows([self.pair, self.ratio])
        return (self, None) if len(first) > WORTH_GATHERING * len(self) else (self.at(first), place)

    def at(self, rows: slice | Integers) -> "FormulationTable":
        """Some of the rows."""
        return FormulationTable(
            Named(self.cations.names, self.cations.codes[rows]),
            Named(self.ligands.names, self.ligands.codes[rows]),
            self.ratio[rows],
            {name: column[rows] for name, column in self.conditions.items()},
        )


def different_rows(columns: Iterable[NDArray[Any]]) -> tuple[Integers, Integers]:
    """For each of the `n` rows of columns which different one it is, and where each of these stands first."""
    found: Integers | None = None
    for column in columns:
        codes, values = pd.factorize(column, use_na_sentinel=False)
        # Joined and numbered anew for each column: numbers stay below `n` squared.
        found = codes if found is None else pd.factorize(found * len(values) + codes)[0]
    if found is None:
        raise ValueError("there are no columns")
    return found, np.unique(found, return_index=True)[1]


def condition(values: Sequence[object], name: str) -> NDArray[Any]:
    """The column of a condition, `None` or NaN where it is open."""
    return np.array(values, dtype=object if name == "second_cation" else np.float64)


def named(column: "pd.Series[str]") -> Named:
    """A column of names, each different one looked at once."""
    codes, names = pd.factorize(column, use_na_sentinel=False)
    return Named(tuple(names), codes)
