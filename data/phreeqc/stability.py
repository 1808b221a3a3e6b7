"""Derives stability constants of 1:1 complexes, log10 of K1 = [ML]/([M][L]), from a PHREEQC database.

A database may write the reaction of ML with protons, hydroxides or another master species of the metal:
`Cr(OH)2+ + Edta-4 + 2 H+ = Cr(Edta)- + 2 H2O`. So ML, M and L are each brought down to the species that
no reaction forms, and subtracted. ML is what has exactly the atoms and the charge of M and L together.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from ionlink.data.errors import InputError
from ionlink.data.phreeqc.database import Database
from ionlink.data.phreeqc.formation import Formation, formations
from ionlink.data.phreeqc.formula import Species, read_species
from ionlink.data.phreeqc.ligands import PhreeqcLigand
from ionlink.data.phreeqc.reaction import Reaction
from ionlink.data.spelling import OXOCATIONS, cation_label

BARE_CATION = re.compile(rf"(?P<symbol>[A-Z][a-z]?|{'|'.join(OXOCATIONS)})\+(?P<charge>\d?)")
"""Vanadyl(IV) is `VO+2` for PHREEQC, and `VO2+` here; PHREEQC's `VO2+` is dioxovanadium(V), which is no match."""

Key = tuple[frozenset[tuple[str, Fraction]], int]
"""Elements with their counts, and the charge."""


@dataclass(frozen=True)
class Complex:
    """A 1:1 complex of a metal species with a ligand."""

    metal: str
    """As the database writes it, such as `Fe+3`."""

    ligand: PhreeqcLigand

    log_k1: Fraction
    """log10 of [ML]/([M][L]) at 25 degC and zero ionic strength."""

    reaction: Reaction
    """How the database defines ML."""

    @property
    def cation(self) -> str | None:
        """Our name of the metal, such as `Fe3+`; `None` where it is neither a bare cation nor vanadyl."""
        match = BARE_CATION.fullmatch(self.metal)
        if match is None:
            return None
        return cation_label(match["symbol"], int(match["charge"] or 1))

    @property
    def written_with(self) -> tuple[str, ...]:
        """What else the reaction is written with, if it is not M + L = ML."""
        return tuple(sorted(set(self.reaction.reactants) - {self.metal, self.ligand.species}))


def one_to_one_complexes(database: Database, ligands: tuple[PhreeqcLigand, ...]) -> tuple[Complex, ...]:
    """Every complex of one metal species and one of `ligands`, by ligand, then in the order of the database.

    Raises:
        InputError: with one line for each reaction that does not reduce to M + L = ML.

    """
    known = formations(database)
    bare = bare_cations(database, ligands)
    faults: list[str] = []
    found = []
    for ligand in ligands:
        for name in database.reactions:
            metals = metals_of(read_species(name), read_species(ligand.species), bare)
            if len(metals) > 1:
                faults.append(f"{database.reactions[name].where}: {name} may be of {' or '.join(metals)}")
            elif metals:
                log_k1 = difference(known, name, metals[0], ligand.species, faults)
                found.append(Complex(metals[0], ligand, log_k1, database.reactions[name]))
    if faults:
        raise InputError(faults)
    return tuple(found)


def bare_cations(database: Database, ligands: tuple[PhreeqcLigand, ...]) -> dict[Key, list[str]]:
    """Positive species without hydrogen and without any of `ligands`, by what they are made of.

    A hydroxide is none: what `Fe(OH)+2` forms is a complex of Fe3+ with a hydroxide more. Nor is a proton.
    """
    known_ligands = [read_species(ligand.species) for ligand in ligands]
    found: dict[Key, list[str]] = {}
    for name in database.reactions:
        species = read_species(name)
        bound = "H" in species.elements or any(holds(species, ligand) for ligand in known_ligands)
        if species.charge > 0 and not bound:
            found.setdefault((frozenset(species.elements.items()), species.charge), []).append(name)
    return found


def holds(species: Species, ligand: Species) -> bool:
    """Whether a species has all atoms of a ligand but hydrogens: `FeSO4+` has those of `SO4-2`, and `VO+2` has not."""
    return all(species.elements.get(name, 0) >= count for name, count in ligand.elements.items() if name != "H")


def metals_of(species: Species, ligand: Species, bare: Mapping[Key, list[str]]) -> list[str]:
    """Bare cations that make up `species` together with one `ligand`."""
    left = frozenset(without(species.elements, ligand.elements).items())
    return bare.get((left, species.charge - ligand.charge), [])


def difference(known: Mapping[str, Formation], formed: str, metal: str, ligand: str, faults: list[str]) -> Fraction:
    """Return log K of metal + ligand = formed; a fault if these three do not suffice."""
    basis = without(known[formed].basis, known[metal].basis, known[ligand].basis)
    if basis:
        faults.append(f"{formed} does not reduce to {metal} + {ligand}: {', '.join(basis)} is left over")
    return known[formed].log_k - known[metal].log_k - known[ligand].log_k


def without(counts: Mapping[str, Fraction], *others: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """What is left of some counts after taking others away; zeros are dropped."""
    left = dict(counts)
    for other in others:
        for name, count in other.items():
            left[name] = left.get(name, Fraction(0)) - count
    return {name: count for name, count in left.items() if count}
