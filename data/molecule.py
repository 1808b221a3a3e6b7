"""Small molecules: one spelling for each, its neutral form."""

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from ionlink.data.errors import InputError

if TYPE_CHECKING:
    from rdkit import Chem

LONGEST_SMILES = 1000
"""Characters; no ligand of a stability constant comes near, and a parser is kept from running away."""

DONOR_ELEMENTS = frozenset({"N", "O", "P", "S", "As", "Se", "Te"})
"""Elements through which molecules bind cations; halogens bound to carbon hardly do, and halides are no molecules."""

COUNTER_IONS = frozenset({"Li", "Na", "K", "Rb", "Cs", "Be", "Mg", "Ca", "Sr", "Ba"})
"""Elements that are salts' where they are drawn on a ligand, as in `CC(=O)O[Na]`."""

BARE_ATOM = "[#6]-[O,S;X1;+0]"
"""Oxygen or sulfur that lacks a proton and has no charge: a slip, not a ligand; nitroxides have it on nitrogen."""

WATER = "O"


class Molecule(BaseModel):
    """A molecule that binds cations, whichever protonation state it was written in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    smiles: str
    """Canonical SMILES of the neutral molecule: fully protonated, uncharged where it can be.

    Cis and trans are kept, since they tell maleate from fumarate. Chiral centres are not: a cation binds both
    enantiomers alike, and compilations often do not say which was measured. Nor are isotopes and numbers of atoms.
    """

    charge: int
    """Formal charge of the neutral molecule: not 0 only where no proton can make it so, as in tetramethylammonium."""

    written_charge: int
    """Formal charge as written, in elementary charges."""

    deprotonated: bool
    """Whether it was written with fewer hydrogens than the neutral molecule has: as the ion."""

    formula: str
    """Molecular formula of the neutral molecule in Hill order, such as `C2H4O2`."""


@lru_cache(maxsize=10_000)
def read_molecule(text: str) -> Molecule:
    """The molecule that a SMILES means.

    Raises:
        InputError: when the text is no SMILES, or not one molecule with an atom that can bind a cation.

    >>> read_molecule("CC(=O)[O-]").smiles
    'CC(=O)O'

    """
    from rdkit import Chem, rdBase

    if len(text) > LONGEST_SMILES:
        raise InputError(f"has {len(text)} characters; at most {LONGEST_SMILES} are read")
    with rdBase.BlockLogs():
        molecule = Chem.MolFromSmiles(text)
    if molecule is None or not molecule.GetNumAtoms():
        raise InputError(f"'{text}' is not a valid SMILES")
    return described(molecule, text)


def is_canonical(text: str) -> bool:
    """Whether a text is the canonical SMILES of a neutral molecule."""
    try:
        return read_molecule(text).smiles == text
    except InputError:
        return False


@lru_cache(maxsize=10_000)
def read_mol_block(text: str) -> Molecule:
    """The molecule that an MDL mol block means.

    Raises:
        InputError: when the text is no mol block, or not one molecule with an atom that can bind a cation.

    """
    from rdkit import Chem, rdBase

    with rdBase.BlockLogs():
        molecule = Chem.MolFromMolBlock(text)
    if molecule is None or not molecule.GetNumAtoms():
        raise InputError("is not a valid mol block")
    return described(molecule, Chem.MolToSmiles(molecule))


def described(molecule: "Chem.Mol", name: str) -> Molecule:
    """What is kept of an RDKit molecule.

    Raises:
        InputError: when it cannot be a ligand; `name` says which it is.

    """
    from rdkit import Chem, rdBase
    from rdkit.Chem.MolStandardize.rdMolStandardize import Uncharger
    from rdkit.Chem.rdMolDescriptors import CalcMolFormula

    faults = list(ligand_faults(molecule, name))
    if faults:
        raise InputError(faults)
    with rdBase.BlockLogs():
        # Forced: a quaternary ammonium must not keep an acid next to it deprotonated.
        neutral = Uncharger(True, True).uncharge(molecule)
    for atom in neutral.GetAtoms():
        atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
        atom.SetIsotope(0)
        atom.SetAtomMapNum(0)
    # Written and read once more: aromaticity may be seen anew without the charges.
    smiles = Chem.MolToSmiles(Chem.MolFromSmiles(Chem.MolToSmiles(neutral)))
    if smiles == WATER:
        raise InputError(f"'{name}' is water or its ion, the solvent")
    return Molecule(
        smiles=smiles,
        charge=Chem.GetFormalCharge(neutral),
        written_charge=Chem.GetFormalCharge(molecule),
        deprotonated=hydrogens(neutral) > hydrogens(molecule),
        formula=CalcMolFormula(neutral),
    )


def ligand_faults(molecule: "Chem.Mol", name: str) -> list[str]:
    """Why an RDKit molecule cannot be the ligand of a stability constant; empty when it can."""
    from rdkit import Chem

    if len(Chem.GetMolFrags(molecule)) > 1:
        return [f"'{name}' is more than one molecule; give the ligand without its counter-ions"]
    elements = {atom.GetSymbol() for atom in molecule.GetAtoms()}
    if "*" in elements:
        return [f"'{name}' has attachment points; repeat units belong into a table of ligands"]
    if not elements & DONOR_ELEMENTS:
        return [f"'{name}' has no atom that can bind a cation (one of {', '.join(sorted(DONOR_ELEMENTS))})"]
    if metals := sorted(elements & COUNTER_IONS):
        return [f"'{name}' is drawn with {', '.join(metals)}; give the ligand without its counter-ions"]
    if molecule.HasSubstructMatch(_bare_atom()):
        return [f"'{name}' has an oxygen or sulfur without proton and charge; write O or [O-], S or [S-]"]
    return []


@cache
def _bare_atom() -> "Chem.Mol":
    from rdkit import Chem

    return Chem.MolFromSmarts(BARE_ATOM)


def hydrogens(molecule: "Chem.Mol") -> int:
    """Hydrogen atoms of an RDKit molecule, written or implied."""
    return sum(atom.GetTotalNumHs() + (atom.GetSymbol() == "H") for atom in molecule.GetAtoms())
