"""Puts the report of a training together."""

import base64
from dataclasses import dataclass

from ionlink.code_version import code_version, package_versions
from ionlink.data import outcomes
from ionlink.data.prose import words
from ionlink.optimize.report.document import environment
from ionlink.optimize.report.drawings import Drawing
from ionlink.training import Training, Validation
from ionlink.training_report import figures, tables
from ionlink.training_report.declaration import declaration


@dataclass(frozen=True)
class OutcomeSection:
    """Everything about one outcome."""

    name: str
    unit: str
    spread: str
    table: tables.MetricTable
    drawings: list[tuple[Drawing, str]]
    """Each with its caption."""


def report_html(training: Training) -> str:
    """The report as one page without links to anything outside of it; the training must have a validation."""
    validation = training.validation
    assert validation is not None
    sections = [
        _section(training, validation, outcome) for outcome in training.config.outcome or training.surrogate.outcomes
    ]
    return (
        environment("ionlink.training_report")
        .get_template("training.html.jinja")
        .render(
            title=f"{training.name}: how far to believe it",
            facts=[*tables.data_facts(training), ("Code", code_version()), ("Made with", _versions())],
            summary=tables.summary_rows(validation),
            sections=sections,
            corrections=tables.correction_rows(validation.corrections),
            correction_summary=tables.correction_summary(validation.corrections),
            dropped=tables.dropped_rows(training.surrogate),
            chosen=tables.chosen_rows(validation.chosen),
            failures=tables.failure_rows(validation, training.surrogate.left_out),
            declaration=declaration(training.config),
        )
    )


def _section(training: Training, validation: Validation, outcome: str) -> OutcomeSection:
    return OutcomeSection(
        name=words(outcome),
        unit=tables.unit(outcome),
        spread=tables.observed_spread(training, outcome),
        table=tables.metric_table(validation, outcome),
        drawings=_drawings(validation, outcome),
    )


def _drawings(validation: Validation, outcome: str) -> list[tuple[Drawing, str]]:
    rows = validation.predictions[validation.predictions["outcome"] == outcome]
    order = list(dict.fromkeys(validation.predictions["split"]))
    panels = [
        figures.Panel(tables.TITLES[str(split)], found, order.index(split))
        for split, found in rows.groupby("split", sort=False)
    ]
    label = outcomes()[outcome].learned_label
    symbol = tables.learned_unit(outcome) or "dimensionless"
    drawn: list[tuple[Drawing, str]] = []
    if panels:
        names = ", ".join(panel.title for panel in panels)
        drawn = [
            (_drawing(figures.parity(panels, label), f"predicted and observed {outcome}: {names}"), _PARITY),
            (_drawing(figures.calibration(panels), f"calibration of {outcome}: {names}"), _CALIBRATION),
            (_drawing(figures.sharpness(panels, symbol), f"interval widths of {outcome}: {names}"), _SHARPNESS),
        ]
    learned = validation.learning[validation.learning["outcome"] == outcome]
    if len(learned):
        drawn.append((_drawing(figures.learning(learned, symbol), f"learning curve of {outcome}"), _LEARNING))
    return drawn


_PARITY = (
    "Each held-out observation, predicted by a model that did not see it. Bars: 90 % interval of a new observation "
    "(horizontal), one standard error (vertical). Hollow: the prediction said itself that it lies outside of what was "
    "learned from. Dashed: agreement."
)
_CALIBRATION = (
    "How many observations lie in intervals that promise so many. Below the diagonal: overconfident. Grey: where 95 "
    "of 100 honest models would lie, counting every held-out formulation, cation or ligand once."
)
_SHARPNESS = "How wide the 90 % intervals are: narrower is better, as long as they cover. A point per observation."
_LEARNING = (
    "Error and coverage on the same held-out quarter of the formulations while more and more of the others are learned "
    "from; a point per random order. Still falling at the right end: more data would help."
)


def _drawing(svg: str, alt: str) -> Drawing:
    return Drawing("data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode(), alt)


def _versions() -> str:
    return ", ".join(f"{name} {version}" for name, version in package_versions().items())
