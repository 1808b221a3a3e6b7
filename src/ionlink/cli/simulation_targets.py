"""Standard errors that replicates are added for: `--until-se OUTCOME=VALUE`."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ionlink.data.observation import Observation

Targets = Mapping[str, float]
"""Largest standard error that is wanted, by outcome, in the outcome's unit."""

ENOUGH_EQUAL = 6
"""Replicates that all agree and so show no error meet a target from so many on.

Counts in a small box take few values. Where another value is as likely as theirs, six replicates agree by chance in
one case of 32, two in every other one.
"""


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
    known = {o.outcome: o for o in observations}
    return [
        f"{outcome}: the standard error is {_shown(known.get(outcome))}, wanted below {target:g}"
        for outcome, target in targets.items()
        if not _met(known.get(outcome), target)
    ]


def next_count(targets: Targets, observations: "Sequence[Observation]", count: int, most: int, workers: int) -> int:
    """How many replicates to have next: as the worst error falls with one over the root of their number.

    At most one more for each worker than now: an error estimated from few replicates is itself uncertain, so it is
    looked at again before all that it seems to ask for is spent.
    """
    known = {o.outcome: o for o in observations}
    needed = max(_needed(known.get(outcome), target, count) for outcome, target in targets.items())
    return min(most, count + workers, max(count + 1, math.ceil(min(needed, float(most)))))


def _met(observation: "Observation | None", target: float) -> bool:
    if observation is None or observation.standard_error is None or observation.standard_error >= target:
        return False
    return observation.standard_error > 0 or (observation.replicates or 1) >= ENOUGH_EQUAL


def _needed(observation: "Observation | None", target: float, count: int) -> float:
    """How many replicates should meet a target."""
    if observation is None or observation.standard_error is None:
        return math.inf
    return count * (observation.standard_error / target) ** 2 if observation.standard_error else float(ENOUGH_EQUAL)


def _shown(observation: "Observation | None") -> str:
    if observation is None or observation.standard_error is None:
        return "not known"
    if observation.standard_error == 0:
        return f"0, but fewer than {ENOUGH_EQUAL} equal replicates may be chance"
    return f"{observation.standard_error:.3g}"


def _positive(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number > 0 else None
