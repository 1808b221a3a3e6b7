"""Finds the donor groups of a molecule or a repeat unit, and counts them and their charge."""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from ionlink.data.donor_group import DONOR_GROUPS, donor_group
from ionlink.data.repeat_unit import chain, read_repeat_unit, unit_atom_of, unit_of

if TYPE_CHECKING:
    from rdkit.Chem import Mol

Sites: TypeAlias = tuple[tuple[int, ...], ...]
"""Atom indices of each donor group, in the order of its SMARTS."""


def donor_sites(molecule: "Mol", kind: str) -> Sites:
    """Atoms of each donor group of a kind; groups that share an atom (the two catechols of a gallol) count once.

    Raises:
        InputError: when the kind of donor group is not known.
    """
    # Fewer groups than atoms: no atom is the first one of two groups.
    matches = molecule.GetSubstructMatches(_pattern(donor_group(kind).smarts), maxMatches=molecule.GetNumAtoms())
    return apart(molecule, matches)


def donor_atoms(molecule: "Mol", kind: str) -> Sites:
    """The atoms of each donor group of a kind that bind cations.

    Raises:
        InputError: when the kind of donor group is not known.
    """
    donors = donor_group(kind).donors
    return tuple(tuple(site[i] for i in donors) for site in donor_sites(molecule, kind))


def unit_donor_sites(unit: "Mol", kind: str) -> Sites:
    """Atoms, in the repeat unit, of each donor group that the unit has inside a chain.

    Inside a chain, because its neighbours decide as well: an amine there may be an amide.

    Raises:
        InputError: when the kind of donor group is not known.
    """
    three = chain(unit, 3)
    return tuple(
        tuple(unit_atom_of(three.GetAtomWithIdx(index)) for index in site)
        for site in donor_sites(three, kind)
        if unit_of(three.GetAtomWithIdx(site[0])) == 1
    )


@cache
def donor_groups_per_repeat_unit(repeat_unit_smiles: str) -> Mapping[str, int]:
    """How many donor groups of each kind a repeat unit bears; kinds that it does not bear are absent.

    Raises:
        InputError: when the repeat unit cannot be used.

    >>> dict(donor_groups_per_repeat_unit("[*:1]CC([*:2])C(=O)[O-]"))
    {'carboxylate': 1}

    """
    unit = read_repeat_unit(repeat_unit_smiles)
    counts = {kind: len(unit_donor_sites(unit, kind)) for kind in DONOR_GROUPS}
    return MappingProxyType({kind: count for kind, count in counts.items() if count})


@cache
def charge_per_repeat_unit(repeat_unit_smiles: str) -> int:
    """Formal charge of a repeat unit as drawn, all its donor groups deprotonated, in elementary charges.

    Raises:
        InputError: when the repeat unit cannot be used.
    """
    from rdkit import Chem

    return int(Chem.GetFormalCharge(read_repeat_unit(repeat_unit_smiles)))


@cache
def _pattern(smarts: str) -> "Mol":
    from rdkit import Chem

    return Chem.MolFromSmarts(smarts)


def apart(molecule: "Mol", matches: Iterable[tuple[int, ...]]) -> Sites:
    """Matches that share no atom, as many as possible, in their order, however the atoms are numbered.

    The least entangled of those that are left is taken first: of the six catechols of benzenehexol three. Of equally
    entangled ones, atoms that come first in the canonical order decide.
    """
    from rdkit import Chem

    matches = tuple(dict.fromkeys(matches))
    if len({atom for match in matches for atom in match}) == sum(map(len, matches)):
        return matches
    # Of a copy: ranking may clear what the molecule knows of its rings.
    rank = Chem.CanonicalRankAtoms(Chem.Mol(molecule), breakTies=False)
    kept, left = set(), list(matches)
    while left:
        crowd = Counter(atom for match in left for atom in match)
        keys = {match: (sum(crowd[atom] for atom in match), sorted(rank[atom] for atom in match)) for match in left}
        taken = min(left, key=keys.__getitem__)
        kept.add(taken)
        left = [match for match in left if set(taken).isdisjoint(match)]
    return tuple(match for match in matches if match in kept)
