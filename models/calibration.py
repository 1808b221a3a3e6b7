"""How sure a Gaussian process is of what it never saw, and how sure it should be.

Predicted deviations are checked where the answer is known: on rows that were left out, with all of their cation, or
with all of their ligand. Where fewer than nine in ten would lie within the 90 % interval, deviations are widened by
what it takes (split conformal prediction in its normalised form: J. Lei et al., JASA 2018,
doi:10.1080/01621459.2017.1307116), for formulations of known cations and ligands, of new cations, of new ligands and of
ligands that bind by a new kind of donor apart. They are never narrowed. Every row counts alike: with every cation or
ligand counted once, which is stricter, intervals of the shipped simulations that cover what they should became wider.

What was left out also shows how long the tails of errors are beside their middle. Predictions are Student's with as
many degrees of freedom, and keep their 90 % interval: as Gaussians, of stability constants they would cover nine in
ten, but up to seven in ten by the interval of 50 %.

Where there are too few cations or ligands to check anything, how much they differ was learned from those few, and an
interval that rests on a few values is wider than a Gaussian one by a known factor: Student's (Biometrika 1908,
doi:10.1093/biomet/6.1.1). So is that for a charge, a kind of ligand, a ratio or a condition outside of all that was
seen, by how many different ones were, the farther outside the more. Kinds of donors are always few: what leaving them
out shows is widened by their number as well.

Of few rows, leaving out is done in closed form with the hyperparameters that all rows taught (S. Sundararajan and S. S.
Keerthi, Neural Computation 2001, doi:10.1162/08997660151134343). Of many rows, which take many descriptors to describe,
that is too kind, and the hyperparameters are learned again without the rows that are left out.
"""

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from botorch.models import SingleTaskGP
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy.stats import t as student_t
from sklearn.model_selection import GroupKFold

from ionlink.data.formulation import Formulation
from ionlink.models.conformal import conformal_quantile
from ionlink.models.domain import Novelty, donors_of
from ionlink.models.left_out import left_out
from ionlink.models.splits import formulation_groups, main_cation
from ionlink.models.student import FEWEST, degrees_shown, reach

Floats = NDArray[np.float64]

INTERVAL = 0.9
"""The interval that is made to cover what it says."""

GAUSSIAN = float(reach(INTERVAL, math.inf))
"""Half its width of a Gaussian, in standard deviations."""

FEWEST_GROUPS = 10
"""With fewer cations, ligands or formulations to leave out, nothing can be checked: `student_factor` stands in."""

ROWS_TO_REFIT_FROM = 200
REFITS = 3
"""Parts into which cations, and ligands, are divided for refitting."""


class Width(NamedTuple):
    """Of a predicted distribution, against the Gaussian that the process gives."""

    factor: float = 1.0
    """Of its 90 % interval, 1 or more."""

    degrees_of_freedom: float = math.inf
    """Of Student's distribution; infinitely many are the Gaussian's."""


