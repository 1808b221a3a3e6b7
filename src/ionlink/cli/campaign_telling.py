"""`ionlink campaign`: what is told, and what was told wrongly."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ionlink.cli.campaign_directory import Directory, opened_campaign, published, track
from ionlink.cli.console import Json, print_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ionlink.data.formulation import Formulation
    from ionlink.optimize import Campaign
    from ionlink.optimize.rows import Recorded
    from ionlink.optimize.told import Told


Ids = Annotated[list[int], typer.Argument(metavar="ID...", help="Ids of observations, as the history lists them.")]
Published = Annotated[
    bool, typer.Option("--published", help="Also what the knowledge base brought, which the history lists with --all.")
]


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
        if reason is not None and not told.corrected:
            typer.echo("nothing was corrected, so that no reason is kept", err=True)
        track(directory, campaign)


def correct(
    directory: Directory,
    observations: Ids,
    reason: Annotated[str, typer.Option(help="Why what was told is wrong.")],
    value: Annotated[float | None, typer.Option(help="The right value, in the outcome's catalogue unit.")] = None,
    standard_error: Annotated[float | None, typer.Option(help="The right standard error, in the same unit.")] = None,
    bound: Annotated[str | None, typer.Option(help="'<' or '>' for a limit, '=' for a value; else as it was.")] = None,
    level: Annotated[str | None, typer.Option(help="The level that it was observed at.")] = None,
    cation: Annotated[str | None, typer.Option(help="What was made: the cation.")] = None,
    ligand: Annotated[str | None, typer.Option(help="What was made: the ligand.")] = None,
    ratio: Annotated[float | None, typer.Option(help="What was made: donor groups per cation.")] = None,
    second_cation: Annotated[str | None, typer.Option(help="What was made: a mixture's other cation.")] = None,
    second_fraction: Annotated[float | None, typer.Option(help="Its share of the cations, between 0 and 1.")] = None,
    ph: Annotated[float | None, typer.Option("--ph", help="pH that it was made at.")] = None,
    temperature_k: Annotated[float | None, typer.Option(help="Temperature that it was made at, in kelvin.")] = None,
    also_published: Published = False,
    as_json: Json = False,
) -> None:
    """Put what is right in the place of observations; what is not said stays, and what was told is in the history."""
    from ionlink.data.errors import InputError
    from ionlink.data.lab_table import bound_of, level_of
    from ionlink.optimize.corrections import all_told_as

    typed = {
        "cation": cation,
        "ligand": ligand,
        "ratio": ratio,
        "second_cation": second_cation,
        "second_fraction": second_fraction,
        "ph": ph,
        "temperature_k": temperature_k,
    }
    if len(observations) > 1 and (value is not None or standard_error is not None):
        raise InputError("--value, --standard-error: are of one observation; correct each by itself")
    changes = _given(typed)
    with opened_campaign(directory) as campaign:
        history = campaign.history()
        wrong = all_told_as(history, dict.fromkeys(observations))
        _refuse_published([] if also_published else wrong)
        said = {
            "value": value,
            "standard_error": standard_error,
            "bound": None if bound is None else bound_of(bound),
            "level": None if level is None else level_of(level),
        }
        right = {
            record.id: {**said, "formulation": _made_instead(record.observation.formulation, changes)}
            for record in wrong
        }
        told = campaign.correct_all({number: _given(fields) for number, fields in right.items()}, reason)
        records = {record.id: record for record in campaign.history()}
        track(directory, campaign)
    if as_json:
        print_json([records[record.id] for record in wrong])
        return
    _print_corrected(wrong, records, reason)
    for candidate in told.done:
        typer.echo(f"candidate {candidate.id} is done: {candidate.formulation}")


def withdraw(
    directory: Directory,
    observations: Ids,
    reason: Annotated[str, typer.Option(help="Why they do not hold.")],
    also_published: Published = False,
    as_json: Json = False,
) -> None:
    """Say that observations do not hold, with nothing in their place; they stay in the history."""
    from ionlink.optimize.corrections import all_told_as

    with opened_campaign(directory) as campaign:
        history, before = campaign.history(), campaign.missing()
        wrong = all_told_as(history, dict.fromkeys(observations))
        _refuse_published([] if also_published else wrong)
        campaign.withdraw(*(record.id for record in wrong), reason=reason)
        gone = [record for record in campaign.history() if record.id in observations]
        left = [number for number, names in campaign.missing().items() if before.get(number) != names]
        track(directory, campaign)
    if as_json:
        print_json(gone)
        return
    for record in gone:
        typer.echo(f"{_named(record)} is withdrawn: {reason}")
    if left:
        typer.echo(
            f"done, but not wholly observed any more: candidate{'s' if len(left) > 1 else ''} "
            f"{', '.join(map(str, left))}; ionlink campaign status says what is missing"
        )


def fail(
    directory: Directory,
    candidate: Annotated[int, typer.Argument(metavar="CANDIDATE", help="Its number, as the status lists it.")],
    reason: Annotated[str, typer.Option(help="Why nothing could be observed of it.")],
    mishap: Annotated[
        bool, typer.Option("--mishap", help="The sample was lost, which says nothing of the formulation.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Give up a candidate of which nothing could be observed; results that are told later make it done after all."""
    with opened_campaign(directory) as campaign:
        campaign.fail(campaign.candidate(candidate), reason, of_formulation=not mishap)
        failed = campaign.candidate(candidate)
        track(directory, campaign)
    if as_json:
        print_json(failed)
        return
    what = "says nothing of the formulation" if mishap else "lowers the chance of its like"
    typer.echo(f"candidate {failed.id} has failed, which {what}: {failed.formulation}: {reason}")


