"""What a campaign was told before it began, and what can be read of it since.

Nothing here changes anything, but that a campaign which is opened catches up with what others of its store were told.
"""

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation, Ranking
from ionlink.models.seeds import LARGEST_CAMPAIGN_SEED, checked_seed
from ionlink.optimize.aim import Aim, Combine
from ionlink.optimize.candidate import Candidate
from ionlink.optimize.decision import Level, level_faults
from ionlink.optimize.errors import ObjectivesChanged
from ionlink.optimize.exclusion import Pair
from ionlink.optimize.known_enough import learnable
from ionlink.optimize.made import Made, as_made, by_formulation, put_together
from ionlink.optimize.migration import NAMELESS_ROUNDS_FACT
from ionlink.optimize.objective import Objective
from ionlink.optimize.outcome_constraint import OutcomeConstraint
from ionlink.optimize.rows import Recorded
from ionlink.optimize.settled_reference import settled_reference
from ionlink.optimize.space import DesignSpace
from ionlink.optimize.standing import best_desirability, formulations_of, hypervolume, in_one_order, standing
from ionlink.optimize.start import Start
from ionlink.optimize.store import Store
from ionlink.optimize.why import Why

if TYPE_CHECKING:
    from ionlink.models.surrogate import Surrogate
    from ionlink.optimize.remaining import Remaining
    from ionlink.optimize.stopping import Cost, Rule, Verdict


