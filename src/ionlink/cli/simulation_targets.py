"""Standard errors that replicates are added for: `--until-se OUTCOME=VALUE`."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ionlink.data.observation import Observation

Targets = Mapping[str, float]
"""Largest standard error that is wanted, by outcome, in the outcome's unit."""


def read_targets(texts: Iterable[str], known: Collection[str]) -> Targets:
    """Targets as they were typed, for outcomes that are `known`.

    Raises:
        InputError: with one line for each fault.

    """
    from ionlink.data import InputError

    faults: list[str] = []
    targets: dict[str, float] = {}
    for text in texts:
        outcome, _, value = text.partition("=")
        error = _positive(value)
        if outcome not in known:
            faults.append(f"--until-se: '{outcome}' is not simulated at this level; there are {', '.join(known)}")
        elif error is None:
            faults.append(f"--until-se: '{text}' should read OUTCOME=VALUE, with the largest standard error, above 0")
        else:
            targets[outcome] = error
    if faults:
        raise InputError(faults)
    return targets


def missed(targets: Targets, observations: "Iterable[Observation]") -> list[str]:
    """Targets that are not met, in words; an outcome that has no standard error has not met its target."""
    errors = {o.outcome: o.standard_error for o in observations}
    return [
        f"{outcome}: the standard error is {_shown(errors.get(outcome))}, wanted below {target:g}"
        for outcome, target in targets.items()
        if not _met(errors.get(outcome), target)
    ]


def next_count(targets: Targets, observations: "Sequence[Observation]", count: int, most: int, workers: int) -> int:
    """How many replicates to have next: as the worst error falls with one over the root of their number.

    At most one more for each worker than now: an error estimated from few replicates is itself uncertain, so it is
    looked at again before all that it seems to ask for is spent.
    """
    errors = {o.outcome: o.standard_error for o in observations}
    known = {outcome: error for outcome, error in errors.items() if error is not None}
    ratios = [known.get(outcome, math.inf) / target for outcome, target in targets.items()]
    needed = min(count * max(ratios) ** 2, float(most))
    return min(most, count + workers, max(count + 1, math.ceil(needed)))


def _met(error: float | None, target: float) -> bool:
    return error is not None and error < target


def _shown(error: float | None) -> str:
    return "not known" if error is None else f"{error:.3g}"


def _positive(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number > 0 else None
