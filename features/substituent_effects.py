"""What the rest of a molecule does to the pKa of its binding sites: the linear free-energy relations of the field.

Substituents on the aromatic ring that bears a site count by Hammett's equation, elsewhere by Taft's, in which what they
do falls off with each bond between. So chloroacetic acid is stronger than acetic acid, the carboxyl group of glycine
stronger yet, and alginic acid stronger than poly(acrylic acid).

What is left out: hydrogen bonds, as in salicylic acid, resonance beyond Hammett's constants, and fields of charges
through space, by which the last protons of polyamines and polyelectrolytes are lost sooner or later than here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from math import fsum
from statistics import fmean

import numpy as np
from rdkit import Chem

from ionlink.data.substituent import Substituent, substituents
from ionlink.features.chelate_rings import Distances
from ionlink.features.sites import Site, find_sites

POLAR_PER_FIELD = 1 / 0.45
"""Taft's polar constant of CH2X over the field constant of X: R. W. Taft and I. C. Lewis, JACS 80 (1958) 2436."""

FALL_OFF = 0.4
"""What is left of a polar constant after one more saturated carbon: D. D. Perrin, B. Dempsey and E. P. Serjeant, pKa
Prediction for Organic Acids and Bases (Chapman and Hall, London 1981)."""

CHARGE_FALL_OFF = 0.6
"""The same for charged groups, by the first pKa of glycine, beta-alanine and 4-aminobutanoic acid: 2.35, 3.55, 4.03."""

POLAR_OF_HYDROGEN = 0.49
"""Taft's polar constant of hydrogen, that of methyl being 0: what formic acid and ammonia have in place of carbon."""

FARTHEST = 4
"""Bonds from a site's centre to the last groups that count, as the nitrogen of 4-aminobutanoic acid: beyond, less than
a tenth of a polar constant is left, and a chain of three repeat units would not show all that is near its middle."""

RING = Chem.MolFromSmarts("{0}1:{0}:{0}:{0}:{0}:{0}1".format("[c,nX2;!$(c=[!#6])]"))
"""Six aromatic atoms, carbon without a carbonyl's oxygen or nitrogen without a proton."""

ORTHO, META = 1, 2
"""Bonds in a ring between a substituent's atom and the one that bears the site, or is it."""


@dataclass(frozen=True)
class Group:
    """A substituent in a molecule, its first atom the one by which it is attached."""

    kind: Substituent
    atoms: tuple[int, ...]


def sites_in_place(molecule: Chem.Mol) -> list[Site]:
    """All binding sites of a neutral molecule with the pKa that they have there."""
    sites = find_sites(molecule)
    effects = SubstituentEffects(molecule, sites)
    return [replace(site, pka=effects.pka(site)) for site in sites]


