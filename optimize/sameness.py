"""When two formulations are the same in practice, and when one may be what was made for the other."""

import math
from collections.abc import Callable, Iterable

from ionlink.data.formulation import Formulation, same_ratio

SAME_FRACTION = 0.01
"""Two shares of a cation closer than this are the same in practice."""

SAME_PH = 0.05
SAME_TEMPERATURE_K = 1.0

OFF_RATIO = 1.5
"""By so large a factor the ratio of what was weighed out may be off."""

OFF_FRACTION = 0.1
OFF_PH = 1.0
OFF_TEMPERATURE_K = 20.0

Members = tuple[str, frozenset[str]]
"""Ligand and cations."""


def members(formulation: Formulation) -> Members:
    """Equal for formulations that can be the same: which cation of a mixture is named first does not matter."""
    return formulation.ligand, frozenset(formulation.shares)


def same_formulation(one: Formulation, other: Formulation) -> bool:
    """Whether two formulations are the same in practice: members equal, and what else is known of them close.

    Which cation of a mixture is named first does not matter. Where a ratio, pH or temperature is known of one of them
    only, they are not the same.
    """
    if one.ligand != other.ligand or not _alike(one.ratio, other.ratio, same_ratio):
        return False
    conditions = (one.ph, other.ph, SAME_PH), (one.temperature_k, other.temperature_k, SAME_TEMPERATURE_K)
    if not all(_alike(mine, its, _within(tolerance)) for mine, its, tolerance in conditions):
        return False
    if one.second_cation is None and other.second_cation is None:
        return one.cation == other.cation
    mine, its = one.shares, other.shares
    return mine.keys() == its.keys() and all(_within(SAME_FRACTION)(mine[c], its[c]) for c in mine)


def is_among(formulation: Formulation, others: Iterable[Formulation]) -> bool:
    """Whether one of the others is the same in practice."""
    return any(same_formulation(formulation, other) for other in others)


def answers(made: Formulation, asked: Formulation) -> bool:
    """Whether what was made is in practice what was asked for, which leaves open at which pH and temperature."""
    left_open = {name: None for name in ("ph", "temperature_k") if getattr(asked, name) is None}
    return same_formulation(made.model_copy(update=left_open), asked)


def deviation(made: Formulation, asked: Formulation) -> float:
    """How far off what was made is: up to 1 it may be what was made for that; infinite where members differ.

    What is known of one of them only is passed over.
    """
    if made.ligand != asked.ligand or made.shares.keys() != asked.shares.keys():
        return math.inf
    off = [abs(made.shares[cation] - share) / OFF_FRACTION for cation, share in asked.shares.items()]
    if made.ratio is not None and asked.ratio is not None:
        off.append(abs(math.log(made.ratio / asked.ratio)) / math.log(OFF_RATIO))
    if made.ph is not None and asked.ph is not None:
        off.append(abs(made.ph - asked.ph) / OFF_PH)
    if made.temperature_k is not None and asked.temperature_k is not None:
        off.append(abs(made.temperature_k - asked.temperature_k) / OFF_TEMPERATURE_K)
    return max(off)


def _alike(one: float | None, other: float | None, close: Callable[[float, float], bool]) -> bool:
    """Whether both are known and close, or neither is known."""
    if one is None or other is None:
        return one is other
    return close(one, other)


def _within(tolerance: float) -> Callable[[float, float], bool]:
    return lambda one, other: math.isclose(one, other, rel_tol=0.0, abs_tol=tolerance)
