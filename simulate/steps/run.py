"""Run one step, and name the way in which it broke down."""

import openmm

from ionlink.data.whole_file import NO_ROOM
from ionlink.simulate.engine import Engine
from ionlink.simulate.errors import (
    BoxTooSmall,
    DeviceFailed,
    DiskFull,
    MinimisationFailed,
    NumericalBreakdown,
    SimulationFailed,
)
from ionlink.simulate.step_kinds import (
    Compress,
    Dynamics,
    Equilibrate,
    Minimise,
    Produce,
    Squeeze,
    Step,
    Stretch,
    Swell,
    Tension,
    Unload,
)
from ionlink.simulate.steps.compression import compress, squeeze
from ionlink.simulate.steps.equilibration import equilibrate
from ionlink.simulate.steps.plain import dynamics, minimise, produce
from ionlink.simulate.steps.result import StepResult
from ionlink.simulate.steps.strain import stretch, tension, unload
from ionlink.simulate.steps.swelling import swell

_DEVICE_FAILURES = (
    *("No compatible", "could not be loaded", "NO_DEVICE", "hipErrorNoDevice"),
    *("OUT_OF_MEMORY", "hipErrorOutOfMemory", "clCreateBuffer"),
    *("INSUFFICIENT_DRIVER", "hipErrorInsufficientDriver", "DRIVER_MISMATCH", "UNSUPPORTED_PTX_VERSION"),
    *("Error initializing", "Error loading CUDA module", "ECC_UNCORRECTABLE"),
)
"""Words of CUDA, HIP and OpenCL in OpenMM's messages of a device that is absent, full or not fit for its driver.

An illegal address is none of them: a box that flies apart may be its cause.
"""

_LOST_COORDINATES = ("NaN", "infinite", "must be finite")
"""Words of OpenMM's writer of trajectories, and of SciPy's trees, of what OpenMM's forces have not met yet."""


def run_step(step: Step, engine: Engine, state: openmm.State, seed: int) -> StepResult:
    """Run one step from `state`; on the CPU the same step, state and seed give the same result.

    Raises:
        NumericalBreakdown: a coordinate or an energy became NaN.
        MinimisationFailed: the same, while clashes were removed.
        BoxTooSmall: the box became smaller than twice the cutoff.
        DiskFull: there was no room for a trajectory.
        DeviceFailed: the graphics processor cannot run it now.
        SimulationFailed: OpenMM stopped for another reason.

    """
    try:
        return _run(step, engine, state, seed)
    except openmm.OpenMMException as error:
        raise breakdown(error, step) from error
    except ValueError as error:
        if not any(words in str(error) for words in _LOST_COORDINATES):
            raise
        raise NumericalBreakdown(f"{step.kind}: {error}") from error
    except OSError as error:
        if error.errno in NO_ROOM:
            raise DiskFull(f"{step.kind}: {error}; make room, then start it again and it goes on from here") from error
        raise


def breakdown(error: openmm.OpenMMException, step: Step) -> SimulationFailed:
    """What an exception of OpenMM means; its messages are all that tells its exceptions apart (tried with 8.6)."""
    message = str(error)
    if "box size" in message:
        return BoxTooSmall(f"{step.kind}: {message}")
    if "NaN" in message:
        kind = MinimisationFailed if isinstance(step, Minimise) else NumericalBreakdown
        return kind(f"{step.kind}: {message}")
    if any(words in message for words in _DEVICE_FAILURES):
        return DeviceFailed(f"{step.kind}: {message}; see that a graphics processor is free and its driver fits")
    return SimulationFailed(f"{step.kind}: {message}")


def _run(step: Step, engine: Engine, state: openmm.State, seed: int) -> StepResult:  # noqa: PLR0911 - one per kind
    match step:
        case Minimise():
            return minimise(step, engine, state, seed)
        case Dynamics():
            return dynamics(step, engine, state, seed)
        case Squeeze():
            return squeeze(step, engine, state, seed)
        case Swell():
            return swell(step, engine, state, seed)
        case Compress():
            return compress(step, engine, state, seed)
        case Equilibrate():
            return equilibrate(step, engine, state, seed)
        case Stretch():
            return stretch(step, engine, state, seed)
        case Unload():
            return unload(step, engine, state, seed)
        case Tension():
            return tension(step, engine, state, seed)
        case Produce():
            return produce(step, engine, state, seed)
