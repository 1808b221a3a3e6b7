"""Which OpenMM platform runs a simulation: the fastest that the machine has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import openmm

from ionlink.data.errors import InputError

_BY_SPEED = ("CUDA", "HIP", "OpenCL", "CPU")
"""Fastest first; the Reference platform is for tests alone."""

_NO_GPU = ("cpu", "pthread", "llvmpipe", "processor")
"""Words in the names that OpenCL gives to processors that are no GPU, in small letters."""


@dataclass(frozen=True)
class Device:
    """A platform on which a context could be made."""

    platform: str
    """OpenMM's name, such as `CUDA`."""
    hardware: str = ""
    """Name of the GPU where there is one, such as `NVIDIA H200`."""

    @property
    def is_gpu(self) -> bool:
        """Whether it is a graphics processor: OpenCL also runs, slowly, on ordinary ones."""
        if self.platform == "OpenCL":
            return bool(self.hardware) and not any(word in self.hardware.lower() for word in _NO_GPU)
        return self.platform in {"CUDA", "HIP"}


def fastest(devices: Sequence[Device], wanted: str | None = None) -> Device:
    """The device to run on: CUDA or HIP before OpenCL on a GPU before the CPU; `wanted` forces a platform.

    Raises:
        InputError: the machine does not have it.

    """
    if wanted is not None:
        forced = [device for device in devices if device.platform == wanted]
        if not forced:
            names = ", ".join(device.platform for device in devices)
            raise InputError(f"platform: this machine cannot run `{wanted}`; it can run {names}")
        return forced[0]
    usable = [device for device in devices if device.is_gpu or device.platform == "CPU"]
    if not usable:
        raise InputError("platform: OpenMM has neither a GPU platform nor the CPU platform here; install openmm anew")
    return min(usable, key=lambda device: _BY_SPEED.index(device.platform))


@cache
def devices() -> tuple[Device, ...]:
    """Every platform on which this machine can make a context."""
    names = (openmm.Platform.getPlatform(index).getName() for index in range(openmm.Platform.getNumPlatforms()))
    return tuple(device for name in names if (device := _probe(name)) is not None)


def properties(device: Device, threads: int) -> Mapping[str, str]:
    """Properties of the context: as deterministic as the platform can be, GPUs at mixed precision."""
    match device.platform:
        case "CPU":
            # Deterministic forces on a fixed number of threads: the same seed gives the same trajectory.
            return {"Threads": str(threads), "DeterministicForces": "true"}
        case "CUDA" | "HIP":
            return {"Precision": "mixed", "DeterministicForces": "true"}
        case "OpenCL":
            return {"Precision": "mixed"}
        case _:
            return {}


def _probe(name: str) -> Device | None:
    """The device behind a platform, `None` where it is installed but finds no hardware or driver."""
    platform = openmm.Platform.getPlatform(name)
    if name not in _BY_SPEED[:3]:
        return Device(name)
    system = openmm.System()
    system.addParticle(1.0)
    try:
        context = openmm.Context(system, openmm.VerletIntegrator(0.001), platform)
    except openmm.OpenMMException:
        return None
    return Device(name, platform.getPropertyValue(context, "DeviceName"))
