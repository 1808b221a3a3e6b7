"""The best chelate of a ligand: the sites by which one cation is held best, all of them at once.

Sites are joined by stable rings, each to the next, but not all that are joined so reach one cation. What holds a cation
points at it, and an atom between donors sends no more branches to one side than its bonds allow: three of four where
they are tetrahedral, two of three where they lie in a plane. So the middle hydroxyl of pyrogallol binds with either
neighbour and not with both, and citrate with three of its four donors. Nor do two neighbouring atoms send three each,
which would lay four rings round one bond: a tartrate with both carboxylates and both hydroxyls on one cation. A donor
is free of this, because its branches lie round its bond to the cation: all acetates of EDTA bind. And of two donors on
each other, as in an azo group, one binds.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush
from itertools import combinations, count

import numpy as np
from rdkit import Chem
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ionlink.data.binding_site import binding_sites
from ionlink.features.chelate_rings import OUTSIDE_RINGS, STABLE_RINGS, Distances, bonds_between, is_planar, teeth
from ionlink.features.sites import Site

MOST_EXACT = 2000
"""Groups looked at before only the best of the next ones is followed: cyclodextrins need more, chelates few."""

MOST_DONORS = 12
"""On one cation: the highest coordination number that is usual, that of hexanitratocerate."""

Holds = frozenset["Hold"]


@dataclass(frozen=True)
class Hold:
    """A way in which a site can hold a cation."""

    site: int
    atoms: tuple[int, ...]


@dataclass(frozen=True)
class ChelateSearch:
    """Looks for the sites of a molecule that hold one cation best."""

    molecule: Chem.Mol
    sites: Sequence[Site]
    distance: Distances

    def best(self) -> list[Site]:
        """Sites that one cation can have at once: of all such groups the one with most basic donors.

        Of equals, the one with most donors, then with the first kind of site in the table, then the most basic one and
        the one with most protons: never the first drawn.
        """
        queue: list[tuple[tuple[float, ...], int, Holds]] = []
        tickets, seen = count(), set[Holds]()

        def wait(groups: Iterable[Holds]) -> None:
            for group in set(groups) - seen:
                seen.add(group)
                heappush(queue, (tuple(-x for x in self._rank(group)), next(tickets), group))

        wait(self._joined(frozenset(self._holds)))
        # Nothing that is left out makes a group rank higher: the first that is possible is the best.
        while queue:
            _, _, group = heappop(queue)
            crowd = self._crowd(group)
            if crowd is None:
                return [self.sites[index] for index in sorted({hold.site for hold in group})]
            if len(seen) > MOST_EXACT:
                queue.clear()
            wait(part for less in crowd for part in self._joined(group - less))
        return []

    @cached_property
    def _holds(self) -> tuple[Hold, ...]:
        """Each site by all donors of its own rings, or by any one of its donors; those on the same atom are alike."""
        found = []
        for index, site in enumerate(self.sites):
            if teeth(site, self.distance) > 1:
                found.append(Hold(index, site.atoms))
                continue
            places = {self._neighbours(atom): atom for atom in reversed(site.atoms)}
            found += [Hold(index, (atom,)) for atom in places.values()]
        return tuple(found)

    @cached_property
    def _rings(self) -> dict[frozenset[Hold], list[tuple[int, int]]]:
        """Donor atoms that close stable rings, by the two holds that they belong to, or the one."""
        joinable = [hold for hold in self._holds if self.sites[hold.site].kind.name not in OUTSIDE_RINGS]
        pairs = [(hold, hold) for hold in joinable if len(hold.atoms) > 1]
        pairs += [(a, b) for a, b in combinations(joinable, 2) if a.site != b.site]
        found = {}
        for a, b in pairs:
            ends = list(combinations(a.atoms, 2)) if a is b else [(x, y) for x in a.atoms for y in b.atoms]
            nearest = min(self.distance[x, y] for x, y in ends)
            if a is b or nearest + 2 in STABLE_RINGS:
                found[frozenset((a, b))] = [(x, y) for x, y in ends if self.distance[x, y] == nearest]
        return found

    def _joined(self, holds: Holds) -> Iterator[Holds]:
        """Parts of a group that stable rings join."""
        members = list(holds)
        number = {hold: place for place, hold in enumerate(members)}
        labels = _parts(len(members), [[number[hold] for hold in pair] for pair in self._rings if pair <= holds])
        for label in set(labels):
            yield frozenset(hold for hold, own in zip(members, labels, strict=True) if own == label)

    def _rank(self, holds: Holds) -> tuple[float, ...]:
        kinds = list(binding_sites())
        group = [self.sites[index] for index in {hold.site for hold in holds}]
        return (
            sum(teeth(site, self.distance) for site in group if site.basic),
            sum(teeth(site, self.distance) for site in group),
            -min(kinds.index(site.kind.name) for site in group),
            sum(site.basicity for site in group),
            sum(site.acidic_protons for site in group),
        )

    def _crowd(self, holds: Holds) -> list[Holds] | None:
        """Parts of a group of which one has to go, the first that are found; `None` where all fit round one cation."""
        for a, b in combinations(holds, 2):
            if a.site == b.site or bonds_between(a.atoms, b.atoms, self.distance) == 1:
                return [frozenset({a}), frozenset({b})]
        if self._rank(holds)[1] > MOST_DONORS:
            return [frozenset({hold}) for hold in holds]
        branches = self._branches(holds)
        crowded = {atom for atom, arms in branches.items() if len(arms) > self._room(atom)}
        for atom in crowded:
            return [frozenset(arm) for arm in branches[atom].values()]
        full = [atom for atom, arms in branches.items() if len(arms) > 2]
        for one, other in combinations(full, 2):
            if self.molecule.GetBondBetweenAtoms(one, other):
                arms = [arm for a, b in ((one, other), (other, one)) for n, arm in branches[a].items() if n != b]
                return [frozenset(arm) for arm in arms]
        return None

    def _branches(self, holds: Holds) -> dict[int, dict[int, set[Hold]]]:
        """Of each atom between donors, its neighbours on chelate rings, and the holds in that direction."""
        bound = {atom for hold in holds for atom in hold.atoms}
        found: dict[int, dict[int, set[Hold]]] = defaultdict(lambda: defaultdict(set))
        for pair, ways in self._ways.items():
            if pair <= holds:
                for atom, neighbour, hold in ways:
                    if atom not in bound:
                        found[atom][neighbour].add(hold)
        return found

    @cached_property
    def _ways(self) -> dict[frozenset[Hold], list[tuple[int, int, Hold]]]:
        """Of each chelate ring the atoms between its donors, each with a neighbour in it and the hold on that side."""
        found = {}
        for pair, ends in self._rings.items():
            owners = {atom: hold for hold in pair for atom in hold.atoms}
            found[pair] = [
                (int(atom), neighbour, owners[near])
                for start, end in ends
                for atom in np.flatnonzero(self.distance[start] + self.distance[end] == self.distance[start, end])
                for neighbour in self._neighbours(int(atom))
                for near, far in ((start, end), (end, start))
                if self._on_way(int(atom), neighbour, near, far)
            ]
        return found

    def _on_way(self, atom: int, neighbour: int, near: int, far: int) -> bool:
        """Whether a neighbour of an atom is the next one towards `near` on a shortest way from `far`."""
        return bool(
            self.distance[near, neighbour] == self.distance[near, atom] - 1
            and self.distance[near, neighbour] + self.distance[neighbour, far] == self.distance[near, far]
        )

    def _room(self, atom: int) -> int:
        return 2 if is_planar(self.molecule.GetAtomWithIdx(atom)) else 3

    def _neighbours(self, atom: int) -> tuple[int, ...]:
        return tuple(sorted(x.GetIdx() for x in self.molecule.GetAtomWithIdx(atom).GetNeighbors()))


def best_chelate(molecule: Chem.Mol, sites: Sequence[Site], distance: Distances) -> list[Site]:
    """Sites of a molecule by which one cation is held best, all of them at once."""
    return ChelateSearch(molecule, sites, distance).best()


def joined_to(chelate: Sequence[Site], sites: Sequence[Site], rings: Sequence[tuple[int, int]]) -> list[Site]:
    """Those of the sites that rings, each between two by their numbers, join to a chelate one after the other."""
    parts = _parts(len(sites), rings)
    reached = {part for site, part in zip(sites, parts, strict=True) if site in chelate}
    return [site for site, part in zip(sites, parts, strict=True) if part in reached]


def _parts(count: int, links: Iterable[Sequence[int]]) -> list[int]:
    """Which part each of `count` belongs to, where links join them: each between two, by their numbers, or of one."""
    ends = [(link[0], link[-1]) for link in links]
    graph = coo_array((np.ones(len(ends)), np.array(ends, dtype=np.intp).reshape(-1, 2).T), shape=(count, count))
    labels: list[int] = connected_components(graph, directed=False)[1].tolist()
    return labels
