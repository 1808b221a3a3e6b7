"""The campaign: what was asked, what was told, and what to try next. The one stateful thing."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation
from ionlink.optimize.aim import Aim, Combine
from ionlink.optimize.candidate import Candidate
from ionlink.optimize.corrections import correction_of
from ionlink.optimize.errors import CampaignError
from ionlink.optimize.objective import Objective
from ionlink.optimize.observation_faults import observation_faults
from ionlink.optimize.outcome_constraint import OutcomeConstraint
from ionlink.optimize.proposer import ExpectedCost, Proposer
from ionlink.optimize.rows import Correction, Proposal, Recorded
from ionlink.optimize.space import DesignSpace, Exclusion, Pair
from ionlink.optimize.standing import best_desirability, formulations_of, hypervolume, standing
from ionlink.optimize.start import Start
from ionlink.optimize.store import Store

if TYPE_CHECKING:
    from ionlink.data.polymer_solution import PolymerSolution
    from ionlink.models.surrogate import Surrogate
    from ionlink.optimize.bench_sheet import BenchSheet

REFUSALS_PER_PROPOSAL = 20
"""So many refused proposals in a row mean that the design space lies mostly outside of what can be tried."""

Refusal = Callable[[Formulation], str | None]
"""Why a formulation cannot be tried; `None` where it can."""


@dataclass(frozen=True)
class Told:
    """What became of observations that were told."""

    stored: int
    """New observations."""

    repeated: int
    """Observations that were known already, and not stored again."""

    elsewhere: int
    """Observations of another level or protocol: kept, but the campaign's model does not learn from them."""

    done: tuple[Candidate, ...]
    """Candidates that were pending and are done now."""

    corrected: int = 0
    """How many of those stored are told in place of earlier ones."""

    failed: tuple[Candidate, ...] = ()
    """Candidates that were pending and have failed, as the file says."""


