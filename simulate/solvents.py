"""Molecules of solvents other than water: coordinates, topology, and where their force fields are.

Their charges are not scaled: like water they are neutral molecules whose charges were made for the liquid.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from openmm import app

from ionlink.data.repeat_unit import put_into_unit
from ionlink.data.solvent import Solvent, solvents
from ionlink.simulate.chain import embedded_positions_nm, topology_of
from ionlink.simulate.errors import CannotSimulate
from ionlink.simulate.parametrise import shipped_folder

if TYPE_CHECKING:
    from rdkit.Chem import Mol

_SEED = 1


def solvent_of(name: str) -> Solvent:
    """The solvent of that name.

    Raises:
        CannotSimulate: there is none, or none with a force field.

    """
    if name not in solvents() or not solvent_file(name).exists():
        known = [one for one in solvents() if solvent_file(one).exists()]
        raise CannotSimulate(f"there is no force field for a solvent `{name}`; there are {', '.join(known)}")
    return solvents()[name]


def solvent_file(name: str) -> Path:
    """OpenMM force-field file of a solvent."""
    return shipped_folder() / "solvents" / f"{name}.xml"


def solvent_molecule(solvent: Solvent) -> "Mol":
    """Its molecule with explicit hydrogens, in the order of atoms that everything else follows."""
    from rdkit import Chem

    molecule = Chem.AddHs(Chem.MolFromSmiles(solvent.smiles))
    for atom in molecule.GetAtoms():
        put_into_unit(atom, 0)
    return molecule


def solvent_positions_nm(solvent: Solvent) -> NDArray[np.float64]:
    """Coordinates of one molecule, `n_atoms x 3` in nm, centred on the origin."""
    return embedded_positions_nm(solvent_molecule(solvent), _SEED)


def atoms_per_molecule(name: str) -> int:
    """Atoms of one molecule.

    Raises:
        CannotSimulate: see `solvent_of`.

    """
    return int(solvent_molecule(solvent_of(name)).GetNumAtoms())


def add_solvent(topology: app.Topology, solvent: Solvent, molecules: int) -> None:
    """Append molecules of a solvent to a topology, in a chain of their own."""
    template = topology_of(solvent_molecule(solvent), solvent.name)
    chain = topology.addChain()
    for _ in range(molecules):
        residue = topology.addResidue(solvent.name, chain)
        atoms = [topology.addAtom(atom.name, atom.element, residue) for atom in template.atoms()]
        for one, other in template.bonds():
            topology.addBond(atoms[one.index], atoms[other.index])


def solvent_oxygens(topology: app.Topology) -> NDArray[np.int64]:
    """Indices of the oxygens of all solvent molecules of a topology that was just built."""
    oxygens = [a.index for a in topology.atoms() if a.residue.name in solvents() and a.element.symbol == "O"]
    return np.array(oxygens, dtype=np.int64)


def solvent_atoms(topology: app.Topology) -> frozenset[int]:
    """Indices of all atoms of solvent molecules of a topology that was just built."""
    return frozenset(atom.index for atom in topology.atoms() if atom.residue.name in solvents())
