"""What one repeat unit adds to a chain."""

from dataclasses import dataclass
from functools import cache

from rdkit import Chem

from ionlink.data.donor_group import donor_group
from ionlink.data.ligand import Ligand


@dataclass(frozen=True)
class RepeatUnitCounts:
    """Contents of one repeat unit."""

    atoms: int
    """Hydrogens included, attachment points not."""
    donor_groups: int
    charge: int
    """In elementary charges."""


@cache
def repeat_unit_counts(ligand: Ligand) -> RepeatUnitCounts:
    """Atoms, donor groups and charge of the repeat unit."""
    molecule = Chem.AddHs(Chem.MolFromSmiles(ligand.repeat_unit_smiles))
    pattern = Chem.MolFromSmarts(donor_group(ligand.donor_group).smarts)
    return RepeatUnitCounts(
        atoms=molecule.GetNumAtoms() - 2,
        donor_groups=len(molecule.GetSubstructMatches(pattern)),
        charge=Chem.GetFormalCharge(molecule),
    )
