"""What models see of many formulations: each pair described once, each row completed by its ratio."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch

from ionlink.data.formulation import Formulation
from ionlink.features import FormulationDescriptors
from ionlink.models.formulation_table import Floats, FormulationTable, Integers
from ionlink.models.inputs import InputScaling

RATIO_COLUMNS = ("log10_ratio", "log10_charge_ratio")
"""Descriptors that depend on the ratio; both are its decimal logarithm and a constant of the pair."""


class PairRows(Protocol):
    """Numbers of any formulation made of the given pairs."""

    @classmethod
    def of(cls, pairs: Sequence[Formulation], scaling: InputScaling) -> "PairRows":
        """Describe each of `p` pairs of cation and ligand, at the ratio 1 or without one."""
        ...

    def rows(self, pair: Integers, ratio: Floats) -> torch.Tensor:
        """An `m x d` float64 tensor for `m` positions among the pairs and ratios, NaN where there is none."""
        ...


class ScaledPairs:
    """The columns of an `InputScaling`, without gaps."""

    def __init__(self, scaling: InputScaling, matrix: torch.Tensor) -> None:
        self._scaling, self._matrix = scaling, matrix

    @classmethod
    def of(cls, pairs: Sequence[Formulation], scaling: InputScaling) -> "ScaledPairs":
        """See `PairRows`."""
        matrix = scaling.transform(pairs) if pairs else np.empty((0, scaling.dimension))
        return cls(scaling, torch.as_tensor(matrix))

    def rows(self, pair: Integers, ratio: Floats) -> torch.Tensor:
        """Those of each row's pair, with the row's ratio in the last column."""
        inputs = self._matrix[torch.from_numpy(pair)]
        if not self._scaling.knows_ratio:
            return inputs
        known = np.isfinite(ratio)
        # It is linear in the logarithm; two of its values say how.
        zero, one = (self._scaling.scaled_ratio(r) for r in (1.0, 10.0))
        inputs[torch.from_numpy(known), -1] = torch.from_numpy(zero + (one - zero) * np.log10(ratio[known]))
        return inputs


def description(scaling: InputScaling) -> FormulationDescriptors:
    """Descriptors in their units with cross terms, of what was simulated where `scaling` is of that."""
    return FormulationDescriptors(cross_terms=True, simulated=scaling.simulated)


class DescribedPairs:
    """The columns of a `description`, NaN where a property is unknown."""

    def __init__(self, matrix: torch.Tensor, names: Sequence[str]) -> None:
        self._matrix = matrix
        self._ratio_columns = [list(names).index(name) for name in RATIO_COLUMNS]

    @classmethod
    def of(cls, pairs: Sequence[Formulation], scaling: InputScaling) -> "DescribedPairs":
        """See `PairRows`; of the scaling it looks at whether it is of what was simulated."""
        described = description(scaling)
        matrix = torch.as_tensor(np.asarray(described.transform(pairs)))
        return cls(matrix, [str(name) for name in described.get_feature_names_out()])

    def rows(self, pair: Integers, ratio: Floats) -> torch.Tensor:
        """Those of each row's pair, with the logarithm of the row's ratio added where it enters."""
        described = self._matrix[torch.from_numpy(pair)]
        described[:, self._ratio_columns] += torch.from_numpy(np.log10(ratio)).unsqueeze(-1)
        return described


def rows_of(sees: type[PairRows], formulations: Sequence[Formulation], scaling: InputScaling) -> torch.Tensor:
    """What a model that `sees` these numbers sees of `n` formulations, `n x d`."""
    table = FormulationTable.of(formulations)
    return sees.of(table.pairs, scaling).rows(table.pair, table.ratio)
