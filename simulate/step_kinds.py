"""The kinds of steps that a protocol can be made of, as data; `simulate/steps/` runs them."""

import math
from collections.abc import Sequence
from itertools import takewhile
from typing import Annotated, Literal

from pydantic import Field

from ionlink.simulate.frozen import Frozen, Later

SAMPLES_PER_CHUNK = 5
"""Densities that the mean of a chunk of a compression is taken over."""


def increments_to(factor: float, change: float) -> int:
    """How often an edge changes by at most the share `change`, below 0 to shrink, until it is `factor` times as long.

    >>> increments_to(0.5, -0.05), increments_to(1.2, 0.1), increments_to(1.0, 0.1)
    (14, 2, 1)

    """
    return max(1, math.ceil(math.log(factor) / math.log(1.0 + change)))


class Minimise(Frozen):
    """Remove the clashes that packing left."""

    kind: Literal["minimise"]
    force_tolerance_kj_mol_nm: float = Field(gt=0)
    max_iterations: int = Field(gt=0)


class Dynamics(Frozen):
    """Langevin dynamics for a fixed number of steps, the temperature ramped linearly over `segments`."""

    kind: Literal["dynamics"]
    steps: int = Field(gt=0)
    timestep_fs: float = Field(gt=0)
    start_temperature_k: float = Field(gt=0)
    end_temperature_k: float = Field(gt=0)
    segments: int = Field(default=1, gt=0)
    pressure_bar: float | None = None
    """`None` keeps the volume."""


class Squeeze(Frozen):
    """Shrink the box in small steps, molecules moved with it, each step relaxed, until it reaches a density."""

    kind: Literal["squeeze"]
    density_g_cm3: float = Field(gt=0)
    """Below that of any melt, so that the pressure has the last word."""
    linear_increment: float = Field(gt=0, lt=0.1)
    """Share of its edge that the box loses in each step."""
    minimise_iterations: int = Field(ge=0)
    """After each increment; increments of half a percent need none."""
    relax_steps: int = Field(gt=0)
    timestep_fs: float = Field(gt=0)
    temperature_k: float = Field(gt=0)


class Swell(Frozen):
    """Let water into the periodic box, in rounds: enlarge it, fill the voids, relax; the network is never cut.

    Each round makes the box larger by the same factor, so that after the last the water that was let in has room at the
    density of the liquid. A cation moves with the chain that most of its donor oxygens belong to.
    """

    kind: Literal["swell"]
    waters_per_donor_group: int = Field(gt=0)
    """How many come in, in all rounds together."""
    rounds: int = Field(gt=0)
    linear_increment: float = Field(gt=0, lt=0.1)
    """Share of its edge by which the box grows at a time; what is stretched is relaxed before it grows on."""
    first_shell_nm: float = Field(gt=0)
    """Cation–oxygen distance up to which a cation is bound to a chain."""
    minimise_iterations: int = Field(gt=0)
    """After each increment, and twice as many after water was put in."""
    relax_steps: int = Field(gt=0)
    """At constant volume, after each increment."""
    settle_steps: int = Field(gt=0)
    """At constant pressure, after each round."""
    timestep_fs: float = Field(gt=0)
    temperature_k: float = Field(gt=0)
    pressure_bar: float


class Compress(Frozen):
    """Dynamics at constant pressure until the mean densities of three successive chunks agree."""

    kind: Literal["compress"]
    chunk_steps: int = Field(gt=0)
    max_chunks: int = Field(gt=2)
    density_tolerance: float = Field(gt=0, lt=1)
    """Largest relative difference between the mean densities of successive chunks that counts as settled."""
    timestep_fs: float = Field(gt=0)
    temperature_k: float = Field(gt=0)
    pressure_bar: float


class AnnealingCycle(Frozen):
    """Heat to a temperature and cool down again, both ramps linear, before a stage is watched."""

    top_temperature_k: float = Field(gt=0)
    steps: int = Field(gt=0)
    """Of heating and cooling together."""
    segments: int = Field(default=10, gt=1)
    """Number of temperatures on the way up and down."""


