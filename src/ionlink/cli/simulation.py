"""`ionlink simulate`: molecular dynamics of one formulation."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ionlink.cli.console import Json, print_json, print_table
from ionlink.cli.prediction import Cation, Ligand, Ratio

if TYPE_CHECKING:
    from ionlink.data.formulation import Formulation
    from ionlink.data.observation import Observation
    from ionlink.optimize.oracle import Oracle


def simulate(
    cation: Cation,
    ligand: Ligand,
    ratio: Ratio,
    level: Annotated[str, typer.Option(help="Simulation protocol.")] = "screen",
    replicates: Annotated[int, typer.Option(min=1, help="Independent boxes; their scatter is the error.")] = 2,
    out: Annotated[Path | None, typer.Option(help="Directory of the runs; default: simulations/NAME.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Replicates at the same time; default: cores.")] = None,
    as_json: Json = False,
) -> None:
    """Simulate one formulation; the same command goes on where it was stopped."""
    from ionlink.data import formulation_of
    from ionlink.simulate import CannotSimulate, molecular_dynamics_oracle

    formulation = formulation_of(cation, ligand, ratio)
    oracle = molecular_dynamics_oracle(level=level, replicates=replicates)
    refusal = oracle.refusal(formulation)
    if refusal is not None:
        raise CannotSimulate(refusal)
    name = f"{formulation.cation}-{formulation.ligand}-{formulation.ratio:.4g}"
    directory = out or Path("simulations") / name
    _print(_run(oracle, formulation, directory, workers or os.cpu_count() or 1), as_json)


def _run(oracle: "Oracle", formulation: "Formulation", directory: Path, workers: int) -> "list[Observation]":
    """All replicates in `directory`, in processes of their own; raises `SimulationFailed` if one fails."""
    from rich.console import Console
    from rich.progress import Progress

    from ionlink.optimize.executor import LocalExecutor, Task
    from ionlink.simulate import SimulationFailed

    tasks = []
    for replicate in range(oracle.replicates):
        place = directory / f"replicate-{replicate}"
        arguments = (formulation, replicate, place)
        tasks.append(Task(place.name, oracle.run_replicate, arguments, place / "log.txt"))
    values, failures = [], []
    with Progress(console=Console(stderr=True)) as progress:
        bar = progress.add_task(f"{formulation}, replicates", total=len(tasks))
        for ended in LocalExecutor(workers).run(tasks):
            progress.advance(bar)
            if ended.value is None:
                failures.append(f"{ended.task.name}: {ended.failure}")
            else:
                values.append(ended.value)
    if failures:
        raise SimulationFailed(f"{len(failures)} of {len(tasks)} replicates failed; {'; '.join(failures)}")
    return oracle.observations(formulation, values)


def _print(observations: "list[Observation]", as_json: bool) -> None:
    from ionlink.data import outcomes

    if as_json:
        print_json(observations)
        return
    rows = [(o.outcome, o.value, o.standard_error, outcomes()[o.outcome].unit) for o in observations]
    print_table(("outcome", "mean", "standard error", "unit"), rows)
