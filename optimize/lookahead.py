"""What an observation is worth: how much better is what a campaign would recommend once it has it.

The knowledge gradient, for one step, exact in the posterior: observing an option moves the posterior means by a draw
whose deviation is known beforehand (Frazier, Powell and Dayanik, SIAM J. Control Optim. 2008, doi:10.1137/070693424;
for beliefs that are correlated INFORMS J. Comput. 2009, doi:10.1287/ijoc.1080.0314). New formulations, more replicates
of old ones and other levels are options alike; only what is observed and its noise differ, as among the information
sources of Poloczek, Wang and Frazier (NeurIPS 2017, arXiv:1603.00389), who divide by the cost as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from botorch.utils.sampling import draw_sobol_normal_samples
from torch import Tensor

from ionlink.data.arrays import in_units
from ionlink.optimize.aim import Aim
from ionlink.optimize.outcome_constraint import OutcomeConstraint
from ionlink.optimize.paths import SMALLEST_VARIANCE
from ionlink.optimize.remaining import directions, heights

DRAWS = 32
DRAWS_OF_ONE = 512
"""Of what an observation may say; the same for all options, so that their differences are those of the options."""

DIRECTIONS = 64
"""In which hypervolumes are measured."""

NUMBERS_AT_ONCE = 2**20
"""That are looked at together: they fit a processor's cache. Four times as many take twice as long."""


@dataclass(frozen=True, eq=False)
class Options:
    """What `k` observations could be made."""

    row: Tensor
    """Row of the table that each observes, `k`."""

    noise: Tensor
    """Noise variance of what is observed, the mean of its replicates, `k x m`, on the outcomes' scales."""

    own: Tensor
    """Row of the same formulation at the target level, `k`; `row` itself where that is what is observed."""

    def __getitem__(self, chosen: slice | Tensor) -> "Options":
        return Options(self.row[chosen], self.noise[chosen], self.own[chosen])

    def __len__(self) -> int:
        return len(self.row)


