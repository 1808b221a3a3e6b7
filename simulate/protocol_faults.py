"""What is wrong with a protocol as a whole, found where its file is read and not at the end of a simulation."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from ionlink.data.errors import InputError
from ionlink.data.formulation import CELSIUS_ZERO_K
from ionlink.data.lab_table import COMMON_LEVELS
from ionlink.simulate.frozen import Frozen
from ionlink.simulate.step_kinds import (
    SAMPLES_PER_CHUNK,
    Compress,
    Dynamics,
    Equilibrate,
    Produce,
    Step,
    Stretch,
    Swell,
    Tension,
    Unload,
    steps_before_rest,
)

if TYPE_CHECKING:
    from ionlink.simulate.protocol import Physics, Protocol

LOWEST_SIMULATED_K = 100.0
"""A dry network may be simulated below its glass transition, where solvents of a laboratory are frozen."""

_BAR = (-50_000.0, 50_000.0, "bar; 1 MPa is 10 bar")
_KELVIN = (LOWEST_SIMULATED_K, 3000.0, f"K; 25 °C are {25 + CELSIUS_ZERO_K:g} K")

SENSIBLE = {
    "timestep_fs": (0.1, 5.0, "fs; with hydrogens of 3 amu 4 fs are usual (doi:10.1021/ct5010406)"),
    "cutoff_nm": (0.4, 2.0, "nm"),
    "first_shell_nm": (0.15, 0.6, "nm"),
    "ewald_tolerance": (1e-7, 0.01, "of the forces, as a share"),
    "hydrogen_mass_amu": (1.0, 4.0, "amu, which is taken from the atoms that they are bound to"),
    "friction_per_ps": (0.01, 100.0, "1/ps"),
    "time_constant_ps": (0.01, 20.0, "ps"),
    "compressibility_per_bar": (1e-6, 1e-3, "1/bar; of water 4.5e-5"),
    "pressure_bar": _BAR,
    "lateral_pressure_bar": _BAR,
    "stress_mpa": (0.1, 5000.0, "MPa"),
    "start_density_g_cm3": (0.01, 2.0, "g/cm³"),
    "density_g_cm3": (0.05, 5.0, "g/cm³"),
    "strain": (0.001, 3.0, "as a share; 30 % are 0.3"),
    "temperature_k": _KELVIN,
    "start_temperature_k": _KELVIN,
    "end_temperature_k": _KELVIN,
    "top_temperature_k": _KELVIN,
}
"""Lowest and highest value of a field and its unit; what lies beyond was meant in another one, or breaks any box."""

MOST_LOST = 0.1
"""Share of the steps that may be lost where they are divided into whole parts; `explicit` loses 7 % of a settling."""


def protocol_faults(protocol: "Protocol") -> Iterator[str]:
    """One line for each fault, which begins with the field."""
    yield from _name_faults(protocol.name)
    yield from _physics_faults(protocol.physics)
    yield from _senseless(protocol.physics, "physics")
    yield from _missing_steps(protocol.steps)
    yield from _unload_faults(protocol.steps)
    yield from _measured_faults(protocol.steps)
    for place, step in enumerate(protocol.steps):
        where = f"steps.{place}.{step.kind}"
        yield from _senseless(step, where)
        yield from (f"{where}.{fault}" for fault in _step_faults(step, protocol.physics))


def _name_faults(name: str) -> Iterator[str]:
    if not name.strip():
        yield "name: is empty; observations are told apart by it, so name it"
    if name.strip().casefold() in COMMON_LEVELS:
        yield f"name: `{name}` is a level of what is not simulated ({', '.join(COMMON_LEVELS)}); name it otherwise"


def _physics_faults(physics: "Physics") -> Iterator[str]:
    # OpenMM takes a second to import, and the shipped protocols do without.
    from ionlink.simulate.ions import openmm_data_file

    yield from _ion_faults("counter_cation", physics.counter_cation, +1)
    yield from _ion_faults("counter_anion", physics.counter_anion, -1)
    if not openmm_data_file(physics.ion_force_field).is_file():
        yield (
            f"physics.ion_force_field: OpenMM has no file `{physics.ion_force_field}`; "
            "write one such as amber14/spce.xml or amber14/opc3.xml"
        )


def _ion_faults(field: str, ion: str, sign: int) -> Iterator[str]:
    from ionlink.simulate.ions import element_and_charge

    kind, example = ("a cation", "Na+") if sign > 0 else ("an anion", "Cl-")
    try:
        charge = element_and_charge(ion)[1]
    except InputError:
        charge = 0
    if charge * sign <= 0:
        yield f"physics.{field}: `{ion}` is not {kind}; write one such as {example}"


def _senseless(part: Frozen, where: str) -> Iterator[str]:
    """Numbers that no simulation has, of a part of a protocol and of what is in it."""
    for field in type(part).model_fields:
        value = getattr(part, field)
        if isinstance(value, Frozen):
            yield from _senseless(value, f"{where}.{field}")
        elif field in SENSIBLE and value is not None:
            lowest, highest, unit = SENSIBLE[field]
            if not lowest <= value <= highest:
                yield f"{where}.{field}: {value:g} is not within {lowest:g} to {highest:g} {unit}"


def _missing_steps(steps: Sequence[Step]) -> Iterator[str]:
    """What outcomes are taken from."""
    before = steps_before_rest(steps)
    waits = [place for place, step in enumerate(before) if isinstance(step, Compress | Equilibrate)]
    if not waits:
        yield (
            "steps: there is no `compress` and no `equilibrate` before the network is sampled at rest, which the "
            "density is taken from; add one"
        )
    for place, step in enumerate(steps):
        if isinstance(step, Swell) and place >= len(before):
            yield (
                f"steps.{place}.swell: the trajectory at rest would lack this water, and both are compared; put it "
                "before the `produce` at rest"
            )
        elif isinstance(step, Swell) and waits and place > waits[-1]:
            yield (
                f"steps.{place}.swell: the density would be that of the box without its water; add a `compress` or "
                "an `equilibrate` after it"
            )
    for trajectory in ("rest", "stretched"):
        count = sum(isinstance(step, Produce) and step.trajectory == trajectory for step in steps)
        if count != 1:
            yield (
                f'steps: there are {count} `produce` with trajectory = "{trajectory}"; outcomes are taken from '
                "one each, at rest and stretched"
            )
    for place, step in enumerate(steps):
        if not isinstance(step, Produce):
            continue
        stretched, where = _is_stretched(steps[:place]), f"steps.{place}.produce.trajectory"
        if step.trajectory == "stretched" and not stretched:
            yield f"{where}: nothing is stretched there; put it after a `stretch` or `tension`"
        if step.trajectory == "rest" and stretched:
            yield f"{where}: the box is stretched there and not at rest; put it before the `stretch` or `tension`"


def _is_stretched(steps: Sequence[Step]) -> bool:
    """Whether the box is longer after `steps` than at rest; an unload takes back a stretch, and no tension."""
    strains = [step for step in steps if isinstance(step, Stretch | Unload)]
    pulled = any(isinstance(step, Tension) for step in steps)
    return pulled or (bool(strains) and isinstance(strains[-1], Stretch))


def _unload_faults(steps: Sequence[Step]) -> Iterator[str]:
    """An unload takes the stretch before it back; else the curve is no cycle."""
    strains = [(place, step) for place, step in enumerate(steps) if isinstance(step, Stretch | Unload)]
    if strains and isinstance(strains[0][1], Unload):
        yield f"steps.{strains[0][0]}.unload: there is no `stretch` before it to take back; put one there"
    for (_, before), (place, step) in pairwise(strains):
        if not isinstance(step, Unload):
            continue
        if isinstance(before, Unload):
            yield f"steps.{place}.unload: the `unload` before it has taken the stretch back; leave one out"
            continue
        if step.strain != before.strain:
            yield f"steps.{place}.unload.strain: {step.strain:g} is not that of its stretch; write {before.strain:g}"
        if step.stress_every_steps and not before.stress_every_steps:
            yield (
                f"steps.{place}.unload.stress_every_steps: its stretch measures no stress, so that there is no cycle; "
                "write it there too, or 0"
            )


def _measured_faults(steps: Sequence[Step]) -> Iterator[str]:
    """One curve is kept, and its strain counts from the box at rest."""
    measured = False
    for place, step in enumerate(steps):
        if not isinstance(step, Stretch) or not step.stress_every_steps:
            continue
        where = f"steps.{place}.stretch.stress_every_steps"
        if measured:
            yield f"{where}: a `stretch` before it measures the stress too; one curve is kept; write 0 in one of them"
        elif _is_stretched(steps[:place]):
            yield f"{where}: the box is stretched there already, so that its strain would count from that; write 0"
        measured = True


def _step_faults(step: Step, physics: "Physics") -> Iterator[str]:
    if isinstance(step, Dynamics) and step.segments == 1 and step.start_temperature_k != step.end_temperature_k:
        yield (
            f"segments: 1 stays at {step.start_temperature_k:g} K and never comes to {step.end_temperature_k:g} K; "
            "write 2 or more"
        )
    if isinstance(step, Equilibrate) and step.cycle is not None and step.cycle.segments == 2:
        yield (
            f"cycle.segments: 2 stay at {step.temperature_k:g} K and never come to {step.cycle.top_temperature_k:g} K; "
            "write 3 or more"
        )
    if isinstance(step, Produce) and step.sample_every_steps > step.steps:
        yield f"sample_every_steps: {step.sample_every_steps} is more than the {step.steps} steps; no frame is written"
    for run in _runs(step, physics.pressure_coupling.interval_steps):
        if abs(run.done - run.steps) > MOST_LOST * run.steps:
            done = f"of {run.steps} steps {run.done}" if run.done < run.steps else f"{run.done} steps, not {run.steps},"
            yield (
                f"{run.field}: {done} are done, in parts of whole {run.unit}; "
                f"write a multiple of {run.parts * run.interval}"
            )


class _Run(NamedTuple):
    """Steps that are divided into equal parts, each of whole intervals; what is left over is not done."""

    field: str
    steps: int
    parts: int = 1
    interval: int = 1
    unit: str = "steps"
    fewest: int = 0
    """Intervals that are done of each part in any case."""

    @property
    def done(self) -> int:
        return self.parts * max(self.fewest, self.steps // self.parts // self.interval) * self.interval


def _runs(step: Step, interval_steps: int) -> Iterator[_Run]:
    coupled = (interval_steps, f"interval_steps ({interval_steps}) at a pressure")
    match step:
        case Dynamics(pressure_bar=None):
            yield _Run("steps", step.steps, step.segments)
        case Dynamics():
            yield _Run("steps", step.steps, step.segments, *coupled)
        case Compress():
            yield _Run("chunk_steps", step.chunk_steps, SAMPLES_PER_CHUNK, *coupled)
        case Equilibrate():
            yield _Run("stage_steps", step.stage_steps, step.samples_per_stage, *coupled)
            if step.cycle is not None:
                yield _Run("cycle.steps", step.cycle.steps, step.cycle.segments, *coupled)
        case Swell():
            yield _Run("settle_steps", step.settle_steps, 1, *coupled)
        case Tension():
            yield _Run("steps", step.steps, step.samples, *coupled)
        case Stretch() | Unload():
            every = step.stress_every_steps
            if every:
                yield _Run("relax_steps", step.relax_steps, 1, every, f"stress_every_steps ({every})", fewest=1)
            if step.lateral_pressure_bar is not None:
                field = "stress_every_steps" if every else "relax_steps"
                yield _Run(field, every or step.relax_steps, 1, *coupled)
