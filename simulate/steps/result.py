"""What a step leaves behind."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import openmm
from openmm import app

from ionlink.simulate.contents import Contents


@dataclass(frozen=True)
class StepResult:
    """State after a step, and whether its convergence test, where it has one, was met."""

    state: openmm.State
    converged: bool = True
    record: Mapping[str, object] = field(default_factory=dict)
    """What else is worth knowing, such as the `series` that the convergence was judged by; JSON can hold it."""
    contents: Contents | None = None
    """What the box holds from here on, where the step changed that."""


def snapshot(simulation: app.Simulation) -> openmm.State:
    """The state that the next step goes on from."""
    # enforcePeriodicBox stays off: molecules stay whole.
    return simulation.context.getState(positions=True, velocities=True)
