"""Builds formulations from what a user typed."""

import math
from collections.abc import Mapping
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
from ionlink.data.spelling import OXOCATIONS, cation_label, cations_named, name_key, parse_cation

UNKNOWN = "?"
"""Stands for a cation that was given, and whose name is not known."""

MOST_LETTERS_OF_A_SYMBOL = 2


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
    second = names.pop("second_cation", UNKNOWN) if second_cation is not None else None
    given = {"second_cation": second, "second_fraction": second_fraction, "ph": ph, "temperature_k": temperature_k}
    conditions, wrong = conditions_of(names.get("cation"), {k: v for k, v in given.items() if v is not None})
    if faults or wrong:
        raise InputError([*faults, *wrong])
    return Formulation.model_validate({**names, "ratio": ratio, **conditions})


def cation_name(text: str) -> str:
    """Canonical name of a cation as typed.

    Raises:
        InputError: when ionlink does not know it, with what comes closest.

    """
    parsed = parse_cation(text)
    name = cation_label(*parsed) if parsed else text.strip()
    if name in cations():
        return name
    if meant := _meant(text):
        raise InputError(f"cation: '{text}' is not known; did you mean {' or '.join(meant)}?")
    element = OXOCATIONS.get(parsed[0], parsed[0]) if parsed else text.strip(" 0123456789+").capitalize()
    same = [cation.name for cation in cations().values() if cation.element == element]
    if same:
        raise InputError(f"cation: '{text}' is not known; of {element} ionlink knows {' and '.join(same)}")
    reads = "" if parsed else " does not read as element and charge and"
    raise InputError(
        f"cation: '{text}'{reads} is not known; the cations are {', '.join(cations())}; ionlink data import cations "
        "adds your own"
    )


def _meant(text: str) -> list[str]:
    """Cations that a name such as `iron(III)` or `ferric`, or the formula of a salt, may stand for."""
    named = cations_named(text)
    return [name for name in cations() if name in named or _is_salt(name, text)]


def _is_salt(cation: str, formula: str) -> bool:
    from ionlink.data.salt import salt_of

    try:
        return len(formula) > MOST_LETTERS_OF_A_SYMBOL and salt_of(cation, formula) is not None
    except InputError:
        return False


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


def conditions_of(cation: str | None, given: Mapping[str, object]) -> tuple[dict[str, object], list[str]]:
    """Fields of `Formulation` for conditions, and everything that is wrong with them.

    Args:
        cation: Canonical name of the first cation; `None` where that is not known.
        given: Conditions by name, but for those that are left open: the canonical name of a second cation, or
            `UNKNOWN`; numbers, which may be texts.

    """
    members = {"cation": cation or "", "ligand": ""}
    whole = build(Formulation, {**members, **given}, "", [])
    if whole and not temperature_faults(whole.temperature_k):  # of millions of rows nearly all end here
        return {name: getattr(whole, name) for name in given}, []
    faults: list[str] = []
    fields: dict[str, object] = {name: value for name, value in given.items() if name == "second_cation"}
    mixture = {"second_cation": UNKNOWN, "second_fraction": 0.5}
    for name in [name for name in given if name != "second_cation"]:
        if name == "second_fraction" and (percent := fraction_faults(given[name])):
            faults.extend(f"{name}: {fault}" for fault in percent)
        elif found := build(Formulation, {"cation": "", "ligand": "", **mixture, name: given[name]}, "", faults):
            fields[name] = getattr(found, name)
    faults.extend(f"temperature_k: {fault}" for fault in temperature_faults(fields.get("temperature_k")))
    shares = {name: fields.get(name, usual) for name, usual in mixture.items() if name in given}
    build(Formulation, {**members, **shares}, "", faults)
    return fields, [fault.removeprefix(", ").removeprefix("row: ") for fault in faults]


def fraction_faults(share: object) -> list[str]:
    """What is wrong with a share that is written in per cent; empty where it is none such.

    >>> fraction_faults(30)
    ['30 is not a share between 0 and 1; if it is in per cent, write 0.3']

    """
    try:
        percent = float(str(share))
    except ValueError:
        return []
    if not 1 < percent < 100:
        return []
    return [f"{percent:g} is not a share between 0 and 1; if it is in per cent, write {percent / 100:g}"]


def condition_faults(name: str, value: object) -> list[str]:
    """What is wrong with `second_fraction`, `ph` or `temperature_k` alone; empty when nothing is."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return [f"{name}: {value!r} is not a number"]
    mixture = {"second_cation": UNKNOWN, "second_fraction": 0.5}
    return conditions_of(None, {**mixture, name: value})[1]
