"""From formulations to the numbers a surrogate sees."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from ionlink.data import cations, ligands, stability_constants
from ionlink.data.formulation import CONDITIONS, Formulation
from ionlink.data.observation import Statement
from ionlink.features import DESCRIPTORS, FormulationDescriptors
from ionlink.features.cation_descriptors import CATION_DESCRIPTORS, ION_DESCRIPTORS
from ionlink.features.formulation_descriptors import CONDITION_DESCRIPTORS
from ionlink.features.informative_columns import dropped_columns
from ionlink.features.ligand_descriptors import LIGAND_DESCRIPTORS

if TYPE_CHECKING:
    import pandas as pd

Matrix = NDArray[np.float64]

SMALLEST_RATIO_SPAN_DECADES = 1.0
"""Training data at one ratio still say that a tenfold ratio is far away."""

SMALLEST_SPANS = {"second_fraction": 0.5, "ph": 2.0, "temperature_k": 25.0}
"""The same of conditions (a choice): half of the cations, two units of pH over which a site loses its proton, 25 K."""

ANCHORS = ("charge", "octahedral_radius", "log_k_hydrolysis", "hardness")
"""Of two columns that go together, these stay: kernels name them."""

CATION_COLUMNS = frozenset(x.name for x in (*CATION_DESCRIPTORS, *ION_DESCRIPTORS))
LIGAND_COLUMNS = frozenset(x.name for x in LIGAND_DESCRIPTORS)
_LOGARITHMIC = frozenset(x.name for x in DESCRIPTORS if x.scale == "log")

NOT_SIMULATED = "no simulation of ions as charges with a 12-6 potential knows of it"


def all_simulated(statements: Iterable[Statement]) -> bool:
    """Whether all is of simulations whose ions are point charges with a Lennard-Jones potential, as conditions say.

    These know of a cation no more than `ION_DESCRIPTORS`, so that nothing else can matter to what they give.
    """
    models = {statement.condition("ion_model") for statement in statements}
    return models == {"12-6"}


class InputScaling(BaseModel):
    """Descriptors scaled to the unit cube, without gaps; the last column is log10 of the ratio.

    Conditions (share of a second cation, pH, temperature) have columns where training formulations have them, scaled
    like the ratio to the range that was seen, and are not looked at elsewhere.

    The scale of a cation's or ligand's descriptor is its range over the whole knowledge base, not over the
    training data: a ligand that was never measured then lies at a distance, and the uncertainty grows
    towards it. (With a column dropped because training data hold it constant, a new ligand would
    look like the known one.) Columns that are constant over the knowledge base, or go with another one there, are
    dropped, and `dropped` says why. An unknown property is filled with the knowledge base's mean, and a further column
    flags it as unknown. Nothing that was observed enters: the scale cannot leak what it was fitted to.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: tuple[str, ...]
    """Descriptors in use, then `conditions`, `log10_ratio` last."""

    lower: tuple[float, ...]
    """Value that becomes 0, per column, in the descriptor's unit (its log10 where it is measured by ratios)."""

    width: tuple[float, ...]
    """Distance that becomes 1, per column, in the same."""

    fill: tuple[float, ...]
    """What stands in for an unknown value, per column, in the same."""

    flagged: tuple[str, ...]
    """Columns with unknown values in the knowledge base, or unknown ratios or conditions in the training data.

    Each gets a 0/1 column before the last.
    """

    dropped: Mapping[str, str]
    """Descriptors that are not used, with the reason."""

    knows_ratio: bool
    """Whether any training formulation has a ratio."""

    conditions: tuple[str, ...] = ()
    """Conditions that any training formulation has."""

    simulated: bool = False
    """Whether cations are described by what a simulation knows of them."""

    @classmethod
    def of(cls, formulations: Sequence[Formulation], *, simulated: bool = False) -> "InputScaling":
        """Scale for a model trained on `formulations`; with `simulated`, on what simulations gave of them."""
        names, matrix = _descriptors(_one_of_each(formulations), simulated=simulated)
        ratios = np.array([f.ratio for f in formulations if f.ratio is not None], dtype=np.float64)
        members, dropped = _informative(names[:-1], matrix[:, :-1])
        dropped |= {x.name: NOT_SIMULATED for x in CATION_DESCRIPTORS if simulated and x.name not in names}
        columns = [names.index(name) for name in members]
        known = np.isfinite(matrix)
        ranges = [matrix[known[:, j], j] for j in columns]
        lowest, highest = np.log10([ratios.min(), ratios.max()]).tolist() if ratios.size else (0.0, 0.0)
        width, middle = max(highest - lowest, SMALLEST_RATIO_SPAN_DECADES), (lowest + highest) / 2
        gaps = _distinct_gaps(members, known[:, columns])
        spans = _condition_spans(formulations)
        flagged = [*gaps, *(name for name, span in spans.items() if span.has_gaps)]
        return cls(
            columns=(*members, *spans, names[-1]),
            lower=(*(float(r.min()) for r in ranges), *(s.lower for s in spans.values()), middle - width / 2),
            width=(*(float(np.ptp(r)) for r in ranges), *(s.width for s in spans.values()), width),
            fill=(*(float(r.mean()) for r in ranges), *(s.lower + s.width / 2 for s in spans.values()), middle),
            flagged=(*flagged, *names[-1:]) if 0 < ratios.size < len(formulations) else tuple(flagged),
            dropped=dropped,
            knows_ratio=bool(ratios.size),
            conditions=tuple(spans),
            simulated=simulated,
        )

    @property
    def variables(self) -> tuple[str, ...]:
        """Columns of `transform` that can change where cation and ligand do not: of the ratio and of conditions."""
        flags = [f"{name}_unknown" for name in self.conditions]
        ratio = (f"{self.columns[-1]}_unknown", self.columns[-1]) if self.knows_ratio else ()
        return (*ratio, *self.conditions, *(flag for flag in flags if flag in self.names))

    @property
    def dimension(self) -> int:
        """Number of columns of `transform`."""
        return len(self.columns) + len(self.flagged)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns of `transform`; a flag is called `<column>_unknown`."""
        return (*self.columns[:-1], *(f"{name}_unknown" for name in self.flagged), self.columns[-1])

    def positions(self, names: Sequence[str]) -> list[int]:
        """Where those of `names` that are in use stand in `transform`."""
        place = {name: j for j, name in enumerate(self.names)}
        return [place[name] for name in names if name in place]

    def block(self, descriptors: frozenset[str]) -> list[int]:
        """Where a cation's or ligand's descriptors and their flags stand in `transform`."""
        flags = {f"{name}_unknown" for name in descriptors}
        return [j for j, name in enumerate(self.names) if name in descriptors or name in flags]

    def transform(self, formulations: "Sequence[Formulation] | pd.DataFrame") -> Matrix:
        """An `n x dimension` float64 matrix without gaps, within [0, 1] for what the knowledge base holds.

        Raises:
            InputError: with one line for each cation, ligand or ratio that is not usable.
        """
        names, matrix = _descriptors(formulations, conditions=bool(self.conditions), simulated=self.simulated)
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


def _one_of_each(formulations: Sequence[Formulation]) -> list[Formulation]:
    """Every cation and every ligand of the knowledge base and the training data once, whichever stands beside it.

    Of ligands, those of the training data's kind: polymers, molecules, or both.
    """
    trained = dict.fromkeys(f.ligand for f in formulations)
    known = dict.fromkeys(ligands()) if any(name in ligands() for name in trained) else {}
    if any(name not in ligands() for name in trained):
        known |= dict.fromkeys(o.formulation.ligand for o in stability_constants())
    every_ligand, every_cation = list(known | trained), list(cations())
    length = max(len(every_ligand), len(every_cation))
    return [
        Formulation(cation=every_cation[i % len(every_cation)], ligand=every_ligand[i % len(every_ligand)])
        for i in range(length)
    ]


def _informative(names: Sequence[str], matrix: Matrix) -> tuple[list[str], dict[str, str]]:
    """Descriptors to use, in their order, and why the others are not."""
    dropped: dict[str, str] = {}
    for block in (CATION_COLUMNS, LIGAND_COLUMNS):
        ordered = sorted((n for n in names if n in block), key=lambda name: name not in ANCHORS)
        dropped |= dropped_columns(ordered, matrix[:, [list(names).index(name) for name in ordered]])
    return [name for name in names if name not in dropped], dropped


def _distinct_gaps(columns: Sequence[str], known: NDArray[np.bool_]) -> list[str]:
    """Columns with unknown values, one for each different set of rows in which they are unknown."""
    gaps: dict[bytes, str] = {}
    for j, name in enumerate(columns):
        if not known[:, j].all():
            gaps.setdefault(known[:, j].tobytes(), name)
    return list(gaps.values())


@dataclass(frozen=True)
class _Span:
    """Scale of a condition."""

    lower: float
    width: float
    has_gaps: bool
    """Whether some formulations leave it open."""


def _condition_spans(formulations: Sequence[Formulation]) -> dict[str, _Span]:
    """By condition that any formulation has."""
    if not any(getattr(f, name) is not None for f in formulations for name in CONDITIONS):
        return {}
    described = np.asarray(FormulationDescriptors(conditions=True).transform(formulations), dtype=np.float64)
    spans = {}
    for descriptor, column in zip(CONDITION_DESCRIPTORS, described[:, -len(CONDITION_DESCRIPTORS) :].T, strict=True):
        known = column[np.isfinite(column)]
        if not known.size or (descriptor.name == "second_fraction" and not known.any()):
            continue
        width = max(float(np.ptp(known)), SMALLEST_SPANS[descriptor.name])
        lower = float(known.min() + known.max()) / 2 - width / 2
        spans[descriptor.name] = _Span(lower, width, bool(known.size < column.size))
    return spans


def _descriptors(
    formulations: "Sequence[Formulation] | pd.DataFrame", *, conditions: bool = False, simulated: bool = False
) -> tuple[list[str], Matrix]:
    """Names and an `n x len(names)` matrix with NaN where a property is unknown; logarithms where ratios count."""
    descriptors = FormulationDescriptors(conditions=conditions, simulated=simulated)
    matrix = np.asarray(descriptors.fit_transform(formulations), dtype=np.float64)
    names = [str(name) for name in descriptors.get_feature_names_out()]
    for j, name in enumerate(names):
        if name in _LOGARITHMIC:
            matrix[:, j] = np.log10(matrix[:, j])
    return names, matrix
