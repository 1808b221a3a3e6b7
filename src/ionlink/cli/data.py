"""`ionlink data`: look at what is known."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ionlink.cli.console import Json, print_json, print_table

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ionlink.data import CationProperty, Observation

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
    if what in KINDS:
        entries = _table(what)
        if as_json:
            print_json(entries)
        else:
            print_table(tuple(type(entries[0]).model_fields), ([value for _, value in entry] for entry in entries))
        return
    entry = _named(what)
    sources, observed = _sources(entry), _observed(entry)
    if as_json:
        print_json({**entry.model_dump(), "sources": sources, "observations": observed})
        return
    print_table(("field", "value"), entry)
    if sources:
        print_table(("property", "value", "unit", "source"), ((p.property, p.value, p.unit, p.source) for p in sources))
    if observed:
        rows = [
            (str(o.formulation), o.outcome, o.value, o.standard_error, _unit(o), o.level, o.source) for o in observed
        ]
        print_table(("formulation", "outcome", "value", "standard error", "unit", "level", "source"), rows)


def _sources(entry: "BaseModel") -> "list[CationProperty]":
    """Where each property of a cation comes from; nothing for the rest, which say it themselves."""
    from ionlink.data import Cation, cation_properties

    return [p for p in cation_properties() if isinstance(entry, Cation) and p.cation == entry.name]


def _observed(entry: "BaseModel") -> "list[Observation]":
    """Observations of a cation, a ligand or an outcome."""
    from ionlink.data import observations

    name = getattr(entry, "name", "")
    return [o for o in observations() if name in (o.formulation.cation, o.formulation.ligand, o.outcome)]


def _unit(observation: "Observation") -> str:
    from ionlink.data import outcomes

    return outcomes()[observation.outcome].unit


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
