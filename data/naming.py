"""Builds formulations from what a user typed."""

import math
from difflib import get_close_matches
from functools import cache
from numbers import Real

from ionlink.data.catalogue import ligands
from ionlink.data.cation_table import cations
from ionlink.data.csv_table import build
from ionlink.data.errors import InputError
from ionlink.data.formulation import Formulation, temperature_faults
from ionlink.data.ligand_table import ligand_keys
from ionlink.data.molecule import read_molecule
from ionlink.data.phreeqc.ligands import molecule_spellings
from ionlink.data.spelling import OXOCATIONS, cation_label, name_key, parse_cation


def formulation_of(
    cation: str,
    ligand: str,
    ratio: float,
    *,
    second_cation: str | None = None,
    second_fraction: float | None = None,
    ph: float | None = None,
    temperature_k: float | None = None,
    molecules: bool = False,
) -> Formulation:
    """The formulation with canonical names.

    Args:
        cation: Such as `Fe3+`, `Fe(III)`, `Fe+3` or `fe3+`.
        ligand: Name or synonym, such as `PAA` or `poly(acrylic acid)`.
        ratio: Donor groups per cation, above 0.
        second_cation: Of a mixture the other cation.
        second_fraction: Share of the cations that are the second one, between 0 and 1.
        ph: Where it matters.
        temperature_k: Where it matters, in kelvin.
        molecules: Whether the ligand may be a small molecule too, by name or as SMILES.

    Raises:
        InputError: with one line for each that is not usable.

    >>> print(formulation_of("Fe(III)", "poly(acrylic acid)", 60))
    Fe3+ / PAA / 60:1

    """
    faults: list[str] = []
    names = {}
    typed = [("cation", cation_name, cation), ("ligand", ligand_or_molecule_name if molecules else ligand_name, ligand)]
    if second_cation is not None:
        typed.append(("second_cation", second_cation_name, second_cation))
    for field, find, text in typed:
        try:
            names[field] = find(text)
        except InputError as error:
            faults.extend(error.faults)
    faults.extend(ratio_faults(ratio))
    if faults:
        raise InputError(faults)
    conditions = {"second_fraction": second_fraction, "ph": ph, "temperature_k": temperature_k}
    found = build(Formulation, {**names, "ratio": ratio, **conditions}, "", faults)
    faults.extend(f"temperature_k: {fault}" for fault in temperature_faults(temperature_k))
    if found is None or faults:
        raise InputError(fault.removeprefix(", ").removeprefix("row: ") for fault in faults)
    return found


def cation_name(text: str) -> str:
    """Canonical name of a cation as typed.

    Raises:
        InputError: when ionlink does not know it, with what comes closest.

    """
    parsed = parse_cation(text)
    name = cation_label(*parsed) if parsed else text.strip()
    if name in cations():
        return name
    element = OXOCATIONS.get(parsed[0], parsed[0]) if parsed else text.strip().capitalize()
    same = [cation.name for cation in cations().values() if cation.element == element]
    if same:
        raise InputError(f"cation: '{text}' is not known; of {element} ionlink knows {' and '.join(same)}")
    reads = "" if parsed else " does not read as element and charge and"
    raise InputError(f"cation: '{text}'{reads} is not known; the cations are {', '.join(cations())}")


def second_cation_name(text: str) -> str:
    """Canonical name of a mixture's second cation as typed.

    Raises:
        InputError: as `cation_name`, but of the field `second_cation`.

    """
    try:
        return cation_name(text)
    except InputError as error:
        raise InputError(f"second_{fault}" for fault in error.faults) from error


def ligand_name(text: str) -> str:
    """Canonical name of a ligand as typed.

    Raises:
        InputError: when ionlink does not know it, with what comes closest.

    """
    known = ligand_index()
    key = name_key(text)
    if key in known:
        return known[key]
    if key in molecule_spellings():
        raise InputError(
            f"ligand: '{text}' is the small molecule {molecule_spellings()[key]}; give a polymer, such as PAA"
        )
    close = dict.fromkeys(known[match] for match in get_close_matches(key, known, n=3))
    hint = f"did you mean {' or '.join(close)}?" if close else f"the ligands are {', '.join(ligands())}"
    raise InputError(f"ligand: '{text}' is not known; {hint}")


def ligand_or_molecule_name(text: str) -> str:
    """Canonical name of a ligand: of a polymer its name, of a small molecule, as SMILES or by name, its neutral SMILES.

    Raises:
        InputError: when it is neither, with what is wrong with it as either.

    >>> ligand_or_molecule_name("CC(=O)[O-]"), ligand_or_molecule_name("acetate")
    ('CC(=O)O', 'CC(=O)O')

    """
    key = name_key(text)
    known = ligand_index().get(key) or molecule_spellings().get(key)
    if known is not None:
        return known
    try:
        return read_molecule(text).smiles
    except InputError as no_molecule:
        # Which polymer comes closest is looked for last: it takes its time, and a library has many molecules.
        try:
            return ligand_name(text)
        except InputError as error:
            raise InputError(f"{error.faults[0]}; nor is it a molecule: {no_molecule.faults[0]}") from None


@cache
def ligand_index() -> dict[str, str]:
    """Canonical name by reduced spelling."""
    return {key: ligand.name for ligand in ligands().values() for key in ligand_keys(ligand)}


def ratio_faults(ratio: object) -> list[str]:
    """What is wrong with a ratio of donor groups per cation; empty when nothing is."""
    if isinstance(ratio, bool) or not isinstance(ratio, Real):
        return [f"ratio: {ratio!r} is not a number; give donor groups per cation, such as 60"]
    if not math.isfinite(ratio) or ratio <= 0:
        return [f"ratio: {ratio} is not possible; give donor groups per cation, a finite number above 0"]
    return []


def condition_faults(name: str, value: object) -> list[str]:
    """What is wrong with `second_fraction`, `ph` or `temperature_k` alone; empty when nothing is."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return [f"{name}: {value!r} is not a number"]
    faults: list[str] = []
    mixture = {"cation": "", "ligand": "", "second_cation": "another", "second_fraction": 0.5}
    build(Formulation, {**mixture, name: value}, "", faults)
    if name == "temperature_k":
        faults.extend(f"{name}: {fault}" for fault in temperature_faults(value))
    return [fault.removeprefix(", ") for fault in faults]
