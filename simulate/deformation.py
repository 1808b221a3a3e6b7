"""Change the size of a box: by factors, or until it feels a pressure; molecules move with it and keep their shape."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import openmm
from numpy.typing import NDArray
from openmm import app, unit

from ionlink.data.errors import InputError
from ionlink.simulate.protocol import PressureCoupling


def manometer() -> openmm.MonteCarloBarostat:
    """What a system needs for its pressure to be measured; it never changes the volume itself."""
    return openmm.MonteCarloBarostat(1.0 * unit.bar, 300.0 * unit.kelvin, 0)


def manometer_by_axis() -> openmm.MonteCarloAnisotropicBarostat:
    """What a system needs for the pressure along x, y and z to be measured; it never changes the volume itself."""
    pressure = openmm.Vec3(1.0, 1.0, 1.0) * unit.bar
    return openmm.MonteCarloAnisotropicBarostat(pressure, 300.0 * unit.kelvin, True, True, True, 0)


Centres = Callable[[app.Simulation, NDArray[np.float64]], NDArray[np.float64]]
"""From the positions of all atoms, `n_atoms x 3` in nm, the centre that each of them moves with."""


def molecule_centres(simulation: app.Simulation, positions_nm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Centre of the molecule of each atom, `n_atoms x 3`, in nm."""
    centres = np.empty_like(positions_nm)
    for molecule in simulation.context.getMolecules():
        atoms = np.array(molecule)
        centres[atoms] = positions_nm[atoms].mean(axis=0)
    return centres


def scale_box(simulation: app.Simulation, factors: NDArray[np.float64], centres_of: Centres = molecule_centres) -> None:
    """Multiply the edges of the box (x, y, z) and the centre of every molecule, or other body, by `factors`."""
    state = simulation.context.getState(positions=True)
    positions = state.getPositions(asNumpy=True).value_in_unit(unit.nanometer)
    positions = positions + (factors - 1.0) * centres_of(simulation, positions)
    edges = state.getPeriodicBoxVectors(asNumpy=True).value_in_unit(unit.nanometer)
    simulation.context.setPeriodicBoxVectors(*(edges * factors))
    simulation.context.setPositions(positions)


def edges_nm(simulation: app.Simulation) -> NDArray[np.float64]:
    """Edges of the rectangular box along x, y and z, in nm."""
    vectors = simulation.context.getState().getPeriodicBoxVectors(asNumpy=True).value_in_unit(unit.nanometer)
    edges: NDArray[np.float64] = np.diag(vectors).astype(np.float64)
    return edges


def deform(
    simulation: app.Simulation,
    factors: NDArray[np.float64],
    increments: int,
    iterations: int,
    relax: Callable[[], None],
    centres_of: Centres = molecule_centres,
) -> None:
    """Scale the box by `factors` again and again, with a short minimisation (or none) and `relax` after each time."""
    for _ in range(increments):
        scale_box(simulation, factors, centres_of)
        if iterations:  # OpenMM takes 0 as "until it has converged"
            simulation.minimizeEnergy(maxIterations=iterations)
        relax()


@dataclass(frozen=True)
class PressureCoupled:
    """A simulation whose box follows a pressure."""

    simulation: app.Simulation
    coupling: PressureCoupling
    pressure_bar: float | tuple[float | None, float | None, float | None]
    """One number changes all edges alike; three, for x, y and z, each edge for itself, `None` leaving it as it is."""

    def step(self, steps: int) -> None:
        """Dynamics with a correction of the box after every interval, doi:10.1063/1.448118, equation 23.

        Raises:
            InputError: fewer steps than an interval has, in which the box would never follow.

        """
        if steps < self.coupling.interval_steps:
            raise InputError(
                f"steps: the box follows its pressure every {self.coupling.interval_steps} steps "
                f"(interval_steps), and {steps} are asked for at a time; ask for more"
            )
        for _ in range(steps // self.coupling.interval_steps):
            self.simulation.step(self.coupling.interval_steps)
            scale_box(self.simulation, self._correction())

    def _correction(self) -> NDArray[np.float64]:
        timestep_ps = self.simulation.integrator.getStepSize().value_in_unit(unit.picosecond)
        rate_per_bar = (
            self.coupling.compressibility_per_bar
            * self.coupling.interval_steps
            * timestep_ps
            / self.coupling.time_constant_ps
        )
        largest = self.coupling.largest_linear_change
        change = rate_per_bar / 3.0 * self._excess_bar()
        factors: NDArray[np.float64] = 1.0 + np.clip(change, -largest, largest)
        return factors

    def _excess_bar(self) -> NDArray[np.float64]:
        """Pressure above the wanted one along x, y and z."""
        if isinstance(self.pressure_bar, tuple):
            wanted: Sequence[float | None] = self.pressure_bar
            found = pressure_by_axis_bar(self.simulation)
            return np.array([0.0 if w is None else f - w for f, w in zip(found, wanted, strict=True)])
        return np.full(3, pressure_bar(self.simulation) - self.pressure_bar)


def pressure_bar(simulation: app.Simulation) -> float:
    """Instantaneous pressure, in bar."""
    (gauge,) = (force for force in simulation.system.getForces() if isinstance(force, openmm.MonteCarloBarostat))
    return float(gauge.computeCurrentPressure(simulation.context).value_in_unit(unit.bar))


def pressure_by_axis_bar(simulation: app.Simulation) -> NDArray[np.float64]:
    """Instantaneous pressure along x, y and z, in bar: the diagonal of the molecular pressure tensor.

    Molecules count as rigid bodies at their centres. The mean is that of the atomic pressure tensor, also for chains
    longer than the box: den Otter, Kröhn and Clarke, Physical Review E (2002), article 016704.
    """
    kind = openmm.MonteCarloAnisotropicBarostat
    (gauge,) = (force for force in simulation.system.getForces() if isinstance(force, kind))
    return np.array(gauge.computeCurrentPressure(simulation.context).value_in_unit(unit.bar), dtype=np.float64)