class CampaignRecord:
    """The reading half of `Campaign`."""

    def __init__(
        self,
        space: DesignSpace,
        objectives: Sequence[Objective],
        seed: int = 0,
        level: str = "lab",
        store: Store | None = None,
        protocol: str | None = None,
        constraints: Sequence[OutcomeConstraint] = (),
        combine: Combine = "pareto",
        start: Start | None = None,
        rankings: Sequence[Ranking] = (),
        levels: Sequence[Level] = (),
    ) -> None:
        """Without a `store` the campaign lives in memory; `protocol` is the simulation's, `None` for measurements.

        What `constraints` and `combine` mean, and what they need, says `ionlink.optimize.aim.Aim`. What `start` names
        is tried first, as long as there is no model; it must lie in the space. `rankings` are statements at the
        campaign's level that its beliefs rest on as well. Where the campaign observes at several `levels`, its own one
        is the last of them; it decides then where to observe. Where the store knows a hypervolume reference of other
        objectives only, an `ObjectivesChanged` warning says that it is not used. Raises `InputError`.
        """
        self.start = start or Start()
        if faults := [f"start.{fault}" for fault in self.start.faults(space)] + level_faults(levels, level):
            raise InputError(faults)
        self.levels = tuple(levels)
        self.space = space
        self.aim = Aim(tuple(objectives), tuple(constraints), combine)
        self.seed = checked_seed(seed, LARGEST_CAMPAIGN_SEED)
        self.level = level
        self.protocol = protocol
        self.rankings = tuple(rankings)
        if strangers := sorted({r.level for r in self.rankings} - {level}):
            raise InputError(f"rankings: are of level {', '.join(strangers)}; the campaign learns at level {level}")
        self.store = store or Store()
        self.store.settle_levels(level)
        self.store.catch_up(self.settles)
        if self.aim.dimension > 1 and self.reference() is None and any(r.reference for r in self.store.rounds()):
            wanted = ", ".join(map(str, self.objectives))
            warnings.warn(
                f"the hypervolume reference was settled for other objectives than {wanted}, and is not used; the next "
                "round from a model infers another one",
                ObjectivesChanged,
                stacklevel=2,
            )

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """Those of the aim."""
        return self.aim.objectives

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """All that was ever proposed."""
        return self.store.candidates()

    @property
    def pending(self) -> tuple[Candidate, ...]:
        """Candidates that are waited for."""
        return self._unsettled(given_up=False)

    @property
    def given_up(self) -> tuple[Candidate, ...]:
        """Candidates that nothing became of, of levels where the campaign, changed or forked, no longer observes."""
        return self._unsettled(given_up=True)

    @property
    def mishaps(self) -> tuple[Candidate, ...]:
        """Candidates whose failure says nothing of the formulation, which `Campaign.retry` lets wait again."""
        return tuple(c for c in self.candidates if c.status == "failed" and c.failure_of == "machine")

    def _unsettled(self, *, given_up: bool) -> tuple[Candidate, ...]:
        levels = {level.name for level in self.known_levels}
        return tuple(c for c in self.candidates if c.status == "pending" and (c.level not in levels) == given_up)

    def became(self) -> Mapping[str, int]:
        """How many candidates are of each status; `given up` are those that are waited for no longer."""
        gone = {candidate.id for candidate in self.given_up}
        return Counter("given up" if c.id in gone else c.status for c in self.candidates)

    def candidate(self, candidate_id: int) -> Candidate:
        """The candidate with that id; raises `InputError`."""
        found = next((c for c in self.candidates if c.id == candidate_id), None)
        if found is None:
            known = f"ids are 1 to {len(self.candidates)}" if self.candidates else "none was proposed yet"
            raise InputError(f"candidate: there is no {candidate_id}; {known}")
        return found

    def why(self, candidate_id: int) -> Why:
        """Why a candidate was proposed, by what was known then; raises `InputError` where that was not recorded."""
        found = self.candidate(candidate_id)
        if found.why is None:
            raise InputError(f"candidate: why {candidate_id} was proposed was not recorded; it was {found.proposed_by}")
        return Why.model_validate(found.why)

    @property
    def open_space(self) -> DesignSpace:
        """The design space without the pairs that turned out to be impossible."""
        return self.space.without(self.store.exclusions())

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Cation-ligand pairs that may be proposed, written out: for small spaces."""
        return self.open_space.pairs()

    def observations(self, until_round: int | None = None) -> tuple[Observation, ...]:
        """Observations of the campaign's own level and protocol, bounds included, of what was made."""
        return tuple(o for o in self.store.observations(until_round) if self._is_own(o))

    def joined_observations(self, until_round: int | None = None) -> tuple[Observation, ...]:
        """The same, each of the formulation that its sample counts as: one for all samples of a candidate."""
        return self._joined(self.known_levels[-1], until_round)

    def counted(self) -> tuple[Observation, ...]:
        """The latter of outcomes that the aim counts, in an order that does not depend on when they were told."""
        return tuple(in_one_order(o for o in self.joined_observations() if o.outcome in self.aim.outcomes))

    def learnable_aim(self) -> Aim:
        """The aim without constraints of whose outcomes there are too few values, see `known_enough.classified`."""
        return learnable(self.aim, self.counted(), self.elsewhere())

    def elsewhere(self) -> tuple[Observation, ...]:
        """Observations of outcomes that the aim counts, of other levels or protocols than the campaign's own."""
        return tuple(o for o in self.store.observations() if o.outcome in self.aim.outcomes and not self._is_own(o))

    def counted_at_levels(self) -> tuple[Observation, ...]:
        """The same of all levels that it learns from."""
        joined = (o for level in self.known_levels for o in self._joined(level))
        return tuple(in_one_order(o for o in joined if o.outcome in self.aim.outcomes))

    @property
    def known_levels(self) -> tuple[Level, ...]:
        """Levels that it learns from, its own one last."""
        own = Level(name=self.level, cost=self.levels[-1].cost if self.levels else 1.0, protocol=self.protocol)
        return (*self.levels[:-1], own)

    @property
    def has_levels(self) -> bool:
        """Whether it learns from others than its own."""
        return len(self.known_levels) > 1

    def level_observations(self) -> tuple[Observation, ...]:
        """Observations of all levels that it learns from, each by its protocol, bounds included."""
        return tuple(o for o in self.store.observations() if self._is_known(o))

    def history(self) -> tuple[Recorded, ...]:
        """All that was ever told, what was corrected as well, in the order in which it was told."""
        return self.store.history()

    def named(self) -> Iterator[Formulation]:
        """Formulations as they were told of, then as they were asked for."""
        yield from (record.observation.formulation for record in self.history())
        yield from (candidate.formulation for candidate in self.candidates)

    def ranking(self) -> pd.DataFrame:
        """Observed formulations, best first; columns as in `ionlink.optimize.standing`, and where they come from.

        That is in `candidate` the id of the candidate that it was made for, if for one, and in `round` the round that
        asked for it, else the one after which it was first told of; 0 for what was known before.
        """
        frame, made = standing(self.joined_observations(), self.aim), by_formulation(self.made())
        rows = [made[point] for point in formulations_of(frame)]
        ids = [row.candidates[0].id if row.candidates else None for row in rows]
        rounds = [row.candidates[0].round if row.candidates else self._first_told(row) for row in rows]
        return frame.assign(candidate=pd.array(ids, dtype="Int64"), round=rounds)

    def made(self, level: str | None = None) -> tuple[Made, ...]:
        """What was made and observed at a level, by default the campaign's own, samples of a candidate together."""
        found = next(known for known in self.known_levels if known.name == (level or self.level))
        return self._made(found)

    def missing(self) -> Mapping[int, tuple[str, ...]]:
        """Outcomes of the aim that were not observed of candidates that are done, by id.

        Of cheaper levels only those that are ever observed there.
        """
        found = {}
        for level in self.known_levels:
            made = self._made(level)
            there = {record.observation.outcome for its in made for record in its.in_force}
            wanted = [name for name in self.aim.outcomes if name in there or level.name == self.level]
            for candidate in (c for c in self.candidates if c.status == "done" and c.level == level.name):
                its = as_made(candidate, made)
                known = {record.observation.outcome for record in its.in_force} if its else set()
                lacking = tuple(name for name in wanted if name not in known)
                is_first = candidate.kind != "replicate" if its is None else its.candidates[0].id == candidate.id
                if lacking and is_first:
                    found[candidate.id] = lacking
        return dict(sorted(found.items()))

    def pareto(self) -> pd.DataFrame:
        """The rows of `ranking` that hold all constraints, and that no other such row beats in all objectives.

        Where objectives are combined into one value, the best row.
        """
        frame = self.ranking()
        return frame[frame["on_front"]].reset_index(drop=True)

    def surrogate(self, *, until_round: int | None = None) -> "Surrogate":
        """Fitted to all that can be learned of what was observed at the campaign's level; raises `FitFailed`."""
        from ionlink.models.surrogate import Surrogate

        return Surrogate.fit(self.observations(until_round), seed=self.seed)

    def hypervolume(self, until_round: int | None = None) -> float | None:
        """Hypervolume that was reached, by observed means; for one objective, or several combined, the best value.

        Only what holds all constraints counts. `None` before there is a reference point: until the first round that
        came from a model, unless every objective has its own `reference`; and where nothing has a value yet.
        """
        observations = self.joined_observations(until_round)
        if self.aim.dimension == 1:
            return best_desirability(observations, self.aim)
        reference = self.reference()
        return None if reference is None else hypervolume(observations, self.aim, reference)

    def remaining_improvement(self) -> "Remaining":
        """What is expected to be still to gain in the design space, with its uncertainty.

        Raises `FitFailed` without a model, and `SpaceExhausted` where nothing was observed and nothing may be proposed.
        """
        from ionlink.optimize.remaining_table import campaign_remaining

        return campaign_remaining(self)

    def stopping(self, rules: Iterable["Rule"], cost: "Cost | None" = None) -> "Verdict | None":
        """What the first rule that says to stop gives as its reason; `None` where none does.

        `cost` is what a replicate costs, for rules that count it.
        """
        verdicts = (rule.verdict(self, cost) for rule in rules)
        return next((verdict for verdict in verdicts if verdict.stops), None)

    def reference(self) -> Mapping[str, float] | None:
        """Hypervolume reference, as desirability by outcome; once inferred, it stays as long as the objectives do."""
        return settled_reference(self.objectives, self.store.rounds())

    @property
    def settles(self) -> Callable[[Observation], bool]:
        """Whether an observation makes the candidate done that it is of.

        That is where the aim counts it, and the campaign learns from it, or gave up its level.
        """
        outcomes, gone = set(self.aim.outcomes), {(candidate.level, None) for candidate in self.given_up}
        levels = gone | {(level.name, level.protocol) for level in self.known_levels}
        return lambda o: o.outcome in outcomes and (o.level, o.protocol) in levels

    def _made(self, level: Level, until_round: int | None = None) -> tuple[Made, ...]:
        records = [
            record
            for record in self.history()
            if (record.observation.level, record.observation.protocol) == (level.name, level.protocol)
            and (until_round is None or record.round <= until_round)
        ]
        nameless = int(self.store.fact(NAMELESS_ROUNDS_FACT) or 0)
        return put_together([c for c in self.candidates if c.level == level.name], records, nameless, until_round)

    def _joined(self, level: Level, until_round: int | None = None) -> tuple[Observation, ...]:
        """In the order in which they were told."""
        known = ((record, made.formulation) for made in self._made(level, until_round) for record in made.in_force)
        return tuple(
            record.observation.model_copy(update={"formulation": formulation})
            for record, formulation in sorted(known, key=lambda pair: (pair[0].round, pair[0].id))
        )

    def _first_told(self, made: Made) -> int:
        """After how many rounds something that the aim counts was told of it."""
        counted = (r.round for r in made.records if r.observation.outcome in self.aim.outcomes)
        return min(counted, default=made.records[0].round)

    def _is_known(self, observation: Observation) -> bool:
        return any((observation.level, observation.protocol) == (k.name, k.protocol) for k in self.known_levels)

    def _is_own(self, observation: Observation) -> bool:
        return observation.level == self.level and observation.protocol == self.protocol
