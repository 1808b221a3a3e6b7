"""A grid of formulations: every cation on every ligand at every ratio, never all of it in memory."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ionlink.data.errors import InputError
from ionlink.data.naming import ratio_faults

if TYPE_CHECKING:
    from ionlink.models.formulation_table import FormulationTable

FORM = 'such as {"cation": "all", "ligand": ["PAA", "PF-COO"], "ratio": (8, 100, 25)}'
EVERY = "all"


@dataclass(frozen=True)
class Grid:
    """Every cation on every ligand at every ratio; the ratio changes fastest, the cation slowest.

    >>> grid = Grid.of({"cation": ["Fe(III)", "Mg2+"], "ligand": "PAA", "ratio": (10, 1000, 3)})
    >>> grid.ratios, len(grid)
    ((10.0, 100.0, 1000.0), 6)

    """

    cations: tuple[str, ...]
    """Canonical names."""

    ligands: tuple[str, ...]
    """Canonical names."""

    ratios: tuple[float, ...] | None
    """Donor groups per cation; `None` where outcomes have no ratio, as stability constants."""

    @classmethod
    def of(cls, axes: Mapping[str, object], *, needs_ratio: bool = True) -> "Grid":
        """From the plain form.

        Args:
            axes: `cation` and `ligand`: a name, a list of names, or `"all"` that ionlink knows. `ratio`: a number, a
                list of numbers, or a tuple (lowest, highest, how many) of ratios that are evenly spaced on a log scale.
            needs_ratio: Whether `ratio` must be there.

        Raises:
            InputError: with one line for each axis, name or number that is not usable.

        """
        from ionlink.data import cations, ligands
        from ionlink.models.names import names_for

        faults = [f"grid: '{key}' is no axis; the axes are cation, ligand and ratio" for key in {*axes} - {*_AXES}]
        needed = _AXES if needs_ratio else _AXES[:2]
        faults += [
            f"grid: {name} is missing; give all of {', '.join(needed)}, {FORM}" for name in needed if name not in axes
        ]
        find_cation, find_ligand = names_for(molecules=not needs_ratio)
        found_cations = _names(axes.get("cation", ()), "cation", cations(), find_cation, faults)
        found_ligands = _names(axes.get("ligand", ()), "ligand", ligands(), find_ligand, faults)
        ratios = _ratios(axes["ratio"], faults) if "ratio" in axes else None
        if faults:
            raise InputError(faults)
        return cls(found_cations, found_ligands, ratios)

    def __len__(self) -> int:
        return len(self.cations) * len(self.ligands) * len(self.ratios or (None,))

    def tables(self, rows_at_once: int) -> "Iterator[FormulationTable]":
        """All formulations in order, at most `rows_at_once` at a time."""
        import numpy as np

        from ionlink.models.formulation_table import FormulationTable, Named

        ratios = np.array(self.ratios or (math.nan,))
        shape = len(self.cations), len(self.ligands), len(ratios)
        for start in range(0, len(self), rows_at_once):
            cation, ligand, ratio = np.unravel_index(np.arange(start, min(start + rows_at_once, len(self))), shape)
            yield FormulationTable(Named(self.cations, cation), Named(self.ligands, ligand), ratios[ratio], {})


_AXES = ("cation", "ligand", "ratio")


def _names(
    given: object, axis: str, known: Iterable[str], find: Callable[[str], str], faults: list[str]
) -> tuple[str, ...]:
    """Canonical names along an axis, each once."""
    if given == EVERY:
        return tuple(known)
    if not isinstance(given, Iterable) or isinstance(given, Mapping):
        faults.append(f'grid, {axis}: {given!r} is no list of names; give names or "{EVERY}"')
        return ()
    texts = [given] if isinstance(given, str) else list(given)
    if not texts and not any(f"{axis} is missing" in fault for fault in faults):
        faults.append(f'grid, {axis}: there are no names; give names or "{EVERY}"')
    found: dict[str, None] = {}
    for text in texts:
        try:
            found[find(str(text))] = None
        except InputError as error:
            faults.extend(f"grid, {fault}" for fault in error.faults)
    return tuple(found)


def _ratios(given: object, faults: list[str]) -> tuple[float, ...]:
    if isinstance(given, tuple):
        return _spaced(given, faults)
    ratios = list(given) if isinstance(given, Iterable) and not isinstance(given, str | Mapping) else [given]
    if not ratios:
        faults.append("grid, ratio: there are no ratios; give donor groups per cation, such as [8, 20, 60]")
    bad = [f"grid, {fault}" for ratio in ratios for fault in ratio_faults(ratio)]
    faults.extend(bad)
    return () if bad else tuple(dict.fromkeys(float(ratio) for ratio in ratios))  # type: ignore[arg-type]  # as just seen


def _spaced(given: Sequence[object], faults: list[str]) -> tuple[float, ...]:
    """Ratios evenly spaced on a log scale."""
    wanted = "grid, ratio: a tuple is (lowest, highest, how many), such as (8, 100, 25); single ratios stand in a list"
    if len(given) != 3 or any(ratio_faults(part) for part in given):
        faults.append(f"{wanted}; not {given!r}")
        return ()
    lowest, highest, count = (float(part) for part in given)  # type: ignore[arg-type]  # numbers, as just seen
    if lowest >= highest or count != int(count) or count < 2:
        faults.append(f"{wanted}, with lowest < highest and at least 2; not {given!r}")
        return ()
    steps = int(count) - 1
    inner = (lowest * (highest / lowest) ** (step / steps) for step in range(1, steps))
    return (lowest, *inner, highest)
