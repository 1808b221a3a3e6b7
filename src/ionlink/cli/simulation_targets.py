"""Standard errors that replicates are added for: `--until-se OUTCOME=VALUE`.

An error counts with Student's factor for the number of replicates that it was estimated from: of few, some agree by
chance, and whoever looks again after each few more would stop at those.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ionlink.data.observation import Observation

Targets = Mapping[str, float]
"""Largest standard error that is wanted, by outcome, in the outcome's unit."""

INTERVAL = 0.95
"""Probability of the interval that a standard error stands for."""

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
        f"{outcome}: the standard error is {_shown(known.get(outcome))}; wanted below {target:g}"
        for outcome, target in targets.items()
        if not _met(known.get(outcome), target)
    ]


def next_count(targets: Targets, observations: "Sequence[Observation]", count: int, most: int, workers: int) -> int:
    """How many replicates to have next: as the worst error falls with one over the root of their number.

    At most one more for each worker than now: an error estimated from few replicates is itself uncertain, so it is
    looked at again before all that it seems to ask for is spent.
    """
    known = {o.outcome: o for o in observations}
    wanted = range(count + 1, min(most, count + workers))
    return next((n for n in wanted if all(_meets(known.get(o), t, n) for o, t in targets.items())), wanted.stop)


def honest_error(standard_error: float, replicates: int) -> float:
    """A standard error that is as large as an interval from so few replicates is wide.

    Their scatter is itself uncertain: Student's interval, with `replicates - 1` degrees of freedom (Biometrika 1908,
    doi:10.1093/biomet/6.1.1), is wider than one from a scatter that is known.

    >>> [round(honest_error(1.0, replicates), 2) for replicates in (2, 3, 6, 12)]
    [6.48, 2.2, 1.31, 1.12]

    """
    from scipy.stats import norm, t

    upper = 0.5 + INTERVAL / 2
    return standard_error * float(t.ppf(upper, replicates - 1) / norm.ppf(upper))


def _met(observation: "Observation | None", target: float) -> bool:
    return observation is not None and _meets(observation, target, observation.replicates or 1)


def _meets(observation: "Observation | None", target: float, replicates: int) -> bool:
    """Whether so many replicates, should they scatter as those that there are, meet a target."""
    if observation is None or observation.standard_error is None or observation.replicates is None:
        return False
    if not observation.standard_error:
        return replicates >= ENOUGH_EQUAL
    expected = observation.standard_error * math.sqrt(observation.replicates / replicates)
    return honest_error(expected, replicates) < target


def _shown(observation: "Observation | None") -> str:
    if observation is None or observation.standard_error is None or observation.replicates is None:
        return "not known"
    error, replicates = observation.standard_error, observation.replicates
    if error == 0:
        return f"0, but fewer than {ENOUGH_EQUAL} equal replicates may be chance"
    return f"{error:.3g}, which from {replicates} replicates counts as {honest_error(error, replicates):.3g}"


def _positive(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number > 0 else None
