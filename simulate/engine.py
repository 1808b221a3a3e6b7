"""A system with the means to run it."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import openmm
from numpy.typing import NDArray
from openmm import app, unit

from ionlink.simulate.deformation import manometer_by_axis
from ionlink.simulate.groups import Groups
from ionlink.simulate.platforms import Device, devices, fastest, properties
from ionlink.simulate.protocol import Physics

AMU_PER_NM3_IN_G_CM3 = 1.66053906660e-3
"""1 u/nm³ in g/cm³ (CODATA 2018 atomic mass constant)."""


def state_at(system: openmm.System, positions_nm: NDArray[np.float64], vectors_nm: NDArray[np.float64]) -> openmm.State:
    """A state at rest: atoms at `n_atoms x 3` positions in a box with the vectors `3 x 3`, in nm."""
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), openmm.Platform.getPlatform("Reference"))
    context.setPeriodicBoxVectors(*vectors_nm)
    context.setPositions(positions_nm)
    return context.getState(positions=True, velocities=True)


@dataclass(frozen=True)
class Engine:
    """A system with the means to run it; contexts live only as long as a step."""

    topology: app.Topology
    system: openmm.System
    physics: Physics
    threads: int
    directory: Path
    """Where trajectories are written."""
    groups: Groups | None = None
    """Which atoms are what; steps that watch the first shell of cations need it."""
    platform: str | None = None
    """OpenMM platform to use, such as `CPU`; `None` takes the fastest that the machine has."""

    @cached_property
    def device(self) -> Device:
        """What runs it.

        Raises:
            InputError: the machine cannot run the platform that was asked for.

        """
        return fastest(devices(), self.platform)

    def simulation(
        self,
        state: openmm.State,
        timestep_fs: float,
        temperature_k: float,
        seed: int,
        *,
        by_axis: bool = False,
        growth: Sequence[float] = (1.0, 1.0, 1.0),
    ) -> app.Simulation:
        """A simulation at `state` and constant volume whose every random number follows from `seed`.

        `by_axis` makes the pressure along each axis measurable as well. `growth` is by which factors the edges (x, y,
        z) may grow on the way: the mesh of the electrostatics is laid for the box that is largest.
        """
        integrator = openmm.LangevinMiddleIntegrator(
            temperature_k * unit.kelvin, self.physics.friction_per_ps / unit.picosecond, timestep_fs * unit.femtosecond
        )
        integrator.setRandomNumberSeed(seed)
        system = copy.deepcopy(self._system_by_axis if by_axis else self.system)
        # OpenMM lays the mesh by these, and not by the box of the context: a system keeps those it was made with.
        edges = state.getPeriodicBoxVectors(asNumpy=True).value_in_unit(unit.nanometer)
        system.setDefaultPeriodicBoxVectors(*(edges * np.asarray(growth)))
        platform = openmm.Platform.getPlatform(self.device.platform)
        simulation = app.Simulation(
            self.topology, system, integrator, platform, dict(properties(self.device, self.threads))
        )
        simulation.context.setPeriodicBoxVectors(*state.getPeriodicBoxVectors())
        simulation.context.setPositions(state.getPositions())
        simulation.context.setVelocities(state.getVelocities())
        return simulation

    def density_g_cm3(self, state: openmm.State) -> float:
        """Mass density of the box."""
        volume_nm3 = state.getPeriodicBoxVolume().value_in_unit(unit.nanometer**3)
        return float(self._mass_amu * AMU_PER_NM3_IN_G_CM3 / volume_nm3)

    @cached_property
    def _system_by_axis(self) -> openmm.System:
        system = copy.deepcopy(self.system)
        system.addForce(manometer_by_axis())
        return system

    @cached_property
    def _mass_amu(self) -> float:
        masses = (self.system.getParticleMass(index) for index in range(self.system.getNumParticles()))
        return float(sum(mass.value_in_unit(unit.amu) for mass in masses))
