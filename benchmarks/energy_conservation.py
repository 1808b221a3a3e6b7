"""Drift of the total energy of a finished replicate without thermostat, at several time steps.

    python benchmarks/energy_conservation.py REPLICATE [--time-ps 8]

REPLICATE is the directory of a finished replicate (`system.xml` and the states of its steps). Its last state is carried
on by velocity Verlet at constant volume, with the forces of the protocol. Half a picosecond passes before energies are
counted: velocities of the thermostat's integrator stand half a step away from those of Verlet. Prints a Markdown table:
the slope of a straight line through the energies, per nanosecond and degree of freedom, and what scatters around it.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openmm
from openmm import unit

TIMESTEPS_FS = (1.0, 2.0, 4.0)
LEAD_PS = 0.5
SAMPLES = 80
GAS_CONSTANT_KJ_MOL_K = unit.MOLAR_GAS_CONSTANT_R.value_in_unit(unit.kilojoule_per_mole / unit.kelvin)


@dataclass(frozen=True)
class Drift:
    """How well the total energy is kept."""

    timestep_fs: float
    slope_kj_mol_ns_dof: float
    slope_error_kj_mol_ns_dof: float
    """As if samples were independent."""
    scatter_kj_mol: float
    """Standard deviation around the line, of the whole box."""

    @property
    def heating_k_ns(self) -> float:
        """The slope as a rate of heating, were all of it to become kinetic energy (½ R for each degree of freedom)."""
        return self.slope_kj_mol_ns_dof / (GAS_CONSTANT_KJ_MOL_K / 2.0)


def measure(replicate: Path, timestep_fs: float, time_ps: float) -> Drift:
    """Run and fit."""
    system = openmm.XmlSerializer.deserialize((replicate / "system.xml").read_text(encoding="utf-8"))
    last = max(replicate.glob("step-*.xml"))
    state = openmm.XmlSerializer.deserialize(last.read_text(encoding="utf-8"))
    integrator = openmm.VerletIntegrator(timestep_fs * unit.femtosecond)
    platform = openmm.Platform.getPlatform("CPU")
    # The mesh is laid by these, as in `Engine.simulation`.
    system.setDefaultPeriodicBoxVectors(*state.getPeriodicBoxVectors())
    context = openmm.Context(system, integrator, platform, {"Threads": "1", "DeterministicForces": "true"})
    context.setState(state)
    integrator.step(round(1000 * LEAD_PS / timestep_fs))
    between = max(1, round(1000 * time_ps / timestep_fs / SAMPLES))
    energies = []
    for _ in range(SAMPLES):
        integrator.step(between)
        found = context.getState(energy=True)
        energies.append((found.getKineticEnergy() + found.getPotentialEnergy()).value_in_unit(unit.kilojoule_per_mole))
    time_ns = np.arange(SAMPLES) * between * timestep_fs * 1e-6
    (slope, start), covariance = np.polyfit(time_ns, energies, 1, cov=True)
    freedom = 3 * system.getNumParticles() - system.getNumConstraints() - 3
    return Drift(
        timestep_fs,
        float(slope / freedom),
        float(np.sqrt(covariance[0, 0]) / freedom),
        float(np.std(np.array(energies) - slope * time_ns - start, ddof=2)),
    )


def main() -> None:
    """Measure at all time steps and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("replicate", type=Path)
    parser.add_argument("--time-ps", type=float, default=8.0)
    options = parser.parse_args()
    print("| time step, fs | drift, kJ/mol per ns and degree of freedom | as heating, K/ns | scatter, kJ/mol |")
    print("|---|---|---|---|")
    for timestep_fs in TIMESTEPS_FS:
        drift = measure(options.replicate, timestep_fs, options.time_ps)
        print(
            f"| {timestep_fs:g} | {drift.slope_kj_mol_ns_dof:+.2f} ± {drift.slope_error_kj_mol_ns_dof:.2f} "
            f"| {drift.heating_k_ns:+.0f} | {drift.scatter_kj_mol:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
