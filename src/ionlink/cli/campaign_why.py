"""`ionlink campaign why`, and the short form of it that `ask` prints."""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ionlink.cli.campaign_directory import Directory, opened_campaign
from ionlink.cli.console import Json, cell_text, print_json, print_table

if TYPE_CHECKING:
    from ionlink.optimize import Candidate
    from ionlink.optimize.why import Neighbour, Why

WIDTH = 110
"""Columns of a paragraph."""


def why(
    directory: Directory,
    candidate: Annotated[int, typer.Argument(metavar="ID", help="Id of the candidate.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Say why a candidate was proposed, by what was known then."""
    from ionlink.models.noise import merged
    from ionlink.optimize.made import as_made

    with opened_campaign(directory) as campaign:
        found = campaign.why(candidate)
        asked = campaign.candidate(candidate)
        made = as_made(asked, campaign.made())
        own = [o for o in campaign.joined_observations() if made and o.formulation == made.formulation]
    if as_json:
        print_json(found)
        return
    typer.echo(f"candidate {asked.id}, round {asked.round}, {asked.status}: {asked.formulation}")
    if made and made.formulations != (asked.formulation,):
        several = len(made.formulations) > 1
        typer.echo(
            f"made were: {', '.join(map(str, made.formulations))}" if several else f"made was: {made.formulation}"
        )
    typer.echo(f"proposed by {asked.proposed_by}")
    for sentence in found.sentences():
        typer.echo(_paragraph(sentence))
    came_out = {m.outcome: m.mean for m in merged(o for o in own if o.bound == "=")}
    if found.expected:
        typer.echo()
        _print_expected(found, came_out)
    if any(n.observed for n in found.neighbours):
        typer.echo()
        _print_neighbours(found.neighbours)


def print_reasons(candidates: "Sequence[Candidate]") -> None:
    """A short paragraph for each candidate whose reasons are recorded."""
    from ionlink.optimize.why import Why

    for candidate in candidates:
        if candidate.why is not None:
            text = " ".join(Why.model_validate(candidate.why).sentences())
            typer.echo(f"\n{_paragraph(f'{candidate.id}: {text}')}")


def _print_expected(found: "Why", came_out: dict[str, float]) -> None:
    observed = [e.observed or (None, None) for e in found.expected]
    columns = ["outcome", "expected", "90 % from", "to", "unit", "observed then from", "up to"]
    rows: list[list[object]] = [
        [e.outcome, e.mean, e.lower, e.upper, e.unit, *ends] for e, ends in zip(found.expected, observed, strict=True)
    ]
    if came_out:
        columns.append("came out")
        rows = [[*row, came_out.get(str(row[0]))] for row in rows]
    print_table(columns, rows)


def _print_neighbours(neighbours: "Sequence[Neighbour]") -> None:
    outcomes = list(dict.fromkeys(name for n in neighbours for name in n.observed))
    likeness = any(n.likeness is not None for n in neighbours)
    columns = ["nearest known", *(["likeness"] if likeness else []), *outcomes]
    rows = [
        [str(n.formulation), *([cell_text(n.likeness)] if likeness else []), *(n.observed.get(o) for o in outcomes)]
        for n in neighbours
    ]
    print_table(columns, rows)


def _paragraph(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)
