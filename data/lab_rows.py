"""Which rows of a lab table count: not what another one corrects, and of equal ones the first."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import isclose
from typing import TYPE_CHECKING

from ionlink.data.catalogue import outcomes
from ionlink.data.errors import InputError
from ionlink.data.mixtures import mixtures_named_alike
from ionlink.data.observation import measurand

if TYPE_CHECKING:
    from ionlink.data.formulation import Formulation
    from ionlink.data.lab_table import LabResult

SAME_VALUE = 1e-6
"""Two values closer than this, relative to the larger, are the same one."""


def corrected(results: "Sequence[LabResult]") -> "list[LabResult]":
    """Results without those of which a row below says that they are wrong.

    The column `corrects` names the wrong value of the same formulation, outcome and level; where several rows have it,
    one of the same candidate or source is meant, with what equals it. A correction may be corrected in its turn.

    Raises:
        InputError: with one line for each correction of what stands in no row above.

    """
    faults: list[str] = []
    above: dict[object, list[LabResult]] = defaultdict(list)
    told: set[object] = set()
    for result in results:
        same = above[measurand(result.observation)]
        correction = (said(result), result.corrects)
        if result.corrects is not None and correction not in told:
            wrong = _wrong(result, result.corrects, same)
            if wrong is None:
                faults.append(_nothing_to_correct(result, result.corrects, same))
            same[:] = [other for other in same if wrong is None or said(other) != said(wrong)]
        same.append(result)
        told.add(correction)
    if faults:
        raise InputError(faults)
    standing = {result.where for same in above.values() for result in same}
    return [result for result in results if result.where in standing]


def named_alike(results: "Iterable[LabResult]", known: "Iterable[Formulation]" = ()) -> "list[LabResult]":
    """Results with the cations of each mixture in one order, see `mixtures_named_alike`."""
    rows = list(results)
    named = mixtures_named_alike((row.observation for row in rows), known)
    return [replace(row, observation=observation) for row, observation in zip(rows, named, strict=True)]


def different(results: "Iterable[LabResult]") -> "list[LabResult]":
    """Results that no row above equals in all that is known of them, source and candidate included."""
    first: dict[object, LabResult] = {}
    for result in results:
        first.setdefault(said(result), result)
    return list(first.values())


def said(result: "LabResult") -> object:
    """All that is known of a result: rows that say the same are one, others are replicates."""
    return result.observation, result.candidate


def same_value(one: float, other: float) -> bool:
    """Whether two values are one, typed or converted differently."""
    return isclose(one, other, rel_tol=SAME_VALUE)


def _wrong(result: "LabResult", value: float, same: "Iterable[LabResult]") -> "LabResult | None":
    """Which of the results on the same subject has the `value` that a row corrects."""
    found = (
        other
        for other in same
        if same_value(other.observation.value, value)
        and (result.candidate is None or other.candidate in (None, result.candidate))
    )
    return min(found, key=lambda other: _strangeness(other, result), default=None)


def _strangeness(other: "LabResult", result: "LabResult") -> tuple[bool, bool]:
    return other.candidate != result.candidate, other.observation.source != result.observation.source


def _nothing_to_correct(result: "LabResult", value: float, same: "Iterable[LabResult]") -> str:
    observation = result.observation
    unit = outcomes()[observation.outcome].unit
    there = ", ".join(f"{other.observation.value:g}" for other in same) or "none"
    return (
        f"{result.where}, corrects: no row above has {observation.outcome} {value:g} {unit} of "
        f"{observation.formulation} at level {observation.level} (there: {there}); give the value that was wrong, in a "
        "row above, or leave the cell empty"
    )
