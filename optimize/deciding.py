"""From beliefs to decisions: which formulation, at which level, how often, by the expected gain per cost."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from ionlink.data.formulation import Formulation
from ionlink.models.threads import one_thread
from ionlink.optimize.candidate import Kind
from ionlink.optimize.costs import Costs
from ionlink.optimize.decision import Decide, Decision, Level, Place
from ionlink.optimize.errors import SpaceExhausted
from ionlink.optimize.lookahead import Lookahead, Options
from ionlink.optimize.remaining import directions, heights
from ionlink.optimize.repeatable import repeatable
from ionlink.optimize.sameness import Members, is_among, members, same_formulation
from ionlink.optimize.search import Search, looked_at

MOST_NEW = 128
MOST_OBSERVED = 64
"""Formulations that are decided about."""

DIRECTIONS = 32
"""That say which of more observed ones are the best."""


@dataclass(frozen=True, eq=False)
class Deciding:
    """What one round of decisions needs."""

    search: Search
    """For new formulations; what it knows as observed and as taken is so at the target level."""

    levels: tuple[Level, ...]
    """That something is known of, the target last."""

    observed: Collection[Place]
    """What has values."""

    waiting: Sequence[Decision]
    """What is under way, or was decided already in this round."""

    taken: Collection[Place]
    """What must not be asked for (again), unless it is observed: then as replicates."""

    decide: Decide
    costs: Costs
    chance: Callable[[Sequence[Formulation]], Tensor] | None = None
    """Logarithm of the chance that observing succeeds, where something failed."""

    @property
    def target(self) -> str:
        """The level that counts."""
        return self.levels[-1].name


def decided(deciding: Deciding, n: int) -> list[Decision]:
    """The best `n` decisions, made one after the other, each knowing those before.

    Of equal ones the new formulations come first, the most promising of them before all. One of several replicates
    competes with fewer of them: a single one can be worth nothing where three are worth more than a third each
    (Frazier and Powell, Decis. Anal. 2010, doi:10.1287/deca.1100.0190).

    Raises `SpaceExhausted` where there are not so many.
    """
    with one_thread():
        looked = looked_at(deciding.search, n)
        new = list(dict.fromkeys([*looked.chosen, *looked.contenders, *looked.screened]))[:MOST_NEW]
        table = _Table(deciding, tuple(new), tuple(_best_observed(deciding.search)))
        found = list(table.greedy(n))
    if len(found) < n:
        way_out = SpaceExhausted.way_out(len(found))
        raise SpaceExhausted(f"{len(found)} decisions are left to make, {n} were asked for; {way_out}")
    return found


def _best_observed(search: Search) -> Sequence[Formulation]:
    if len(search.observed) <= MOST_OBSERVED:
        return search.observed
    means = search.beliefs.means(search.beliefs.inputs(search.observed))
    values: Tensor = search.aim.desirability(means)
    if search.reference is None:
        score = values[..., 0]
    else:
        ways = directions(search.aim.dimension, DIRECTIONS, 0)
        score = torch.stack([heights(values - search.reference, way) for way in ways]).mean(dim=0)
    return [search.observed[i] for i in score.topk(MOST_OBSERVED).indices.sort().values.tolist()]


class _There:
    """Places, of which it is soon told whether one is in practice among them."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._alike = defaultdict[tuple[str, Members], list[Formulation]](list)
        for formulation, level in places:
            self._alike[level, members(formulation)].append(formulation)

    def __contains__(self, place: Place) -> bool:
        return is_among(place.formulation, self._alike.get((place.level, members(place.formulation)), ()))


