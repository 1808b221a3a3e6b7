"""What becomes of a candidate whose replicates have all ended: it is done, failed with a reason, or is to go on."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pydantic import ValidationError

from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation
from ionlink.optimize.campaign import Campaign
from ionlink.optimize.candidate import Candidate
from ionlink.optimize.config import FEWEST_REPLICATES
from ionlink.optimize.oracle import Oracle
from ionlink.optimize.replicate_batch import ReplicateBatch
from ionlink.optimize.replicate_plan import ReplicatePlan
from ionlink.optimize.replicate_telling import tell_replicates
from ionlink.optimize.told import Told


def conclude(
    campaign: Campaign, candidate: Candidate, plan: ReplicatePlan, replicates: ReplicateBatch[int]
) -> Candidate:
    """Tell what its replicates say, or record why it failed; returns what became of it.

    It stays pending only where too few replicates succeeded and one of the others has a failure that passes, such as a
    full disk: failed, it would not be tried again.
    """
    results, failures = replicates.results(candidate.id), replicates.failures(candidate.id)
    if len(results) < FEWEST_REPLICATES or len(failures) == plan.count:
        if replicates.passing_failure(candidate.id):
            return candidate
        succeeded = plan.count - len(failures)
        reason = f"{succeeded} of {plan.count} replicates succeeded; {failures[0]}"
        # What was observed before can be observed: that more of it failed says nothing of the formulation.
        of_formulation = candidate.kind != "replicate" and not replicates.only_machines_failed(candidate.id)
        _fail(campaign, candidate, reason, of_formulation=of_formulation)
    elif objection := _told(campaign, candidate, plan, replicates.oracle, results):
        _fail(campaign, candidate, objection.reason, of_formulation=objection.of_formulation)
    return campaign.candidate(candidate.id)


class _Objection(NamedTuple):
    """Why a candidate whose replicates ended well is not done."""

    reason: str
    of_formulation: bool = False


def _told(
    campaign: Campaign,
    candidate: Candidate,
    plan: ReplicatePlan,
    oracle: Oracle,
    results: Sequence[Mapping[str, float]],
) -> _Objection | None:
    """Tell what the results say; why that leaves the candidate as it was, `None` where it does not."""
    try:
        observations = _observations(oracle, candidate.formulation, results)
    except Exception as error:  # noqa: BLE001 - an oracle of one's own raises what it likes, and the others go on
        return _Objection(f"its results are not usable: {type(error).__name__}: {error}")
    try:
        told = tell_replicates(campaign, candidate, plan, observations)
    except (InputError, ValidationError) as error:
        return _Objection(f"its results are not usable: {error}")
    if campaign.candidate(candidate.id).status != "pending":
        return None
    return _nothing_of_the_aim(campaign, candidate, observations, told)


def _observations(
    oracle: Oracle, formulation: Formulation, results: Sequence[Mapping[str, float]]
) -> Sequence[Observation]:
    found = list(oracle.observations(formulation, results))
    if strangers := {type(one).__name__ for one in found if not isinstance(one, Observation)}:
        raise TypeError(f"its oracle gives {', '.join(sorted(strangers))} as observations")
    return found


def _nothing_of_the_aim(
    campaign: Campaign, candidate: Candidate, observations: Sequence[Observation], told: Told
) -> _Objection:
    if told.withdrawn:
        return _Objection(
            "no outcome of the aim was observed: what its replicates say was told and withdrawn before, and stays "
            "withdrawn"
        )
    said = ", ".join(dict.fromkeys(f"{o.outcome} at level {o.level}" for o in observations)) or "nothing"
    reason = (
        f"no outcome of the aim was observed: its replicates tell of {said}; the aim counts "
        f"{', '.join(campaign.aim.outcomes)}"
    )
    return _Objection(reason, candidate.kind != "replicate" and _is_seen_of_others(campaign, observations))


def _is_seen_of_others(campaign: Campaign, observations: Sequence[Observation]) -> bool:
    """Whether what the aim counts was observed where these were: then this formulation has none of it.

    Such as the distance of cations that are all free.
    """
    here = {(o.level, o.protocol) for o in observations}
    counted = (o for o in campaign.level_observations() if o.outcome in campaign.aim.outcomes)
    return any((o.level, o.protocol) in here for o in counted)


def _fail(campaign: Campaign, candidate: Candidate, reason: str, *, of_formulation: bool) -> None:
    try:
        campaign.fail(candidate, reason, of_formulation=of_formulation)
    except InputError:
        # Settled elsewhere meanwhile, such as by another campaign of the store: that holds.
        if campaign.candidate(candidate.id).is_open:
            raise
