"""What was made for a candidate: not always just what was asked for."""

import math
from collections.abc import Mapping, Sequence

from ionlink.data.formulation import Formulation
from ionlink.optimize.candidate import Candidate

OFF_RATIO = 1.5
"""By so large a factor the ratio of what was weighed out may be off."""

OFF_FRACTION = 0.1
OFF_PH = 1.0
OFF_TEMPERATURE_K = 20.0


def deviation(made: Formulation, asked: Formulation) -> float:
    """How far off what was made is: up to 1 it still counts as what was asked for; infinite where members differ.

    What is known of one of them only is passed over.
    """
    if made.ligand != asked.ligand or made.shares.keys() != asked.shares.keys():
        return math.inf
    off = [abs(made.shares[cation] - share) / OFF_FRACTION for cation, share in asked.shares.items()]
    if made.ratio is not None and asked.ratio is not None:
        off.append(abs(math.log(made.ratio / asked.ratio)) / math.log(OFF_RATIO))
    if made.ph is not None and asked.ph is not None:
        off.append(abs(made.ph - asked.ph) / OFF_PH)
    if made.temperature_k is not None and asked.temperature_k is not None:
        off.append(abs(made.temperature_k - asked.temperature_k) / OFF_TEMPERATURE_K)
    return max(off)


def made_for(
    candidates: Sequence[Candidate], told: Mapping[Formulation, Sequence[int]]
) -> dict[Formulation, Candidate]:
    """The candidate that each observed formulation is of; those that are of none are left out.

    `told` says in which rounds something was told of each. It is the first candidate that asked for just this
    formulation; else, of the candidates that are done with nothing told of just what they ask for, the nearest one
    that had been asked for by then.
    """
    exactly = {candidate.formulation: candidate for candidate in reversed(candidates)}
    otherwise = [c for c in candidates if c.status == "done" and max(told.get(c.formulation, ()), default=-1) < c.round]
    found = {}
    for formulation, rounds in told.items():
        near = {c.id: deviation(formulation, c.formulation) for c in otherwise if c.round <= min(rounds)}
        possible = [c for c in otherwise if near.get(c.id, math.inf) <= 1]
        its = exactly.get(formulation) or min(possible, key=lambda c: near[c.id], default=None)
        if its is not None:
            found[formulation] = its
    return found


def as_made(candidate: Candidate, made: Mapping[Formulation, Candidate]) -> Formulation:
    """What was made for a candidate, by `made_for`; what it asks for where that does not tell."""
    return next((f for f, its in made.items() if its.id == candidate.id), candidate.formulation)
