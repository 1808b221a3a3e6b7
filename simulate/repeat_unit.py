"""What one repeat unit adds to a chain."""

from dataclasses import dataclass
from functools import cache

from rdkit import Chem

from ionlink.data.donor_group import donor_group
from ionlink.data.donor_sites import charge_per_repeat_unit, donor_atoms, donor_groups_per_repeat_unit
from ionlink.data.ligand import Ligand
from ionlink.data.repeat_unit import read_repeat_unit
from ionlink.simulate.errors import WAY_OUT, CannotSimulate


@dataclass(frozen=True)
class RepeatUnitCounts:
    """Contents of one repeat unit."""

    atoms: int
    """Hydrogens included, attachment points not."""
    donor_groups: int
    """Of the ligand's kind, which the ratio counts."""
    charge: int
    """In elementary charges, of all groups."""


@cache
def repeat_unit_counts(ligand: Ligand) -> RepeatUnitCounts:
    """Atoms, donor groups and charge of the repeat unit.

    Raises:
        InputError: the repeat unit cannot be used.
    """
    smiles = ligand.repeat_unit_smiles
    return RepeatUnitCounts(
        atoms=Chem.AddHs(read_repeat_unit(smiles)).GetNumAtoms() - 2,
        donor_groups=donor_groups_per_repeat_unit(smiles).get(ligand.donor_group, 0),
        charge=charge_per_repeat_unit(smiles),
    )


def refuse_other_donors_than_oxygen(ligand: Ligand) -> None:
    """Say that the outcomes of a simulation, which count cation–oxygen contacts, mean nothing for a ligand.

    Raises:
        InputError: the donor group is not known.
        CannotSimulate: its donor atoms are not oxygens.

    """
    group = donor_group(ligand.donor_group)
    example = Chem.MolFromSmiles(group.example)
    found = {example.GetAtomWithIdx(i).GetSymbol() for site in donor_atoms(example, group.name) for i in site}
    if found != {"O"}:
        raise CannotSimulate(
            f"{ligand.name} binds by the {' and '.join(sorted(found))} of its {group.name}; simulated outcomes count "
            f"cation–oxygen contacts only; {WAY_OUT}"
        )
