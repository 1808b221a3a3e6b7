"""`ionlink data import`: add tables of your own to what is known."""

from enum import StrEnum
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ionlink.cli.console import Json, print_json, print_table
from ionlink.cli.given_once import App

if TYPE_CHECKING:
    from ionlink.data.log_k.importer import LogKImport
    from ionlink.data.named_import import Kind

app = App(
    help="Add tables of your own: checked whole, then kept in your data folder (or IONLINK_DATA) and read from there.",
    no_args_is_help=True,
)

Replace = Annotated[bool, typer.Option("--replace", help="Overwrite what an earlier import of this file has written.")]


class ImportLevel(StrEnum):
    """Where the observations of a table come from."""

    lab = "lab"
    literature = "literature"


@app.command("log-k")
def log_k(
    file: Annotated[
        Path,
        typer.Argument(help="CSV of stability constants, or the SQL export of NIST SRD 46 (zip or folder)."),
    ],
    ionic_strength: Annotated[
        float | None, typer.Option(min=0, help="In mol/L, of all rows that do not say it in ionic_strength_m.")
    ] = None,
    temperature: Annotated[
        float | None, typer.Option(help="In °C, of all rows that do not say it in temperature_c.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="Source of all rows that do not name one in sources.")] = None,
    any_temperature: Annotated[
        bool, typer.Option("--any-temperature", help="Take constants outside of 20 to 30 °C as well.")
    ] = False,
    rejected: Annotated[
        Path | None,
        typer.Option(
            help="CSV file for the rows that are not taken; default: FILE.rejected.csv here, and where an earlier "
            "import left one, FILE.rejected-2.csv."
        ),
    ] = None,
    replace: Replace = False,
    as_json: Json = False,
) -> None:
    """Import stability constants log10 K1: to zero ionic strength by Davies, duplicates merged, doubtful rows listed.

    A CSV has the columns metal,charge,ligand_smiles,log_k1, and sources,temperature_c,ionic_strength_m where no option
    says it of all rows; where known, standard_deviation,n_sources,ligand_charge,ligand_name. The charge is of the
    species that binds, needed where the ionic strength is not 0.
    """
    from ionlink.data.errors import InputError
    from ionlink.data.log_k.importer import import_log_k, known_pairs
    from ionlink.data.log_k.table import Assumptions
    from ionlink.data.observation_table import load_observations
    from ionlink.data.own_tables import own_table, refuse_existing, write_own_table
    from ionlink.data.whole_file import write_whole

    target = own_table("observations_log_k", file.stem)
    if rejected is None:
        rejected = Path(f"{file.stem}.rejected.csv")
        # Whoever mends rejected rows may do so in that very file: a second try neither fails on it nor overwrites it.
        rejected = rejected if replace else _unused(rejected)
    if rejected.resolve() == file.resolve():
        raise InputError(f"--rejected: {rejected} is the table to import; name another file")
    if not replace:
        refuse_existing((target, rejected))
    assumed = Assumptions(ionic_strength, temperature, source, any_temperature)
    found = import_log_k(file, assumed)
    if found.rejected:
        write_whole(rejected, found.rejected_table())
    if not found.constants:
        reasons = [f"  {reason} ({count} rows)" for reason, count in found.reasons().most_common()]
        raise InputError([f"{file.name}: none of {found.rows_read} rows can be taken; see {rejected}", *reasons])
    known = known_pairs(besides=target)
    write_own_table(target, found.table(), load_observations)
    _report(found, known, target, rejected if found.rejected else None, as_json=as_json)


def _unused(path: Path) -> Path:
    """The path, or where it exists the same with the first number from 2 that is not in use."""
    numbered = (path.with_stem(f"{path.stem}-{number}") for number in count(2))
    return next(candidate for candidate in chain([path], numbered) if not candidate.exists())


def _report(
    found: "LogKImport", known: set[tuple[str, str]], target: Path, rejected: Path | None, *, as_json: bool
) -> None:
    pairs = found.pairs()
    counts = {
        "rows read": found.rows_read,
        "rows taken": found.rows_taken,
        "rows rejected": len(found.rejected),
        "observations": len(found.constants),
        "pairs of cation and ligand": len(pairs),
        "pairs known before": len(pairs & known),
    }
    reasons = found.reasons()
    if as_json:
        keyed = {name.replace(" ", "_"): count for name, count in counts.items()}
        print_json({**keyed, "reasons": reasons, "written": target, "rejected": rejected})
        return
    print_table(("stability constants", "count"), counts.items())
    if reasons:
        print_table(("reason for rejecting", "rows"), reasons.most_common())
    typer.echo(f"written to {target}")
    if rejected:
        typer.echo(f"rejected rows with their reasons: {rejected}")


@app.command()
def cations(
    file: Annotated[Path, typer.Argument(help="CSV of cations, one property in a row.")],
    replace: Replace = False,
    as_json: Json = False,
) -> None:
    """Import cations of your own: cation,property,value,unit,uncertainty,source and an optional note.

    A row is one property, such as Ru3+,ionic_radius,0.68,angstrom,unknown,doi:10.1107/S0567739476001551; charge is
    needed, docs/data-card.md lists the others.
    """
    from ionlink.data.named_import import CATIONS

    _import_named(CATIONS, file, replace=replace, as_json=as_json)


@app.command()
def ligands(
    file: Annotated[Path, typer.Argument(help="CSV of polymers.")],
    replace: Replace = False,
    as_json: Json = False,
) -> None:
    """Import polymers of your own: name,full_name,repeat_unit_smiles,donor_group,source and, where known, more.

    The SMILES has donor groups without their proton and [*:1], [*:2] where the chain goes on, such as
    [*:1]CC([*:2])C(=O)[O-]; docs/data-card.md lists all columns.
    """
    from ionlink.data.named_import import LIGANDS

    _import_named(LIGANDS, file, replace=replace, as_json=as_json)


@app.command()
def outcomes(
    file: Annotated[Path, typer.Argument(help="CSV of outcomes.")],
    replace: Replace = False,
    as_json: Json = False,
) -> None:
    """Import outcomes of your own, numbers that you measure: name,unit,meaning and optional lower,upper,scale and more.

    Such as lap_shear_strength,MPa,"Of two plates, 1 mm/min"; docs/data-card.md lists all columns.
    """
    from ionlink.data.named_import import OUTCOMES

    _import_named(OUTCOMES, file, replace=replace, as_json=as_json)


def _import_named(kind: "Kind[Any]", file: Path, *, replace: bool, as_json: bool) -> None:
    from ionlink.data.named_import import import_named
    from ionlink.data.own_tables import own_table, refuse_existing

    target = own_table(kind.name, file.stem)
    if not replace:
        refuse_existing([target])
    found = import_named(kind, file, target)
    if as_json:
        print_json({kind.name: list(found), "written": target})
        return
    typer.echo(f"{len(found)} {kind.name}: {', '.join(found)}")
    typer.echo(f"written to {target}")


@app.command()
def observations(
    file: Annotated[Path, typer.Argument(help="Lab table: cation,ligand,ratio,outcome,value,unit and optional ones.")],
    level: Annotated[
        ImportLevel, typer.Option(help="Where values come from whose row does not say it in a column level.")
    ] = ImportLevel.lab,
    replace: Replace = False,
    as_json: Json = False,
) -> None:
    """Import observations of your own, in any unit that converts; what would count twice or contradicts is refused."""
    from ionlink.data.errors import InputError
    from ionlink.data.lab_rows import named_alike
    from ionlink.data.lab_table import read_corrected_results
    from ionlink.data.observation_import import import_faults, replicates
    from ionlink.data.observation_table import load_observations, observations_besides
    from ionlink.data.observation_writing import observation_table
    from ionlink.data.own_tables import own_table, refuse_existing, write_own_table
    from ionlink.optimize.decision import meant_level
    from ionlink.simulate import protocol_names

    target = own_table("observations", file.stem)
    if not replace:
        refuse_existing([target])
    known = observations_besides(target)
    results = named_alike(read_corrected_results(file, level.value), (o.formulation for o in chain(*known.values())))
    found = [result.observation for result in results]
    simulated = {name: meant_level(name, protocol_names()) for name in sorted({o.level for o in found})}
    if faults := [
        f"{file.name}: level {name} is {'' if name == meant else f'like {meant}, '}a simulation of ionlink's; give "
        "values from elsewhere a level of their own"
        for name, meant in simulated.items()
        if meant is not None
    ]:
        raise InputError(faults)
    if faults := import_faults(file.name, results, known):
        raise InputError(faults)
    write_own_table(target, observation_table((observation, None) for observation in found), load_observations)
    if as_json:
        print_json({"observations": len(found), "replicates": replicates(results), "written": target})
        return
    typer.echo(f"{len(found)} observations")
    if repeated := replicates(results):
        typer.echo(f"of these, replicates, several from the same source: {repeated}")
    typer.echo(f"written to {target}")
