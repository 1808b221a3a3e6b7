"""The campaign: what was asked, what was told, and what to try next. The one stateful thing."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from numbers import Integral
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.data.mixtures import mixtures_named_alike
from ionlink.data.observation import Observation, Relation
from ionlink.optimize.campaign_record import CampaignRecord
from ionlink.optimize.candidate import Candidate
from ionlink.optimize.corrections import all_told_as, corrections_of
from ionlink.optimize.costs import ExpectedCost, checked
from ionlink.optimize.decision import Decide, Decision
from ionlink.optimize.errors import CampaignError
from ionlink.optimize.exclusion import Exclusion
from ionlink.optimize.observation_faults import naming_faults, observation_faults
from ionlink.optimize.observed_levels import ObservedLevels
from ionlink.optimize.proposal_reasons import proposal_reasons
from ionlink.optimize.proposer import Proposer
from ionlink.optimize.queries import in_force
from ionlink.optimize.renaming import new_names
from ionlink.optimize.rows import Correction, Proposal
from ionlink.optimize.settled_reference import for_store
from ionlink.optimize.store import Store
from ionlink.optimize.told import Told

if TYPE_CHECKING:
    from ionlink.data.polymer_solution import PolymerSolution
    from ionlink.optimize.bench_sheet import BenchSheet

REFUSALS_PER_PROPOSAL = 20
"""So many refused proposals in a row mean that the design space lies mostly outside of what can be tried."""

Refusal = Callable[[Formulation], str | None]
"""Why a formulation cannot be tried; `None` where it can."""


class Campaign(CampaignRecord):
    """Proposes formulations (`ask`) and learns from what was observed of them (`tell`).

    It learns from the observations of its own level and protocol only, or of the `levels` that it was given; all others
    are kept in the store.
    All state is in the store: two campaigns on one view of a store are the same campaign.
    """

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

    def ask(
        self,
        n: int,
        refusal: Refusal | None = None,
        cost: ExpectedCost | None = None,
        decide: Decide | None = None,
    ) -> list[Candidate]:
        """Propose `n` formulations, which are pending from now on.

        None was proposed before, nor observed in all outcomes that the aim counts.

        From a model where enough is known, else space filling; `proposed_by` of a candidate says which, and `why` what
        speaks for it.
        What `refusal` objects to is recorded as an excluded candidate and replaced; where it objects to nearly
        everything, nothing is recorded. With `cost`, what it costs to observe a formulation, above 0, proposals of a
        model are those that promise most for their cost.

        With `decide`, more replicates of what was observed are proposed where they gain more for their cost than new
        formulations do; a campaign of several levels decides on these as well. `level`, `replicates` and `kind` of a
        candidate say what was decided. Raises `InputError`, `SpaceExhausted`, and `CampaignError` when nearly
        everything is refused.
        """
        if not isinstance(n, Integral) or n < 1:
            raise InputError(f"n: {n} candidates cannot be asked for; ask for a whole number, at least 1")
        self.store.catch_up(self.settles)
        # What others tell while this thinks is news to the round.
        told_before = self.store.last_observation()
        number = len(self.store.rounds()) + 1
        proposer = Proposer.of(self, number, checked(cost) if cost else None, decide)
        proposals = _proposals(proposer, *_sifted(proposer, n, refusal))
        reference = for_store(proposer.lasting_reference, self.objectives)
        candidates = self.store.add_round(number, proposer.method, reference, proposals, told_before)
        return [c for c in candidates if c.status == "pending"]

    def tell(
        self,
        observations: Sequence[Observation],
        *,
        made_for: int | Sequence[int | None] | None = None,
        corrections: Sequence[Correction] = (),
        reason: str = "",
        failures: Mapping[int, str] = MappingProxyType({}),
        told_before: int | None = None,
    ) -> Told:
        """Learn what was observed, of candidates or of any other formulation, of some or all outcomes.

        Telling the same again changes nothing, whichever cation of a mixture is named first. What was made may differ a
        little from what a candidate asked for; `made_for` names the candidate by its id, one for all observations or
        one for each. What names none is of the candidate that asked for the same in practice, whatever the conditions
        that this leaves open.
        A candidate that is pending, or that failed, becomes done with the first outcome of an objective or constraint
        that was told since it was asked for, or with any that names it. A correction is as old as what it corrects.
        Of candidates of which nothing could be observed, `failures` has the reasons, by id; see `fail`.
        Raises `InputError` with every fault, and stores nothing then. Nor where anything was told to the store after
        the observation with the id `told_before`, by which whoever tells has judged; that raises `ToldMeanwhile`.
        """
        observations, corrections = _named_alike(self.named(), observations, corrections)
        ids = _one_for_each(made_for, len(observations))
        if len(ids) != len(observations):
            raise InputError(
                f"made_for: has {len(ids)} ids for {len(observations)} observations; give one for each, or None"
            )
        everything = [*observations, *(correction.observation for correction in corrections)]
        named = [*ids, *(correction.candidate for correction in corrections)]
        candidates = self.candidates
        faults = [fault for o in everything for fault in observation_faults(o)]
        if faults := [*faults, *naming_faults(everything, named, candidates)]:
            raise InputError(faults)
        levels = {candidate.id: candidate.level for candidate in candidates}
        # What waits to be observed elsewhere is not what was made here.
        ids = [n if n and levels[n] == o.level else None for o, n in zip(observations, ids, strict=True)]
        if any(ids):
            ids = new_names(observations, ids, self.history())
        settles = self.settles
        stored, done = self.store.tell(
            observations,
            settles,
            made_for=ids,
            ids={n for o, n in zip(everything, named, strict=True) if n and levels[n] == o.level and settles(o)},
            corrections=corrections,
            reason=reason,
            failures={int(number): why for number, why in failures.items()},
            told_before=told_before,
        )
        history = self.history()
        force = {record.observation for record in in_force(history)}
        elsewhere = Counter(o.level for o in everything if o in force and not self._is_known(o))
        own = (o.formulation for o in everything if o in force and settles(o))
        unsaid = Counter(name for formulation in own for name in self.space.unsaid(formulation))
        withdrawn = Counter(observations) & Counter(record.observation for record in history if record.withdrawn)
        return Told(
            stored,
            len(everything) - stored,
            dict(elsewhere),
            done,
            withdrawn=withdrawn.total(),
            corrected=len(corrections),
            unsaid=dict(unsaid),
        )

    def tell_file(self, path: str | Path, *, correct: bool = False, reason: str | None = None) -> Told:
        """Learn from a lab table or a filled bench sheet.

        Where a row contradicts what was told before from the same source, the file is refused, unless its column
        `corrects` names the earlier value or `correct` says that the file is right. Raises `InputError`.
        """
        from ionlink.optimize.lab_telling import tell_file

        return tell_file(self, Path(path), correct=correct, reason=reason)

    def bench_sheet(self, solution: "PolymerSolution", *, missing: bool = False) -> "BenchSheet":
        """What to weigh for each candidate that waits for the laboratory, with empty columns for what comes out.

        Or what to weigh again for those of which outcomes are `missing`. `tell_file` takes it back when it is filled
        in. Raises `InputError` where there is none.
        """
        from ionlink.optimize.bench_sheet import bench_sheet

        self.store.catch_up(self.settles)
        return bench_sheet(self, solution, missing=missing)

    def correct(
        self,
        wrong: Observation | int,
        *,
        reason: str,
        value: float | None = None,
        standard_error: float | None = None,
        bound: Relation | None = None,
        formulation: Formulation | None = None,
        level: str | None = None,
    ) -> Told:
        """Put what is right in the place of an observation, or of the one with that id in `history`.

        That may be another value, in the outcome's catalogue unit, standard error, bound, formulation or level; the
        rest stays, so that what was a limit is one still. Nothing is overwritten: the earlier one stays in the history,
        with the reason. Raises `InputError`.
        """
        said = {
            "value": value,
            "standard_error": standard_error,
            "bound": bound,
            "formulation": formulation,
            "level": level,
        }
        return self.correct_all({wrong: {name: right for name, right in said.items() if right is not None}}, reason)

    def correct_all(self, right: Mapping[Observation | int, Mapping[str, object]], reason: str) -> Told:
        """The same of several observations, each with what is right of it by the names above: of all or of none.

        Raises `InputError` with every fault.
        """
        if not reason.strip():
            raise InputError("reason: is empty; say why the earlier value is wrong, it is kept beside it")
        levels = ObservedLevels.of(self)
        named = dict.fromkeys(str(changes["level"]) for changes in right.values() if "level" in changes)
        if faults := [fault for level in named if (fault := levels.fault(level))]:
            raise InputError(faults)
        return self.tell([], corrections=corrections_of(self.history(), right), reason=reason)

    def withdraw(self, *wrong: Observation | int, reason: str) -> None:
        """Say of observations, or of those with these ids in `history`, that they do not hold, with nothing instead.

        Such as those of a sample that was spilt. They stay in the history, with the reason; told again, they stay
        withdrawn. Candidates that they were of are still done, see `missing`. Raises `InputError`.
        """
        if not reason.strip():
            raise InputError("reason: is empty; say why it does not hold, it is kept beside it")
        self.store.withdraw(all_told_as(self.history(), wrong), reason)

    def fail(self, candidate: Candidate, reason: str, *, of_formulation: bool = True) -> None:
        """Record that a candidate was tried in vain; it is never proposed again.

        `of_formulation` says whether that tells something of the formulation (it precipitated), or only of what
        tried it (a disk was full). What is told of it later counts, and it is done then. Raises `InputError` without a
        reason, and where there is no such candidate, or it is done or excluded.
        """
        self.store.fail(self.candidate(candidate.id).id, reason, "formulation" if of_formulation else "machine")

    def retry(self, *candidate_ids: int) -> tuple[Candidate, ...]:
        """Let candidates that failed wait again, under the ids that they have; gives them back.

        Without ids these are all whose failure says nothing of the formulation: a replicate was killed or ran out of
        its time, a sample was lost. What is said of the failure is forgotten. Raises `InputError` where there is none,
        or where one of the ids has not failed.
        """
        ids = candidate_ids or tuple(candidate.id for candidate in self.mishaps)
        if not ids:
            raise InputError("nothing failed in a way that says nothing of the formulation; name what to try again")
        self.store.retry(ids)
        return tuple(self.candidate(candidate_id) for candidate_id in dict.fromkeys(ids))

    def exclude(self, cation: str, ligand: str, reason: str) -> None:
        """Never propose this cation on this ligand from now on."""
        self.store.exclude(Exclusion(cation=cation, ligand=ligand, reason=reason))


def _named_alike(
    known: Iterable[Formulation], observations: Sequence[Observation], corrections: Sequence[Correction]
) -> tuple[list[Observation], list[Correction]]:
    """What is told, with the cations of each mixture in the order of what is known."""
    everything = [*observations, *(correction.observation for correction in corrections)]
    named = mixtures_named_alike(everything, known)
    right = zip(corrections, named[len(observations) :], strict=True)
    return named[: len(observations)], [replace(correction, observation=its) for correction, its in right]


def _one_for_each(made_for: int | Sequence[int | None] | None, number: int) -> list[int | None]:
    """Ids as Python's numbers: a table's are NumPy's, which a store does not take."""
    ids = [made_for] * number if made_for is None or isinstance(made_for, (int, Integral)) else list(made_for)
    return [int(one) if isinstance(one, Integral) else one for one in ids]