class Equilibrate(Frozen):
    """Stages of dynamics at constant pressure until density, energy and first shell no longer differ between two.

    Each stage is an annealing cycle, where there is one, and then a watched run at `temperature_k`. Two successive
    stages are compared by `ionlink.simulate.convergence.compare`; where they still differ after `max_stages`, the
    record says `converged: false`.
    """

    kind: Literal["equilibrate"]
    stage_steps: int = Field(gt=0)
    """Of the watched run of each stage."""
    samples_per_stage: int = Field(ge=10)
    """Of every watched quantity."""
    max_stages: int = Field(gt=1)
    cycle: AnnealingCycle | None = None
    density_tolerance: float = Field(gt=0, lt=1)
    """Largest relative difference between the mean densities of two stages that counts as settled."""
    energy_tolerance_kj_mol: float = Field(gt=0)
    """Largest difference between their mean potential energies per atom."""
    coordination_tolerance: float = Field(gt=0)
    """Largest difference between their mean numbers of donor oxygens in the first shell of a cation."""
    first_shell_nm: float = Field(gt=0)
    """Cation–oxygen distance up to which an oxygen is counted while the run is watched."""
    timestep_fs: float = Field(gt=0)
    temperature_k: float = Field(gt=0)
    pressure_bar: float


class Stretch(Frozen):
    """Lengthen the box along z in small steps, molecules moved with it, each step relaxed."""

    kind: Literal["stretch"]
    strain: float = Field(gt=0)
    increments: int = Field(gt=0)
    minimise_iterations: int = Field(ge=0)
    relax_steps: int = Field(gt=0)
    timestep_fs: float = Field(gt=0)
    temperature_k: float = Field(gt=0)
    stress_every_steps: Later[int] = Field(default=0, ge=0)
    """Steps between measurements of the stress, which go to `stress.csv`; 0 measures none."""
    lateral_pressure_bar: Later[float | None] = None
    """Pressure that the edges along x and y follow meanwhile; `None` keeps the cross-section."""


class Unload(Frozen):
    """Take a stretch back by as many steps, to the length that the box had before it."""

    kind: Literal["unload"]
    strain: float = Field(gt=0)
    """That of the stretch."""
    increments: int = Field(gt=0)
    minimise_iterations: int = Field(ge=0)
    relax_steps: int = Field(gt=0)
    timestep_fs: float = Field(gt=0)
    temperature_k: float = Field(gt=0)
    stress_every_steps: int = Field(default=0, ge=0)
    """Steps between measurements of the stress, which go to `stress.csv`; 0 measures none."""
    lateral_pressure_bar: float | None = None
    """Pressure that the edges along x and y follow meanwhile; `None` keeps the cross-section."""


class Tension(Frozen):
    """Pull along z with a constant stress, a negative pressure, and let the box follow."""

    kind: Literal["tension"]
    stress_mpa: float = Field(gt=0)
    steps: int = Field(gt=0)
    samples: int = Field(default=10, gt=0)
    """How often the strain is recorded on the way."""
    largest_strain: float = Field(default=1.0, gt=0)
    """The network has torn where it becomes longer than this; the step then ends, not converged."""
    timestep_fs: float = Field(gt=0)
    temperature_k: float = Field(gt=0)
    lateral_pressure_bar: float | None = 1.0
    """Pressure that the edges along x and y follow; `None` keeps the cross-section."""


class Produce(Frozen):
    """Dynamics at constant volume, frames written to `<trajectory>.dcd`."""

    kind: Literal["produce"]
    trajectory: Literal["rest", "stretched"]
    steps: int = Field(gt=0)
    sample_every_steps: int = Field(gt=0)
    timestep_fs: float = Field(gt=0)
    temperature_k: float = Field(gt=0)


Step = Annotated[
    Minimise | Dynamics | Squeeze | Swell | Compress | Equilibrate | Stretch | Unload | Tension | Produce,
    Field(discriminator="kind"),
]


def steps_before_rest(steps: Sequence[Step]) -> Sequence[Step]:
    """What makes the network that is sampled at rest: the steps before that; all of them where it never is."""
    return tuple(takewhile(lambda step: not (isinstance(step, Produce) and step.trajectory == "rest"), steps))
