"""`ionlink data`: look at what is known."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ionlink.cli.console import Json, print_json, print_table

if TYPE_CHECKING:
    from pydantic import BaseModel

app = typer.Typer(help="Look at what is known: cations, ligands, outcomes, observations.", no_args_is_help=True)

KINDS = ("cations", "ligands", "outcomes", "observations", "rankings")


def _table(kind: str) -> "tuple[BaseModel, ...]":
    import ionlink.data

    entries: Mapping[str, BaseModel] | Iterable[BaseModel] = getattr(ionlink.data, kind)()
    return tuple(entries.values() if isinstance(entries, Mapping) else entries)


@app.command("list")
def list_kinds(as_json: Json = False) -> None:
    """Count what is known, by kind."""
    counts = {kind: len(_table(kind)) for kind in KINDS}
    if as_json:
        print_json(counts)
    else:
        print_table(("kind", "entries"), counts.items())


@app.command()
def show(
    what: Annotated[str, typer.Argument(help=f"A kind ({', '.join(KINDS)}) or a name, such as Fe3+, PAA, peel_force.")],
    as_json: Json = False,
) -> None:
    """Show one kind as a table, or one cation, ligand or outcome with all that is known of it."""
    entries = _table(what) if what in KINDS else (_named(what),)
    if as_json:
        print_json(entries if what in KINDS else entries[0])
    elif what in KINDS:
        print_table(tuple(type(entries[0]).model_fields), ([value for _, value in entry] for entry in entries))
    else:
        print_table(("field", "value"), entries[0])


def _named(name: str) -> "BaseModel":
    """The cation, ligand or outcome of that name, in any spelling that a formulation accepts."""
    from ionlink.data import cations, ligands, outcomes
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
    raise InputError([f"outcome: '{name}' is not known; ionlink data show outcomes lists them", *faults])


@app.command()
def check(
    table: Annotated[Path | None, typer.Argument(help="A lab table to check instead of the shipped tables.")] = None,
    as_json: Json = False,
) -> None:
    """Check the shipped tables, or a lab table, and name every fault."""
    import ionlink.data

    if table is None:
        counts = {kind: len(_table(kind)) for kind in KINDS}
    else:
        counts = {"observations": len(ionlink.data.read_lab_table(table))}
    if as_json:
        print_json(counts)
    else:
        typer.echo(f"no faults in {sum(counts.values())} entries")
