"""Descriptors of what a ligand offers a cation: binding sites, their basicity, and the chelate rings they can close.

The same for a small molecule and for a polymer, so that both live in one space. A molecule is described whole. Of a
polymer, each donor group is described with the sites that could bind the same cation, and the mean is taken: a repeat
unit drawn twice as long gives the same numbers.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import combinations

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem.MolStandardize.rdMolStandardize import Uncharger

from ionlink.data.binding_site import binding_sites
from ionlink.data.repeat_unit import chain, read_repeat_unit, unit_atom_of, unit_of
from ionlink.features.chelate import best_chelate, joined_to
from ionlink.features.chelate_rings import (
    CHELATE_RINGS,
    OUTSIDE_RINGS,
    STABLE_RINGS,
    Distances,
    bonds_between,
    chelate_distances,
    own_rings,
    teeth,
)
from ionlink.features.descriptor import Descriptor
from ionlink.features.sites import Site
from ionlink.features.substituent_effects import sites_in_place

LARGEST_FLEXIBLE_RING = 8
"""A ring of more atoms is a macrocycle, which surrounds the cation."""

BASICITY = "reference acids in binding_sites.csv; that log K follows basicity: doi:10.1021/cr00098a011"
CHELATE = "definition; chelate effect: G. Schwarzenbach, doi:10.1002/hlca.19520350721"


BESIDE = " and of those that rings of five or six join to them, bound at once or not"
"""The third carboxylate of citrate is near the cation, and its charge counts, though the other two hold it."""


def _counts() -> tuple[Descriptor, ...]:
    return tuple(
        Descriptor(f"sites_{name}", "1", f"Number of sites: {site.meaning}", "binding_sites.csv")
        for name, site in binding_sites().items()
    )


def _closed_by(ring: int) -> str:
    """What closes chelate rings of a size: every carboxylate closes one of four by itself, which tells nothing."""
    return "two sites, or two donors of one," if ring in STABLE_RINGS else "two sites"


SUMMARY = (
    Descriptor("acidic_protons", "1", "Protons that acidic sites lose before they bind.", "definition"),
    Descriptor("acid_pka_sum", "1", "Sum of the reference pKa of the acidic sites.", BASICITY),
    Descriptor("amine_pka_sum", "1", "Sum of the reference pKa of the protonated nitrogen sites.", BASICITY),
    Descriptor("oxygen_sites", "1", "Sites that bind through oxygen.", "definition"),
    Descriptor("nitrogen_sites", "1", "Sites that bind through nitrogen.", "definition"),
    Descriptor("soft_sites", "1", "Sites that bind through S, Se, P, As or carbon.", "definition"),
    *(
        Descriptor(f"chelate_rings_{n}", "1", f"Rings of {n} that {_closed_by(n)} close, cation included.", CHELATE)
        for n in CHELATE_RINGS
    ),
    Descriptor("chelating_pairs_oo", "1", "Donors O,O that close a ring of five or six.", CHELATE),
    Descriptor("chelating_pairs_no", "1", "Donors N,O that close a ring of five or six.", CHELATE),
    Descriptor("chelating_pairs_nn", "1", "Donors N,N that close a ring of five or six.", CHELATE),
    Descriptor("chelating_pairs_soft", "1", "Other pairs that close a ring of five or six.", CHELATE),
    Descriptor("basic_chelating_pairs", "1", "Two basic donors that close a ring of five or six.", CHELATE),
    Descriptor("denticity", "1", "Most donors on one cation at once, joined by rings of five or six.", CHELATE),
    Descriptor("basic_denticity", "1", "Donors of basic sites among those of `denticity`.", CHELATE),
    Descriptor("chelate_pka_sum", "1", f"Sum of the reference pKa of the sites of `denticity`{BESIDE}.", BASICITY),
    Descriptor("chelate_protons", "1", f"Protons that the acidic sites of `denticity`{BESIDE} lose.", "definition"),
    Descriptor("macrocycle", "1", "1 where sites lie in a ring of more than eight atoms.", "definition"),
)

BINDING_DESCRIPTORS = (*SUMMARY, *_counts())


@cache
def describe_molecule_binding(smiles: str) -> tuple[float, ...]:
    """Values of `BINDING_DESCRIPTORS` of a neutral small molecule given by a valid SMILES."""
    molecule = Chem.MolFromSmiles(smiles)
    return _described(molecule, sites_in_place(molecule))


@cache
def describe_polymer_binding(repeat_unit_smiles: str) -> tuple[float, ...]:
    """Values of `BINDING_DESCRIPTORS` of a polymer: the mean over the sites in one repeat unit that have a pKa.

    Raises:
        InputError: when the repeat unit cannot be read.
    """
    molecule, middle = _neutral_chain(repeat_unit_smiles)
    sites = _as_in_the_middle(molecule, sites_in_place(molecule), middle)
    distance = chelate_distances(molecule)
    inside = [site for site in sites if site.atoms[0] in middle]
    centres = [site for site in inside if site.kind.pka] or inside
    rows = [_described(molecule, [s for s in sites if _within_reach(centre, s, distance)]) for centre in centres]
    return tuple(np.mean(rows, axis=0).tolist()) if rows else (0.0,) * len(BINDING_DESCRIPTORS)


def _neutral_chain(repeat_unit_smiles: str) -> tuple[Chem.Mol, frozenset[int]]:
    """Three repeat units with methyl ends, fully protonated, and the atoms of the middle one."""
    three = chain(read_repeat_unit(repeat_unit_smiles), 3)
    middle = frozenset(atom.GetIdx() for atom in three.GetAtoms() if unit_of(atom) == 1)
    for atom in three.GetAtoms():
        if atom.GetAtomicNum() == 0:
            atom.SetAtomicNum(6)
            atom.SetAtomMapNum(0)
            atom.SetNoImplicit(False)
    Chem.SanitizeMol(three)
    with rdBase.BlockLogs():
        neutral = Uncharger(True, True).uncharge(three)
    Chem.SanitizeMol(neutral)
    return neutral, middle


def _as_in_the_middle(molecule: Chem.Mol, sites: Sequence[Site], middle: frozenset[int]) -> list[Site]:
    """Sites of a chain with the pKa of their copies in the middle unit, which alone has neighbours on both sides."""

    def copy_of(site: Site) -> tuple[str, frozenset[int]]:
        return site.kind.name, frozenset(unit_atom_of(molecule.GetAtomWithIdx(atom)) for atom in site.atoms)

    inside = {copy_of(site): site.pka for site in sites if site.atoms[0] in middle}
    return [replace(site, pka=inside.get(copy_of(site), site.pka)) for site in sites]


def _within_reach(centre: Site, other: Site, distance: Distances) -> bool:
    return bonds_between(centre.atoms, other.atoms, distance) + 2 <= max(CHELATE_RINGS)


def _described(molecule: Chem.Mol, sites: Sequence[Site]) -> tuple[float, ...]:
    distance = chelate_distances(molecule)
    joinable = [i for i, site in enumerate(sites) if site.kind.name not in OUTSIDE_RINGS]
    rings = {(i, j): bonds_between(sites[i].atoms, sites[j].atoms, distance) + 2 for i, j in combinations(joinable, 2)}
    own = [(i, ring) for i, site in enumerate(sites) for ring in own_rings(site, distance)]
    stable = [pair for pair, size in rings.items() if size in STABLE_RINGS]
    best = best_chelate(molecule, sites, distance)
    joined = joined_to(best, sites, stable)
    closed = [*stable, *((i, i) for i, _ in own)]
    elements = [_pair_of_elements(sites[i], sites[j]) for i, j in closed]
    sizes = [*rings.values(), *(ring for _, ring in own)]
    counts = [sum(site.kind.name == name for site in sites) for name in binding_sites()]
    summary = (
        sum(site.acidic_protons for site in sites),
        sum(site.basicity for site in sites if site.acidic_protons),
        sum(site.basicity for site in sites if not site.acidic_protons),
        sum(site.element == "O" for site in sites),
        sum(site.element == "N" for site in sites),
        sum(site.element not in {"O", "N"} for site in sites),
        *(sizes.count(n) for n in CHELATE_RINGS),
        *(elements.count(pair) for pair in ("OO", "NO", "NN", "soft")),
        sum(sites[i].basic and sites[j].basic for i, j in closed),
        sum(teeth(site, distance) for site in best),
        sum(teeth(site, distance) for site in best if site.basic),
        sum(site.basicity for site in joined),
        sum(site.acidic_protons for site in joined),
        _in_macrocycle(molecule, sites),
    )
    return tuple(float(value) for value in (*summary, *counts))


def _pair_of_elements(a: Site, b: Site) -> str:
    pair = "".join(sorted((a.element, b.element)))
    return pair if pair in {"OO", "NO", "NN"} else "soft"


def _in_macrocycle(molecule: Chem.Mol, sites: Sequence[Site]) -> bool:
    donors = {atom for site in sites for atom in site.atoms}
    return any(len(ring) > LARGEST_FLEXIBLE_RING and donors & set(ring) for ring in molecule.GetRingInfo().AtomRings())
