"""Which observations are held out together: a surrogate is judged on what it could not have seen.

A random split over rows puts repeats of a formulation on both sides and reports how well a surrogate remembers. Here
all that is known of one formulation stays together, and whole cations or ligands are held out where the question is how
well it predicts a new one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.model_selection import BaseCrossValidator, GroupKFold, LeaveOneGroupOut

from ionlink.data.errors import InputError
from ionlink.data.formulation import SURROUNDINGS, Formulation, same_ratio
from ionlink.data.observation import Observation

DEFAULT_FOLDS = 5


@dataclass(frozen=True)
class Split:
    """In which fold each observation is held out; every observation is held out exactly once."""

    name: str
    """Such as `leave-one-cation-out`."""

    folds: tuple[str, ...]
    """Label of the fold that holds out each of the `n` observations: `Fe3+`, or `1 of 5`."""

    groups: tuple[str, ...]
    """What each of the `n` observations belongs to that is never divided: its formulation, cation or ligand.

    Of a mixture, the cation of which there is more.
    """

    parts: tuple[frozenset[str], ...] = ()
    """All groups that each observation tells of, where that may be several: both cations of a mixture."""

    def __post_init__(self) -> None:
        if len(self.folds) != len(self.groups):
            raise ValueError(f"{self.name}: {len(self.folds)} folds for {len(self.groups)} groups")

    @property
    def fold_names(self) -> tuple[str, ...]:
        """Each fold once, in order of first appearance."""
        return tuple(dict.fromkeys(self.folds))

    def held_out(self, fold: str) -> tuple[bool, ...]:
        """For each of the `n` observations, whether `fold` holds it out."""
        return tuple(label == fold for label in self.folds)

    def learned_from(self, fold: str) -> tuple[bool, ...]:
        """For each of the `n` observations, whether it tells nothing of what `fold` holds out."""
        held = {group for label, group in zip(self.folds, self.groups, strict=True) if label == fold}
        parts = self.parts or [frozenset((group,)) for group in self.groups]
        return tuple(label != fold and held.isdisjoint(own) for label, own in zip(self.folds, parts, strict=True))


def main_cation(formulation: Formulation) -> str:
    """The cation of which there is more; of equal shares the first by name, whichever was named first."""
    shares = formulation.shares
    return max(sorted(shares), key=lambda name: shares[name])


def formulation_groups(formulations: Sequence[Formulation]) -> tuple[str, ...]:
    """One label for each formulation; equal where two are the same, or nearly the same.

    Ratios of one pair are chained: neighbours that are the same in practice (`same_ratio`) belong together. A source
    that does not say its ratio may have used any, so that such a pair is one group with all of its ratios; and as well
    with all values of a pH or temperature that it does not say. A mixture is the same whichever cation is named first.
    """
    pairs = [(_cations_label(f), f.ligand) for f in formulations]
    said: dict[tuple[str, str], list[str]] = {}
    for pair, f in zip(pairs, formulations, strict=True):
        said[pair] = [name for name in said.get(pair, SURROUNDINGS) if getattr(f, name) is not None]
    places = [
        (*pair, *(f"{name} {getattr(f, name):g}" for name in said[pair]))
        for pair, f in zip(pairs, formulations, strict=True)
    ]
    ratios: dict[tuple[str, ...], set[float | None]] = defaultdict(set)
    for place, f in zip(places, formulations, strict=True):
        ratios[place].add(f.ratio)
    first = {place: _first_of_each(found) for place, found in ratios.items()}
    return tuple(_label(place, first[place][f.ratio]) for place, f in zip(places, formulations, strict=True))


def formulation_folds(observations: Sequence[Observation], *, folds: int = DEFAULT_FOLDS, seed: int = 0) -> Split:
    """Random k-fold over formulations: how well known cations on known ligands are predicted at other points.

    Raises `InputError` with fewer groups of formulations than folds.
    """
    groups = formulation_groups([o.formulation for o in observations])
    return _grouped_folds("formulation-folds", "formulations", groups, folds, seed)


def leave_one_cation_out(observations: Sequence[Observation]) -> Split:
    """One fold per cation: how well a cation is predicted that was never measured. `InputError` with only one.

    A mixture is held out with the cation of which there is more, and learned from in no fold of either.
    """
    split = _leave_one_out("leave-one-cation-out", "cation", [main_cation(o.formulation) for o in observations])
    return replace(split, parts=_cations_of_each(observations))


def leave_one_ligand_out(observations: Sequence[Observation]) -> Split:
    """One fold per ligand: how well a ligand is predicted that was never measured. `InputError` with only one."""
    return _leave_one_out("leave-one-ligand-out", "ligand", [o.formulation.ligand for o in observations])


def cation_folds(observations: Sequence[Observation], *, folds: int = DEFAULT_FOLDS, seed: int = 0) -> Split:
    """K-fold over cations, mixtures as in `leave_one_cation_out`. Raises `InputError` with fewer than folds."""
    cations = [main_cation(o.formulation) for o in observations]
    return replace(
        _grouped_folds("cation-folds", "cations", cations, folds, seed), parts=_cations_of_each(observations)
    )


def ligand_folds(observations: Sequence[Observation], *, folds: int = DEFAULT_FOLDS, seed: int = 0) -> Split:
    """K-fold over ligands, for many of them. Raises `InputError` with fewer ligands than folds."""
    return _grouped_folds("ligand-folds", "ligands", [o.formulation.ligand for o in observations], folds, seed)


def split_by_name(
    name: str, observations: Sequence[Observation], *, folds: int = DEFAULT_FOLDS, seed: int = 0
) -> Split:
    """The split called `name`, one of `SPLIT_NAMES`; the leave-one-out splits need neither `folds` nor `seed`.

    Raises `InputError` for an unknown name, or where the observations do not allow it.
    """
    if name not in _SPLITS:
        raise InputError(f"split: there is no '{name}'; there are {', '.join(_SPLITS)}")
    return _SPLITS[name](observations, folds, seed)


def possible_splits(
    names: Sequence[str], observations: Sequence[Observation], *, folds: int = DEFAULT_FOLDS, seed: int = 0
) -> tuple[tuple[Split, ...], Mapping[str, str]]:
    """The splits that the observations allow, and for the others, by name, why not."""
    possible: list[Split] = []
    impossible: dict[str, str] = {}
    for name in names:
        try:
            possible.append(split_by_name(name, observations, folds=folds, seed=seed))
        except InputError as error:
            impossible[name] = "; ".join(error.faults)
    return tuple(possible), impossible


_SPLITS: Mapping[str, Callable[[Sequence[Observation], int, int], Split]] = {
    "formulation-folds": lambda observations, folds, seed: formulation_folds(observations, folds=folds, seed=seed),
    "leave-one-cation-out": lambda observations, _folds, _seed: leave_one_cation_out(observations),
    "leave-one-ligand-out": lambda observations, _folds, _seed: leave_one_ligand_out(observations),
    "cation-folds": lambda observations, folds, seed: cation_folds(observations, folds=folds, seed=seed),
    "ligand-folds": lambda observations, folds, seed: ligand_folds(observations, folds=folds, seed=seed),
}

SPLIT_NAMES = tuple(_SPLITS)


def _first_of_each(ratios: Iterable[float | None]) -> dict[float | None, float | None]:
    """For each ratio the smallest that it is chained to; `None` for all where one is unknown."""
    found = list(ratios)
    known = sorted(ratio for ratio in found if ratio is not None)
    if len(known) < len(found):
        return dict.fromkeys(found)
    first: dict[float | None, float | None] = {}
    for place, ratio in enumerate(known):
        near = place and same_ratio(ratio, known[place - 1])
        first[ratio] = first[known[place - 1]] if near else ratio
    return first


def _label(place: Sequence[str], ratio: float | None) -> str:
    return " / ".join(place if ratio is None else (*place, repr(ratio)))


def _cations_label(formulation: Formulation) -> str:
    """Such as `Fe3+`, or `0.3 Al3+ + 0.7 Fe3+`."""
    if formulation.second_cation is None:
        return formulation.cation
    return " + ".join(f"{share:.6g} {name}" for name, share in sorted(formulation.shares.items()))


def _cations_of_each(observations: Sequence[Observation]) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(o.formulation.shares) for o in observations)


def _grouped_folds(name: str, what: str, groups: Sequence[str], folds: int, seed: int) -> Split:
    count = len(set(groups))
    if folds < 2:
        raise InputError(f"{name}: {folds} folds; at least 2 are needed, so that something is left to learn from")
    if count < folds:
        raise InputError(f"{name}: {folds} folds need as many different {what}; observed: {count}")
    numbers = _numbers(GroupKFold(folds, shuffle=True, random_state=seed), groups)
    return Split(name, tuple(f"{number + 1} of {folds}" for number in numbers), tuple(groups))


def _leave_one_out(name: str, what: str, groups: Sequence[str]) -> Split:
    count = len(set(groups))
    if count < 2:
        observed = f"one {what} only, {groups[0]}" if count else f"no {what}"
        raise InputError(f"{name}: observed was {observed}; nothing would be left to learn from")
    numbers = _numbers(LeaveOneGroupOut(), groups)
    held = dict(zip(numbers, groups, strict=True))
    return Split(name, tuple(held[number] for number in numbers), tuple(groups))


def _numbers(splitter: BaseCrossValidator, groups: Sequence[str]) -> list[int]:
    """Number of the fold that holds out each row."""
    numbers = np.full(len(groups), -1)
    for number, (_, held) in enumerate(splitter.split(numbers, groups=np.asarray(groups))):
        numbers[held] = number
    return [int(number) for number in numbers]
