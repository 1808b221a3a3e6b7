"""`ionlink simulate` and `ionlink simulate-table`: molecular dynamics of one formulation, or of a table of them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ionlink.cli.console import Json, print_json, print_table
from ionlink.cli.prediction import Cation, Ligand, Ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ionlink.cli.simulation_batch import Wanted
    from ionlink.cli.simulation_targets import Targets
    from ionlink.data.formulation import Formulation
    from ionlink.data.observation import Observation
    from ionlink.optimize.replicate_batch import ReplicateBatch
    from ionlink.simulate import MolecularDynamicsOracle, SimulationFailed

Level = Annotated[str, typer.Option(help="Simulation protocol, or a file of your own (.toml).")]
Replicates = Annotated[int, typer.Option(min=1, help="Independent boxes; their scatter is the error.")]
Workers = Annotated[int | None, typer.Option(min=1, help="Replicates at the same time; default: cores.")]
TimeLimit = Annotated[
    float | None, typer.Option(min=0.001, help="Hours after which a replicate is stopped and has failed.")
]
S_PER_H = 3600.0


def simulate(
    cation: Cation,
    ligand: Ligand,
    ratio: Ratio,
    level: Level = "screen",
    replicates: Replicates = 3,
    until_se: Annotated[
        list[str] | None,
        typer.Option(
            metavar="OUTCOME=VALUE",
            help="Add replicates until the standard error, with Student's factor for so few, is below; repeatable.",
        ),
    ] = None,
    max_replicates: Annotated[int, typer.Option(min=1, help="Most replicates for --until-se.")] = 12,
    out: Annotated[Path | None, typer.Option(help="Directory of the runs; default: simulations/NAME.")] = None,
    workers: Workers = None,
    timeout_h: TimeLimit = None,
    plots: Annotated[bool, typer.Option("--plots", help="Draw what was found, as SVG and PNG.")] = False,
    export: Annotated[
        str | None, typer.Option(metavar="pdb", help="Write each network at rest and stretched, for VMD or OVITO.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Simulate one formulation; the same command goes on where it was stopped, and tries again what failed.

    Where some replicates fail, the others are shown, the failures named, and the exit code is 1.
    """
    from ionlink.cli.simulation_batch import Wanted, refuse_in_use
    from ionlink.cli.simulation_pictures import check_format, draw, export_structures
    from ionlink.cli.simulation_targets import missed, read_targets
    from ionlink.data import formulation_of
    from ionlink.simulate import molecular_dynamics_oracle

    check_format(export)
    formulation = formulation_of(cation, ligand, ratio)
    directory = out or Path("simulations") / formulation.slug
    refuse_in_use(directory, "replicate-*")
    oracle = molecular_dynamics_oracle(level, replicates)
    targets = read_targets(until_se or (), oracle.outcomes)
    wanted = Wanted({formulation: replicates}, {formulation: directory})
    observations, count, failed = _until(oracle, wanted, targets, max_replicates, workers or _cores(), timeout_h)
    if as_json:
        print_json(observations)
    else:
        _print(observations, missed(targets, observations), directory)
    files = [*(draw(directory) if plots else ()), *(export_structures(directory, count, export) if export else ())]
    for file in files:
        typer.echo(f"written: {file}", err=True)
    if failed is not None:
        raise failed


