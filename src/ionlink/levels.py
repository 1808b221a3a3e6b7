"""Which levels are compared, and of what: the knowledge base's observations and rankings."""

from typing import TYPE_CHECKING

from ionlink.data.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


def levels_told(
    *, simulated: str = "screen", measured: str = "literature", outcome: str | None = None
) -> "pd.DataFrame":
    """How much each simulated outcome tells of the same or a related measured one; see `models.levels.compare_levels`.

    Args:
        simulated: Level that is many and cheap.
        measured: Level that is meant; its values, bounds and rankings are learned from.
        outcome: Only this outcome, simulated or measured.

    Raises:
        InputError: nothing is known at a level, or of the outcome at both.

    """
    from ionlink.data import observations, outcomes, rankings
    from ionlink.models.levels import compare_levels

    cheap = [o for o in observations() if o.level == simulated]
    meant = [o for o in observations() if o.level == measured]
    ranked = [r for r in rankings() if r.level == measured]
    known = sorted({o.level for o in observations()} | {r.level for r in rankings()})
    faults = [
        f"level: nothing is known at level '{level}'; there are {', '.join(known)}"
        for level, said in ((simulated, cheap), (measured, [*meant, *ranked]))
        if not said
    ]
    if outcome is not None and outcome not in outcomes():
        faults.append(f"outcome: '{outcome}' is not known; see ionlink data show outcomes")
    if faults:
        raise InputError(faults)
    if outcome is not None:
        related = {outcome, *outcomes()[outcome].related}
        related |= {name for name, other in outcomes().items() if outcome in other.related}
        cheap = [o for o in cheap if o.outcome in related]
    frame = compare_levels(cheap, meant, ranked)
    if outcome is not None:
        frame = frame[(frame["simulated"] == outcome) | (frame["measured"] == outcome)].reset_index(drop=True)
        if frame.empty:
            raise InputError(
                f"outcome: nothing related to '{outcome}' is known at both levels, {simulated} and {measured}"
            )
    return frame
