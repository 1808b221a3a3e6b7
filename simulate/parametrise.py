"""The force-field file of a ligand: shipped, cached, or computed with AmberTools.

Route: GAFF2 types, AM1-BCC charges of the repeat unit stitched into the chain, parameters by parmchk2, one OpenMM file
with a residue template for each place a unit can have (head, middle, tail, single), so that it serves every chain
length. `python -m ionlink.simulate.parametrise [LIGAND …]` computes the shipped files
again, and adds ligands.
"""

import hashlib
import logging
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path

from ionlink.data.ligand import Ligand
from ionlink.data.repeat_unit import canonical_repeat_unit, read_repeat_unit
from ionlink.data.whole_file import write_whole
from ionlink.simulate.ambertools import AmberTools, find_ambertools
from ionlink.simulate.cache_folder import CACHE_WAY_OUT, cache_folder
from ionlink.simulate.errors import WAY_OUT, CannotSimulate
from ionlink.simulate.parametrise_charges import unit_charges
from ionlink.simulate.parametrise_types import gaff2_types
from ionlink.simulate.parametrise_units import charge_model, distinct_places
from ionlink.simulate.parametrise_xml import force_field_xml

ROUTE = "GAFF2, AM1-BCC stitched, version 1"
"""Named in every file; a change of the route that changes numbers changes it, and cached files are computed anew."""

GAFF2_ELEMENTS = frozenset({"H", "C", "N", "O", "F", "P", "S", "Cl", "Br", "I"})
"""Elements that `gaff2.dat` has atom types for."""

TWICE_DEPROTONATED_CATECHOL = "c([OX1-])c[OX1-]"
"""SMARTS of the ring that antechamber takes for an ortho-quinone."""

_log = logging.getLogger(__name__)


def force_field_file(ligand: Ligand) -> Path:
    """The OpenMM force-field file of a ligand, for `ForceField("amber14/spce.xml", str(path))`.

    A shipped file made for the same repeat unit, else one from the user's cache, else computed now with AmberTools
    (seconds to minutes, once for each ligand) and put into the cache.

    Raises:
        InputError: the repeat unit cannot be used.
        CannotSimulate: AmberTools is needed and not installed, or its programs cannot parametrise the ligand.
        OSError: the user's cache cannot be written.

    """
    unit = canonical_repeat_unit(ligand.repeat_unit_smiles)
    shipped = _shipped_files().get(unit)
    if shipped is not None:
        return shipped
    cached = _cached_file(unit)
    if not cached.exists():
        if reason := _beyond_the_route(ligand):
            raise CannotSimulate(reason)
        with _cache_named(ligand):
            cached.parent.mkdir(parents=True, exist_ok=True)  # before the minutes of computing
        text = computed_force_field(ligand)
        with _cache_named(ligand):
            write_whole(cached, text)
    return cached


@contextmanager
def _cache_named(ligand: Ligand) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = f"the force field of {ligand.name} cannot be kept: {error.strerror}; {CACHE_WAY_OUT}"
        raise OSError(error.errno, reason, error.filename) from error


def lacks_force_field(ligand: Ligand) -> bool:
    """Whether `force_field_file` would have to compute the file; raises `InputError` as that."""
    unit = canonical_repeat_unit(ligand.repeat_unit_smiles)
    return unit not in _shipped_files() and not _cached_file(unit).exists()


def refuse_without_force_field(ligand: Ligand) -> None:
    """Say in advance, without computing anything, that `force_field_file` cannot give a file.

    Raises:
        InputError, CannotSimulate: as `force_field_file`, but for failures of AmberTools' programs.

    """
    if lacks_force_field(ligand):
        _ambertools_for(ligand)


def _cached_file(unit: str) -> Path:
    key = hashlib.sha256(f"{ROUTE}\n{unit}".encode()).hexdigest()[:32]
    return cache_folder() / "force_fields" / f"{key}.xml"


def shipped_folder() -> Path:
    """Where the shipped force-field files lie."""
    return Path(str(resources.files("ionlink.data"))) / "force_fields"


