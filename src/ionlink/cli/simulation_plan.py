"""What a simulation will hold and cost, shown before it runs."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from ionlink.cli.simulation_batch import Wanted
    from ionlink.data.formulation import Formulation
    from ionlink.optimize.replicate_batch import ReplicateBatch
    from ionlink.simulate import MolecularDynamicsOracle

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
    """Print to stderr what every box will hold, what is finished, and what is left to run."""
    from ionlink.cli.console import print_table

    boxes = {formulation: oracle.composition(formulation) for formulation in list(wanted.replicates)[:MOST_ROWS]}
    rows = [
        (
            str(formulation),
            oracle.atoms(formulation),
            box.chains,
            box.cations,
            box.ratio,
            wanted.replicates[formulation],
            len(batch.results(formulation)),
        )
        for formulation, box in boxes.items()
    ]
    columns = ("formulation", "atoms", "chains", "cations", "ratio of the box", "replicates", "finished")
    print_table(columns, rows, to_stderr=True)
    if len(wanted.replicates) > MOST_ROWS:
        typer.echo(f"and {len(wanted.replicates) - MOST_ROWS} formulations more", err=True)
    typer.echo(
        f"{oracle.level} v{oracle.settings.version} ({oracle.protocol}) on {oracle.platform}: "
        f"{len(batch.tasks)} replicates to run, {workers} at a time",
        err=True,
    )


def duration(seconds: float) -> str:
    """A time in the unit that people would use.

    >>> duration(40), duration(1500), duration(90_000)
    ('40 s', '25 min', '25.0 h')

    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
