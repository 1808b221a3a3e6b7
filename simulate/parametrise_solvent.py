"""The force-field files of solvents: GAFF2 types and AM1-BCC charges of the whole molecule.

`python -m ionlink.simulate.parametrise_solvent [NAME …]` computes the shipped files again.
"""

import logging
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from ionlink.data.solvent import Solvent, solvents
from ionlink.data.whole_file import write_whole
from ionlink.simulate.ambertools import find_ambertools
from ionlink.simulate.parametrise_charges import am1bcc, extended_conformer, mol2_atoms, stitched
from ionlink.simulate.parametrise_types import type_molecule
from ionlink.simulate.parametrise_xml import molecule_xml
from ionlink.simulate.solvents import solvent_file, solvent_molecule

ROUTE = "GAFF2, AM1-BCC, version 1"

_log = logging.getLogger(__name__)


def computed_solvent(solvent: Solvent) -> str:
    """Compute the force-field file of a solvent with AmberTools.

    Raises:
        CannotSimulate: AmberTools is not installed, or its programs cannot parametrise the molecule.

    """
    from rdkit import Chem

    ambertools = find_ambertools()
    molecule = solvent_molecule(solvent)
    with tempfile.TemporaryDirectory(prefix="ionlink-") as scratch:
        folder = Path(scratch)
        type_molecule(Chem.Mol(molecule), ambertools, folder / "types")
        types = [row[5] for row in mol2_atoms(folder / "types" / "chain.mol2")]
        charges = am1bcc(extended_conformer(molecule), ambertools, folder / "charges")
        alike = list(Chem.CanonicalRankAtoms(molecule, breakTies=False))
        provenance = {
            "Molecule": Chem.MolToSmiles(Chem.RemoveHs(molecule)),
            "Route": ROUTE,
            "AmberTools": ambertools.package,
            "Parameters": ambertools.parameters,
            "RDKit": version("rdkit"),
        }
        parameters = [ambertools.gaff2, folder / "types" / "chain.frcmod"]
        exact = stitched(charges, alike, Chem.GetFormalCharge(molecule))
        return molecule_xml(solvent.name, molecule, (types, exact), parameters, provenance)


def main() -> None:
    """Compute the shipped files anew, or those of the solvents named on the command line."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for name in sys.argv[1:] or solvents():
        _log.info("%s", name)
        write_whole(solvent_file(name), computed_solvent(solvents()[name]))


if __name__ == "__main__":
    main()