def retry(
    directory: Directory,
    candidates: Annotated[
        list[int] | None,
        typer.Argument(
            metavar="CANDIDATE...",
            help="Their numbers; default: all whose failure says nothing of the formulation.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Let candidates that failed wait again: the machine was put right, or there is material for another sample."""
    from ionlink.cli.campaign_levels import print_next_steps
    from ionlink.optimize.directory import read_config

    with opened_campaign(directory) as campaign:
        waiting = campaign.retry(*(candidates or ()))
        track(directory, campaign)
    if as_json:
        print_json(waiting)
        return
    for candidate in waiting:
        typer.echo(f"candidate {candidate.id} waits again: {candidate.formulation}")
    print_next_steps(directory, read_config(directory), waiting)


def add_to(app: typer.Typer) -> None:
    """Make commands of the functions above."""
    for command in (tell, correct, withdraw, fail, retry):
        app.command()(command)


def _given(fields: "Mapping[str, object]") -> dict[str, object]:
    """Without those that were not said."""
    return {name: said for name, said in fields.items() if said is not None}


def _refuse_published(records: "Sequence[Recorded]") -> None:
    """Ids are easily taken for numbers of candidates; what papers say is not changed by mistake."""
    from ionlink.data.errors import InputError

    if theirs := published(records):
        raise InputError(
            f"{_named(r)}: the knowledge base brought this; ids of your own are in the campaign's history, and "
            "--published changes this one all the same"
            for r in theirs
        )


def _print_corrected(wrong: "Sequence[Recorded]", known: "Mapping[int, Recorded]", reason: str) -> None:
    """What is told in the place of each, by what is known now."""
    for record in wrong:
        new = known[known[record.id].superseded_by or 0]
        typer.echo(f"{_named(record)} is superseded by {_named(new)}: {reason}")
        if record.candidate is not None and new.candidate is None:
            typer.echo(f"it is not of candidate {record.candidate} any more")


def _named(record: "Recorded") -> str:
    from ionlink.data.observation_writing import written

    seen = record.observation
    what = f"{seen.formulation}, {seen.outcome} {written(seen)}"
    return f"observation {record.id} ({what}, level {seen.level}, {seen.source})"


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
    for line in told.unusual:
        typer.echo(line)
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
        typer.echo(f"so is what names no level, of level {LAB_LEVEL}; if it is of {where}, say so in a column level")
    for name, number in told.unsaid.items():
        typer.echo(
            f"of these, without {name}, which the design space varies: {number}; they teach nothing of it, and are of "
            f"no candidate but one that they name: tell it in a column {name}"
        )
    for candidate in told.done:
        typer.echo(f"candidate {candidate.id} is done: {candidate.formulation}")
    for number, made in told.near.items():
        typer.echo(
            f"candidate {number} still waits: {campaign.candidate(number).formulation}; if {made} was made for it, "
            "tell the table again with its number in a column candidate"
        )
    for candidate in told.failed:
        typer.echo(f"candidate {candidate.id} has failed: {candidate.formulation}: {candidate.reason}")
