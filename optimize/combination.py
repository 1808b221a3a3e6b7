"""Combinations of members: which cation or two on which ligand; a sequence of any length that is never written out."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, overload

from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.data.naming import ligand_or_molecule_name

NAMES_KEPT = 100_000
"""Spellings of ligands whose canonical names are remembered: a few ten megabytes."""


class Combination(NamedTuple):
    """The members of a formulation, whatever its ratio and conditions."""

    cation: str
    ligand: str
    second_cation: str | None = None

    @classmethod
    def of(cls, formulation: Formulation) -> "Combination":
        """Members of a formulation."""
        return cls(formulation.cation, formulation.ligand, formulation.second_cation)

    @property
    def cations(self) -> tuple[str, ...]:
        """One or two."""
        return (self.cation,) if self.second_cation is None else (self.cation, self.second_cation)

    def __str__(self) -> str:
        return f"{' + '.join(self.cations)} / {self.ligand}"


class Combinations(Sequence[Combination]):
    """Every choice of cations on every ligand, ligands changing fastest; made one at a time."""

    def __init__(self, cations: Sequence[tuple[str, str | None]], ligands: Sequence[str]) -> None:
        """Cations come as first and second one; ligands as typed, looked up when they are reached."""
        self._cations, self._ligands = cations, ligands

    def __len__(self) -> int:
        return len(self._cations) * len(self._ligands)

    @overload
    def __getitem__(self, index: int) -> Combination: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Combination]: ...

    def __getitem__(self, index: int | slice) -> Combination | Sequence[Combination]:
        """One combination, or those of a slice as a tuple."""
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(len(self))))
        if not -len(self) <= index < len(self):
            raise IndexError(f"combination {index} of {len(self)}")
        (first, second), ligand = self._split(index % len(self))
        return Combination(first, canonical_or_typed(ligand), second)

    def __iter__(self) -> Iterator[Combination]:
        return (self[i] for i in range(len(self)))

    def _split(self, index: int) -> tuple[tuple[str, str | None], str]:
        place, ligand = divmod(index, len(self._ligands))
        return self._cations[place], self._ligands[ligand]


@lru_cache(NAMES_KEPT)
def ligand_fault(text: str) -> str | None:
    """Why a text is no ligand; `None` where it is one."""
    try:
        ligand_or_molecule_name(text)
    except InputError as error:
        return error.faults[0]
    return None


@lru_cache(NAMES_KEPT)
def canonical_or_typed(text: str) -> str:
    """Canonical name of a ligand, or the text where it is none."""
    try:
        return ligand_or_molecule_name(text)
    except InputError:
        return text


def canonical(names: Iterable[str], find: Callable[[str], str]) -> tuple[str, ...]:
    """Canonical names; raises `InputError` with a line for each unknown and each repeated one."""
    found: list[str] = []
    faults: list[str] = []
    for name in names:
        try:
            found.append(find(name))
        except InputError as error:
            faults.extend(error.faults)
    faults += [f"{name} is named twice" for name, count in sorted(Counter(found).items()) if count > 1]
    if faults:
        raise InputError(faults)
    return tuple(found)
