"""`ionlink data`: look at what is known."""

from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ionlink.cli import data_import
from ionlink.cli.console import Json, print_json, print_table
from ionlink.cli.given_once import App

if TYPE_CHECKING:
    from pydantic import BaseModel

app = App(
    help="Look at what is known: cations, ligands, outcomes, observations; add tables of your own.",
    no_args_is_help=True,
)

app.add_typer(data_import.app, name="import")

KINDS = (
    *("cations", "ligands", "outcomes", "observations", "rankings", "categories"),
    *("stability_constants", "targets", "evidence_marks"),
)


def _entries(kind: str) -> "tuple[BaseModel, ...]":
    import ionlink.data

    load: Callable[[], Mapping[str, BaseModel] | Iterable[BaseModel]] = getattr(ionlink.data, kind)
    known = load()
    if kind == "targets":
        return tuple(chain.from_iterable(ionlink.data.targets().values()))
    return tuple(known.values() if isinstance(known, Mapping) else known)


@app.command("list")
def list_kinds(as_json: Json = False) -> None:
    """Count what is known, by kind; observations include the stability constants."""
    counts = {kind: len(_entries(kind)) for kind in KINDS}
    if as_json:
        print_json(counts)
        return
    print_table(("kind", "entries"), counts.items())
    _tell_own_tables()


def _tell_own_tables() -> None:
    """Name the user's own tables, so that nobody wonders where an entry comes from."""
    from ionlink.data import own_folder
    from ionlink.data.own_tables import own_tables

    if own := own_tables(""):
        typer.echo(f"\nyour own tables in {own_folder()}: {', '.join(path.name for path in own)}")


@app.command()
def show(
    what: Annotated[
        str, typer.Argument(help=f"A kind ({', '.join(KINDS)}) or a name, such as Fe3+, PAA, acetate, peel_force.")
    ],
    as_json: Json = False,
) -> None:
    """Show one kind as a table, or all that is known of one cation, ligand, molecule, outcome or set of targets."""
    from ionlink.data import targets

    if what in KINDS or what in targets():
        _show_many(_entries(what) if what in KINDS else targets()[what], as_json)
        return
    from ionlink.cli.data_cards import card_of, print_card

    card = card_of(_named(what))
    if as_json:
        print_json(card.as_fields())
    else:
        print_card(card)


def _show_many(entries: "tuple[BaseModel, ...]", as_json: bool) -> None:
    from ionlink.cli.data_cards import OBSERVATION_COLUMNS, observation_row, ranking_row, text_of
    from ionlink.data import Observation, Ranking

    if as_json:
        print_json(entries)
    elif isinstance(entries[0], Observation):
        print_table(OBSERVATION_COLUMNS, (observation_row(o) for o in entries if isinstance(o, Observation)))
    elif isinstance(entries[0], Ranking):
        columns = ("statement", "outcome", "trust", "source")
        print_table(columns, (ranking_row(r) for r in entries if isinstance(r, Ranking)))
    else:
        print_table(tuple(type(entries[0]).model_fields), ([text_of(value) for _, value in entry] for entry in entries))


def _named(name: str) -> "BaseModel":
    """The cation, ligand or outcome of that name, in any spelling that a formulation accepts."""
    from ionlink.data import cations, ligands, outcomes, targets
    from ionlink.data.errors import InputError
    from ionlink.data.naming import cation_name, ligand_name

    if name in outcomes():
        return outcomes()[name]
    faults: list[str] = []
    for find, known in ((cation_name, cations), (ligand_name, ligands)):
        try:
            return known()[find(name)]
        except InputError as error:
            faults.extend(error.faults)
    if molecule := _known_molecule(name):
        return molecule
    sets = ", ".join(targets())
    raise InputError(
        [
            f"outcome: '{name}' is not known; ionlink data show outcomes lists them",
            *faults,
            f"targets: '{name}' is not a set of targets; the sets are {sets}",
        ]
    )


def _known_molecule(name: str) -> "BaseModel | None":
    """The small molecule of that name or SMILES, if anything is known of it: many a slip reads as some SMILES."""
    from ionlink.data import observations
    from ionlink.data.errors import InputError
    from ionlink.data.molecule import read_molecule
    from ionlink.data.naming import ligand_or_molecule_name

    try:
        smiles = ligand_or_molecule_name(name)
    except InputError:
        return None
    return read_molecule(smiles) if any(known.formulation.ligand == smiles for known in observations()) else None


@app.command()
def check(
    table: Annotated[
        Path | None, typer.Argument(help="A lab table or filled bench sheet to check instead of the knowledge base.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check the knowledge base, your own tables included, or a lab table, and name every fault."""
    from ionlink.data.bench_table import read_lab_file
    from ionlink.data.catalogue import check_trusted

    if table is None:
        check_trusted()
        counts = {kind: len(_entries(kind)) for kind in KINDS}
    else:
        counts = {"observations": len(read_lab_file(table).results)}
    if as_json:
        print_json(counts)
    else:
        typer.echo(f"no faults in {sum(counts.values()) - counts.get('stability_constants', 0)} entries")
