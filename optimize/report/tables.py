"""The words and rows of a report: everything in it that is not a figure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from ionlink.data import outcomes, rankings
from ionlink.data.formulation import Formulation
from ionlink.data.observation import Ranking
from ionlink.data.plural import counted
from ionlink.data.prose import MISSING, significant, unit_symbol, with_error, words
from ionlink.models.noise import merged
from ionlink.optimize.aim import Aim
from ionlink.optimize.campaign import Campaign
from ionlink.optimize.report.statements import Judgement, judge
from ionlink.optimize.standing import formulations_of

MOST_WINNERS = 8
"""Columns of the table of all outcomes."""


@dataclass(frozen=True)
class ObjectiveRow:
    """What was wanted of one outcome."""

    name: str
    unit: str
    wanted: str
    meaning: str


@dataclass(frozen=True)
class RankedRow:
    """One observed formulation."""

    rank: int
    formulation: Formulation

    cation: str
    ligand: str
    ratio: str
    numbers: tuple[str, ...]
    holds: bool | None
    """Whether all constraints do; `None` where that is not known."""

    on_front: bool
    origin: str


@dataclass(frozen=True)
class OutcomeRow:
    """One outcome of each winner."""

    name: str
    unit: str
    numbers: tuple[str, ...]


@dataclass(frozen=True)
class JudgementRow:
    """One literature statement and its verdict."""

    statement: str
    outcome: str
    unit: str
    difference: str
    verdict: str
    mark: str
    source: str


@dataclass(frozen=True)
class NotDoneRow:
    """A candidate or a pair that was not tried, or in vain."""

    what: str
    became: str
    reason: str


def objective_rows(aim: Aim) -> list[ObjectiveRow]:
    """Each outcome that the aim counts, and what is wanted of it, in words."""
    return [ObjectiveRow(words(o), _symbol(o), _wanted(o, aim), outcomes()[o].meaning) for o in aim.outcomes]


def ranked_rows(campaign: Campaign) -> list[RankedRow]:
    """Observed formulations, best first."""
    ranking = campaign.ranking()
    return [
        RankedRow(
            rank=int(row["rank"]),
            formulation=formulation,
            cation=formulation.cations_text,
            ligand=formulation.surroundings_text,
            ratio=MISSING if formulation.ratio is None else significant(formulation.ratio, 3),
            numbers=tuple(_number(row, outcome) for outcome in campaign.aim.outcomes),
            holds=None if pd.isna(row["holds"]) else bool(row["holds"]),
            on_front=bool(row["on_front"]),
            origin=_origin(row),
        )
        for formulation, (_, row) in zip(formulations_of(ranking), ranking.iterrows(), strict=True)
    ]


def winner_table(campaign: Campaign) -> tuple[list[str], list[OutcomeRow]]:
    """What was observed of the first formulations on the Pareto front: their names, and a row per outcome."""
    points = formulations_of(campaign.pareto().head(MOST_WINNERS))
    known = {(m.formulation, m.outcome): m for m in merged(campaign.joined_observations())}
    rows = []
    for name, outcome in outcomes().items():
        means = [known.get((point, name)) for point in points]
        if any(means):
            numbers = tuple(with_error(m.mean, m.standard_error) if m else MISSING for m in means)
            rows.append(OutcomeRow(words(name), unit_symbol(outcome.unit), numbers))
    return [f"{f.cations_text} {f.surroundings_text}{_ratio(f, ' {:.3g}')}" for f in points], rows


def judgements(campaign: Campaign) -> list[Judgement]:
    """Every ordering of the knowledge base, held against the campaign's own observations."""
    return judge(rankings(), campaign.observations())


def judgement_rows(found: Sequence[Judgement]) -> list[JudgementRow]:
    """The statements that could be held against observations."""
    return [_judgement_row(judgement) for judgement in found if judgement.verdict != "not observed"]


def judgement_summary(found: Sequence[Judgement]) -> str:
    """How many statements agree, contradict and stay open."""
    counts = Counter(judgement.verdict for judgement in found)
    return (
        f"Of {len(found) - counts['not observed']} statements that could be held against observations, "
        f"{counts['agrees']} agree, {counts['contradicts']} contradict and {counts['not resolved']} are not resolved "
        "by the standard errors reached."
    )


