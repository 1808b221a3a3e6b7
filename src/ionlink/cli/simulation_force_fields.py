"""Force fields that no one has computed yet: said, and computed before the replicates that need them."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from ionlink.optimize.executor import Ended, Executor, Task


@dataclass(frozen=True)
class ForceFieldsFirst:
    """Runs replicates by `executor`, once for all of them what they lack is computed, which stderr says."""

    executor: "Executor"

    def run(self, tasks: "Sequence[Task]") -> "Generator[Ended]":
        """Compute, then yield each task's end as it comes."""
        formulations = [formulation for _, formulation, *_ in (task.arguments for task in tasks)]
        _compute_force_fields(list(dict.fromkeys(formulation.ligand for formulation in formulations)))
        yield from self.executor.run(tasks)


def _compute_force_fields(names: "Sequence[str]") -> None:
    """What AmberTools cannot compute is said too; the replicates then fail by it, each with its reason."""
    from ionlink.cli.simulation_plan import duration
    from ionlink.data import ligands
    from ionlink.simulate import CannotSimulate
    from ionlink.simulate.parametrise import force_field_file, lacks_force_field

    missing = [name for name in names if lacks_force_field(ligands()[name])]
    if missing:
        typer.echo(
            f"no force field is shipped for {', '.join(missing)}: AmberTools computes it now, once; that may take "
            "minutes for each, how many is not known before, and comes on top of the time of the replicates",
            err=True,
        )
    for name in missing:
        begun = monotonic()
        typer.echo(f"force field of {name}: computing", err=True)
        try:
            force_field_file(ligands()[name])
        except CannotSimulate as error:
            typer.echo(f"force field of {name}: failed: {error}", err=True)
        else:
            typer.echo(f"force field of {name}: finished after {duration(monotonic() - begun)}", err=True)
