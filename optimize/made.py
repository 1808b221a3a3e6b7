"""What was made for a candidate: not always just what was asked for, and not always one sample."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ionlink.data.formulation import Formulation
from ionlink.optimize.candidate import Candidate
from ionlink.optimize.queries import in_force
from ionlink.optimize.rows import Recorded
from ionlink.optimize.sameness import Members, answers, deviation, is_among, members, same_formulation

DIGITS = 4
"""Significant digits of the mean over several samples."""


@dataclass(frozen=True)
class Made:
    """Samples that count as one formulation: those of a candidate, or those that are the same in practice."""

    formulation: Formulation
    """That of the samples; where they differ a little, their mean."""

    candidates: tuple[Candidate, ...]
    """What they were made for, replicates included, the first one first; empty where nothing had asked for them."""

    records: tuple[Recorded, ...]
    """All that was told of them, what was corrected included, in the order in which it was told."""

    in_force: tuple[Recorded, ...]
    """Those that were neither corrected nor withdrawn."""

    @property
    def formulations(self) -> tuple[Formulation, ...]:
        """As the samples were made."""
        return tuple(dict.fromkeys(record.observation.formulation for record in self.in_force))


def put_together(
    candidates: Iterable[Candidate],
    records: Sequence[Recorded],
    nameless_rounds: int = 0,
    until_round: int | None = None,
) -> tuple[Made, ...]:
    """What was made, from all that was told at one level, or before round `until_round + 1`, and its candidates.

    A record is of the candidate that was named with it. Any other is of the candidate that asked for what is the same
    in practice; told first later than that was asked for, also of one that leaves its pH or temperature open, or for
    which the same in practice was made. The rest are of no candidate, and stand together where they are the same in
    practice. In so many first rounds as the store did not keep names, what was near enough may have been named.
    """
    groups = _Groups.of(candidates, records)
    groups.adopt(nameless_rounds)
    force = {record.id for record in in_force(records, until_round)}
    return tuple(groups.made(force))


def answered(candidates: Sequence[Candidate], records: Sequence[Recorded], told: Collection[int]) -> Iterator[int]:
    """Ids of the pending and failed candidates that were asked for before something of theirs was told first.

    Of the `records`, which are all that is known, only those with the ids `told` count, and that name no candidate. A
    replicate that failed is none of them: what is new may be of the next one.
    """
    open_ones = [c for c in candidates if c.status == "pending" or (c.status == "failed" and c.kind != "replicate")]
    earliest = min((candidate.round for candidate in open_ones), default=math.inf)
    news = defaultdict(list)
    for record in records:
        if record.id in told and record.candidate is None and record.since >= earliest:
            news[record.observation.level, record.observation.protocol].append(record)
    for (level, protocol), those in news.items():
        here = [r for r in records if (r.observation.level, r.observation.protocol) == (level, protocol)]
        groups = _Groups.of([c for c in candidates if c.level == level], here)
        for record in those:
            its = groups.candidates_of(record)
            yield from (c.id for c in its if c in open_ones and c.round <= record.since)


def as_made(candidate: Candidate, made: Iterable[Made]) -> Made | None:
    """What was made for a candidate; `None` where nothing was told of it."""
    return next((m for m in made if any(c.id == candidate.id for c in m.candidates)), None)


@dataclass
class _Group:
    candidates: list[Candidate] = field(default_factory=list)
    samples: list[Formulation] = field(default_factory=list)
    """Of records with the candidates' names; of the first record where no candidate had asked."""

    records: list[Recorded] = field(default_factory=list)

    @property
    def asked_in(self) -> int:
        """Round of the first candidate."""
        return self.candidates[0].round

    def asked_for(self, formulation: Formulation) -> bool:
        return is_among(formulation, (c.formulation for c in self.candidates))

    def holds(self, formulation: Formulation) -> bool:
        return is_among(formulation, self.samples)

    def leaves_open(self, formulation: Formulation) -> bool:
        return any(answers(formulation, c.formulation) for c in self.candidates)

    def was_done(self, until: int) -> bool:
        """Whether the first candidate ended well when no more rounds than these were asked for."""
        first = self.candidates[0]
        return first.status == "done" and (first.settled_round or 0) <= until

    def mean(self, before: int) -> Formulation | None:
        """What it counted as when that round was asked for; `None` where nothing of it was known."""
        known = in_force(self.records, before - 1)
        return _mean_of(known) if known else None


