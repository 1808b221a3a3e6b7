"""A table under another name: whether it is a copy of what was said before, and would count twice."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from ionlink.data.lab_table import LabResult
from ionlink.data.observation import Observation

CHANCE = 1
"""So many rows of a longer table may equal earlier ones without a word: repeats come out equal now and then."""


class Said(Protocol):
    """What was said before."""

    @property
    def observation(self) -> Observation:
        """What was observed."""


Earlier = TypeVar("Earlier", bound=Said)
Sayer = TypeVar("Sayer", bound=Said)


@dataclass(frozen=True)
class Copied(Generic[Earlier]):
    """An earlier source that a table without sources seems to be a copy of."""

    equal: int
    """Rows that equal what the source said."""

    rows: int
    """Rows of the table that name no source."""

    first: Earlier
    """What the source said first."""


def copied_from(
    results: Sequence[LabResult],
    groups: Iterable[Sequence[Earlier]],
    known: Set[Observation] = frozenset(),
    may_share: Callable[[Earlier, LabResult], bool] = lambda _, __: True,
) -> Iterator[Copied[Earlier]]:
    """Each of the earlier sources that a table without sources seems to be a copy of.

    It seems to be one where all its rows were said before, by whichever sources, or where more than half of it, or of
    what that source said, is the same: a copy may have grown, or been put right.

    Args:
        results: The rows of the table.
        groups: What was said before, by source.
        known: Observations that do not count a second time, since they were said from the table's own source.
        may_share: Whether something said before and a row may be of one sample.

    """
    rows = [result for result in results if not result.names_source and result.corrects is None]
    among, among_new = _by_statement(rows), _by_statement(row for row in rows if row.observation not in known)
    levels, sources = ({getattr(row.observation, name) for row in rows} for name in ("level", "source"))
    told = []
    for group in groups:
        its = [said for said in group if said.observation.level in levels and said.observation.source not in sources]
        alike = _by_statement(said for said in its if _but_for_source(said.observation) in among)
        if alike:
            told.append((its, alike))
    joined: dict[Observation, list[Earlier]] = defaultdict(list)
    for _, alike in told:
        for statement, its in alike.items():
            joined[statement] += its
    everywhere = _equal(joined, among, may_share)
    for its, alike in told:
        equal = _equal(alike, among_new, may_share)
        whole = equal > 0 and everywhere == len(rows)
        if whole or (equal > CHANCE and 2 * equal > min(len(rows), len(its))):
            yield Copied(equal, len(rows), its[0])


def _equal(
    told: Mapping[Observation, Sequence[Earlier]],
    rows: Mapping[Observation, Sequence[LabResult]],
    may_share: Callable[[Earlier, LabResult], bool],
) -> int:
    """How many rows equal something said before, of which each is taken once, in all but the source."""
    return sum(_pairs(its, rows.get(statement, ()), may_share) for statement, its in told.items())


def _pairs(told: Sequence[Earlier], rows: Sequence[LabResult], may_share: Callable[[Earlier, LabResult], bool]) -> int:
    left, pairs = list(told), 0
    for row in rows:
        place = next((place for place, said in enumerate(left) if may_share(said, row)), None)
        if place is not None:
            del left[place]
            pairs += 1
    return pairs


def _by_statement(said: Iterable[Sayer]) -> dict[Observation, list[Sayer]]:
    found = defaultdict(list)
    for one in said:
        found[_but_for_source(one.observation)].append(one)
    return found


def _but_for_source(observation: Observation) -> Observation:
    return observation.model_copy(update={"source": ""})
