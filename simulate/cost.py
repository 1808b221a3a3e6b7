"""What a simulation will cost, known before it runs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ionlink.data.formulation import Formulation
from ionlink.simulate.box import atom_count, plan
from ionlink.simulate.protocol import Protocol
from ionlink.simulate.step_kinds import Compress, Dynamics, Equilibrate, Minimise, Produce, Squeeze, Step, Tension

HARDWARE = "AMD EPYC, one thread, OpenMM 8.6 CPU platform"
"""What the constants below were measured on."""

_SECONDS_PER_STEP = 3.09e-3
_SECONDS_PER_STEP_AND_ATOM = 3.37e-6
"""Least squares through the processor time of 400 Langevin steps of five equilibrated boxes, within 6 % of each.

Dry PAA (732 atoms) and gamma-PGA (1424), hydrated PAA (1440), dry PF-COO (1576 and 2366); PME, cut off at 0.8 nm. On a
machine that is busy otherwise the wall time is longer.
"""

_USUAL_SHARE_OF_CHUNKS = 0.5
"""How much of its allowance a compression or an equilibration is expected to use; not measured."""


@dataclass(frozen=True)
class Cost:
    """Cost of one replicate."""

    atoms: int
    steps: int
    """Time steps and minimisation iterations; where a convergence test decides, half of what it may take."""
    expected_wall_s: float | None
    """On one thread that has a core to itself; `None` for a platform whose speed was not measured."""
    hardware: str
    """What the expectation is for."""


@dataclass(frozen=True)
class Recorded:
    """What a finished replicate took."""

    atoms: int
    steps: int
    wall_s: float


def estimate(
    formulation: Formulation, protocol: Protocol, platform: str = "CPU", recorded: Sequence[Recorded] = ()
) -> Cost:
    """Cost of one replicate of a formulation.

    Args:
        formulation: what is simulated.
        protocol: by which protocol.
        platform: OpenMM's name, such as `CPU`.
        recorded: finished replicates on this platform and machine; the expectation is scaled by the median of what
            they took over what had been expected, and on a platform that was not measured it rests on them alone.

    Raises:
        CannotSimulate: see `plan`.

    """
    atoms = atom_count(formulation, plan(formulation, protocol), protocol.physics)
    steps = sum(steps_of(step, protocol) for step in protocol.steps)
    if not recorded and platform != "CPU":
        return Cost(atoms, steps, None, f"{platform}, not measured")
    factor = float(np.median([one.wall_s / _seconds(one.atoms, one.steps) for one in recorded])) if recorded else 1.0
    hardware = f"{platform}, as {len(recorded)} replicates before" if recorded else HARDWARE
    return Cost(atoms, steps, factor * _seconds(atoms, steps), hardware)


def _seconds(atoms: int, steps: int) -> float:
    return steps * (_SECONDS_PER_STEP + _SECONDS_PER_STEP_AND_ATOM * atoms)


def steps_of(step: Step, protocol: Protocol) -> int:
    """Time steps and minimisation iterations that a step is expected to take."""
    match step:
        case Minimise():
            return step.max_iterations
        case Dynamics() | Produce() | Tension():
            return step.steps
        case Squeeze():
            shrink = (protocol.physics.start_density_g_cm3 / step.density_g_cm3) ** (1 / 3)
            increments = max(1, math.ceil(math.log(shrink) / math.log(1 - step.linear_increment)))
            return increments * (step.minimise_iterations + step.relax_steps)
        case Compress():
            return _usual(step.chunk_steps, step.max_chunks, least=3)
        case Equilibrate():
            cycle = step.cycle.steps if step.cycle is not None else 0
            return _usual(step.stage_steps + cycle, step.max_stages, least=2)
        case _:
            return step.increments * (step.minimise_iterations + step.relax_steps)


def _usual(steps: int, most: int, least: int) -> int:
    return steps * max(least, math.ceil(_USUAL_SHARE_OF_CHUNKS * most))
