"""Which levels are compared, and of what: what is known, a campaign or a lab table."""

from pathlib import Path
from typing import TYPE_CHECKING

from ionlink.data.errors import InputError
from ionlink.known import CampaignLike, everything_known

if TYPE_CHECKING:
    import pandas as pd


def levels_told(
    *,
    simulated: str = "screen",
    measured: str | None = None,
    outcome: str | None = None,
    table: str | Path | None = None,
    campaign: "CampaignLike | None" = None,
) -> "pd.DataFrame":
    """How much each simulated outcome tells of the same or a related measured one; see `models.levels.compare_levels`.

    Args:
        simulated: Level that is many and cheap.
        measured: Level that is meant; its values, bounds and rankings are learned from. By default `lab` where a table
            or a campaign is given, else `literature`.
        outcome: Only this outcome, simulated or measured.
        table: Lab table that holds what was measured, at level `lab` or as its column `level` says; equal rows count
            once.
        campaign: A campaign, or the directory of one, whose observations are compared; of a level that it has none of,
            and that no table gives, those of the knowledge base are.

    Raises:
        InputError: nothing is known at a level, or of the outcome at both; or the table or campaign cannot be read.

    """
    from ionlink.data import outcomes, rankings
    from ionlink.data.lab_table import LAB_LEVEL, LITERATURE_LEVEL
    from ionlink.models.levels import compare_levels
    from ionlink.training_data import table_observations

    of_table = table_observations(table)[0] if table else ()
    own = [*(everything_known(campaign) if campaign else ()), *of_table]
    shipped = everything_known(None)
    measured = measured or (LAB_LEVEL if table or campaign else LITERATURE_LEVEL)
    cheap, meant = ([o for o in own if o.level == level] for level in (simulated, measured))
    ranked = [] if meant else [r for r in rankings() if r.level == measured]
    cheap = cheap or [o for o in shipped if o.level == simulated]
    meant = meant or [o for o in shipped if o.level == measured]
    known = sorted({o.level for o in (*own, *shipped)} | {r.level for r in rankings()})
    faults = [
        f"level: nothing is known at level '{level}'; there are {', '.join(known)}"
        + ("; a lab table or a campaign brings measurements of your own" if level == LAB_LEVEL else "")
        for level, said in ((simulated, cheap), (measured, [*meant, *ranked]))
        if not said
    ]
    if of_table and not {simulated, measured} & (there := {o.level for o in of_table}):
        faults.append(f"measured: {table} has nothing at level '{measured}'; it has: {', '.join(sorted(there))}")
    if simulated == measured:
        faults.append(f"measured: '{measured}' is the level that is compared with it; give another one")
    if outcome is not None and outcome not in outcomes():
        faults.append(f"outcome: '{outcome}' is not known; see ionlink data show outcomes")
    if faults:
        raise InputError(faults)
    frame = compare_levels(cheap, meant, ranked, outcome=outcome)
    if frame.empty:
        what = f"nothing related to '{outcome}' is" if outcome else "no outcome, and no two related ones, are"
        raise InputError(f"outcome: {what} known at both levels, {simulated} and {measured}")
    return frame
