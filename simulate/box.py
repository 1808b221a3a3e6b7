"""A simulation box: topology, coordinates and forces of chains, cations, counter-ions and water."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import openmm
from numpy.typing import NDArray
from openmm import app, unit

from ionlink.data import ligands
from ionlink.data.formulation import Formulation
from ionlink.data.ligand import Ligand
from ionlink.simulate.chain import Chain, build_chain
from ionlink.simulate.composition import Composition, compose
from ionlink.simulate.conformer_pool import pooled_chains
from ionlink.simulate.deformation import manometer
from ionlink.simulate.engine import AMU_PER_NM3_IN_G_CM3
from ionlink.simulate.errors import CannotSimulate
from ionlink.simulate.groups import Groups
from ionlink.simulate.induced_dipoles import inducing_ion, use_12_6_4
from ionlink.simulate.ions import element_and_charge, ion_template
from ionlink.simulate.nonbonded import nonbonded_force
from ionlink.simulate.packing import pack
from ionlink.simulate.parametrise import force_field_file, refuse_without_force_field
from ionlink.simulate.protocol import Physics, Protocol, swollen_waters_per_donor_group
from ionlink.simulate.repeat_unit import refuse_other_donors_than_oxygen, repeat_unit_counts
from ionlink.simulate.solvents import (
    add_solvent,
    atoms_per_molecule,
    solvent_atoms,
    solvent_file,
    solvent_of,
    solvent_oxygens,
    solvent_positions_nm,
)
from ionlink.simulate.water import ATOMS_PER_WATER, add_waters, water_atoms, water_model, water_positions_nm

CONDITIONS_NOT_BUILT = {
    "second_cation": "a second cation",
    "ph": "a pH",
    "temperature_k": "a temperature of its own",
}


@dataclass(frozen=True)
class Box:
    """Everything that dynamics and analysis need."""

    composition: Composition
    topology: app.Topology
    system: openmm.System
    positions_nm: NDArray[np.float64]
    edge_nm: float
    groups: Groups


def refusal(formulation: Formulation, protocol: Protocol) -> str | None:
    """Why the formulation cannot be simulated, or `None` where it can."""
    try:
        plan(formulation, protocol)
    except CannotSimulate as error:
        return str(error)
    return None


def plan(formulation: Formulation, protocol: Protocol) -> Composition:
    """What the box will hold; cheap, nothing is built.

    Raises:
        CannotSimulate: an ion has no parameters, the ligand none and no means to make them, or the box is too large.

    """
    refuse_conditions(formulation)
    if formulation.ligand not in ligands():
        raise CannotSimulate(f"{formulation.ligand} is no polymer of the knowledge base; only these are built")
    ligand = ligands()[formulation.ligand]
    refuse_other_donors_than_oxygen(ligand)
    for ion in (formulation.cation, protocol.physics.counter_cation, protocol.physics.counter_anion):
        ion_template(ion, protocol.physics.ion_force_field)
        if protocol.physics.ion_model == "12-6-4":
            inducing_ion(ion, water_model(protocol.physics.ion_force_field))
    refuse_without_force_field(ligand)
    for one in protocol.box.cosolvents:
        solvent_of(one.name)
    unit_counts = repeat_unit_counts(ligand)
    composition = compose(formulation, unit_counts.donor_groups, protocol.box)
    swollen = swollen_waters_per_donor_group(protocol)
    if composition.waters or swollen:
        water_model(protocol.physics.ion_force_field)
    if swollen and protocol.physics.ion_model == "12-6-4":
        raise CannotSimulate(f"`{protocol.name}` lets water into the box, which is done for 12-6 ions alone; use those")
    atoms = swollen_atom_count(formulation, composition, protocol)
    if atoms > protocol.box.max_atoms:
        raise CannotSimulate(
            f"{formulation} needs a box of about {atoms} atoms and `{protocol.name}` allows {protocol.box.max_atoms}; "
            f"{_way_to_fewer_atoms(formulation, composition, protocol)}"
        )
    return composition


def _way_to_fewer_atoms(formulation: Formulation, composition: Composition, protocol: Protocol) -> str:
    """What makes a box smaller that is too large: chains grow in number with the ratio, ions with one over it."""
    rules, per_chain = protocol.box, composition.donor_groups // composition.chains
    smallest = formulation.model_copy(update={"ratio": rules.min_chains * per_chain / rules.min_cations})
    fewest = compose(smallest, per_chain // composition.repeat_units, rules)
    if swollen_atom_count(smallest, fewest, protocol) > rules.max_atoms:
        return "use a protocol that allows more (max_atoms), or a polymer with a smaller repeat unit"
    return "use a smaller ratio" if composition.chains > rules.min_chains else "use a larger ratio"


def refuse_conditions(formulation: Formulation) -> None:
    """Refuse what a box does not know of.

    Raises:
        CannotSimulate: the formulation has a second cation, a pH or a temperature of its own.

    """
    known = [what for name, what in CONDITIONS_NOT_BUILT.items() if getattr(formulation, name) is not None]
    if known:
        raise CannotSimulate(
            f"{formulation} has {' and '.join(known)}; a box holds one cation on deprotonated donor groups, "
            "at the temperature of its protocol; leave it out"
        )


def atom_count(formulation: Formulation, composition: Composition, physics: Physics) -> int:
    """Atoms of the box that `build_box` makes."""
    per_chain = composition.repeat_units * repeat_unit_counts(ligands()[formulation.ligand]).atoms + 2
    ions = composition.cations + len(_counter_ions(formulation, composition, physics))
    others = sum(count * atoms_per_molecule(name) for name, count in composition.cosolvents)
    return composition.chains * per_chain + ions + others + ATOMS_PER_WATER * composition.waters


def swollen_atom_count(formulation: Formulation, composition: Composition, protocol: Protocol) -> int:
    """Atoms of the box after the steps that let water in."""
    waters = swollen_waters_per_donor_group(protocol) * composition.donor_groups
    return atom_count(formulation, composition, protocol.physics) + ATOMS_PER_WATER * waters


def build_box(formulation: Formulation, protocol: Protocol, seed: int) -> Box:
    """Chains with different conformations, cations, counter-ions that make the box neutral, other solvents, water.

    Raises:
        CannotSimulate: see `plan`.

    """
    composition = plan(formulation, protocol)
    rng = np.random.default_rng(seed)
    ligand = ligands()[formulation.ligand]
    conformers = _conformers(ligand, composition, protocol, rng)
    chains = [conformers[index % len(conformers)] for index in range(composition.chains)]
    others = [(solvent_of(name), count) for name, count in composition.cosolvents]
    files = [force_field_file(ligand), *(solvent_file(solvent.name) for solvent, _ in others)]
    force_field = app.ForceField(protocol.physics.ion_force_field, *map(str, files))
    cations = [formulation.cation] * composition.cations
    counter_ions = _counter_ions(formulation, composition, protocol.physics)
    ions = [*cations, *counter_ions]
    topology, templates = _topology(chains, ions, protocol.physics.ion_force_field)
    for solvent, count in others:
        add_solvent(topology, solvent, count)
    add_waters(topology, composition.waters)
    system = _system(force_field, topology, templates, protocol.physics)
    if protocol.physics.ion_model == "12-6-4":
        use_12_6_4(system, topology, protocol.physics.ion_force_field, *files)
    molecules = [positions for solvent, count in others for positions in [solvent_positions_nm(solvent)] * count]
    waters = [water_positions_nm()] * composition.waters
    positions, edge_nm = pack(
        [*(chain.positions_nm for chain in chains), *([np.zeros((1, 3))] * len(ions)), *molecules, *waters],
        _start_edge_nm(topology, protocol.physics.start_density_g_cm3),
        rng,
    )
    return Box(composition, topology, system, positions, edge_nm, _groups(chains, len(cations), topology))


def _conformers(ligand: Ligand, composition: Composition, protocol: Protocol, rng: np.random.Generator) -> list[Chain]:
    count = min(protocol.box.conformers, composition.chains)
    if pool := protocol.box.conformer_pool:
        members = rng.choice(pool, min(count, pool), replace=False)
        return pooled_chains(ligand, composition.repeat_units, pool, (int(member) for member in members))
    seeds = rng.integers(0, 2**31 - 1, count)
    return [build_chain(ligand, composition.repeat_units, int(seed)) for seed in seeds]


def _counter_ions(formulation: Formulation, composition: Composition, physics: Physics) -> list[str]:
    """As many counter-ions as make the box neutral."""
    unit_counts = repeat_unit_counts(ligands()[formulation.ligand])
    chain_charge = composition.chains * composition.repeat_units * unit_counts.charge
    excess = chain_charge + composition.cations * element_and_charge(formulation.cation)[1]
    ion = physics.counter_anion if excess > 0 else physics.counter_cation
    count, remainder = divmod(-excess, element_and_charge(ion)[1])
    if remainder:
        raise CannotSimulate(f"{ion} ions cannot neutralise a charge of {excess:+d} e; use a monovalent counter-ion")
    return [ion] * count


def _topology(
    chains: Sequence[Chain], ions: Sequence[str], ion_force_field: str
) -> tuple[app.Topology, dict[app.topology.Residue, str]]:
    """The topology of the whole box and the residue template that each ion must use."""
    modeller = app.Modeller(app.Topology(), [] * unit.nanometer)
    for chain in chains:
        modeller.add(chain.topology, chain.positions_nm * unit.nanometer)
    topology = modeller.topology
    ion_chain = topology.addChain()
    templates: dict[app.topology.Residue, str] = {}
    for ion in ions:
        residue = topology.addResidue(ion_template(ion, ion_force_field), ion_chain)
        topology.addAtom(ion, app.Element.getBySymbol(element_and_charge(ion)[0]), residue)
        templates[residue] = residue.name
    return topology, templates


def _system(
    force_field: app.ForceField,
    topology: app.Topology,
    templates: dict[app.topology.Residue, str],
    physics: Physics,
) -> openmm.System:
    # The start box is far larger than the cutoff needs; the box vectors are set again with the coordinates.
    topology.setUnitCellDimensions(openmm.Vec3(1, 1, 1) * 10 * physics.cutoff_nm * unit.nanometer)
    system = force_field.createSystem(
        topology,
        nonbondedMethod=app.PME,
        nonbondedCutoff=physics.cutoff_nm * unit.nanometer,
        ewaldErrorTolerance=physics.ewald_tolerance,
        constraints=app.HBonds,
        hydrogenMass=physics.hydrogen_mass_amu * unit.amu,
        residueTemplates=templates,
    )
    _scale_charges(system, physics.charge_scaling, solvent_atoms(topology) | frozenset(water_atoms(topology)))
    system.addForce(manometer())
    return system


def _scale_charges(system: openmm.System, factor: float, kept: frozenset[int]) -> None:
    """Multiply all charges but those of the atoms in `kept`; these have exceptions only among themselves."""
    force = nonbonded_force(system)
    for index in set(range(force.getNumParticles())) - kept:
        charge, sigma, epsilon = force.getParticleParameters(index)
        force.setParticleParameters(index, factor * charge, sigma, epsilon)
    for index in range(force.getNumExceptions()):
        first, second, product, sigma, epsilon = force.getExceptionParameters(index)
        if first in kept:
            continue
        force.setExceptionParameters(index, first, second, factor**2 * product, sigma, epsilon)


def _start_edge_nm(topology: app.Topology, density_g_cm3: float) -> float:
    mass_amu = sum(atom.element.mass.value_in_unit(unit.amu) for atom in topology.atoms())
    return float((mass_amu * AMU_PER_NM3_IN_G_CM3 / density_g_cm3) ** (1 / 3))


def _groups(chains: Sequence[Chain], cations: int, topology: app.Topology) -> Groups:
    sizes = [len(chain.positions_nm) for chain in chains]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    donor_oxygens = [
        start + np.array(group)
        for start, chain in zip(starts[:-1], chains, strict=True)
        for group in chain.donor_oxygens
    ]
    return Groups(
        chain_of_atom=np.repeat(np.arange(len(chains)), sizes),
        donor_oxygens=np.array(donor_oxygens, dtype=np.int64),
        cations=np.arange(starts[-1], starts[-1] + cations),
        cosolvent_oxygens=solvent_oxygens(topology),
        water_oxygens=np.array(list(water_atoms(topology))[::ATOMS_PER_WATER], dtype=np.int64),
    )
