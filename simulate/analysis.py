"""From the trajectories of a replicate to its outcomes."""

from collections.abc import Mapping
from pathlib import Path

import MDAnalysis
import numpy as np
import openmm
from numpy.typing import NDArray
from openmm import unit

from ionlink.data import cations
from ionlink.data.formulation import Formulation
from ionlink.simulate.box import nonbonded_force
from ionlink.simulate.coordination import coordination
from ionlink.simulate.coulomb import coulomb_interaction
from ionlink.simulate.errors import SimulationFailed
from ionlink.simulate.groups import Groups
from ionlink.simulate.radial import FirstShell, cation_oxygen_rdf, first_shell

ANALYSED_OUTCOMES = (
    "cation_oxygen_distance",
    "coordination_number",
    "monodentate_fraction",
    "chelating_fraction",
    "bridging_fraction",
    "chains_per_cation",
    "fraction_chains_near_cation",
    "coulomb_per_charge",
    "crosslink_strength",
    "coulomb_spread",
    "coulomb_retention",
    "first_shell_resolved",
)
"""Names in the catalogue of outcomes, which has their definitions and units."""


def analyse(directory: Path, system: openmm.System, groups: Groups, formulation: Formulation) -> Mapping[str, float]:
    """Outcomes of a replicate from `rest.dcd` and `stretched.dcd`; writes `rdf.csv` beside them.

    Returns:
        Every outcome of `ANALYSED_OUTCOMES`, in catalogue units.

    Raises:
        SimulationFailed: no donor group came near a cation.

    """
    rest = _universe(directory / "rest.dcd", system)
    radial = cation_oxygen_rdf(rest, groups)
    radial.save(directory / "rdf.csv")
    try:
        shell = first_shell(radial)
    except ValueError as error:
        raise SimulationFailed(str(error)) from error
    charge = cations()[formulation.cation].charge
    charges_e = _charges_e(system)
    at_rest = _coulomb_outcomes(rest, charges_e, groups, charge)
    stretched = _coulomb_outcomes(_universe(directory / "stretched.dcd", system), charges_e, groups, charge)
    return {
        "cation_oxygen_distance": shell.peak_angstrom,
        "first_shell_resolved": float(shell.resolved),
        **_coordination_outcomes(rest, groups, shell),
        **at_rest,
        "coulomb_retention": stretched["coulomb_per_charge"] / at_rest["coulomb_per_charge"],
    }


def _universe(trajectory: Path, system: openmm.System) -> MDAnalysis.Universe:
    universe = MDAnalysis.Universe.empty(system.getNumParticles())
    universe.load_new(str(trajectory))
    return universe


def _coordination_outcomes(universe: MDAnalysis.Universe, groups: Groups, shell: FirstShell) -> dict[str, float]:
    frames = [
        coordination(frame.positions, frame.dimensions, groups, shell.end_angstrom) for frame in universe.trajectory
    ]
    modes = np.array([(frame.monodentate, frame.chelating, frame.bridging) for frame in frames]).sum(axis=0)
    monodentate, chelating, bridging = modes / modes.sum()
    return {
        "coordination_number": float(np.mean([frame.coordination_number for frame in frames])),
        "monodentate_fraction": float(monodentate),
        "chelating_fraction": float(chelating),
        "bridging_fraction": float(bridging),
        "chains_per_cation": float(np.mean([frame.chains_per_cation for frame in frames])),
    }


def _coulomb_outcomes(
    universe: MDAnalysis.Universe, charges_e: NDArray[np.float64], groups: Groups, charge: int
) -> dict[str, float]:
    frames = [
        coulomb_interaction(frame.positions, frame.dimensions[:3].astype(np.float64), charges_e, groups)
        for frame in universe.trajectory
    ]
    energy = np.mean([frame.energy_kj_mol for frame in frames], axis=0)
    per_chain = energy.sum(axis=0)
    return {
        "fraction_chains_near_cation": float(np.mean([frame.near.any(axis=0).mean() for frame in frames])),
        "coulomb_per_charge": float(energy.sum() / (len(groups.cations) * charge)),
        "crosslink_strength": float(-energy.sum() / len(groups.donor_oxygens)),
        "coulomb_spread": float(per_chain.std() / abs(per_chain.mean())),
    }


def _charges_e(system: openmm.System) -> NDArray[np.float64]:
    force = nonbonded_force(system)
    charges = (force.getParticleParameters(index)[0] for index in range(force.getNumParticles()))
    return np.array([charge.value_in_unit(unit.elementary_charge) for charge in charges])
