"""Which of the trained cations or ligands is nearest to one, by descriptors scaled to their ranges."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ionlink.data import cations, ligands
from ionlink.features.cation_descriptors import CATION_DESCRIPTORS, describe_cation
from ionlink.features.formulation_descriptors import describe_any_ligand

Matrix: TypeAlias = NDArray[np.float64]
Describe: TypeAlias = Callable[[str], tuple[float, ...]]

CACHED, SETS_CACHED = 65_536, 64
"""Names and training sets whose answers are kept: a table asks for the same ones again for each outcome."""


@lru_cache(CACHED)
def nearest_cation(cation: str, trained: frozenset[str]) -> str:
    """Of trained cations."""
    return _trained_cations(trained).nearest(_cation_row(cation))


@lru_cache(CACHED)
def nearest_ligand(ligand: str, trained: frozenset[str]) -> str:
    """Of trained polymers and molecules."""
    return _trained_ligands(trained).nearest(describe_any_ligand(ligand))


@dataclass(frozen=True, eq=False)
class _Scaled:
    """Trained cations or ligands by their descriptors, of `d` that vary over what is known."""

    names: tuple[str, ...]

    rows: Matrix
    """`n x d`, unknown values filled with the mean, in units of the ranges."""

    varying: NDArray[np.bool_]
    fill: Matrix
    width: Matrix

    @classmethod
    def of(cls, names: Sequence[str], known: Iterable[str], describe: Describe) -> "_Scaled":
        """Of `names`; ranges are those over these and all that is known."""
        everything = np.array([describe(name) for name in dict.fromkeys((*names, *known))])
        least, most = np.fmin.reduce(everything), np.fmax.reduce(everything)
        varying = most > least
        everything, width = everything[:, varying], (most - least)[varying]
        fill = np.nanmean(everything, axis=0)
        return cls(tuple(names), _filled(everything[: len(names)], fill) / width, varying, fill, width)

    def nearest(self, values: Sequence[float]) -> str:
        """The name whose descriptors are nearest."""
        asked = _filled(np.array(values)[self.varying], self.fill) / self.width
        return self.names[int(np.argmin(((self.rows - asked) ** 2).sum(axis=1)))]


@lru_cache(SETS_CACHED)
def _trained_cations(trained: frozenset[str]) -> _Scaled:
    return _Scaled.of(sorted(trained), cations(), _cation_row)


@lru_cache(SETS_CACHED)
def _trained_ligands(trained: frozenset[str]) -> _Scaled:
    return _Scaled.of(sorted(trained), ligands(), describe_any_ligand)


def _cation_row(cation: str) -> tuple[float, ...]:
    values = zip(CATION_DESCRIPTORS, describe_cation(cations()[cation]), strict=True)
    return tuple(math.log10(value) if x.scale == "log" and value > 0 else value for x, value in values)


def _filled(values: Matrix, fill: Matrix) -> Matrix:
    return np.where(np.isfinite(values), values, fill)
