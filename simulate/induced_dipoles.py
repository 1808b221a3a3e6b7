"""The 12-6-4 ion model: −C4/r⁴ between an ion and all that it polarises, added to the 12-6 potential.

The attraction of an ion to the dipole that it induces, doi:10.1021/ct400751u and doi:10.1021/jp505875v. Ions have
Lennard-Jones parameters and C4 of their own in this model (`ions_12-6-4.csv`, fitted to hydration free energy,
ion–oxygen distance and coordination number in water at once). C4 towards anything but water is that towards water times
the ratio of polarisabilities (`polarisabilities.csv`), as AmberTools and ParmEd do it (`parmed.tools.add12_6_4`).

Two limits: the term is cut off with the other non-bonded terms, without a tail correction, as in Amber; and it was
fitted with full charges, so that a protocol which scales them is not the published model.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from io import StringIO
from pathlib import Path

import openmm
from openmm import app, unit

from ionlink.data.csv_table import Row, read_rows
from ionlink.simulate.errors import CannotSimulate
from ionlink.simulate.ions import element_and_charge, ion_template, ion_types
from ionlink.simulate.nonbonded import nonbonded_force
from ionlink.simulate.water import water_model, water_types

KJ_PER_KCAL = 4.184
NM_PER_ANGSTROM = 0.1
_LARGEST_SEPARATION_OF_BONDED_ATOMS = 3
"""Atoms up to three bonds apart do not feel the term, like the Lennard-Jones term."""


@dataclass(frozen=True)
class InducingIon:
    """Parameters of an ion in the 12-6-4 model."""

    sigma_nm: float
    epsilon_kj_mol: float
    c4_kj_mol_nm4: float
    """Towards water; negative where the 12-6 potential alone attracts too much."""


def inducing_ion(ion: str, water: str) -> InducingIon:
    """Parameters of an ion, such as `Fe3+`, for a water model, such as `SPC/E`.

    Raises:
        CannotSimulate: there are none.

    """
    found = _inducing_ions().get((water, ion))
    if found is None:
        known = ", ".join(name for of_water, name in _inducing_ions() if of_water == water)
        raise CannotSimulate(
            f"{ion} has no 12-6-4 parameters for {water} water; use a protocol with the 12-6 model, or one of {known}"
        )
    return found


def use_12_6_4(system: openmm.System, topology: app.Topology, force_field: str, *molecule_files: Path) -> None:
    """Turn the ions of a 12-6 system into ions of the 12-6-4 model.

    Args:
        system: made from `topology` with these force-field files, non-bonded method PME.
        topology: ions are the residues of one atom, named like `Fe3+`.
        force_field: OpenMM's file of the ions and of water.
        molecule_files: force-field files of the ligand and of solvents other than water.

    Raises:
        CannotSimulate: an ion or an atom type has no parameters.

    """
    water = water_model(force_field)
    ions = {atom.index: inducing_ion(atom.name, water) for atom in topology.atoms() if is_ion(atom)}
    nonbonded = nonbonded_force(system)
    for index, ion in ions.items():
        charge = nonbonded.getParticleParameters(index)[0]
        nonbonded.setParticleParameters(index, charge, ion.sigma_nm, ion.epsilon_kj_mol)
    system.addForce(_attraction(topology, force_field, molecule_files, nonbonded.getCutoffDistance()))


def is_ion(atom: app.topology.Atom) -> bool:
    """Whether an atom is a residue of its own."""
    return len(list(atom.residue.atoms())) == 1


def _attraction(
    topology: app.Topology, force_field: str, molecule_files: Sequence[Path], cutoff: unit.Quantity
) -> openmm.CustomNonbondedForce:
    """The force alone, made by OpenMM from a force-field file that has nothing else."""
    ions = {atom.name for atom in topology.atoms() if is_ion(atom)}
    text = StringIO(attraction_xml(ions, force_field, *molecule_files))
    templates = {a.residue: ion_template(a.name, force_field) for a in topology.atoms() if is_ion(a)}
    made = app.ForceField(force_field, *map(str, molecule_files), text).createSystem(
        topology, nonbondedMethod=app.CutoffPeriodic, nonbondedCutoff=cutoff, residueTemplates=templates
    )
    (force,) = (force for force in made.getForces() if isinstance(force, openmm.CustomNonbondedForce))
    return openmm.XmlSerializer.clone(force)


def attraction_xml(ions: Iterable[str], force_field: str, *molecule_files: Path) -> str:
    """The attraction as an OpenMM force-field file: C4 and polarisability of every atom type.

    Raises:
        CannotSimulate: an ion or an atom type has no parameters.

    """
    root = ET.Element("ForceField")
    attributes = {
        "energy": "-(c41*polarisability2 + c42*polarisability1)/r^4",
        "bondCutoff": str(_LARGEST_SEPARATION_OF_BONDED_ATOMS),
    }
    force = ET.SubElement(root, "CustomNonbondedForce", attributes)
    for name in ("c4", "polarisability"):
        ET.SubElement(force, "PerParticleParameter", name=name)
    water = water_model(force_field)
    used = {ion_types(force_field)[element_and_charge(ion)]: ion for ion in ions}
    for kind, name in _type_names(force_field, molecule_files, used).items():
        c4 = inducing_ion(used[kind], water).c4_kj_mol_nm4 if kind in used else 0.0
        ET.SubElement(force, "Atom", type=kind, c4=repr(c4), polarisability=repr(_relative_polarisability(name)))
    return ET.tostring(root, encoding="unicode")


def _type_names(force_field: str, molecule_files: Sequence[Path], ions: Mapping[str, str]) -> dict[str, str]:
    """Name in `polarisabilities.csv` of every atom type that can occur, by type."""
    oxygen, hydrogen = water_types(force_field)
    names = {oxygen: "OW", hydrogen: "HW", **ions}
    for file in molecule_files:
        for kind in ET.parse(file).getroot().iterfind("AtomTypes/Type"):
            # The name of the ligand or solvent stands before every type.
            names[kind.get("name", "")] = kind.get("name", "").rpartition("-")[2]
    return names


def _relative_polarisability(name: str) -> float:
    """Polarisability over that of water."""
    found = _polarisabilities()
    if name not in found:
        raise CannotSimulate(
            f"atom type {name} has no polarisability for the 12-6-4 model; use a protocol with the 12-6 model"
        )
    return found[name] / found["OW"]


@cache
def _polarisabilities() -> Mapping[str, float]:
    """In Å³, of GAFF2 types, ions, and the atoms of water (all of a molecule's on its oxygen)."""
    rows = _rows("polarisabilities.csv", ("name", "kind", "polarisability_angstrom3", "source"))
    return {row.cells["name"]: float(row.cells["polarisability_angstrom3"]) for row in rows}


@cache
def _inducing_ions() -> Mapping[tuple[str, str], InducingIon]:
    """By water model and ion."""
    columns = ("rmin_half_angstrom", "epsilon_kcal_mol", "c4_kcal_mol_angstrom4")
    found = {}
    for row in _rows("ions_12-6-4.csv", ("water", "ion", *columns, "source")):
        half, epsilon, c4 = (float(row.cells[column]) for column in columns)
        found[row.cells["water"], row.cells["ion"]] = InducingIon(
            sigma_nm=2 * half / 2 ** (1 / 6) * NM_PER_ANGSTROM,
            epsilon_kj_mol=epsilon * KJ_PER_KCAL,
            c4_kj_mol_nm4=c4 * KJ_PER_KCAL * NM_PER_ANGSTROM**4,
        )
    return found


def _rows(name: str, columns: tuple[str, ...]) -> tuple[Row, ...]:
    return read_rows(Path(str(resources.files("ionlink.simulate"))) / name, columns)
