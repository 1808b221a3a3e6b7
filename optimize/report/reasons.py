"""The part of a report that says why each candidate was proposed, and how the hope of improvement developed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ionlink.data.formulation import Formulation
from ionlink.data.outcome_scale import axis_scale
from ionlink.data.plural import counted
from ionlink.data.prose import axis_label
from ionlink.models.noise import Merged, merged
from ionlink.optimize.aim import Aim
from ionlink.optimize.campaign import Campaign
from ionlink.optimize.candidate import Candidate
from ionlink.optimize.made import as_made
from ionlink.optimize.report import forecast_figures as figures
from ionlink.optimize.report.drawings import Drawing, drawing_of, point_name
from ionlink.optimize.why import Expected, Gain, Why

Reasoned = tuple[Candidate, Why]


@dataclass(frozen=True)
class CandidateReasons:
    """Why one candidate was proposed, in words."""

    heading: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class RoundReasons:
    """The candidates of one round."""

    heading: str
    candidates: tuple[CandidateReasons, ...]

    drawing: Drawing | None
    """What was expected of each; `None` where there was no model."""


def round_reasons(campaign: Campaign) -> list[RoundReasons]:
    """Rounds whose reasons are recorded, in order; refused formulations are left out."""
    return [_round_reasons(campaign, number, reasoned) for number, reasoned in _by_round(campaign).items()]


def forecast_drawings(campaign: Campaign) -> dict[int, Drawing]:
    """By round that came from a model, what was expected of its candidates, and what came out."""
    drawings = {number: _forecast(campaign, reasoned) for number, reasoned in _by_round(campaign).items()}
    return {number: drawing for number, drawing in drawings.items() if drawing is not None}


def improvement_drawing(campaign: Campaign) -> Drawing | None:
    """What the most promising candidate of each round was expected to add; `None` for fewer than two rounds."""
    best = {
        number: max((why.gain for _, why in reasoned if why.gain), key=lambda gain: gain.expected, default=None)
        for number, reasoned in _by_round(campaign).items()
    }
    found: dict[int, Gain] = {number: gain for number, gain in best.items() if gain is not None}
    if len(found) < 2:
        return None
    what = "hypervolume" if campaign.aim.dimension > 1 else "value"
    svg = figures.expected_improvements(
        list(found),
        [gain.exploit for gain in found.values()],
        [gain.explore for gain in found.values()],
        f"expected improvement\nof the {what}",
    )
    return drawing_of(svg, "; ".join(f"round {number}: {gain.expected:.3g}" for number, gain in found.items()))


def _by_round(campaign: Campaign) -> dict[int, list[Reasoned]]:
    found: dict[int, list[Reasoned]] = {}
    for candidate in campaign.candidates:
        if candidate.why is not None:
            found.setdefault(candidate.round, []).append((candidate, Why.model_validate(candidate.why)))
    return found


def _round_reasons(campaign: Campaign, number: int, reasoned: Sequence[Reasoned]) -> RoundReasons:
    method = reasoned[0][0].proposed_by.partition(":")[0]
    rows = tuple(CandidateReasons(_heading(campaign, c), _unbroken(why)) for c, why in reasoned)
    heading = f"Round {number}: {counted(len(reasoned), 'candidate')}, by {method}"
    return RoundReasons(heading, rows, _forecast(campaign, reasoned))


def _heading(campaign: Campaign, candidate: Candidate) -> str:
    level = f", level {candidate.level}" if campaign.has_levels else ""
    return f"{candidate.id}: {candidate.formulation} ({candidate.status}{level})"


def _unbroken(why: Why) -> tuple[str, ...]:
    """Its sentences; no line ends between a number and its percent sign."""
    return tuple(sentence.replace(" %", "\u00a0%") for sentence in why.sentences())


def _forecast(campaign: Campaign, reasoned: Sequence[Reasoned]) -> Drawing | None:
    foretold = [(candidate, why) for candidate, why in reasoned if why.expected]
    if not foretold:
        return None
    known = {(m.formulation, m.outcome): m for m in merged(campaign.joined_observations())}
    made = campaign.made()
    its = [as_made(candidate, made) for candidate, _ in foretold]
    points = [one.formulation if one else None for one in its]
    panels = [
        _panel(campaign.aim, [why.expected[place] for _, why in foretold], points, known)
        for place in range(len(foretold[0][1].expected))
    ]
    names = [
        f"{c.id}: {point_name(c.formulation.cations_text, c.formulation.ligand, c.formulation.known_ratio)}"
        for c, _ in foretold
    ]
    alt = f"predicted intervals of {len(panels)} outcomes for candidates {', '.join(str(c.id) for c, _ in foretold)}"
    return drawing_of(figures.forecasts(panels, names), alt)


def _panel(
    aim: Aim,
    expected: Sequence[Expected],
    points: Sequence[Formulation | None],
    known: dict[tuple[Formulation, str], Merged],
) -> figures.Forecast:
    outcome = expected[0].outcome
    seen = [known.get((point, outcome)) if point else None for point in points]
    windows = [(o.lower, o.upper) for o in aim.objectives if o.outcome == outcome and o.goal == "window"]
    windows += [(c.lower, c.upper) for c in aim.constraints if c.outcome == outcome]
    return figures.Forecast(
        label=axis_label(outcome, expected[0].unit),
        means=np.array([e.mean for e in expected]),
        lower=np.array([e.lower for e in expected]),
        upper=np.array([e.upper for e in expected]),
        observed_before=expected[0].observed,
        came_out=np.array([m.mean if m else np.nan for m in seen]),
        errors=np.array([m.standard_error if m and m.standard_error is not None else np.nan for m in seen]),
        window=windows[0] if windows else None,
        scale=axis_scale(outcome),
    )
