"""How candidates came to be proposed, in words: the ways of several rounds, each reason as of its own round."""

from collections.abc import Iterable


def ways(proposed: Iterable[tuple[int, str]]) -> list[str]:
    """Each way of proposing once; one with a reason names its rounds, since the reason is as of then.

    Args:
        proposed: Rounds, each with a way, which may end in `: ` and why it was this one.

    >>> ways([(1, "space filling: nothing is known"), (2, "space filling: nothing is known"), (3, "by hand")])
    ['space filling in rounds 1 and 2; as of then: nothing is known', 'by hand']

    """
    rounds: dict[str, list[int]] = {}
    for number, way in proposed:
        numbers = rounds.setdefault(way, [])
        numbers += [] if number in numbers else [number]
    return [_words(*way.partition(": "), numbers) for way, numbers in rounds.items()]


def _words(method: str, _separator: str, reason: str, rounds: list[int]) -> str:
    if not reason:
        return method
    several = "s" if len(rounds) > 1 else ""
    return f"{method} in round{several} {' and '.join(map(str, rounds))}; as of then: {reason}"
