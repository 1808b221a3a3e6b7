"""Descriptors of a ligand: what it offers a cation, and of a polymer how densely, how far out and how mobile it does.

Counts are increments, chain of three less chain of two: so the bonds between repeat units count, the chain ends do
not, and a repeat unit drawn twice as long gives the same numbers per donor group.
"""

import math
from collections.abc import Callable
from functools import cache

from rdkit import Chem
from rdkit.Chem.Descriptors import MolWt  # type: ignore[attr-defined]  # made at run time, not in its stubs
from rdkit.Chem.rdMolDescriptors import CalcNumHBD, CalcNumRotatableBonds

from ionlink.data import InputError, Ligand
from ionlink.data.donor_sites import Sites, unit_donor_sites
from ionlink.data.repeat_unit import chain, read_repeat_unit
from ionlink.features.binding_descriptors import (
    BINDING_DESCRIPTORS,
    describe_molecule_binding,
    describe_polymer_binding,
)
from ionlink.features.descriptor import Descriptor
from ionlink.features.repeat_unit import backbone_atoms, backbone_bonds

RDKIT = "RDKit, doi:10.5281/zenodo.591637"

GRAPH = "shortest paths in the repeat unit"

ARCHITECTURE = (
    Descriptor("molar_mass_per_donor", "g/mol", "Molar mass of the polymer per donor group.", RDKIT),
    Descriptor("backbone_bonds_per_donor", "1", "Bonds along the backbone per donor group.", GRAPH),
    Descriptor("spacer_bonds", "1", "Bonds from donor group to backbone, mean.", GRAPH),
    Descriptor("donors_per_anchor", "1", "Donor groups that share their nearest backbone atom, mean.", GRAPH),
    Descriptor("rotatable_bonds_per_donor", "1", "Rotatable bonds per donor group, strict definition.", RDKIT),
    Descriptor("aromatic_fraction", "1", "Share of aromatic atoms among the heavy atoms.", RDKIT),
    Descriptor("hbond_donors_per_donor", "1", "Hydrogen-bond donors per (deprotonated) donor group.", RDKIT),
    Descriptor("donor_pka", "1", "pKa of the donor group's acid.", "table of ligands"),
)
"""Of a polymer; a small molecule has none of them."""

LIGAND_DESCRIPTORS = (*ARCHITECTURE, *BINDING_DESCRIPTORS)


def describe_ligand(ligand: Ligand) -> tuple[float, ...]:
    """Values of `LIGAND_DESCRIPTORS`, in their units; NaN for what nobody has measured.

    Raises:
        InputError: when the repeat unit cannot be read or bears no donor group of its kind.
    """
    pka = math.nan if ligand.donor_pka is None else ligand.donor_pka
    architecture = (*describe_repeat_unit(ligand.repeat_unit_smiles, ligand.donor_group), pka)
    return (*architecture, *describe_polymer_binding(ligand.repeat_unit_smiles))


def describe_molecule(smiles: str) -> tuple[float, ...]:
    """Values of `LIGAND_DESCRIPTORS` of a small molecule, given by its canonical neutral SMILES; no architecture."""
    return (*(math.nan for _ in ARCHITECTURE), *describe_molecule_binding(smiles))


@cache
def describe_repeat_unit(smiles: str, donor_group: str) -> tuple[float, ...]:
    """Values of `ARCHITECTURE` that follow from the repeat unit alone.

    Raises:
        InputError: when the repeat unit cannot be read or bears no donor group of that kind.
    """
    unit = read_repeat_unit(smiles)
    sites = unit_donor_sites(unit, donor_group)
    if not sites:
        raise InputError(f"repeat unit '{smiles}': bears no {donor_group}")
    donors = len(sites)
    spacers, anchors = nearest_backbone(unit, sites)
    return (
        increment(unit, MolWt) / donors,
        backbone_bonds(unit) / donors,
        sum(spacers) / len(spacers),
        len(anchors) / len(set(anchors)),
        increment(unit, CalcNumRotatableBonds) / donors,
        increment(unit, aromatic_atoms) / increment(unit, heavy_atoms),
        increment(unit, CalcNumHBD) / donors,
    )


def increment(unit: Chem.Mol, count: Callable[[Chem.Mol], float]) -> float:
    """What one repeat unit inside a chain adds to a count."""
    return float(count(chain(unit, 3)) - count(chain(unit, 2)))


def nearest_backbone(unit: Chem.Mol, sites: Sites) -> tuple[list[int], list[frozenset[int]]]:
    """Bonds from each donor group to the backbone, and the backbone atoms that are reached first."""
    atoms = backbone_atoms(unit)
    bonds = [Chem.GetDistanceMatrix(unit)[list(site)][:, atoms].min(axis=0) for site in sites]
    anchors = [frozenset(atom for atom, bond in zip(atoms, row, strict=True) if bond == row.min()) for row in bonds]
    return [int(row.min()) for row in bonds], anchors


def aromatic_atoms(molecule: Chem.Mol) -> int:
    """Number of aromatic atoms."""
    return sum(atom.GetIsAromatic() for atom in molecule.GetAtoms())


def heavy_atoms(molecule: Chem.Mol) -> int:
    """Number of atoms other than hydrogen, attachment points left out."""
    return sum(atom.GetAtomicNum() > 1 for atom in molecule.GetAtoms())