@dataclass(frozen=True, eq=False)
class _Table:
    """The joint posterior over all that is decided about, and what the decisions may be."""

    deciding: Deciding
    new: tuple[Formulation, ...]
    known: tuple[Formulation, ...]
    """Observed at the target level."""

    @cached_property
    def rows(self) -> Mapping[Place, int]:
        """Of every formulation at every level."""
        formulations = dict.fromkeys([*self.known, *(w.formulation for w in self.deciding.waiting), *self.new])
        return {
            place: row
            for row, place in enumerate(Place(f, level.name) for level in self.deciding.levels for f in formulations)
        }

    @cached_property
    def decisions(self) -> list[Decision]:
        """All that may be decided, new formulations at the target first, the most promising before all."""
        found = list(self._possible())
        payable = [d for d in found if torch.isfinite(torch.tensor(self._cost(d)))]
        return sorted(payable, key=lambda d: (d.level != self.deciding.target, d.kind == "replicate"))

    def _possible(self) -> Iterator[Decision]:
        decide, observed = self.deciding.decide, self.deciding.observed
        waiting = _There(w.place for w in self.deciding.waiting)
        tried = _There([*self.deciding.taken, *observed])
        target, elsewhere = self.deciding.target, {place.formulation for place in observed} | set(self.known)
        again = repeatable(self.known, self.deciding.search.space, (place.formulation for place in self.deciding.taken))
        for level in reversed(self.deciding.levels):
            for formulation in (*self.new, *again):
                place = Place(formulation, level.name)
                if place in waiting:
                    continue
                if place in observed or (level.name == target and formulation in self.known):
                    for replicates in range(1, decide.more + 1):
                        yield Decision(formulation, level.name, replicates, "replicate")
                elif place not in tried:
                    kind: Kind = "level" if formulation in elsewhere else "new"
                    yield Decision(formulation, level.name, decide.first, kind)

    def greedy(self, n: int) -> Iterator[Decision]:
        """The best, one after the other."""
        if not self.decisions:
            return
        look, options, left = self._lookahead(), self._options(self.decisions), torch.ones(len(self.decisions)).bool()
        weight = self._weights()
        for _ in range(n):
            if not bool(left.any()):
                return
            rates = look.gains(options).clamp_min(0.0) * weight
            best = int(torch.where(left, rates, -torch.inf).argmax())
            look = look.given(options, best)
            chosen = self.decisions[best]
            yield chosen
            alike = [
                d.level == chosen.level and same_formulation(d.formulation, chosen.formulation) for d in self.decisions
            ]
            left &= ~torch.tensor(alike)

    def _lookahead(self) -> Lookahead:
        """What is known, what is under way included."""
        deciding, places = self.deciding, list(self.rows)
        means, covariances = deciding.search.beliefs.joint(places)
        at_target = torch.tensor([place.level == deciding.target for place in places])
        known = set(self.known)
        recommended = torch.tensor([place.formulation in known for place in places]) & at_target
        search = deciding.search
        look = Lookahead(search.aim, means, covariances, recommended, at_target, search.reference, search.seed % 2**31)
        waiting = [w for w in deciding.waiting if w.place in self.rows]
        options = self._options(waiting) if waiting else None
        for place in range(len(waiting)):
            assert options is not None
            look = look.given(options, place)
        return look

    def _options(self, decisions: Sequence[Decision]) -> Options:
        beliefs = self.deciding.search.beliefs
        noise = {level.name: beliefs.replicate_variance(level.name) for level in self.deciding.levels}
        return Options(
            row=torch.tensor([self.rows[d.place] for d in decisions]),
            noise=torch.stack([noise[d.level] / d.replicates for d in decisions]),
            own=torch.tensor([self.rows[Place(d.formulation, self.deciding.target)] for d in decisions]),
        )

    def _weights(self) -> Tensor:
        """Of each decision: the chance that it succeeds, over its cost."""
        cost = torch.tensor([self._cost(d) for d in self.decisions], dtype=torch.float64)
        if self.deciding.chance is None:
            return 1 / cost
        chances = self.deciding.chance([d.formulation for d in self.decisions]).exp()
        # What was observed, at whatever level, can be.
        return torch.where(torch.tensor([d.kind != "new" for d in self.decisions]), 1.0, chances) / cost

    def _cost(self, decision: Decision) -> float:
        return decision.replicates * self.deciding.costs.at(decision.formulation, decision.level)
