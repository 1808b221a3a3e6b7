"""From formulations to a numeric matrix: the scikit-learn transformer."""

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from ionlink.data import Formulation, InputError, cations, ligands
from ionlink.data.formulation import CONDITIONS
from ionlink.data.formulation_columns import COLUMNS, column_places
from ionlink.data.naming import cation_name, formulation_of, ligand_or_molecule_name, ratio_faults
from ionlink.features.cation_descriptors import CATION_DESCRIPTORS, ION_DESCRIPTORS, describe_cation, describe_ion
from ionlink.features.descriptor import Descriptor
from ionlink.features.ligand_descriptors import LIGAND_DESCRIPTORS, describe_ligand, describe_molecule

if TYPE_CHECKING:
    import pandas as pd

Formulations: TypeAlias = "Sequence[Formulation] | pd.DataFrame"
Matrix: TypeAlias = NDArray[np.float64]

WANTED = f"a sequence of Formulation or a DataFrame with {', '.join(COLUMNS)}"

RATIO_DESCRIPTOR = Descriptor("log10_ratio", "1", "Decimal logarithm of donor groups per cation.", "definition")

NOT_KNOWN = math.nan
"""The ratio of a formulation whose source does not say it; a NaN in a DataFrame that knows other ratios is a fault."""

CONDITION_DESCRIPTORS = (
    Descriptor(
        "second_fraction", "1", "Share of the rarer of two cations among both; 0 where there is one.", "definition"
    ),
    Descriptor("ph", "1", "pH of the solution in which cation and ligand met.", "definition"),
    Descriptor("temperature_k", "K", "Temperature at which the outcome is meant.", "definition"),
)
"""What most formulations leave open. The share of a second cation is symmetric: either cation may be named first."""

DESCRIPTORS = (*CATION_DESCRIPTORS, *LIGAND_DESCRIPTORS, RATIO_DESCRIPTOR)
"""Columns of the matrix, in order; the last is the only one that depends on the ratio."""

SIMULATED_DESCRIPTORS = (*ION_DESCRIPTORS, *LIGAND_DESCRIPTORS, RATIO_DESCRIPTOR)
"""The same of what was simulated."""

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

SIMULATED_CROSS_DESCRIPTORS = tuple(x for x in CROSS_DESCRIPTORS if x.name in {"charge_product", "log10_charge_ratio"})
"""Those of them that take of a cation what a simulation knows."""

_EVERY = (*DESCRIPTORS, *ION_DESCRIPTORS, *CROSS_DESCRIPTORS, *CONDITION_DESCRIPTORS)