class Campaign:
    """Proposes formulations (`ask`) and learns from what was observed of them (`tell`).

    It learns from the observations of its own level and protocol only; all others are kept in the store.
    All state is in the store: two campaigns on one store are the same campaign.
    """

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
    ) -> None:
        """Without a `store` the campaign lives in memory; `protocol` is the simulation's, `None` for measurements.

        What `constraints` and `combine` mean, and what they need, says `ionlink.optimize.aim.Aim`. What `start` names
        is tried first, as long as there is no model; it must lie in the space. Raises `InputError`.
        """
        self.start = start or Start()
        if faults := self.start.faults(space):
            raise InputError(f"start.{fault}" for fault in faults)
        self.space = space
        self.aim = Aim(tuple(objectives), tuple(constraints), combine)
        self.seed = seed
        self.level = level
        self.protocol = protocol
        self.store = store or Store()
        self.store.settle_levels(level)

    @classmethod
    def load(cls, path: Path) -> "Campaign":
        """The campaign of a directory that `create_campaign_directory` made; raises `InputError`, `StoreError`."""
        from ionlink.optimize.directory import load_campaign

        return load_campaign(Path(path))

    def to_json(self) -> str:
        """All of it as a JSON document: declaration, rounds, candidates, observations and what was corrected."""
        from ionlink.optimize.json_form import to_json

        return to_json(self)

    @classmethod
    def from_json(cls, text: str, store: Store | None = None) -> "Campaign":
        """The campaign of a document of `to_json`, in a `store` where it has only begun, or in memory.

        It proposes next what the exported one would. Raises `InputError`, such as for a newer document.
        """
        from ionlink.optimize.json_form import from_json

        return from_json(text, store)

    def fork(
        self,
        name: str,
        until_round: int | None = None,
        store: Store | None = None,
        **changes: Any,  # noqa: ANN401 - any argument of `Campaign`, checked there
    ) -> "Campaign":
        """What if: a campaign of that name that goes on from here under a changed declaration.

        It knows what this one knew, or what it knew just before round `until_round + 1`, and lies in the same store or
        another. `changes` are arguments of `Campaign`, such as other `objectives` or another `seed`; the rest stays.
        Raises `InputError`.
        """
        from ionlink.optimize.fork import fork

        return fork(self, name, until_round, store, changes)

    def ask(self, n: int, refusal: Refusal | None = None, cost: ExpectedCost | None = None) -> list[Candidate]:
        """Propose `n` formulations, none of which was proposed or observed before; they are pending from now on.

        From a model where enough is known, else space filling; `proposed_by` of a candidate says which and why.
        What `refusal` objects to is recorded as an excluded candidate and replaced. With `cost`, what it costs to
        observe a formulation, proposals of a model are those that promise most for their cost. Raises `SpaceExhausted`,
        and `CampaignError` when nearly everything is refused.
        """
        if n < 1:
            raise InputError(f"n: {n} candidates cannot be asked for; ask for at least 1")
        number = len(self.store.rounds()) + 1
        proposer = Proposer.of(self, number, cost)
        accepted: list[Formulation] = []
        refused: dict[Formulation, str] = {}
        while len(accepted) < n:
            for formulation in proposer.propose(n - len(accepted), accepted, list(refused)):
                reason = refusal(formulation) if refusal else None
                if reason is None:
                    accepted.append(formulation)
                else:
                    refused[formulation] = reason
            if len(refused) > REFUSALS_PER_PROPOSAL * n:
                raise CampaignError(f"{len(refused)} proposals were refused, the last because {reason}")
        proposals = [
            Proposal(f, proposer.method, proposer.predicted(f), self.level, refused.get(f))
            for f in [*accepted, *refused]
        ]
        candidates = self.store.add_round(number, proposer.method, proposer.reference, proposals)
        return [c for c in candidates if c.status == "pending"]

    def tell(
        self,
        observations: Sequence[Observation],
        *,
        corrections: Sequence[Correction] = (),
        reason: str = "",
        observed: Collection[int] = (),
    ) -> Told:
        """Learn what was observed, of candidates or of any other formulation, of some or all outcomes.

        Telling the same again changes nothing. A pending candidate becomes done with the first outcome of an objective
        or constraint, or where its id is among the `observed`.
        Raises `InputError` with every fault, and stores nothing then.
        """
        everything = [*observations, *(correction.observation for correction in corrections)]
        faults = [fault for o in everything for fault in observation_faults(o)]
        if faults:
            raise InputError(faults)
        stored, done = self.store.tell(
            observations,
            [o for o in everything if self.settles(o)],
            ids=observed,
            corrections=corrections,
            reason=reason,
        )
        elsewhere = sum(not self._is_own(o) for o in everything)
        return Told(stored, len(everything) - stored, elsewhere, done, len(corrections))

    def tell_file(self, path: str | Path, *, correct: bool = False, reason: str | None = None) -> Told:
        """Learn from a lab table or a filled bench sheet.

        Where a row contradicts what was told before from the same source, the file is refused, unless its column
        `corrects` names the earlier value or `correct` says that the file is right. Raises `InputError`.
        """
        from ionlink.optimize.lab_telling import tell_file

        return tell_file(self, Path(path), correct=correct, reason=reason)

    def bench_sheet(self, solution: "PolymerSolution") -> "BenchSheet":
        """What to weigh for each candidate that waits for the laboratory, with empty columns for what comes out.

        `tell_file` takes it back when it is filled in. Raises `InputError` where nothing is pending.
        """
        from ionlink.optimize.bench_sheet import bench_sheet

        return bench_sheet(self, solution)

    def correct(
        self, wrong: Observation | int, *, value: float, reason: str, standard_error: float | None = None
    ) -> Told:
        """Put another value in the place of an observation, or of the one with that id in `history`.

        Nothing is overwritten: the earlier one stays in the history, with the reason. Raises `InputError`.
        """
        if not reason.strip():
            raise InputError("reason: is empty; say why the earlier value is wrong, it is kept beside it")
        correction = correction_of(self.history(), wrong, value, standard_error)
        return self.tell([], corrections=[correction], reason=reason)

    def history(self) -> tuple[Recorded, ...]:
        """All that was ever told, what was corrected as well, in the order in which it was told."""
        return self.store.history()

    def fail(self, candidate: Candidate, reason: str, *, of_formulation: bool = True) -> None:
        """Record that a candidate was tried in vain; it is never proposed again.

        `of_formulation` says whether that tells something of the formulation (it precipitated), or only of what
        tried it (a disk was full).
        """
        self.store.set_status(candidate.id, "failed", reason, "formulation" if of_formulation else "machine")

    def exclude(self, cation: str, ligand: str, reason: str) -> None:
        """Never propose this cation on this ligand from now on."""
        self.store.exclude(Exclusion(cation=cation, ligand=ligand, reason=reason))

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
        """Candidates of which nothing is known yet."""
        return tuple(c for c in self.candidates if c.status == "pending")

    @property
    def open_space(self) -> DesignSpace:
        """The design space without the pairs that turned out to be impossible."""
        return self.space.without(self.store.exclusions())

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Cation-ligand pairs that may be proposed, written out: for small spaces."""
        return self.open_space.pairs()

    def observations(self, until_round: int | None = None) -> tuple[Observation, ...]:
        """Observations of the campaign's own level and protocol, bounds included."""
        return tuple(o for o in self.store.observations(until_round) if self._is_own(o))

    def ranking(self) -> pd.DataFrame:
        """Observed formulations, best first; columns as in `ionlink.optimize.standing`, and the candidate's id."""
        ids = {c.formulation: c.id for c in self.candidates}
        frame = standing(self.observations(), self.aim)
        found = [ids.get(formulation) for formulation in formulations_of(frame)]
        return frame.assign(candidate=pd.array(found, dtype="Int64"))

    def pareto(self) -> pd.DataFrame:
        """The rows of `ranking` that hold all constraints, and that no other such row beats in all objectives.

        Where objectives are combined into one value, the best row.
        """
        frame = self.ranking()
        return frame[frame["on_front"]].reset_index(drop=True)

    def surrogate(self, *, until_round: int | None = None, objectives_only: bool = False) -> "Surrogate":
        """Fitted on what was observed at the campaign's level; raises `FitFailed`.

        With `objectives_only`, those of all objectives and constraints, or `FitFailed`, for proposals, which need
        no calibration; else all that can be learned.
        """
        from ionlink.models.surrogate import Surrogate

        names = self.aim.outcomes if objectives_only else None
        return Surrogate.fit(
            self.observations(until_round), outcomes=names, seed=self.seed, calibrate=not objectives_only
        )

    def hypervolume(self, until_round: int | None = None) -> float | None:
        """Hypervolume that was reached, by observed means; for one objective, or several combined, the best value.

        Only what holds all constraints counts. `None` before there is a reference point: until the first round that
        came from a model, unless every objective has its own `reference`; and where nothing has a value yet.
        """
        observations = self.observations(until_round)
        if self.aim.dimension == 1:
            return best_desirability(observations, self.aim)
        reference = self.reference()
        return None if reference is None else hypervolume(observations, self.aim, reference)

    def reference(self) -> Mapping[str, float] | None:
        """Hypervolume reference, as desirability by outcome; once inferred, it stays."""
        given = {o.outcome: o.worst_desirability for o in self.objectives if o.worst_desirability is not None}
        if len(given) == len(self.objectives):
            return given
        return next((r.reference for r in self.store.rounds() if r.reference), None)

    def settles(self, observation: Observation) -> bool:
        """Whether a candidate that is waiting for it is done: the aim counts it, and it is not of another protocol."""
        wanted = observation.outcome in self.aim.outcomes
        return wanted and (observation.level != self.level or self._is_own(observation))

    def _is_own(self, observation: Observation) -> bool:
        return observation.level == self.level and observation.protocol == self.protocol
