"""GAFF2 atom types of a chain and the parameters they lack.

GAFF2 (doi:10.1002/jcc.20035 describes GAFF) has context-dependent types, so they are read from oligomers: an end group
must not change the types of its neighbour, or no residue template would serve every chain length.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from ionlink.data.ligand import Ligand
from ionlink.data.repeat_unit import unit_of
from ionlink.simulate.ambertools import AmberTools
from ionlink.simulate.chain import embedded_positions_nm
from ionlink.simulate.errors import CannotSimulate
from ionlink.simulate.oligomer import oligomer, with_random_stereo
from ionlink.simulate.parametrise_charges import mol2_atoms

if TYPE_CHECKING:
    from rdkit.Chem import Mol

_SEED = 1
_LONG = 5
"""Shortest chain with a middle unit whose neighbours are middle units as well."""


def gaff2_types(ligand: Ligand, ambertools: AmberTools, folder: Path) -> tuple[dict[str, list[str]], list[Path]]:
    """GAFF2 types of the unit at each place, and the frcmod files with what `gaff2.dat` lacks.

    Returns:
        For each place the types in template order; the frcmod files of chains of 1, 2 and 5 units.

    Raises:
        CannotSimulate: a type depends on the chain length, or a parameter is missing.

    """
    by_length = {n: _typed_units(ligand, n, ambertools, folder / f"chain{n}") for n in (1, 2, _LONG)}
    long = by_length[_LONG]
    types = {"single": by_length[1][0], "head": long[0], "middle": long[2], "tail": long[-1]}
    same = [(types["head"], by_length[2][0]), (types["tail"], by_length[2][1])]
    same += [(types["middle"], unit) for unit in long[1:-1]]
    if any(one != other for one, other in same):
        raise CannotSimulate(
            f"{ligand.name}: GAFF2 gives the same atom different types in chains of different length; "
            "choose the repeat unit so that no conjugated system spans a junction"
        )
    return types, [folder / f"chain{n}" / "chain.frcmod" for n in by_length]


def missing_parameters(frcmod: Path) -> list[str]:
    """The lines of a frcmod file for which parmchk2 found no parameter."""
    return [line for line in frcmod.read_text().splitlines() if "ATTN" in line]


def _typed_units(ligand: Ligand, repeat_units: int, ambertools: AmberTools, folder: Path) -> list[list[str]]:
    """The types of each unit of a chain; leaves `chain.mol2` and `chain.frcmod` in `folder`."""
    chain = with_random_stereo(oligomer(ligand.repeat_unit_smiles, repeat_units), _SEED)
    type_molecule(chain, ambertools, folder)
    units: list[list[str]] = [[] for _ in range(repeat_units)]
    for atom, row in zip(chain.GetAtoms(), mol2_atoms(folder / "chain.mol2"), strict=True):
        units[unit_of(atom)].append(row[5])
    return units


def type_molecule(chain: "Mol", ambertools: AmberTools, folder: Path) -> None:
    """Write `chain.mol2` with GAFF2 types (atoms in the order of `chain`) and `chain.frcmod` to a new folder.

    Raises:
        CannotSimulate: antechamber cannot type it, or a parameter is missing.

    """
    from rdkit import Chem

    folder.mkdir(parents=True)
    embedded_positions_nm(chain, _SEED)
    (folder / "chain.sdf").write_text(Chem.MolToMolBlock(chain) + "$$$$\n")
    charge = str(Chem.GetFormalCharge(chain))
    files = ("-i", "chain.sdf", "-fi", "sdf", "-o", "chain.mol2", "-fo", "mol2")
    ambertools.run("antechamber", *files, "-at", "gaff2", "-nc", charge, "-s", "0", folder=folder)
    # Not `-s gaff2`: parmchk2 of AmberTools 26 then reads gaff.dat in some runs, without a word.
    names = ("-i", "chain.mol2", "-f", "mol2", "-o", "chain.frcmod", "-p", str(ambertools.gaff2))
    ambertools.run("parmchk2", *names, folder=folder)
    missing = missing_parameters(folder / "chain.frcmod")
    if missing:
        raise CannotSimulate("GAFF2 has no parameters for:\n" + "\n".join(missing))