class FormulationDescriptors(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Describes formulations by cation, ligand and ratio.

    Takes a sequence of `Formulation`, or a DataFrame with the columns `cation`, `ligand` (a polymer, or the SMILES of a
    small molecule) and `ratio`, which a table of pairs without one may lack (others are left alone), and gives an
    `n x d` float64 matrix with the columns of `get_feature_names_out`. What nobody has measured is NaN: the model
    decides what to make of it. Learns nothing from data, so `fit` may be called with anything valid.

    A mixture of two cations has the mean of their descriptors, weighted by amount of substance (a choice: the simplest
    that agrees with each cation alone and does not depend on which is named first); a property that is unknown of one
    is unknown of the mixture.

    With `cross_terms`, `CROSS_DESCRIPTORS` follow; a kernel that multiplies cation and ligand does not need them. With
    `conditions`, `CONDITION_DESCRIPTORS` come last, NaN where a formulation leaves them open. With `simulated`, cations
    are described by what a simulation knows of them (`ION_DESCRIPTORS`), and cross terms are those of these.
    """

    units: Mapping[str, str] = MappingProxyType({x.name: x.unit for x in _EVERY})
    """Unit of each column."""

    citations: Mapping[str, str] = MappingProxyType({x.name: x.citation for x in _EVERY})
    """Where the definition of each column comes from."""

    def __init__(self, cross_terms: bool = False, conditions: bool = False, simulated: bool = False) -> None:
        self.cross_terms = cross_terms
        self.conditions = conditions
        self.simulated = simulated

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
        seconds, conditions = read_conditions(X, cation_names)
        describe = describe_ion if self.simulated else describe_cation
        cation_rows = {name: describe(cations()[name]) for name in dict.fromkeys([*cation_names, *seconds])}
        ligand_rows = {name: describe_any_ligand(name) for name in dict.fromkeys(ligand_names)}
        matrix = np.column_stack(
            [
                mixed(cation_names, seconds, conditions[:, 0], cation_rows, self._cation_columns),
                rows_of(ligand_names, ligand_rows, len(LIGAND_DESCRIPTORS)),
                np.log10(ratios),
            ]
        )
        parts = [matrix, *([cross_terms(matrix, [x.name for x in self._plain])] if self.cross_terms else [])]
        if self.conditions:
            parts += [np.minimum(conditions[:, :1], 1.0 - conditions[:, :1]), conditions[:, 1:]]
        return np.column_stack(parts)

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:  # noqa: ARG002
        """Names of the `d` columns, `log10_ratio` last but for cross terms and conditions."""
        crossed = SIMULATED_CROSS_DESCRIPTORS if self.simulated else CROSS_DESCRIPTORS
        crossed = crossed if self.cross_terms else ()
        open_ones = CONDITION_DESCRIPTORS if self.conditions else ()
        return np.array([x.name for x in (*self._plain, *crossed, *open_ones)], dtype=object)

    @property
    def _cation_columns(self) -> int:
        return len(ION_DESCRIPTORS if self.simulated else CATION_DESCRIPTORS)

    @property
    def _plain(self) -> tuple[Descriptor, ...]:
        return SIMULATED_DESCRIPTORS if self.simulated else DESCRIPTORS

    def __sklearn_is_fitted__(self) -> bool:
        """Always: there is nothing to learn."""
        return True


def cross_terms(matrix: Matrix, names: Sequence[str]) -> Matrix:
    """`CROSS_DESCRIPTORS` of an `n x len(names)` matrix of the descriptors with these names, as far as it has them."""
    columns = {name: np.asarray(matrix[:, j], dtype=np.float64) for j, name in enumerate(names)}
    protons = columns["acidic_protons"]
    negative = np.where(protons > 0, protons, np.nan)  # what loses no proton brings no charge
    products, ratios = [columns["charge"] * protons], [columns["log10_ratio"] + np.log10(negative / columns["charge"])]
    if "ionic_potential" in columns:
        products.append(columns["ionic_potential"] * columns["chelate_pka_sum"])
        products.append(-columns["log_k_hydrolysis"] * columns["acid_pka_sum"])
    return np.column_stack([*products, *ratios])


def describe_any_ligand(name: str) -> tuple[float, ...]:
    """Values of `LIGAND_DESCRIPTORS` of a polymer by its name, or of a small molecule by its canonical SMILES."""
    polymer = ligands().get(name)
    return describe_molecule(name) if polymer is None else describe_ligand(polymer)


def mixed(
    names: Sequence[str], seconds: Sequence[str], fraction: Matrix, table: Mapping[str, Sequence[float]], width: int
) -> Matrix:
    """Descriptors of `n` cations or mixtures of two, weighted by amount of substance, `n x width`."""
    first = rows_of(names, table, width)
    is_mixed = fraction > 0
    if not is_mixed.any():
        return first
    second = rows_of(seconds, table, width)
    share = fraction[:, None]
    return np.where(is_mixed[:, None], (1.0 - share) * first + share * second, first)


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
    ligand_names = canonical(typed_ligands, ligand_or_molecule_name, faults)
    for number, ratio in enumerate(ratios):
        if ratio is not NOT_KNOWN:
            faults.extend(f"formulation {number}, {fault}" for fault in ratio_faults(ratio))
    if faults:
        raise InputError(faults)
    return cation_names, ligand_names, np.array(ratios, dtype=np.float64)


def read_conditions(formulations: Formulations, first: Sequence[str]) -> tuple[list[str], Matrix]:
    """The cation that comes second (the first where there is one), and `CONDITION_DESCRIPTORS` as given, `n x 3`.

    The share is that of the second cation, 0 where there is none; pH and temperature are NaN where they are open. A
    DataFrame may lack any of the columns, and a cell that is NaN or `None` is open.

    Raises:
        InputError: with one line for each condition of a DataFrame that cannot be, formulations counted from 0.

    """
    if isinstance(formulations, Sequence):
        rows = formulations
    else:
        frame = with_plain_names(formulations)
        if not any(name in frame.columns for name in CONDITIONS):
            return list(first), np.tile([0.0, math.nan, math.nan], (len(first), 1))
        rows = conditions_of_frame(frame)
    seconds = [name if x.second_cation is None else x.second_cation for name, x in zip(first, rows, strict=True)]
    values = [(x.second_fraction or 0.0, x.ph, x.temperature_k) for x in rows]
    return seconds, np.array(values, dtype=np.float64).reshape(len(values), len(CONDITION_DESCRIPTORS))


def conditions_of_frame(frame: "pd.DataFrame") -> list[Formulation]:
    """Formulations of a DataFrame's rows, for their conditions alone: ligand and ratio are not looked at."""
    columns = [name for name in CONDITIONS if name in frame.columns]
    faults: list[str] = []
    found = []
    for number, (cation, *cells) in enumerate(frame[["cation", *columns]].itertuples(index=False)):
        filled = (cell is not None and cell == cell for cell in cells)  # noqa: PLR0124 - NaN is an empty cell
        known = {name: cell for name, cell, is_there in zip(columns, cells, filled, strict=True) if is_there}
        try:
            found.append(formulation_of(str(cation), next(iter(ligands())), 1.0, **known))
        except InputError as error:
            faults.extend(f"formulation {number}, {fault}" for fault in error.faults)
    if faults:
        raise InputError(faults)
    return found


def columns_of(formulations: Formulations) -> tuple[list[str], list[str], list[float]]:
    """Cations, ligands and ratios as given.

    Raises:
        InputError: when a column is missing or an element is not a `Formulation`.

    """
    if not isinstance(formulations, Sequence):
        if not hasattr(formulations, "columns"):
            raise InputError(f"give {WANTED}, not {type(formulations).__name__}")
        frame = with_plain_names(formulations)
        return list(frame["cation"]), list(frame["ligand"]), ratios_of_frame(frame)
    strangers = [type(x).__name__ for x in formulations if not isinstance(x, Formulation)]
    if strangers:
        raise InputError(f"give {WANTED}, not a sequence of {strangers[0]}")
    ratios = [NOT_KNOWN if x.ratio is None else x.ratio for x in formulations]
    return [x.cation for x in formulations], [x.ligand for x in formulations], ratios


def with_plain_names(frame: "pd.DataFrame") -> "pd.DataFrame":
    """The columns of a DataFrame that are read, named as in `READ`; raises `InputError` where there is none."""
    places = column_places(list(frame.columns), "table", needs_ratio=False)
    return frame.iloc[:, list(places.values())].set_axis(list(places), axis="columns")


def ratios_of_frame(frame: "pd.DataFrame") -> list[float]:
    """Ratios of a DataFrame's rows; of a table of pairs, whose ratio is missing or empty in all rows, none is known."""
    if "ratio" not in frame.columns or frame["ratio"].isna().all():
        return [NOT_KNOWN] * len(frame)
    return list(frame["ratio"])


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
