"""A polymer's repeat unit as a graph: read and checked here for everyone.

The two attachment points of a repeat unit are `[*:1]` (head) and `[*:2]` (tail). In a chain the tail of one unit is
bonded to the head of the next one.
"""

from typing import TYPE_CHECKING

from ionlink.data.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdkit.Chem import Atom, Mol

HEAD, TAIL = 1, 2

_UNIT, _UNIT_ATOM = "repeat_unit", "repeat_unit_atom"

_RING_UNITS = 3
"""Units of the ring that stands for an endless chain; fewer would close three-membered rings or double bonds."""


def read_repeat_unit(smiles: str) -> "Mol":
    """Molecule with one head `[*:1]` and one tail `[*:2]`, each on one single bond.

    Raises:
        InputError: with one line for each fault of the SMILES.
    """
    from rdkit import Chem, rdBase

    with rdBase.BlockLogs():
        unit = Chem.MolFromSmiles(smiles)
    if unit is None:
        raise InputError(f"repeat unit '{smiles}': is not a SMILES that RDKit reads")
    faults = [f"repeat unit '{smiles}': {fault}" for fault in _graph_faults(unit)]
    if faults:
        raise InputError(faults)
    return unit


def _graph_faults(unit: "Mol") -> "Iterator[str]":
    from rdkit import Chem

    dummies = [atom for atom in unit.GetAtoms() if atom.GetAtomicNum() == 0]
    points = sorted(atom.GetAtomMapNum() for atom in dummies)
    if points != [HEAD, TAIL]:
        written = ", ".join(f"[*:{point}]" if point else "*" for point in points) or "none"
        yield f"must have exactly the attachment points [*:1] and [*:2]; it has {written}"
    for atom in dummies:
        if [bond.GetBondTypeAsDouble() for bond in atom.GetBonds()] != [1.0]:
            yield f"attachment point [*:{atom.GetAtomMapNum()}] must have one single bond"
    if len(Chem.GetMolFrags(unit)) != 1:
        yield "must be one piece; leave out counter-ions and water"


def canonical_repeat_unit(smiles: str) -> str:
    """RDKit's canonical SMILES of a repeat unit: equal for equal units, however they were written.

    Raises:
        InputError: the repeat unit cannot be used.
    """
    from rdkit import Chem

    return str(Chem.MolToSmiles(read_repeat_unit(smiles)))


def polymer_key(smiles: str) -> str:
    """Text that is equal for repeat units of the same endless chain.

    It does not depend on where along the chain the unit is cut, nor on which end is called head, nor on isotopes and
    numbers of atoms. It does depend on whether the unit is drawn once or twice as long.

    Raises:
        InputError: the repeat unit cannot be used.
    """
    from rdkit import Chem

    ring = _joined(read_repeat_unit(smiles), _RING_UNITS, closed=True)
    for atom in ring.GetAtoms():
        atom.SetIsotope(0)
        atom.SetAtomMapNum(0)
    return str(Chem.MolToSmiles(Chem.RemoveHs(ring)))


def attachments(molecule: "Mol", label: int) -> list[int]:
    """Indices of the attachment points of that label."""
    return [
        atom.GetIdx()
        for atom in molecule.GetAtoms()
        if atom.GetAtomicNum() == 0 and atom.GetAtomMapNum() == label and atom.GetDegree() == 1
    ]


def chain(unit: "Mol", length: int) -> "Mol":
    """`length` repeat units joined head to tail; both ends keep their attachment point, stereocentres are kept."""
    return _joined(unit, length, closed=False)


def unit_of(atom: "Atom") -> int:
    """The repeat unit an atom of a chain belongs to, counted from 0 at the head."""
    return int(atom.GetIntProp(_UNIT))


def put_into_unit(atom: "Atom", unit: int) -> None:
    """Mark an atom that was added to a chain, such as a hydrogen, as belonging to a unit counted from 0."""
    atom.SetIntProp(_UNIT, unit)


def unit_atom_of(atom: "Atom") -> int:
    """Index, in the repeat unit, of the atom that an atom of a chain is a copy of."""
    return int(atom.GetIntProp(_UNIT_ATOM))


def _joined(unit: "Mol", length: int, *, closed: bool) -> "Mol":
    from rdkit import Chem

    parts = Chem.Mol()
    for index in range(length):
        parts = Chem.CombineMols(parts, _labelled(unit, index, length, closed=closed))
    joined = Chem.molzip(parts)
    Chem.SanitizeMol(joined)
    for atom in joined.GetAtoms():
        if atom.GetAtomicNum() == 0:
            atom.SetAtomMapNum(HEAD if unit_of(atom) == 0 and atom.GetBoolProp("head") else TAIL)
    return joined


def _labelled(unit: "Mol", index: int, length: int, *, closed: bool) -> "Mol":
    """Unit `index` with its junctions numbered from 1 for `molzip`; 0 marks a free end."""
    from rdkit import Chem

    copy = Chem.RWMol(unit)
    for atom in copy.GetAtoms():
        atom.SetIntProp(_UNIT, index)
        atom.SetIntProp(_UNIT_ATOM, atom.GetIdx())
        if atom.GetAtomicNum() == 0:
            is_head = atom.GetAtomMapNum() == HEAD
            atom.SetBoolProp("head", is_head)
            junction = index if is_head else index + 1
            atom.SetAtomMapNum((junction % length) + 1 if closed else junction % length)
    return copy.GetMol()
