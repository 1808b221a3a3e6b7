"""A system with the means to run it."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import openmm
from openmm import app, unit

from ionlink.simulate.protocol import Physics

AMU_PER_NM3_IN_G_CM3 = 1.66053906660e-3
"""1 u/nm³ in g/cm³ (CODATA 2018 atomic mass constant)."""


@dataclass(frozen=True)
class Engine:
    """A system with the means to run it; contexts live only as long as a step."""

    topology: app.Topology
    system: openmm.System
    physics: Physics
    threads: int
    directory: Path
    """Where trajectories are written."""

    def simulation(self, state: openmm.State, timestep_fs: float, temperature_k: float, seed: int) -> app.Simulation:
        """A simulation at `state` and constant volume whose every random number follows from `seed`."""
        integrator = openmm.LangevinMiddleIntegrator(
            temperature_k * unit.kelvin, self.physics.friction_per_ps / unit.picosecond, timestep_fs * unit.femtosecond
        )
        integrator.setRandomNumberSeed(seed)
        # Deterministic forces on a fixed number of threads: the same seed gives the same trajectory.
        properties = {"Threads": str(self.threads), "DeterministicForces": "true"}
        platform = openmm.Platform.getPlatform("CPU")
        simulation = app.Simulation(self.topology, self.system, integrator, platform, properties)
        simulation.context.setPeriodicBoxVectors(*state.getPeriodicBoxVectors())
        simulation.context.setPositions(state.getPositions())
        simulation.context.setVelocities(state.getVelocities())
        return simulation

    def density_g_cm3(self, state: openmm.State) -> float:
        """Mass density of the box."""
        volume_nm3 = state.getPeriodicBoxVolume().value_in_unit(unit.nanometer**3)
        return float(self._mass_amu * AMU_PER_NM3_IN_G_CM3 / volume_nm3)

    @cached_property
    def _mass_amu(self) -> float:
        masses = (self.system.getParticleMass(index) for index in range(self.system.getNumParticles()))
        return float(sum(mass.value_in_unit(unit.amu) for mass in masses))
