"""The words and rows of a training's report: everything in it that is not a figure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from ionlink.data import outcomes
from ionlink.data.outcome import DECADES
from ionlink.data.outcome_scale import learned
from ionlink.data.plural import counted
from ionlink.data.prose import MISSING, significant, unit_symbol, words
from ionlink.models.conformal import groups_needed
from ionlink.models.metrics import MINIMUM_GROUPS
from ionlink.models.surrogate import Surrogate
from ionlink.training import Predicted, Training, Validation

TITLES = {
    "formulation-folds": "new formulations",
    "leave-one-cation-out": "new cation",
    "leave-one-ligand-out": "new ligand",
    "cation-folds": "new cations, in folds",
    "ligand-folds": "new ligands, in folds",
}
"""What a split asks, in words."""

HEADINGS = {
    "rmse": "RMSE",
    "mae": "MAE",
    "q2": "q²",
    "spearman": "Spearman ρ",
    "crps": "CRPS",
    "log_score": "log score",
    "coverage_50": "in 50 %",
    "coverage_80": "in 80 %",
    "coverage_90": "in 90 %",
    "width_90": "width of 90 %",
}
"""Metrics that are shown, and what their columns are called; the table `metrics.csv` has all."""

_IN_UNITS = ("rmse", "mae", "crps", "width_90")


@dataclass(frozen=True)
class Cell:
    """A number with its confidence interval."""

    value: str

    interval: str
    """Empty where there is none."""


@dataclass(frozen=True)
class MetricRow:
    """One metric, a cell for each split."""

    name: str
    unit: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class MetricTable:
    """Metrics of one outcome."""

    columns: tuple[tuple[str, str], ...]
    """What was held out, and how many observations in how many groups."""

    rows: tuple[MetricRow, ...]


@dataclass(frozen=True)
class CorrectionRow:
    """What a conformal correction does."""

    outcome: str
    held_out: str
    interval: str
    before: str
    after: str
    factor: str
    width: str
    score: str
    verdict: str
    mark: str


@dataclass(frozen=True)
class FailureRow:
    """What could not be done."""

    what: str
    consequence: str
    reason: str


def unit(outcome: str) -> str:
    """Unit of an outcome as papers write it; empty for a pure number."""
    return unit_symbol(outcomes()[outcome].unit)


def learned_unit(outcome: str) -> str:
    """The same of differences on the scale that it is learned on."""
    return unit_symbol(outcomes()[outcome].learned_unit)


def metric_table(validation: Validation, outcome: str) -> MetricTable:
    """A column per split, a row per metric."""
    own = validation.metrics[validation.metrics["outcome"] == outcome]
    splits = {str(split): found.set_index("metric") for split, found in own.groupby("split", sort=False)}
    return MetricTable(
        tuple((TITLES[split], _counts(found, validation.predicted(outcome, split))) for split, found in splits.items()),
        tuple(
            MetricRow(heading, _metric_unit(name, outcome), tuple(_cell(found, name) for found in splits.values()))
            for name, heading in HEADINGS.items()
            if splits
        ),
    )


def summary_rows(validation: Validation) -> list[str]:
    """What the numbers say of each outcome, a sentence each."""
    by_outcome = validation.metrics.groupby("outcome", sort=False)
    return [_sentence(str(outcome), found, validation) for outcome, found in by_outcome]


def correction_rows(corrections: pd.DataFrame) -> list[CorrectionRow]:
    """One row per outcome, split and interval."""
    return [_correction_row({str(key): value for key, value in row.items()}) for row in corrections.to_dict("records")]


def correction_summary(corrections: pd.DataFrame) -> str:
    """How often the correction helps."""
    counts = corrections["verdict"].value_counts()
    parts = [what.format(counts[verdict]) for verdict, what in _VERDICTS.items() if counts.get(verdict, 0)]
    return f"Of {len(corrections)} intervals, it {', '.join(parts)}." if parts else "There was nothing to correct."


def failure_rows(validation: Validation, left_out: Mapping[str, str]) -> list[FailureRow]:
    """Everything that was wanted and could not be done."""
    rows = [FailureRow(words(outcome), "not learned", reason) for outcome, reason in left_out.items()]
    rows += [FailureRow(name, "split not possible", reason) for name, reason in validation.impossible.items()]
    rows += [
        FailureRow(
            f"{words(f.outcome)}, {f.split}, fold {f.fold}",
            f"{counted(f.held_out, 'observation')} without prediction",
            f.reason,
        )
        for f in validation.failures
    ]
    return rows + [FailureRow("learning curve", "point missing", line) for line in validation.learning_failures]


def chosen_rows(chosen: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Outcome, split, and the models chosen in its folds."""
    rows = []
    for (outcome, split), found in chosen.groupby(["outcome", "split"], sort=False):
        folds = [f"{model}: {', '.join(group['fold'])}" for model, group in found.groupby("model", sort=False)]
        rows.append((words(str(outcome)), TITLES[str(split)], "; ".join(folds)))
    return rows


def dropped_rows(surrogate: Surrogate) -> list[tuple[str, str]]:
    """Why descriptors are not used, and which; empty for models that choose their descriptors themselves."""
    if not surrogate.scales_descriptors:
        return []
    reasons: dict[str, list[str]] = {}
    for name, reason in surrogate.scaling.dropped.items():
        reasons.setdefault(reason, []).append(name)
    return [(reason, ", ".join(names)) for reason, names in reasons.items()]


