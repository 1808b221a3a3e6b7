"""A landscape that stands in a table: what `model_case_surrogate.py` wrote."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Tabulated:
    """Noise-free outcomes of every pair over a range of ratios, between the table's ratios linear in the logarithm."""

    def __init__(self, path: Path) -> None:
        self._table = pd.read_csv(path).set_index(["cation", "ligand"]).sort_values("ratio", kind="stable")

    @property
    def cations(self) -> tuple[str, ...]:
        """In alphabetical order."""
        return tuple(sorted({str(name) for name in self._table.index.get_level_values("cation")}))

    @property
    def ligands(self) -> tuple[str, ...]:
        """In alphabetical order."""
        return tuple(sorted({str(name) for name in self._table.index.get_level_values("ligand")}))

    @property
    def ratio(self) -> tuple[float, float]:
        """Lowest and highest ratio."""
        return float(self._table["ratio"].min()), float(self._table["ratio"].max())

    def values(self, cation: Sequence[str], ligand: Sequence[str], ratio: Floats) -> dict[str, Floats]:
        """Each outcome of `n` formulations, `n`, in its unit."""
        outcomes = [name for name in self._table.columns if name != "ratio"]
        rows = [self._at(c, p, r) for c, p, r in zip(cation, ligand, np.log(ratio).tolist(), strict=True)]
        return dict(zip(outcomes, np.array(rows, dtype=np.float64).reshape(len(rows), -1).T, strict=True))

    def fails(self, cation: Sequence[str], ligand: Sequence[str], ratio: Floats) -> NDArray[np.bool_]:  # noqa: ARG002
        """Nothing does."""
        return np.zeros(len(ratio), dtype=np.bool_)

    def _at(self, cation: str, ligand: str, log_ratio: float) -> list[float]:
        known, values = self._curves[cation, ligand]
        return [float(np.interp(log_ratio, known, column)) for column in values]

    @cached_property
    def _curves(self) -> Mapping[tuple[str, str], tuple[Floats, Floats]]:
        """Logarithms of ratios, `k`, and outcomes, `m x k`, of each pair."""
        return {
            (str(pair[0]), str(pair[1])): (  # type: ignore[index]
                np.log(rows["ratio"].to_numpy(dtype=np.float64)),
                rows.drop(columns="ratio").to_numpy(dtype=np.float64).T,
            )
            for pair, rows in self._table.groupby(level=["cation", "ligand"])
        }