def simulate_table(
    table: Annotated[Path, typer.Argument(help="CSV with the columns cation, ligand, ratio, replicates.")],
    out: Annotated[Path, typer.Option(help="Directory of the runs.")],
    observations: Annotated[
        Path, typer.Option(help="CSV file to write; only its own table is overwritten, but with --partial or --merge.")
    ],
    record: Annotated[
        Path | None, typer.Option(help="CSV file to write: one row per replicate with seed, times, machine, outcomes.")
    ] = None,
    level: Level = "screen",
    workers: Workers = None,
    timeout_h: TimeLimit = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Write the tables anew after each replicate, of what is finished so far.")
    ] = False,
    merge: Annotated[
        bool, typer.Option("--merge", help="Keep what the tables hold of formulations that are not finished here.")
    ] = False,
    run: Annotated[bool, typer.Option("--run/--no-run", help="Without running: tables of what is finished.")] = True,
    as_json: Json = False,
) -> None:
    """Simulate all formulations of a table and write what was observed; the same command goes on where it stopped.

    Where some replicates fail, the tables hold what is finished, the failures are named, and the exit code is 1.
    Tables that hold other simulations than what is finished now are kept: --partial writes them anew, --merge adds to
    them. A file that is no table of simulations is never overwritten.
    """
    from ionlink.cli.simulation_batch import Wanted, batch_of, refuse_in_use, run_batch
    from ionlink.cli.simulation_plan import refuse_the_impossible, show_plan
    from ionlink.cli.simulation_tables import Tables
    from ionlink.data.simulation_table import read_simulation_table
    from ionlink.simulate import molecular_dynamics_oracle

    tables = Tables(observations, record, merge)
    rows = read_simulation_table(table)
    refuse_in_use(out, "*/replicate-*")
    wanted = Wanted(dict(rows), {formulation: out / formulation.slug for formulation, _ in rows})
    oracle = molecular_dynamics_oracle(level)
    refuse_the_impossible(oracle, wanted)
    batch = batch_of(oracle, wanted, _seconds(timeout_h))
    if not merge:
        tables.refuse_foreign()
    if run and not partial and not merge:
        tables.refuse_existing(oracle, batch, wanted)
    count = workers or _cores()
    if run:
        show_plan(oracle, wanted, batch, count)
        run_batch(batch, oracle, count, (lambda _: tables.write(oracle, batch, wanted)) if partial else None)
    found = tables.write(oracle, batch, wanted)
    complete = len({observation.formulation for observation in found})
    if as_json:
        print_json({"formulations": complete, "observations": len(found), "table": observations})
    else:
        typer.echo(f"{len(found)} observations of {complete} of {len(rows)} formulations: {observations}")
    if failed := _failed(batch, wanted, "" if partial or merge else " with --partial, which writes the tables anew,"):
        raise failed


def _until(
    oracle: "MolecularDynamicsOracle",
    wanted: "Wanted",
    targets: "Targets",
    most: int,
    workers: int,
    timeout_h: float | None,
) -> "tuple[list[Observation], int, SimulationFailed | None]":
    """Observations of the one formulation that is wanted, how many replicates its targets asked for, and what failed.

    After a failure no replicates are added: what made one fail may well make the next one fail.

    Raises:
        CannotSimulate: before anything runs.
        SimulationFailed: all replicates failed.

    """
    from dataclasses import replace

    from ionlink.cli.simulation_batch import batch_of, run_batch
    from ionlink.cli.simulation_plan import refuse_the_impossible, show_plan
    from ionlink.cli.simulation_targets import missed, next_count

    refuse_the_impossible(oracle, wanted)
    ((formulation, count),) = wanted.replicates.items()
    while True:
        wanted = replace(wanted, replicates={formulation: count})
        batch = batch_of(oracle, wanted, _seconds(timeout_h))
        show_plan(oracle, wanted, batch, workers)
        run_batch(batch, oracle, workers)
        failed, results = _failed(batch, wanted), batch.results(formulation)
        if failed is not None and not results:
            raise failed
        observations = oracle.observations(formulation, results)
        if failed is not None or count >= most or not missed(targets, observations):
            return observations, count, failed
        count = next_count(targets, observations, count, most, workers)


def _failed(batch: "ReplicateBatch[Formulation]", wanted: "Wanted", anew: str = "") -> "SimulationFailed | None":
    """What to raise once everything that can be told has been told; `None` where nothing failed.

    `anew` is what the command needs where another process may finish replicates, which its tables lack.
    """
    from ionlink.simulate import SimulationFailed

    failures = [f"{formulation}, {line}" for formulation in wanted.replicates for line in batch.failures(formulation)]
    if not failures:
        return None
    total, locked = sum(wanted.replicates.values()), sum(batch.locked(formulation) for formulation in wanted.replicates)
    again = f"the same command{anew if locked else ''}"
    if locked == len(failures):
        return SimulationFailed(
            f"another process works on {locked} of {total} replicates; {'; '.join(failures)}; {again} goes on then"
        )
    return SimulationFailed(
        f"{len(failures)} of {total} replicates failed; {'; '.join(failures)}; {again} tries them again"
    )


def _print(observations: "Sequence[Observation]", missed: "Sequence[str]", directory: Path) -> None:
    from ionlink.data import outcomes

    rows = [(o.outcome, o.value, o.standard_error, outcomes()[o.outcome].unit, o.replicates) for o in observations]
    print_table(("outcome", "mean", "standard error", "unit", "n"), rows)
    if conditions := observations[0].conditions:
        typer.echo(f"conditions: {conditions}")
    if marks := sorted({mark for o in observations for mark in o.evidence}):
        typer.echo(f"marked: {', '.join(marks)}")
    for line in missed:
        typer.echo(f"not reached: {line}")
    typer.echo(f"files: {directory}")


def _seconds(hours: float | None) -> float | None:
    return None if hours is None else hours * S_PER_H


def _cores() -> int:
    from ionlink.simulate.hardware import usable_cores

    return usable_cores()