@dataclass(frozen=True, eq=False)
class Lookahead:
    """Joint beliefs over `n` rows, each a formulation at a level, of `m` independent outcomes on their scales.

    Only what is known at the target level can be recommended: a goal of its own. So an observation there is worth what
    the recommended formulations, its own among them, gain by it. One at another level recommends nothing by itself: it
    is worth what the best of all rows at the target level gains, which a later observation there would make good. Where
    its gain per cost is larger than that of any observation at the target level, both together gain more per cost.

    The goodness of expected outcomes is what counts, not the expected goodness of outcomes.
    """

    aim: Aim
    means: Tensor
    """`n x m`."""

    covariances: Tensor
    """`m x n x n`."""

    recommended: Tensor
    """Truth value of each of `n` rows: observed at the target level, or about to be."""

    at_target: Tensor
    """Whether each of `n` rows is at the target level."""

    reference: Tensor | None
    """Hypervolume reference, as desirability by objective; needed for two values and more."""

    seed: int

    def gains(self, options: Options) -> Tensor:
        """Expected gain of each of `k` options, in hypervolume up to a constant, or in the one value, `k`."""
        everything = self.at_target.nonzero().squeeze(-1)
        known = self.recommended.nonzero().squeeze(-1)
        direct = options.row == options.own
        found = torch.zeros(len(options), dtype=self.means.dtype)
        for among, chosen in ((known, direct), (everything, ~direct)):
            places = chosen.nonzero().squeeze(-1)
            before = self._best_before(among)
            at_once = max(1, NUMBERS_AT_ONCE // (DRAWS * DIRECTIONS * self.aim.dimension * (len(among) + 1)))
            for chunk in torch.split(places, at_once):
                found[chunk] = self._best_after(options[chunk], among) - before
        return found

    def given(self, options: Options, place: int) -> "Lookahead":
        """The same, with one of the options under way: its row is as certain as it will be, the means stay."""
        row, noise = int(options.row[place]), options.noise[place]
        columns = self.covariances[:, :, row]
        least = (columns[:, row] + noise).clamp_min(SMALLEST_VARIANCE)
        known = columns.unsqueeze(-1) * columns.unsqueeze(-2) / least[:, None, None]
        recommended = self.recommended.clone()
        recommended[row] = self.at_target[row]
        return replace(self, covariances=self.covariances - known, recommended=recommended)

    @cached_property
    def _normal(self) -> Tensor:
        """What may be said of the outcomes, `draws x m`: good news and bad news in pairs, of the right variance.

        So what is no gain on average is none here either.
        """
        # One value needs no directions, and so can afford more draws.
        count = DRAWS // 2 if self.aim.dimension > 1 else DRAWS_OF_ONE // 2
        half = draw_sobol_normal_samples(self.means.shape[1], count, dtype=self.means.dtype, seed=self.seed)
        half = half / half.square().mean(dim=0).sqrt()
        return torch.cat([half, -half])

    def _desirability(self, means: Tensor) -> Tensor:
        """Of outcomes on their scales, `... x m` to `... x dimension`."""
        values: Tensor = self.aim.desirability(in_units(means, self.aim.scales))
        return values

    @cached_property
    def _directions(self) -> Tensor:
        """`directions x 1 x dimension`."""
        return directions(self.aim.dimension, DIRECTIONS, self.seed).unsqueeze(1)

    @cached_property
    def _zero(self) -> Tensor:
        """What excesses are counted from, `dimension`: the reference, or the least of expected values."""
        values = self._desirability(self.means)
        return values[self.at_target].amin(dim=0) if self.reference is None else self.reference

    @cached_property
    def _span(self) -> Tensor:
        """What each value is counted in, so that none outweighs the others, `dimension`."""
        values = self._desirability(self.means)
        excess = (values[self.at_target] - self._zero).amax(dim=0)
        return torch.where(excess > 0, excess, 1.0)

    def _best_before(self, among: Tensor) -> Tensor:
        """Mean height of the best of some rows."""
        return self._best(self.means[among], self._variances[among])

    def _best_after(self, options: Options, among: Tensor) -> Tensor:
        """The same once each of `k` options is observed, its own row at the target level among them, `k`."""
        rows = torch.cat([among.expand(len(options), -1), options.own.unsqueeze(-1)], dim=-1)
        variance = self.covariances[:, options.row, options.row].T
        moved = self.covariances[:, options.row.unsqueeze(-1), rows].movedim(0, -1)
        moved = moved / (variance + options.noise).clamp_min(SMALLEST_VARIANCE).sqrt().unsqueeze(1)  # k x rows x m
        means = self.means[rows].unsqueeze(1) + self._normal.unsqueeze(1) * moved.unsqueeze(1)
        variances = self._variances[rows] - moved.square()
        return self._best(means, variances.unsqueeze(1)).mean(dim=-1)

    @cached_property
    def _variances(self) -> Tensor:
        """`n x m`."""
        return self.covariances.diagonal(dim1=-2, dim2=-1).T

    def _best(self, means: Tensor, variances: Tensor) -> Tensor:
        """Largest of the heights over rows, mean over the directions: `... x rows x m` moments to `...`.

        The mean is the hypervolume (see `remaining`). What breaks a constraint is worth nothing, and counts by the
        chance that it breaks none.
        """
        if not means.shape[-2]:
            return means.new_zeros(means.shape[:-2])
        excess = self._desirability(means) - self._zero
        if self.aim.dimension == 1:
            found = excess[..., 0]
            found = found.clamp_min(0.0) if self.aim.constraints else found
        else:
            found = heights((excess / self._span).unsqueeze(-3), self._directions).pow(self.aim.dimension)
        if self.aim.constraints:
            chances = self._chances(means, variances)
            found = found * (chances if self.aim.dimension == 1 else chances.unsqueeze(-2))
        best = found.amax(dim=-1)
        return best if self.aim.dimension == 1 else best.mean(dim=-1)

    def _chances(self, means: Tensor, variances: Tensor) -> Tensor:
        """That all constraints hold, of the same shape without `m`."""
        places = {outcome: j for j, outcome in enumerate(self.aim.outcomes)}
        deviations = variances.clamp_min(SMALLEST_VARIANCE).sqrt()
        each: Sequence[Tensor] = [
            _chance(c, means[..., places[c.outcome]], deviations[..., places[c.outcome]]) for c in self.aim.constraints
        ]
        return torch.stack(list(each)).prod(dim=0)


def _chance(constraint: OutcomeConstraint, mean: Tensor, deviation: Tensor) -> Tensor:
    below, (lower, upper) = torch.ones_like(mean * deviation), constraint.window.edges
    if upper is not None:
        below = torch.special.ndtr((upper - mean) / deviation)
    if lower is not None:
        below = below - torch.special.ndtr((lower - mean) / deviation)
    return below.clamp_min(0.0)
