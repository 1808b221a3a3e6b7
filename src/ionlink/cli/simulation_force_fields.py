"""Force fields that no one has computed yet: said, and computed before the replicates that need them."""

from time import monotonic
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from ionlink.cli.simulation_batch import Wanted
    from ionlink.data.formulation import Formulation
    from ionlink.optimize.replicate_batch import ReplicateBatch


def compute_force_fields(wanted: "Wanted", batch: "ReplicateBatch[Formulation]") -> None:
    """Compute what replicates that are left to run lack, once for all of them, and say on stderr that it goes on.

    What AmberTools cannot compute is said too; the replicates then fail by it, each with its reason.
    """
    from ionlink.cli.simulation_plan import duration
    from ionlink.data import ligands
    from ionlink.simulate import CannotSimulate
    from ionlink.simulate.parametrise import force_field_file, lacks_force_field

    left = [f for f, count in wanted.replicates.items() if len(batch.results(f)) < count]
    missing = [name for name in dict.fromkeys(f.ligand for f in left) if lacks_force_field(ligands()[name])]
    if missing:
        typer.echo(
            f"no force field is shipped for {', '.join(missing)}: AmberTools computes it now, once; that may take "
            "minutes for each, how many is not known before, and comes on top of the time above",
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
