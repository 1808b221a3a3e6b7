"""Chains: a ligand's oligomer with coordinates, ready for OpenMM.

    chain = build_chain(ligand, repeat_units=8, seed=1)
    force_field = openmm.app.ForceField("amber14/spce.xml", str(force_field_file(ligand)))
    system = force_field.createSystem(chain.topology, constraints=HBonds, hydrogenMass=3 * amu)

The topology has one residue per repeat unit, so that the force-field file of a ligand serves every chain length;
chains are put together into a box with `openmm.app.Modeller.add`. `donor_oxygens` counts atoms within the chain.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ionlink.data import donor_sites
from ionlink.data.donor_group import donor_group
from ionlink.data.ligand import Ligand
from ionlink.data.repeat_unit import unit_of
from ionlink.simulate.errors import CannotSimulate
from ionlink.simulate.oligomer import oligomer, with_random_stereo

if TYPE_CHECKING:
    from openmm.app import Topology
    from rdkit.Chem import Mol
    from rdkit.Chem.rdDistGeom import EmbedParameters

_EMBEDDING_ATTEMPTS = 8
_ANGSTROM_PER_NM = 10.0


@dataclass(frozen=True)
class Chain:
    """An H-capped oligomer of a ligand with coordinates."""

    ligand: str
    """Name of the ligand."""

    repeat_units: int

    topology: "Topology"
    """One chain, one residue per repeat unit from head to tail, no periodic box."""

    positions_nm: NDArray[np.float64]
    """An `n_atoms x 3` array in nanometres, centred on the origin."""

    donor_oxygens: tuple[tuple[int, ...], ...]
    """For each donor group its donor atoms (both oxygens of a carboxylate), as atom indices of `topology`."""


Coordinates = Callable[["Mol", int], NDArray[np.float64]]
"""From a molecule and a seed its coordinates, an `n_atoms x 3` array in nm centred on the origin."""


def build_chain(ligand: Ligand, repeat_units: int, seed: int, coordinates: "Coordinates | None" = None) -> Chain:
    """Build one chain; equal arguments give equal chains.

    Stereocentres that the repeat unit leaves open are set at random by `seed` (atactic), the specified ones are kept.
    Coordinates by ETKDG (doi:10.1021/acs.jcim.0c00025), where `coordinates` gives no others.

    Raises:
        InputError: a repeat unit or a donor group that cannot be used, or fewer than one unit.
        CannotSimulate: no coordinates were found.
    """
    molecule = with_random_stereo(oligomer(ligand.repeat_unit_smiles, repeat_units), seed)
    return Chain(
        ligand=ligand.name,
        repeat_units=repeat_units,
        topology=topology_of(molecule, ligand.name),
        positions_nm=(coordinates or embedded_positions_nm)(molecule, seed),
        donor_oxygens=donor_atoms(molecule, ligand),
    )


def embedded_positions_nm(molecule: "Mol", seed: int) -> NDArray[np.float64]:
    """Coordinates of a molecule, an `n_atoms x 3` array centred on the origin.

    Raises:
        CannotSimulate: ETKDG failed with every seed.
    """
    from rdkit.Chem import rdDistGeom

    for attempt in np.random.SeedSequence(seed).generate_state(_EMBEDDING_ATTEMPTS):
        parameters = etkdg(int(attempt >> 1))  # RDKit takes a signed 32-bit integer
        if rdDistGeom.EmbedMolecule(molecule, parameters) == 0:
            positions = molecule.GetConformer().GetPositions() / _ANGSTROM_PER_NM
            return np.asarray(positions - positions.mean(axis=0))
    names = rdDistGeom.EmbedFailureCauses.names
    counts = dict(zip(names, parameters.GetFailureCounts(), strict=False))
    worst = max(counts, key=lambda name: counts[name])
    raise CannotSimulate(
        f"no coordinates found for a chain of {molecule.GetNumAtoms()} atoms in {_EMBEDDING_ATTEMPTS} attempts "
        f"(most frequent reason: {worst}); use a shorter chain or check the stereochemistry of the repeat unit"
    )


def etkdg(seed: int) -> "EmbedParameters":
    """ETKDG's settings for chains."""
    from rdkit.Chem import rdDistGeom

    parameters = rdDistGeom.ETKDGv3()
    settings = {
        "randomSeed": seed,
        "useRandomCoords": True,  # the eigenvalue start fails for long and stiff chains
        "trackFailures": True,
    }
    for name, value in settings.items():
        setattr(parameters, name, value)  # RDKit's stubs declare each of them with a wrong type
    return parameters


def topology_of(molecule: "Mol", residue_name: str) -> "Topology":
    """OpenMM topology of an oligomer: one residue for each repeat unit, atom names unique within a residue."""
    from openmm.app import Element, Topology

    topology = Topology()
    chain = topology.addChain()
    last_unit = unit_of(molecule.GetAtomWithIdx(molecule.GetNumAtoms() - 1))
    residues = [topology.addResidue(residue_name, chain) for _ in range(last_unit + 1)]
    atoms = [
        topology.addAtom(name, Element.getByAtomicNumber(atom.GetAtomicNum()), residues[unit_of(atom)])
        for atom, name in zip(molecule.GetAtoms(), atom_names(molecule), strict=True)
    ]
    for bond in molecule.GetBonds():
        topology.addBond(atoms[bond.GetBeginAtomIdx()], atoms[bond.GetEndAtomIdx()])
    return topology


def atom_names(molecule: "Mol") -> list[str]:
    """Element and a number, counted within each repeat unit: C1, C2, O1, H1, …."""
    counts: dict[tuple[int, str], int] = {}
    names = []
    for atom in molecule.GetAtoms():
        key = (unit_of(atom), atom.GetSymbol())
        counts[key] = counts.get(key, 0) + 1
        names.append(f"{atom.GetSymbol()}{counts[key]}")
    return names


def donor_atoms(molecule: "Mol", ligand: Ligand) -> tuple[tuple[int, ...], ...]:
    """The donor atoms of each donor group of a molecule.

    Raises:
        InputError: the donor group is not known.
        CannotSimulate: the molecule has no such group.
    """
    group = donor_group(ligand.donor_group)
    found = donor_sites.donor_atoms(molecule, group.name)
    if not found:
        raise CannotSimulate(
            f"{ligand.name}: no {group.name} ({group.smarts}) in its repeat unit {ligand.repeat_unit_smiles}; "
            "donor groups are written deprotonated"
        )
    return found
