"""Rigid three-point water in a box."""

from collections.abc import Iterator
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray
from openmm import app

from ionlink.simulate.errors import CannotSimulate
from ionlink.simulate.ions import openmm_data_file

WATER_RESIDUE = "HOH"
"""Name of the water residue in OpenMM's force-field files."""

ATOMS_PER_WATER = 3

_BOND_NM = 0.1
_ANGLE_DEGREES = 109.47
"""Geometry of SPC/E (J. Phys. Chem. 91 (1987) 6269); constraints take it to that of the force field's own water."""

WATER_MODELS = {
    "amber14/spce.xml": "SPC/E",
    "amber19/spce.xml": "SPC/E",
    "amber14/opc3.xml": "OPC3",
    "amber19/opc3.xml": "OPC3",
    "amber14/tip3p.xml": "TIP3P",
    "amber19/tip3p.xml": "TIP3P",
}
"""Water of three atoms in OpenMM's files that have ions; the files with virtual sites (OPC, TIP4P) are not used."""


def water_model(ion_force_field: str) -> str:
    """Name of the water in an OpenMM force-field file, such as `SPC/E`.

    Raises:
        CannotSimulate: the file has no water of three atoms.

    """
    if ion_force_field not in WATER_MODELS:
        raise CannotSimulate(
            f"{ion_force_field} has no rigid water of three atoms; use one of {', '.join(sorted(WATER_MODELS))}"
        )
    return WATER_MODELS[ion_force_field]


def water_types(ion_force_field: str) -> tuple[str, str]:
    """Atom types of oxygen and hydrogen of the water in an OpenMM force-field file."""
    root = ElementTree.parse(openmm_data_file(ion_force_field)).getroot()
    (residue,) = (one for one in root.iterfind("Residues/Residue") if one.get("name") == WATER_RESIDUE)
    oxygen, hydrogen, _ = (atom.get("type", "") for atom in residue.iterfind("Atom"))
    return oxygen, hydrogen


def water_positions_nm() -> NDArray[np.float64]:
    """Oxygen and two hydrogens, `3 x 3`, in nm, the oxygen at the origin."""
    half = np.radians(_ANGLE_DEGREES) / 2
    hydrogen = _BOND_NM * np.array([np.sin(half), np.cos(half), 0.0])
    return np.array([np.zeros(3), hydrogen, hydrogen * [-1, 1, 1]])


def add_waters(topology: app.Topology, waters: int) -> None:
    """Append water molecules (O, H1, H2 each) to a topology, in a chain of their own."""
    if not waters:
        return
    chain = topology.addChain()
    oxygen, hydrogen = app.Element.getBySymbol("O"), app.Element.getBySymbol("H")
    for _ in range(waters):
        residue = topology.addResidue(WATER_RESIDUE, chain)
        atoms = [topology.addAtom("O", oxygen, residue)]
        atoms += [topology.addAtom(name, hydrogen, residue) for name in ("H1", "H2")]
        for one in atoms[1:]:
            topology.addBond(atoms[0], one)


def water_atoms(topology: app.Topology) -> Iterator[int]:
    """Indices of all atoms of water molecules."""
    return (atom.index for atom in topology.atoms() if atom.residue.name == WATER_RESIDUE)
