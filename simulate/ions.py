"""Which ions a force field has."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import openmm.app

from ionlink.data.errors import InputError
from ionlink.simulate.errors import WAY_OUT, CannotSimulate

_SETS = {
    "spce": "Joung & Cheatham for 1+, CM for 2+, IOD for 3+ and 4+",
    "opc3": "HFE for 1+, CM for 2+, IOD for 3+ and 4+",
}
"""Which of the published 12-6 parameters OpenMM's file of a water has, by charge of the ion.

HFE sets reproduce the hydration free energy, IOD sets the ion–oxygen distance, and CM sets are a compromise of both.
The files name AmberTools' `frcmod.ionsjc_spce`, `frcmod.ions234lm_126_spce` and `frcmod.ionslm_126_opc3`, which name
every ion's set and source: doi:10.1021/jp8001614 (Joung & Cheatham), doi:10.1021/ct400146w (CM), doi:10.1021/jp505875v
(IOD); for OPC3 doi:10.1021/acs.jcim.0c01390 (HFE), J. Chem. Theory Comput. 16 (2020) 4429 (CM) and 17 (2021) 2342
(IOD). TIP3P is not here: its 3+ and 4+ ions have the radii of the 12-6-4 set, too large without C4.
"""

_ION = re.compile(r"([A-Z][a-z]?)(\d*)([+-])")


def element_and_charge(ion: str) -> tuple[str, int]:
    """Element symbol and charge (e) of an ion written as in `Fe3+`, `Na+` or `Cl-`.

    >>> element_and_charge("Fe3+"), element_and_charge("Cl-")
    (('Fe', 3), ('Cl', -1))

    Raises:
        InputError: `ion` is not written that way.

    """
    match = _ION.fullmatch(ion)
    if match is None:
        raise InputError(f"ion: `{ion}` is not an element with a charge, such as Fe3+ or Cl-")
    element, digits, sign = match.groups()
    return element, int(digits or 1) * (1 if sign == "+" else -1)


@cache
def ion_templates(force_field: str) -> Mapping[tuple[str, int], str]:
    """Residue template of each monatomic ion in an OpenMM force-field file, by element and charge.

    Fe, Cr, Ce, Eu and Sm come in two charges with one topology, so the template must always be named.
    """
    return {ion: residue for ion, (residue, _) in _ion_residues(force_field).items()}


@cache
def ion_types(force_field: str) -> Mapping[tuple[str, int], str]:
    """Atom type of each monatomic ion in an OpenMM force-field file, by element and charge."""
    return {ion: kind for ion, (_, kind) in _ion_residues(force_field).items()}


@cache
def _ion_residues(force_field: str) -> Mapping[tuple[str, int], tuple[str, str]]:
    """Name of the residue and type of its atom, by element and charge."""
    root = ElementTree.parse(openmm_data_file(force_field)).getroot()
    elements = {kind.get("name"): kind.get("element") for kind in root.iterfind("AtomTypes/Type")}
    found: dict[tuple[str, int], tuple[str, str]] = {}
    for residue in root.iterfind("Residues/Residue"):
        atoms = residue.findall("Atom")
        kind = atoms[0].get("type", "")
        element = elements.get(kind)
        if len(atoms) == 1 and element is not None:
            found[element, round(float(atoms[0].get("charge", "0")))] = (residue.get("name", ""), kind)
    return found


def ion_template(ion: str, force_field: str) -> str:
    """Residue template of `ion` in the OpenMM force-field file.

    Raises:
        CannotSimulate: the force field has no parameters for it, as for any ion of more than one atom.

    """
    template = ion_templates(force_field).get(element_and_charge(ion)) if _ION.fullmatch(ion) else None
    if template is None:
        raise CannotSimulate(f"{ion} has no parameters in {force_field}; {WAY_OUT}")
    return template


def ion_parameters(force_field: str, ion_model: str) -> str:
    """Where the parameters of the ions are from, in a few words: the file, and the published set where it is known."""
    if ion_model == "12-6-4":
        return f"12-6-4 sets for the water of {force_field}"
    published = _SETS.get(Path(force_field).stem) if force_field.startswith(("amber14/", "amber19/")) else None
    return f"{force_field} ({published})" if published else force_field


def openmm_data_file(name: str) -> Path:
    """Where a force-field file that OpenMM ships lies."""
    return Path(openmm.app.__file__).parent / "data" / name
