"""What a campaign is told of a candidate's replicates: means over all there are, in place of those over fewer."""

from collections import defaultdict
from collections.abc import Sequence

from ionlink.data.mixtures import mixtures_named_alike
from ionlink.data.observation import Observation, measurand
from ionlink.optimize.campaign import Campaign
from ionlink.optimize.candidate import Candidate
from ionlink.optimize.queries import in_force
from ionlink.optimize.replicate_plan import ReplicatePlan
from ionlink.optimize.rows import Correction
from ionlink.optimize.told import Told


def tell_replicates(
    campaign: Campaign, candidate: Candidate, plan: ReplicatePlan, observations: Sequence[Observation]
) -> Told:
    """Tell the means over the replicates of a candidate, earlier ones of its formulation included.

    Nothing is overwritten: means over fewer replicates stay in the history. Raises `InputError`.
    """
    if plan.home.id == candidate.id:
        return campaign.tell(observations, made_for=candidate.id)
    earlier = defaultdict(list)
    observations = mixtures_named_alike(observations, campaign.named())
    for record in in_force(campaign.history()):
        earlier[_protocol_subject(record.observation)].append(record.id)
    return campaign.tell(
        [o for o in observations if not earlier[_protocol_subject(o)]],
        made_for=candidate.id,
        corrections=[
            Correction(o, tuple(ids), candidate.id) for o in observations if (ids := earlier[_protocol_subject(o)])
        ],
        reason=f"{plan.count} more replicates were asked for by candidate {candidate.id}",
    )


def _protocol_subject(observation: Observation) -> tuple[object, ...]:
    """What means over the same replicates have in common."""
    return (*measurand(observation), observation.protocol, observation.source)
