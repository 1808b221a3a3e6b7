"""Campaigns side by side: how far each got with how many evaluations."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from ionlink.data import outcomes
from ionlink.data.outcome_scale import LINEAR
from ionlink.data.prose import significant, unit_symbol, words
from ionlink.optimize.campaign import Campaign
from ionlink.optimize.objective import Objective
from ionlink.optimize.settled_reference import settled_reference
from ionlink.optimize.standing import best_desirability, hypervolume, standing


def compare(campaigns: Mapping[str, Campaign]) -> pd.DataFrame:
    """One row per campaign and round, each judged by the aim and the reference point of the first campaign.

    Where that one has no reference point yet, another one's for the same objectives is taken.
    Columns: campaign (its key), round (0 for the initial data), evaluations (candidates that were done or failed until
    the next round was asked for), observed_formulations, reached (hypervolume; the best value where the aim counts only
    one; missing without a reference point or anything to count), and for each objective `<outcome>_best`, the most
    desirable mean that was observed, in the outcome's unit.
    """
    aim = next(iter(campaigns.values())).aim
    reference = common_reference(campaigns)
    rows: list[dict[str, object]] = []
    for name, campaign in campaigns.items():
        ended = [c.settled_round for c in campaign.candidates if c.status in ("done", "failed")]
        for number in range(len(campaign.store.rounds()) + 1):
            observations = campaign.joined_observations(number)
            frame = standing(observations, aim)
            if aim.dimension == 1:
                reached = best_desirability(observations, aim)
            else:
                reached = hypervolume(observations, aim, reference) if reference else None
            row = {"campaign": name, "round": number, "evaluations": sum(e is not None and e <= number for e in ended)}
            best = {f"{o.outcome}_best": _best(frame, o.outcome) for o in aim.objectives}
            rows.append({**row, "observed_formulations": len(frame), "reached": reached, **best})
    return pd.DataFrame(rows)


def reached_words(campaigns: Mapping[str, Campaign]) -> str:
    """What the column `reached` of `compare` says of these campaigns, and in which unit, in words."""
    aim = next(iter(campaigns.values())).aim
    if aim.combine != "pareto":
        return f"the best value of the objectives together, by {aim.combine}"
    if aim.dimension == 1:
        return _best_words(aim.objectives[0])
    reference = common_reference(campaigns)
    if reference is None:
        return "not known before there is a reference point, from which the hypervolume is measured"
    points = (_point(objective, reference[objective.outcome]) for objective in aim.objectives)
    units = " × ".join(_unit(objective) for objective in aim.objectives)
    return f"the hypervolume of what was observed, measured from {'; '.join(points)}, in {units}"


def _best_words(objective: Objective) -> str:
    name, unit = words(objective.outcome), _unit(objective)
    if objective.goal != "window" and objective.counted_on is not LINEAR:
        name, unit = f"decimal logarithm of the {name}", unit_symbol(outcomes()[objective.outcome].unit)
    if objective.goal == "window":
        return f"how far the best observed {name} is from its window, below 0, in {unit}; 0 is within"
    turned = " with its sign turned, so that more is better" if objective.goal == "minimise" else ""
    return f"the best observed {name}{turned}, in {unit}"


def _point(objective: Objective, desirability: float) -> str:
    at = " or ".join(map(significant, objective.values_at(desirability)))
    return f"{words(objective.outcome)} {at} {unit_symbol(outcomes()[objective.outcome].unit)}".strip()


def _unit(objective: Objective) -> str:
    """The unit of an objective's desirability, which for a window is a length of its own."""
    unit = unit_symbol(outcomes()[objective.outcome].learned_unit)
    if objective.goal != "window" or (objective.window.unit == 1 and unit):
        return unit or "1"
    return f"{significant(objective.window.unit)} {unit}".strip()


def common_reference(campaigns: Mapping[str, Campaign]) -> Mapping[str, float] | None:
    """Reference point for the first campaign's objectives, as desirability by outcome: of the first that has one."""
    objectives = next(iter(campaigns.values())).objectives
    settled = (settled_reference(objectives, campaign.store.rounds()) for campaign in campaigns.values())
    return next((found for found in settled if found), None)


def _best(frame: pd.DataFrame, outcome: str) -> float:
    """Most desirable mean of one outcome; NaN where there is none."""
    desirability = frame[f"{outcome}_desirability"].to_numpy(dtype=float)
    return math.nan if np.isnan(desirability).all() else float(frame[outcome].iloc[int(np.nanargmax(desirability))])
