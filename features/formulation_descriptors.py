"""From formulations to a numeric matrix: the scikit-learn transformer."""

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from ionlink.data import Formulation, InputError, cations, ligands
from ionlink.data.naming import cation_name, ligand_name, ratio_faults
from ionlink.features.cation_descriptors import CATION_DESCRIPTORS, describe_cation
from ionlink.features.descriptor import Descriptor
from ionlink.features.ligand_descriptors import LIGAND_DESCRIPTORS, describe_ligand

if TYPE_CHECKING:
    import pandas as pd

Formulations: TypeAlias = "Sequence[Formulation] | pd.DataFrame"
Matrix: TypeAlias = NDArray[np.float64]

COLUMNS = ("cation", "ligand", "ratio")

WANTED = f"a sequence of Formulation or a DataFrame with {', '.join(COLUMNS)}"

RATIO_DESCRIPTOR = Descriptor("log10_ratio", "1", "Decimal logarithm of donor groups per cation.", "definition")

NOT_KNOWN = math.nan
"""The ratio of a formulation whose source does not say it; a NaN in a DataFrame is a fault."""

DESCRIPTORS = (*CATION_DESCRIPTORS, *LIGAND_DESCRIPTORS, RATIO_DESCRIPTOR)
"""Columns of the matrix, in order; the last is the only one that depends on the ratio."""


class FormulationDescriptors(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Describes formulations by cation, ligand and ratio.

    Takes a sequence of `Formulation`, or a DataFrame with the columns `cation`, `ligand` and `ratio` (others are left
    alone), and gives an `n x d` float64 matrix with the columns of `get_feature_names_out`. What nobody has measured is
    NaN: the model decides what to make of it. Learns nothing from data, so `fit` may be called with anything valid.
    """

    units: Mapping[str, str] = MappingProxyType({x.name: x.unit for x in DESCRIPTORS})
    """Unit of each column."""

    citations: Mapping[str, str] = MappingProxyType({x.name: x.citation for x in DESCRIPTORS})
    """Where the definition of each column comes from."""

    def fit(self, X: Formulations, y: object = None) -> "FormulationDescriptors":  # noqa: ARG002
        """Check that `X` can be described.

        Raises:
            InputError: with one line for each fault.
        """
        read_formulations(X)
        return self

    def transform(self, X: Formulations) -> Matrix:
        """Descriptors of `n` formulations, an `n x d` matrix (a DataFrame after `set_output(transform="pandas")`).

        Raises:
            InputError: with one line for each cation, ligand or ratio that is not usable.
        """
        cation_names, ligand_names, ratios = read_formulations(X)
        cation_rows = {name: describe_cation(cations()[name]) for name in dict.fromkeys(cation_names)}
        ligand_rows = {name: describe_ligand(ligands()[name]) for name in dict.fromkeys(ligand_names)}
        return np.column_stack(
            [
                rows_of(cation_names, cation_rows, len(CATION_DESCRIPTORS)),
                rows_of(ligand_names, ligand_rows, len(LIGAND_DESCRIPTORS)),
                np.log10(ratios),
            ]
        )

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:  # noqa: ARG002
        """Names of the `d` columns, `log10_ratio` last."""
        return np.array([x.name for x in DESCRIPTORS], dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        """Always: there is nothing to learn."""
        return True


def rows_of(names: Sequence[str], table: Mapping[str, Sequence[float]], width: int) -> Matrix:
    """The row of each of `n` names, an `n x width` matrix."""
    position = {name: index for index, name in enumerate(table)}
    values = np.array(list(table.values()), dtype=np.float64).reshape(len(table), width)
    return values[np.array([position[name] for name in names], dtype=np.intp)]


def read_formulations(formulations: Formulations) -> tuple[list[str], list[str], Matrix]:
    """Canonical cation and ligand names and ratios, each of length `n`.

    Raises:
        InputError: with one line for each fault, formulations counted from 0.

    """
    typed_cations, typed_ligands, ratios = columns_of(formulations)
    faults: list[str] = []
    cation_names = canonical(typed_cations, cation_name, faults)
    ligand_names = canonical(typed_ligands, ligand_name, faults)
    for number, ratio in enumerate(ratios):
        if ratio is not NOT_KNOWN:
            faults.extend(f"formulation {number}, {fault}" for fault in ratio_faults(ratio))
    if faults:
        raise InputError(faults)
    return cation_names, ligand_names, np.array(ratios, dtype=np.float64)


def columns_of(formulations: Formulations) -> tuple[list[str], list[str], list[float]]:
    """Cations, ligands and ratios as given.

    Raises:
        InputError: when a column is missing or an element is not a `Formulation`.

    """
    if not isinstance(formulations, Sequence):
        if not hasattr(formulations, "columns"):
            raise InputError(f"give {WANTED}, not {type(formulations).__name__}")
        missing = [name for name in COLUMNS if name not in formulations.columns]
        if missing:
            raise InputError(f"column '{name}' is missing; needed are {', '.join(COLUMNS)}" for name in missing)
        return list(formulations["cation"]), list(formulations["ligand"]), list(formulations["ratio"])
    strangers = [type(x).__name__ for x in formulations if not isinstance(x, Formulation)]
    if strangers:
        raise InputError(f"give {WANTED}, not a sequence of {strangers[0]}")
    ratios = [NOT_KNOWN if x.ratio is None else x.ratio for x in formulations]
    return [x.cation for x in formulations], [x.ligand for x in formulations], ratios


def canonical(typed: Sequence[object], find: Callable[[str], str], faults: list[str]) -> list[str]:
    """Canonical name of each; each distinct name that has none puts its fault into `faults` once."""
    names: dict[object, str] = {}
    for number, text in enumerate(typed):
        if text in names:
            continue
        names[text] = ""
        try:
            names[text] = find(str(text))
        except InputError as error:
            faults.extend(f"formulation {number}, {fault}" for fault in error.faults)
    return [names[text] for text in typed]