class Calibration(BaseModel):
    """How wide predictions of one outcome are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    known: Width = Width()
    """Where cation and ligand were both seen, perhaps not together."""

    new_cation: Width = Width()
    new_ligand: Width = Width()
    new_donor: Width = Width()
    """Of a new ligand that binds by a kind of donor that was never seen."""

    @classmethod
    def of_tensor(cls, kept: torch.Tensor) -> "Calibration | None":
        """What `tensor_of` gave a tensor of."""
        if not len(kept):
            return None
        return cls(**{name: Width(*row) for name, row in zip(cls.model_fields, kept.tolist(), strict=True)})

    def width(self, novelty: Novelty) -> Width:
        """Of a formulation, the widest of what applies."""
        widths = [
            *([self.new_cation] if novelty.cation else []),
            *([self.new_ligand] if novelty.ligand else []),
            *([self.new_donor] if novelty.donor else []),
            *(
                Width(float(outside_factor(seen, np.array(share))), student_degrees(seen))
                for seen, share in novelty.outside
            ),
        ]
        return max(widths, key=lambda width: width.factor, default=self.known)


Refitted = Callable[[list[int], list[int]], Floats]
"""Learns anew, hyperparameters included, from training rows with the first numbers; gives errors over deviations, noise
included, of those with the second."""


def calibrated(gp: SingleTaskGP, formulations: Sequence[Formulation], refitted: Refitted) -> Calibration:
    """The calibration of a fitted process, in evaluation mode, that was trained on `n` formulations."""
    known, cations = formulation_groups(formulations), [main_cation(f) for f in formulations]
    ligands, kinds = [f.ligand for f in formulations], [donors_of(f.ligand) or ("none",) for f in formulations]
    shown = partial(_shown, gp, refitted)
    return Calibration(
        known=_checked(known, lambda: np.divide(*left_out(gp, known))),
        new_cation=_checked(cations, lambda: shown(cations, [tuple(f.shares) for f in formulations], cations)),
        new_ligand=_checked(ligands, lambda: shown(ligands, [(ligand,) for ligand in ligands], ligands)),
        new_donor=_of_few(rarest := _rarest(kinds, ligands), lambda: shown(rarest, kinds, ligands)),
    )


def _checked(groups: Sequence[str], errors: Callable[[], Floats]) -> Width:
    """What errors over deviations of left-out groups ask for, or how few groups there are."""
    count = len(set(groups))
    return _needed(errors()) if count >= FEWEST_GROUPS else Width(student_factor(count), student_degrees(count))


def _of_few(groups: Sequence[str], errors: Callable[[], Floats]) -> Width:
    """What errors over deviations of left-out groups ask for, if there are enough, and how few groups there are."""
    count = len(set(groups))
    shown = _needed(errors()) if count > 1 and len(groups) >= FEWEST_GROUPS else Width()
    return Width(shown.factor * student_factor(count), min(shown.degrees_of_freedom, student_degrees(count)))


def _needed(errors: Floats) -> Width:
    rows = [str(row) for row in range(len(errors))]
    needed = max(GAUSSIAN, conformal_quantile(np.abs(errors), rows, INTERVAL))
    return Width(needed / GAUSSIAN, degrees_shown(errors, INTERVAL, needed))


def _rarest(kinds: Sequence[Collection[str]], ligands: Sequence[str]) -> list[str]:
    """Of the kinds of donors of each of `n` formulations' ligands, the one that fewest ligands have."""
    of_ligand = dict(zip(ligands, kinds, strict=True))
    count = Counter(kind for own in of_ligand.values() for kind in own)
    return [min(own, key=lambda kind: (count[kind], kind)) for own in kinds]


def _shown(
    gp: SingleTaskGP,
    refitted: Refitted,
    groups: Sequence[str],
    parts: Sequence[Collection[str]],
    members: Sequence[str],
) -> Floats:
    """Error over deviation of each row, left out with its group, by what is a part of none of what is left out.

    Learned anew where that leaves enough `members`, `n` cations or ligands.
    """
    several = len(groups) >= ROWS_TO_REFIT_FROM and len(set(groups)) >= REFITS
    folds = list(_folds(groups, parts)) if several else []
    enough = folds and all(len({members[row] for row in kept}) >= FEWEST_GROUPS for kept, _ in folds)
    return _refitted_errors(folds, refitted) if enough else np.divide(*left_out(gp, groups, parts))


def tensor_of(calibration: Calibration | None) -> torch.Tensor:
    """The numbers of a calibration, `4 x 2`, to be kept; none where nothing was calibrated."""
    return torch.tensor(list(calibration.model_dump().values()) if calibration else [], dtype=torch.float64)


def outside_factor(seen: int, share: Floats) -> Floats:
    """Of the 90 % interval outside of so many different values: Student's at a distance like theirs, less nearer.

    In proportion to `share` (`ionlink.models.domain.Outside.share`), `n` or a single one.
    """
    return 1 + (student_factor(seen) - 1) * share


def student_degrees(count: int) -> float:
    """Degrees of freedom of what was learned from `count` values, as far as there is a standard deviation."""
    return max(FEWEST, count - 1.0)


def student_factor(count: int) -> float:
    """How much wider than Gaussian the 90 % interval for one more value is, where mean and deviation are of `count`.

    Student's, with `count - 1` degrees of freedom, and with the error of the mean, which the process takes for known.
    Of a single value, which says nothing of how much others differ, that of two.
    """
    count = max(count, 2)
    of_student = float(student_t.ppf(0.5 + INTERVAL / 2, count - 1)) * math.sqrt(1 + 1 / count)
    return of_student / GAUSSIAN


Fold = tuple[list[int], list[int]]
"""Rows that are learned from, and rows that are left out."""


def _folds(groups: Sequence[str], parts: Sequence[Collection[str]]) -> Iterator[Fold]:
    """Thirds of the groups, each with the rows that are a part of none of them; few are left where all share one."""
    splitter = GroupKFold(REFITS, shuffle=True, random_state=0)
    for others, out in splitter.split(groups, groups=groups):
        held = {groups[row] for row in out}
        yield [row for row in others.tolist() if held.isdisjoint(parts[row])], out.tolist()


def _refitted_errors(folds: Sequence[Fold], refitted: Refitted) -> Floats:
    """Error over deviation of each row, `n`, predicted by a process that was fitted without its part of the groups."""
    errors = np.empty(sum(len(out) for _, out in folds))
    for kept, out in folds:
        errors[out] = refitted(kept, out)
    return errors
