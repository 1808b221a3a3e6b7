"""`ionlink levels`: how much a simulation tells of a measurement."""

from pathlib import Path
from typing import Annotated

import typer

from ionlink.cli.console import Json, print_json, print_table, records


def levels(
    simulated: Annotated[str, typer.Option(help="Level that is many and cheap, such as screen.")] = "screen",
    measured: Annotated[
        str | None,
        typer.Option(help="Level that is meant: by default lab with a table or a campaign, else literature."),
    ] = None,
    outcome: Annotated[str | None, typer.Option(help="Only this simulated or measured outcome.")] = None,
    table: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="Lab table of what you measured: level lab, or what its column says."),
    ] = None,
    campaign: Annotated[
        Path | None,
        typer.Option(help="Compare this campaign's observations; shipped ones at a level where it has none."),
    ] = None,
    as_json: Json = False,
) -> None:
    """How much each simulated outcome tells of the same or a related measured one, from what is known of both."""
    from ionlink.levels import levels_told
    from ionlink.training_data import repeated_line, table_observations

    frame = levels_told(simulated=simulated, measured=measured, outcome=outcome, table=table, campaign=campaign)
    if table and (repeated := table_observations(table)[1]):
        typer.echo(repeated_line(repeated), err=True)  # not among what a machine reads
    if as_json:
        print_json(records(frame))
        return
    columns = (
        "simulated",
        "measured",
        "statements",
        "correlation",
        "lower",
        "upper",
        "share_told",
        "share_told_before",
    )
    shown = frame[frame["note"] == ""]
    print_table(
        ("simulated", "measured", "statements", "correlation", "90 % from", "to", "share told", "before any"),
        shown[list(columns)].itertuples(index=False, name=None),
    )
    for row in frame[frame["note"] != ""].itertuples():
        typer.echo(f"{row.simulated} for {row.measured}: not compared, {row.note}")
    typer.echo(
        "share told: of the measured outcome's variance that a perfect simulation would explain; "
        "before any: the same by the prior alone. Near it, what was measured says nothing."
    )