def _sifted(proposer: Proposer, n: int, refusal: Refusal | None) -> tuple[list[Decision], dict[Formulation, str]]:
    """`n` decisions that nothing is objected to, and what was refused on the way, with the reasons."""
    accepted: list[Decision] = []
    refused: dict[Formulation, str] = {}
    while len(accepted) < n:
        for decision in proposer.propose(n - len(accepted), accepted, list(refused)):
            reason = refusal(decision.formulation) if refusal and decision.kind != "replicate" else None
            if reason is None:
                accepted.append(decision)
            else:
                refused[decision.formulation] = reason
        if len(refused) > REFUSALS_PER_PROPOSAL * n:
            last = list(refused.values())[-1]
            raise CampaignError(f"{len(refused)} proposals were refused, the last because {last}")
    return accepted, refused


def _proposals(proposer: Proposer, accepted: Sequence[Decision], refused: Mapping[Formulation, str]) -> list[Proposal]:
    """What becomes of them in the store, the refused ones last and without a why."""
    whys = [why.model_dump(mode="json") for why in proposal_reasons(proposer, accepted)]
    all_of_it = [*accepted, *(Decision(formulation, proposer.campaign.level, 1) for formulation in refused)]
    return [
        Proposal(
            d.formulation,
            d.method or proposer.method,
            predicted,
            d.level,
            None if why else refused[d.formulation],
            d.replicates,
            d.kind,
            why,
        )
        for d, why, predicted in zip(
            all_of_it,
            [*whys, *(None for _ in refused)],
            proposer.predicted([d.formulation for d in all_of_it]),
            strict=True,
        )
    ]
