"""`Why` in plain English."""

from ionlink.data.prose import significant, unit_symbol, words
from ionlink.optimize.share_words import of_reached
from ionlink.optimize.why import Expected, Gain, LeastSure, Neighbour, Why

NEGLIGIBLE = 1e-6
"""Of what was reached: an improvement below this is none."""


def sentences(why: Why) -> list[str]:
    """What is special, expected, to gain, and what it rests on, a line each; one line where there was no model."""
    if not why.expected:
        ground = _ground(why, "nearest tried")
        return [_sentence(f"{why.reason}: {ground}" if ground else why.reason)]
    lines = (_sentence(why.reason), _expectation(why), _prospects(why), _sentence(_ground(why, "nearest known")))
    return [line for line in lines if line]


def _expectation(why: Why) -> str:
    return _sentence("expected (90 % interval): " + "; ".join(_foretold(e) for e in why.expected))


def _foretold(expected: Expected) -> str:
    name, unit = words(expected.outcome), unit_symbol(expected.unit)
    numbers = f"{significant(expected.mean, 3)} ({significant(expected.lower, 3)} to {significant(expected.upper, 3)})"
    return f"{name} {numbers} {unit}".rstrip()


def _prospects(why: Why) -> str:
    parts = []
    if why.gain is not None:
        parts.append(_gained(why.gain))
    if why.chance_of_front is not None:
        goals = {"hypervolume": "it joins the Pareto front", "value": "it beats the best"}
        goal = goals[why.gain.measure] if why.gain else "it is one of the best"
        parts.append(f"{goal} with a chance of {_percent(why.chance_of_front)}")
    if why.chance_of_constraints is not None:
        parts.append(f"all constraints hold with {_percent(why.chance_of_constraints)}")
    if why.chance_of_success is not None:
        parts.append(f"it can be observed with {_percent(why.chance_of_success)}")
    if why.relative_cost is not None:
        parts.append(f"it costs {significant(why.relative_cost, 2)} times the median so far")
    return _sentence("; ".join(parts))


def _gained(gain: Gain) -> str:
    what = "the hypervolume" if gain.measure == "hypervolume" else "the best value"
    if gain.expected <= NEGLIGIBLE * gain.reached:
        return f"hardly any improvement of {what} is expected"
    amount = f"expected to add {significant(gain.expected, 2)} to {what}"
    share = f" ({_of_reached(gain)})" if gain.reached > 0 else ""
    if gain.exploit_share >= 0.995:
        return f"{amount}{share}, all of it if the outcomes are as expected"
    if gain.exploit_share <= 0.005:
        return f"{amount}{share}, all of it because the outcomes are uncertain: as expected they would add nothing"
    return (
        f"{amount}{share}, {_percent(gain.exploit_share)} of it if the outcomes are as expected and "
        f"{_percent(gain.explore_share)} because they are uncertain"
    )


def _of_reached(gain: Gain) -> str:
    share = gain.expected / gain.reached
    return of_reached(share, gain.measure, _percent(share))


def _ground(why: Why, nearest: str) -> str:
    parts = list(why.new)
    if why.least_sure is not None:
        parts.append(_unsure(why.least_sure, alone=len(why.expected) == 1))
    if why.neighbours:
        parts.append(f"{nearest}: {' and '.join(_near(n) for n in why.neighbours)}")
    return "; ".join(parts)


def _unsure(least: LeastSure, *, alone: bool) -> str:
    share = f"standard deviation {100 * least.share:.0f} % of that over what was observed"
    return share if alone else f"least sure is {least.outcome.replace('_', ' ')}, {share}"


def _near(neighbour: Neighbour) -> str:
    alike = "" if neighbour.likeness is None else f" ({_percent(neighbour.likeness)} alike)"
    return f"{neighbour.formulation}{alike}"


def _percent(share: float) -> str:
    """Two digits, and never 0 or 100 of what is neither."""
    if 0 < share < 0.005:
        return "below 1 %"
    if 0.995 < share < 1:
        return "above 99 %"
    return f"{100 * share:.0f} %"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}." if text else ""
