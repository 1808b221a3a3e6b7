"""`ionlink campaign`: what is told, and what was told wrongly."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ionlink.cli.campaign_directory import Directory, opened_campaign, track
from ionlink.cli.console import Json, print_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ionlink.data.formulation import Formulation
    from ionlink.optimize import Campaign
    from ionlink.optimize.told import Told


def tell(
    directory: Directory,
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="Lab table or filled sheet, CSV.", show_default=False)],
    correct: Annotated[
        bool, typer.Option("--correct", help="Where the table contradicts what was told before, it is right.")
    ] = False,
    reason: Annotated[str | None, typer.Option(help="Why; kept with what is corrected.")] = None,
    as_json: Json = False,
) -> None:
    """Take in what the laboratory measured; a table with a fault is refused whole."""
    with opened_campaign(directory) as campaign:
        told = campaign.tell_file(table, correct=correct, reason=reason)
        _print_told(told, campaign, as_json)
        track(directory, campaign)


def correct(
    directory: Directory,
    observation: Annotated[int, typer.Argument(metavar="ID", help="Id of the observation, as the history lists it.")],
    reason: Annotated[str, typer.Option(help="Why what was told is wrong.")],
    value: Annotated[float | None, typer.Option(help="The right value, in the outcome's catalogue unit.")] = None,
    standard_error: Annotated[float | None, typer.Option(help="The right standard error, in the same unit.")] = None,
    level: Annotated[str | None, typer.Option(help="The level that it was observed at.")] = None,
    cation: Annotated[str | None, typer.Option(help="What was made: the cation.")] = None,
    ligand: Annotated[str | None, typer.Option(help="What was made: the ligand.")] = None,
    ratio: Annotated[float | None, typer.Option(help="What was made: donor groups per cation.")] = None,
    second_cation: Annotated[str | None, typer.Option(help="What was made: a mixture's other cation.")] = None,
    second_fraction: Annotated[float | None, typer.Option(help="Its share of the cations, between 0 and 1.")] = None,
    ph: Annotated[float | None, typer.Option("--ph", help="pH that it was made at.")] = None,
    temperature_k: Annotated[float | None, typer.Option(help="Temperature that it was made at, in kelvin.")] = None,
    as_json: Json = False,
) -> None:
    """Put what is right in the place of an observation; what is not said stays, and what was told is in the history."""
    from ionlink.data.lab_table import level_of
    from ionlink.optimize.corrections import told_as

    typed = {
        "cation": cation,
        "ligand": ligand,
        "ratio": ratio,
        "second_cation": second_cation,
        "second_fraction": second_fraction,
        "ph": ph,
        "temperature_k": temperature_k,
    }
    with opened_campaign(directory) as campaign:
        wrong = told_as(campaign.history(), observation).observation
        made = _made_instead(wrong.formulation, {name: said for name, said in typed.items() if said is not None})
        told = campaign.correct(
            observation,
            reason=reason,
            value=value,
            standard_error=standard_error,
            formulation=made,
            level=None if level is None else level_of(level),
        )
        old = next(record for record in campaign.history() if record.id == observation)
        new = next(record for record in campaign.history() if record.id == old.superseded_by)
    if as_json:
        print_json(old)
        return
    typer.echo(f"observation {old.id} is superseded by {new.id}: {reason}")
    for candidate in told.done:
        typer.echo(f"candidate {candidate.id} is done: {candidate.formulation}")
    if old.candidate is not None and new.candidate is None:
        typer.echo(f"it is not of candidate {old.candidate} any more, but of {new.observation.formulation}")


def withdraw(
    directory: Directory,
    observations: Annotated[list[int], typer.Argument(metavar="ID...", help="Ids, as the history lists them.")],
    reason: Annotated[str, typer.Option(help="Why they do not hold.")],
    as_json: Json = False,
) -> None:
    """Say that observations do not hold, with nothing in their place; they stay in the history."""
    with opened_campaign(directory) as campaign:
        before = campaign.missing()
        campaign.withdraw(*observations, reason=reason)
        gone = [record for record in campaign.history() if record.id in observations]
        left = [number for number, names in campaign.missing().items() if before.get(number) != names]
    if as_json:
        print_json(gone)
        return
    for record in gone:
        seen = record.observation
        typer.echo(f"observation {record.id} is withdrawn: {seen.formulation}, {seen.outcome}")
    if left:
        typer.echo(
            f"done, but not wholly observed any more: candidate{'s' if len(left) > 1 else ''} "
            f"{', '.join(map(str, left))}; ionlink campaign status says what is missing"
        )


def add_to(app: typer.Typer) -> None:
    """Make commands of the functions above."""
    for command in (tell, correct, withdraw):
        app.command()(command)


def _made_instead(told: "Formulation", typed: "Mapping[str, object]") -> "Formulation | None":
    """What was made, where that is not what was told; raises `InputError`, by field."""
    from ionlink.data.formulation import Formulation
    from ionlink.data.naming import formulation_of

    fields: dict[str, Any] = {name: getattr(told, name) for name in Formulation.model_fields} | dict(typed)
    return formulation_of(**fields, molecules=True) if typed else None


def _print_told(told: "Told", campaign: "Campaign", as_json: bool) -> None:
    from ionlink.data.lab_table import LAB_LEVEL

    if as_json:
        ended = {"done": [c.id for c in told.done], "failed": [c.id for c in told.failed]}
        print_json({**asdict(told), **ended})
        return
    corrected = f", {told.corrected} of them as corrections" if told.corrected else ""
    typer.echo(f"observations stored: {told.stored}{corrected}; known already: {told.repeated}")
    if told.withdrawn:
        typer.echo(
            f"of these, withdrawn before: {told.withdrawn}; they stay so: what was measured anew needs another source"
        )
    if told.elsewhere:
        which = ", ".join(f"{number} of {level}" for level, number in sorted(told.elsewhere.items()))
        typer.echo(
            f"of these, of other levels or protocols: {which}; those of the same or a related outcome teach of level "
            f"{campaign.level} as far as the two are found to go together"
        )
    by_people = [level.name for level in campaign.known_levels if level.protocol is None]
    if LAB_LEVEL in told.elsewhere and by_people:
        where = " or ".join(by_people)
        typer.echo(f"what names no level is of level {LAB_LEVEL}; if it is of {where}, say so in a column level")
    for name, number in told.unsaid.items():
        typer.echo(
            f"of these, without {name}, which the design space varies: {number}; they teach nothing of it, and are of "
            f"no candidate but one that they name: tell it in a column {name}"
        )
    for candidate in told.done:
        typer.echo(f"candidate {candidate.id} is done: {candidate.formulation}")
    for candidate in told.failed:
        typer.echo(f"candidate {candidate.id} has failed: {candidate.formulation}: {candidate.reason}")