def unjudged(found: Sequence[Judgement]) -> str:
    """What could not be judged, and why."""
    missing = [judgement.ranking for judgement in found if judgement.verdict == "not observed"]
    measured = sum(outcomes()[ranking.outcome].kind == "measured" for ranking in missing)
    if not missing:
        return "Every statement of the knowledge base could be judged."
    return (
        f"{len(missing)} further statements of the knowledge base could not be judged: {measured} are about outcomes "
        f"that only a laboratory measures; for {len(missing) - measured}, this campaign has not observed the "
        "outcome of both formulations at one ratio."
    )


def not_done_rows(campaign: Campaign) -> list[NotDoneRow]:
    """Pairs that are impossible, candidates that failed or were excluded; each with its reason."""
    pairs = [
        NotDoneRow(f"{e.cation} on {e.ligand}, any ratio", "excluded", e.reason) for e in campaign.store.exclusions()
    ]
    declared = [
        NotDoneRow(f"{e.cation} on {e.ligand}, any ratio", "excluded by the configuration", e.reason)
        for e in campaign.space.exclusions
    ]
    candidates = [
        NotDoneRow(str(c.formulation), f"{c.status}, round {c.round}", c.reason or "no reason recorded")
        for c in campaign.candidates
        if c.status in ("failed", "excluded")
    ]
    return [*declared, *pairs, *candidates]


def summary(campaign: Campaign) -> str:
    """The campaign in three sentences."""
    ranking = campaign.ranking()
    before = int((ranking["candidate"].isna() & (ranking["round"] == 0) & ranking["complete"].astype(bool)).sum())
    status, named = campaign.became(), ("done", "pending", "given up", "failed", "excluded")
    became = ", ".join(f"{status[name]} {name}" for name in named if status.get(name))
    levels = Counter(candidate.level for candidate in campaign.candidates)
    if len(levels) > 1:
        became += f"; {', '.join(f'{number} at level {level}' for level, number in levels.items())}"
    rounds = len(campaign.store.rounds())
    proposed = (
        f"{counted(len(campaign.candidates), 'candidate')} proposed in {counted(rounds, 'round')} ({became})"
        if became
        else "nothing proposed yet"
    )
    front = formulations_of(campaign.pareto())
    winners = [f"{f.cations_text} on {f.surroundings_text}{_ratio(f, ' at {:.3g}:1')}" for f in front]
    best = f" On the Pareto front: {'; '.join(winners)}." if winners else ""
    return f"{counted(before, 'formulation')} known in all objectives before; {proposed}.{best}"


def _ratio(formulation: Formulation, text: str) -> str:
    """`text` with the ratio in it; empty where there is none."""
    return "" if formulation.ratio is None else text.format(formulation.ratio)


def _symbol(outcome: str) -> str:
    return unit_symbol(outcomes()[outcome].unit)


def _wanted(outcome: str, aim: Aim) -> str:
    named = {"maximise": "as large as possible", "minimise": "as small as possible"}
    wanted = [named.get(o.goal, o.wanted) for o in aim.objectives if o.outcome == outcome]
    wanted += [f"must be {c.window}" for c in aim.constraints if c.outcome == outcome]
    return "; ".join(wanted).replace("-", "−")


def _origin(row: pd.Series) -> str:
    if pd.notna(row["candidate"]):
        return f"round {row['round']}"
    return f"round {row['round']}, not asked for" if row["round"] else "known before"


def _number(row: pd.Series, outcome: str) -> str:
    """The mean with its standard error; of what is known by bounds alone, these."""
    if not pd.isna(row[outcome]):
        return with_error(float(row[outcome]), float(row[f"{outcome}_standard_error"]))
    ends = {">": row.get(f"{outcome}_above"), "<": row.get(f"{outcome}_below")}
    return ", ".join(f"{sign} {significant(end)}" for sign, end in ends.items() if not pd.isna(end)) or MISSING


def _judgement_row(judgement: Judgement) -> JudgementRow:
    ranking = judgement.ranking
    marks = {"agrees": "agrees", "contradicts": "contradicts", "not resolved": "unresolved", "not observed": ""}
    return JudgementRow(
        statement=_statement(ranking, significant(judgement.ratio, 3)),
        outcome=words(ranking.outcome),
        unit=_symbol(ranking.outcome),
        difference=with_error(judgement.difference, judgement.standard_error),
        verdict=judgement.verdict,
        mark=marks[judgement.verdict],
        source=ranking.source,
    )


def _statement(ranking: Ranking, ratio: str) -> str:
    return f"{ranking.higher.cation} {ranking.relation} {ranking.lower.cation} on {ranking.higher.ligand}, at {ratio}:1"
