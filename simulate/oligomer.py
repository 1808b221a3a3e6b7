"""From a repeat unit to the molecular graph of an H-capped oligomer.

The two attachment points of a repeat unit are `[*:1]` (head) and `[*:2]` (tail). The tail of one unit is
bonded to the head of the next one; the first head and the last tail are capped with hydrogen.
Atoms are ordered by unit, heavy atoms before hydrogens; `unit_of` tells the unit of an atom.
"""

from typing import TYPE_CHECKING

import numpy as np

from ionlink.data.errors import InputError

if TYPE_CHECKING:
    from rdkit.Chem import Atom, Mol

HEAD, TAIL = 1, 2
_UNIT_PROPERTY = "repeat_unit"


def repeat_unit(smiles: str) -> "Mol":
    """Parse a repeat unit and check its two attachment points.

    Raises:
        InputError: not a SMILES, or not exactly one singly bonded `[*:1]` and one singly bonded `[*:2]`.
    """
    from rdkit import Chem, rdBase

    with rdBase.BlockLogs():
        unit = Chem.MolFromSmiles(smiles)
    if unit is None:
        raise InputError(f"repeat unit {smiles!r} is not a SMILES that RDKit reads")
    points = sorted(atom.GetAtomMapNum() for atom in unit.GetAtoms() if atom.GetAtomicNum() == 0)
    faults = []
    if points != [HEAD, TAIL]:
        faults.append(f"repeat unit {smiles!r} must have exactly the attachment points [*:1] and [*:2], not {points}")
    faults += [
        f"repeat unit {smiles!r}: attachment point [*:{atom.GetAtomMapNum()}] must have one single bond"
        for atom in unit.GetAtoms()
        if atom.GetAtomicNum() == 0 and [bond.GetBondTypeAsDouble() for bond in atom.GetBonds()] != [1.0]
    ]
    if faults:
        raise InputError(faults)
    return unit


def canonical_repeat_unit(smiles: str) -> str:
    """RDKit's canonical SMILES of a repeat unit: equal for equal units, however they were written."""
    from rdkit import Chem

    return str(Chem.MolToSmiles(repeat_unit(smiles)))


def unit_of(atom: "Atom") -> int:
    """The repeat unit an atom of an oligomer belongs to, counted from 0 at the head."""
    return int(atom.GetIntProp(_UNIT_PROPERTY))


def oligomer(smiles: str, repeat_units: int) -> "Mol":
    """The H-capped oligomer of `repeat_units` units with explicit hydrogens and without coordinates.

    Stereocentres that the repeat unit leaves open stay open.

    Raises:
        InputError: a repeat unit that cannot be used, or fewer than one unit.
    """
    from rdkit import Chem

    unit = repeat_unit(smiles)
    if repeat_units < 1:
        raise InputError(f"repeat_units is {repeat_units}; a chain has at least 1")
    parts = Chem.Mol()
    for index in range(repeat_units):
        parts = Chem.CombineMols(parts, _labelled(unit, index, last=index == repeat_units - 1))
    chain = Chem.AddHs(Chem.molzip(parts))
    for atom in chain.GetAtoms():
        if not atom.HasProp(_UNIT_PROPERTY):
            atom.SetIntProp(_UNIT_PROPERTY, unit_of(atom.GetNeighbors()[0]))
    return _ordered_by_unit(chain)


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


def _labelled(unit: "Mol", index: int, *, last: bool) -> "Mol":
    """Unit `index` with junctions numbered for `molzip` and the ends of the chain turned into hydrogens."""
    from rdkit import Chem

    copy = Chem.RWMol(unit)
    for atom in copy.GetAtoms():
        atom.SetIntProp(_UNIT_PROPERTY, index)
        if atom.GetAtomicNum() != 0:
            continue
        is_head = atom.GetAtomMapNum() == HEAD
        if (is_head and index == 0) or (not is_head and last):
            # In place, so that the order of neighbours, which chirality is relative to, stays.
            atom.SetAtomicNum(1)
            atom.SetAtomMapNum(0)
        else:
            atom.SetAtomMapNum(index if is_head else index + 1)
    return copy.GetMol()


def _ordered_by_unit(chain: "Mol") -> "Mol":
    from rdkit import Chem

    def key(atom: "Atom") -> tuple[int, bool, int, int]:
        is_hydrogen = atom.GetAtomicNum() == 1
        anchor = atom.GetNeighbors()[0].GetIdx() if is_hydrogen else atom.GetIdx()
        return unit_of(atom), is_hydrogen, anchor, atom.GetIdx()

    order = [atom.GetIdx() for atom in sorted(chain.GetAtoms(), key=key)]
    return Chem.RenumberAtoms(chain, order)