def computed_force_field(ligand: Ligand) -> str:
    """Compute the force-field file of a ligand with AmberTools.

    A second computation gives the same text but for the last digit of a charge (1e-4 e): AmberTools' quantum chemistry
    does not reproduce its optimised geometry bit by bit.

    Raises:
        InputError: the repeat unit cannot be used.
        CannotSimulate: GAFF2 lacks an element, AmberTools is not installed, or its programs cannot parametrise the
            ligand.

    """
    ambertools = _ambertools_for(ligand)
    with tempfile.TemporaryDirectory(prefix="ionlink-") as scratch:
        return _computed(ligand, ambertools, Path(scratch))


def _ambertools_for(ligand: Ligand) -> AmberTools:
    """AmberTools, for a ligand that it can parametrise by this route."""
    if reason := _beyond_the_route(ligand):
        raise CannotSimulate(reason)
    try:
        return find_ambertools()
    except CannotSimulate as error:
        raise CannotSimulate(f"no force field is shipped for {ligand.name}; to compute one, {error}") from None


@cache
def _beyond_the_route(ligand: Ligand) -> str | None:
    """Why no AmberTools could help, kept because a campaign asks it for every cation again."""
    try:
        refuse_foreign_elements(ligand)
        charge_model(ligand, distinct_places(ligand)[0])
        refuse_catecholates(ligand)
    except CannotSimulate as error:
        return str(error)
    return None


def refuse_foreign_elements(ligand: Ligand) -> None:
    """Say that GAFF2 does not cover an element before AmberTools fails on it.

    Raises:
        InputError: the repeat unit cannot be used.
        CannotSimulate: the repeat unit has an element without GAFF2 types.

    """
    symbols = {atom.GetSymbol() for atom in read_repeat_unit(ligand.repeat_unit_smiles).GetAtoms()} - {"*"}
    if foreign := sorted(symbols - GAFF2_ELEMENTS):
        raise CannotSimulate(
            f"{ligand.name}: GAFF2 has no parameters for {', '.join(foreign)}; no force field covers it; {WAY_OUT}"
        )


def refuse_catecholates(ligand: Ligand) -> None:
    """Say that a force field for a catecholate would be one for another molecule.

    antechamber takes the ring of a twice deprotonated catechol for an ortho-quinone: carbonyl types on both C–O and a
    single bond between them, so that the minimised ring has C–O of 1.24 Å and C–C of 1.62 Å.

    Raises:
        InputError: the repeat unit cannot be used.
        CannotSimulate: the repeat unit bears a catechol that is twice deprotonated.

    """
    from rdkit import Chem

    if read_repeat_unit(ligand.repeat_unit_smiles).HasSubstructMatch(Chem.MolFromSmarts(TWICE_DEPROTONATED_CATECHOL)):
        raise CannotSimulate(
            f"{ligand.name}: AmberTools types its catecholate as an ortho-quinone, whose bonds are wrong; {WAY_OUT}"
        )


def _computed(ligand: Ligand, ambertools: AmberTools, folder: Path) -> str:
    types, frcmods = gaff2_types(ligand, ambertools, folder)
    units = {}
    for place in distinct_places(ligand):
        _log.info("%s: AM1-BCC charges of the %s unit", ligand.name, place.name)
        units[place] = (types[place.name], unit_charges(ligand, place, ambertools, folder / place.name))
    provenance = {
        "RepeatUnit": canonical_repeat_unit(ligand.repeat_unit_smiles),
        "Route": ROUTE,
        "AmberTools": ambertools.package,
        "Parameters": ambertools.parameters,
        "RDKit": version("rdkit"),
    }
    return force_field_xml(ligand, units, [ambertools.gaff2, *frcmods], provenance)


@cache
def _shipped_files() -> dict[str, Path]:
    """The shipped files by canonical repeat unit."""
    found = {}
    for path in sorted(shipped_folder().glob("*.xml")):
        # Written anew by this RDKit: another release may order the same atoms differently.
        found[canonical_repeat_unit(ET.parse(path).findtext("Info/RepeatUnit", default=""))] = path
    return found


def main() -> None:
    """Compute the shipped force-field files anew, and those of ligands named on the command line."""
    from ionlink.data.catalogue import ligands

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for name in sorted({*(path.stem for path in shipped_folder().glob("*.xml")), *sys.argv[1:]}):
        write_whole(shipped_folder() / f"{name}.xml", computed_force_field(ligands()[name]))


if __name__ == "__main__":
    main()
