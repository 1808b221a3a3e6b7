"""Change the size of a box: by a factor, or until it feels a pressure; molecules move with it and keep their shape."""

from dataclasses import dataclass

import numpy as np
import openmm
from numpy.typing import NDArray
from openmm import app, unit

from ionlink.simulate.protocol import PressureCoupling


def manometer() -> openmm.MonteCarloBarostat:
    """What a system needs for its pressure to be measured; it never changes the volume itself."""
    return openmm.MonteCarloBarostat(1.0 * unit.bar, 300.0 * unit.kelvin, 0)


def scale_box(simulation: app.Simulation, factors: NDArray[np.float64]) -> None:
    """Multiply the edges of the box (x, y, z) and the centre of every molecule by `factors`."""
    state = simulation.context.getState(positions=True)
    positions = state.getPositions(asNumpy=True).value_in_unit(unit.nanometer)
    for molecule in simulation.context.getMolecules():
        atoms = np.array(molecule)
        positions[atoms] += (factors - 1.0) * positions[atoms].mean(axis=0)
    edges = state.getPeriodicBoxVectors(asNumpy=True).value_in_unit(unit.nanometer)
    simulation.context.setPeriodicBoxVectors(*(edges * factors))
    simulation.context.setPositions(positions)


def deform(
    simulation: app.Simulation, factors: NDArray[np.float64], increments: int, iterations: int, relax_steps: int
) -> None:
    """Scale the box by `factors` again and again, with a short minimisation and dynamics after each time."""
    for _ in range(increments):
        scale_box(simulation, factors)
        simulation.minimizeEnergy(maxIterations=iterations)
        simulation.step(relax_steps)


@dataclass(frozen=True)
class PressureCoupled:
    """A simulation whose box follows a pressure."""

    simulation: app.Simulation
    coupling: PressureCoupling
    pressure_bar: float

    def step(self, steps: int) -> None:
        """Dynamics with a correction of the volume after every interval, doi:10.1063/1.448118, equation 23."""
        timestep_ps = self.simulation.integrator.getStepSize().value_in_unit(unit.picosecond)
        rate_per_bar = (
            self.coupling.compressibility_per_bar
            * self.coupling.interval_steps
            * timestep_ps
            / self.coupling.time_constant_ps
        )
        for _ in range(steps // self.coupling.interval_steps):
            self.simulation.step(self.coupling.interval_steps)
            change = rate_per_bar / 3.0 * (pressure_bar(self.simulation) - self.pressure_bar)
            largest = self.coupling.largest_linear_change
            scale_box(self.simulation, np.full(3, 1.0 + np.clip(change, -largest, largest)))


def pressure_bar(simulation: app.Simulation) -> float:
    """Instantaneous pressure, in bar."""
    (gauge,) = (force for force in simulation.system.getForces() if isinstance(force, openmm.MonteCarloBarostat))
    return float(gauge.computeCurrentPressure(simulation.context).value_in_unit(unit.bar))
