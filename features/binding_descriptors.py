"""Descriptors of what a ligand offers a cation: binding sites, their basicity, and the chelate rings they can close.

The same for a small molecule and for a polymer, so that both live in one space. A molecule is described whole. Of a
polymer, each donor group is described with the sites that could bind the same cation, and the mean is taken: a repeat
unit drawn twice as long gives the same numbers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, rdBase
from rdkit.Chem.MolStandardize.rdMolStandardize import Uncharger

from ionlink.data.binding_site import BindingSite, binding_sites
from ionlink.data.donor_sites import apart
from ionlink.data.repeat_unit import chain, read_repeat_unit, unit_of
from ionlink.features.descriptor import Descriptor

CHELATE_RINGS = (4, 5, 6, 7)
"""Sizes of chelate rings that are counted, the cation included."""

STABLE_RINGS = (5, 6)
"""Sizes of the rings that join sites to one chelate."""

OUTSIDE_RINGS = "alkene"
"""The site that closes no chelate ring: it binds sideways on, and only d10 cations."""

LARGEST_FLEXIBLE_RING = 8
"""A ring of more atoms is a macrocycle, which surrounds the cation."""

SHARED_PROTONS = tuple(Chem.MolFromSmarts(x) for x in ("[nX2;r5]:[#6X3]:[nX3H1;r5]", "[nX2;r5]:[nX3H1;r5]"))
"""A bare nitrogen, first, and one with a proton, last, in a ring of five."""

CIS = frozenset({Chem.BondStereo.STEREOZ, Chem.BondStereo.STEREOCIS})
TRANS = frozenset({Chem.BondStereo.STEREOE, Chem.BondStereo.STEREOTRANS})

BASICITY = "reference acids in binding_sites.csv; that log K follows basicity: doi:10.1021/cr00098a011"
CHELATE = "definition; chelate effect: G. Schwarzenbach, doi:10.1002/hlca.19520350721"


def _counts() -> tuple[Descriptor, ...]:
    return tuple(
        Descriptor(f"sites_{name}", "1", f"Number of sites: {site.meaning}", "binding_sites.csv")
        for name, site in binding_sites().items()
    )


SUMMARY = (
    Descriptor("acidic_protons", "1", "Protons that acidic sites lose before they bind.", "definition"),
    Descriptor("acid_pka_sum", "1", "Sum of the reference pKa of the acidic sites.", BASICITY),
    Descriptor("amine_pka_sum", "1", "Sum of the reference pKa of the protonated nitrogen sites.", BASICITY),
    Descriptor("oxygen_sites", "1", "Sites that bind through oxygen.", "definition"),
    Descriptor("nitrogen_sites", "1", "Sites that bind through nitrogen.", "definition"),
    Descriptor("soft_sites", "1", "Sites that bind through S, Se, P, As or a double bond.", "definition"),
    *(
        Descriptor(f"chelate_rings_{n}", "1", f"Rings of {n} that two sites close, or two donors of one.", CHELATE)
        for n in CHELATE_RINGS
    ),
    Descriptor("chelating_pairs_oo", "1", "Donors O,O that close a ring of five or six.", CHELATE),
    Descriptor("chelating_pairs_no", "1", "Donors N,O that close a ring of five or six.", CHELATE),
    Descriptor("chelating_pairs_nn", "1", "Donors N,N that close a ring of five or six.", CHELATE),
    Descriptor("chelating_pairs_soft", "1", "Other pairs that close a ring of five or six.", CHELATE),
    Descriptor("basic_chelating_pairs", "1", "Two basic donors that close a ring of five or six.", CHELATE),
    Descriptor("denticity", "1", "Donors that one cation can reach through rings of five or six.", CHELATE),
    Descriptor("basic_denticity", "1", "Donors of basic sites among those of `denticity`.", CHELATE),
    Descriptor("chelate_pka_sum", "1", "Sum of the reference pKa of the sites of `denticity`.", BASICITY),
    Descriptor("chelate_protons", "1", "Protons that the acidic sites of `denticity` lose.", "definition"),
    Descriptor("macrocycle", "1", "1 where sites lie in a ring of more than eight atoms.", "definition"),
)

BINDING_DESCRIPTORS = (*SUMMARY, *_counts())


@dataclass(frozen=True)
class Site:
    """A binding site in a molecule."""

    kind: BindingSite
    atoms: tuple[int, ...]
    element: str
    """Of its first donor atom."""

    @property
    def basic(self) -> bool:
        """Whether it holds on to protons in water: it has a pKa above 0, an acid's or a protonated amine's."""
        return self.basicity > 0

    @property
    def basicity(self) -> float:
        """Sum of its reference pKa; a strong acid, such as a sulfonic one, counts as 0."""
        return sum(max(0.0, pka) for pka in self.kind.pka)

    @property
    def acidic_protons(self) -> int:
        """Protons that it loses; nitrogen that is only protonated loses none of its own."""
        return 0 if self.element == "N" and self.kind.name != "oximate" else len(self.kind.pka)


@cache
def describe_molecule_binding(smiles: str) -> tuple[float, ...]:
    """Values of `BINDING_DESCRIPTORS` of a neutral small molecule given by a valid SMILES."""
    molecule = Chem.MolFromSmiles(smiles)
    return _described(molecule, find_sites(molecule))


@cache
def describe_polymer_binding(repeat_unit_smiles: str) -> tuple[float, ...]:
    """Values of `BINDING_DESCRIPTORS` of a polymer: the mean over the sites in one repeat unit that have a pKa.

    Raises:
        InputError: when the repeat unit cannot be read.
    """
    molecule, middle = _neutral_chain(repeat_unit_smiles)
    sites = find_sites(molecule)
    distance = _chelate_distances(molecule)
    inside = [site for site in sites if site.atoms[0] in middle]
    centres = [site for site in inside if site.kind.pka] or inside
    rows = [_described(molecule, [s for s in sites if _within_reach(centre, s, distance)]) for centre in centres]
    return tuple(np.mean(rows, axis=0).tolist()) if rows else (0.0,) * len(BINDING_DESCRIPTORS)


def find_sites(molecule: Chem.Mol) -> list[Site]:
    """Binding sites of a neutral molecule; no atom belongs to two."""
    partners = _proton_partners(molecule)
    claimed: set[int] = set()
    found = []
    for name, pattern in _patterns().items():
        kind = binding_sites()[name]
        matches = molecule.GetSubstructMatches(pattern, maxMatches=10_000)
        donors = (tuple(match[i] for i in kind.donor_atoms) for match in matches)
        either = ((*atoms, *(partners[atom] for atom in atoms if atom in partners)) for atoms in donors)
        free = apart(molecule, [atoms for atoms in either if claimed.isdisjoint(atoms)])
        claimed.update(atom for atoms in free for atom in atoms)
        found += [Site(kind, atoms, molecule.GetAtomWithIdx(atoms[0]).GetSymbol()) for atoms in free]
    return found


def _proton_partners(molecule: Chem.Mol) -> dict[int, int]:
    """Of the bare nitrogen of an imidazole or pyrazole, the one with the proton: it moves, so that either may bind."""
    matches = [match for pattern in SHARED_PROTONS for match in molecule.GetSubstructMatches(pattern)]
    pairs = apart(molecule, [(match[0], match[-1]) for match in matches])
    return {pair[0]: pair[1] for pair in pairs}


@cache
def _patterns() -> dict[str, Chem.Mol]:
    return {name: Chem.MolFromSmarts(site.smarts) for name, site in binding_sites().items()}


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


def _chelate_distances(molecule: Chem.Mol) -> NDArray[np.float64]:
    """Bonds between atoms that one cation can reach, an `n x n` matrix; infinite where a flat piece spreads them.

    A shortest path over three atoms or more of one aromatic ring leaves it in two directions that never meet:
    picolinate closes a chelate ring and nicotinate does not, catecholate does and resorcinolate does not. So does one
    across a double bond from one side to the other: maleate closes one and fumarate does not.
    """
    distance = np.asarray(Chem.GetDistanceMatrix(molecule))
    spread = np.zeros_like(distance, dtype=bool)
    for ring in molecule.GetRingInfo().AtomRings():
        if all(molecule.GetAtomWithIdx(atom).GetIsAromatic() for atom in ring):
            spread |= _steps_between(distance, ring) >= 2
    for pair in _trans_pairs(molecule):
        spread |= _steps_between(distance, pair) >= 2
    return np.where(spread, np.inf, distance)


def _steps_between(distance: NDArray[np.float64], atoms: Sequence[int]) -> NDArray[np.float64]:
    """Bonds from the first to the last of these atoms on shortest paths, `n x n`; below 0 where there is none."""
    steps = distance[:, list(atoms)]
    on_path = steps[:, None] + steps[None] == distance[..., None]
    first = np.where(on_path, steps[:, None], np.inf).min(axis=-1)
    last = np.where(on_path, steps[:, None], -np.inf).max(axis=-1)
    return np.asarray(last - first)


def _trans_pairs(molecule: Chem.Mol) -> Iterable[tuple[int, int]]:
    """Atoms on opposite sides of a double bond, one beside either end, where its geometry is known."""
    for bond in molecule.GetBonds():
        if bond.GetStereo() not in CIS | TRANS:
            continue
        begin, end = bond.GetBeginAtom(), bond.GetEndAtom()
        one, other = bond.GetStereoAtoms()
        for a, b in product(begin.GetNeighbors(), end.GetNeighbors()):
            marked = (a.GetIdx() == one) == (b.GetIdx() == other)
            if a.GetIdx() != end.GetIdx() and b.GetIdx() != begin.GetIdx() and marked == (bond.GetStereo() in TRANS):
                yield a.GetIdx(), b.GetIdx()


def _bonds_between(a: Site, b: Site, distance: NDArray[np.float64]) -> float:
    return float(distance[np.ix_(a.atoms, b.atoms)].min())


def _within_reach(centre: Site, other: Site, distance: NDArray[np.float64]) -> bool:
    return _bonds_between(centre, other, distance) + 2 <= max(CHELATE_RINGS)


def _described(molecule: Chem.Mol, sites: Sequence[Site]) -> tuple[float, ...]:
    distance = _chelate_distances(molecule)
    joinable = [i for i, site in enumerate(sites) if site.kind.name != OUTSIDE_RINGS]
    rings = {(i, j): _bonds_between(sites[i], sites[j], distance) + 2 for i, j in combinations(joinable, 2)}
    own = [(i, ring) for i, site in enumerate(sites) for ring in _own_rings(site, distance)]
    stable = [pair for pair, size in rings.items() if size in STABLE_RINGS]
    best = _best_chelate(sites, stable, distance)
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
        sum(_teeth(site, distance) for site in best),
        sum(_teeth(site, distance) for site in best if site.basic),
        sum(site.basicity for site in best),
        sum(site.acidic_protons for site in best),
        _in_macrocycle(molecule, sites),
    )
    return tuple(float(value) for value in (*summary, *counts))


def _pair_of_elements(a: Site, b: Site) -> str:
    pair = "".join(sorted((a.element, b.element)))
    return pair if pair in {"OO", "NO", "NN"} else "soft"


def _own_rings(site: Site, distance: NDArray[np.float64]) -> list[float]:
    """Sizes of the stable rings that a site closes by itself, with two of its donor atoms: five in a catecholate."""
    sizes = [float(distance[a, b]) + 2 for a, b in combinations(site.atoms, 2)]
    return [size for size in sizes if size in STABLE_RINGS]


def _teeth(site: Site, distance: NDArray[np.float64]) -> int:
    """Donor atoms by which a site holds one cation: one, or those of its own stable rings."""
    return 1 + len(_own_rings(site, distance))


def _best_chelate(
    sites: Sequence[Site], stable: Iterable[tuple[int, int]], distance: NDArray[np.float64]
) -> list[Site]:
    """Sites joined by stable rings, of all such groups the one with most basic donors.

    Of equals, the one with the first kind of site in the table, then the most basic one: never the first drawn.
    """
    group = list(range(len(sites)))
    for i, j in stable:
        merged, kept = group[j], group[i]
        group = [kept if label == merged else label for label in group]
    members = [[s for s, label in zip(sites, group, strict=True) if label == g] for g in dict.fromkeys(group)]

    kinds = list(binding_sites())

    def rank(group: Sequence[Site]) -> tuple[float, ...]:
        basic = sum(_teeth(s, distance) for s in group if s.basic)
        first = min(kinds.index(s.kind.name) for s in group)
        return basic, sum(_teeth(s, distance) for s in group), -first, sum(s.basicity for s in group)

    return max(members, key=rank, default=[])


def _in_macrocycle(molecule: Chem.Mol, sites: Sequence[Site]) -> bool:
    donors = {atom for site in sites for atom in site.atoms}
    return any(len(ring) > LARGEST_FLEXIBLE_RING and donors & set(ring) for ring in molecule.GetRingInfo().AtomRings())