def observed_spread(training: Training, outcome: str) -> str:
    """How an outcome is distributed: what errors are to be held against."""
    own = [o for o in training.data.observations if o.outcome == outcome]
    on_scale = learned(own)
    values, places = (pd.Series([o.value for o in told if o.bound == "="]) for told in (own, on_scale))
    errors = pd.Series([o.standard_error for o in on_scale if o.standard_error is not None], dtype="float64")
    decades = f" {DECADES}" if outcomes()[outcome].learned_unit == DECADES else ""
    typical = f"; typical standard error {significant(float(errors.median()), 2)}{decades}" if len(errors) else ""
    symbol = unit(outcome)
    return (
        f"{counted(len(values), 'value')} from {significant(float(values.min()))} to {significant(float(values.max()))}"
        f"{f' {symbol}' if symbol else ''}, standard deviation {significant(float(places.std()), 3)}{decades}{typical}"
    )


_VERDICTS = {
    "not needed": "is not needed by {}",
    "helps": "helps {}",
    "covers at a price": "brings {} nearer to what they promise, but by a width that makes them worth less",
    "does not help": "does not help {}",
    "too few groups": "cannot be learned for {}, as the groups are too few",
}


def _metric_unit(name: str, outcome: str) -> str:
    if name == "log_score":
        return "nat"
    return learned_unit(outcome) if name in _IN_UNITS else ""


def _cell(found: pd.DataFrame, name: str) -> Cell:
    show = _share if name.startswith("coverage_") else _three
    value, lower, upper = (float(found[column][name]) for column in ("value", "lower", "upper"))
    return Cell(show(value), f"{show(lower)} to {show(upper)}" if math.isfinite(lower) else "")


def _share(value: float) -> str:
    return f"{100 * value:.0f} %" if math.isfinite(value) else MISSING


def _three(value: float) -> str:
    return significant(value, 3)


def _counts(found: pd.DataFrame, predicted: Predicted) -> str:
    groups = int(found["groups"].iloc[0])
    few = ", too few for confidence intervals" if groups < MINIMUM_GROUPS else ""
    few = few if predicted.enough else ", too few for a verdict"
    return f"{predicted} in {counted(groups, 'group')}{few}"


def _sentence(outcome: str, found: pd.DataFrame, validation: Validation) -> str:
    parts = []
    for split, rows in found.groupby("split", sort=False):
        predicted = validation.predicted(outcome, str(split))
        if not predicted.enough:
            parts.append(f"{TITLES[str(split)]}: {predicted} predicted, too few for a verdict")
            continue
        by_name = rows.set_index("metric")["value"]
        q2 = float(by_name["q2"])
        learned = f"q² {_three(q2)}" if q2 > 0 else "no better than the mean"
        parts.append(f"{TITLES[str(split)]}: {learned}, {_share(float(by_name['coverage_90']))} in the 90 % interval")
    return f"{words(outcome)} – {'; '.join(parts)}."


def _correction_row(row: Mapping[str, object]) -> CorrectionRow:
    def number(name: str) -> float:
        return float(row[name])  # type: ignore[arg-type]

    interval, verdict = number("interval"), str(row["verdict"])
    scores = (significant(number(f"interval_score_{when}"), 3) for when in ("before", "after"))
    too_few = f"too few groups: {row['groups']}; {groups_needed(interval) + 1} would do"
    return CorrectionRow(
        outcome=words(str(row["outcome"])),
        held_out=TITLES[str(row["split"])],
        interval=_share(interval),
        before=_share(number("coverage_before")),
        after=_share(number("coverage_after")),
        factor=significant(number("factor"), 3),
        width="×\u2009" + significant(number("width_ratio"), 3) if math.isfinite(number("width_ratio")) else MISSING,
        score=" → ".join(scores),
        verdict=too_few if verdict == "too few groups" else verdict,
        mark={"helps": "agrees", "does not help": "contradicts", "covers at a price": "contradicts"}.get(
            verdict, "unresolved"
        ),
    )


def data_facts(training: Training) -> list[tuple[str, str]]:
    """Name and value of what decides about the numbers."""
    data, surrogate = training.data, training.surrogate
    points = [o.formulation for o in data.observations]
    count = {what: len({getattr(p, what) for p in points}) for what in ("cation", "ligand")}
    skipped = surrogate.bounds_skipped
    bounds = (
        [("Bounds", f"{skipped} of these, not learned from: the model joint learns from them too")] if skipped else []
    )
    return [
        (
            "Data",
            f"{counted(len(points), 'observation')} of {counted(len(set(points)), 'formulation')} "
            f"({counted(count['cation'], 'cation')}, {counted(count['ligand'], 'ligand')}) in {data.source}",
        ),
        *bounds,
        *(("Rows", line) for line in training.left_aside),
        ("Level", f"{data.level}, protocol {surrogate.protocol}" if surrogate.protocol else data.level),
        ("Model", training.model),
        ("Seed", str(training.config.seed)),
        ("SHA-256 of the data", training.data_hash),
    ]
