"""The backbone of a repeat unit: the shortest ways from head to tail."""

from rdkit import Chem

from ionlink.data.repeat_unit import HEAD, TAIL, attachments


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
