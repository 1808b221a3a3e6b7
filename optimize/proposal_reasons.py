"""Why a round's proposals were chosen: what its model or the space says of each, and what else is special of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ionlink.data.prose import words
from ionlink.optimize.decision import Decision
from ionlink.optimize.known_enough import counts_of, short_of
from ionlink.optimize.standing import completely_observed
from ionlink.optimize.why import Why

if TYPE_CHECKING:
    from ionlink.optimize.proposer import Proposer


def proposal_reasons(proposer: "Proposer", decisions: Sequence[Decision]) -> list[Why]:
    """Why each of a round's proposals was chosen, by what was known when it was made."""
    of_all = [_unheld(proposer), _from_elsewhere(proposer)]
    return [
        why.model_copy(
            update={"reason": "; ".join(filter(None, [why.reason, _kind(proposer, d), _partly(proposer, d), *of_all]))}
        )
        for why, d in zip(_grounds(proposer, decisions), decisions, strict=True)
    ]


def _grounds(proposer: "Proposer", decisions: Sequence[Decision]) -> list[Why]:
    """By the model, or by how the space is filled."""
    if proposer.beliefs is not None:
        from ionlink.optimize.reasons import reasons

        return reasons(proposer, proposer.beliefs, decisions)
    from ionlink.optimize.spreading_reasons import spreading_reasons

    campaign, formulations = proposer.campaign, [decision.formulation for decision in decisions]
    proposed = [candidate.formulation for candidate in campaign.candidates]
    return spreading_reasons(formulations, proposer.observations, proposed, campaign.start, campaign.aim.outcomes)


def _kind(proposer: "Proposer", decision: Decision) -> str | None:
    """What is to be said of a decision that is not simply for a new formulation."""
    level, own = decision.level, proposer.campaign.level
    if decision.method:
        return decision.method
    if decision.kind == "replicate":
        return f"more replicates gain more for their cost than a new formulation, by the {proposer.method}"
    if level != own and proposer.beliefs is None:
        return f"first at level {level}, which costs less than {own}"
    if level != own:
        return f"level {level} gains more for its cost than {own}, by the {proposer.method}"
    return None


def _partly(proposer: "Proposer", decision: Decision) -> str | None:
    """Which outcomes are known already of what is proposed for the others."""
    known = {o.outcome for o in proposer.observations if o.formulation == decision.formulation}
    if decision.kind != "new" or not known:
        return None
    seen, missing = (
        " and ".join(words(name) for name in proposer.campaign.aim.outcomes if (name in known) is there)
        for there in (True, False)
    )
    return f"its {seen} was observed before, its {missing} was not"


def _unheld(proposer: "Proposer") -> str | None:
    """Said where nothing that was observed is expected to hold all constraints."""
    aim, beliefs = proposer.aim, proposer.beliefs
    if beliefs is None or not aim.constraints:
        return None
    known = completely_observed(proposer.observations, [constraint.outcome for constraint in aim.constraints])
    if not known:
        return None
    holds = bool(aim.feasible(beliefs.means(beliefs.inputs(known))).any())
    return None if holds else "nothing that was observed holds all constraints yet"


def _from_elsewhere(proposer: "Proposer") -> str | None:
    """Said where what is expected rests on other levels, because little was observed at the campaign's."""
    campaign, few = proposer.campaign, short_of(proposer.observations, proposer.aim)
    if proposer.beliefs is None or not few:
        return None
    first, *others = (f"of {count}" for count in counts_of(few))
    known = zip(few, [f"is known {first}", *others], strict=True)
    where = f"{', '.join(f'{words(name)} {of}' for name, of in known)} at level {campaign.level}"
    if campaign.protocol is None:
        return f"{where}: what is expected rests on other levels"
    return f"{where}, by this protocol: what is expected rests on other protocols or levels"
