"""Energies of oligomers by the shipped force fields against AmberTools' own tleap.

    python benchmarks/oligomer_energies.py [LIGAND ...] [--repeat-units 4]

The whole oligomer is typed at once by antechamber and built by tleap, with the charges of the force field under test:
what is compared is the stitching of residue templates and the translation to OpenMM's format, term by term, at a
distorted geometry where no term is near zero. Prints a Markdown table. Needs AmberTools; seconds for each ligand.
"""

import argparse
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import openmm
from numpy.typing import NDArray
from openmm import app, unit
from rdkit import Chem

from ionlink.data import ligands
from ionlink.simulate.ambertools import find_ambertools
from ionlink.simulate.chain import build_chain
from ionlink.simulate.nonbonded import nonbonded_force
from ionlink.simulate.oligomer import oligomer, with_random_stereo
from ionlink.simulate.parametrise import force_field_file, shipped_folder
from ionlink.simulate.parametrise_types import type_molecule

TERMS = {
    "HarmonicBondForce": "bonds",
    "HarmonicAngleForce": "angles",
    "PeriodicTorsionForce": "torsions",
    "NonbondedForce": "non-bonded",
}
DISTORTION_NM = 0.005
SEED = 1

Energies = Mapping[str, float]
"""In kJ/mol, by name of the OpenMM force."""


def compare(name: str, repeat_units: int, folder: Path) -> tuple[Energies, Energies]:
    """Energies of an atactic oligomer by the force field of ionlink and by tleap, at the same distorted geometry."""
    ligand = ligands()[name]
    chain = build_chain(ligand, repeat_units, SEED)
    system = app.ForceField(str(force_field_file(ligand))).createSystem(chain.topology)
    molecule = with_random_stereo(oligomer(ligand.repeat_unit_smiles, repeat_units), SEED)
    reference = tleap_system(molecule, charges_e(system), folder)
    distortion = np.random.default_rng(SEED).normal(0, DISTORTION_NM, chain.positions_nm.shape)
    distorted = minimised_nm(system, chain.positions_nm) + distortion
    return energies_kj_mol(system, distorted), energies_kj_mol(reference, distorted)


def tleap_system(molecule: Chem.Mol, of_atoms: NDArray[np.float64], folder: Path) -> openmm.System:
    """Topology of a molecule by antechamber, parmchk2 and tleap alone, with the charges given."""
    programs = find_ambertools()
    typed = folder / "typed"
    type_molecule(molecule, programs, typed)
    head, rest = (typed / "chain.mol2").read_text().split("@<TRIPOS>ATOM\n")
    atoms, bonds = rest.split("@<TRIPOS>BOND")
    rows = [line.split() for line in atoms.strip().splitlines()]
    for index, (row, charge) in enumerate(zip(rows, of_atoms, strict=True)):
        row[1], row[8] = f"X{index}", f"{charge:.6f}"
    lines = "\n".join(" ".join(row) for row in rows)
    (typed / "charged.mol2").write_text(f"{head}@<TRIPOS>ATOM\n{lines}\n@<TRIPOS>BOND{bonds}")
    (typed / "leap.in").write_text(
        "source leaprc.gaff2\nloadamberparams chain.frcmod\nm = loadmol2 charged.mol2\n"
        "saveamberparm m m.prmtop m.inpcrd\nquit\n"
    )
    subprocess.run([programs.bin_folder / "tleap", "-f", "leap.in"], cwd=typed, check=True, capture_output=True)
    return app.AmberPrmtopFile(str(typed / "m.prmtop")).createSystem()


def charges_e(system: openmm.System) -> NDArray[np.float64]:
    """Charge of every particle."""
    force = nonbonded_force(system)
    found = (force.getParticleParameters(index)[0] for index in range(force.getNumParticles()))
    return np.array([charge.value_in_unit(unit.elementary_charge) for charge in found])


def minimised_nm(system: openmm.System, positions_nm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Positions after 500 steps of minimisation, `n_atoms x 3`."""
    made = context(system, positions_nm)
    openmm.LocalEnergyMinimizer.minimize(made, maxIterations=500)
    positions = made.getState(positions=True).getPositions(asNumpy=True).value_in_unit(unit.nanometer)
    return np.asarray(positions, dtype=np.float64)


def energies_kj_mol(system: openmm.System, positions_nm: NDArray[np.float64]) -> Energies:
    """Energy of each force."""
    for group, force in enumerate(system.getForces()):
        force.setForceGroup(group)
    made = context(system, positions_nm)
    energies = {}
    for group, force in enumerate(system.getForces()):
        state = made.getState(energy=True, groups={group})
        energies[force.getName()] = state.getPotentialEnergy().value_in_unit(unit.kilojoule_per_mole)
    return energies


def context(system: openmm.System, positions_nm: NDArray[np.float64]) -> openmm.Context:
    """The system on the reference platform (double precision)."""
    made = openmm.Context(system, openmm.VerletIntegrator(0.001), openmm.Platform.getPlatform("Reference"))
    made.setPositions(positions_nm)
    return made


def row(name: str, repeat_units: int, here: Energies, reference: Energies) -> str:
    """A row of the table: energies by tleap with the difference of ionlink's from them."""
    cells = [f"{reference[term]:.3f} ({here[term] - reference[term]:+.3f})" for term in TERMS]
    return " | ".join([f"| {name}", str(repeat_units), *cells]) + " |"


def main() -> None:
    """Compare all ligands and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ligands", nargs="*", default=sorted(path.stem for path in shipped_folder().glob("*.xml")))
    parser.add_argument("--repeat-units", type=int, default=4)
    options = parser.parse_args()
    print("| ligand | units | " + " | ".join(TERMS.values()) + " |\n" + "|---" * (2 + len(TERMS)) + "|")
    for name in options.ligands:
        with tempfile.TemporaryDirectory() as folder:
            here, reference = compare(name, options.repeat_units, Path(folder))
        print(row(name, options.repeat_units, here, reference), flush=True)


if __name__ == "__main__":
    main()
