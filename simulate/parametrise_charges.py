"""AM1-BCC charges of a repeat unit, computed once in a small model and stitched into the chain.

AM1-BCC: doi:10.1002/jcc.10128. The geometry matters for anions with hydroxyl groups: from a compact start AM1 moves
protons to the carboxylate in vacuum. So of many conformers the one is taken whose atoms interact least
electrostatically (the idea of ELF conformers), and a model that changed its bonds is refused.
"""

from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ionlink.data.ligand import Ligand
from ionlink.simulate.ambertools import AmberTools
from ionlink.simulate.chain import etkdg
from ionlink.simulate.errors import CannotSimulate
from ionlink.simulate.parametrise_units import Place, charge_model, unit_graph

if TYPE_CHECKING:
    from rdkit.Chem import Mol

_CONFORMERS = 50
_CONFORMER_SEED = 20_261
_DECIMALS = 6
_LONGEST_XH_ANGSTROM = 1.25
"""Longer than any X–H bond of C, N, O in AM1, shorter than any hydrogen bond."""


def unit_charges(ligand: Ligand, place: Place, ambertools: AmberTools, folder: Path) -> list[Decimal]:
    """Charges (e) of the unit at a place, in template order; they sum to the unit's formal charge exactly.

    Raises:
        CannotSimulate: no conformer, AM1 does not converge, or AM1 changes the bonds.

    """
    from rdkit import Chem

    model, unit = charge_model(ligand, place)
    charges = am1bcc(extended_conformer(model), ambertools, folder)
    formal = sum(model.GetAtomWithIdx(i).GetFormalCharge() for i in unit)
    if formal != Chem.GetFormalCharge(model):
        raise CannotSimulate(f"{ligand.name}: a neighbouring unit carries a charge that is not of its donor group")
    _, classes = unit_graph(ligand, place)
    return stitched(charges[unit], classes, formal)


def stitched(charges: NDArray[np.float64], classes: list[int], formal: int) -> list[Decimal]:
    """Charges made equal within each class and exact in sum.

    What the unit gave to its caps is spread evenly over its atoms; the last digit goes to the smallest class.

    Args:
        charges: `n` charges of the unit in its model.
        classes: for each atom the class of topologically equal atoms.
        formal: formal charge of the unit.

    """
    members = defaultdict(list)
    for index, equal in enumerate(classes):
        members[equal].append(index)
    shifted = charges + (formal - charges.sum()) / len(charges)
    exact = [Decimal(0)] * len(charges)
    for indices in members.values():
        mean = round(Decimal(float(shifted[indices].mean())), _DECIMALS)
        for index in indices:
            exact[index] = mean
    smallest = min(members.values(), key=len)
    rest = (Decimal(formal) - sum(exact)) / len(smallest)
    for index in smallest:
        exact[index] += rest
    return exact


def extended_conformer(model: "Mol") -> "Mol":
    """A copy with the conformer, of many, whose atoms interact least electrostatically.

    Raises:
        CannotSimulate: no coordinates or no MMFF94 parameters.

    """
    from rdkit import Chem
    from rdkit.Chem import rdDistGeom, rdForceFieldHelpers

    copy = Chem.Mol(model)
    found = list(rdDistGeom.EmbedMultipleConfs(copy, _CONFORMERS, etkdg(_CONFORMER_SEED)))
    mmff = rdForceFieldHelpers.MMFFGetMoleculeProperties(copy)
    if not found or mmff is None:
        raise CannotSimulate(f"no {'coordinates' if mmff else 'MMFF94 parameters'} for {Chem.MolToSmiles(model)}")
    magnitudes = np.abs([mmff.GetMMFFPartialCharge(i) for i in range(copy.GetNumAtoms())])
    weights = np.triu(np.outer(magnitudes, magnitudes), k=1)
    energies = [
        float((weights / (Chem.Get3DDistanceMatrix(copy, confId=i) + np.eye(len(magnitudes)))).sum()) for i in found
    ]
    best = found[int(np.argmin(energies))]
    return Chem.Mol(copy, confId=best)


def am1bcc(model: "Mol", ambertools: AmberTools, folder: Path) -> NDArray[np.float64]:
    """AM1-BCC charges of a molecule with one conformer: `n_atoms` charges (e).

    Raises:
        CannotSimulate: sqm fails, or the optimised molecule has other bonds.

    """
    from rdkit import Chem

    folder.mkdir(parents=True)
    (folder / "model.sdf").write_text(Chem.MolToMolBlock(model) + "$$$$\n")
    files = ("-i", "model.sdf", "-fi", "sdf", "-o", "model.mol2", "-fo", "mol2")
    options = ("-c", "bcc", "-nc", str(Chem.GetFormalCharge(model)), "-at", "gaff2", "-s", "0")
    ambertools.run("antechamber", *files, *options, folder=folder)
    refuse_moved_protons(model, optimised_positions_angstrom(folder / "sqm.pdb"))
    return np.array([row[8] for row in mol2_atoms(folder / "model.mol2")], dtype=np.float64)


def refuse_moved_protons(model: "Mol", positions_angstrom: NDArray[np.float64]) -> None:
    """Check that every hydrogen is where the model has it (`n_atoms x 3` positions in ångström).

    Raises:
        CannotSimulate: a bond to hydrogen is broken.

    """
    for bond in model.GetBonds():
        ends = (bond.GetBeginAtom(), bond.GetEndAtom())
        if all(atom.GetAtomicNum() != 1 for atom in ends):
            continue
        length = float(np.linalg.norm(np.subtract(*(positions_angstrom[atom.GetIdx()] for atom in ends))))
        if length > _LONGEST_XH_ANGSTROM:
            names = "–".join(f"{atom.GetSymbol()}{atom.GetIdx() + 1}" for atom in ends)
            raise CannotSimulate(
                f"AM1 moved a proton in the model molecule (bond {names} is {length:.2f} Å long): "
                "its charges are not those of the polymer's unit"
            )


def optimised_positions_angstrom(path: Path) -> NDArray[np.float64]:
    """Coordinates from a PDB file, an `n_atoms x 3` array in ångström."""
    atoms = [line for line in path.read_text().splitlines() if line.startswith(("ATOM", "HETATM"))]
    return np.array([[float(line[start : start + 8]) for start in (30, 38, 46)] for line in atoms])


def mol2_atoms(path: Path) -> list[list[str]]:
    """The rows of a mol2 file's ATOM section: number, name, x, y, z, type, residue number and name, charge."""
    section = path.read_text().split("@<TRIPOS>ATOM")[1].split("@<TRIPOS>")[0]
    return [line.split() for line in section.strip().splitlines()]
