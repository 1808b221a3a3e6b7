"""From formulations to a numeric matrix: the scikit-learn transformer."""

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from ionlink.data import Formulation, InputError, cations, ligands
from ionlink.data.molecule import read_molecule
from ionlink.data.naming import cation_name, ligand_name, ratio_faults
from ionlink.features.cation_descriptors import CATION_DESCRIPTORS, describe_cation
from ionlink.features.descriptor import Descriptor
from ionlink.features.ligand_descriptors import LIGAND_DESCRIPTORS, describe_ligand, describe_molecule

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

CROSS_DESCRIPTORS = (
    Descriptor("charge_product", "1", "Charge of the cation times the protons that the ligand loses.", "Coulomb's law"),
    Descriptor(
        "ionic_potential_times_basicity",
        "e/angstrom",
        "Charge density of the cation times the basicity of the chelating sites.",
        "doi:10.1021/cr00098a011",
    ),
    Descriptor(
        "hydrolysis_times_basicity",
        "1",
        "log K of the cation with hydroxide, as -log_k_hydrolysis, times the basicity of the acidic sites.",
        "R. D. Hancock and A. E. Martell, doi:10.1021/cr00098a011",
    ),
    Descriptor(
        "log10_charge_ratio", "1", "log10 of negative charges of the ligand per charge of the cation.", "definition"
    ),
)
"""What chemistry suggests of two partners together, for models that do not multiply columns by themselves."""


class FormulationDescriptors(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Describes formulations by cation, ligand and ratio.

    Takes a sequence of `Formulation`, or a DataFrame with the columns `cation`, `ligand` (a polymer, or the SMILES of a
    small molecule) and `ratio` (others are left alone), and gives an `n x d` float64 matrix with the columns of
    `get_feature_names_out`. What nobody has measured is NaN: the model decides what to make of it. Learns nothing from
    data, so `fit` may be called with anything valid.

    With `cross_terms`, `CROSS_DESCRIPTORS` follow. A kernel that multiplies cation and ligand does not need them.
    """

    units: Mapping[str, str] = MappingProxyType({x.name: x.unit for x in (*DESCRIPTORS, *CROSS_DESCRIPTORS)})
    """Unit of each column."""

    citations: Mapping[str, str] = MappingProxyType({x.name: x.citation for x in (*DESCRIPTORS, *CROSS_DESCRIPTORS)})
    """Where the definition of each column comes from."""

    def __init__(self, cross_terms: bool = False) -> None:
        self.cross_terms = cross_terms

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
        ligand_rows = {name: describe_any_ligand(name) for name in dict.fromkeys(ligand_names)}
        matrix = np.column_stack(
            [
                rows_of(cation_names, cation_rows, len(CATION_DESCRIPTORS)),
                rows_of(ligand_names, ligand_rows, len(LIGAND_DESCRIPTORS)),
                np.log10(ratios),
            ]
        )
        return np.column_stack([matrix, cross_terms(matrix)]) if self.cross_terms else matrix

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:  # noqa: ARG002
        """Names of the `d` columns, `log10_ratio` last but for cross terms."""
        names = [x.name for x in (*DESCRIPTORS, *CROSS_DESCRIPTORS)]
        return np.array(names if self.cross_terms else names[: len(DESCRIPTORS)], dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        """Always: there is nothing to learn."""
        return True


def cross_terms(matrix: Matrix) -> Matrix:
    """`CROSS_DESCRIPTORS` of an `n x d` matrix of `DESCRIPTORS`, an `n x len(CROSS_DESCRIPTORS)` matrix."""
    position = {x.name: j for j, x in enumerate(DESCRIPTORS)}

    def column(name: str) -> Matrix:
        return np.asarray(matrix[:, position[name]], dtype=np.float64)

    protons = column("acidic_protons")
    negative = np.where(protons > 0, protons, np.nan)  # what loses no proton brings no charge
    return np.column_stack(
        [
            column("charge") * protons,
            column("ionic_potential") * column("chelate_pka_sum"),
            -column("log_k_hydrolysis") * column("acid_pka_sum"),
            column("log10_ratio") + np.log10(negative / column("charge")),
        ]
    )


def describe_any_ligand(name: str) -> tuple[float, ...]:
    """Values of `LIGAND_DESCRIPTORS` of a polymer by its name, or of a small molecule by its canonical SMILES."""
    polymer = ligands().get(name)
    return describe_molecule(name) if polymer is None else describe_ligand(polymer)


def ligand_or_molecule(text: str) -> str:
    """Canonical name of a polymer, or the canonical SMILES of a small molecule.

    Raises:
        InputError: when it is neither.

    """
    try:
        return ligand_name(text)
    except InputError as unknown:
        try:
            return read_molecule(text).smiles
        except InputError:
            raise unknown from None


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
    ligand_names = canonical(typed_ligands, ligand_or_molecule, faults)
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
