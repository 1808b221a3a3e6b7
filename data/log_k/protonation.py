"""Which charges a ligand has at usual pH: what protons it can lose and take up."""

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rdkit import Chem

CARBON_ACIDS = (
    "[C;!H0]([$(C=[O,S]),$(C#N),$(S=O)])[$(C=[O,S]),$(C#N),$(S=O)]",
    "[C;!H0]-[$([N+](=O)[O-])]",
    "[CH]#N",
)
"""Carbon that gives up a proton: between two groups that withdraw electrons as in acetylacetone, beside a nitro group,
and in hydrogen cyanide."""

PROTON_HOLDERS = "[!#6;!H0;!$([NX3;!$(N~[!$([CX4])])])]"
"""Atoms other than carbon whose hydrogens come off in water; those of amines on saturated carbon do not."""

BASES = ("[#7;+0;!$([#7][#6,#15,#16]=[O,S]);!$([#7]#[#6]);!$([nX3])]", "[PX3;+0]")
"""Atoms that take up a proton in water; amides, nitriles and the nitrogen of pyrrole do not."""

ACIDS = "[$([#6,#15,#16](=[O,S])[O,S;X2;!H0])]"
"""Centres of acids that have lost a proton before a base beside them could lose its own, as in glycine."""


@lru_cache(maxsize=10_000)
def possible_charges(smiles: str) -> tuple[int, int]:
    """Lowest and highest charge of a molecule in water at usual pH, in elementary charges, by a generous count.

    Lowest: without the hydrogens of any O, S and N (but of amines, which keep theirs), nor those of carbon acids.
    Highest: with a proton on each base for which no acid of the molecule makes up.

    Args:
        smiles: Of the neutral molecule.

    >>> possible_charges("CC(=O)O"), possible_charges("NCCN"), possible_charges("NCC(=O)O")
    ((-1, 0), (0, 2), (-1, 0))

    """
    from rdkit import Chem

    molecule = Chem.MolFromSmiles(smiles)
    neutral = Chem.GetFormalCharge(molecule)
    protons = sum(molecule.GetAtomWithIdx(place).GetTotalNumHs() for place in places(molecule, PROTON_HOLDERS))
    carbon_acids, bases = places(molecule, *CARBON_ACIDS), places(molecule, *BASES)
    highest = neutral + max(0, len(bases) - len(places(molecule, ACIDS)))
    return neutral - protons - len(carbon_acids), highest


def places(molecule: "Chem.Mol", *patterns: str) -> set[int]:
    """Indices of the atoms of an RDKit molecule that are the first of a match of any SMARTS."""
    from rdkit import Chem

    queries = map(Chem.MolFromSmarts, patterns)
    return {match[0] for query in queries for match in molecule.GetSubstructMatches(query)}
