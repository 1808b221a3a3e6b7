"""A grid of formulations: every cation on every ligand at every ratio, never all of it in memory."""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import TYPE_CHECKING, Any

from ionlink.data.errors import InputError
from ionlink.data.formulation import CONDITIONS
from ionlink.data.formulation_columns import COLUMNS, NUMBERS, READ
from ionlink.data.naming import (
    cation_name,
    condition_faults,
    ligand_or_molecule_name,
    ratio_faults,
    second_cation_name,
)

if TYPE_CHECKING:
    from ionlink.models.formulation_table import FormulationTable

EVERY = "all"
EXAMPLES = {"ratio": "8 to 100", "second_fraction": "0.1 to 0.5", "ph": "4 to 8", "temperature_k": "298 to 348"}


@dataclass(frozen=True)
class Grid:
    """Every cation on every ligand at every ratio; the ratio changes fastest, the cation slowest.

    Conditions come between ligand and ratio, where there are any.

    >>> grid = Grid.of({"cation": ["Fe(III)", "Mg2+"], "ligand": "PAA", "ratio": (10, 1000, 3)})
    >>> grid.ratios, len(grid)
    ((10.0, 100.0, 1000.0), 6)
    >>> len(Grid.of({"cation": "Fe3+", "ligand": "PAA", "ratio": [8, 60], "ph": (4, 8, 5)}))
    10

    """

    cations: tuple[str, ...]
    """Canonical names."""

    ligands: tuple[str, ...]
    """Canonical names."""

    ratios: tuple[float, ...] | None
    """Donor groups per cation; `None` where outcomes have no ratio, as stability constants."""

    conditions: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """Values of `second_cation` (canonical names), `second_fraction`, `ph` and `temperature_k`, where they are axes."""

    @classmethod
    def of(cls, axes: Mapping[str, object], *, needs_ratio: bool = True) -> "Grid":
        """From the plain form.

        Args:
            axes: `cation`, `ligand` and, of mixtures, `second_cation`: a name, a list of names, or `"all"` that ionlink
                knows, as second cations all that are none of the first. `ratio`, and where they matter
                `second_fraction`, `ph` and `temperature_k`: a number, a list of numbers, or a tuple (lowest, highest,
                how many) of numbers that are evenly spaced, ratios on a log scale.
            needs_ratio: Whether `ratio` must be there.

        Raises:
            InputError: with one line for each axis, name or number that is not usable.

        """
        from ionlink.data import cations, ligands

        needed = COLUMNS if needs_ratio else COLUMNS[:2]
        faults = [f"grid: '{key}' is no axis; the axes are {', '.join(READ)}" for key in axes if key not in READ]
        faults += [f"grid: {name} is missing; needed are {', '.join(needed)}" for name in needed if name not in axes]
        finders = {
            "cation": (cations(), cation_name),
            "ligand": (ligands(), ligand_or_molecule_name),
            "second_cation": (cations(), second_cation_name),
        }
        names = {axis: _names(axes[axis], axis, *how, faults) for axis, how in finders.items() if axis in axes}
        if _is_every(axes.get("second_cation")):
            names["second_cation"] = _others(names["second_cation"], names.get("cation", ()), faults)
        numbers = {axis: _numbers(axes[axis], axis, faults) for axis in NUMBERS if axis in axes}
        faults += _mixture_faults(axes, names)
        if faults:
            raise InputError(faults)
        found = {**names, **numbers}
        conditions = {axis: found[axis] for axis in CONDITIONS if axis in found}
        return cls(names["cation"], names["ligand"], numbers.get("ratio"), conditions)

    def __len__(self) -> int:
        return math.prod(self._shape)

    @property
    def _shape(self) -> tuple[int, ...]:
        lengths = [len(values) for values in self.conditions.values()]
        return (len(self.cations), len(self.ligands), *lengths, len(self.ratios or (None,)))

    def tables(self, rows_at_once: int) -> "Iterator[FormulationTable]":
        """All formulations in order, at most `rows_at_once` at a time."""
        import numpy as np

        from ionlink.models.formulation_table import FormulationTable, Named, condition

        ratios = np.array(self.ratios or (math.nan,))
        columns = {name: condition(values, name) for name, values in self.conditions.items()}
        for start in range(0, len(self), rows_at_once):
            rows = np.arange(start, min(start + rows_at_once, len(self)))
            cation, ligand, *places, ratio = np.unravel_index(rows, self._shape)
            conditions = {name: columns[name][place] for name, place in zip(columns, places, strict=True)}
            yield FormulationTable(Named(self.cations, cation), Named(self.ligands, ligand), ratios[ratio], conditions)


