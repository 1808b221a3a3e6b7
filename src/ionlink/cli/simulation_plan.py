"""What a simulation will hold and cost, shown before it runs."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ionlink.cli.simulation_batch import Wanted
    from ionlink.data.formulation import Formulation
    from ionlink.optimize.replicate_batch import ReplicateBatch
    from ionlink.simulate import MolecularDynamicsOracle
    from ionlink.simulate.cost import Cost, Recorded

MOST_ROWS = 20
"""Formulations that are listed; of a longer table the rest is summed up."""


def refuse_the_impossible(oracle: "MolecularDynamicsOracle", wanted: "Wanted") -> None:
    """See that everything can be simulated before anything runs.

    Raises:
        CannotSimulate: with all that is refused, and why.

    """
    from ionlink.simulate import CannotSimulate

    refused = [
        f"{formulation}: {reason}" for formulation in wanted.replicates if (reason := oracle.refusal(formulation))
    ]
    if refused:
        raise CannotSimulate("; ".join(refused))


def show_plan(
    oracle: "MolecularDynamicsOracle", wanted: "Wanted", batch: "ReplicateBatch[Formulation]", workers: int
) -> None:
    """Print to stderr what every box will hold, what is finished, and how long what is left should take."""
    from ionlink.cli.console import print_table
    from ionlink.data.plural import counted

    recorded = _recorded(oracle, wanted)
    costs = {formulation: oracle.cost(formulation, recorded) for formulation in wanted.replicates}
    rows = [_row(oracle, wanted, batch, *item) for item in list(costs.items())[:MOST_ROWS]]
    columns = (
        "formulation",
        "atoms",
        "chains",
        "cations",
        "ratio of the box",
        "replicates",
        "finished",
        "time of each",
    )
    print_table(columns, rows, to_stderr=True)
    if len(costs) > MOST_ROWS:
        typer.echo(f"and {len(costs) - MOST_ROWS} formulations more", err=True)
    left = [(len(batch.results(f)), count, costs[f]) for f, count in wanted.replicates.items()]
    time = _in_all([(n - done, cost) for done, n, cost in left], workers)
    typer.echo(
        f"{oracle.level} v{oracle.settings.version} ({oracle.protocol}) on {oracle.platform}: "
        f"{counted(len(batch.tasks), 'replicate')} to run, {workers} at a time, {time}",
        err=True,
    )


def _row(
    oracle: "MolecularDynamicsOracle",
    wanted: "Wanted",
    batch: "ReplicateBatch[Formulation]",
    formulation: "Formulation",
    cost: "Cost",
) -> tuple[object, ...]:
    box = oracle.composition(formulation)
    done, expected = len(batch.results(formulation)), cost.expected_wall_s
    counts = (cost.atoms, box.chains, box.cations, box.ratio, wanted.replicates[formulation], done)
    return (str(formulation), *counts, None if expected is None else duration(expected))


def _in_all(left: "Sequence[tuple[int, Cost]]", workers: int) -> str:
    """Time of all replicates that are left, if each worker has a core to itself; no less than that of the longest."""
    expected = [(count, cost.expected_wall_s) for count, cost in left if cost.expected_wall_s is not None]
    if len(expected) < len(left):
        return "time not known before the first has ended here"
    shared = sum(count * each for count, each in expected) / workers
    longest = max((each for count, each in expected if count), default=0.0)
    return f"about {duration(max(shared, longest))} (measured on: {left[0][1].hardware})"


def _recorded(oracle: "MolecularDynamicsOracle", wanted: "Wanted") -> "list[Recorded]":
    """What finished replicates took on this very machine and platform."""
    from ionlink.optimize.replicate import finished_record, finished_result
    from ionlink.simulate.cost import Recorded
    from ionlink.simulate.hardware import hardware

    found = []
    for formulation, replicate, place in wanted.places():
        if finished_result(oracle, formulation, replicate, place) is None:
            continue
        record = finished_record(place)
        atoms, wall_s = record.get("atoms"), record.get("wall_s")
        here = str(record.get("hardware")).endswith(hardware()) and oracle.platform.startswith(
            str(record.get("platform"))
        )
        if here and isinstance(atoms, int) and isinstance(wall_s, float):
            found.append(Recorded(atoms, oracle.cost(formulation).steps, wall_s))
    return found


def duration(seconds: float) -> str:
    """A time in the unit that people would use.

    >>> duration(40), duration(1500), duration(90_000)
    ('40 s', '25 min', '25.0 h')

    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
