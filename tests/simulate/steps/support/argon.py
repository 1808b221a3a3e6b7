"""Boxes of argon: small enough to run every kind of step in a moment."""

import numpy as np
import openmm
from openmm import app

from ionlink.simulate import load_protocol
from ionlink.simulate.deformation import manometer
from ionlink.simulate.engine import Engine
from ionlink.simulate.groups import Groups

ARGON_AMU = 39.948
EDGE_NM = 1.8


def argon_topology(atoms):
    topology = app.Topology()
    chain = topology.addChain()
    for _ in range(atoms):
        topology.addAtom("Ar", app.Element.getBySymbol("Ar"), topology.addResidue("Ar", chain))
    return topology


def argon_system(atoms, epsilon_kj_mol=0.996):
    """Lennard-Jones argon: σ = 0.3405 nm; the parameters only have to be reasonable."""
    system = openmm.System()
    force = openmm.NonbondedForce()
    force.setNonbondedMethod(openmm.NonbondedForce.CutoffPeriodic)
    force.setCutoffDistance(0.6)
    force.setUseSwitchingFunction(True)  # pressures are differences of energies: no jumps
    force.setSwitchingDistance(0.5)
    force.setUseDispersionCorrection(False)
    for _ in range(atoms):
        system.addParticle(ARGON_AMU)
        force.addParticle(0.0, 0.3405, epsilon_kj_mol)
    system.addForce(force)
    system.addForce(manometer())
    system.setDefaultPeriodicBoxVectors(*(np.eye(3) * EDGE_NM))
    return system


def state_of(engine, positions_nm, velocities_nm_ps, edges_nm=(EDGE_NM,) * 3):
    context = openmm.Context(engine.system, openmm.VerletIntegrator(0.001), openmm.Platform.getPlatform("Reference"))
    context.setPeriodicBoxVectors(*(np.eye(3) * edges_nm))
    context.setPositions(positions_nm)
    context.setVelocities(velocities_nm_ps)
    return context.getState(positions=True, velocities=True)


def argon_engine(directory, atoms=125, epsilon_kj_mol=0.996):
    physics = load_protocol("smoke").physics
    coupling = physics.pressure_coupling.model_copy(update={"interval_steps": 5, "compressibility_per_bar": 4e-4})
    groups = Groups(
        chain_of_atom=np.zeros(atoms - 1, dtype=np.int64),
        donor_oxygens=np.arange(atoms - 1).reshape(-1, 2),
        cations=np.array([atoms - 1]),
    )
    return Engine(
        argon_topology(atoms),
        argon_system(atoms, epsilon_kj_mol),
        physics.model_copy(update={"pressure_coupling": coupling}),
        threads=1,
        directory=directory,
        groups=groups,
    )
