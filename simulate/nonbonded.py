"""The force of a system that holds charges and Lennard-Jones parameters."""

import openmm


def nonbonded_force(system: openmm.System) -> openmm.NonbondedForce:
    """The one force that holds the charges."""
    (force,) = (force for force in system.getForces() if isinstance(force, openmm.NonbondedForce))
    return force
