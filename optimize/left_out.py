"""Which members of a design space its exclusions and constraints leave out altogether, and why."""

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ionlink.optimize.space import DesignSpace

LOOKED_AT = 2_000
"""Of spaces with more combinations than this nothing is said."""


def left_out(space: "DesignSpace") -> dict[str, str]:
    """Cations and ligands of which nothing may be proposed, each with a reason, such as that a potential is not known.

    Empty for spaces of more than `LOOKED_AT` combinations.
    """
    if len(space.combinations) > LOOKED_AT:
        return {}
    reasons: dict[str, list[str]] = defaultdict(list)
    kept: set[str] = set()
    for combination in space.combinations:
        members, fault = (*combination.cations, combination.ligand), space.combination_fault(combination)
        if fault is None:
            kept.update(members)
        else:
            for member in members:
                reasons[member].append(fault)
    return {member: _its_own(member, faults) for member, faults in reasons.items() if member not in kept}


def _its_own(member: str, faults: list[str]) -> str:
    """Of the faults of its combinations one that is said of the member, if any is."""
    return next((fault for fault in faults if fault.startswith(f"{member}:")), faults[0])
