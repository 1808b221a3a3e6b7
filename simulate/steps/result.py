"""What a step leaves behind."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import openmm
from openmm import app

from ionlink.simulate.contents import Contents
from ionlink.simulate.errors import NumericalBreakdown


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
    """The state that the next step goes on from.

    Raises:
        NumericalBreakdown: a coordinate was lost. OpenMM looks for that when it computes forces, and on some platforms
            not then: a state that was kept with a lost coordinate would break every later attempt.

    """
    # enforcePeriodicBox stays off: molecules stay whole.
    state = simulation.context.getState(positions=True, velocities=True)
    if not (
        np.isfinite(state.getPositions(asNumpy=True)).all() and np.isfinite(state.getVelocities(asNumpy=True)).all()
    ):
        raise NumericalBreakdown("a coordinate or a velocity is NaN at the end")
    return state
