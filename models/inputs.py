"""From formulations to the numbers a Gaussian process sees."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from ionlink.data import cations, ligands
from ionlink.data.formulation import Formulation
from ionlink.features import FormulationDescriptors

Matrix = NDArray[np.float64]

SMALLEST_RATIO_SPAN_DECADES = 1.0
"""Training data at one ratio still say that a tenfold ratio is far away."""


class InputScaling(BaseModel):
    """Descriptors scaled to the unit cube, without gaps; the last column is log10 of the ratio.

    The scale of a cation's or ligand's descriptor is its range over the whole knowledge base, not over the
    training data: a ligand that was never measured then lies at a distance, and the uncertainty grows
    towards it. (With a column dropped because training data hold it constant, a new ligand would
    look like the known one.) Columns that are constant over the knowledge base are dropped. An unknown
    property is filled with the knowledge base's mean, and a further column flags it as unknown.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: tuple[str, ...]
    """Descriptors in use, `log10_ratio` last."""

    lower: tuple[float, ...]
    """Value that becomes 0, per column, in the descriptor's unit."""

    width: tuple[float, ...]
    """Distance that becomes 1, per column, in the descriptor's unit."""

    fill: tuple[float, ...]
    """What stands in for an unknown value, per column, in the descriptor's unit."""

    flagged: tuple[str, ...]
    """Columns with unknown values in the knowledge base or unknown ratios in the training data.

    Each gets a 0/1 column before the last.
    """

    @classmethod
    def of(cls, formulations: Sequence[Formulation]) -> "InputScaling":
        """Scale for a model trained on `formulations`."""
        names, matrix = _descriptors([*_knowledge_base(), *formulations])
        training_ratios = matrix[-len(formulations) :, -1]
        log_ratio = training_ratios[np.isfinite(training_ratios)]
        known = np.isfinite(matrix[:, :-1])
        columns = [j for j in range(len(names) - 1) if known[:, j].any() and np.ptp(matrix[known[:, j], j]) > 0]
        ranges = [matrix[known[:, j], j] for j in columns]
        lowest, highest = (float(log_ratio.min()), float(log_ratio.max())) if log_ratio.size else (0.0, 0.0)
        width, middle = max(highest - lowest, SMALLEST_RATIO_SPAN_DECADES), (lowest + highest) / 2
        gaps = [names[j] for j in columns if not known[:, j].all()]
        return cls(
            columns=(*(names[j] for j in columns), names[-1]),
            lower=(*(float(r.min()) for r in ranges), middle - width / 2),
            width=(*(float(np.ptp(r)) for r in ranges), width),
            fill=(*(float(r.mean()) for r in ranges), middle),
            flagged=(*gaps, *names[-1:]) if log_ratio.size < len(formulations) else tuple(gaps),
        )

    @property
    def dimension(self) -> int:
        """Number of columns of `transform`."""
        return len(self.columns) + len(self.flagged)

    def transform(self, formulations: Sequence[Formulation]) -> Matrix:
        """An `n x dimension` float64 matrix without gaps, within [0, 1] for what the knowledge base holds."""
        names, matrix = _descriptors(formulations)
        chosen = matrix[:, [names.index(column) for column in self.columns]]
        unknown = ~np.isfinite(chosen)
        scaled = (np.where(unknown, self.fill, chosen) - self.lower) / self.width
        flags = unknown[:, [self.columns.index(column) for column in self.flagged]].astype(np.float64)
        return np.hstack([scaled[:, :-1], flags, scaled[:, -1:]])

    def scaled_ratio(self, ratio: float) -> float:
        """Last column for a ratio in donor groups per cation."""
        return (math.log10(ratio) - self.lower[-1]) / self.width[-1]

    def ratio_of(self, scaled: float) -> float:
        """Ratio in donor groups per cation for a value of the last column."""
        return float(10.0 ** (self.lower[-1] + scaled * self.width[-1]))


def _knowledge_base() -> list[Formulation]:
    return [Formulation(cation=c, ligand=p) for c in cations() for p in ligands()]


def _descriptors(formulations: Sequence[Formulation]) -> tuple[list[str], Matrix]:
    """Names and an `n x len(names)` matrix with NaN where a property is unknown."""
    descriptors = FormulationDescriptors()
    matrix = np.asarray(descriptors.fit_transform(list(formulations)), dtype=np.float64)
    return [str(name) for name in descriptors.get_feature_names_out()], matrix