@dataclass(frozen=True)
class SubstituentEffects:
    """What substituents do to the binding sites of one neutral molecule."""

    molecule: Chem.Mol
    sites: Sequence[Site]

    def pka(self, site: Site) -> tuple[float, ...]:
        """The site's pKa here, one for each of its reference acid's; of several centres the mean."""
        if not site.centre:
            return site.kind.pka
        lowering = [fmean(self._lowering(site, centre, pka) for centre in site.centre) for pka in site.kind.pka]
        return tuple(pka - less for pka, less in zip(site.kind.pka, lowering, strict=True))

    def _lowering(self, site: Site, centre: int, pka: float) -> float:
        """By how much substituents make one of the site's pKa smaller, seen from one of its centres."""
        root, ring = self._ring_at(centre) if site.kind.rho_ring is not None else (centre, frozenset[int]())
        places = {group: self._place(group, ring) for group in self._outward(site, centre)}
        on_ring = _claimed(group for group, place in places.items() if place is not None)
        elsewhere = _claimed(group for group, place in places.items() if place is None and not group.kind.ring_only)
        sigma = [self._sigma(group, float(self._distance[root, places[group]]), pka) for group in on_ring]
        polar = [self._polar(group, centre, pka) for group in elsewhere]
        alone = POLAR_OF_HYDROGEN if self._stands_alone(site, centre) else 0.0
        return (site.kind.rho_ring or 0.0) * fsum(sigma) + (site.kind.rho_polar or 0.0) * fsum([*polar, alone])

    def _ring_at(self, centre: int) -> tuple[int, frozenset[int]]:
        """The aromatic ring that the centre is in or attached to: the atom that is or bears it, and all atoms."""
        here = self.molecule.GetAtomWithIdx(centre)
        beside = [atom.GetIdx() for atom in here.GetNeighbors() if atom.GetIsAromatic()]
        roots = [centre] if here.GetIsAromatic() else sorted(beside)
        found = ((root, ring) for root in roots for ring in self._aromatic_rings if root in ring)
        return next(found, (centre, frozenset()))

    def _outward(self, site: Site, centre: int) -> Iterator[Group]:
        """Groups outside the site in the order in which they claim atoms, of each kind of the table the nearest first.

        Only those whose first atom is their nearest one: from its oxygen an ester is another group.
        """
        away = self._distance[centre]
        order = {name: place for place, name in enumerate(substituents())}
        for group in sorted(self._groups, key=lambda group: (order[group.kind.name], away[group.atoms[0]])):
            if site.core.isdisjoint(group.atoms) and away[group.atoms[0]] <= min(away[list(group.atoms)]):
                yield group

    def _place(self, group: Group, ring: frozenset[int]) -> int | None:
        """The atom of a ring that a group stands on, if it is no part of the ring."""
        if not ring.isdisjoint(group.atoms):
            return None
        beside = (atom.GetIdx() for atom in self.molecule.GetAtomWithIdx(group.atoms[0]).GetNeighbors())
        return next((atom for atom in sorted(beside) if atom in ring), None)

    def _sides(self, group: Group, centre: int) -> int:
        """From how many sides a centre meets a group: its oxygen from two sides of morpholine's ring."""
        to_group = self._distance[group.atoms[0]]
        beside = (atom.GetIdx() for atom in self.molecule.GetAtomWithIdx(centre).GetNeighbors())
        return sum(to_group[atom] < to_group[centre] for atom in beside)

    def _stands_alone(self, site: Site, centre: int) -> bool:
        beside = (atom.GetIdx() for atom in self.molecule.GetAtomWithIdx(centre).GetNeighbors())
        return all(atom in site.atoms for atom in beside)

    def _sigma(self, group: Group, bonds: float, pka: float) -> float:
        """Hammett's constant; in the ortho position that of para and the field, as T. Fujita and T. Nishioka have it.

        Prog. Phys. Org. Chem. 12 (1976) 49; that the field counts once is a choice.
        """
        kind, share = group.kind, self._charged_share(group, pka)
        neutral = (kind.sigma_meta, kind.sigma_para, kind.field)
        meta, para, field = (1 - share) * np.array(neutral) + share * np.array(kind.charged or neutral)
        return float(meta if bonds == META else para + field if bonds == ORTHO else para)

    def _polar(self, group: Group, centre: int, pka: float) -> float:
        """Taft's constant of a group as the site's centre meets it, once from each side."""
        bonds = float(self._distance[centre, group.atoms[0]])
        if bonds > FARTHEST:
            return 0.0
        carbons = max(bonds - 2, 0) if group.kind.conjugated else bonds - 2
        share = self._charged_share(group, pka)
        neutral = (1 - share) * group.kind.field * FALL_OFF**carbons
        charged = share * group.kind.charged[2] * CHARGE_FALL_OFF**carbons if group.kind.charged else 0.0
        return float(self._sides(group, centre) * POLAR_PER_FIELD * (neutral + charged))

    def _charged_share(self, group: Group, pka: float) -> float:
        """How many of such groups are charged where half of the sites are that have this reference pKa.

        By the first reference pKa of the group's own site, as Henderson and Hasselbalch have it.
        """
        owner = next((self._owner[atom] for atom in group.atoms if atom in self._owner), None)
        if group.kind.charged is None or owner is None or not owner.kind.pka:
            return 0.0
        lost = 1 / (1 + 10 ** (owner.kind.pka[0] - pka))
        return lost if owner.kind.nature == "acid" else 1 - lost

    @cached_property
    def _groups(self) -> list[Group]:
        """Every way in which a kind of substituent lies in the molecule, in the order of the table."""
        return [
            Group(kind, atoms)
            for name, kind in substituents().items()
            for atoms in self.molecule.GetSubstructMatches(_patterns()[name], uniquify=False, maxMatches=100_000)
        ]

    @cached_property
    def _distance(self) -> Distances:
        return np.asarray(Chem.GetDistanceMatrix(self.molecule))

    @cached_property
    def _owner(self) -> dict[int, Site]:
        return {atom: site for site in self.sites for atom in site.atoms}

    @cached_property
    def _aromatic_rings(self) -> list[frozenset[int]]:
        """Rings for which Hammett's constants are meant: benzene's and pyridine's, not those of lactams or furan."""
        return [frozenset(atoms) for atoms in self.molecule.GetSubstructMatches(RING, maxMatches=100_000)]


def _claimed(groups: Iterable[Group]) -> Iterator[Group]:
    """Groups that have their atoms to themselves."""
    taken: set[int] = set()
    for group in groups:
        if taken.isdisjoint(group.atoms):
            taken.update(group.atoms)
            yield group


@cache
def _patterns() -> dict[str, Chem.Mol]:
    return {name: Chem.MolFromSmarts(kind.smarts) for name, kind in substituents().items()}
