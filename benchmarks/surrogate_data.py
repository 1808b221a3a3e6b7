"""What `surrogates.py` compares on: data sets, and folds that every method shares."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ionlink.data import Formulation, InputError, Observation, observations, stability_constants
from ionlink.data.log_k.importer import import_log_k
from ionlink.data.log_k.table import Assumptions
from ionlink.data.observation_table import STABILITY_CONSTANT
from ionlink.features import FormulationDescriptors
from ionlink.models.inputs import all_simulated
from ionlink.models.splits import (
    Split,
    cation_folds,
    formulation_folds,
    leave_one_cation_out,
    leave_one_ligand_out,
    ligand_folds,
)

Matrix = NDArray[np.float64]

MAIN_OUTCOMES = (
    *("cation_oxygen_distance", "coordination_number", "monodentate_fraction", "chelating_fraction"),
    *("bridging_fraction", "chains_per_cation", "interchain_crosslinks_per_cation", "crosslink_strength"),
    *("coulomb_per_charge", "coulomb_spread", "coulomb_retention", "density"),
)
"""Simulated outcomes that are compared."""

NOT_OXYGEN = ("[#7,#33,#34,#52]", "[#16;!$([#16](=O)=O)]", "[#15;!$([#15]=O)]")
"""Donors other than oxygen: N, As, Se, Te; S that is no sulfonyl; P that is no P=O."""

RANDOM, NEW_CATION, NEW_LIGAND = "random", "new cation", "new ligand"
"""What a split asks of a method."""

DIVISIONS = 5
"""Ways of putting the ligands of a small table into folds: a few of them carry most of an error."""


@dataclass(frozen=True)
class DataSet:
    """Observations of one or several outcomes of the same formulations."""

    name: str

    rows: tuple[tuple[Observation, ...], ...]
    """For each of `n` formulations (or repeats of it) one observation of each of the `m` outcomes, in one order."""

    splits: Mapping[str, Sequence[Split]]
    """By what they ask: `RANDOM`, `NEW_CATION`, `NEW_LIGAND`; each holds out every row once."""

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of the `m` outcomes."""
        return tuple(o.outcome for o in self.rows[0])

    @property
    def formulations(self) -> list[Formulation]:
        """Of the `n` rows."""
        return [row[0].formulation for row in self.rows]

    @cached_property
    def observed(self) -> Matrix:
        """Observed values, `n x m`, in the outcomes' units."""
        return np.array([[o.value for o in row] for row in self.rows])

    @cached_property
    def descriptors(self) -> Matrix:
        """What peers see of the rows, cross terms included, `n x d`, NaN where unknown.

        Of cations, as ionlink does: of what was simulated, what the simulation knew.
        """
        simulated = all_simulated(o for row in self.rows for o in row)
        described = FormulationDescriptors(cross_terms=True, simulated=simulated)
        return np.asarray(described.fit_transform(self.formulations), dtype=np.float64)

    @cached_property
    def fingerprint(self) -> str:
        """Differs where the observations, the descriptors or the folds do."""
        text = "".join(o.model_dump_json() for row in self.rows for o in row)
        folds = "".join(f"{name}{split.folds}" for name, splits in self.splits.items() for split in splits)
        return hashlib.sha256((text + folds).encode() + self.descriptors.tobytes()).hexdigest()[:16]


@dataclass(frozen=True)
class Fold:
    """What is learned from, and what is held out."""

    data: DataSet
    split: Split
    label: str
    division: int = 0
    """Number of the split among those that ask the same."""

    @cached_property
    def held(self) -> NDArray[np.intp]:
        """Numbers of the held-out rows."""
        return np.flatnonzero(self.split.held_out(self.label))

    @cached_property
    def training(self) -> NDArray[np.intp]:
        """Numbers of the other rows."""
        return np.flatnonzero(~np.array(self.split.held_out(self.label)))

    def informative(self) -> tuple[Matrix, Matrix]:
        """Descriptors of training and held-out rows without the columns that never vary in training."""
        training, held = self.data.descriptors[self.training], self.data.descriptors[self.held]
        varies = np.array([len(np.unique(column[np.isfinite(column)])) > 1 for column in training.T])
        return training[:, varies], held[:, varies]


def oxygen_donors_only(smiles: str) -> bool:
    """Whether oxygen is the only atom of a molecule that binds cations."""
    from rdkit import Chem

    molecule = Chem.MolFromSmiles(smiles)
    return not any(molecule.HasSubstructMatch(Chem.MolFromSmarts(pattern)) for pattern in NOT_OXYGEN)


def shipped_constants() -> DataSet:
    """Stability constants of the knowledge base (from the databases of phreeqc)."""
    rows = tuple((o,) for o in stability_constants())
    first = [row[0] for row in rows]
    return DataSet("log-k-shipped", rows, _splits_of_few(first))


def given_constants(path: Path, *, oxygen_only: bool) -> DataSet:
    """Stability constants of a file, all or those of oxygen donors, without their standard errors.

    The errors are left out for every method: few rows have one, and they are the scatter of two or three sources.
    """
    imported = (constant.observation for constant in import_log_k(path, Assumptions()).constants)
    first = [
        o.model_copy(update={"standard_error": None})
        for o in imported
        if o.outcome == STABILITY_CONSTANT and (not oxygen_only or oxygen_donors_only(o.formulation.ligand))
    ]
    rows = tuple((o,) for o in first)
    if oxygen_only:
        return DataSet("log-k-oxygen", rows, _splits_of_few(first))
    return DataSet(  # too many rows to leave out one cation at a time, or to divide five hundred ligands again
        "log-k-all",
        rows,
        {
            RANDOM: [formulation_folds(first)],
            NEW_CATION: [cation_folds(first, folds=10)],
            NEW_LIGAND: [ligand_folds(first)],
        },
    )


def simulations() -> DataSet:
    """`MAIN_OUTCOMES` of the shipped molecular dynamics at the level `screen`."""
    found: dict[Formulation, dict[str, Observation]] = {}
    for o in observations():
        if o.level == "screen":
            found.setdefault(o.formulation, {})[o.outcome] = o
    faults = [f"{f}: no {name}" for f, known in found.items() for name in MAIN_OUTCOMES if name not in known]
    if faults:
        raise InputError(faults)
    rows = tuple(tuple(known[name] for name in MAIN_OUTCOMES) for known in found.values())
    first = [row[0] for row in rows]
    return DataSet(
        "md-screen",
        rows,
        {
            RANDOM: [formulation_folds(first)],
            NEW_CATION: [leave_one_cation_out(first)],
            NEW_LIGAND: [leave_one_ligand_out(first)],
        },
    )


def _splits_of_few(first: Sequence[Observation]) -> dict[str, Sequence[Split]]:
    return {
        RANDOM: [formulation_folds(first)],
        NEW_CATION: [leave_one_cation_out(first)],
        NEW_LIGAND: [ligand_folds(first, seed=division) for division in range(DIVISIONS)],
    }


def data_sets(path: Path | None) -> dict[str, Callable[[], DataSet]]:
    """By the letter that `--only` takes; those of `path` only where there is one."""
    sets: dict[str, Callable[[], DataSet]] = {"a": shipped_constants, "c": simulations}
    if path is not None:
        sets["b-oxygen"] = lambda: given_constants(path, oxygen_only=True)
        sets["b-all"] = lambda: given_constants(path, oxygen_only=False)
    return sets
