"""A polymer's repeat unit as a graph: chains of it, its backbone, its donor groups."""

from functools import reduce

from rdkit import Chem

from ionlink.data import InputError
from ionlink.data.donor_group import donor_group

HEAD, TAIL = 1, 2


def read_repeat_unit(smiles: str) -> Chem.Mol:
    """Molecule with one head `[*:1]` and one tail `[*:2]`, each on one neighbour.

    Raises:
        InputError: when the SMILES cannot be read or lacks an attachment point.
    """
    unit = Chem.MolFromSmiles(smiles)
    if unit is None:
        raise InputError(f"repeat unit '{smiles}': is not a readable SMILES")
    for label in (HEAD, TAIL):
        if len(attachments(unit, label)) != 1:
            raise InputError(f"repeat unit '{smiles}': needs exactly one attachment point [*:{label}] with one bond")
    return unit


def attachments(molecule: Chem.Mol, label: int) -> list[int]:
    """Indices of the one-bonded dummy atoms of that label."""
    return [
        atom.GetIdx()
        for atom in molecule.GetAtoms()
        if atom.GetAtomicNum() == 0 and atom.GetAtomMapNum() == label and atom.GetDegree() == 1
    ]


def chain(unit: Chem.Mol, length: int) -> Chem.Mol:
    """`length` repeat units joined head to tail; both ends keep their attachment point."""
    return reduce(join, [unit] * length)


def join(left: Chem.Mol, right: Chem.Mol) -> Chem.Mol:
    """Two chains with the tail of the left bound to the head of the right."""
    both = Chem.RWMol(Chem.CombineMols(left, right))
    (tail,) = attachments(left, TAIL)
    (head,) = (index + left.GetNumAtoms() for index in attachments(right, HEAD))
    ends = [both.GetAtomWithIdx(dummy).GetNeighbors()[0].GetIdx() for dummy in (tail, head)]
    both.AddBond(ends[0], ends[1], Chem.BondType.SINGLE)
    for dummy in sorted((tail, head), reverse=True):
        both.RemoveAtom(dummy)
    Chem.SanitizeMol(both)
    return both.GetMol()


def backbone_bonds(unit: Chem.Mol) -> int:
    """Bonds that a repeat unit adds to the shortest way along the chain, the bond to the next unit among them."""
    distance = Chem.GetDistanceMatrix(unit)
    (head,), (tail,) = attachments(unit, HEAD), attachments(unit, TAIL)
    return int(distance[head, tail]) - 1


def backbone_atoms(unit: Chem.Mol) -> list[int]:
    """Atoms on any shortest way from head to tail, the attachment points left out.

    Any, because two ways round a ring may be equally short, and which one is found first depends on the SMILES.
    """
    distance = Chem.GetDistanceMatrix(unit)
    (head,), (tail,) = attachments(unit, HEAD), attachments(unit, TAIL)
    on_the_way = distance[head] + distance[tail] == distance[head, tail]
    return [int(atom) for atom in on_the_way.nonzero()[0] if atom not in {head, tail}]


def donor_sites(molecule: Chem.Mol, kind: str) -> tuple[tuple[int, ...], ...]:
    """Atoms of each donor group of a kind; the first is the one that the rest of the molecule holds on to.

    Raises:
        InputError: when the kind of donor group is not known.
    """
    return tuple(molecule.GetSubstructMatches(Chem.MolFromSmarts(donor_group(kind).smarts)))
