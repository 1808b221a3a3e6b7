"""The places a repeat unit can have in a chain, and the small molecule that stands for each of them.

A unit's charges depend on its place: middle, head (first), tail (last) or alone. For each place a model molecule is
cut out of a short oligomer: the whole unit and of its neighbours only what the charge of the unit feels. Neighbouring
donor groups are left out: in vacuum AM1 exaggerates how anions polarise each other.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ionlink.data.donor_group import DONOR_GROUPS
from ionlink.data.donor_sites import donor_atoms
from ionlink.data.ligand import Ligand
from ionlink.data.repeat_unit import unit_of
from ionlink.simulate.errors import WAY_OUT, CannotSimulate
from ionlink.simulate.oligomer import oligomer, with_random_stereo

if TYPE_CHECKING:
    from rdkit.Chem import Mol, RWMol

_STEREO_SEED = 1
"""Open stereocentres of the model molecules; AM1-BCC charges are made equal over topologically equal atoms."""


@dataclass(frozen=True)
class Place:
    """A place in a chain, shown by unit number `unit` of the oligomer of `repeat_units` units."""

    name: str
    repeat_units: int
    unit: int


PLACES = (Place("middle", 3, 1), Place("head", 2, 0), Place("tail", 2, 1), Place("single", 1, 0))


def distinct_places(ligand: Ligand) -> list[Place]:
    """The places whose units differ as graphs; the head of a symmetric unit is its tail turned round."""
    distinct = {unit_graph(ligand, place)[0]: place for place in reversed(PLACES)}
    return [place for place in PLACES if place in distinct.values()]


def unit_graph(ligand: Ligand, place: Place) -> tuple[str, list[int]]:
    """What OpenMM sees of a unit: its canonical graph and the equivalence class of each of its atoms.

    Bonds to other units are marked, stereochemistry is not: atoms of one class must have equal charges.
    """
    from rdkit import Chem

    chain = Chem.RWMol(oligomer(ligand.repeat_unit_smiles, place.repeat_units))
    outside = [atom.GetIdx() for atom in chain.GetAtoms() if unit_of(atom) != place.unit]
    touching = {
        atom.GetIdx()
        for atom in chain.GetAtoms()
        if unit_of(atom) != place.unit and any(unit_of(near) == place.unit for near in atom.GetNeighbors())
    }
    for index in touching:
        chain.ReplaceAtom(index, Chem.Atom(0))
    for index in sorted(set(outside) - touching, reverse=True):
        chain.RemoveAtom(index)
    _forget_all_but_bonds(chain)
    classes = Chem.CanonicalRankAtoms(chain, breakTies=False, includeChirality=False)
    inside = [rank for atom, rank in zip(chain.GetAtoms(), classes, strict=True) if atom.GetAtomicNum() != 0]
    return Chem.MolToSmiles(chain), inside


def _forget_all_but_bonds(chain: "RWMol") -> None:
    """Drop stereochemistry, charges and bond orders, so that the two oxygens of a carboxylate are alike."""
    from rdkit import Chem

    Chem.RemoveStereochemistry(chain)
    for atom in chain.GetAtoms():
        atom.SetFormalCharge(0)
        atom.SetIsAromatic(False)
        atom.SetNoImplicit(True)
        atom.SetNumExplicitHs(0)
    for bond in chain.GetBonds():
        bond.SetBondType(Chem.BondType.SINGLE)
        bond.SetIsAromatic(False)
    chain.UpdatePropertyCache(strict=False)


def charge_model(ligand: Ligand, place: Place) -> tuple["Mol", list[int]]:
    """The model molecule of a place, with hydrogens, and which of its atoms are the unit's (in template order).

    Raises:
        CannotSimulate: no sound molecule is left when the charged donor groups of the neighbours are cut off.

    """
    from rdkit import Chem, rdBase

    chain = with_random_stereo(oligomer(ligand.repeat_unit_smiles, place.repeat_units), _STEREO_SEED)
    unit = {atom.GetIdx() for atom in chain.GetAtoms() if unit_of(atom) == place.unit}
    kept = unit | _caps(chain, unit, _charged_donors(chain) - unit)
    model = Chem.RWMol(chain)
    for index in sorted(kept):
        for cut in _outside(chain, {index}, kept):
            _replace_with_hydrogen(model, index, cut)
    for index in sorted(set(range(chain.GetNumAtoms())) - kept, reverse=True):
        model.RemoveAtom(index)
    position = {index: i for i, index in enumerate(sorted(kept))}
    try:
        with rdBase.BlockLogs():
            Chem.SanitizeMol(model)
    except Chem.MolSanitizeException as error:
        raise CannotSimulate(
            f"{ligand.name}: its charged donor groups sit on the rings of the chain, so that no small molecule can "
            f"stand for its unit beside neighbours ({error}); its charges cannot be computed by this route; {WAY_OUT}"
        ) from error
    return model.GetMol(), [position[index] for index in sorted(unit)]


def _charged_donors(chain: "Mol") -> set[int]:
    """Atoms of all charged donor groups, of whatever kind, and what they are bonded to."""
    return {
        near
        for kind in DONOR_GROUPS
        for group in donor_atoms(chain, kind)
        if any(chain.GetAtomWithIdx(index).GetFormalCharge() for index in group)
        for index in group
        for near in _self_and_near(chain, index)
    }


def _self_and_near(chain: "Mol", index: int) -> list[int]:
    return [index, *(near.GetIdx() for near in chain.GetAtomWithIdx(index).GetNeighbors())]


def _caps(chain: "Mol", unit: set[int], forbidden: set[int]) -> set[int]:
    """Atoms of the neighbours that stay: two deep, with whole multiple bonds and aromatic rings, no cut heteroatom."""
    near = _outside(chain, unit, unit) - forbidden
    caps = near | (_outside(chain, near, unit) - forbidden)
    while True:
        grown = (
            caps
            | {
                bond.GetOtherAtomIdx(index)
                for index in caps
                for bond in chain.GetAtomWithIdx(index).GetBonds()
                if bond.GetBondTypeAsDouble() != 1.0 or chain.GetAtomWithIdx(index).GetAtomicNum() != 6
            }
            - unit
            - forbidden
        )
        if grown == caps:
            break
        caps = grown
    hydrogens = {i for i in _outside(chain, caps, unit) if chain.GetAtomWithIdx(i).GetAtomicNum() == 1}
    return caps | hydrogens


def _outside(chain: "Mol", atoms: set[int], inside: set[int]) -> set[int]:
    """Neighbours of `atoms` that are not in `inside`."""
    return {near.GetIdx() for index in atoms for near in chain.GetAtomWithIdx(index).GetNeighbors()} - inside


def _replace_with_hydrogen(model: "RWMol", kept: int, cut: int) -> None:
    from rdkit import Chem

    model.RemoveBond(kept, cut)
    model.AddBond(kept, model.AddAtom(Chem.Atom(1)), Chem.BondType.SINGLE)
    model.GetAtomWithIdx(kept).SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
