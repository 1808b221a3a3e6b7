"""`ionlink simulate` and `ionlink simulate-table`: molecular dynamics of one formulation, or of a table of them."""

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ionlink.cli.console import Json, print_json, print_table
from ionlink.cli.prediction import Cation, Ligand, Ratio

if TYPE_CHECKING:
    from ionlink.data.formulation import Formulation
    from ionlink.data.observation import Observation
    from ionlink.optimize.oracle import Oracle

Level = Annotated[str, typer.Option(help="Simulation protocol.")]
Replicates = Annotated[int, typer.Option(min=1, help="Independent boxes; their scatter is the error.")]
Workers = Annotated[int | None, typer.Option(min=1, help="Replicates at the same time; default: cores.")]


def simulate(
    cation: Cation,
    ligand: Ligand,
    ratio: Ratio,
    level: Level = "screen",
    replicates: Replicates = 2,
    out: Annotated[Path | None, typer.Option(help="Directory of the runs; default: simulations/NAME.")] = None,
    workers: Workers = None,
    as_json: Json = False,
) -> None:
    """Simulate one formulation; the same command goes on where it was stopped."""
    from ionlink.data import formulation_of

    formulation = formulation_of(cation, ligand, ratio)
    directory = out or Path("simulations") / formulation.slug
    observations = _simulated([(formulation, replicates)], {formulation: directory}, level, workers)
    if as_json:
        print_json(observations)
    else:
        _print(observations)


def simulate_table(
    table: Annotated[Path, typer.Argument(help="CSV with the columns cation, ligand, ratio, replicates.")],
    out: Annotated[Path, typer.Option(help="Directory of the runs.")],
    observations: Annotated[Path, typer.Option(help="CSV file to write; it must not exist.")],
    level: Level = "screen",
    workers: Workers = None,
    as_json: Json = False,
) -> None:
    """Simulate all formulations of a table and write what was observed; the same command goes on where it stopped."""
    from ionlink.data import InputError
    from ionlink.data.observation_writing import save_observations
    from ionlink.data.simulation_table import read_simulation_table

    if observations.exists():
        raise InputError(f"{observations}: exists; name a file that does not, or move it away")
    wanted = read_simulation_table(table)
    directories = {formulation: out / formulation.slug for formulation, _ in wanted}
    found = _simulated(wanted, directories, level, workers)
    save_observations(found, observations)
    if as_json:
        print_json({"formulations": len(wanted), "observations": len(found), "table": observations})
    else:
        typer.echo(f"{len(found)} observations of {len(wanted)} formulations: {observations}")


def _simulated(
    wanted: "Sequence[tuple[Formulation, int]]",
    directories: "Mapping[Formulation, Path]",
    level: str,
    workers: int | None,
) -> "list[Observation]":
    """Observations of each formulation with its number of replicates.

    Raises:
        CannotSimulate: before anything runs, with all that is refused.
        SimulationFailed: after everything that can run has run.

    """
    from ionlink.simulate import CannotSimulate, molecular_dynamics_oracle

    oracle = molecular_dynamics_oracle(level)
    refused = [f"{formulation}: {reason}" for formulation, _ in wanted if (reason := oracle.refusal(formulation))]
    if refused:
        raise CannotSimulate("; ".join(refused))
    values = _run(oracle, wanted, directories, workers or os.cpu_count() or 1)
    return [o for formulation, _ in wanted for o in oracle.observations(formulation, values[formulation])]


def _run(
    oracle: "Oracle",
    wanted: "Sequence[tuple[Formulation, int]]",
    directories: "Mapping[Formulation, Path]",
    workers: int,
) -> "Mapping[Formulation, list[Mapping[str, float]]]":
    """All replicates, in processes of their own.

    Raises:
        InputError: a directory holds another simulation.
        SimulationFailed: a replicate failed, after all have ended.

    """
    from rich.console import Console
    from rich.progress import Progress

    from ionlink.optimize.executor import LocalExecutor, Task
    from ionlink.optimize.replicate import LOG_FILE, finished_result, run_replicate
    from ionlink.simulate import SimulationFailed

    owners: dict[str, Formulation] = {}
    tasks = []
    for formulation, replicates in wanted:
        for replicate in range(replicates):
            place = directories[formulation] / f"replicate-{replicate}"
            owners[str(place)] = formulation
            finished_result(oracle, formulation, replicate, place)  # a directory of something else is refused at once
            arguments = (oracle, formulation, replicate, place)
            tasks.append(Task(str(place), run_replicate, arguments, place / LOG_FILE))
    results: dict[str, Mapping[str, float]] = {}
    failures = []
    with Progress(console=Console(stderr=True)) as progress:
        bar = progress.add_task("replicates", total=len(tasks))
        for ended in LocalExecutor(workers).run(tasks):
            progress.advance(bar)
            if ended.value is None:
                failures.append(f"{ended.task.name}: {ended.failure}")
            else:
                results[ended.task.name] = ended.value
    if failures:
        raise SimulationFailed(f"{len(failures)} of {len(tasks)} replicates failed; {'; '.join(failures)}")
    values: dict[Formulation, list[Mapping[str, float]]] = defaultdict(list)
    for task in tasks:  # in the order of the replicates, whatever ended first
        values[owners[task.name]].append(results[task.name])
    return values


def _print(observations: "list[Observation]") -> None:
    from ionlink.data import outcomes

    rows = [(o.outcome, o.value, o.standard_error, outcomes()[o.outcome].unit) for o in observations]
    print_table(("outcome", "mean", "standard error", "unit"), rows)
