"""What a simulation will cost, known before it runs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ionlink.data.formulation import Formulation
from ionlink.simulate.box import atom_count, plan, swollen_atom_count
from ionlink.simulate.protocol import Protocol
from ionlink.simulate.step_kinds import (
    Compress,
    Dynamics,
    Equilibrate,
    Minimise,
    Produce,
    Squeeze,
    Step,
    Swell,
    Tension,
    increments_to,
)
from ionlink.simulate.water import ATOMS_PER_WATER

HARDWARE = "AMD EPYC, one thread, OpenMM 8.6 CPU platform"
"""What the constants below were measured on."""

_SECONDS_PER_STEP = 0.25e-3
_SECONDS_PER_STEP_AND_ATOM = 2.0e-6
"""Least squares through the processor time of the production of 25 dry boxes of 710 to 3470 atoms, two at a time.

PAA at 8:1 and PF-COO at 60:1, PME, cut off at 0.8 nm. The 132 whole replicates of `data/simulations_screen.csv` took
0.95 to 1.45 times the processor time that follows from it, 1.15 in the median, on a machine that did other work as
well; where it does, the wall time is longer still.
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
    composition = plan(formulation, protocol)
    atoms = swollen_atom_count(formulation, composition, protocol)
    steps = sum(steps_of(step, protocol) for step in protocol.steps)
    if not recorded and platform != "CPU":
        return Cost(atoms, steps, None, f"{platform}, not measured")
    if not recorded:
        dry = atom_count(formulation, composition, protocol.physics)
        return Cost(atoms, steps, _seconds_by_step(protocol, dry, composition.donor_groups), HARDWARE)
    factor = float(np.median([one.wall_s / _seconds(one.atoms, one.steps) for one in recorded]))
    hardware = f"{platform}, as {len(recorded)} replicates before"
    return Cost(atoms, steps, factor * _seconds(atoms, steps), hardware)


def _seconds_by_step(protocol: Protocol, atoms: int, donor_groups: int) -> float:
    """With the atoms that the box has at each step; a step that lets water in has half of it on average."""
    seconds = 0.0
    for step in protocol.steps:
        added = ATOMS_PER_WATER * donor_groups * step.waters_per_donor_group if isinstance(step, Swell) else 0
        seconds += _seconds(atoms + added // 2, steps_of(step, protocol))
        atoms += added
    return seconds


def _seconds(atoms: int, steps: int) -> float:
    return steps * (_SECONDS_PER_STEP + _SECONDS_PER_STEP_AND_ATOM * atoms)


def steps_of(step: Step, protocol: Protocol) -> int:  # noqa: PLR0911 - one per kind
    """Time steps and minimisation iterations that a step is expected to take."""
    match step:
        case Minimise():
            return step.max_iterations
        case Dynamics() | Produce() | Tension():
            return step.steps
        case Squeeze():
            shrink = (protocol.physics.start_density_g_cm3 / step.density_g_cm3) ** (1 / 3)
            increments = increments_to(shrink, -step.linear_increment)
            return increments * (step.minimise_iterations + step.relax_steps)
        case Swell():
            return _swell_steps(step)
        case Compress():
            return _usual(step.chunk_steps, step.max_chunks, least=3)
        case Equilibrate():
            cycle = step.cycle.steps if step.cycle is not None else 0
            return _usual(step.stage_steps + cycle, step.max_stages, least=2)
        case _:
            return step.increments * (step.minimise_iterations + step.relax_steps)


def _swell_steps(step: Swell) -> int:
    """The box is expected to grow by a third in each round."""
    increments = increments_to((4 / 3) ** (1 / 3), step.linear_increment)
    return step.rounds * (
        increments * (step.minimise_iterations + step.relax_steps) + 2 * step.minimise_iterations + step.settle_steps
    )


def _usual(steps: int, most: int, least: int) -> int:
    return steps * max(least, math.ceil(_USUAL_SHARE_OF_CHUNKS * most))
