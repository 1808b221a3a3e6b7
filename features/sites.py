"""Binding sites in a molecule: which kinds of the table it has, and on which atoms."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from rdkit import Chem

from ionlink.data.binding_site import BindingSite, binding_sites
from ionlink.data.donor_sites import apart

SHARED_PROTONS = tuple(Chem.MolFromSmarts(x) for x in ("[nX2;r5]:[#6X3]:[nX3H1;r5]", "[nX2;r5]:[nX3H1;r5]"))
"""A bare nitrogen, first, and one with a proton, last, in a ring of five."""


@dataclass(frozen=True)
class Site:
    """A binding site in a molecule."""

    kind: BindingSite
    atoms: tuple[int, ...]
    element: str
    """Of its first donor atom."""

    pka: tuple[float, ...]
    """Those of its kind's reference acid, or what substituents make of them (`substituent_effects.sites_in_place`)."""

    core: frozenset[int]
    """Atoms that make it what it is, donors and others: no substituents."""

    centre: tuple[int, ...]
    """Atoms from which the way to substituents is counted; empty where the kind has no reaction constants."""

    @property
    def basic(self) -> bool:
        """Whether its kind holds on to protons in water: it has a pKa above 0, an acid's or a protonated amine's."""
        return any(pka > 0 for pka in self.kind.pka)

    @property
    def basicity(self) -> float:
        """Sum of its pKa; a strong acid, such as a sulfonic one, counts as 0."""
        return sum(max(0.0, pka) for pka in self.pka)

    @property
    def acidic_protons(self) -> int:
        """Protons that it loses; a base, which only takes one up, loses none of its own."""
        return len(self.kind.pka) if self.kind.nature == "acid" else 0


def find_sites(molecule: Chem.Mol) -> list[Site]:
    """Binding sites of a neutral molecule, with the pKa of their reference acids; no atom belongs to two."""
    partners = _proton_partners(molecule)
    claimed: set[int] = set()
    found = []
    for name, pattern in _patterns().items():
        kind = binding_sites()[name]
        matches = molecule.GetSubstructMatches(pattern, maxMatches=10_000)
        by_donors = {tuple(match[i] for i in kind.donor_atoms): match for match in matches}
        either = (tuple(dict.fromkeys((*x, *(partners[atom] for atom in x if atom in partners)))) for x in by_donors)
        free = _one_of_a_ring(molecule, apart(molecule, [atoms for atoms in either if claimed.isdisjoint(atoms)]))
        claimed.update(atom for atoms in free for atom in atoms)
        found += [_site(molecule, kind, atoms, by_donors.get(atoms, ())) for atoms in free]
    return found


def _site(molecule: Chem.Mol, kind: BindingSite, atoms: tuple[int, ...], match: tuple[int, ...]) -> Site:
    """A site by its donors and, where no others were joined to them, all atoms that its pattern matched."""
    centre = tuple(match[i] for i in kind.centre) if match else ()
    return Site(
        kind, atoms, molecule.GetAtomWithIdx(atoms[0]).GetSymbol(), kind.pka, frozenset({*atoms, *match}), centre
    )


def _proton_partners(molecule: Chem.Mol) -> dict[int, int]:
    """Of the bare nitrogen of an imidazole or pyrazole, the one with the proton: it moves, so that either may bind."""
    matches = [match for pattern in SHARED_PROTONS for match in molecule.GetSubstructMatches(pattern)]
    pairs = apart(molecule, [(match[0], match[-1]) for match in matches])
    return {pair[0]: pair[1] for pair in pairs}


def _one_of_a_ring(molecule: Chem.Mol, found: Iterable[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Sites of one kind, those in one aromatic ring as one: with a proton on one nitrogen the next takes up none."""
    rings = [ring for ring in molecule.GetRingInfo().AtomRings() if molecule.GetAtomWithIdx(ring[0]).GetIsAromatic()]
    merged: dict[tuple[int, ...], tuple[int, ...]] = {}
    for atoms in found:
        inside = next((ring for ring in rings if set(atoms) <= set(ring)), atoms)
        merged[inside] = tuple(dict.fromkeys((*merged.get(inside, ()), *atoms)))
    return list(merged.values())


@cache
def _patterns() -> dict[str, Chem.Mol]:
    return {name: Chem.MolFromSmarts(site.smarts) for name, site in binding_sites().items()}