class _Groups:
    """Samples while they are put together."""

    def __init__(self, records: Sequence[Recorded]) -> None:
        self._named: dict[int | None, list[Formulation]] = defaultdict(list)
        for record in records:
            self._named[record.candidate].append(record.observation.formulation)
        self._by_members: dict[Members, list[_Group]] = {}
        self._of_candidate: dict[int, _Group] = {}
        self._of_formulation: dict[tuple[Formulation, int], _Group] = {}

    @classmethod
    def of(cls, candidates: Iterable[Candidate], records: Sequence[Recorded]) -> "_Groups":
        """Of candidates and all that was told at their level; replicates last, since they ask for what was made."""
        groups, ordered = cls(records), sorted(candidates, key=lambda c: (c.kind == "replicate", c.id))
        left, waiting = {record.id: record for record in records}, {candidate.id for candidate in ordered}
        for candidate in ordered:
            if candidate.kind == "replicate":
                before = [r for r in left.values() if r.since < candidate.round]
                groups.take([left.pop(r.id) for r in before if r.candidate not in waiting])
            groups.ask(candidate)
            waiting.remove(candidate.id)
        groups.take(left.values())
        return groups

    def ask(self, candidate: Candidate) -> None:
        """Add a candidate to what it repeats, if anything: what it was made as, asked for as, or sampled as."""
        point, alike = candidate.formulation, self._alike(candidate.formulation)
        means = [(group, group.mean(candidate.round)) for group in alike if candidate.kind == "replicate"]
        ways = (
            (group for group, mean in means if mean == point),
            (group for group in alike if group.asked_for(point)),
            (group for group in alike if group.holds(point)),
            (group for group, mean in means if mean is not None and same_formulation(mean, point)),
        )
        group = next((group for way in ways for group in way), None)
        if group is None:
            group = _Group()
            alike.append(group)
        group.candidates.append(candidate)
        group.samples += self._named[candidate.id]
        self._of_candidate[candidate.id] = group

    def take(self, records: Iterable[Recorded]) -> None:
        """Add each record to its group."""
        for record in records:
            self._group_of(record).records.append(record)

    def candidates_of(self, record: Recorded) -> Sequence[Candidate]:
        """Those that it is of."""
        return self._group_of(record).candidates

    def adopt(self, until: int) -> None:
        """For rounds in which names were not kept: the nearest candidate that is done without a record."""
        found: list[tuple[_Group, _Group]] = []
        for alike in self._by_members.values():
            lacking = [g for g in alike if g.candidates and not g.records and g.was_done(until)]
            for group in (g for g in alike if lacking and not g.candidates):
                told = min(record.since for record in group.records)
                near = {id(g): deviation(group.samples[0], g.candidates[0].formulation) for g in lacking}
                possible = [g for g in lacking if near[id(g)] <= 1 and g.asked_in <= told <= until]
                if possible:
                    found.append((group, min(possible, key=lambda g: near[id(g)])))
        for group, home in found:
            home.records += group.records
            group.records = []

    def made(self, force: set[int]) -> Iterator[Made]:
        """Groups of which something is in force."""
        for group in (g for alike in self._by_members.values() for g in alike):
            records = sorted(group.records, key=lambda r: (r.round, r.id))
            known = tuple(record for record in records if record.id in force)
            if known:
                yield Made(_mean_of(known), tuple(group.candidates), tuple(records), known)

    def _alike(self, formulation: Formulation) -> list[_Group]:
        return self._by_members.setdefault(members(formulation), [])

    def _group_of(self, record: Recorded) -> _Group:
        named = self._of_candidate.get(record.candidate or 0)
        if named is not None:
            return named
        key = formulation, told = record.observation.formulation, record.since
        if key not in self._of_formulation:
            self._of_formulation[key] = self._found(formulation, told)
        return self._of_formulation[key]

    def _found(self, formulation: Formulation, told: int) -> _Group:
        """Of a record without a name, told first after so many rounds: those that had asked by then come first."""
        alike = self._alike(formulation)
        since = [group for group in alike if group.candidates and group.asked_in <= told]
        ways = (
            (group for group in since if group.asked_for(formulation)),
            (group for group in since if group.holds(formulation)),
            (group for group in since if group.leaves_open(formulation)),
            (group for group in alike if group.asked_for(formulation)),
            (group for group in alike if not group.candidates and group.holds(formulation)),
        )
        found = next((group for way in ways for group in way), None)
        if found is None:
            found = _Group(samples=[formulation])
            alike.append(found)
        return found


def _mean_of(records: Iterable[Recorded]) -> Formulation:
    """Of samples with the same members: that of ratios is geometric; what is known of none stays open."""
    formulations = list(dict.fromkeys(record.observation.formulation for record in records))
    first = formulations[0]
    if len(formulations) == 1:
        return first
    ratios = [math.log(f.ratio) for f in formulations if f.ratio is not None]
    changes = {
        "ratio": math.exp(math.fsum(ratios) / len(ratios)) if ratios else None,
        "ph": _average([f.ph for f in formulations]),
        "temperature_k": _average([f.temperature_k for f in formulations]),
        "second_fraction": _average([f.shares.get(first.second_cation or "") for f in formulations]),
    }
    return first.model_copy(update={name: _rounded(value) for name, value in changes.items()})


def _average(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{DIGITS}g}")


def by_formulation(made: Iterable[Made]) -> Mapping[Formulation, Made]:
    """By the formulation that they count as; of two candidates of which just the same was made, the first."""
    found: dict[Formulation, Made] = {}
    for one in made:
        found.setdefault(one.formulation, one)
    return found
