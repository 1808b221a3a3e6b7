"""From types, charges and parameters to one OpenMM force-field file for a ligand."""

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from ionlink.data.ligand import Ligand
from ionlink.data.repeat_unit import unit_of
from ionlink.simulate.chain import atom_names
from ionlink.simulate.oligomer import oligomer
from ionlink.simulate.parametrise_units import Place

if TYPE_CHECKING:
    from parmed.modeller import ResidueTemplate
    from rdkit.Chem import Mol


def force_field_xml(
    ligand: Ligand,
    units: Mapping[Place, tuple[Sequence[str], Sequence[Decimal]]],
    parameter_files: Sequence[Path],
    provenance: Mapping[str, str],
) -> str:
    """The force-field file of a ligand as text; equal arguments give equal text.

    Args:
        ligand: its name is put before every atom type, so that no type clashes with another file's.
        units: for each place the GAFF2 types and the charges (e) of the unit, in template order.
        parameter_files: `gaff2.dat` and the frcmod files, a later one completing the earlier ones.
        provenance: tags and texts of the Info section.

    """
    templates = [_template(ligand, place, types, charges) for place, (types, charges) in units.items()]
    return _written(ligand.name, templates, parameter_files, provenance)


def molecule_xml(
    name: str,
    molecule: "Mol",
    types_and_charges: tuple[Sequence[str], Sequence[Decimal]],
    parameter_files: Sequence[Path],
    provenance: Mapping[str, str],
) -> str:
    """The force-field file of a whole molecule as text; equal arguments give equal text.

    Args:
        name: put before every atom type, so that no type clashes with another file's; also of the residue.
        molecule: with explicit hydrogens.
        types_and_charges: its GAFF2 types and its charges (e), in the order of its atoms.
        parameter_files: `gaff2.dat` and the frcmod files, a later one completing the earlier ones.
        provenance: tags and texts of the Info section.

    """
    atoms = {atom.GetIdx() for atom in molecule.GetAtoms()}
    template = _residue(name, molecule, atoms, *types_and_charges)
    return _written(name, [template], parameter_files, provenance)


def _written(
    name: str, templates: Sequence["ResidueTemplate"], parameter_files: Sequence[Path], provenance: Mapping[str, str]
) -> str:
    from parmed.amber import AmberParameterSet
    from parmed.openmm import OpenMMParameterSet

    parameters = OpenMMParameterSet.from_parameterset(AmberParameterSet(*map(str, parameter_files)))
    for template in templates:
        parameters.residues[template.name] = template
    text = StringIO()
    parameters.write(
        text,
        provenance=dict(provenance),
        write_unused=False,
        improper_dihedrals_ordering="amber",
        skip_duplicates=False,
    )
    return _own_types(text.getvalue(), name)


def _template(ligand: Ligand, place: Place, types: Sequence[str], charges: Sequence[Decimal]) -> "ResidueTemplate":
    chain = oligomer(ligand.repeat_unit_smiles, place.repeat_units)
    inside = {atom.GetIdx() for atom in chain.GetAtoms() if unit_of(atom) == place.unit}
    return _residue(f"{ligand.name}-{place.name}", chain, inside, types, charges)


def _residue(
    name: str, molecule: "Mol", inside: set[int], types: Sequence[str], charges: Sequence[Decimal]
) -> "ResidueTemplate":
    """The template of some atoms of a molecule, or of all."""
    from parmed import Atom
    from parmed.modeller import ResidueTemplate

    template = ResidueTemplate(name)
    names = atom_names(molecule)
    atoms = {}
    for index, kind, charge in zip(sorted(inside), types, charges, strict=True):
        number = molecule.GetAtomWithIdx(index).GetAtomicNum()
        atoms[index] = Atom(name=names[index], type=kind, charge=charge, atomic_number=number)
        template.add_atom(atoms[index])
    for bond in molecule.GetBonds():
        ends = [atoms.get(index) for index in (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())]
        if all(ends):
            template.add_bond(*ends)
        elif any(ends):
            template.connections.append(next(filter(None, ends)))
    return template


def _own_types(text: str, ligand_name: str) -> str:
    """Put the ligand's name before every type and drop the date, which would make equal files differ."""
    root = ET.fromstring(text)
    for element in root.iter():
        for key, value in element.attrib.items():
            is_type = key == "type" or key.startswith("class") or (element.tag == "Type" and key == "name")
            if is_type and value:  # an empty class matches any
                element.set(key, f"{ligand_name}-{value}")
    info = root.find("Info")
    date = root.find("Info/DateGenerated")
    if info is not None and date is not None:
        info.remove(date)
    ET.indent(root, " ")
    return ET.tostring(root, encoding="unicode") + "\n"
