"""From the trajectories of a replicate to its outcomes."""

from collections.abc import Mapping
from pathlib import Path

import MDAnalysis
import openmm

from ionlink.data import cations
from ionlink.data.formulation import Formulation
from ionlink.simulate.analysis.contacts import Contacts, first_shell_contacts
from ionlink.simulate.analysis.coordination import coordination_outcomes
from ionlink.simulate.analysis.coulomb import charges_of, coulomb_outcomes
from ionlink.simulate.analysis.exchange import exchange_outcomes
from ionlink.simulate.analysis.network import network_outcomes
from ionlink.simulate.analysis.oxygen_pairs import oxygen_pair_outcomes, oxygen_pairs, split_rdf
from ionlink.simulate.analysis.radial import (
    FirstShell,
    Radial,
    cation_oxygen_rdf,
    first_shell,
    reach_outcomes,
)
from ionlink.simulate.analysis.solvation import solvation_outcomes
from ionlink.simulate.groups import Groups
from ionlink.simulate.trajectory import load_trajectory, trajectory_file

ANALYSED_OUTCOMES = (
    "cation_oxygen_distance",
    "first_shell_resolved",
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
    "nearer_oxygen_distance",
    "farther_oxygen_distance",
    "oxygen_distance_asymmetry",
    "oxygens_within_8_angstrom",
    "oxygens_beyond_8_angstrom",
    "cation_monodentate_share",
    "cation_chelating_share",
    "cation_bridging_share",
    "free_cation_fraction",
    "crosslinking_cation_fraction",
    "chain_bridging_fraction",
    "interchain_crosslinks_per_cation",
    "intrachain_ties_per_cation",
    "crosslinks_per_chain",
    "largest_connected_fraction",
    "loops_per_chain",
    "bond_survival",
    "exchange_events_per_cation_ns",
    "residence_time",
    "residence_time_at_least",
    "coulomb_stretched_mean",
    "coordination_retention",
    "crosslink_retention",
    "connection_retention",
)
"""What can come out of any box, by name in the catalogue of outcomes, which has definitions and units.

An outcome that is not defined for a replicate (what is left of cross-links where there were none) is left out of it.
"""

WATER_OUTCOMES = ("water_coordination_number",)
"""What comes on top where the box has water."""

COSOLVENT_OUTCOMES = ("cosolvent_coordination_number",)
"""What comes on top where the box has other solvents."""

_RETAINED = {
    "coordination_number": "coordination_retention",
    "interchain_crosslinks_per_cation": "crosslink_retention",
    "largest_connected_fraction": "connection_retention",
    "coulomb_per_charge": "coulomb_retention",
}


def analyse(directory: Path, system: openmm.System, groups: Groups, formulation: Formulation) -> Mapping[str, float]:
    """Outcomes of a replicate from `rest.dcd` and `stretched.dcd`; writes `rdf.csv` beside them.

    Returns:
        What is defined of `ANALYSED_OUTCOMES`, `WATER_OUTCOMES` and `COSOLVENT_OUTCOMES`, in that order and in
        catalogue units. Where no donor group comes near a cation all cations are free, and what is said of a first
        shell is left out: such a box is a result, without which means would lean towards binding.

    """
    rest, stretched = (_universe(trajectory_file(directory, name), system) for name in ("rest", "stretched"))
    radial = cation_oxygen_rdf(rest, groups)
    shell = first_shell(radial)
    reach_angstrom = 0.0 if shell is None else shell.end_angstrom
    charge, charges_e = cations()[formulation.cation].charge, charges_of(system)
    contacts = first_shell_contacts(rest, groups, reach_angstrom)
    # The first shell is that of the network at rest, so that an oxygen pulled out of it counts as lost.
    contacts_stretched = first_shell_contacts(stretched, groups, reach_angstrom)
    at_rest = {**_bond_outcomes(contacts), **coulomb_outcomes(rest, charges_e, groups, charge)}
    under_strain = {**_bond_outcomes(contacts_stretched), **coulomb_outcomes(stretched, charges_e, groups, charge)}
    found = {
        **_distance_outcomes(rest, groups, radial, reach_angstrom, directory / "rdf.csv"),
        **(_shell_outcomes(rest, groups, shell) if shell is not None else {}),
        **at_rest,
        **exchange_outcomes(contacts),
        "coulomb_stretched_mean": under_strain["crosslink_strength"],
        **retention(at_rest, under_strain),
    }
    names = (*ANALYSED_OUTCOMES, *WATER_OUTCOMES, *COSOLVENT_OUTCOMES)
    return {name: found[name] for name in names if name in found}


def retention(at_rest: Mapping[str, float], under_strain: Mapping[str, float]) -> Mapping[str, float]:
    """What is left of each quantity under strain, as a share of that at rest; left out where there was none at rest."""
    return {
        outcome: under_strain[quantity] / at_rest[quantity]
        for quantity, outcome in _RETAINED.items()
        if at_rest[quantity]
    }


def _distance_outcomes(
    rest: MDAnalysis.Universe, groups: Groups, radial: Radial, reach_angstrom: float, table: Path
) -> Mapping[str, float]:
    """Outcomes from distances; g(r) and its parts are written to `table`."""
    pairs = oxygen_pairs(rest, groups, reach_angstrom)
    radial.save(table, split_rdf(radial, pairs, rest, groups))
    return {**reach_outcomes(radial), **oxygen_pair_outcomes(pairs, groups)}


def _shell_outcomes(rest: MDAnalysis.Universe, groups: Groups, shell: FirstShell) -> Mapping[str, float]:
    return {
        "cation_oxygen_distance": shell.peak_angstrom,
        "first_shell_resolved": float(shell.resolved),
        **solvation_outcomes(rest, groups, shell.end_angstrom),
    }


def _bond_outcomes(contacts: Contacts) -> Mapping[str, float]:
    return {**coordination_outcomes(contacts), **network_outcomes(contacts)}


def _universe(trajectory: Path, system: openmm.System) -> MDAnalysis.Universe:
    universe = MDAnalysis.Universe.empty(system.getNumParticles())
    load_trajectory(universe, trajectory)
    return universe
