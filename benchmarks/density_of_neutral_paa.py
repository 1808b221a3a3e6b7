"""Density of neutral, dry poly(acrylic acid), by the same route and the same steps as the boxes of the `screen` level.

    python benchmarks/density_of_neutral_paa.py OUT [--seeds 2] [--charge-scaling 1.0]

Ten atactic chains of eight units, no ions. Handbooks have densities of the neutral polymer and none was found of its
dry salts, so this is what force field, packing and compression can be held against. Needs AmberTools, because the force
field of the acid is not shipped. One line of JSON for each seed; what is finished is not repeated. About two minutes of
one core each.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import openmm
from openmm import app, unit

from ionlink.data.ligand import Ligand
from ionlink.data.whole_file import write_whole
from ionlink.simulate.chain import embedded_positions_nm, topology_of
from ionlink.simulate.deformation import manometer
from ionlink.simulate.engine import AMU_PER_NM3_IN_G_CM3, Engine
from ionlink.simulate.nonbonded import nonbonded_force
from ionlink.simulate.oligomer import oligomer, with_random_stereo
from ionlink.simulate.packing import pack
from ionlink.simulate.parametrise import force_field_file
from ionlink.simulate.protocol import Physics, load_protocol
from ionlink.simulate.step_kinds import Compress, Equilibrate
from ionlink.simulate.steps import run_step

ACID = Ligand(
    name="PAA-acid",
    full_name="poly(acrylic acid), protonated",
    repeat_unit_smiles="[*:1]CC([*:2])C(=O)O",
    donor_group="carboxylate",
    source="definition",
)
CHAINS = 10
REPEAT_UNITS = 8


def modeller(seed: int) -> tuple[app.Modeller, list[np.ndarray]]:
    """Chains of different tacticity and conformation: a topology, and the positions of each in nm."""
    made = app.Modeller(app.Topology(), [] * unit.nanometer)
    chains = []
    for one in np.random.default_rng(seed).integers(0, 2**31 - 1, CHAINS):
        molecule = with_random_stereo(oligomer(ACID.repeat_unit_smiles, REPEAT_UNITS), int(one))
        chains.append(embedded_positions_nm(molecule, int(one)))
        made.add(topology_of(molecule, ACID.name), chains[-1] * unit.nanometer)
    return made, chains


def system_of(topology: app.Topology, physics: Physics, charge_scaling: float) -> openmm.System:
    """Forces with the settings of the protocol, its scaling of charges apart."""
    topology.setUnitCellDimensions(openmm.Vec3(1, 1, 1) * 10 * physics.cutoff_nm * unit.nanometer)
    system = app.ForceField(str(force_field_file(ACID))).createSystem(
        topology,
        nonbondedMethod=app.PME,
        nonbondedCutoff=physics.cutoff_nm * unit.nanometer,
        ewaldErrorTolerance=physics.ewald_tolerance,
        constraints=app.HBonds,
        hydrogenMass=physics.hydrogen_mass_amu * unit.amu,
    )
    force = nonbonded_force(system)
    for index in range(force.getNumParticles()):
        charge, sigma, epsilon = force.getParticleParameters(index)
        force.setParticleParameters(index, charge_scaling * charge, sigma, epsilon)
    for index in range(force.getNumExceptions()):
        first, second, product, sigma, epsilon = force.getExceptionParameters(index)
        force.setExceptionParameters(index, first, second, charge_scaling**2 * product, sigma, epsilon)
    system.addForce(manometer())
    return system


def start_state(system: openmm.System, topology: app.Topology, chains: list[np.ndarray], seed: int) -> openmm.State:
    """Chains packed at random at the protocol's start density."""
    mass = sum(atom.element.mass.value_in_unit(unit.amu) for atom in topology.atoms())
    density = load_protocol("screen").physics.start_density_g_cm3
    edge = float((mass * AMU_PER_NM3_IN_G_CM3 / density) ** (1 / 3))
    positions, edge = pack(chains, edge, np.random.default_rng(seed))
    context = openmm.Context(system, openmm.VerletIntegrator(0.001), openmm.Platform.getPlatform("Reference"))
    context.setPeriodicBoxVectors(*(np.eye(3) * edge))
    context.setPositions(positions)
    return context.getState(positions=True, velocities=True)


def density_g_cm3(seed: int, charge_scaling: float, directory: Path) -> float:
    """Density at 300 K and 1 bar, after the steps of the `screen` protocol up to its equilibration.

    There is no cation whose first shell could be watched, so the box follows the pressure until its density settles.
    """
    protocol = load_protocol("screen")
    made, chains = modeller(seed)
    system = system_of(made.topology, protocol.physics, charge_scaling)
    engine = Engine(made.topology, system, protocol.physics, 1, directory)
    state = start_state(system, made.topology, chains, seed)
    until = next(index for index, step in enumerate(protocol.steps) if isinstance(step, Equilibrate))
    for index, step in enumerate((*protocol.steps[:until], settling(protocol.steps[until]))):
        result = run_step(step, engine, state, seed + index + 1)
        state = result.state
    return float(np.mean(result.record["series"]["density"][-3:]))


def settling(equilibration: Equilibrate) -> Compress:
    """Stages as long as those of an equilibration, by density alone."""
    return Compress(
        kind="compress",
        chunk_steps=equilibration.stage_steps,
        max_chunks=10,
        density_tolerance=equilibration.density_tolerance,
        timestep_fs=equilibration.timestep_fs,
        temperature_k=equilibration.temperature_k,
        pressure_bar=equilibration.pressure_bar,
    )


def main() -> None:
    """Simulate what is missing, print all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--charge-scaling", type=float, default=1.0)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for seed in range(options.seeds):
        path = options.out / f"scaling-{options.charge_scaling:.4f}-seed-{seed}.json"
        if not path.exists():
            start = time.process_time()
            density = density_g_cm3(seed, options.charge_scaling, options.out)
            record = {"seed": seed, "charge_scaling": options.charge_scaling, "density_g_cm3": density}
            write_whole(path, json.dumps({**record, "cpu_s": round(time.process_time() - start)}))
        print(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
