"""What models other than a Gaussian process learn from: one value per formulation, with what is known of its error."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ionlink.data.formulation import Formulation
from ionlink.data.observation import Observation
from ionlink.models.formulation_table import Floats
from ionlink.models.noise import pooled_deviation
from ionlink.models.row_noise import BASE_ERROR, added_by_distrust


@dataclass(frozen=True, eq=False)
class Targets:
    """Values of `n` different formulations, so that no repeat can stand on both sides of a split."""

    formulations: tuple[Formulation, ...]

    values: Floats
    """`n`, in the outcome's unit."""

    variances: Floats
    """Known error of each value, squared, `n`; 0 where nothing is known of it."""

    noise: float
    """Variance of a single new observation; 0 where neither standard errors nor repeats say it.

    The median of the stated ones, else the pooled scatter of repeats.
    """

    @classmethod
    def of(cls, rows: Sequence[Observation]) -> "Targets":
        """From training rows, in order of first appearance; repeats become their weighted mean.

        A standard error counts as stated. Rows without one have the pooled scatter of repeats as error, widened by
        distrust as in a Gaussian process.
        """
        values = np.array([o.value for o in rows])
        base = (BASE_ERROR * float(values.std())) ** 2
        groups = defaultdict(list)
        for place, row in enumerate(rows):
            groups[row.formulation].append(place)
        unstated = [[values[k] for k in g if rows[k].standard_error is None] for g in groups.values()]
        scatter = (pooled_deviation([group for group in unstated if group]) or 0.0) ** 2
        stated = [o.standard_error**2 for o in rows if o.standard_error is not None]
        errors = np.array(
            [scatter + added_by_distrust(o, base) if o.standard_error is None else o.standard_error**2 for o in rows]
        )
        shares = [_shares(errors[places] + base) for places in groups.values()]
        return cls(
            tuple(groups),
            np.array([share @ values[places] for share, places in zip(shares, groups.values(), strict=True)]),
            np.array([share**2 @ errors[places] for share, places in zip(shares, groups.values(), strict=True)]),
            float(np.median(stated)) if stated else scatter,
        )

    @property
    def offset(self) -> float:
        """Mean of the values."""
        return float(self.values.mean())

    @property
    def scale(self) -> float:
        """Standard deviation of the values; above 0, because a constant outcome is not learned."""
        return float(self.values.std()) or 1.0

    @property
    def standardised(self) -> Floats:
        """Values with mean 0 and standard deviation 1, `n`."""
        return (self.values - self.offset) / self.scale

    @property
    def standardised_variances(self) -> Floats:
        """Known errors of the standardised values, squared, `n`."""
        return self.variances / self.scale**2

    @property
    def weights(self) -> Floats:
        """Weights of mean 1 for models that know no errors, `n`.

        A model's own error is taken as `BASE_ERROR` of the outcome's deviation, so that no exact value rules alone.
        """
        weights = 1 / (BASE_ERROR**2 + self.standardised_variances)
        return np.asarray(weights / weights.mean())


def _shares(variances: Floats) -> Floats:
    return np.asarray(1 / variances / (1 / variances).sum())