def _mixture_faults(axes: Mapping[str, object], names: Mapping[str, Sequence[str]]) -> Iterator[str]:
    mixture = ("second_cation", "second_fraction")
    absent = [name for name in mixture if name not in axes]
    if len(absent) == 1:
        yield f"grid: {absent[0]} is missing; mixtures need {' and '.join(mixture)}"
    for name in names.get("second_cation", ()):
        if name in names.get("cation", ()):
            yield f"grid, second_cation: {name} is among the first cations as well; a mixture is of two different ones"


def _names(
    given: object, axis: str, known: Iterable[str], find: Callable[[str], str], faults: list[str]
) -> tuple[str, ...]:
    """Canonical names along an axis, each once."""
    if _is_every(given):
        return tuple(known)
    if not isinstance(given, Iterable) or isinstance(given, Mapping):
        faults.append(f'grid, {axis}: {given!r} is no list of names; give names or "{EVERY}"')
        return ()
    texts = [given] if isinstance(given, str) else list(given)
    if not texts:
        faults.append(f'grid, {axis}: there are no names; give names or "{EVERY}"')
    found: dict[str, None] = {}
    for text in texts:
        try:
            found[find(str(text))] = None
        except InputError as error:
            faults.extend(f"grid, {fault}" for fault in error.faults)
    return tuple(found)


def _is_every(given: object) -> bool:
    return isinstance(given, str) and given == EVERY


def _others(names: Sequence[str], first: Collection[str], faults: list[str]) -> tuple[str, ...]:
    """Second cations that are none of the first ones."""
    others = tuple(name for name in names if name not in first)
    if not others:
        faults.append("grid, second_cation: every cation is among the first ones already; give fewer of these")
    return others


def _numbers(given: object, axis: str, faults: list[str]) -> tuple[float, ...]:
    """Numbers along an axis, each once."""
    if isinstance(given, tuple):
        return _spaced(given, axis, faults)
    numbers: list[Any] = (
        list(given) if isinstance(given, Iterable) and not isinstance(given, str | Mapping) else [given]
    )
    if not numbers:
        faults.append(f"grid, {axis}: there are no numbers; give some, such as {EXAMPLES[axis].replace(' to ', ', ')}")
    bad = [f"grid, {fault}" for number in numbers for fault in _faults_of(axis, number)]
    faults.extend(bad)
    return () if bad else tuple(dict.fromkeys(float(number) for number in numbers))


def _faults_of(axis: str, number: object) -> list[str]:
    return ratio_faults(number) if axis == "ratio" else condition_faults(axis, number)


def _spaced(given: Sequence[Any], axis: str, faults: list[str]) -> tuple[float, ...]:
    """Numbers from lowest to highest, evenly spaced: ratios on a log scale, conditions on a linear one."""
    if len(given) != 3:
        wanted = f"a tuple is (lowest, highest, how many), such as ({EXAMPLES[axis].replace(' to ', ', ')}, 5)"
        faults.append(f"grid, {axis}: {wanted}; single numbers stand in a list; not {given!r}")
        return ()
    lowest, highest, count = given
    bad = [f"grid, {fault}" for end in (lowest, highest) for fault in _faults_of(axis, end)]
    if not bad and lowest >= highest:
        bad = [f"grid, {axis}: {lowest} to {highest} does not rise; give the lower end first, such as {EXAMPLES[axis]}"]
    if not isinstance(count, Real) or not float(count).is_integer() or count < 2:
        bad.append(f"grid, {axis}: {count} is not how many there are; give a whole number of 2 or more")
    faults.extend(bad)
    return () if bad else _evenly(float(lowest), float(highest), int(count), log=axis == "ratio")


def _evenly(lowest: float, highest: float, count: int, *, log: bool) -> tuple[float, ...]:
    shares = [step / (count - 1) for step in range(1, count - 1)]
    inner = (lowest * (highest / lowest) ** x if log else lowest + (highest - lowest) * x for x in shares)
    return (lowest, *inner, highest)
