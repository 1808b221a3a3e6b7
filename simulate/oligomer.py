"""From a repeat unit to the molecular graph of an H-capped oligomer.

The two attachment points of a repeat unit are `[*:1]` (head) and `[*:2]` (tail). The tail of one unit is
bonded to the head of the next one; the first head and the last tail are capped with hydrogen.
Atoms are ordered by unit, heavy atoms before hydrogens; `unit_of` tells the unit of an atom.
"""

from typing import TYPE_CHECKING

import numpy as np

from ionlink.data.errors import InputError
from ionlink.data.repeat_unit import chain, put_into_unit, read_repeat_unit, unit_of

if TYPE_CHECKING:
    from rdkit.Chem import Atom, Mol


def oligomer(smiles: str, repeat_units: int) -> "Mol":
    """The H-capped oligomer of `repeat_units` units with explicit hydrogens and without coordinates.

    Stereocentres that the repeat unit leaves open stay open.

    Raises:
        InputError: a repeat unit that cannot be used, or fewer than one unit.
    """
    from rdkit import Chem

    unit = read_repeat_unit(smiles)
    if repeat_units < 1:
        raise InputError(f"repeat_units is {repeat_units}; a chain has at least 1")
    capped = chain(unit, repeat_units)
    for atom in capped.GetAtoms():
        if atom.GetAtomicNum() == 0:
            # In place, so that the order of neighbours, which chirality is relative to, stays.
            atom.SetAtomicNum(1)
            atom.SetAtomMapNum(0)
    capped = Chem.AddHs(capped)
    for atom in capped.GetAtoms():
        if atom.GetAtomicNum() == 1:
            put_into_unit(atom, unit_of(atom.GetNeighbors()[0]))
    return _ordered_by_unit(capped)


def with_random_stereo(mol: "Mol", seed: int) -> "Mol":
    """A copy whose open stereocentres are set at random (an atactic chain); the specified ones are kept."""
    from rdkit import Chem

    rng = np.random.default_rng(seed)
    atactic = Chem.Mol(mol)
    tags = (Chem.ChiralType.CHI_TETRAHEDRAL_CW, Chem.ChiralType.CHI_TETRAHEDRAL_CCW)
    for centre in Chem.FindPotentialStereo(atactic):
        open_centre = centre.specified == Chem.StereoSpecified.Unspecified
        if open_centre and centre.type == Chem.StereoType.Atom_Tetrahedral:
            atactic.GetAtomWithIdx(centre.centeredOn).SetChiralTag(tags[rng.integers(2)])
    Chem.AssignStereochemistry(atactic, cleanIt=True, force=True)
    return atactic


def _ordered_by_unit(chain: "Mol") -> "Mol":
    from rdkit import Chem

    def key(atom: "Atom") -> tuple[int, bool, int, int]:
        is_hydrogen = atom.GetAtomicNum() == 1
        anchor = atom.GetNeighbors()[0].GetIdx() if is_hydrogen else atom.GetIdx()
        return unit_of(atom), is_hydrogen, anchor, atom.GetIdx()

    order = [atom.GetIdx() for atom in sorted(chain.GetAtoms(), key=key)]
    return Chem.RenumberAtoms(chain, order)
